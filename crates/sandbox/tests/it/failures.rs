//! Machines that are killed, templates that are damaged, programs that are missing: recover, or refuse with the reason.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use deskhand_sandbox::image::Places;
use deskhand_sandbox::{Command, LostMachine, RoomSetup, Sandbox, SandboxConfig, SandboxError, lost_machine, sweep};
use deskhand_types::{BlobError, BlobStore, Coded as _, Hash};

use tokio_util::sync::CancellationToken;

use crate::desk::{Desk, agent, cache, config};

/// A cache of its own whose image is the built one; templates and machines are separate.
pub fn own_cache() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let places = folder.path().join("sandbox");
    std::fs::create_dir(&places).unwrap();
    std::os::unix::fs::symlink(cache().join("sandbox/images"), places.join("images")).unwrap();
    folder
}

pub fn copy_templates(to: &Path) {
    let status = std::process::Command::new("cp")
        .args(["-a", "--sparse=always"])
        .arg(cache().join("sandbox/templates"))
        .arg(to.join("sandbox/templates"))
        .status()
        .unwrap();
    assert!(status.success());
}

fn kill(process: u32) {
    send(process, rustix::process::Signal::KILL);
}

fn send(process: u32, signal: rustix::process::Signal) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(process).unwrap()).unwrap();
    rustix::process::kill_process(pid, signal).unwrap();
}

/// A machine that stands still cannot end a command: it is ended itself, and the next command has a new one.
#[tokio::test]
async fn a_cancelled_command_ends_even_where_its_machine_stands_still() {
    let desk = Desk::new();
    desk.put("kept.txt", "as it was");
    let room = desk.room().await;
    let process = desk.sandbox.process().await.unwrap();
    let cancel = CancellationToken::new();
    let command = Command {
        text: "echo lost >kept.txt; echo begun; sleep 300".to_owned(),
        cwd: "/mnt/work".to_owned(),
        timeout: Duration::from_secs(400),
    };
    let (stop, begun) = (cancel.clone(), std::time::Instant::now());
    let mut on_output = move |_, _: &[u8]| {
        send(process, rustix::process::Signal::STOP);
        stop.cancel();
    };
    let error = room.run(command, &mut on_output, cancel).await.unwrap_err();
    assert!(matches!(error, SandboxError::Interrupted { .. }), "{error:?}");
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
    let next = desk.run(&room, "cat kept.txt").await;
    assert!(next.ran.anew.is_some());
    assert_eq!(next.good(), "as it was");
    assert_ne!(desk.sandbox.process().await, Some(process));
    room.close().await;
}

/// What is kept of the machine that was lost last. A command hears of the end from its stream, a moment before all of it is
/// written down.
async fn lost(cache: &Path, wanted: &str) -> LostMachine {
    for _ in 0..100 {
        if let Some(lost) = lost_machine(&Places::new(cache)).filter(|lost| lost.said.contains(wanted)) {
            return lost;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{:?}", lost_machine(&Places::new(cache)))
}

#[tokio::test]
async fn a_machine_killed_under_a_command_is_told_and_the_next_command_gets_a_new_one() {
    let desk = Desk::new();
    desk.put("kept.txt", "as it was");
    let room = desk.room().await;
    let process = desk.sandbox.process().await.unwrap();
    let killing = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(1)).await;
        kill(process);
    });
    let error = desk
        .attempt(&room, "echo lost >kept.txt; sleep 30", Duration::from_secs(60))
        .await
        .unwrap_err();
    killing.await.unwrap();
    assert!(matches!(error, SandboxError::Lost { .. }), "{error:?}");
    // What it said last outlives it.
    let lost = lost(&cache(), "QEMU was killed").await;
    assert!(lost.said.ends_with("QEMU was killed"), "{lost:?}");
    let next = desk.run(&room, "cat kept.txt").await;
    assert!(next.ran.anew.is_some(), "the new room is told");
    assert_eq!(next.good(), "as it was");
    assert_ne!(desk.sandbox.process().await, Some(process));
    room.close().await;
}

/// The folder of the only machine of a cache.
fn machine_of(cache: &Path) -> PathBuf {
    let entries = std::fs::read_dir(cache.join("sandbox/machines")).unwrap();
    let mut folders: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    assert_eq!(folders.len(), 1, "{folders:?}");
    folders.remove(0)
}

