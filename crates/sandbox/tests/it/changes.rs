//! What commands change lands byte for byte, and is taken back byte for byte.

use std::os::unix::fs::PermissionsExt as _;

use deskhand_types::Change;
use deskhand_workspace::{WorkspaceError, only_times};

use crate::desk::Desk;
use crate::tree::{Item, tree};

/// Every file with its content, every link with its target, every name with its mode.
const LISTING: &str = "export LC_ALL=C.UTF-8; find . -type f -exec sha256sum {} + | sort -k2 | sha256sum; \
    find . -type l -printf '%p %l\\n' | sort; find . -printf '%p %m\\n' | sort";
/// The same of thousands of files, in two lines: a hash of it, and how many files there are.
const MANY: &str = "export LC_ALL=C.UTF-8; { find . -type f -exec sha256sum {} + | sort -k2; \
    find . -type l -printf '%p %l\\n' | sort; find . -printf '%p %m\\n' | sort; } | sha256sum; find . -type f | wc -l";

/// What a command for looking gives on this computer, in the folder itself.
fn here(desk: &Desk, look: &str) -> String {
    let output = std::process::Command::new("sh")
        .args(["-c", look])
        .current_dir(desk.work())
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn ordinary_commands_land_and_are_taken_back_exactly() {
    let desk = Desk::new();
    for n in 0..40 {
        desk.put(
            &format!("reports/2026/q{}/report {n}.txt", n % 4),
            format!("Report {n}\nTotal: {}\n", n * 100),
        );
    }
    desk.put("old/archive.txt", "to be gone");
    desk.put("name me.txt", vec![7; 300_000]);
    desk.put("run.sh", "#!/bin/sh\n");
    desk.put("Ünïcødé/日本語.txt", "こんにちは");
    std::os::unix::fs::symlink("name me.txt", desk.work().join("shortcut")).unwrap();
    let room = desk.room().await;
    let commands = [
        "sed -i 's/Total/Sum/' reports/2026/*/*.txt",
        "mv 'name me.txt' 'named.bin' && mv reports/2026/q1 first-quarter",
        "rm -r old",
        "chmod 755 run.sh && chmod 700 Ünïcødé",
        "ln -s Ünïcødé/日本語.txt link && ln -sfn named.bin shortcut && cp Ünïcødé/日本語.txt 'Ünïcødé/ñandú 🎉.txt'",
        "python3 - <<'END'\nimport openpyxl, pathlib\nbook = openpyxl.Workbook()\nbook.active['A1'] = 42\nbook.active['A2'] = '=A1*2'\nbook.save('made.xlsx')\nfor path in pathlib.Path('reports').rglob('*.txt'):\n    path.write_bytes(path.read_bytes() + b'added\\n')\nEND",
        "rm -r reports && mkdir reports && echo new >reports/only.txt",
    ];
    let mut trees = vec![tree(&desk.work())];
    let mut sets = Vec::new();
    for command in commands {
        let (set, left_out) = desk.land(&room, command).await;
        assert_eq!(left_out, [], "{command}");
        assert!(set.changes.iter().any(|change| !only_times(change)), "{command}");
        // What stands now is what a next command sees.
        let seen = desk.run(&room, LISTING).await.good();
        assert_eq!(seen, here(&desk, LISTING), "{command}");
        sets.push(set);
        trees.push(tree(&desk.work()));
    }
    assert!(
        sets[1]
            .changes
            .iter()
            .filter(|change| change.change == Change::Move)
            .count()
            >= 2,
        "renames are found"
    );
    for (set, before) in sets.iter().zip(&trees).rev() {
        desk.undo(set).unwrap();
        assert_eq!(&tree(&desk.work()), before);
    }
    room.close().await;
}

#[tokio::test]
async fn a_repository_of_thousands_of_files_lands_and_goes() {
    let desk = Desk::new();
    desk.put("readme.md", "# Before\n");
    let before = tree(&desk.work());
    let room = desk.room().await;
    let command = "git init -q . && mkdir src && python3 - <<'END'\nfor n in range(2500):\n    with open(f'src/file{n}.txt', 'w') as file:\n        file.write(f'content {n}\\n' * (n % 7 + 1))\nEND\ngit -c user.name=a -c user.email=a@b add -A && git -c user.name=a -c user.email=a@b commit -qm first && git status --short | wc -l";
    // What the command itself sees of what it made, before any of it lands.
    let made = desk.run(&room, &format!("{command}; {MANY}")).await;
    let (set, left_out) = desk.prepare(made.ran).unwrap();
    assert_eq!(left_out, []);
    assert!(set.changes.len() > 5_000, "{}", set.changes.len());
    desk.workspace.apply(&set).unwrap();
    let landed = here(&desk, MANY);
    assert_eq!(made.text, format!("0\n{landed}"));
    let files: usize = landed.lines().nth(1).unwrap().trim().parse().unwrap();
    assert!(files > 5_000, "{files}");
    // Git says the same, where this computer has one.
    let status = std::process::Command::new("git")
        .args(["-C", desk.work().to_str().unwrap(), "fsck", "--strict"])
        .output();
    if let Ok(status) = status {
        assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stderr));
    }
    desk.undo(&set).unwrap();
    assert_eq!(tree(&desk.work()), before);
    room.close().await;
}

