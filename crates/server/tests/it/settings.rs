//! Settings through the API, with what they really change behind them.

mod budget;
mod ledger;
mod models;
mod sandbox;
