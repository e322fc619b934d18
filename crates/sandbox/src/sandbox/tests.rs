//! The life of rooms and machines, with a played guest: what is put away stays, what is lost is told, what hangs or lies
//! is ended.
#![allow(clippy::unwrap_used)]

use deskhand_wire::mux::{Mux, Side, Stream};
use deskhand_wire::{Entry, EntryKind, ExecEvent, Exited, Why, frame};
use fuse_abi::linux::{fuse_in_header, fuse_init_in, fuse_opcode};
use tokio::io::AsyncWriteExt as _;
use tokio_util::sync::CancellationToken;
use zerocopy::IntoBytes as _;

use super::*;
use crate::played::{self, Guest};
use crate::seal::Seal;
use crate::{Command, Ran};

mod forged;

struct World {
    _folder: tempfile::TempDir,
    sandbox: Arc<Sandbox>,
}

impl World {
    /// A sandbox that cannot start machines by itself.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sandbox = Sandbox::new(SandboxConfig {
            tier: Tier::Os,
            agent: Some(folder.path().join("no-agent")),
            ..SandboxConfig::new(folder.path().to_owned())
        });
        Self {
            _folder: folder,
            sandbox,
        }
    }

    /// Starts a played machine.
    async fn start(&self) -> Guest {
        let Sandbox {
            places, share, outlets, ..
        } = &*self.sandbox;
        let (machine, guest) = played::machine(places, share.clone(), outlets.clone()).await;
        let mut state = self.sandbox.state.lock().await;
        state.machine = Stage::On(machine);
        state.generation += 1;
        guest
    }

    async fn is_off(&self) -> bool {
        matches!(self.sandbox.state.lock().await.machine, Stage::Off)
    }

    /// Waits until no command counts as running.
    async fn rest(&self) {
        while self.sandbox.state.lock().await.running > 0 {
            tokio::task::yield_now().await;
        }
    }
}

async fn run(room: &Room, cancel: &CancellationToken) -> Result<Ran, SandboxError> {
    let command = Command {
        text: "true".to_owned(),
        cwd: "/mnt/work".to_owned(),
        timeout: Duration::from_secs(600),
    };
    room.run(command, &mut |_, _| (), cancel.clone()).await
}

/// Runs a command that goes well.
async fn good(room: &Room, guest: &mut Guest) -> Ran {
    let cancel = CancellationToken::new();
    let (ran, ()) = tokio::join!(run(room, &cancel), async {
        let (_, mut stream) = guest.commands.recv().await.unwrap();
        say(&mut stream, exited()).await;
        say(&mut stream, ExecEvent::Done).await;
    });
    ran.unwrap()
}

async fn say(stream: &mut Stream, event: ExecEvent) -> bool {
    frame::write(stream, &event).await.is_ok()
}

fn exited() -> ExecEvent {
    ExecEvent::Exited(Exited {
        code: 0,
        why: Why::Finished,
        cpu_ms: 1,
        peak_memory: 1,
    })
}

/// Sends one changed path after the other, as long as anybody takes them.
async fn go_on(mut stream: Stream, every: Duration) {
    say(&mut stream, exited()).await;
    for number in 0.. {
        let entry = ExecEvent::Entry(Entry {
            folder: 0,
            path: format!("{number}").into_bytes(),
            kind: EntryKind::Removed,
        });
        if !say(&mut stream, entry).await {
            return;
        }
        tokio::time::sleep(every).await;
    }
}

#[tokio::test]
async fn what_was_put_away_is_still_there_when_it_is_looked_for_again() {
    let world = World::new();
    let own = own::Own::new(&world.sandbox.places).unwrap();
    let files = own.path().to_owned();
    std::fs::write(files.join("state"), "state").unwrap();
    std::fs::write(files.join("scratch"), "scratch").unwrap();
    let seal = Seal::of(&files.join("state"), &files.join("scratch")).await.unwrap();
    world.sandbox.state.lock().await.machine = Stage::Away(Suspended::played(own, seal));
    for _ in 0..3 {
        world.sandbox.suspend_idle(Duration::ZERO).await;
    }
    assert!(matches!(world.sandbox.state.lock().await.machine, Stage::Away(_)));
    assert!(files.join("state").exists());
}

#[tokio::test]
async fn a_machine_that_could_not_be_put_away_is_told_with_the_next_result_once() {
    let world = World::new();
    let mut guest = world.start().await;
    let room = world.sandbox.room(played::setup()).await.unwrap();
    assert_eq!(good(&room, &mut guest).await.anew, None);
    world.rest().await;
    world.sandbox.suspend_idle(Duration::ZERO).await;
    assert!(world.is_off().await);
    let mut guest = world.start().await;
    let told = good(&room, &mut guest).await.anew.unwrap();
    assert!(told.contains("could not be put away"), "{told}");
    assert_eq!(good(&room, &mut guest).await.anew, None);
}

