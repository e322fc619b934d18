//! The person's part in signing in.

use async_trait::async_trait;

/// The person and their browser.
#[async_trait]
pub trait SignIn: Send + Sync {
    /// Opens `url` in the system's browser, after the person has agreed to sign in to this server. `false` where it cannot
    /// be opened, or the person does not want to.
    async fn open(&self, url: &str) -> bool;

    /// For a browser on another computer, which cannot come back to this one: the address that the person was sent to in
    /// the end, and pasted. `None` when they give up. Stays pending otherwise; it is dropped when the browser comes back.
    async fn pasted(&self) -> Option<String>;
}
