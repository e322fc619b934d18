//! `rmcp`'s credentials, in our store of tokens.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use rmcp::transport::auth::{AuthError, CredentialRefreshGuard, CredentialStore, StoredCredentials};
use serde::{Deserialize, Serialize};

use super::tokens::{Secret, Tokens};

/// How the client introduces itself to the authorization server; what `rmcp`'s credentials do not hold.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Client {
    /// The secret that came with the client's registration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) secret: Option<String>,
    /// Where it said that people come back to.
    #[serde(default)]
    pub(crate) redirect: String,
}

/// All that is kept of one server.
#[derive(Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) client: Client,
    pub(crate) credentials: StoredCredentials,
}

/// The record of one server.
#[derive(Clone)]
pub(crate) struct Credentials {
    tokens: Arc<dyn Tokens>,
    key: String,
    client: Arc<Mutex<Client>>,
}

impl Credentials {
    pub(crate) fn new(tokens: Arc<dyn Tokens>, key: String) -> Self {
        Self {
            tokens,
            key,
            client: Arc::default(),
        }
    }

    /// What the next record says of the client.
    pub(crate) fn introduce(&self, client: Client) {
        *self.client.lock().unwrap_or_else(PoisonError::into_inner) = client;
    }

    /// The record, if there is one that can be read; one that cannot is as good as none.
    pub(crate) async fn record(&self) -> Result<Option<Record>, AuthError> {
        let kept = self.tokens.load(&self.key).await.map_err(failed)?;
        Ok(kept.and_then(|kept| serde_json::from_str(kept.reveal()).ok()))
    }
}

fn failed(error: super::tokens::TokensError) -> AuthError {
    AuthError::CredentialStoreError(error.to_string())
}

#[async_trait]
impl CredentialStore for Credentials {
    async fn load(&self) -> Result<Option<StoredCredentials>, AuthError> {
        Ok(self.record().await?.map(|record| record.credentials))
    }

    async fn save(&self, credentials: StoredCredentials) -> Result<(), AuthError> {
        let client = self.client.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let text = serde_json::to_string(&Record { client, credentials })
            .map_err(|_| AuthError::CredentialStoreError("the tokens cannot be written".to_owned()))?;
        self.tokens.save(&self.key, Secret::new(text)).await.map_err(failed)
    }

    async fn clear(&self) -> Result<(), AuthError> {
        self.tokens.clear(&self.key).await.map_err(failed)
    }

    async fn on_refresh_token_rejected(&self, rejected: &StoredCredentials) -> Result<(), AuthError> {
        // The client stays registered; only what it was given is worthless.
        let kept = StoredCredentials::new(rejected.client_id.clone(), None, Vec::new(), None)
            .with_issuer(rejected.issuer.clone());
        self.save(kept).await
    }

    async fn acquire_refresh_guard(&self) -> Result<Option<CredentialRefreshGuard>, AuthError> {
        let guard = self.tokens.lock(&self.key).await.map_err(failed)?;
        // `Box<dyn Send>` is held as it is.
        Ok(Some(CredentialRefreshGuard::new(guard)))
    }
}
