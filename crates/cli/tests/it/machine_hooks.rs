//! A plugin's hook in the real machine: its environment and input, what it can stop, and what it cannot see. It needs the
//! image (`make image`) and the guest agent (`make guest`).
#![cfg(target_os = "linux")]

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use deskhand_testkit::{ScriptedServer, Turn};
use serde_json::{Value, json};

use crate::home::{Home, bodies, ran};

const CANARY: &str = "s3cret-CANARY-9b07";

fn put(file: &Path, text: &str) {
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, text).unwrap();
}

/// What the hook does: tells on its error output what it was given and what it sees, and refuses.
const LOOK: &str = r#"INPUT=$(cat)
echo "INPUT $INPUT" >&2
TALK=$(printf %s "$INPUT" | sed -n 's/.*"transcript_path":"\([^"]*\)".*/\1/p')
echo "TALK $(head -n 1 "$TALK")" >&2
: 2>/dev/null >>"$TALK" && echo "WROTE THE CONVERSATION" >&2
: 2>/dev/null >"${TALK%/*}/mine" && echo "WROTE BESIDE THE CONVERSATION" >&2
env | grep ^CLAUDE_ | sort >&2
[ -e "$1" ] && echo "SAW THE HOST" >&2
[ -r "$CLAUDE_PLUGIN_ROOT/scripts/look.sh" ] && echo "reads its own files" >&2
: 2>/dev/null >"$CLAUDE_PLUGIN_ROOT/mine" && echo "WROTE ITS OWN FILES" >&2
: >"$CLAUDE_PLUGIN_DATA/mine" && echo "keeps data" >&2
cat "$CLAUDE_PROJECT_DIR/notes.txt" >&2
exit 2
"#;

