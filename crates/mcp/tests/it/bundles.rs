//! Bundles: what is read, what is run, what is refused.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};

use deskhand_mcp::bundle::{Bundle, BundleError, Entry, Facts, Folders, Platform, Signature, Sink, Values};
use deskhand_mcp::config::{Command, Transport};
use proptest::prelude::*;
use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

fn manifest() -> Value {
    json!({"manifest_version": "0.3", "name": "m", "version": "1", "description": "d", "author": {"name": "a"}, "id": "x",
        "server": {"type": "node", "entry_point": "s.js", "mcp_config": {
            "command": "node", "args": ["${__dirname}${/}s.js", "${user_config.dirs}", "--n=${user_config.n}", "${other}"],
            "env": {"ON": "${user_config.on}", "HOME_OF": "${HOME}"},
            "platform_overrides": {"win32": {"command": "node.exe", "env": {}}}}},
        "user_config": {
            "dirs": {"type": "directory", "multiple": true, "title": "D", "required": true},
            "n": {"type": "number", "default": 3, "min": 1, "max": 9, "required": true},
            "on": {"type": "boolean", "default": true}},
        "compatibility": {"platforms": ["linux"], "claude_desktop": ">=0.10", "runtimes": {"node": ">=18 <23"}},
        "localization": {"resources": "l/${locale}.json"}})
}

fn zipped(files: &[(&str, &[u8], u32)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content, mode) in files {
        zip.start_file(*name, SimpleFileOptions::default().unix_permissions(*mode))
            .unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn bundle(manifest: &Value) -> Vec<u8> {
    let manifest = manifest.to_string();
    zipped(&[
        ("manifest.json", manifest.as_bytes(), 0o644),
        ("bin/run", b"#!", 0o4777),
        ("l/de.json", br#"{"description": "auf Deutsch"}"#, 0o644),
    ])
}

fn folders() -> Folders {
    Folders {
        bundle: "/b".to_owned(),
        home: "/h".to_owned(),
        ..Folders::default()
    }
}

fn values(pairs: &[(&str, Value)]) -> Values {
    pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), value.clone()))
        .collect()
}

#[derive(Default)]
struct Taken(BTreeMap<String, (Option<u32>, Vec<u8>)>);

impl Sink for Taken {
    fn file(&mut self, entry: &Entry, content: &mut dyn Read) -> std::io::Result<()> {
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes)?;
        self.0.insert(entry.path.clone(), (entry.mode, bytes));
        Ok(())
    }
}

#[test]
fn a_bundle_is_read_unpacked_and_run() {
    let mut it = Bundle::open(bundle(&manifest())).unwrap();
    assert_eq!(it.signature, Signature::Unsigned);
    let mut taken = Taken::default();
    it.unpack(&mut taken).unwrap();
    // Restored, without the bits that give others a way in.
    assert_eq!(taken.0["bin/run"], (Some(0o755), b"#!".to_vec()));
    assert_eq!(taken.0.len(), 3);
    assert_eq!(it.localized("de-CH").description, "auf Deutsch");
    assert_eq!(it.localized("../../x").description, "d");

    assert!(
        matches!(it.server(&folders(), &Values::new(), Platform::Linux), Err(BundleError::Missing(keys)) if keys == ["dirs"])
    );
    let empty = values(&[("dirs", json!([]))]);
    assert_eq!(it.manifest.missing(&empty), ["dirs"]);
    // What the person gave is taken literally.
    let given = values(&[("dirs", json!(["/one", "${HOME}"])), ("on", json!(false))]);
    let server = it.server(&folders(), &given, Platform::Linux).unwrap();
    let text = |text: &str| text.to_owned();
    let expected = Command {
        command: text("node"),
        args: ["/b/s.js", "/one", "${HOME}", "--n=3", "${other}"].map(text).to_vec(),
        env: [(text("ON"), text("false")), (text("HOME_OF"), text("/h"))].into(),
        cwd: Some(text("/b")),
    };
    assert_eq!(server.transport, Transport::Stdio(expected));
    let Transport::Stdio(windows) = it.server(&folders(), &given, Platform::Windows).unwrap().transport else {
        panic!()
    };
    assert_eq!(
        (windows.command.as_str(), windows.env.len(), windows.args[0].as_str()),
        ("node.exe", 0, "/b\\s.js")
    );
    let wrong = values(&[("dirs", json!(["/d"])), ("n", json!(10))]);
    assert!(
        matches!(it.server(&folders(), &wrong, Platform::Linux), Err(BundleError::Setting { key, .. }) if key == "n")
    );

    let facts = |platform, node: &str| Facts {
        platform,
        versions: [("node".to_owned(), node.parse().unwrap())].into(),
    };
    assert!(
        it.manifest
            .compatibility
            .obstacles(&facts(Platform::Linux, "22.1.0"))
            .is_empty()
    );
    assert_eq!(
        it.manifest
            .compatibility
            .obstacles(&facts(Platform::MacOs, "16.0.0"))
            .len(),
        2
    );
}

