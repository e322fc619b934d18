//! Running a command, from the request to the last byte of what it changed.

mod ahead;
mod run;

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use deskhand_wire::frame;
use deskhand_wire::mux::Stream;
use deskhand_wire::{Exec, ExecEvent, Failure, FailureKind, PROXY_PORT};
use tokio::io::{ReadHalf, WriteHalf};
use tokio::sync::mpsc;

use crate::agent::collect::{self, Layer};
use crate::agent::confine::{Mounted, Root, Spec};
use crate::agent::share::Share;
use crate::agent::system::System;
use crate::agent::task::{Task, failure, remove_tree};
use crate::agent::warm::Warm;
use crate::agent::{boot::doing, places};

pub(crate) use ahead::Waiting;

/// What a command needs beside its task.
pub(crate) struct Around {
    pub system: Arc<System>,
    pub share: Arc<Share>,
    pub warm: Option<Arc<Warm>>,
    pub waiting: Arc<Waiting>,
}

/// Runs a command and tells the host everything about it.
pub(crate) async fn serve(around: &Around, task: &Task, exec: Exec, stream: Stream) {
    let (reader, mut writer) = tokio::io::split(stream);
    let _running = task.begin();
    let number = task.next_command();
    let folder = task.scratch.join("commands").join(number.to_string());
    let result = attempt(around, task, &exec, number, &folder, reader, &mut writer).await;
    let (last, held) = match result {
        Ok(held) => (ExecEvent::Done, Some(held)),
        Err(failure) => (ExecEvent::Failed(failure), None),
    };
    let _ = frame::write(&mut writer, &last).await;
    // Nobody waits for what is tidied up.
    drop((held, writer));
    let _ = tokio::task::spawn_blocking(move || remove_tree(&folder)).await;
    if around.system.is_machine {
        around.waiting.prepare(&around.system);
    }
}

async fn attempt(
    around: &Around,
    task: &Task,
    exec: &Exec,
    number: u64,
    folder: &Path,
    reader: ReadHalf<Stream>,
    writer: &mut WriteHalf<Stream>,
) -> Result<run::Held, Failure> {
    let refused = |error: io::Error| failure(FailureKind::System, &error);
    around.share.settle().await.map_err(refused)?;
    let layers = layers(&around.system, task, folder).map_err(refused)?;
    let (exited, held) = run::run(around, task, exec, number, &layers, reader, writer).await?;
    tell(writer, &ExecEvent::Exited(exited)).await?;
    let (events, mut collected) = mpsc::channel(4);
    let bounds = collect::Bounds {
        entries: exec.max_entries,
        bytes: exec.max_bytes,
        apparent: exec.max_apparent,
    };
    let uppers = layers
        .into_iter()
        .filter_map(|layer| layer.upper)
        .collect::<Vec<Layer>>();
    let collecting = tokio::task::spawn_blocking(move || collect::collect(&uppers, bounds, &events));
    while let Some(event) = collected.recv().await {
        tell(writer, &event).await?;
    }
    collecting.await.map_err(|error| refused(io::Error::other(error)))??;
    Ok(held)
}

async fn tell(writer: &mut WriteHalf<Stream>, event: &ExecEvent) -> Result<(), Failure> {
    frame::write(writer, event).await.map_err(|error| Failure {
        kind: FailureKind::System,
        message: error.to_string(),
    })
}

/// A granted folder, as this command gets it.
pub(crate) struct Laid {
    name: String,
    lower: PathBuf,
    /// For folders that may be changed.
    upper: Option<Layer>,
    work: PathBuf,
}

/// Makes an empty layer for every folder that may be changed.
fn layers(system: &System, task: &Task, folder: &Path) -> io::Result<Vec<Laid>> {
    fs::create_dir(folder).map_err(doing("making a layer"))?;
    let shared = system.shared.join(task.slot.0.to_string());
    let uid = system.uid(task.slot);
    let lay = |(index, granted): (usize, &deskhand_wire::Folder)| {
        let (upper, work) = (
            folder.join(format!("upper-{index}")),
            folder.join(format!("work-{index}")),
        );
        if granted.writable {
            fs::create_dir(&work)?;
            fs::create_dir(&upper)?;
            // The layer's own top is the folder's: its owner and bits are those the folder shows.
            std::os::unix::fs::chown(&upper, Some(uid), Some(uid))?;
            fs::set_permissions(&upper, fs::Permissions::from_mode(0o755))?;
        }
        Ok(Laid {
            name: granted.name.clone(),
            lower: shared.join(&granted.name),
            upper: granted.writable.then(|| Layer {
                folder: u16::try_from(index).unwrap_or(u16::MAX),
                upper,
            }),
            work,
        })
    };
    task.folders.iter().enumerate().map(lay).collect()
}

