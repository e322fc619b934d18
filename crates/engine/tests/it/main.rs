//! The engine with a sandbox that is only played: the life of a command from the call to what lands.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs
)]

mod addresses;
mod apart;
mod background;
mod cards;
mod clean;
mod commands;
mod crash;
mod defences;
mod desk;
mod elicitation;
mod handed_over;
mod hidden;
mod hooks;
mod hooks_kinds;
mod housekeeping;
mod incidents;
mod labels;
mod managed;
mod memory;
mod network;
mod post;
mod rehearse;
mod sampling;
mod skill_keys;
mod skills;
mod stage;
mod steer;
mod sub_agents;
mod suite;
mod undo;
mod values;
mod words;
