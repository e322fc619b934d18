//! What is shared is what is there, and nothing can be changed.

use std::collections::BTreeMap;

use fuse_abi::linux::fuse_opcode;

use super::client::{Client, ENOENT, ENOSYS, EROFS};
use super::desk::Desk;

/// Something in a tree.
#[derive(PartialEq, Eq, Debug)]
enum Thing {
    File(Vec<u8>),
    Folder,
    Link(String),
}

const FILE: u32 = 0o10;
const FOLDER: u32 = 0o4;
const LINK: u32 = 0o12;

/// Everything below a folder, as the guest finds it.
async fn tree(client: &mut Client, folder: u64, plus: bool) -> BTreeMap<String, Thing> {
    let (mut found, mut open) = (BTreeMap::new(), vec![(String::new(), folder)]);
    while let Some((path, folder)) = open.pop() {
        for (name, kind, number) in client.entries(folder, plus).await {
            let looked = client.lookup(folder, &name).await.unwrap();
            assert!(!plus || looked.0 == number);
            let path = format!("{path}/{name}");
            let thing = match kind {
                FILE => Thing::File(client.content(looked.0).await),
                FOLDER => {
                    open.push((path.clone(), looked.0));
                    Thing::Folder
                }
                LINK => {
                    let target = client
                        .ask(fuse_opcode::FUSE_READLINK as u32, looked.0, &[])
                        .await
                        .unwrap();
                    Thing::Link(String::from_utf8(target).unwrap())
                }
                _ => unreachable!("{kind}"),
            };
            found.insert(path, thing);
        }
    }
    found
}

fn large() -> Vec<u8> {
    (0..3_000_007_u32).map(|n| ((n * 31) >> 3) as u8).collect()
}

#[tokio::test]
async fn the_whole_tree_is_as_it_is() {
    let desk = Desk::new();
    let mut expected = BTreeMap::new();
    let mut file = |name: &str, content: &[u8]| {
        desk.put(&format!("work/{name}"), content);
        expected.insert(format!("/{name}"), Thing::File(content.to_vec()));
    };
    file("large.bin", &large());
    file("empty", b"");
    file("ünï/日本 語.txt", "ß".as_bytes());
    for n in 0..300 {
        file(&format!("many/a rather long name of a file, number {n:03}"), b"x");
    }
    for folder in ["/ünï", "/many"] {
        expected.insert(folder.to_owned(), Thing::Folder);
    }
    // Masked: it is not there.
    desk.put("work/.ssh/id_ed25519", "secret");
    #[cfg(unix)]
    for (name, target) in [
        ("inside", "ünï"),
        ("outside", "/etc/passwd"),
        ("dangling", "../../nowhere"),
    ] {
        std::os::unix::fs::symlink(target, desk.path("work").join(name)).unwrap();
        expected.insert(format!("/{name}"), Thing::Link(target.to_owned()));
    }
    let mut client = Client::new(&desk.server).await;
    let (work, _) = client.walk("3/work").await.unwrap();
    for plus in [false, true] {
        assert_eq!(tree(&mut client, work, plus).await, expected);
    }
    for absent in [".ssh", "nothing", "many/nothing"] {
        assert_eq!(client.walk(&format!("3/work/{absent}")).await, Err(ENOENT), "{absent}");
    }
    #[cfg(unix)]
    assert_ne!(
        client.walk("3/work/inside/日本 語.txt").await.err(),
        None,
        "a link is not followed here"
    );
}

