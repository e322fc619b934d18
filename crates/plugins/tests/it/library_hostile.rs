//! Packages and sources that are refused, and bytes that are anything. Source: issue 5, A4, A14.

use std::io::{Cursor, Write};
use std::path::Path;
use std::sync::Arc;

use deskhand_plugins::library::marketplace::{self, FILE};
use deskhand_plugins::library::unpack::{Limits, unpack};
use deskhand_plugins::library::{LibraryError, Ports, Scope};
use proptest::prelude::*;
use serde_json::{Value, json};
use zip::write::SimpleFileOptions;

use crate::library::{Canned, Home, Never, id, market, ports, walk};

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A tar.gz with one entry whose name and link are written as they are.
fn tarred(name: &str, kind: tar::EntryType, link: &str) -> Vec<u8> {
    let mut header = tar::Header::new_gnu();
    header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(kind);
    header.as_mut_bytes()[157..157 + link.len()].copy_from_slice(link.as_bytes());
    header.set_size(0);
    header.set_mode(0o644);
    header.set_cksum();
    let mut tar = tar::Builder::new(Vec::new());
    tar.append(&header, std::io::empty()).unwrap();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&tar.into_inner().unwrap()).unwrap();
    packed.finish().unwrap()
}

/// Installing the package is refused; nothing of it is left in the library, and nothing beside it.
fn refused(bytes: &[u8]) {
    let home = Home::new();
    let library = home.open();
    let folder = tempfile::tempdir().unwrap();
    let package = folder.path().join("acme.plugin");
    std::fs::write(&package, bytes).unwrap();
    let (before, around) = (home.walk(), walk(home.root().parent().unwrap()));
    let why = library.install_file(&package, Scope::User).unwrap_err();
    assert!(matches!(why, LibraryError::Package(_)), "{why}");
    assert_eq!(home.walk(), before);
    assert_eq!(walk(home.root().parent().unwrap()), around);
    assert_eq!(walk(folder.path()).len(), 1);
}

#[test]
fn names_that_lead_out_or_collide_are_refused() {
    let fine: (&str, &[u8]) = ("commands/hi.md", b"Hi.");
    for name in [
        "../x",
        "a/../../x",
        "/etc/x",
        "\\x",
        "C:/x",
        "a\\..\\x",
        "nul.txt",
        "a./b",
    ] {
        refused(&zipped(&[fine, (name, b"x")]));
    }
    refused(&zipped(&[fine, ("Commands/Hi.md", b"x")]));
    refused(&zipped(&[("é.md", b"x"), ("e\u{301}.md", b"y")]));
    refused(&zipped(&[("a", b"x"), ("a/b", b"y")]));
    for name in ["../x", "/tmp/x"] {
        refused(&tarred(name, tar::EntryType::Regular, ""));
    }
}

#[test]
fn links_and_devices_in_packages_are_refused() {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.add_symlink("commands", "/etc", SimpleFileOptions::default())
        .unwrap();
    refused(&zip.finish().unwrap().into_inner());
    for kind in [tar::EntryType::Symlink, tar::EntryType::Link] {
        refused(&tarred("a", kind, "/etc/passwd"));
    }
    refused(&tarred("a", tar::EntryType::Fifo, ""));
}

