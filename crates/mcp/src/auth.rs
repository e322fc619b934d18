//! Signing in to a remote server: OAuth 2.1 as the protocol has it.
//!
//! `rmcp` knows the discovery, the registration and the exchange; here are the way out to the network, the store of
//! tokens, the person's browser and the one place that hands a token to a request.

mod client;
mod credentials;
mod listener;
mod session;
mod sign_in;
mod tokens;

pub use session::{Authorization, OAuth};
pub use sign_in::SignIn;
pub use tokens::{Secret, Tokens, TokensError, TokensInMemory};
