//! What the guest may keep, and what it is known to have seen.

use std::time::{Duration, SystemTime};

use deskhand_types::{GuestPath, Stamp};
use deskhand_wire::Slot;
use deskhand_workspace::WorkspaceError;
use fuse_abi::linux::{FOPEN_DIRECT_IO, FOPEN_KEEP_CACHE, fuse_attr_out, fuse_entry_out, fuse_opcode, fuse_open_out};
use zerocopy::FromBytes as _;

use super::client::{Client, ENOENT};
use super::desk::Desk;

/// Makes a file's times old, so that a change will show in them.
fn settle(desk: &Desk, inside: &str, age: u64) {
    let file = std::fs::File::options().write(true).open(desk.path(inside)).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(age)).unwrap();
}

#[tokio::test]
async fn contents_are_dropped_when_they_changed() {
    let desk = Desk::new();
    desk.put("work/file", "one");
    let mut client = Client::new(&desk.server).await;
    let (file, _) = client.walk("3/work/file").await.unwrap();
    let first = client.open(file, 0).await.unwrap();
    assert_eq!(first.open_flags, 0);
    // Written just now: another change might not show, so nothing is kept.
    assert_eq!(client.open(file, 0).await.unwrap().open_flags, 0);
    assert!(client.notices.is_empty());
    desk.put("work/file", "other");
    assert_eq!(client.open(file, 0).await.unwrap().open_flags, 0);
    assert_eq!(
        client.notices.pop_front().map(|(code, _)| code),
        Some(2),
        "its length is asked for again"
    );
    // Replaced by another file while the old one is open: the two must not mix.
    desk.put("work/new", "a new one");
    std::fs::rename(desk.path("work/new"), desk.path("work/file")).unwrap();
    assert_eq!(client.open(file, 0).await.unwrap().open_flags, FOPEN_DIRECT_IO);
    assert_eq!(client.attributes(file).await.unwrap().size, 9, "the number stays");
}

/// Whatever else fails (a folder that is not watched, a notice that does not come), what was told runs out.
#[tokio::test]
async fn what_is_told_may_be_kept_for_a_second_and_absence_not_at_all() {
    let desk = Desk::new();
    desk.put("work/file", "one");
    let mut client = Client::new(&desk.server).await;
    let (folder, _) = client.walk("3/work").await.unwrap();
    let lookup = fuse_opcode::FUSE_LOOKUP as u32;
    let found = client.ask(lookup, folder, b"file\0").await.unwrap();
    let mut entries = vec![fuse_entry_out::read_from_bytes(&found).unwrap()];
    let attributes = client
        .ask(fuse_opcode::FUSE_GETATTR as u32, entries[0].nodeid, &[0; 16])
        .await
        .unwrap();
    let attributes = fuse_attr_out::read_from_bytes(&attributes).unwrap();
    assert_eq!((attributes.attr_valid, attributes.attr_valid_nsec), (1, 0));
    let opened = client
        .ask(fuse_opcode::FUSE_OPENDIR as u32, folder, &[0; 8])
        .await
        .unwrap();
    let fh = fuse_open_out::read_from_bytes(&opened).unwrap().fh;
    let page = client
        .read(fuse_opcode::FUSE_READDIRPLUS, folder, fh, 0, 4096)
        .await
        .unwrap();
    let mut rest = &page[..];
    while !rest.is_empty() {
        let (entry, after) = fuse_entry_out::read_from_prefix(rest).unwrap();
        let length = u32::from_le_bytes(after[16..20].try_into().unwrap()) as usize;
        rest = &after[(24 + length).next_multiple_of(8)..];
        // "." and ".." have no number, so nothing of them is kept.
        if entry.nodeid != 0 {
            entries.push(entry);
        }
    }
    assert_eq!(entries.len(), 2);
    for entry in entries {
        assert_eq!((entry.entry_valid, entry.entry_valid_nsec), (1, 0));
        assert_eq!((entry.attr_valid, entry.attr_valid_nsec), (1, 0));
    }
    // An error: with an entry of number 0 the kernel would keep that nothing stands there.
    assert_eq!(client.ask(lookup, folder, b"none\0").await, Err(ENOENT));
}

#[cfg(unix)]
#[tokio::test]
async fn contents_are_kept_while_nothing_changed() {
    let desk = Desk::new();
    desk.put("work/file", "one");
    settle(&desk, "work/file", 100);
    // The time of the last change of attributes cannot be set: it has to pass.
    tokio::time::sleep(Duration::from_millis(2100)).await;
    let mut client = Client::new(&desk.server).await;
    let (file, _) = client.walk("3/work/file").await.unwrap();
    assert_eq!(client.open(file, 0).await.unwrap().open_flags, 0);
    assert_eq!(client.open(file, 0).await.unwrap().open_flags, FOPEN_KEEP_CACHE);
    settle(&desk, "work/file", 50);
    assert_eq!(client.open(file, 0).await.unwrap().open_flags, 0);
}

fn size(seen: Option<Option<Stamp>>) -> Option<Option<u64>> {
    seen.map(|seen| seen.map(|stamp| stamp.size))
}