#[tokio::test]
async fn a_machine_that_could_not_be_taken_up_again_is_told_with_the_next_result() {
    let world = World::new();
    let mut guest = world.start().await;
    let room = world.sandbox.room(played::setup()).await.unwrap();
    good(&room, &mut guest).await;
    world.rest().await;
    let own = own::Own::new(&world.sandbox.places).unwrap();
    let (state, scratch) = (own.path().join("state"), own.path().join("scratch"));
    std::fs::write(&state, "state").unwrap();
    std::fs::write(&scratch, "scratch").unwrap();
    let seal = Seal::of(&state, &scratch).await.unwrap();
    std::fs::write(&state, "stale").unwrap();
    world.sandbox.state.lock().await.machine = Stage::Away(Suspended::played(own, seal));
    // Nor can another be started here.
    run(&room, &CancellationToken::new()).await.unwrap_err();
    let mut guest = world.start().await;
    let told = good(&room, &mut guest).await.anew.unwrap();
    assert!(
        told.contains("taken up again") && told.contains("not as they were saved"),
        "{told}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_does_not_end_a_cancelled_command_is_ended() {
    let world = World::new();
    let mut guest = world.start().await;
    let room = world.sandbox.room(played::setup()).await.unwrap();
    let (cancel, begun) = (CancellationToken::new(), tokio::time::Instant::now());
    let (ran, _stream) = tokio::join!(run(&room, &cancel), async {
        let command = guest.commands.recv().await;
        cancel.cancel();
        command
    });
    let error = ran.unwrap_err();
    assert!(matches!(error, SandboxError::Interrupted { .. }), "{error:?}");
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    assert!(world.is_off().await);
    let mut guest = world.start().await;
    let told = good(&room, &mut guest).await.anew.unwrap();
    assert!(told.contains("cancelled"), "{told}");
}

#[tokio::test(start_paused = true)]
async fn what_a_cancelled_command_changed_is_not_taken_for_ever() {
    let world = World::new();
    let mut guest = world.start().await;
    let room = world.sandbox.room(played::setup()).await.unwrap();
    let (cancel, begun) = (CancellationToken::new(), tokio::time::Instant::now());
    let mut sending = None;
    let (ran, ()) = tokio::join!(run(&room, &cancel), async {
        let (_, stream) = guest.commands.recv().await.unwrap();
        sending = Some(tokio::spawn(go_on(stream, Duration::from_secs(1))));
        tokio::time::sleep(Duration::from_secs(10)).await;
        cancel.cancel();
    });
    let ran = ran.unwrap();
    assert_eq!(ran.changes, []);
    assert!(ran.refused.unwrap().contains("cancelled"));
    assert!(begun.elapsed() < Duration::from_secs(40), "{:?}", begun.elapsed());
    // The guest is well: it stays, and hears that nobody listens.
    assert!(!world.is_off().await);
    sending.unwrap().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_guest_that_falls_silent_after_a_cancel_is_ended() {
    let world = World::new();
    let mut guest = world.start().await;
    let room = world.sandbox.room(played::setup()).await.unwrap();
    let cancel = CancellationToken::new();
    let (ran, _stream) = tokio::join!(run(&room, &cancel), async {
        let (_, mut stream) = guest.commands.recv().await.unwrap();
        say(&mut stream, exited()).await;
        cancel.cancel();
        stream
    });
    assert!(matches!(ran, Err(SandboxError::Interrupted { .. })), "{ran:?}");
    assert!(world.is_off().await);
}

#[tokio::test(start_paused = true)]
async fn a_guest_that_never_comes_to_an_end_is_ended() {
    let world = World::new();
    let mut guest = world.start().await;
    let room = world.sandbox.room(played::setup()).await.unwrap();
    let begun = tokio::time::Instant::now();
    let cancel = CancellationToken::new();
    let (ran, ()) = tokio::join!(run(&room, &cancel), async {
        let (_, stream) = guest.commands.recv().await.unwrap();
        drop(tokio::spawn(go_on(stream, Duration::from_secs(60))));
    });
    let error = ran.unwrap_err();
    assert!(
        matches!(&error, SandboxError::Misbehaved { why } if why.contains("20 minutes")),
        "{error:?}"
    );
    assert!(begun.elapsed() < Duration::from_secs(1_300), "{:?}", begun.elapsed());
}

/// Has the guest do something while a command runs. What becomes of the command is told.
async fn meanwhile<F: Future<Output = ()>>(world: &World, room: &Room, guest: &mut Guest, what: F) -> SandboxError {
    let cancel = CancellationToken::new();
    let (ran, _stream) = tokio::join!(run(room, &cancel), async {
        let command = guest.commands.recv().await;
        what.await;
        command
    });
    assert!(world.is_off().await, "the machine was not ended");
    ran.unwrap_err()
}

#[track_caller]
fn misbehaved(error: &SandboxError, word: &str) {
    assert!(
        matches!(error, SandboxError::Misbehaved { why } if why.contains(word)),
        "{error:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_connection_from_a_room_there_never_was_ends_the_machine() {
    let world = World::new();
    let mut guest = world.start().await;
    let room = world.sandbox.room(played::setup()).await.unwrap();
    let (rest, theirs) = tokio::io::duplex(1);
    let net = Mux::new(std::mem::replace(&mut guest.net, rest), Side::Guest);
    let error = meanwhile(&world, &room, &mut guest, async {
        let mut connection = net.open().await.unwrap();
        connection.write_u16_le(999).await.unwrap();
        connection.flush().await.unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
    })
    .await;
    misbehaved(&error, "room 999");
    drop(theirs);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_was_on_its_way_when_its_room_closed_does_not() {
    let world = World::new();
    let mut guest = world.start().await;
    let room = world.sandbox.room(played::setup()).await.unwrap();
    let other = world.sandbox.room(played::setup()).await.unwrap();
    other.close().await;
    let (rest, _theirs) = tokio::io::duplex(1);
    let net = Mux::new(std::mem::replace(&mut guest.net, rest), Side::Guest);
    let mut connection = net.open().await.unwrap();
    connection.write_u16_le(2).await.unwrap();
    connection.flush().await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    good(&room, &mut guest).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_no_frame_of_the_network_ends_the_machine() {
    let world = World::new();
    let mut guest = world.start().await;
    let room = world.sandbox.room(played::setup()).await.unwrap();
    let (rest, _theirs) = tokio::io::duplex(1);
    let mut net = std::mem::replace(&mut guest.net, rest);
    let error = meanwhile(&world, &room, &mut guest, async {
        net.write_all(&[0xff; 24]).await.unwrap();
    })
    .await;
    misbehaved(&error, "network");
}

fn fuse(opcode: fuse_opcode, body: &[u8]) -> Vec<u8> {
    let header = fuse_in_header {
        len: u32::try_from(size_of::<fuse_in_header>() + body.len()).unwrap(),
        opcode: opcode as u32,
        unique: 2,
        nodeid: 1,
        ..fuse_in_header::default()
    };
    [header.as_bytes(), body].concat()
}

#[tokio::test(start_paused = true)]
async fn nonsense_on_the_shared_folders_ends_the_machine() {
    let init = fuse_init_in {
        major: 7,
        minor: 31,
        ..fuse_init_in::default()
    };
    let asked = |opcode, body: &[u8]| [fuse(fuse_opcode::FUSE_INIT, init.as_bytes()), fuse(opcode, body)].concat();
    for nonsense in [
        // Shorter than a header, and longer than any message.
        vec![1, 0, 0, 0],
        vec![0xff; 4],
        // A name without an end, one that leads elsewhere, a structure that is cut off.
        asked(fuse_opcode::FUSE_LOOKUP, b"name"),
        asked(fuse_opcode::FUSE_LOOKUP, b"../name\0"),
        asked(fuse_opcode::FUSE_OPEN, &[0; 3]),
        asked(fuse_opcode::FUSE_FORGET, &[0; 3]),
    ] {
        let world = World::new();
        let mut guest = world.start().await;
        let room = world.sandbox.room(played::setup()).await.unwrap();
        let (rest, _theirs) = tokio::io::duplex(1);
        let mut fs = std::mem::replace(&mut guest.fs, rest);
        let error = meanwhile(&world, &room, &mut guest, async {
            fs.write_all(&nonsense).await.unwrap();
        })
        .await;
        misbehaved(&error, "shared folders");
    }
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_breaks_while_it_is_idle_is_noticed_by_the_next_command() {
    let world = World::new();
    let mut guest = world.start().await;
    let room = world.sandbox.room(played::setup()).await.unwrap();
    good(&room, &mut guest).await;
    drop(guest.fs);
    tokio::time::sleep(Duration::from_secs(1)).await;
    run(&room, &CancellationToken::new()).await.unwrap_err();
    assert!(world.is_off().await);
    let mut guest = world.start().await;
    let told = good(&room, &mut guest).await.anew.unwrap();
    assert!(told.contains("shared folders"), "{told}");
}