#[test]
fn bombs_are_refused() {
    refused(&zipped(&[("a", &vec![0; 40 << 20])]));
    let names: Vec<String> = (0..20_001).map(|number| format!("f{number}")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    refused(&zipped(&files));
    refused(b"neither of both");
}

#[cfg(unix)]
#[test]
fn links_that_lead_out_of_a_marketplace_are_not_copied_and_not_followed() {
    let secret = tempfile::tempdir().unwrap();
    std::fs::write(secret.path().join("key"), "private").unwrap();
    let folder = market(
        &json!([{"name": "acme", "source": "./acme"}, {"name": "out", "source": "./out"}]),
        &[("acme/commands/hi.md", "Hi.\n")],
    );
    std::os::unix::fs::symlink(secret.path(), folder.path().join("out")).unwrap();
    std::os::unix::fs::symlink(secret.path().join("key"), folder.path().join("acme/key")).unwrap();
    let home = Home::new();
    let library = home.open();
    library.add_marketplace(&folder.path().display().to_string()).unwrap();
    let why = library.install(&id("out@market"), Scope::User).unwrap_err();
    assert!(matches!(why, LibraryError::Disabled { .. }), "{why}");
    let prepared = library.install(&id("acme@market"), Scope::User).unwrap();
    assert!(
        prepared.plugins[0]
            .review
            .findings
            .iter()
            .any(|one| one.message.contains("leads out"))
    );
    library.accept(prepared).unwrap();
    assert!(!home.walk().values().any(|text| text.contains("private")));
    assert!(!home.walk().keys().any(|path| path.ends_with("key")));
}

/// What reading an entry with this source says.
fn source_error(source: &Value) -> Option<String> {
    let list = json!({"name": "market", "owner": {"name": "Ann"}, "plugins": [
        {"name": "acme", "source": source}, {"name": "good", "source": "./good"}]});
    let market = marketplace::parse(list.to_string().as_bytes(), Path::new(FILE), &mut Vec::new()).unwrap();
    assert!(market.entry("good").unwrap().source.is_ok());
    market.entry("acme").unwrap().source.clone().err()
}

#[test]
fn sources_that_lead_out_or_inside_disable_only_their_entry() {
    for text in [
        "../x",
        "./a/../../x",
        "/etc",
        "..",
        "",
        "./.git",
        "./a\\b",
        "C:\\x",
        "./.GIT/hooks",
    ] {
        assert!(source_error(&json!(text)).is_some(), "{text}");
    }
    for url in [
        "http://example.com/a.zip",
        "https://localhost/a.zip",
        "https://127.0.0.1/a.zip",
        "https://2130706433/a.zip",
        "https://10.1.2.3/a.zip",
        "https://192.168.1.1/a.zip",
        "https://169.254.169.254/a.zip",
        "https://100.64.0.1/a.zip",
        "https://[::1]/a.zip",
        "https://[::ffff:10.0.0.1]/a.zip",
        "https://[64:ff9b::a00:1]/a.zip",
        "https://[64:ff9b:1::808:808]/a.zip",
        "https://[2002:c0a8:101::1]/a.zip",
        "https://[fd00::1]/a.zip",
        "https://printer/a.zip",
        "https://nas.local/a.zip",
        "https://ann:secret@example.com/a.zip",
        "file:///etc/passwd",
    ] {
        assert!(
            source_error(&json!({"source": "archive", "url": url})).is_some(),
            "{url}"
        );
    }
    for url in [
        "https://example.com/a.zip",
        "https://[64:ff9b::808:808]/a.zip",
        "https://8.8.8.8/a.zip",
    ] {
        assert!(
            source_error(&json!({"source": "archive", "url": url})).is_none(),
            "{url}"
        );
    }
    for url in [
        "http://example.com/a.git",
        "ext::sh -c id",
        "--upload-pack=id",
        "git://example.com/a",
    ] {
        assert!(source_error(&json!({"source": "url", "url": url})).is_some(), "{url}");
    }
    for bad in [
        json!(3),
        json!({}),
        json!(null),
        json!({"source": "git-subdir", "url": "https://a.com/b", "path": "../c"}),
    ] {
        assert!(source_error(&bad).is_some(), "{bad}");
    }
}

#[test]
fn an_archive_must_have_the_promised_digest() {
    use sha2::Digest;
    let bytes = zipped(&[("acme/commands/hi.md", b"Hi.")]);
    let right: String = sha2::Sha256::digest(&bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let source = |sha: &str| json!({"source": "archive", "url": "https://example.com/a.zip", "sha256": sha});
    let folder = market(
        &json!([{"name": "good", "source": source(&right)}, {"name": "bad", "source": source(&"0".repeat(64))}]),
        &[],
    );
    let home = Home::new();
    let library = home.open_with(Ports {
        download: Some(Arc::new(Canned(bytes))),
        ..ports()
    });
    library.add_marketplace(&folder.path().display().to_string()).unwrap();
    let before = home.walk();
    let why = library.install(&id("bad@market"), Scope::User).unwrap_err();
    assert!(matches!(why, LibraryError::Digest { .. }), "{why}");
    assert_eq!(home.walk(), before);
    let prepared = library.install(&id("good@market"), Scope::User).unwrap();
    assert_eq!(prepared.plugins[0].review.version, right[..12]);
    assert_eq!(prepared.plugins[0].review.commands.len(), 1);
}

#[test]
fn a_command_that_was_not_accepted_is_not_run() {
    let folder = market(
        &json!([{"name": "acme", "source": {"source": "command", "command": "make plugin"}}]),
        &[],
    );
    let home = Home::new();
    let library = home.open_with(Ports {
        programs: Some(Arc::new(Never)),
        ..ports()
    });
    library.add_marketplace(&folder.path().display().to_string()).unwrap();
    library.accept_command("make plugin --other").unwrap();
    let why = library.install(&id("acme@market"), Scope::User).unwrap_err();
    assert!(
        matches!(&why, LibraryError::CommandNotAccepted { command, .. } if command == "make plugin"),
        "{why}"
    );
}

#[test]
fn a_vendors_name_is_the_vendors() {
    let folder = crate::folder::Folder::of(&[(
        FILE,
        r#"{"name": "agent-skills", "owner": {"name": "M"}, "plugins": []}"#,
    )]);
    let library_home = Home::new();
    let library = library_home.open();
    let why = library
        .add_marketplace(&folder.path().display().to_string())
        .unwrap_err();
    assert!(matches!(why, LibraryError::Reserved(_)), "{why}");
    assert!(library.marketplaces().unwrap().is_empty());
}

/// JSON that looks like a marketplace in places.
fn nearly() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        Just("name"),
        Just("owner"),
        Just("plugins"),
        Just("source"),
        Just("url"),
        Just("renames"),
        Just("metadata"),
        Just("pluginRoot"),
        Just("command"),
        Just("timeout"),
        Just("sha"),
        Just("./a"),
        Just("é\u{0}"),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((word.clone(), inner), 0..6)
                .prop_map(|pairs| pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_bytes_as_a_marketplace_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = marketplace::parse(&bytes, Path::new(FILE), &mut Vec::new());
    }

    #[test]
    fn nothing_like_a_marketplace_panics_or_leads_out(entry in nearly(), source in nearly(), renames in nearly()) {
        let list = json!({"name": "market", "owner": {"name": "A"}, "renames": renames, "metadata": source.clone(),
            "plugins": [entry, {"name": "acme", "source": source}]});
        let market = marketplace::parse(list.to_string().as_bytes(), Path::new(FILE), &mut Vec::new()).unwrap();
        for offered in market.plugins {
            if let Ok(deskhand_plugins::library::source::Source::Relative { path }) = offered.source {
                prop_assert!(path.components().all(|part| matches!(part, std::path::Component::Normal(_))));
            }
        }
    }

    #[test]
    fn no_bytes_as_a_package_panic_or_write_outside(
        bytes in prop::collection::vec(any::<u8>(), 0..200), at in any::<prop::sample::Index>(), byte in any::<u8>(),
        kind in 0..3,
    ) {
        let mut package = match kind {
            0 => zipped(&[("commands/a.md", b"aaaa"), ("b", b"b")]),
            1 => tarred("commands/a.md", tar::EntryType::Regular, ""),
            _ => [b"PK\x03\x04".to_vec(), bytes].concat(),
        };
        let at = at.index(package.len());
        package[at] = byte;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("package");
        std::fs::write(&file, package).unwrap();
        let _ = unpack(&file, &folder.path().join("into"), &Limits::default());
        let outside = walk(folder.path()).into_keys().filter(|path| !path.starts_with("into")).count();
        prop_assert_eq!(outside, 1);
    }
}