#[tokio::test]
async fn parts_of_a_file_are_those_parts() {
    let desk = Desk::new();
    desk.put("work/large.bin", large());
    let mut client = Client::new(&desk.server).await;
    let (number, attr) = client.walk("3/work/large.bin").await.unwrap();
    assert_eq!(attr.size, 3_000_007);
    let fh = client.open(number, 0).await.unwrap().fh;
    for (offset, size) in [
        (0, 1),
        (1_000_000, 1 << 20),
        (2_999_999, 100),
        (3_000_007, 10),
        (1 << 40, 10),
    ] {
        let part = client
            .read(fuse_opcode::FUSE_READ, number, fh, offset, size)
            .await
            .unwrap();
        let (all, from) = (large(), usize::try_from(offset).unwrap().min(3_000_007));
        assert_eq!(part, all[from..(from.saturating_add(size as usize)).min(all.len())]);
    }
    assert_eq!(
        client.read(fuse_opcode::FUSE_READ, number, fh, u64::MAX, 1).await,
        Err(22)
    );
    // More than a message may hold is cut.
    let part = client
        .read(fuse_opcode::FUSE_READ, number, fh, 0, u32::MAX)
        .await
        .unwrap();
    assert_eq!(part, large()[..1 << 20]);
}

#[tokio::test]
async fn nothing_can_be_written() {
    let desk = Desk::new();
    desk.put("work/file", "as it was");
    let mut client = Client::new(&desk.server).await;
    let (folder, _) = client.walk("3/work").await.unwrap();
    let (file, _) = client.walk("3/work/file").await.unwrap();
    use fuse_opcode as op;
    let reading = [
        op::FUSE_LOOKUP,
        op::FUSE_FORGET,
        op::FUSE_GETATTR,
        op::FUSE_READLINK,
        op::FUSE_OPEN,
        op::FUSE_READ,
        op::FUSE_STATFS,
        op::FUSE_RELEASE,
        op::FUSE_INIT,
        op::FUSE_OPENDIR,
        op::FUSE_READDIR,
        op::FUSE_RELEASEDIR,
        op::FUSE_INTERRUPT,
        op::FUSE_DESTROY,
        op::FUSE_NOTIFY_REPLY,
        op::FUSE_BATCH_FORGET,
        op::FUSE_READDIRPLUS,
    ]
    .map(|opcode| opcode as u32);
    let body = [&b"file\0new\0"[..], &[1; 200]].concat();
    for opcode in (0..80)
        .chain([4096, u32::MAX])
        .filter(|opcode| !reading.contains(opcode))
    {
        for number in [folder, file] {
            let error = client.ask(opcode, number, &body).await.unwrap_err();
            assert!(error == EROFS || error == ENOSYS, "{opcode}: {error}");
        }
    }
    for flags in [1, 2, 3, 0o1000, 0o2000, 0o100, 0o102] {
        assert_eq!(client.open(file, flags).await.unwrap_err(), EROFS, "{flags:o}");
    }
    assert_eq!(std::fs::read_to_string(desk.path("work/file")).unwrap(), "as it was");
    assert_eq!(std::fs::read_dir(desk.path("work")).unwrap().count(), 1);
}

#[tokio::test]
async fn older_and_newer_kernels_are_told() {
    let desk = Desk::new();
    let init = |major: u32, minor: u32| {
        [major, minor, 0, 0]
            .iter()
            .flat_map(|n| n.to_le_bytes())
            .collect::<Vec<u8>>()
    };
    let mut client = Client::unheard(&desk.server);
    // Nothing before the beginning.
    assert_eq!(client.lookup(1, "3").await.err(), Some(22));
    let opcode = fuse_opcode::FUSE_INIT as u32;
    assert_eq!(client.ask(opcode, 0, &init(7, 22)).await.err(), Some(71));
    assert_eq!(client.ask(opcode, 0, &init(6, 31)).await.err(), Some(71));
    let versions = |answer: Vec<u8>| (answer[0], answer[4]);
    assert_eq!(client.ask(opcode, 0, &init(8, 0)).await.map(versions), Ok((7, 31)));
    assert_eq!(client.ask(opcode, 0, &init(7, 28)).await.map(versions), Ok((7, 28)));
    assert!(client.lookup(1, "3").await.is_ok());
}
