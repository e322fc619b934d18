//! `headersHelper`: a command that prints the headers of a remote server, as a JSON object of text. Run at every connection,
//! confined like a server's program, once the person has agreed to exactly this command. What it prints is in no log and no
//! error. Source: issue 5, A11.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use deskhand_mcp::Process;
use deskhand_mcp::config::Remote;
use deskhand_types::SharedFolder;
use tokio::io::AsyncReadExt as _;

use super::{
    book::Entry,
    hub::HubConfig,
    live::{Failed, own_folder},
};

/// How long it may take.
const TIME: Duration = Duration::from_secs(10);
/// Bytes it may print.
const PRINTED: u64 = 64 * 1024;

/// The headers that a server's helper prints; none where it has no helper.
///
/// # Errors
/// When nobody agreed to it, it cannot be kept apart, or what it printed is not what it should be. Its output is never told.
pub(super) async fn headers(
    entry: &Entry,
    remote: &Remote,
    hub: &HubConfig,
) -> Result<BTreeMap<String, String>, Failed> {
    let Some(command) = &remote.headers_helper else {
        return Ok(BTreeMap::new());
    };
    if entry.helper.as_ref() != Some(command) {
        return Err(Failed::told(&format!(
            "its headers come from a command that you have not agreed to, so it was not run: {command} (agree with \
             `deskhand connectors approve {}`)",
            entry.name
        )));
    }
    let failed = |why: &str| Failed::told(&format!("the command that gives its headers {why}"));
    match tokio::time::timeout(TIME, printed(entry, remote, command, hub)).await {
        Ok(printed) => read(&printed?).map_err(failed),
        Err(_) => Err(failed("did not end within 10 s")),
    }
}

async fn printed(entry: &Entry, remote: &Remote, command: &str, hub: &HubConfig) -> Result<Vec<u8>, Failed> {
    let failed = |why: &str| Failed::told(&format!("the command that gives its headers {why}"));
    let own = own_folder(&hub.home, &entry.name).map_err(|error| Failed::told(&error.to_string()))?;
    // No variable of this computer, and none of a plugin's, reaches it.
    let environment = BTreeMap::from([
        ("CLAUDE_CODE_MCP_SERVER_NAME".to_owned(), entry.server.key.clone()),
        ("CLAUDE_CODE_MCP_SERVER_URL".to_owned(), remote.url.clone()),
    ]);
    let arguments = ["-c".to_owned(), command.to_owned()];
    let shell = Path::new("/bin/sh");
    let program = if entry.access.unconfined {
        hub.place.unconfined(shell, &arguments, &environment, &own)
    } else {
        let mut access = entry.access.clone();
        // Files the command names are part of it.
        let words = command.split(|c: char| c.is_whitespace() || "'\";|&()<>".contains(c));
        for word in words.filter(|word| Path::new(word).is_absolute() && Path::new(word).is_file()) {
            access.folders.push(SharedFolder {
                path: word.to_owned(),
                writable: false,
            });
        }
        let confined = hub.place.confine(shell, &arguments, &environment, &access, &own);
        confined.map_err(|why| failed(&format!("cannot be kept apart here: {}. It was not run", why.0)))?
    };
    let (process, output, input) = Process::start(&program)?;
    drop(input);
    let mut printed = Vec::new();
    let read = output.take(PRINTED + 1).read_to_end(&mut printed).await;
    read.map_err(|_| failed("could not be read"))?;
    if printed.len() as u64 > PRINTED {
        return Err(failed("printed too much"));
    }
    match process.end(TIME).await {
        Some(0) => Ok(printed),
        Some(code) => Err(failed(&format!("failed (exit code {code})"))),
        None => Err(failed("did not end by itself")),
    }
}

/// A JSON object of text.
fn read(printed: &[u8]) -> Result<BTreeMap<String, String>, &'static str> {
    serde_json::from_slice(printed).map_err(|_| "printed something else than a JSON object of text")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    #[test]
    fn only_an_object_of_text_is_taken() {
        assert_eq!(super::read(br#" {"A": "b"} "#).unwrap().len(), 1);
        for wrong in [&b""[..], b"x", b"[]", br#"{"A": 1}"#, br#"{"A": "b"} x"#, b"\xff"] {
            assert!(super::read(wrong).is_err());
        }
    }
}
