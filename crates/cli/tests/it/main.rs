//! The real binary against the scripted model server, in a home of its own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs
)]

mod apart;
mod approvals;
mod cache;
mod canary;
mod connectors;
mod crash;
mod demo;
mod exits;
mod faults;
mod folders;
mod home;
mod image;
mod incidents;
mod instructions;
mod machine;
mod machine_crash;
mod machine_hooks;
mod marketplaces;
mod memory;
mod neighbours;
mod outside;
mod policy;
mod recipes;
mod runs;
mod sandbox;
mod serve;
mod skill_keys;
mod skills;
mod sub_agents;
mod undo;
mod unprivileged;
