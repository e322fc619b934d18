//! What `deskhand serve --json` prints first: where the service is, and the token that opens it.

use serde::Deserialize;
use thiserror::Error;
use url::{Host, Url};

/// Where a service is and what opens it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link {
    home: Url,
    token: String,
    pid: u32,
}

/// Why a line is no link.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum LinkError {
    /// It is not the JSON that was expected.
    #[error("its first line was not a link: {0}")]
    NotALink(String),
    /// It leads to another computer, or over another protocol.
    #[error("its link does not lead to this computer")]
    Elsewhere,
    /// Nothing opens it.
    #[error("its link has no token")]
    NoToken,
}

#[derive(Deserialize)]
struct Line {
    url: String,
    pid: u32,
}

impl Link {
    /// Reads the line. Only `http` on the loopback interface is taken, whatever the program says: the window gives the
    /// token to nobody else.
    ///
    /// # Errors
    /// When the line is not JSON with `url` and `pid`, or the address is not a loopback one with a token.
    pub fn read(line: &str) -> Result<Self, LinkError> {
        let Line { url, pid } = serde_json::from_str(line).map_err(|error| LinkError::NotALink(error.to_string()))?;
        let mut home = Url::parse(&url).map_err(|error| LinkError::NotALink(error.to_string()))?;
        if home.scheme() != "http" || !is_loopback(&home) || home.port().is_none() {
            return Err(LinkError::Elsewhere);
        }
        let token = home
            .fragment()
            .and_then(|fragment| fragment.strip_prefix("token="))
            .filter(|token| !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_alphanumeric()))
            .ok_or(LinkError::NoToken)?
            .to_owned();
        home.set_fragment(None);
        home.set_query(None);
        home.set_path("/");
        Ok(Self { home, token, pid })
    }

    /// The address without the token.
    pub fn home(&self) -> &Url {
        &self.home
    }

    /// What opens the service.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The process that serves.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// An address of the service.
    pub fn at(&self, path: &str) -> Url {
        self.home.join(path).unwrap_or_else(|_| self.home.clone())
    }

    /// A page of the interface, with the token in the fragment, which no request carries.
    pub fn opening(&self, path: &str) -> Url {
        let mut url = self.at(path);
        url.set_fragment(Some(&format!("token={}", self.token)));
        url
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        // A name may be resolved to anything.
        Some(Host::Domain(_)) | None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_taken_apart() {
        let link = Link::read(r#"{"url":"http://127.0.0.1:4711/#token=ab12","port":4711,"pid":9}"#).unwrap();
        assert_eq!(
            (link.home().as_str(), link.token(), link.pid()),
            ("http://127.0.0.1:4711/", "ab12", 9)
        );
        assert_eq!(
            link.opening("/tasks/01J?x=1").as_str(),
            "http://127.0.0.1:4711/tasks/01J?x=1#token=ab12"
        );
        assert_eq!(link.at("/api/v1/tasks").as_str(), "http://127.0.0.1:4711/api/v1/tasks");
    }

    #[test]
    fn a_link_that_leads_elsewhere_is_refused() {
        let read = |url: &str| Link::read(&format!(r#"{{"url":"{url}","pid":1}}"#)).map(|link| link.home);
        for url in [
            "https://127.0.0.1:1/#token=a",
            "http://192.168.1.2:1/#token=a",
            "http://localhost.example:1/#token=a",
            "http://localhost:1/#token=a",
            "http://127.0.0.1/#token=a",
            "file:///etc/passwd#token=a",
        ] {
            assert_eq!(read(url), Err(LinkError::Elsewhere), "{url}");
        }
        for url in [
            "http://127.0.0.1:1/",
            "http://127.0.0.1:1/#token=",
            "http://127.0.0.1:1/?token=a",
            "http://127.0.0.1:1/#token=a'b",
        ] {
            assert_eq!(read(url), Err(LinkError::NoToken), "{url}");
        }
        assert!(matches!(Link::read("Listening"), Err(LinkError::NotALink(_))));
        assert!(matches!(Link::read("{}"), Err(LinkError::NotALink(_))));
    }
}