#[tokio::test]
async fn a_sparse_gigabyte_lands_whole() {
    let desk = Desk::new();
    let room = desk.room().await;
    let begun = std::time::Instant::now();
    let (set, _) = desk
        .land(
            &room,
            "truncate -s 1G big.img && printf middle | dd of=big.img bs=1 seek=536870912 conv=notrunc status=none",
        )
        .await;
    println!("landed after {:?}", begun.elapsed());
    let mut expected = blake3::Hasher::new();
    for piece in 0..1_024 {
        let mut bytes = vec![0; 1 << 20];
        if piece == 512 {
            bytes[..6].copy_from_slice(b"middle");
        }
        expected.update(&bytes);
    }
    let stands = tree(&desk.work());
    let Some(Item::File { hash, size, .. }) = stands.get(std::path::Path::new("big.img")) else {
        panic!("{stands:?}")
    };
    assert_eq!((*size, hash.as_str()), (1 << 30, expected.finalize().to_hex().as_str()));
    // What a next command reads in the middle of it is that, too.
    let read = desk.run(
        &room,
        "stat -c %s big.img; dd if=big.img bs=1 skip=536870912 count=8 status=none | od -c | head -1",
    );
    assert_eq!(
        read.await.good(),
        "1073741824\n0000000   m   i   d   d   l   e  \\0  \\0\n"
    );
    desk.undo(&set).unwrap();
    assert_eq!(tree(&desk.work()).len(), 1);
    room.close().await;
}

#[tokio::test]
async fn what_the_person_edits_meanwhile_is_a_conflict_not_a_loss() {
    let desk = Desk::new();
    desk.put("shared.txt", "as it was\n");
    desk.put("other.txt", "untouched\n");
    let room = desk.room().await;
    let work = desk.work();
    let editing = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_secs(2));
        std::fs::write(work.join("shared.txt"), "the person's own\n").unwrap();
    });
    let heard = desk
        .run(
            &room,
            "cat shared.txt; sleep 4; echo changed >>shared.txt; echo fine >new.txt",
        )
        .await;
    editing.join().unwrap();
    assert_eq!(heard.ran.exited.code, 0);
    let error = desk.prepare(heard.ran).unwrap_err();
    assert!(matches!(&error, WorkspaceError::ChangedMeanwhile { .. }), "{error:?}");
    assert_eq!(
        std::fs::read_to_string(desk.work().join("shared.txt")).unwrap(),
        "the person's own\n"
    );
    assert!(!desk.work().join("new.txt").exists(), "all of it lands, or none");
    // And the next command sees what the person wrote.
    assert_eq!(desk.run(&room, "cat shared.txt").await.good(), "the person's own\n");
    room.close().await;
}

#[tokio::test]
async fn what_cannot_be_taken_over_is_left_out_and_told() {
    let desk = Desk::new();
    let room = desk.room().await;
    let (set, left_out) = desk
        .land(&room, "mkfifo pipe; python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"sock\")'; ln -s /etc/passwd leads-out; echo good >good.txt; chmod 4755 good.txt; touch $'bad\\xff'; ln good.txt hard.txt")
        .await;
    let mut told: Vec<&str> = left_out.iter().map(|left| left.path.as_str()).collect();
    told.sort_unstable();
    assert_eq!(
        told,
        [
            "/mnt/work/bad\u{fffd}",
            "/mnt/work/leads-out",
            "/mnt/work/pipe",
            "/mnt/work/sock"
        ]
    );
    assert_eq!(
        set.changes
            .iter()
            .filter(|change| change.change == Change::Create)
            .count(),
        2
    );
    let good = desk.work().join("good.txt");
    assert_eq!(
        std::fs::metadata(&good).unwrap().permissions().mode() & 0o7777,
        0o755,
        "no set-user-id lands"
    );
    assert!(matches!(
        tree(&desk.work()).get(std::path::Path::new("hard.txt")),
        Some(Item::File { size: 5, .. })
    ));
    room.close().await;
}
