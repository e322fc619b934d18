//! The sign-in to one server, and what is sent because of it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use deskhand_types::Outbound;
use http::HeaderValue;
use rmcp::transport::auth::{
    AuthError, AuthorizationCallback, AuthorizationManager, AuthorizationMetadata, ClientCredentialsConfig,
    CredentialStore, OAuthClientConfig,
};
use tokio::sync::Mutex;
use url::Url;

use super::client::Client;
use super::credentials::{self, Credentials};
use super::listener::Listener;
use super::sign_in::SignIn;
use super::tokens::{Secret, Tokens};
use crate::endpoint::Endpoint;
use crate::error::{Challenge, Error};
use crate::http::{HttpFault, whole};

/// How long the person has for a sign-in.
const PATIENCE: Duration = Duration::from_secs(10 * 60);
/// Sign-ins because of the same demand for rights; a server that still wants the same then is not satisfied by more.
const STEP_UPS: usize = 3;
/// Bytes of a metadata document.
const METADATA: usize = 1024 * 1024;

/// What a configuration says about signing in. Everything may be missing.
#[derive(Clone, Debug, Default)]
pub struct OAuth {
    /// A client that was registered beforehand.
    pub client_id: Option<String>,
    /// Its secret.
    pub client_secret: Option<Secret>,
    /// Where browsers come back to is exactly `http://localhost:PORT/callback`; any port otherwise.
    pub callback_port: Option<u16>,
    /// These scopes are asked for and no others.
    pub scopes: Option<Vec<String>>,
    /// Where the authorization server describes itself (https), in place of discovery.
    pub metadata_url: Option<String>,
    /// Where Deskhand describes itself (https), for servers that take that as a client id (SEP-991).
    pub client_metadata_url: Option<String>,
}

/// The sign-in to one server: asks for it, keeps what came of it, and renews that. One for all sessions with the server.
pub struct Authorization {
    url: Url,
    oauth: OAuth,
    outbound: Arc<dyn Outbound>,
    credentials: Credentials,
    /// Once there was something to send.
    manager: Mutex<Option<AuthorizationManager>>,
    /// The last demand for rights, and how often there was a sign-in because of it.
    signing_in: Mutex<(Option<Challenge>, usize)>,
}

impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorization")
            .field("url", &self.url.as_str())
            .finish_non_exhaustive()
    }
}

impl Authorization {
    /// For the server at `endpoint`. What is kept in `tokens` is under the server's address.
    pub fn new(endpoint: &Endpoint, oauth: OAuth, outbound: Arc<dyn Outbound>, tokens: Arc<dyn Tokens>) -> Self {
        let url = endpoint.url().clone();
        let key = format!("mcp {url}");
        Self {
            url,
            oauth,
            outbound,
            credentials: Credentials::new(tokens, key),
            manager: Mutex::new(None),
            signing_in: Mutex::default(),
        }
    }

    /// Whether there is something to send. Whether the server takes it is not known.
    pub async fn is_signed_in(&self) -> Result<bool, Error> {
        let record = self.credentials.record().await.map_err(told)?;
        Ok(record.is_some_and(|record| record.credentials.token_response.is_some()))
    }

    /// Forgets what the server gave.
    pub async fn sign_out(&self) -> Result<(), Error> {
        *self.signing_in.lock().await = (None, 0);
        let mut manager = self.manager.lock().await;
        *manager = None;
        self.credentials.clear().await.map_err(told)
    }

