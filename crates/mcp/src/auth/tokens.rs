//! Where tokens are kept.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use zeroize::Zeroizing;

/// Text that is in no log, no error and no `Debug`, and is wiped from memory.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text; for the place that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The store could not be read or written. The text holds nothing of what is stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TokensError(pub String);

/// Keeps what signing in gave, for instance in the system's keychain.
#[async_trait]
pub trait Tokens: Send + Sync + 'static {
    /// What is kept under `key`.
    async fn load(&self, key: &str) -> Result<Option<Secret>, TokensError>;
    /// Keeps `secret` under `key`, in place of what was there.
    async fn save(&self, key: &str, secret: Secret) -> Result<(), TokensError>;
    /// Forgets what is under `key`.
    async fn clear(&self, key: &str) -> Result<(), TokensError>;
    /// Waits until nobody else renews the tokens under `key`, in this process or another. Whoever holds the result loads
    /// and saves meanwhile, so that the other two must not wait for it.
    async fn lock(&self, key: &str) -> Result<Box<dyn Send>, TokensError>;
}

/// Tokens for as long as the process lives.
#[derive(Default)]
pub struct TokensInMemory {
    kept: Mutex<HashMap<String, Secret>>,
    locks: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

#[async_trait]
impl Tokens for TokensInMemory {
    async fn load(&self, key: &str) -> Result<Option<Secret>, TokensError> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(kept.get(key).cloned())
    }

    async fn save(&self, key: &str, secret: Secret) -> Result<(), TokensError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(key.to_owned(), secret);
        Ok(())
    }

    async fn clear(&self, key: &str) -> Result<(), TokensError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.remove(key);
        Ok(())
    }

    async fn lock(&self, key: &str) -> Result<Box<dyn Send>, TokensError> {
        let lock = {
            let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(locks.entry(key.to_owned()).or_default())
        };
        Ok(Box::new(lock.lock_owned().await))
    }
}