/// A machine that outlived its owner is a running QEMU, not a process of our making.
#[tokio::test]
async fn a_running_machine_whose_owner_is_gone_is_ended_by_the_next_start_and_a_living_ones_is_not() {
    Desk::new().room().await.close().await;
    let own = own_cache();
    copy_templates(own.path());
    let places = Places::new(own.path());
    let desk = Desk::with(Sandbox::new(SandboxConfig {
        cache: own.path().to_owned(),
        ..config()
    }));
    desk.put("kept.txt", "as it was");
    let room = desk.room().await;
    assert_eq!(desk.run(&room, "cat kept.txt").await.good(), "as it was");
    let process = desk.sandbox.process().await.unwrap();
    // As long as its owner holds the lock it is left alone.
    assert_eq!(sweep(&places), 0);
    assert_eq!(desk.run(&room, "cat kept.txt").await.good(), "as it was");
    assert_eq!(desk.sandbox.process().await, Some(process));

    // The same machine, recorded in a folder whose owner is gone: its lock is free.
    let left = own.path().join("sandbox/machines/machine-left");
    let recorded = machine_of(own.path()).join("process");
    std::fs::create_dir(&left).unwrap();
    std::fs::File::create(left.join("lock")).unwrap();
    std::fs::copy(recorded, left.join("process")).unwrap();
    let busy = desk.attempt(&room, "echo lost >kept.txt; sleep 60", Duration::from_secs(90));
    let (lost, ended) = tokio::join!(busy, async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        sweep(&places)
    });
    assert_eq!(ended, 1);
    assert!(matches!(lost, Err(SandboxError::Lost { .. })), "{lost:?}");
    assert!(!left.exists());
    let state = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    assert!(state.is_empty() || state.contains(") Z "), "it still runs: {state}");

    let next = desk.run(&room, "cat kept.txt").await;
    assert!(next.ran.anew.is_some());
    assert_eq!(next.good(), "as it was");
    assert_ne!(desk.sandbox.process().await, Some(process));
    room.close().await;
}

/// What a task deletes in its scratch is free again on the disk of this computer, while the machine runs.
#[tokio::test]
async fn what_is_deleted_in_the_machine_is_free_on_this_computers_disk() {
    const MB: u64 = 1 << 20;
    Desk::new().room().await.close().await;
    let own = own_cache();
    copy_templates(own.path());
    let desk = Desk::with(Sandbox::new(SandboxConfig {
        cache: own.path().to_owned(),
        ..config()
    }));
    let room = desk.room().await;
    desk.run(&room, "true").await.good();
    let scratch = machine_of(own.path()).join("scratch");
    let taken = || std::os::unix::fs::MetadataExt::blocks(&std::fs::metadata(&scratch).unwrap()) * 512;
    let before = taken();
    desk.run(&room, "head -c 300M /dev/urandom >/tmp/large; sync")
        .await
        .good();
    let full = taken();
    assert!(full >= before + 300 * MB, "{before} {full}");
    desk.run(&room, "rm /tmp/large; sync").await.good();
    // It is given back in the background.
    let begun = std::time::Instant::now();
    while taken() > before + 30 * MB {
        assert!(begun.elapsed() < Duration::from_secs(20), "{before} {full} {}", taken());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    room.close().await;
}

#[tokio::test]
async fn a_damaged_template_is_made_anew() {
    // One where the template is there and one byte of its state is not what it was.
    Desk::new().room().await.close().await;
    let own = own_cache();
    copy_templates(own.path());
    let templates = own.path().join("sandbox/templates");
    let template = std::fs::read_dir(&templates)
        .unwrap()
        .flatten()
        .find(|entry| entry.path().is_dir())
        .unwrap()
        .path();
    let mut state = std::fs::read(template.join("state")).unwrap();
    let middle = state.len() / 2;
    state[middle] ^= 1;
    std::fs::write(template.join("state"), &state).unwrap();
    let desk = Desk::with(Sandbox::new(SandboxConfig {
        cache: own.path().to_owned(),
        ..config()
    }));
    let room = desk.room().await;
    assert_eq!(desk.run(&room, "echo works").await.good(), "works\n");
    assert_ne!(
        std::fs::read(template.join("state")).unwrap(),
        state,
        "it was made anew"
    );
    room.close().await;
    // A machine leaves nothing behind but what the next one starts from.
    assert_eq!(
        std::fs::read_dir(own.path().join("sandbox/machines")).unwrap().count(),
        0
    );
}

/// A disk of this computer that is its own, as large as told; `None` where this may not be made.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn new(bytes: u64) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={bytes}"), "small-disk"])
            .arg(folder.path())
            .status();
        mounted.is_ok_and(|status| status.success()).then_some(Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount")
            .arg("-l")
            .arg(self.0.path())
            .status();
    }
}

