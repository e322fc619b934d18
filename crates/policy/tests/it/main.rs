//! Policy at its boundary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod addresses;
mod apart;
mod bars;
mod eval;
mod flow;
mod labels;
mod lexicons;
mod precedence;
mod renamed;
mod rules;
