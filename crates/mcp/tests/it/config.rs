//! Configurations as others write them.

use deskhand_mcp::config::{
    EndpointKey, How, Named, Scope, Server, Severity, confusable, foreign, merge, plugin_server, read, tool_name,
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn only(value: &Value) -> Server {
    let found = read(value);
    assert_eq!(found.servers.len(), 1, "{found:?}");
    found.servers.into_iter().next().unwrap()
}

fn http(name: &str, url: &str) -> Server {
    only(&json!({name: {"type": "http", "url": url}}))
}

fn from(scope: Scope, prefix: &str, server: Server) -> Named {
    Named {
        scope,
        prefix: prefix.to_owned(),
        server,
    }
}

#[test]
fn both_shapes_are_read() {
    let entry = json!({"command": "npx", "args": ["-y", "server", 3], "env": {"A": "b", "N": 1}});
    let wrapped = read(&json!({"mcpServers": {"s": entry}}));
    let bare = read(&json!({"s": entry, "$schema": "x", "inputs": []}));
    assert_eq!(wrapped, bare);
    assert_eq!(
        wrapped.servers,
        [Server {
            name: "s".to_owned(),
            how: How::Stdio {
                command: "npx".to_owned(),
                args: vec!["-y".to_owned(), "server".to_owned(), "3".to_owned()],
                env: [("A".to_owned(), "b".to_owned()), ("N".to_owned(), "1".to_owned())].into(),
                cwd: None,
            },
            timeout_ms: None,
            always_load: false,
        }]
    );
}

#[test]
fn one_bad_entry_costs_no_other() {
    let found = read(&json!({"mcpServers": {
        "ok": {"type": "http", "url": "https://a.example/mcp"},
        "no": {"type": "carrier-pigeon", "url": "x"},
        "text": "x",
        "none": {"type": "stdio"},
        "args": {"command": "x", "args": [{}]},
        "ide": {"command": "x"},
    }}));
    let names: Vec<&str> = found.servers.iter().map(|server| server.name.as_str()).collect();
    assert_eq!(names, ["ok"]);
    assert_eq!(found.notices.len(), 5, "{:?}", found.notices);
}

#[test]
fn an_empty_address_is_not_configured_and_no_error() {
    for url in ["", "  "] {
        let found = read(&json!({"mcpServers": {"google drive": {"type": "http", "url": url}}}));
        assert_eq!(found.notices, []);
        assert_eq!(
            found.servers.first().map(|server| &server.how),
            Some(&How::NotConfigured)
        );
    }
}

#[test]
fn a_missing_type_is_worked_out_and_told() {
    let found = read(&json!({"a": {"url": "https://a.example/mcp"}, "b": {"url": "https://b.example/sse"}}));
    let sse: Vec<bool> = found
        .servers
        .iter()
        .map(|server| matches!(server.how, How::Http { sse: true, .. }))
        .collect();
    assert_eq!(sse, [false, true]);
    assert!(found.notices.iter().all(|notice| notice.severity == Severity::Warning));
    assert_eq!(found.notices.len(), 2);
}

#[test]
fn oauth_of_the_wild_is_read() {
    let server = only(&json!({"slack": {"type": "http", "url": "https://s.example/mcp",
        "oauth": {"clientId": "1.2", "callbackPort": 3118}}}));
    let How::Http { oauth: Some(oauth), .. } = server.how else {
        panic!("no oauth")
    };
    assert_eq!(
        (oauth.client_id.as_deref(), oauth.callback_port),
        (Some("1.2"), Some(3118))
    );
}

#[test]
fn variables_are_put_in_once() {
    let server = only(&json!({"s": {"type": "http", "url": "https://${HOST:-a.example}/mcp",
        "headers": {"A": "${SET}", "B": "${MISSING}", "C": "${EMPTY:-}", "D": "${NESTED}", "E": "$SET ${not a name} ${"}}}));
    let lookup = |name: &str| match name {
        "SET" => Some("value".to_owned()),
        "NESTED" => Some("${SET}".to_owned()),
        _ => None,
    };
    let expanded = server.expand(&lookup);
    let How::Http { url, headers, .. } = expanded.server.how else {
        panic!("another kind")
    };
    assert_eq!(url, "https://a.example/mcp");
    // B is not set, C is empty, D and E still hold `${`: none of them is sent.
    assert_eq!(
        headers.into_iter().collect::<Vec<_>>(),
        [("A".to_owned(), "value".to_owned())]
    );
    let told: Vec<&str> = expanded.notices.iter().map(|notice| notice.text.as_str()).collect();
    assert_eq!(told, ["the variable `MISSING` is not set"]);
}

#[test]
fn what_was_expanded_is_not_in_debug_output() {
    let server = only(&json!({"s": {"command": "x", "env": {"KEY": "${SECRET}"}}}));
    let expanded = server.expand(&|_| Some("canary".to_owned()));
    assert!(!format!("{expanded:?}").contains("canary"));
}

#[test]
fn names_of_tools_fit_models() {
    assert_eq!(tool_name("google calendar", "list"), "mcp__google_calendar__list");
    assert_eq!(plugin_server("sales", "google drive"), "plugin_sales_google_drive");
    let long = tool_name("server", &"x".repeat(200));
    assert_eq!(long.len(), 64);
    assert_ne!(long, tool_name("server", &"x".repeat(201)));
    // Two tools whose names differ only in what is replaced stay two.
    assert_ne!(tool_name("s", "a.b"), tool_name("s", "a:b"));
}

#[test]
fn names_that_look_alike_are_found() {
    for (one, other) in [
        ("github", "GitHub"),
        ("google drive", "google_drive"),
        ("slack", "s1ack"),
        ("notion", "nоtion"),
    ] {
        assert!(confusable(one, other), "{one} {other}");
    }
    assert!(!confusable("github", "gitlab"));
}

#[test]
fn one_endpoint_is_one_server() {
    let plugins = (0..14).map(|n| {
        let url = if n % 2 == 0 {
            "https://mcp.slack.com/mcp"
        } else {
            "HTTPS://mcp.slack.com:443/mcp/"
        };
        from(
            Scope::Plugin(format!("p{n}")),
            &format!("plugin_p{n}_slack"),
            http("slack", url),
        )
    });
    let groups = merge(plugins);
    assert_eq!(groups.len(), 1);
    assert_eq!(groups.first().map(|group| group.aliases.len()), Some(13));
}

#[test]
fn the_persons_entry_counts_and_an_empty_address_leads_to_it() {
    let mine = from(Scope::Person, "gmail", http("Gmail", "https://mail.example/mcp"));
    let project = from(Scope::Project, "gmail", http("gmail", "https://evil.example/mcp"));
    let empty = only(&json!({"mcpServers": {"gmail": {"type": "http", "url": ""}}}));
    let reference = from(Scope::Plugin("p".to_owned()), "plugin_p_gmail", empty.clone());
    let groups = merge([reference.clone(), project, mine.clone()]);
    assert_eq!(groups.len(), 2, "{groups:?}");
    let first = groups.first().unwrap();
    assert_eq!(
        (&first.main, first.aliases.as_slice()),
        (&mine, [reference.clone()].as_slice())
    );
    assert_eq!(
        merge([reference.clone()]).first().map(|group| &group.main),
        Some(&reference)
    );
}

#[test]
fn foreign_names_of_tools_are_understood() {
    assert_eq!(
        foreign("mcp__claude_ai_Apollo_MCP__apollo_search"),
        Some(("apollo".to_owned(), "apollo_search"))
    );
    assert_eq!(foreign("mcp__slack__send"), None);
}

#[test]
fn a_command_is_shown_whole() {
    let server = only(&json!({"s": {"command": "npx", "args": ["-y", "a b", "it's", ""]}}));
    assert_eq!(server.address(), r"npx -y 'a b' 'it'\''s' ''");
    let program = EndpointKey::of(&server);
    assert!(matches!(program, Some(EndpointKey::Program(_))));
}

proptest! {
    #[test]
    fn nothing_that_is_json_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200), name in ".*", text in ".*") {
        if let Ok(value) = serde_json::from_slice::<Value>(&bytes) {
            read(&value);
        }
        let value = json!({"mcpServers": {name: {"command": text, "args": [text], "env": {text.clone(): text}, "url": text}}});
        for server in read(&value).servers {
            server.expand(&|name| Some(name.to_owned()));
            server.address();
            tool_name(&server.name, &text);
            confusable(&server.name, &text);
        }
    }
}
