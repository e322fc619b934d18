//! What a command that is only looked at asks of the network. All of it is refused; there is no log it could be in, so it is
//! kept for whoever looks.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};

/// Different requests that are kept; the others are counted together.
const MAX_KEPT: usize = 50;
/// Bytes of a request that are read to see what it asks for, and how much of that is kept.
const MAX_LINE: usize = 8 << 10;
const MAX_SHOWN: usize = 300;
/// How long a request's first line may take to come.
const TIME: Duration = Duration::from_secs(5);

/// Requests that were refused, each with how often.
#[derive(Default)]
pub(crate) struct Asked(Mutex<BTreeMap<String, u64>>);

impl Asked {
    /// Reads what a connection asks for, and keeps it.
    pub async fn hear(&self, connection: &mut (impl AsyncRead + Unpin)) {
        let line = tokio::time::timeout(TIME, first_line(connection))
            .await
            .unwrap_or_default();
        self.keep(shown(&line));
    }

    fn keep(&self, what: String) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let what = if kept.len() < MAX_KEPT || kept.contains_key(&what) {
            what
        } else {
            "others".to_owned()
        };
        *kept.entry(what).or_default() += 1;
    }

    /// What was asked for.
    pub fn all(&self) -> BTreeMap<String, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The first line, as far as it came.
async fn first_line(connection: &mut (impl AsyncRead + Unpin)) -> Vec<u8> {
    let mut line = Vec::new();
    while line.len() < MAX_LINE {
        match connection.read_u8().await {
            Ok(b'\n') | Err(_) => break,
            Ok(byte) => line.push(byte),
        }
    }
    line
}

/// A request in words: method and address without its query, which is no more in a ledger either.
fn shown(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let mut words = text.split_ascii_whitespace();
    let (Some(method), Some(target), Some(version)) = (words.next(), words.next(), words.next()) else {
        return "a connection that asked for nothing".to_owned();
    };
    if !version.starts_with("HTTP/") {
        return "a connection that spoke no HTTP".to_owned();
    }
    let target = target.split(['?', '#']).next().unwrap_or_default();
    let plain = |c: char| if c.is_ascii_graphic() || c == ' ' { c } else { '?' };
    format!("{method} {target}")
        .chars()
        .take(MAX_SHOWN)
        .map(plain)
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    async fn heard(requests: &[&[u8]]) -> BTreeMap<String, u64> {
        let asked = Asked::default();
        for request in requests {
            asked.hear(&mut &**request).await;
        }
        asked.all()
    }

    #[tokio::test]
    async fn what_is_asked_for_is_kept_with_how_often_and_without_its_query() {
        let told = heard(&[
            b"GET http://example.org/a?key=private HTTP/1.1\r\nhost: example.org\r\n\r\n",
            b"CONNECT example.org:443 HTTP/1.1\r\n\r\n",
            b"GET http://example.org/a HTTP/1.1\r\n\r\n",
            b"",
            b"\x16\x03\x01 what else",
            "GET http://example.org/\u{1b}[2J HTTP/1.0\n".as_bytes(),
        ])
        .await;
        let expected = [
            ("CONNECT example.org:443", 1),
            ("GET http://example.org/?[2J", 1),
            ("GET http://example.org/a", 2),
            ("a connection that asked for nothing", 1),
            ("a connection that spoke no HTTP", 1),
        ];
        assert_eq!(told, expected.map(|(what, times)| (what.to_owned(), times)).into());
    }

    #[tokio::test]
    async fn requests_without_end_are_counted_and_not_kept() {
        let lines: Vec<String> = (0..MAX_KEPT + 7)
            .map(|n| format!("GET http://example.org/{n} HTTP/1.1\n"))
            .collect();
        let lines: Vec<&[u8]> = lines.iter().map(String::as_bytes).collect();
        let told = heard(&lines).await;
        assert_eq!((told.len(), told.get("others")), (MAX_KEPT + 1, Some(&7)));
        let long = heard(&[&vec![b'a'; 20_000]]).await;
        assert_eq!(long, [("a connection that asked for nothing".to_owned(), 1)].into());
    }
}
