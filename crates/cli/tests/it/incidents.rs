//! What has happened around the programs of products of this kind, each as a test named after it. The list of all is in
//! `docs/trust.md`.

use std::collections::BTreeSet;
use std::path::Path;

use deskhand_testkit::Turn;
use serde_json::json;

use crate::home::Home;

/// Every file and folder below `folder`, without those below `except`.
fn all(folder: &Path, except: &[&Path], found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if except.contains(&path.as_path()) {
            continue;
        }
        found.insert(path.display().to_string());
        if path.is_dir() && !path.is_symlink() {
            all(&path, except, found);
        }
    }
}

/// 5 (Koi): three extensions built shell commands out of arguments. What a connector is started with, and what it is called
/// with, reaches its program letter by letter.
#[test]
fn incident_05_command_injection_in_extensions() {
    // Harm for a shell that reads it bare, within single and within double quotation marks.
    let elsewhere = tempfile::tempdir().unwrap();
    let mark = elsewhere.path().join("hacked");
    let touch = format!("touch {}", mark.display());
    let spell = &format!("$({touch}) ; {touch} # ' $({touch}) # \" `{touch}`");
    let find = Turn::new().tool("mcp__notes__find_notes", json!({"query": spell}));
    let home = Home::new([find.into(), Turn::new().text("done").into()]);
    let server = home.path().join("programs/server.py");
    std::fs::create_dir_all(server.parent().unwrap()).unwrap();
    std::fs::write(&server, include_str!("connectors/server.py")).unwrap();
    home.run(&[
        "connectors",
        "add",
        "notes",
        "--yes",
        "--",
        "python3",
        server.to_str().unwrap(),
        "good",
        spell,
    ])
    .expect(0);
    home.task(&["Look the notes through"]).expect(0);
    assert!(!mark.exists(), "a shell read it");
    let own = |name: &str| std::fs::read_to_string(home.data().join("connectors/notes").join(name)).unwrap();
    let json = |text: String| serde_json::from_str::<serde_json::Value>(&text).unwrap();
    assert_eq!(json(own("arguments")), json!(["good", spell]));
    assert_eq!(json(own("calls"))["arguments"], json!({"query": spell}));
}

/// 9: manifests that let an extension call a program were written into the profiles of several browsers, unasked. Deskhand
/// writes into its own folder, its cache, and the folders it is given, and nowhere else.
#[test]
fn incident_09_manifests_for_browsers() {
    let write = Turn::new().tool("Write", json!({"file_path": "/mnt/work/a.md", "content": "a\n"}));
    let home = Home::new([write.into(), Turn::new().text("done").into()]);
    for profile in [
        ".config/google-chrome/NativeMessagingHosts",
        ".config/chromium/NativeMessagingHosts",
        ".config/microsoft-edge/NativeMessagingHosts",
        ".mozilla/native-messaging-hosts",
        "Library/Application Support/Google/Chrome/NativeMessagingHosts",
        ".config/autostart",
    ] {
        std::fs::create_dir_all(home.path().join(profile)).unwrap();
    }
    let (data, work, cache) = (home.data(), home.work(), home.path().join(".cache"));
    let except = [data.as_path(), work.as_path(), cache.as_path()];
    let look = || {
        let mut found = BTreeSet::new();
        all(home.path(), &except, &mut found);
        found
    };
    let before = look();
    home.task(&["go"]).expect(0);
    assert!(home.exists("a.md"));
    for args in [
        &["tasks", "--json"][..],
        &["approvals", "--json"],
        &["connectors", "list", "--json"],
        &["policy", "check"],
        &["undo", &home.newest()],
    ] {
        home.run(args).expect(0);
    }
    assert_eq!(look(), before);
}

/// A person at a terminal who types what `keys` says, each once the question stands there again; prints what they saw.
#[cfg(target_os = "linux")]
const AT_A_TERMINAL: &str = r#"
import os, pty, select, sys
keys = sys.argv[1].encode().decode("unicode_escape").split("|")
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
seen, asked = b"", 0
while True:
    if not select.select([fd], [], [], 60)[0]:
        os.kill(pid, 9)
        sys.exit("silent: " + seen.decode(errors="replace"))
    try:
        got = os.read(fd, 65536)
    except OSError:
        break
    if not got:
        break
    seen += got
    if seen.count(b"[y]es once") > asked and keys:
        asked = seen.count(b"[y]es once")
        os.write(fd, keys.pop(0).encode())
sys.stdout.write(seen.decode(errors="replace"))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"#;

/// 15: a key that was on its way to the composer approved what had just been asked. At the terminal nothing but a word for
/// yes is a yes. (The interface takes no answer in a card's first half second: `ui/e2e/approvals.test.mjs`.)
#[cfg(target_os = "linux")]
#[test]
fn incident_15_keystroke_approved_a_prompt() {
    let write = || Turn::new().tool("Write", json!({"file_path": "/mnt/work/a.md", "content": "a\n"}));
    for (keys, written) in [("\\n| \\n|ok\\n|l\\n", false), ("\\n|y\\n", true)] {
        let home = Home::new([write().into(), Turn::new().text("done").into()]);
        let mut command = std::process::Command::new("python3");
        command
            .args(["-c", AT_A_TERMINAL, keys, env!("CARGO_BIN_EXE_deskhand")])
            .args(["run", "-C", "work", "--mode", "manual", "go"]);
        for (name, value) in home.online().get_envs() {
            command.env(name, value.unwrap());
        }
        let ran = command.current_dir(home.path()).output().unwrap();
        let seen = String::from_utf8_lossy(&ran.stdout);
        let questions = seen.matches("[y]es once").count();
        assert_eq!(
            questions,
            keys.split('|').count(),
            "{seen}\n{}",
            String::from_utf8_lossy(&ran.stderr)
        );
        assert_eq!(home.exists("a.md"), written, "{seen}");
    }
}
