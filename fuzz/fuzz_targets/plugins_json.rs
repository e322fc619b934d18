#![no_main]
//! Manifest, hooks and a hook's answer.

use deskhand_plugins::format::hooks::{Answer, Event, Exit, Input, interpret, read};
use deskhand_plugins::format::{json, manifest, servers};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut found = Vec::new();
    manifest::parse(bytes, "plugin.json".as_ref(), &mut found);
    if let Ok(value) = json::parse(bytes, "hooks.json".as_ref(), &mut found) {
        let hooks = read(&value, "hooks.json".as_ref(), &mut found);
        servers::read(&value, ".mcp.json".as_ref(), &mut found);
        for &event in Event::ALL {
            let input = Input::new(event, "s", "/t".into(), "/w".into()).with("tool_name", "mcp__memory__read");
            hooks.matching(&input).count();
        }
    }
    let stdout = String::from_utf8_lossy(bytes).into_owned();
    for &event in Event::ALL {
        interpret(event, &Answer { exit: Exit::Code(0), stdout: stdout.clone(), stderr: String::new() });
    }
});
