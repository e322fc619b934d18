//! One file over HTTPS, continued with a range request.

use std::{io::Read, time::Duration};

use super::Partial;
use crate::{Error, Result};

/// How often a dropped connection is taken up again before the source is given up.
const TRIES: u32 = 4;

/// What a server answered to a request for the bytes from an offset on.
pub struct Response {
    /// The offset the body begins at: the one asked for, or 0 from a server without ranges.
    pub offset: u64,
    /// The body.
    pub body: Box<dyn Read>,
}

/// Fetches bytes over HTTP.
pub trait Fetch {
    /// Asks for the bytes of `url` from `offset` on. An error is a reason for a person.
    fn get(&self, url: &str, offset: u64) -> Result<Response, String>;
}

/// The real thing.
pub struct Https;

impl Fetch for Https {
    fn get(&self, url: &str, offset: u64) -> Result<Response, String> {
        ask(url, offset, true)
    }
}

/// Asks over HTTP; over TLS alone, outside of tests.
fn ask(url: &str, offset: u64, https_only: bool) -> Result<Response, String> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .https_only(https_only)
        .timeout_connect(Some(Duration::from_secs(15)))
        .timeout_recv_response(Some(Duration::from_secs(30)))
        // A stalled body is noticed; a slow one is taken up again where it was.
        .timeout_recv_body(Some(Duration::from_secs(600)))
        .tls_config(
            ureq::tls::TlsConfig::builder()
                .root_certs(ureq::tls::RootCerts::PlatformVerifier)
                .build(),
        )
        .user_agent(concat!("deskhand/", env!("CARGO_PKG_VERSION")))
        .build()
        .into();
    let response = agent
        .get(url)
        .header("Range", format!("bytes={offset}-"))
        .call()
        .map_err(|error| error.to_string())?;
    // 206 is only believed when it says it begins where it was asked to.
    let begins = response
        .headers()
        .get("content-range")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("bytes ")?.split('-').next()?.parse::<u64>().ok());
    let offset = match (response.status().as_u16(), begins) {
        (206, Some(begins)) if begins == offset => offset,
        (200, _) => 0,
        (status, _) => return Err(format!("unexpected answer {status}")),
    };
    Ok(Response {
        offset,
        body: Box::new(response.into_body().into_reader()),
    })
}

/// Downloads the rest of the file.
pub(super) fn download(
    http: &dyn Fetch,
    name: &str,
    url: &str,
    partial: &mut Partial,
    tell: &mut dyn FnMut(u64),
) -> Result<()> {
    let fail = |reason: String| Error::Source {
        source_name: name.to_owned(),
        reason,
    };
    let mut tries = 0;
    while partial.length() < partial.total() {
        let before = partial.length();
        let reason = match http.get(url, before) {
            Ok(Response { offset, body }) => {
                if offset != before {
                    partial.truncate(offset)?;
                }
                copy(body, name, partial, tell)?
            }
            Err(reason) => Some(reason),
        };
        partial.sync()?;
        if partial.length() > before {
            tries = 0;
        }
        if partial.length() < partial.total() {
            tries += 1;
            if tries >= TRIES {
                return Err(fail(
                    reason.unwrap_or_else(|| "the connection keeps ending early".into()),
                ));
            }
            // A server that cannot be reached at all is not asked again: another source may be quicker.
            if partial.length() == before && before == 0 {
                return Err(fail(reason.unwrap_or_else(|| "it sent nothing".into())));
            }
        }
    }
    Ok(())
}

/// Copies a body to the end of the file; the reason when it broke off.
fn copy(
    mut body: Box<dyn Read>,
    name: &str,
    partial: &mut Partial,
    tell: &mut dyn FnMut(u64),
) -> Result<Option<String>> {
    let mut buffer = vec![0; 1 << 18];
    loop {
        match body.read(&mut buffer) {
            Ok(0) => return Ok(None),
            Ok(read) => {
                partial.append(buffer.get(..read).unwrap_or_default(), name)?;
                tell(partial.length());
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Ok(Some(error.to_string())),
        }
    }
}

#[cfg(test)]
mod tests;
