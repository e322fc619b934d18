//! What goes into servers' configurations.

use deskhand_plugins::format::companions::resolve_lsp;
use deskhand_plugins::format::servers::resolve;
use deskhand_plugins::format::variables::Variables;
use serde_json::json;

use crate::folder::{Folder, reasons};

#[test]
fn variables_of_the_plugin_are_put_in_and_a_shell_gets_no_configured_value() {
    let folder = Folder::of(&[
        (
            ".mcp.json",
            r#"{"mcpServers": {
            "local": {"command": "${CLAUDE_PLUGIN_ROOT}/run", "args": ["--key", "${user_config.key}"], "env": {"D": "${CLAUDE_PLUGIN_DATA}", "E": "${HOME}"}, "timeout": 5},
            "remote": {"type": "http", "url": "https://${user_config.host}/mcp", "headersHelper": "${CLAUDE_PLUGIN_ROOT}/h"},
            "bad": {"type": "http", "url": "https://x", "headersHelper": "h ${user_config.key}"}}}"#,
        ),
        (
            ".lsp.json",
            r#"{"l": {"command": "${CLAUDE_PLUGIN_ROOT}/l", "args": ["${user_config.key}"], "extensionToLanguage": {".l": "l"}, "env": {"P": "${CLAUDE_PROJECT_DIR}"}}}"#,
        ),
    ]);
    let plugin = folder.plugin();
    let variables = Variables {
        plugin_root: Some("/p".into()),
        plugin_data: Some("/d".into()),
        project_dir: Some("/w".into()),
        user_config: [("key".to_owned(), json!("k")), ("host".to_owned(), json!("h.example"))].into(),
        sensitive: ["key".to_owned()].into(),
    };
    let mut found = Vec::new();
    let servers = resolve(&plugin, &variables, &mut found);
    let configs: Vec<_> = servers
        .iter()
        .map(|server| (server.key.as_str(), server.config.clone()))
        .collect();
    assert_eq!(
        configs,
        [
            (
                "local",
                json!({"command": "/p/run", "args": ["--key", "k"], "timeout": 5, "env": {
                    "CLAUDE_PLUGIN_ROOT": "/p", "CLAUDE_PLUGIN_DATA": "/d", "CLAUDE_PROJECT_DIR": "/w",
                    "CLAUDE_PLUGIN_OPTION_HOST": "h.example", "CLAUDE_PLUGIN_OPTION_KEY": "k", "D": "/d", "E": "${HOME}"}})
            ),
            (
                "remote",
                json!({"type": "http", "url": "https://h.example/mcp", "headersHelper": "/p/h"})
            ),
        ]
    );
    assert_eq!(reasons(&found), ["user-config-in-shell"]);
    let lsp = resolve_lsp(&plugin.lsp[0], &variables).unwrap();
    assert_eq!(
        (
            lsp.config.command.as_str(),
            lsp.config.args,
            lsp.config.env["P"].as_str()
        ),
        ("/p/l", vec!["k".to_owned()], "/w")
    );
}
