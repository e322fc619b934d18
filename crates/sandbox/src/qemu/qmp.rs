//! QEMU's monitor protocol: one JSON value per line. Only the handful of commands a machine's life needs.
//!
//! Source: QEMU's `docs/interop/qmp-spec.rst` and `qapi/migration.json`.

use std::fs::File;
use std::io::IoSlice;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;
use std::time::Duration;

use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Interest};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;

use crate::{SandboxError, error::host};

/// Longest line that is read.
const MAX_LINE: usize = 1 << 20;

/// A monitor that was greeted. It is read as long as this exists, also while nothing is asked.
pub(super) struct Qmp {
    writer: OwnedWriteHalf,
    answers: mpsc::Receiver<Result<Value, SandboxError>>,
}

impl Qmp {
    /// Reads the greeting and leaves the negotiation. `broken` is told when a disk of the machine cannot be read or
    /// written any more, and why: what the guest goes on with then is not what it wrote.
    pub async fn greet(
        stream: UnixStream,
        broken: impl Fn(String) + Send + Sync + 'static,
    ) -> Result<Self, SandboxError> {
        let (reader, writer) = stream.into_split();
        let (sender, answers) = mpsc::channel(4);
        tokio::spawn(listen(BufReader::new(reader), sender, broken));
        let mut qmp = Self { writer, answers };
        let greeting = qmp.answer().await?;
        if greeting.get("QMP").is_none() {
            return Err(failed("an unknown greeting"));
        }
        qmp.run("qmp_capabilities", None).await?;
        Ok(qmp)
    }

    /// Runs a command and waits for its answer.
    pub async fn run(&mut self, command: &str, arguments: Option<Value>) -> Result<(), SandboxError> {
        self.ask(command, arguments, None).await.map(drop)
    }

    async fn ask(
        &mut self,
        command: &str,
        arguments: Option<Value>,
        descriptor: Option<BorrowedFd<'_>>,
    ) -> Result<Value, SandboxError> {
        let mut request = json!({ "execute": command });
        if let (Some(arguments), Some(request)) = (arguments, request.as_object_mut()) {
            request.insert("arguments".to_owned(), arguments);
        }
        let bytes = format!("{request}\n").into_bytes();
        match descriptor {
            None => self.writer.write_all(&bytes).await.map_err(failed)?,
            Some(descriptor) => self.send_with(&bytes, descriptor).await?,
        }
        loop {
            let mut answer = self.answer().await?;
            if let Some(value) = answer.get_mut("return") {
                return Ok(value.take());
            }
            if let Some(error) = answer.get("error") {
                let text = error
                    .get("desc")
                    .and_then(Value::as_str)
                    .unwrap_or("an error without words");
                return Err(failed(format!("{command}: {text}")));
            }
        }
    }

    /// Sends bytes with a descriptor beside them.
    async fn send_with(&mut self, bytes: &[u8], descriptor: BorrowedFd<'_>) -> Result<(), SandboxError> {
        let stream: &UnixStream = self.writer.as_ref();
        let sent = stream
            .async_io(Interest::WRITABLE, || {
                let descriptors = [descriptor];
                let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
                let mut ancillary = SendAncillaryBuffer::new(&mut space);
                ancillary.push(SendAncillaryMessage::ScmRights(&descriptors));
                Ok(rustix::net::sendmsg(
                    stream.as_fd(),
                    &[IoSlice::new(bytes)],
                    &mut ancillary,
                    SendFlags::empty(),
                )?)
            })
            .await
            .map_err(failed)?;
        self.writer
            .write_all(bytes.get(sent..).unwrap_or_default())
            .await
            .map_err(failed)
    }

    async fn answer(&mut self) -> Result<Value, SandboxError> {
        let answer = self.answers.recv().await;
        answer.unwrap_or_else(|| Err(failed("QEMU closed its monitor")))
    }

    /// Memory that is shared with its file stays there: a template's state is a megabyte.
    pub async fn migration_capabilities(&mut self) -> Result<(), SandboxError> {
        let capabilities = json!({"capabilities": [{"capability": "x-ignore-shared", "state": true}]});
        self.run("migrate-set-capabilities", Some(capabilities)).await?;
        self.run(
            "migrate-set-parameters",
            Some(json!({"max-bandwidth": 10_737_418_240_u64})),
        )
        .await
    }

    /// Writes the state of the stopped machine into a new file.
    pub async fn save(&mut self, file: &Path) -> Result<(), SandboxError> {
        let target = File::create(file).map_err(|error| host("saving the machine", error))?;
        self.ask("getfd", Some(json!({"fdname": "state"})), Some(target.as_fd()))
            .await?;
        self.run("migrate", Some(json!({"uri": "fd:state"}))).await?;
        self.migrated("completed").await
    }

