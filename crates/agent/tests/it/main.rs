//! The agent at its boundary: a simulated world answers whatever `next` asks for, at random, and properties that must
//! hold for every such story are checked after every event.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod stories;
mod sub_agents;
mod world;