/// QEMU's own way is to stop such a machine, so that the command hangs until its time is over.
#[tokio::test]
async fn a_disk_of_this_computer_that_is_full_ends_the_command_at_once_and_is_told() {
    Desk::new().room().await.close().await;
    let templates = deskhand_sandbox::folder::disk_use(&cache().join("sandbox/templates"));
    let Some(disk) = SmallDisk::new(templates + (96 << 20)) else {
        println!("no disk of its own can be mounted by this user: not tested");
        return;
    };
    let places = disk.0.path().join("sandbox");
    std::fs::create_dir(&places).unwrap();
    std::os::unix::fs::symlink(cache().join("sandbox/images"), places.join("images")).unwrap();
    copy_templates(disk.0.path());
    let desk = Desk::with(Sandbox::new(SandboxConfig {
        cache: disk.0.path().to_owned(),
        ..config()
    }));
    desk.put("kept.txt", "as it was");
    let room = desk.room().await;
    let begun = std::time::Instant::now();
    let error = desk
        .attempt(
            &room,
            "echo lost >kept.txt; head -c 400M /dev/urandom >/tmp/fill; sync; sleep 200",
            Duration::from_secs(300),
        )
        .await
        .unwrap_err();
    assert!(matches!(error, SandboxError::Lost { .. }), "{error:?}");
    assert!(begun.elapsed() < Duration::from_secs(150), "{:?}", begun.elapsed());
    // The monitor says that the disk is full, or falls over what it maps from it.
    let lost = lost(disk.0.path(), "").await;
    assert!(
        lost.said.contains("no space left on the disk") || lost.said.contains("QEMU ended with signal"),
        "{lost:?}"
    );
    assert_eq!(
        std::fs::read_to_string(desk.work().join("kept.txt")).unwrap(),
        "as it was"
    );
    // The machine's room on the disk is free again: the next one starts.
    assert_eq!(desk.run(&room, "cat kept.txt").await.good(), "as it was");
    room.close().await;
}

/// I10: images, templates and machines can be deleted at any time; nothing of the person's was there.
#[tokio::test]
async fn without_its_cache_in_mid_task_nothing_is_lost() {
    Desk::new().room().await.close().await;
    let own = own_cache();
    copy_templates(own.path());
    let desk = Desk::with(Sandbox::new(SandboxConfig {
        cache: own.path().to_owned(),
        ..config()
    }));
    desk.put("report.txt", "before");
    let room = desk.room().await;
    let (set, _) = desk.land(&room, "echo after >report.txt").await;
    std::fs::remove_dir_all(own.path().join("sandbox")).unwrap();
    // The machine that runs goes on with what it holds open.
    desk.land(&room, "echo more >>report.txt").await;
    kill(desk.sandbox.process().await.unwrap());
    let error = desk.attempt(&room, "true", Duration::from_secs(20)).await.unwrap_err();
    assert!(
        matches!(error, SandboxError::Lost { .. } | SandboxError::Unavailable { .. }),
        "{error:?}"
    );
    let error = desk.attempt(&room, "true", Duration::from_secs(20)).await.unwrap_err();
    assert!(matches!(error, SandboxError::Unavailable { .. }), "{error:?}");
    assert_eq!(
        std::fs::read_to_string(desk.work().join("report.txt")).unwrap(),
        "after\nmore\n"
    );
    std::fs::write(desk.work().join("report.txt"), "after\n").unwrap();
    desk.undo(&set).unwrap();
    assert_eq!(
        std::fs::read_to_string(desk.work().join("report.txt")).unwrap(),
        "before"
    );
    room.close().await;
}

