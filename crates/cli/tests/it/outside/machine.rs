//! The real machine within this process, and a search through its memory and files.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use deskhand_engine::{OpenRoom, Rooms, SandboxOptions, Tell};
use deskhand_sandbox::{Command, Limits, Ran, Room, RoomSetup, Sandbox, SandboxConfig, SandboxError};
use deskhand_types::Tier;
use rustix::fs::{SeekFrom, seek};
use tokio::sync::RwLock;
use tokio_util::sync::CancellationToken;

/// The sandbox, with the guest agent that is beside the program (which this test is not).
pub struct Machine(Arc<Sandbox>);

impl Machine {
    pub fn new(cache: PathBuf) -> Self {
        let program = Path::new(env!("CARGO_BIN_EXE_deskhand"));
        Self(Sandbox::new(SandboxConfig {
            agent: Some(program.parent().unwrap().join(deskhand_sandbox::AGENT_FILE_NAME)),
            ..SandboxConfig::new(cache)
        }))
    }
}

#[async_trait]
impl Rooms for Machine {
    fn limits(&self) -> Limits {
        SandboxOptions::default().limits
    }

    async fn open(&self, _tier: Tier, setup: RoomSetup) -> Result<Box<dyn OpenRoom>, SandboxError> {
        Ok(Box::new(OneRoom(RwLock::new(Some(self.0.room(setup).await?)))))
    }
}

struct OneRoom(RwLock<Option<Room>>);

#[async_trait]
impl OpenRoom for OneRoom {
    async fn run(
        &self,
        command: Command,
        output: &mut Tell<'_>,
        cancel: CancellationToken,
    ) -> Result<Ran, SandboxError> {
        let room = self.0.read().await;
        room.as_ref().unwrap().run(command, output, cancel).await
    }

    async fn close(&self) {
        if let Some(room) = self.0.write().await.take() {
            room.close().await;
        }
    }
}

const CHUNK: usize = 1 << 20;
const PAGE: u64 = 4096;

/// Whether a process holds these bytes: in the memory it has, or in a file it has open.
pub fn holds(process: u32, needle: &[u8]) -> bool {
    memory_holds(process, needle) || open_files(process).iter().any(|file| file_holds(file, needle))
}

/// The regular files a process may write to: disks, logs, saved states. What it only reads was there before.
fn open_files(process: u32) -> Vec<PathBuf> {
    let links = std::fs::read_dir(format!("/proc/{process}/fd")).unwrap().flatten();
    let files = links.filter_map(|link| {
        let info = std::fs::read_to_string(format!("/proc/{process}/fdinfo/{}", link.file_name().display())).ok()?;
        let flags = info.lines().find_map(|line| line.strip_prefix("flags:"))?;
        let writable = u32::from_str_radix(flags.trim(), 8).is_ok_and(|flags| flags & 3 != 0);
        // By the link, so that a deleted file is read too.
        let is_file = std::fs::metadata(link.path()).is_ok_and(|meta| meta.is_file());
        (writable && is_file).then(|| link.path())
    });
    files.collect()
}

fn file_holds(path: &Path, needle: &[u8]) -> bool {
    let file = File::open(path).unwrap();
    // A disk is mostly holes: only what was written is looked at.
    let mut at = 0;
    while let Ok(from) = seek(&file, SeekFrom::Data(at)) {
        let to = seek(&file, SeekFrom::Hole(from)).unwrap();
        if range_holds(&file, from..to, needle) {
            return true;
        }
        at = to;
    }
    false
}

fn memory_holds(process: u32, needle: &[u8]) -> bool {
    let memory = File::open(format!("/proc/{process}/mem")).expect("a process may read its child's memory");
    let pages = File::open(format!("/proc/{process}/pagemap")).unwrap();
    let maps = std::fs::read_to_string(format!("/proc/{process}/maps")).unwrap();
    maps.lines().filter(|map| !map.contains("[v")).any(|map| {
        let (from, to) = map.split(' ').next().unwrap().split_once('-').unwrap();
        let parse = |text| u64::from_str_radix(text, 16).unwrap();
        present(&pages, parse(from)..parse(to))
            .into_iter()
            .any(|range| range_holds(&memory, range, needle))
    })
}

/// The parts of a range of addresses that are in memory or swapped out; see `Documentation/admin-guide/mm/pagemap.rst`.
fn present(pages: &File, range: std::ops::Range<u64>) -> Vec<std::ops::Range<u64>> {
    let mut entries = vec![0; ((range.end - range.start) / PAGE * 8) as usize];
    if pages.read_exact_at(&mut entries, range.start / PAGE * 8).is_err() {
        return vec![range];
    }
    let mut found: Vec<std::ops::Range<u64>> = Vec::new();
    for (number, entry) in entries.chunks_exact(8).enumerate() {
        // The two highest bits: present, swapped.
        if entry[7] >> 6 == 0 {
            continue;
        }
        let start = range.start + number as u64 * PAGE;
        match found.last_mut() {
            Some(last) if last.end == start => last.end += PAGE,
            _ => found.push(start..start + PAGE),
        }
    }
    found
}

fn range_holds(file: &File, range: std::ops::Range<u64>, needle: &[u8]) -> bool {
    let mut buffer = vec![0; CHUNK + needle.len()];
    let empty = vec![0; CHUNK + needle.len()];
    let mut at = range.start;
    while at < range.end {
        let wanted = buffer.len().min((range.end - at) as usize);
        // What cannot be read (a page that went meanwhile) holds nothing.
        let read = file.read_at(&mut buffer[..wanted], at).unwrap_or(0);
        if buffer[..read] != empty[..read] && bytes_hold(&buffer[..read], needle) {
            return true;
        }
        at += CHUNK as u64;
    }
    false
}

/// Horspool's search: quick without optimisation, too.
pub fn bytes_hold(bytes: &[u8], needle: &[u8]) -> bool {
    let last = needle.len() - 1;
    let mut skip = [needle.len(); 256];
    for (at, byte) in needle[..last].iter().enumerate() {
        skip[usize::from(*byte)] = last - at;
    }
    let mut at = 0;
    while at + last < bytes.len() {
        let end = bytes[at + last];
        if end == needle[last] && bytes[at..=at + last] == *needle {
            return true;
        }
        at += skip[usize::from(end)];
    }
    false
}
