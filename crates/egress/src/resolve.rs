//! From names to addresses, on the host and once per request.

use std::io;
use std::net::IpAddr;

/// Turns names into addresses.
#[async_trait::async_trait]
pub trait Resolver: Send + Sync {
    /// The addresses of a name of at least two labels, in the order in which they should be tried.
    ///
    /// # Errors
    /// When there is no answer.
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// The system's resolver.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

#[async_trait::async_trait]
impl Resolver for SystemResolver {
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        // With the dot at the end it is the whole name, and no search list makes `a.example` an
        // `a.example.corp.example`, which no rule names.
        let found = tokio::net::lookup_host((format!("{host}."), 0)).await?;
        Ok(found.map(|address| address.ip()).collect())
    }
}
