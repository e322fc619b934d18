//! The one place that opens connections: HTTP requests with a key, and bodies read with limits.

use std::net::IpAddr;
use std::sync::Once;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, Response, Url};

use crate::{ModelError, Result, Tuning};

/// The body of an error, or of a list of models, is read up to this many bytes.
const MAX_BODY_BYTES: usize = 4 << 20;
/// After the last event of an answer, this long is spent on the end of the body, so that the connection can be reused.
const DRAIN_TIME: Duration = Duration::from_millis(100);

/// A client for one address. Keeps connections open between requests.
pub(crate) struct Transport {
    provider: String,
    base: Url,
    client: Client,
    headers: HeaderMap,
    tuning: Tuning,
}

impl Transport {
    /// Checks the address and prepares the client; opens nothing.
    pub(crate) fn new(
        provider: &str,
        base_url: &str,
        headers: &[(&str, &str)],
        sends_key: bool,
        tuning: Tuning,
    ) -> Result<Self> {
        let bad = |reason: String| ModelError::Config {
            provider: provider.to_owned(),
            reason,
        };
        let base = Url::parse(base_url.trim()).map_err(|error| bad(format!("the base URL is not a URL: {error}")))?;
        if !base.username().is_empty() || base.password().is_some() {
            return Err(bad("the base URL must not hold a user name or password".into()));
        }
        let Some(host) = base.host_str() else {
            return Err(bad("the base URL names no host".into()));
        };
        let local = is_this_machine(host);
        match base.scheme() {
            "https" => {}
            "http" if local || !sends_key || tuning.allow_insecure_http => {}
            "http" => {
                return Err(bad(format!(
                    "the key would travel unencrypted to {host}; use https, or set allow_insecure_http"
                )));
            }
            other => return Err(bad(format!("the base URL begins with {other}, not with https or http"))),
        }
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name = HeaderName::try_from(*name).map_err(|_| bad(format!("`{name}` is no header name")))?;
            let value =
                HeaderValue::try_from(*value).map_err(|_| bad(format!("the value of {name} is not allowed")))?;
            map.insert(name, value);
        }
        install_crypto();
        let mut builder = Client::builder()
            .user_agent(concat!("deskhand/", env!("CARGO_PKG_VERSION")))
            // A redirect would take the key, or the conversation, somewhere the person did not name.
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_millis(tuning.connect_timeout_ms))
            .pool_idle_timeout(Duration::from_secs(90))
            .tcp_nodelay(true);
        if local {
            builder = builder.no_proxy();
        }
        if base.scheme() == "http" {
            // Without TLS there is no need to read the system's certificates.
            builder = builder.tls_certs_only([]);
        }
        let client = builder
            .build()
            .map_err(|error| bad(format!("no HTTP client: {}", describe(&error))))?;
        Ok(Self {
            provider: provider.to_owned(),
            base,
            client,
            headers: map,
            tuning,
        })
    }

    /// The whole address of `path`, which may have a query. The base URL keeps its own path prefix, and its own query
    /// unless `path` has one.
    pub(crate) fn url(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        let (path, query) = path
            .split_once('?')
            .map_or((path, None), |(path, query)| (path, Some(query)));
        if query.is_some() {
            url.set_query(query);
        }
        let prefix = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{prefix}{path}"));
        url
    }

    /// Sends a request and waits for the head of the answer.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        key: Option<(HeaderName, HeaderValue)>,
        body: Option<Bytes>,
    ) -> Result<Response> {
        let mut request = self
            .client
            .request(method, self.url(path))
            .headers(self.headers.clone());
        if let Some((name, value)) = key {
            request = request.header(name, value);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body);
        }
        match self.timed(request.send()).await {
            None => Err(self.network(self.silence())),
            Some(Err(error)) => Err(self.network(describe(&error))),
            Some(Ok(response)) => Ok(response),
        }
    }

    /// The next piece of an answer; `None` at its end.
    pub(crate) async fn chunk(&self, response: &mut Response) -> Result<Option<Bytes>> {
        match self.timed(response.chunk()).await {
            None => Err(self.broken(self.silence())),
            Some(Err(error)) => Err(self.broken(format!("it broke off ({})", describe(&error)))),
            Some(Ok(chunk)) => Ok(chunk),
        }
    }

    /// Reads what is left after the last event, so that the connection goes back to the pool. Failures do not matter.
    pub(crate) async fn drain(&self, mut response: Response) {
        let rest = async { while let Ok(Some(_)) = response.chunk().await {} };
        let _ = tokio::time::timeout(DRAIN_TIME, rest).await;
    }

    /// The whole body of a small answer.
    pub(crate) async fn body(&self, response: &mut Response) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        while let Some(chunk) = self.chunk(response).await? {
            if body.len() + chunk.as_ref().len() > MAX_BODY_BYTES {
                return Err(ModelError::TooLarge {
                    provider: self.provider.clone(),
                    what: "a body",
                    limit: MAX_BODY_BYTES,
                });
            }
            body.extend_from_slice(chunk.as_ref());
        }
        Ok(body)
    }

    async fn timed<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        tokio::time::timeout(Duration::from_millis(self.tuning.idle_timeout_ms), future)
            .await
            .ok()
    }

    fn silence(&self) -> String {
        format!("it sent nothing for {} s", self.tuning.idle_timeout_ms as f64 / 1000.0)
    }

    fn network(&self, message: String) -> ModelError {
        ModelError::Network {
            provider: self.provider.clone(),
            message,
        }
    }

    fn broken(&self, message: String) -> ModelError {
        ModelError::Stream {
            provider: self.provider.clone(),
            message,
        }
    }
}

/// An error of the HTTP client with its causes, without the address.
fn describe(error: &reqwest::Error) -> String {
    let mut text = String::new();
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(inner) = cause {
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    if text.is_empty() {
        text = if error.is_timeout() {
            "timed out".into()
        } else {
            "the request failed".into()
        };
    }
    crate::classify::one_line(&text)
}

/// Whether `host` can only be this machine. Names other than `localhost` may resolve to anywhere.
fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Makes `ring` the process's cryptography, unless the program chose another.
fn install_crypto() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transport(base: &str, sends_key: bool) -> Result<Transport> {
        Transport::new("p", base, &[], sends_key, Tuning::default())
    }

    #[test]
    fn keys_stay_off_plain_connections_to_other_machines() {
        assert!(transport("http://192.168.1.7:8000/v1", true).is_err());
        assert!(transport("http://gateway.example/v1", true).is_err());
        assert!(transport("http://localhost.example", true).is_err());
        assert!(transport("http://192.168.1.7:8000/v1", false).is_ok());
        assert!(transport("http://127.0.0.1:8000", true).is_ok());
        assert!(transport("http://[::1]:8000", true).is_ok());
        assert!(transport("http://localhost:8000", true).is_ok());
        assert!(transport("ftp://localhost", false).is_err());
        assert!(transport("https://user:pass@gateway.example", false).is_err());
    }

    #[test]
    fn a_path_prefix_is_kept() {
        let transport = transport("https://gateway.example/team-a/anthropic/", true).unwrap();
        assert_eq!(
            transport.url("/v1/messages").as_str(),
            "https://gateway.example/team-a/anthropic/v1/messages"
        );
    }
}
