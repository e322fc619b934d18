//! Change-sets that no honest guest sends, as frames through the whole of the host's side.

use super::*;

/// Changed paths, sent until nobody takes them any more, and then the end.
async fn send(stream: &mut Stream, entries: Vec<Entry>) {
    say(stream, exited()).await;
    for entry in entries {
        if !say(stream, ExecEvent::Entry(entry)).await {
            return;
        }
    }
    say(stream, ExecEvent::Done).await;
}

/// Has a command end with these changes.
async fn run_with(room: &Room, guest: &mut Guest, entries: Vec<Entry>) -> Result<Ran, SandboxError> {
    let cancel = CancellationToken::new();
    let (ran, _stream) = tokio::join!(run(room, &cancel), async {
        let (_, mut stream) = guest.commands.recv().await.unwrap();
        send(&mut stream, entries).await;
        stream
    });
    ran
}

fn removed(path: impl Into<Vec<u8>>) -> Entry {
    Entry {
        folder: 0,
        path: path.into(),
        kind: EntryKind::Removed,
    }
}

fn many(count: u32) -> Vec<Entry> {
    (0..count).map(|n| removed(format!("old/{n}"))).collect()
}

#[tokio::test(start_paused = true)]
async fn a_forged_change_set_is_refused_whole_its_machine_is_ended_and_the_next_command_is_well() {
    let elsewhere = "the guest sent a path that leads elsewhere";
    let honest = removed("honest");
    let foreign = Entry {
        folder: 1,
        ..honest.clone()
    };
    let forged: [(Vec<Entry>, &str); 6] = [
        (vec![honest.clone(), removed("..")], elsewhere),
        (vec![honest.clone(), removed("../../etc/passwd")], elsewhere),
        (vec![honest.clone(), removed("folder/../../out")], elsewhere),
        (vec![honest.clone(), removed("/etc/passwd")], elsewhere),
        (
            vec![honest.clone(), foreign],
            "the guest sent a folder it was not given",
        ),
        (many(60_000), "the guest sent more paths than it may send"),
    ];
    for (entries, why) in forged {
        let world = World::new();
        let mut guest = world.start().await;
        let room = world.sandbox.room(played::setup()).await.unwrap();
        let error = run_with(&room, &mut guest, entries).await.unwrap_err();
        assert_eq!(error, SandboxError::Misbehaved { why: why.to_owned() });
        assert!(world.is_off().await, "{why}: the machine was not ended");
        let mut guest = world.start().await;
        let next = run_with(&room, &mut guest, vec![honest.clone()]).await.unwrap();
        let changed: Vec<&str> = next.changes.iter().map(|change| change.path.as_str()).collect();
        assert_eq!((changed, next.refused), (vec!["/mnt/work/honest"], None));
        let told = next.anew.unwrap();
        assert!(told.contains(why), "{told}");
    }
}

/// As many as an honest guest may send are taken.
#[tokio::test(start_paused = true)]
async fn fifty_thousand_changed_paths_are_taken() {
    let world = World::new();
    let mut guest = world.start().await;
    let room = world.sandbox.room(played::setup()).await.unwrap();
    let ran = run_with(&room, &mut guest, many(50_000)).await.unwrap();
    assert_eq!((ran.changes.len(), ran.refused), (50_000, None));
    assert!(!world.is_off().await);
}
