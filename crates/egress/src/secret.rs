//! Credentials that rules name and programs never see.

use http::HeaderValue;
use zeroize::Zeroizing;

/// A credential. Cannot be printed; wiped from memory when dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps a credential; surrounding white space, as pasted, is dropped.
    pub fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.trim().to_owned()))
    }

    /// The credential as bytes. Only to look for it in what comes back.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// As the value of a header, after `scheme` ("Bearer") where there is one. `None` where it is empty or has
    /// characters that no header may hold.
    pub(crate) fn header(&self, scheme: Option<&str>) -> Option<HeaderValue> {
        if self.0.is_empty() {
            return None;
        }
        let text = match scheme {
            Some(scheme) => Zeroizing::new(format!("{scheme} {}", self.0.as_str())),
            None => self.0.clone(),
        };
        let mut value = HeaderValue::from_str(&text).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

/// Where credentials come from.
pub trait Credentials: Send + Sync {
    /// The credential a rule names; `None` when there is none. Called for every request that needs it, so that one
    /// that was taken back is not used any more; must not block for long.
    fn get(&self, handle: &str) -> Option<Secret>;
}

/// No credentials at all.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoCredentials;

impl Credentials for NoCredentials {
    fn get(&self, _handle: &str) -> Option<Secret> {
        None
    }
}