fn installed(home: &Home) {
    let market = home.path().join("market");
    let root = market.join("guard");
    put(
        &market.join(".claude-plugin/marketplace.json"),
        &json!({"name": "house", "owner": {"name": "us"}, "plugins": [
            {"name": "guard", "description": "Guards", "source": "./guard"}]})
        .to_string(),
    );
    put(
        &root.join(".claude-plugin/plugin.json"),
        &json!({"name": "guard", "userConfig": {
            "key": {"type": "string", "title": "Key", "description": "d", "sensitive": true},
            "zone": {"type": "string", "title": "Zone", "description": "d", "default": "north"}}})
        .to_string(),
    );
    let line = format!("bash ${{CLAUDE_PLUGIN_ROOT}}/scripts/look.sh {}", home.path().display());
    let hook = |matcher: &str, handler: Value| json!({"matcher": matcher, "hooks": [handler]});
    put(
        &root.join("hooks/hooks.json"),
        &json!({"hooks": {"PreToolUse": [
            hook("Write", json!({"type": "command", "command": line})),
            hook("Edit", json!({"type": "command", "command": "echo", "args": ["${user_config.key}"]}))]}})
        .to_string(),
    );
    put(&root.join("scripts/look.sh"), LOOK);
    home.run(&["plugins", "marketplace", "add", market.to_str().unwrap()])
        .expect(0);
    home.run(&["plugins", "install", "guard", "--yes"]).expect(0);
    let mut child = home
        .online()
        .args(["plugins", "options", "guard", "--secret", "key"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(CANARY.as_bytes()).unwrap();
    ran(child.wait_with_output().unwrap()).expect(0);
}

#[test]
fn a_hook_runs_in_the_machine_with_its_environment_stops_a_call_and_sees_neither_this_computer_nor_a_secret() {
    let write = json!({"file_path": "/mnt/work/new.txt", "content": "x"});
    let edit = json!({"file_path": "/mnt/work/notes.txt", "old_string": "milk", "new_string": "bread"});
    let home = Home::with_machine(ScriptedServer::start([
        Turn::new().tool("Write", write).into(),
        Turn::new().tool("Edit", edit).into(),
        Turn::new().text("It was refused.").into(),
    ]));
    home.write("notes.txt", "milk from the project\n");
    installed(&home);
    let ran = home.run(&[
        "run",
        "-C",
        "work:rw",
        "--output-format",
        "stream-json",
        "Write new.txt",
    ]);
    let events = ran.events();
    let hooks = bodies(&events, "hook.ran");
    let first = hooks.first().unwrap_or_else(|| panic!("{ran:#?}"));
    assert_eq!(
        (&first["exit"], &first["verdict"]),
        (&json!(2), &json!("deny")),
        "{first:#}"
    );
    assert!(!home.exists("new.txt"), "the call it refused was done");

    let told = first["reason"].as_str().unwrap();
    let input = told.lines().find_map(|line| line.strip_prefix("INPUT ")).unwrap();
    let input: Value = serde_json::from_str(input).unwrap();
    assert_eq!(input["hook_event_name"], "PreToolUse");
    assert_eq!(input["tool_name"], "Write");
    assert_eq!(input["tool_input"]["content"], "x");
    assert_eq!(input["session_id"], json!(home.newest()));
    assert_eq!(input["cwd"], "/mnt/work");
    // The conversation so far, for reading only.
    let talk = told.lines().find_map(|line| line.strip_prefix("TALK ")).unwrap();
    let talk: Value = serde_json::from_str(talk).unwrap();
    assert_eq!(talk["type"], "user");
    assert_eq!(
        talk["message"],
        json!({"role": "user", "content": "Write new.txt"}),
        "{talk:#}"
    );
    for line in [
        "CLAUDE_PLUGIN_DATA=/tmp/plugin-data/guard-house",
        "CLAUDE_PLUGIN_OPTION_ZONE=north",
        "CLAUDE_PLUGIN_ROOT=/mnt/.skills/guard",
        "CLAUDE_PROJECT_DIR=/mnt/work",
        "reads its own files",
        "keeps data",
        "milk from the project",
    ] {
        assert!(told.lines().any(|known| known == line), "no `{line}` in {told}");
    }
    assert!(!told.contains("SAW THE HOST") && !told.contains("WROTE"), "{told}");
    // No secret is in the machine, whether as a variable or named in arguments; that is told.
    assert_eq!(first["note"], "it was not told what is secret: key");
    let second = hooks[1]["note"].as_str().unwrap();
    assert!(second.contains("names the secret key"), "{second}");
    let log = home.run(&["export", &home.newest(), "--json"]).expect(0).stdout;
    assert!(!log.contains(CANARY), "the secret is in the log");
}

/// A program that a plugin brings, which says where it stands and tries to change itself.
const TOOL: &str = "#!/bin/bash\necho \"the tool at $0 got $1\"\n: 2>/dev/null >>\"$0\" && echo \"WROTE ITSELF\"\n";

#[test]
fn a_program_of_a_plugin_is_found_by_its_name_behind_those_of_the_machine_and_cannot_be_changed() {
    let home = Home::with_machine(ScriptedServer::start([
        Turn::new().tool("Bash", json!({"command": "desk-tool papers"})).into(),
        Turn::new()
            .tool("Bash", json!({"command": "type cat\ncat notes.txt"}))
            .into(),
        Turn::new().text("Done.").into(),
    ]));
    home.write("notes.txt", "milk\n");
    let market = home.path().join("market");
    put(
        &market.join(".claude-plugin/marketplace.json"),
        &json!({"name": "house", "owner": {"name": "us"}, "plugins": [
            {"name": "tools", "description": "Tools", "source": "./tools"}]})
        .to_string(),
    );
    for name in ["desk-tool", "cat"] {
        let file = market.join("tools/bin").join(name);
        put(&file, TOOL);
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&file, mode).unwrap();
    }
    home.run(&["plugins", "marketplace", "add", market.to_str().unwrap()])
        .expect(0);
    home.run(&["plugins", "install", "tools", "--yes"]).expect(0);
    let ran = home.run(&["run", "-C", "work:rw", "--output-format", "stream-json", "Use it"]);
    let events = ran.events();
    let finished = bodies(&events, "tool.finished");
    let told: Vec<&str> = finished
        .iter()
        .map(|event| event["outcome"]["content"][0]["text"].as_str().unwrap())
        .collect();
    assert!(
        told[0].contains("the tool at /mnt/.skills/tools/bin/desk-tool got papers"),
        "{told:#?}"
    );
    assert!(!told[0].contains("WROTE"), "{told:#?}");
    assert!(
        told[1].contains("cat is /usr/bin/cat") && told[1].contains("milk"),
        "{told:#?}"
    );
}