    /// Loads a state into the waiting machine and lets it run.
    pub async fn load(&mut self, file: &Path) -> Result<(), SandboxError> {
        let source = File::open(file).map_err(|error| host("loading the machine", error))?;
        self.ask("getfd", Some(json!({"fdname": "state"})), Some(source.as_fd()))
            .await?;
        self.run("migrate-incoming", Some(json!({"uri": "fd:state"}))).await?;
        self.migrated("completed").await?;
        self.run("cont", None).await
    }

    async fn migrated(&mut self, wanted: &str) -> Result<(), SandboxError> {
        loop {
            let status = self.ask("query-migrate", None, None).await?;
            match status.get("status").and_then(Value::as_str) {
                Some(status) if status == wanted => return Ok(()),
                Some("failed" | "cancelled") => {
                    let why = status
                        .get("error-desc")
                        .and_then(Value::as_str)
                        .unwrap_or("no reason given");
                    return Err(failed(format!("moving the machine's state failed: {why}")));
                }
                _ => tokio::time::sleep(Duration::from_millis(1)).await,
            }
        }
    }
}

/// Passes answers on and looks at events, until the monitor is closed or nobody asks any more.
async fn listen(
    mut reader: BufReader<OwnedReadHalf>,
    answers: mpsc::Sender<Result<Value, SandboxError>>,
    broken: impl Fn(String) + Send + Sync,
) {
    loop {
        let line = line(&mut reader).await;
        if let Ok(event) = &line
            && event.get("event").is_some()
        {
            if let Some(why) = broken_disk(event) {
                broken(why);
            }
            continue;
        }
        let last = line.is_err();
        if answers.send(line).await.is_err() || last {
            return;
        }
    }
}

async fn line(reader: &mut BufReader<OwnedReadHalf>) -> Result<Value, SandboxError> {
    let mut line = Vec::new();
    loop {
        let available = reader.fill_buf().await.map_err(failed)?;
        if available.is_empty() {
            return Err(failed("QEMU closed its monitor"));
        }
        let end = available.iter().position(|byte| *byte == b'\n');
        let taken = end.map_or(available.len(), |end| end + 1);
        line.extend(available.iter().take(taken));
        reader.consume(taken);
        if end.is_some() {
            return serde_json::from_slice(&line).map_err(failed);
        }
        if line.len() > MAX_LINE {
            return Err(failed("an endless answer"));
        }
    }
}

/// Why a disk of the machine is no good any more, in words. Source: `BLOCK_IO_ERROR` in QEMU's
/// `qapi/block-core.json`.
fn broken_disk(event: &Value) -> Option<String> {
    if event.get("event").and_then(Value::as_str) != Some("BLOCK_IO_ERROR") {
        return None;
    }
    let data = event.get("data")?;
    let reason = data.get("reason").and_then(Value::as_str).unwrap_or("no reason given");
    // `nospace` is left out where the device's state of input and output is not followed: then only
    // the system's own words tell.
    if data.get("nospace").and_then(Value::as_bool) == Some(true) || reason.contains("No space left on device") {
        return Some("no space left on the disk of this computer that holds Deskhand's cache".to_owned());
    }
    Some(format!("a disk of the machine failed: {reason}"))
}

fn failed(why: impl std::fmt::Display) -> SandboxError {
    host("talking to QEMU", why)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::{Arc, Mutex};

    use super::*;

    /// As QEMU writes it while nobody asks anything.
    #[tokio::test]
    async fn a_full_disk_is_heard_while_nothing_is_asked() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let told = heard.clone();
        let qemu = tokio::spawn(async move {
            let greeting = b"{\"QMP\": {\"version\": {}, \"capabilities\": []}}\r\n{\"return\": {}}\r\n";
            theirs.write_all(greeting).await.unwrap();
            let events = [
                json!({"event": "RESUME"}),
                json!({"event": "BLOCK_IO_ERROR", "data": {"device": "scratch", "operation": "write",
                    "action": "report", "nospace": true, "reason": "No space left on device"}}),
                json!({"event": "BLOCK_IO_ERROR", "data": {"device": "scratch", "operation": "write",
                    "action": "report", "reason": "No space left on device"}}),
                json!({"event": "BLOCK_IO_ERROR", "data": {"device": "root", "operation": "read",
                    "action": "report", "nospace": false, "reason": "Input/output error"}}),
                json!({"return": {}}),
            ];
            for line in events {
                theirs.write_all(format!("{line}\r\n").as_bytes()).await.unwrap();
            }
            theirs
        });
        let mut qmp = Qmp::greet(ours, move |why| told.lock().unwrap().push(why))
            .await
            .unwrap();
        let _theirs = qemu.await.unwrap();
        qmp.run("query-status", None).await.unwrap();
        assert_eq!(
            *heard.lock().unwrap(),
            [
                "no space left on the disk of this computer that holds Deskhand's cache",
                "no space left on the disk of this computer that holds Deskhand's cache",
                "a disk of the machine failed: Input/output error"
            ]
        );
    }
}