#[test]
fn a_list_inside_a_longer_text_is_an_error() {
    let mut changed = manifest();
    changed["server"]["mcp_config"]["args"] = json!(["--d=${user_config.dirs}"]);
    let it = Bundle::open(bundle(&changed)).unwrap();
    let given = values(&[("dirs", json!(["/d"]))]);
    assert!(
        matches!(it.server(&folders(), &given, Platform::Linux), Err(BundleError::Setting { key, .. }) if key == "dirs")
    );
}

#[test]
fn older_and_newer_formats_are_read() {
    let mut old = manifest();
    old.as_object_mut().unwrap().remove("manifest_version");
    old["dxt_version"] = json!("0.1");
    assert_eq!(Bundle::open(bundle(&old)).unwrap().manifest.format, "0.1");
    let mut uv = manifest();
    uv["manifest_version"] = json!("0.4");
    uv["server"] = json!({"type": "uv", "entry_point": "src/s.py"});
    uv["user_config"] = json!({});
    let server = Bundle::open(bundle(&uv))
        .unwrap()
        .server(&folders(), &Values::new(), Platform::Linux)
        .unwrap();
    let Transport::Stdio(command) = server.transport else {
        panic!()
    };
    assert_eq!(
        (command.command.as_str(), command.args.join(" ").as_str()),
        ("uv", "run --directory /b src/s.py")
    );
    for (key, value) in [
        ("manifest_version", json!("0.9")),
        ("name", json!("")),
        ("server", Value::Null),
    ] {
        let mut bad = manifest();
        bad[key] = value;
        assert!(
            matches!(Bundle::open(bundle(&bad)), Err(BundleError::Manifest(_))),
            "{key}"
        );
    }
    let mut outside = manifest();
    outside["server"]["entry_point"] = json!("../x");
    assert!(matches!(Bundle::open(bundle(&outside)), Err(BundleError::Manifest(_))));
}

#[test]
fn signatures_are_told_and_stripped() {
    let signed = |der: &[u8], length: u32| {
        let mut bytes = bundle(&manifest());
        bytes.extend(b"MCPB_SIG_V1");
        bytes.extend(length.to_le_bytes());
        bytes.extend(der);
        bytes.extend(b"MCPB_SIG_END");
        bytes
    };
    let mut der = vec![0x30; 64];
    assert_eq!(
        Bundle::open(signed(&der, 64)).unwrap().signature,
        Signature::Unverified { size: 64 }
    );
    // Signers of today declare the block as the archive's comment.
    let mut commented = signed(&der, 64);
    let end = bundle(&manifest()).len();
    let block = (commented.len() - end) as u16;
    commented[end - 2..end].copy_from_slice(&block.to_le_bytes());
    assert_eq!(
        Bundle::open(commented).unwrap().signature,
        Signature::Unverified { size: 64 }
    );
    der[0] = 0;
    assert!(matches!(
        Bundle::open(signed(&der, 64)).unwrap().signature,
        Signature::Invalid(_)
    ));
}

#[test]
fn dangerous_archives_are_refused() {
    let text = manifest().to_string();
    for path in [
        "../x",
        "a/../../x",
        "/etc/x",
        "a\\..\\x",
        "C:/x",
        "a//b",
        "nul.txt",
        "a/b. ",
        "x\u{7}",
    ] {
        let bytes = zipped(&[("manifest.json", text.as_bytes(), 0o644), (path, b"x", 0o644)]);
        assert!(matches!(Bundle::open(bytes), Err(BundleError::Unsafe(_))), "{path}");
    }
    let twice = zipped(&[
        ("manifest.json", text.as_bytes(), 0o644),
        ("A", b"", 0o644),
        ("a", b"", 0o644),
    ]);
    assert!(matches!(Bundle::open(twice), Err(BundleError::Unsafe(_))));
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.add_symlink("link", "/etc/passwd", SimpleFileOptions::default())
        .unwrap();
    let linked = zip.finish().unwrap().into_inner();
    assert!(matches!(Bundle::open(linked), Err(BundleError::Unsafe(_))));
    let zeros = vec![0; 32 * 1024 * 1024];
    let bomb = zipped(&[("manifest.json", text.as_bytes(), 0o644), ("zeros", &zeros, 0o644)]);
    assert!(matches!(Bundle::open(bomb), Err(BundleError::Limit(_))));
    assert!(matches!(
        Bundle::open(b"no archive".to_vec()),
        Err(BundleError::Archive(_))
    ));
    assert!(matches!(
        Bundle::open(zipped(&[("x", b"", 0o644)])),
        Err(BundleError::Manifest(_))
    ));
}

proptest! {
    #[test]
    fn no_bytes_break_a_bundle(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Bundle::open(bytes);
    }

    #[test]
    fn no_damage_breaks_a_bundle(place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = bundle(&manifest());
        let place = place.index(bytes.len());
        bytes[place] = byte;
        if let Ok(mut it) = Bundle::open(bytes) {
            let _ = it.unpack(&mut Taken::default());
            let _ = it.server(&folders(), &values(&[("dirs", json!(["/d"]))]), Platform::Linux);
        }
    }
}
