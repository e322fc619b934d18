//! Where a remote server is, and what every request to it carries.

use std::fmt;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

use crate::error::Error;

/// Headers that are the protocol's, not the person's.
const RESERVED: [&str; 11] = [
    "accept",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "host",
    "last-event-id",
    "mcp-protocol-version",
    "mcp-session-id",
    "proxy-authorization",
    "transfer-encoding",
];

/// How a remote server is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Transport {
    /// Streamable HTTP of either era; HTTP+SSE where the server turns out to speak only that.
    #[default]
    Http,
    /// HTTP+SSE of 2024-11-05, as a configuration of `type: sse` says.
    Sse,
}

/// A remote server. Its `Debug` shows the names of the headers, never what is in them.
#[derive(Clone)]
pub struct Endpoint {
    url: Url,
    transport: Transport,
    headers: HeaderMap,
}

impl Endpoint {
    /// The server at `url` (`http` or `https`, without user name and password).
    pub fn new(url: &str, transport: Transport) -> Result<Self, Error> {
        let mut url = Url::parse(url).map_err(|error| Error::Endpoint(format!("its address is not a URL: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Error::Endpoint(
                "its address is neither http:// nor https://".to_owned(),
            ));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Error::Endpoint(
                "its address holds a user name or password; put them into a header".to_owned(),
            ));
        }
        url.set_fragment(None);
        Ok(Self {
            url,
            transport,
            headers: HeaderMap::new(),
        })
    }

    /// Also sends this header. An empty value is left out, as configurations with unset variables have it.
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, Error> {
        let refused = |why: &str| Error::Endpoint(format!("the header `{name}` cannot be sent: {why}"));
        if value.is_empty() {
            return Ok(self);
        }
        if value.contains("${") {
            return Err(refused("it still holds a variable that is not set"));
        }
        let key = HeaderName::try_from(name).map_err(|_| refused("that is no name of a header"))?;
        if RESERVED.contains(&key.as_str()) {
            return Err(refused("it is the protocol's own"));
        }
        // The value is in no message: it may be a secret.
        let mut value =
            HeaderValue::try_from(value).map_err(|_| refused("its value has characters it must not have"))?;
        value.set_sensitive(true);
        self.headers.insert(key, value);
        Ok(self)
    }

    /// Its address.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// How it is spoken to.
    pub fn transport(&self) -> Transport {
        self.transport
    }

    /// Whether the person set the `Authorization` header, which means that there is no sign-in for this server.
    pub fn brings_authorization(&self) -> bool {
        self.headers.contains_key(AUTHORIZATION)
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.headers
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.keys().map(HeaderName::as_str).collect();
        f.debug_struct("Endpoint")
            .field("url", &self.url.as_str())
            .field("transport", &self.transport)
            .field("headers", &names)
            .finish()
    }
}