    /// Has the person sign in, for the first time or for more rights: whatever `challenge` the server gave says which. A
    /// server that wants the same rights again after three sign-ins for them is not asked a fourth time.
    /// Whoever calls this while another sign-in is going on waits for it.
    pub async fn sign_in(&self, challenge: Option<&Challenge>, person: &dyn SignIn) -> Result<(), Error> {
        let mut signing_in = self.signing_in.lock().await;
        if let Some(challenge) = challenge.filter(|challenge| challenge.asks_for_more()) {
            let (last, times) = &mut *signing_in;
            if last.as_ref() != Some(challenge) {
                (*last, *times) = (Some(challenge.clone()), 0);
            }
            if *times >= STEP_UPS {
                return Err(Error::Scope(challenge.clone()));
            }
            *times += 1;
        }
        let mut manager = self.fresh().await.map_err(told)?;
        let metadata = self.found(&manager, challenge).await?;
        let takes_documents = metadata
            .additional_fields
            .get("client_id_metadata_document_supported")
            .and_then(serde_json::Value::as_bool)
            .unwrap_or(false);
        let issuer = metadata.issuer.clone();
        manager.set_metadata(metadata);
        let record = self.credentials.record().await.map_err(told)?;
        // What another issuer gave is worth nothing here, and is not sent there.
        let record = record.filter(|record| record.credentials.issuer == issuer);
        let scopes = self.scopes(&manager, challenge, record.as_ref()).await;
        let listener = Listener::bind(self.oauth.callback_port).await?;
        let redirect = listener.redirect();
        let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
        let known = record.filter(|record| record.client.redirect == redirect);
        let config = self
            .client(&mut manager, takes_documents, known, &redirect, &scopes)
            .await?;
        self.credentials.introduce(credentials::Client {
            secret: config.client_secret.clone(),
            redirect,
        });
        manager.configure_client(config).map_err(told)?;
        let url = manager.get_authorization_url(&scopes).await.map_err(told)?;
        let back = self.visited(&url, listener, person).await?;
        let callback =
            AuthorizationCallback::from_redirect_url(back.as_str()).map_err(|_| Error::Authorization(denial(&back)))?;
        manager
            .exchange_code_for_token_with_issuer(&callback.code, &callback.csrf_token, callback.issuer.as_deref())
            .await
            .map_err(told)?;
        *self.manager.lock().await = Some(manager);
        Ok(())
    }

    /// Signs in without a person, as the client itself with its secret (client credentials, SEP-1046), where the server
    /// takes that. For servers that know an organisation's program, not somebody.
    ///
    /// # Errors
    /// In words, when the configuration has no client id and secret, or the authorization server refuses; nothing was kept.
    pub async fn sign_in_as_client(&self, challenge: Option<&Challenge>) -> Result<(), Error> {
        let _one = self.signing_in.lock().await;
        let (Some(id), Some(secret)) = (&self.oauth.client_id, &self.oauth.client_secret) else {
            return Err(Error::Authorization("a client id and its secret are needed".to_owned()));
        };
        let mut manager = self.fresh().await.map_err(told)?;
        let metadata = self.found(&manager, challenge).await?;
        manager.set_metadata(metadata);
        let config = ClientCredentialsConfig::ClientSecret {
            client_id: id.clone(),
            client_secret: secret.reveal().to_owned(),
            scopes: self.scopes(&manager, challenge, None).await,
            resource: Some(self.url.to_string()),
        };
        manager.validate_client_credentials_metadata(&config).map_err(told)?;
        manager.configure_client_credentials(&config).map_err(told)?;
        // The secret is the configuration's, and is not kept a second time.
        self.credentials.introduce(credentials::Client::default());
        manager.exchange_client_credentials(&config).await.map_err(told)?;
        *self.manager.lock().await = Some(manager);
        Ok(())
    }

    /// How the authorization server describes itself.
    async fn found(
        &self,
        manager: &AuthorizationManager,
        challenge: Option<&Challenge>,
    ) -> Result<AuthorizationMetadata, Error> {
        if let Some(url) = &self.oauth.metadata_url {
            return self.metadata(url).await;
        }
        let said = challenge.map(Challenge::as_str).filter(|said| !said.is_empty());
        let found = manager.resolve_metadata_from_challenge(said).await;
        Ok(found.map_err(told)?.metadata)
    }

    /// What to ask for: what the configuration pins, otherwise what the server names.
    async fn scopes(
        &self,
        manager: &AuthorizationManager,
        challenge: Option<&Challenge>,
        record: Option<&credentials::Record>,
    ) -> Vec<String> {
        if let Some(pinned) = &self.oauth.scopes {
            return pinned.clone();
        }
        let mut scopes = manager.select_initial_scopes(&[]).await;
        // More rights come in addition to those that are there.
        if let Some(record) = record
            && challenge.is_some_and(Challenge::asks_for_more)
        {
            let granted = record.credentials.granted_scopes.iter();
            let missing: Vec<_> = granted.filter(|scope| !scopes.contains(scope)).cloned().collect();
            scopes.splice(0..0, missing);
        }
        scopes
    }

