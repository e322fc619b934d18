//! Recipes from the outside: whole conversations with a world in memory.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs
)]

mod hostile;
mod journeys;
mod matching;
mod real_tables;
mod world;