#[tokio::test]
async fn without_image_or_agent_it_is_unavailable_and_says_what_to_do() {
    let empty = tempfile::tempdir().unwrap();
    let attempt = |config| async move { Desk::with(Sandbox::new(config)).refused().await };
    let error = attempt(SandboxConfig {
        cache: empty.path().to_owned(),
        ..config()
    })
    .await;
    assert_eq!(
        error.to_string(),
        "workspace unavailable: the machine's image is not built yet"
    );
    assert!(error.hint().unwrap().contains("deskhand sandbox build"));
    let error = attempt(SandboxConfig {
        agent: Some(empty.path().join("none")),
        ..config()
    })
    .await;
    assert!(matches!(error, SandboxError::Unavailable { .. }), "{error:?}");
    // Nor is what is no agent taken for one.
    let error = attempt(SandboxConfig {
        agent: Some(std::env::current_exe().unwrap()),
        ..config()
    })
    .await;
    assert!(error.to_string().contains("not a static program"), "{error}");
}

/// The disk that keeps contents is full.
struct Full;

impl BlobStore for Full {
    fn put(&self, _bytes: &[u8]) -> Result<Hash, BlobError> {
        Err(BlobError::Store("no space left on the disk".to_owned()))
    }
    fn put_reader(&self, reader: &mut dyn std::io::Read) -> Result<(Hash, u64), BlobError> {
        let mut piece = [0; 1024];
        let _ = reader.read(&mut piece);
        self.put(&piece).map(|hash| (hash, 0))
    }
    fn get(&self, hash: &Hash) -> Result<Vec<u8>, BlobError> {
        Err(BlobError::Missing(*hash))
    }
    fn copy_to(&self, hash: &Hash, _out: &mut dyn std::io::Write) -> Result<u64, BlobError> {
        Err(BlobError::Missing(*hash))
    }
    fn contains(&self, _hash: &Hash) -> Result<bool, BlobError> {
        Ok(false)
    }
}

#[tokio::test]
async fn a_full_disk_lands_nothing_is_told_and_the_next_command_runs() {
    let desk = Desk::new();
    desk.put("kept.txt", "as it was");
    let room = desk
        .sandbox
        .room(RoomSetup {
            blobs: Arc::new(Full),
            ..desk.setup()
        })
        .await
        .unwrap();
    for command in [
        "echo small >kept.txt",
        "head -c 3M /dev/zero | tr '\\0' x >large.bin",
        "seq 1 100000",
    ] {
        let error = desk.attempt(&room, command, Duration::from_secs(60)).await.unwrap_err();
        assert!(
            matches!(&error, SandboxError::Host { why, .. } if why.contains("no space left")),
            "{command}: {error:?}"
        );
        assert_eq!(desk.run(&room, "cat kept.txt; ls").await.good(), "as it waskept.txt\n");
    }
    room.close().await;
}

/// A process that uses a sandbox is killed: its machine dies with it, and what it left is swept away.
#[tokio::test]
async fn a_killed_owner_leaves_no_machine() {
    if std::env::var_os("SANDBOX_OWNER").is_some() {
        let desk = Desk::new();
        let room = desk.room().await;
        println!("machine {}", desk.sandbox.process().await.unwrap());
        desk.run(&room, "sleep 100").await;
        return;
    }
    let mut owner = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "failures::a_killed_owner_leaves_no_machine", "--nocapture"])
        .env("SANDBOX_OWNER", "1")
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let lines = std::io::BufRead::lines(std::io::BufReader::new(owner.stdout.take().unwrap()));
    let process: u32 = lines
        .map(Result::unwrap)
        .find_map(|line| Some(line.split_once("machine ")?.1.trim().parse().unwrap()))
        .unwrap();
    assert!(Path::new(&format!("/proc/{process}")).exists());
    owner.kill().unwrap();
    owner.wait().unwrap();
    for _ in 0..100 {
        if !Path::new(&format!("/proc/{process}")).exists() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(
        !Path::new(&format!("/proc/{process}")).exists(),
        "the machine outlived its owner"
    );
    sweep(&Places::new(&cache()));
    assert!(agent().exists());
}

impl Desk {
    async fn refused(&self) -> SandboxError {
        match self.sandbox.room(self.setup()).await {
            Ok(_) => panic!("there is a room"),
            Err(error) => error,
        }
    }
}
