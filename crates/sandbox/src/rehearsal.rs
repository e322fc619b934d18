//! A first command in a machine that is about to be saved.
//!
//! The first command in a machine reads bash, its libraries and much of the kernel's own tables from the disk, and in
//! software unpacks them, which takes longer than the command. Done once before the template is saved, all of it is in the
//! memory that machines start with. It works in an empty folder that exists only here: nothing of the person's is in the
//! template still.

use std::sync::Arc;

use deskhand_types::{GuestPath, ShareError, Shared, SharedEntry, SharedFile, SharedFolders, SharedKind, Stamp};
use deskhand_wire::{Exec, ExecEvent, Folder, Limits, OpenTask, Request, Slot, frame};

use crate::SandboxError;
use crate::link::{Link, lost, refused};
use crate::share::ShareServer;

const SLOT: Slot = Slot(1);
const FOLDER: &str = "work";
/// What tasks do first: look around, search, write, ask Python. What it changes is thrown away.
pub(crate) const COMMAND: &str = "true; pwd; ls -la / /mnt/work; echo word >note; cat note | grep word; sed s/w/W/ note; find . -type f; wc -l note; \
     head -1 note | sort | tail -1; python3 -c 'print(1)'; rm note";
/// Far more than it takes.
const TIMEOUT_MS: u64 = 60_000;

/// Runs it. A machine that cannot run it is not worth saving; what the command itself says does not matter.
pub(crate) async fn rehearse(link: &Link, share: &ShareServer) -> Result<(), SandboxError> {
    share.add(SLOT, vec![FOLDER.to_owned()], Arc::new(Empty));
    let result = perform(link).await;
    let closed = link.ask(&Request::CloseTask(SLOT)).await;
    share.remove(SLOT);
    result.and(closed)
}

async fn perform(link: &Link) -> Result<(), SandboxError> {
    let folder = Folder {
        name: FOLDER.to_owned(),
        writable: true,
    };
    link.ask(&Request::OpenTask(OpenTask {
        slot: SLOT,
        folders: vec![folder],
        limits: Limits {
            memory: 512 << 20,
            processes: 100,
            cpu_percent: 100,
            disk: 64 << 20,
        },
        ca_pem: String::new(),
    }))
    .await?;
    let exec = Request::Exec(Exec {
        slot: SLOT,
        command: COMMAND.to_owned(),
        cwd: format!("/mnt/{FOLDER}"),
        env: Vec::new(),
        timeout_ms: TIMEOUT_MS,
        max_output: 64 << 10,
        max_entries: 10,
        max_bytes: 1 << 10,
        max_apparent: 1 << 10,
    });
    let mut events = link.send(&exec).await?;
    loop {
        match frame::read(&mut events).await.map_err(|error| lost(&error))? {
            ExecEvent::Done => return Ok(()),
            ExecEvent::Failed(failure) => return Err(refused(failure)),
            _ => {}
        }
    }
}

/// A folder with nothing in it.
struct Empty;

impl SharedFolders for Empty {
    fn look(&self, path: &GuestPath) -> Result<Shared, ShareError> {
        if path.as_str() != format!("/mnt/{FOLDER}") {
            return Err(ShareError::Absent);
        }
        Ok(Shared {
            kind: SharedKind::Folder,
            size: 0,
            mtime_ns: None,
            mode: Some(0o755),
            stamp: Stamp {
                id: (0, 0),
                size: 0,
                mtime_ns: None,
                ctime_ns: None,
            },
        })
    }

    fn list(&self, _: &GuestPath, _: usize) -> Result<Vec<SharedEntry>, ShareError> {
        Ok(Vec::new())
    }

    fn open(&self, _: &GuestPath) -> Result<Box<dyn SharedFile>, ShareError> {
        Err(ShareError::Absent)
    }

    fn target(&self, _: &GuestPath) -> Result<String, ShareError> {
        Err(ShareError::Absent)
    }
}