    /// Who Deskhand is to the authorization server: registered beforehand, described by a document, registered before,
    /// or registered now.
    async fn client(
        &self,
        manager: &mut AuthorizationManager,
        takes_documents: bool,
        known: Option<credentials::Record>,
        redirect: &str,
        scopes: &[&str],
    ) -> Result<OAuthClientConfig, Error> {
        if let Some(id) = &self.oauth.client_id {
            let config = OAuthClientConfig::new(id, redirect);
            return Ok(match &self.oauth.client_secret {
                Some(secret) => config.with_client_secret(secret.reveal()),
                None => config,
            });
        }
        if let Some(document) = self.oauth.client_metadata_url.as_ref().filter(|_| takes_documents) {
            return Ok(OAuthClientConfig::new(document, redirect));
        }
        if let Some(known) = known {
            let config = OAuthClientConfig::new(known.credentials.client_id, redirect);
            return Ok(match known.client.secret {
                Some(secret) => config.with_client_secret(secret),
                None => config,
            });
        }
        manager
            .register_client("Deskhand", redirect, scopes)
            .await
            .map_err(told)
    }

    /// Has the page visited, and waits until the browser is back, or the person pastes where it went.
    async fn visited(&self, url: &str, listener: Listener, person: &dyn SignIn) -> Result<Url, Error> {
        let state = Url::parse(url)
            .ok()
            .and_then(|url| {
                url.query_pairs()
                    .find(|(key, _)| key == "state")
                    .map(|(_, value)| value.into_owned())
            })
            .unwrap_or_default();
        let coming = listener.callback(&state);
        tokio::pin!(coming);
        let opening = async {
            if !person.open(url).await {
                return Err(Error::Cancelled);
            }
            let pasted = person.pasted().await.ok_or(Error::Cancelled)?;
            Url::parse(pasted.trim()).map_err(|_| Error::Authorization("what was pasted is no address".to_owned()))
        };
        tokio::select! {
            back = &mut coming => back.ok_or_else(|| Error::Authorization("the browser did not come back".to_owned())),
            pasted = opening => pasted,
            () = tokio::time::sleep(PATIENCE) => Err(Error::Timeout(PATIENCE)),
        }
    }

    /// What to send with a request; `None` when there was no sign-in, or a new one is needed.
    pub(crate) async fn token(&self) -> Result<Option<HeaderValue>, HttpFault> {
        let mut manager = self.manager.lock().await;
        if manager.is_none() {
            *manager = self.restored().await.map_err(fault)?;
        }
        let Some(manager) = manager.as_ref() else {
            return Ok(None);
        };
        match manager.get_access_token().await {
            Ok(token) => Ok(Some(bearer(&token)?)),
            Err(AuthError::AuthorizationRequired) => Ok(None),
            Err(error) => Err(fault(error)),
        }
    }

    /// Something else to send than `old`, which the server did not take; `None` when there is nothing.
    pub(crate) async fn renewed(&self, old: Option<HeaderValue>) -> Result<Option<HeaderValue>, HttpFault> {
        // Whoever comes second finds what the first one got.
        let mut guard = self.manager.lock().await;
        if guard.is_none() {
            *guard = self.restored().await.map_err(fault)?;
        }
        let Some(manager) = guard.as_ref() else {
            return Ok(None);
        };
        match manager.get_access_token().await {
            Ok(token) => {
                let token = bearer(&token)?;
                if Some(&token) != old.as_ref() {
                    return Ok(Some(token));
                }
            }
            Err(AuthError::AuthorizationRequired) => return Ok(None),
            Err(error) => return Err(fault(error)),
        }
        match manager.refresh_token().await {
            Ok(_) => {}
            Err(AuthError::AuthorizationRequired | AuthError::TokenRefreshRejected(_)) => return Ok(None),
            Err(error) => return Err(fault(error)),
        }
        match manager.get_access_token().await {
            Ok(token) => Ok(Some(bearer(&token)?).filter(|token| Some(token) != old.as_ref())),
            Err(AuthError::AuthorizationRequired) => Ok(None),
            Err(error) => Err(fault(error)),
        }
    }