#[tokio::test]
async fn an_edit_during_a_command_is_not_what_it_saw() {
    let desk = Desk::new();
    desk.put("work/file", "1");
    desk.put("work/read", "1");
    let mut client = Client::new(&desk.server).await;
    desk.server.mark(Slot(3));
    client.walk("3/work/file").await.unwrap();
    assert_eq!(client.walk("3/work/new").await.err(), Some(ENOENT));
    // The person edits all of it meanwhile, and the command looks again.
    for name in ["file", "new", "read"] {
        desk.put(&format!("work/{name}"), "22");
    }
    for name in ["file", "new", "read"] {
        client.walk(&format!("3/work/{name}")).await.unwrap();
    }
    assert_eq!(size(desk.seen("/mnt/work/file")), Some(Some(1)));
    assert_eq!(size(desk.seen("/mnt/work/new")), Some(None));
    assert_eq!(size(desk.seen("/mnt/work/read")), Some(Some(2)));
    assert_eq!(size(desk.seen("/mnt/work/never")), None);
}

#[tokio::test]
async fn what_may_be_kept_from_before_counts() {
    let desk = Desk::new();
    desk.put("work/file", "1");
    let mut client = Client::new(&desk.server).await;
    let (file, _) = client.walk("3/work/file").await.unwrap();
    desk.server.mark(Slot(3));
    // The command uses what the kernel kept, then the person edits, then the command asks.
    desk.put("work/file", "22");
    client.attributes(file).await.unwrap();
    assert_eq!(size(desk.seen("/mnt/work/file")), Some(Some(1)));
}

#[tokio::test]
async fn what_the_command_before_changed_is_looked_at_anew() {
    let desk = Desk::new();
    desk.put("work/file", "1");
    let mut client = Client::new(&desk.server).await;
    desk.server.mark(Slot(3));
    let (file, _) = client.walk("3/work/file").await.unwrap();
    assert_eq!(size(desk.seen("/mnt/work/file")), Some(Some(1)));
    // Deskhand lands what the command made, and the next command begins at once.
    desk.put("work/file", "22");
    desk.server.mark(Slot(3));
    assert_eq!(size(desk.seen("/mnt/work/file")), None);
    client.attributes(file).await.unwrap();
    assert_eq!(size(desk.seen("/mnt/work/file")), Some(Some(2)));
    let codes: Vec<i32> = client.notices.iter().map(|(code, _)| *code).collect();
    assert!(
        codes.starts_with(&[2, 2, 3]),
        "attributes of both, and the name: {codes:?}"
    );
}

#[tokio::test]
async fn what_the_guest_forgot_was_not_kept() {
    let desk = Desk::new();
    desk.put("work/file", "1");
    let mut client = Client::new(&desk.server).await;
    let (file, _) = client.walk("3/work/file").await.unwrap();
    let forget = fuse_opcode::FUSE_FORGET as u32;
    client.send(forget, file, &1_u64.to_le_bytes()).await;
    assert_eq!(
        client.attributes(file).await.err(),
        Some(116),
        "it does not know it any longer"
    );
    desk.server.mark(Slot(3));
    assert_eq!(desk.server.seen(Slot(3), &GuestPath::new("/mnt/work/file")), None);
}

#[tokio::test]
async fn a_change_on_the_disk_is_told() {
    let desk = Desk::new();
    desk.put("work/sub/file", "1");
    let mut client = Client::new(&desk.server).await;
    let (file, _) = client.walk("3/work/sub/file").await.unwrap();
    desk.put("work/sub/file", "22");
    for _ in 0..500 {
        client.attributes(file).await.unwrap();
        if let Some((code, body)) = client.notices.pop_front() {
            assert_eq!((code, &body[..8]), (2, &file.to_le_bytes()[..]));
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    unreachable!("nothing was told in five seconds");
}

#[tokio::test]
async fn an_edit_during_a_command_is_a_conflict_and_its_own_landing_is_none() {
    let desk = Desk::new();
    desk.put("work/file", "1");
    let mut client = Client::new(&desk.server).await;
    // Command after command at once: what the one made is no surprise to the next.
    for round in 0..3 {
        desk.server.mark(Slot(3));
        let (file, _) = client.walk("3/work/file").await.unwrap();
        client.content(file).await;
        let _ = client.walk(&format!("3/work/new{round}")).await;
        let made = format!("made in round {round}");
        desk.land(&[("file", &made), (&format!("new{round}"), "new")]).unwrap();
        assert_eq!(std::fs::read_to_string(desk.path("work/file")).unwrap(), made);
    }
    for edited in ["file", "fresh"] {
        desk.server.mark(Slot(3));
        for name in ["file", "fresh"] {
            let _ = client.walk(&format!("3/work/{name}")).await;
        }
        desk.put(&format!("work/{edited}"), "by the person");
        // Looking again does not help.
        let _ = client.walk(&format!("3/work/{edited}")).await;
        let conflict = desk
            .land(&[("file", "by the command"), ("fresh", "by the command")])
            .unwrap_err();
        let WorkspaceError::ChangedMeanwhile { paths } = conflict else {
            unreachable!("{conflict:?}");
        };
        assert_eq!(paths, [GuestPath::new(format!("/mnt/work/{edited}"))]);
        assert_eq!(
            std::fs::read_to_string(desk.path(&format!("work/{edited}"))).unwrap(),
            "by the person"
        );
    }
}
