//! Secret values of plugins: kept where the sign-ins of connectors are.

use std::future::Future;
use std::sync::Arc;

use deskhand_mcp::{Secret, Tokens, TokensError};
use deskhand_plugins::library::Secrets;
use serde_json::Value;

/// The store of sign-ins, as the library of plugins asks for it.
pub(super) struct KeptSecrets(pub Arc<dyn Tokens>);

fn place(owner: &str, key: &str) -> String {
    format!("plugin {owner} {key}")
}

/// A secret value of a plugin, as it was set.
///
/// # Errors
/// In words, when the store cannot be read.
pub(crate) async fn kept_secret(tokens: &dyn Tokens, owner: &str, key: &str) -> Result<Option<Value>, String> {
    let kept = tokens
        .load(&place(owner, key))
        .await
        .map_err(|error| error.to_string())?;
    Ok(kept.and_then(|secret| serde_json::from_str(secret.reveal()).ok()))
}

/// Waits for the store on a thread of its own: the library is blocking, and may be called from where nothing may block.
fn wait<T: Send>(work: impl Future<Output = Result<T, TokensError>> + Send) -> Result<T, String> {
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().build();
            let runtime = runtime.map_err(|error| error.to_string())?;
            runtime.block_on(work).map_err(|error| error.to_string())
        });
        waiting
            .join()
            .unwrap_or_else(|_| Err("the store of secrets could not be used".to_owned()))
    })
}

impl Secrets for KeptSecrets {
    fn set(&self, owner: &str, key: &str, value: &str) -> Result<(), String> {
        wait(self.0.save(&place(owner, key), Secret::new(value)))
    }

    fn get(&self, owner: &str, key: &str) -> Result<Option<String>, String> {
        let kept = wait(self.0.load(&place(owner, key)))?;
        Ok(kept.map(|secret| secret.reveal().to_owned()))
    }

    fn remove(&self, owner: &str, key: &str) -> Result<(), String> {
        wait(self.0.clear(&place(owner, key)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use deskhand_mcp::TokensInMemory;

    use super::*;

    #[tokio::test]
    async fn they_are_kept_apart_and_forgotten_also_from_within_the_runtime() {
        let secrets = KeptSecrets(Arc::new(TokensInMemory::default()));
        secrets.set("a@m", "key", "one").unwrap();
        secrets.set("b@m", "key", "two").unwrap();
        assert_eq!(secrets.get("a@m", "key").unwrap().as_deref(), Some("one"));
        secrets.remove("a@m", "key").unwrap();
        assert_eq!(secrets.get("a@m", "key").unwrap(), None);
        assert_eq!(secrets.get("b@m", "key").unwrap().as_deref(), Some("two"));
    }
}
