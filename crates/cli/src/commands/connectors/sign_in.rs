//! Signing in from a terminal.

use std::io::{IsTerminal, Write};

use async_trait::async_trait;
use deskhand_mcp::SignIn;

/// The person at the terminal, and their browser.
pub(super) struct AtTheTerminal {
    /// Whether a browser is opened here.
    pub browser: bool,
}

#[async_trait]
impl SignIn for AtTheTerminal {
    async fn open(&self, url: &str) -> bool {
        anstream::eprintln!("Sign in here:\n  {url}");
        if !self.browser {
            anstream::eprintln!(
                "When you are done, the browser may say that it cannot reach localhost. Paste the address it shows then."
            );
            return true;
        }
        if opener::open_browser(url).is_err() {
            anstream::eprintln!("No browser could be opened; open that address yourself.");
        }
        true
    }

    async fn pasted(&self) -> Option<String> {
        // Only where a person is; a program that calls this waits for the browser alone.
        if self.browser || !std::io::stdin().is_terminal() {
            return std::future::pending().await;
        }
        let line = tokio::task::spawn_blocking(|| {
            anstream::eprint!("Address: ");
            let _ = std::io::stderr().flush();
            let mut line = String::new();
            std::io::stdin()
                .read_line(&mut line)
                .ok()
                .map(|_| line.trim().to_owned())
        });
        line.await.ok().flatten().filter(|line| !line.is_empty())
    }
}