/// What the confined process is told.
fn spec(around: &Around, task: &Task, exec: &Exec, layers: &[Laid], python: Option<PathBuf>) -> Spec {
    let system = &around.system;
    let mut files = vec![
        (task.own.join("passwd"), "/etc/passwd".into()),
        (task.own.join("group"), "/etc/group".into()),
    ];
    if system.is_machine {
        files.push((system.own.join("machine-id"), "/etc/machine-id".into()));
        files.push((places::BOOT_ID.into(), places::BOOT_ID_IN_ROOM.into()));
    }
    if task.has_ca {
        files.push((task.own.join("ca.pem"), places::CA_IN_ROOM.into()));
    }
    if let Some(door) = &python {
        files.push((system.own.join("agent"), places::AGENT_IN_ROOM.into()));
        files.push((door.clone(), places::PYTHON_IN_ROOM.into()));
        files.push((system.own.join("bin"), places::BIN_IN_ROOM.into()));
    }
    Spec {
        command: vec!["/bin/bash".to_owned(), "-c".to_owned(), exec.command.clone()],
        cwd: exec.cwd.clone(),
        env: environment(exec, task.has_ca, python.is_some()),
        uid: system.uid(task.slot),
        root: Root {
            folders: layers
                .iter()
                .map(|laid| Mounted {
                    name: laid.name.clone(),
                    lower: laid.lower.clone(),
                    upper: laid
                        .upper
                        .as_ref()
                        .map(|layer| (layer.upper.clone(), laid.work.clone())),
                })
                .collect(),
            home: task.scratch.join("home"),
            tmp: task.scratch.join("tmp"),
            files,
        },
        limits: system.process_limits(&task.limits),
    }
}

/// The whole environment of a command: nothing of the agent's, no secret.
fn environment(exec: &Exec, has_ca: bool, warm_python: bool) -> Vec<(String, String)> {
    let proxy = format!("http://127.0.0.1:{PROXY_PORT}");
    let path = if warm_python {
        format!("{}:/usr/local/bin:/usr/bin:/bin", places::BIN_IN_ROOM)
    } else {
        "/usr/local/bin:/usr/bin:/bin".to_owned()
    };
    let mut env: Vec<(&str, &str)> = vec![
        ("PATH", &path),
        ("HOME", places::HOME_IN_ROOM),
        ("USER", "task"),
        ("LOGNAME", "task"),
        ("SHELL", "/bin/bash"),
        ("LANG", "C.UTF-8"),
        ("TERM", "dumb"),
        ("TMPDIR", "/tmp"),
        // Compiled Python files belong in nobody's documents.
        ("PYTHONDONTWRITEBYTECODE", "1"),
        ("MPLBACKEND", "Agg"),
        ("MPLCONFIGDIR", "/home/task/.config/matplotlib"),
        // One processor: more threads would only wait for one another.
        ("OPENBLAS_NUM_THREADS", "1"),
        ("OMP_NUM_THREADS", "1"),
    ];
    for name in [
        "http_proxy",
        "https_proxy",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "all_proxy",
        "ALL_PROXY",
    ] {
        env.push((name, &proxy));
    }
    if has_ca {
        for name in [
            "SSL_CERT_FILE",
            "REQUESTS_CA_BUNDLE",
            "CURL_CA_BUNDLE",
            "NODE_EXTRA_CA_CERTS",
            "PIP_CERT",
            "GIT_SSL_CAINFO",
        ] {
            env.push((name, places::CA_IN_ROOM));
        }
    }
    let own = env.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    own.chain(exec.env.iter().cloned()).collect()
}
