//! The proxy as a program in the sandbox meets it: real bytes, real TLS, real servers on loopback that stand in for the
//! network through [`deskhand_egress::Dial`]. Nothing here reaches further than loopback.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]
#![allow(clippy::disallowed_methods, reason = "stands in for the network, on loopback")]

mod addresses;
mod clients;
mod connectors;
mod credentials;
mod ends;
mod hostile;
mod ledger;
mod limits;
mod server;
mod tunnels;
mod world;
