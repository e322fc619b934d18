//! The key of secrets in the system's keychain, played by a program of its command's name.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::home::{Home, Ran, ran};

/// A keychain that keeps what it is given in a file, as long as it is not locked.
const PLAYED: &str = r#"#!/bin/sh
kept="$(dirname "$0")/kept"
[ -e "$(dirname "$0")/locked" ] && exit 1
case "$1" in
store) cat > "$kept" ;;
lookup) cat "$kept" ;;
esac
"#;

fn run(home: &Home, bin: &Path, args: &[&str]) -> Ran {
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    ran(home
        .online()
        .env("PATH", path)
        .env("NOTES_KEY", "canary")
        .args(args)
        .output()
        .unwrap())
}

#[test]
fn the_key_is_in_the_keychain_and_a_locked_one_is_told() {
    let home = Home::new([]);
    let bin = home.path().join("bin");
    std::fs::create_dir_all(&bin).unwrap();
    let tool = bin.join("secret-tool");
    std::fs::write(&tool, PLAYED).unwrap();
    std::fs::set_permissions(&tool, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::create_dir_all(home.data()).unwrap();
    std::fs::write(home.data().join("settings.toml"), "[secrets]\nkeychain = true\n").unwrap();
    let server = home.path().join("server.py");
    std::fs::write(&server, include_str!("server.py")).unwrap();
    let server = server.to_str().unwrap();
    let add = [
        "connectors",
        "add",
        "notes",
        "--yes",
        "--secret",
        "NOTES_KEY",
        "--",
        "python3",
        server,
        "secret",
    ];
    assert_eq!(run(&home, &bin, &add).code, 0);
    assert!(bin.join("kept").exists() && !home.data().join("secrets.key").exists());
    let call = ["connectors", "call", "notes", "find_notes", r#"{"query":"x"}"#];
    let told = run(&home, &bin, &call);
    assert!(told.stdout.contains("can\u{2026}"), "{told:#?}");
    let before = std::fs::read(home.data().join("secrets")).unwrap();
    std::fs::write(bin.join("locked"), "").unwrap();
    let told = run(&home, &bin, &call);
    assert!(told.code != 0 && format!("{told:?}").contains("keychain"), "{told:#?}");
    assert_eq!(std::fs::read(home.data().join("secrets")).unwrap(), before);
    std::fs::remove_file(bin.join("locked")).unwrap();
    assert_eq!(run(&home, &bin, &call).code, 0);
}

#[test]
fn without_a_keychain_the_key_is_a_file() {
    let home = Home::new([]);
    let bin = home.path().join("bin");
    std::fs::create_dir_all(&bin).unwrap();
    let tool = bin.join("secret-tool");
    std::fs::write(&tool, "#!/bin/sh\nexit 1\n").unwrap();
    std::fs::set_permissions(&tool, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::create_dir_all(home.data()).unwrap();
    std::fs::write(home.data().join("settings.toml"), "[secrets]\nkeychain = true\n").unwrap();
    let add = [
        "connectors",
        "add",
        "notes",
        "--yes",
        "--secret",
        "NOTES_KEY",
        "--",
        "python3",
        "-c",
        "pass",
    ];
    assert_eq!(run(&home, &bin, &add).code, 0);
    assert!(home.data().join("secrets.key").exists() && !home.data().join("secrets.keychain").exists());
}