    async fn fresh(&self) -> Result<AuthorizationManager, AuthError> {
        let client = Arc::new(Client(Arc::clone(&self.outbound)));
        let mut manager = AuthorizationManager::new_with_oauth_http_client(self.url.as_str(), client).await?;
        manager.set_credential_store(self.credentials.clone());
        Ok(manager)
    }

    /// From an earlier run; asks the network only where there is something to send.
    async fn restored(&self) -> Result<Option<AuthorizationManager>, AuthError> {
        let Some(record) = self.credentials.record().await? else {
            return Ok(None);
        };
        if record.credentials.token_response.is_none() {
            return Ok(None);
        }
        let mut manager = self.fresh().await?;
        if let Some(url) = &self.oauth.metadata_url {
            let metadata = self.metadata(url).await;
            manager.set_metadata(metadata.map_err(|error| AuthError::MetadataError(error.to_string()))?);
        }
        self.credentials.introduce(record.client.clone());
        // Another issuer than the one that gave the tokens makes them worthless: they are dropped, not sent.
        if !manager.initialize_from_store().await? {
            return Ok(None);
        }
        let mut config = OAuthClientConfig::new(record.credentials.client_id, record.client.redirect);
        if let Some(secret) = record.client.secret {
            config = config.with_client_secret(secret);
        }
        manager.configure_client(config)?;
        Ok(Some(manager))
    }

    async fn metadata(&self, url: &str) -> Result<AuthorizationMetadata, Error> {
        let unusable = |why: &str| Error::Authorization(format!("the authorization server's description {why}"));
        let url = Url::parse(url).map_err(|_| unusable("is at no address"))?;
        if url.scheme() != "https" {
            return Err(unusable("is not at an https address"));
        }
        let mut request = http::Request::new(bytes::Bytes::new());
        *request.uri_mut() = url.as_str().parse().map_err(|_| unusable("is at no address"))?;
        let (parts, body) = self.outbound.send(request).await?.into_parts();
        if !parts.status.is_success() {
            return Err(Error::Status(parts.status.as_u16()));
        }
        let read = whole(&parts.headers, body, METADATA).await.map_err(Error::from)?;
        serde_json::from_slice(&read).map_err(|_| unusable("is not what it should be"))
    }
}

fn bearer(token: &str) -> Result<HeaderValue, HttpFault> {
    let mut value = HeaderValue::try_from(format!("Bearer {token}"))
        .map_err(|_| HttpFault::Authorization("the token it was given cannot be sent".to_owned()))?;
    value.set_sensitive(true);
    Ok(value)
}

/// What the authorization server said instead of giving a code.
fn denial(back: &Url) -> String {
    let said = back
        .query_pairs()
        .find(|(key, _)| key == "error")
        .map(|(_, value)| value.into_owned());
    match said.as_deref() {
        Some("access_denied") => "access was denied".to_owned(),
        Some(error) => format!("the authorization server refused: {}", scrubbed(error)),
        None => "the browser came back without an answer".to_owned(),
    }
}

fn fault(error: AuthError) -> HttpFault {
    HttpFault::Authorization(words(&error))
}

fn told(error: AuthError) -> Error {
    Error::Authorization(words(&error))
}

/// An error with its causes, without anything in it that could be a token.
fn words(error: &AuthError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    scrubbed(&text)
}

/// What is left of a text when everything is taken out that could be a code, a token or a secret: any long run of the
/// characters they are made of. Words and host names are shorter, or have dots.
fn scrubbed(text: &str) -> String {
    const LONGEST: usize = 24;
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '~' | '+' | '=' | '%');
    let mut kept = String::new();
    let mut run = String::new();
    for c in text.chars().take(400).chain([' ']) {
        if is_part(c) {
            run.push(c);
            continue;
        }
        kept.push_str(if run.len() > LONGEST { "…" } else { &run });
        run.clear();
        kept.push(c);
    }
    kept.pop();
    kept
}
