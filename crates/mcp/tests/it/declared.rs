//! Configuration files: both shapes, every transport, variables, names, one connection per place.

use std::time::Duration;

use deskhand_mcp::config::{self, Command, OAuth, Remote, Server, Transport, expand, parse};
use deskhand_mcp::import::{self, Source};
use deskhand_mcp::{Declared, Place, Scope, Severity, credentials, directory, name, resolve};
use proptest::prelude::*;
use serde_json::{Value, json};

fn lookup(name: &str) -> Option<String> {
    match name {
        "TOKEN" => Some("t0".to_owned()),
        "NESTED" => Some("${TOKEN}".to_owned()),
        "EMPTY" => Some(String::new()),
        _ => None,
    }
}

fn read(value: &Value) -> config::Configuration {
    parse(value.to_string().as_bytes(), &lookup)
}

fn one(entry: &Value) -> Server {
    let found = read(&json!({"mcpServers": {"it": entry}}));
    assert_eq!(found.servers.len(), 1, "{:?}", found.diagnostics);
    found.servers[0].clone()
}

fn http(key: &str, url: &str) -> Server {
    Server {
        key: key.to_owned(),
        transport: Transport::Http(Remote {
            url: url.to_owned(),
            ..Remote::default()
        }),
        timeout: None,
        always_load: false,
    }
}

fn declared(scope: Scope, plugin: Option<&str>, server: Server) -> Declared {
    Declared {
        scope,
        plugin: plugin.map(str::to_owned),
        credentials: credentials(&server),
        server,
    }
}

/// The same address with a header: what a plugin's author wrote of its secret.
fn with_header(key: &str, name: &str, value: &str) -> Server {
    let mut server = http(key, "https://mcp.example.com/mcp");
    if let Transport::Http(remote) = &mut server.transport {
        remote.headers.insert(name.to_owned(), value.to_owned());
    }
    server
}

#[test]
fn plugins_that_present_different_secrets_share_no_session() {
    let found = resolve(vec![
        declared(Scope::Plugin, Some("one"), with_header("a", "X-Key", "<one.key>")),
        declared(Scope::Plugin, Some("two"), with_header("a", "X-Key", "<two.key>")),
        declared(Scope::Plugin, Some("three"), with_header("a", "x-key", "<one.key>")),
        declared(Scope::Plugin, Some("four"), http("a", "https://mcp.example.com/mcp/")),
    ]);
    let told: Vec<(&str, &[String])> = found
        .servers
        .iter()
        .map(|server| (server.id.as_str(), server.aliases.as_slice()))
        .collect();
    // The third writes the same; the fourth presents nothing, and gets nobody's secret.
    assert_eq!(
        told,
        [
            ("plugin:one:a", ["plugin:three:a".to_owned()].as_slice()),
            ("plugin:two:a", &[]),
            ("plugin:four:a", &[]),
        ]
    );
    // Programs with other variables are other programs.
    let program = |key: &str| {
        let mut server = one(&json!({"command": "notes", "env": {"KEY": key}}));
        server.key = "a".to_owned();
        server
    };
    let found = resolve(vec![
        declared(Scope::Plugin, Some("one"), program("1")),
        declared(Scope::Plugin, Some("two"), program("2")),
    ]);
    assert_eq!(found.servers.len(), 2);
    // What the person set up themselves serves a plugin that presents nothing.
    let found = resolve(vec![
        declared(Scope::User, None, with_header("mine", "X-Key", "k")),
        declared(Scope::Plugin, Some("four"), http("a", "https://mcp.example.com/mcp")),
        declared(Scope::Plugin, Some("two"), with_header("a", "X-Key", "<two.key>")),
    ]);
    assert_eq!(found.servers.len(), 2);
    assert_eq!(found.servers[0].aliases, ["plugin:four:a"]);
}

#[test]
fn both_shapes_are_read_and_a_bad_entry_costs_only_itself() {
    let servers = json!({"a": {"type": "http", "url": "https://a.example/mcp"}, "bad": {"type": "carrier pigeon"},
                         "worse": 7, "b": {"command": "b"}});
    let wrapped = read(&json!({"mcpServers": servers}));
    let keys = |found: &config::Configuration| found.servers.iter().map(|one| one.key.clone()).collect::<Vec<_>>();
    assert_eq!(keys(&wrapped), ["a", "b"]);
    assert_eq!(keys(&read(&servers)), ["a", "b"]);
    let errors: Vec<_> = wrapped
        .diagnostics
        .iter()
        .filter(|found| found.severity == Severity::Error)
        .map(|found| found.server.clone().unwrap())
        .collect();
    assert_eq!(errors, ["bad", "worse"]);
    // An object there is the map, whatever it looks like; anything else is an error and no map.
    assert!(read(&json!({"mcpServers": {"command": "x"}})).servers.is_empty());
    assert_eq!(
        read(&json!({"mcpServers": [], "a": {"command": "x"}})).diagnostics[0].code,
        "mcp.config.shape"
    );
}

#[test]
fn a_whole_entry_is_read() {
    let server = one(
        &json!({"type": "streamable-http", "url": "https://h.example/mcp?k=${TOKEN}", "timeout": 1500,
        "alwaysLoad": true, "headersHelper": "get ${TOKEN}",
        "headers": {"Authorization": "Bearer ${TOKEN}", "X-Unset": "a ${NOPE}", "X-Empty": "${NOPE:-}", "X-Set": "${EMPTY}",
                    "X-Default": "${NOPE:-d}", "X-Break": "a\nb", "not a name": "x", "X-Nested": "${NESTED}"},
        "oauth": {"clientId": "c", "callbackPort": 3118, "scopes": "a  b", "authServerMetadataUrl": "http://no.example"}}),
    );
    let Transport::Http(remote) = &server.transport else {
        panic!("{server:?}")
    };
    assert_eq!(
        (server.timeout, server.always_load),
        (Some(Duration::from_millis(1500)), true)
    );
    assert_eq!(remote.url, "https://h.example/mcp?k=t0");
    assert_eq!(remote.headers_helper.as_deref(), Some("get ${TOKEN}"));
    // What a variable holds is not expanded again, and what looks unexpanded is not sent.
    let headers: Vec<_> = remote
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(headers, [("Authorization", "Bearer t0"), ("X-Default", "d")]);
    assert!(remote.authorizes_itself());
    let oauth = OAuth {
        client_id: Some("c".to_owned()),
        callback_port: Some(3118),
        scopes: vec!["a".to_owned(), "b".to_owned()],
        auth_server_metadata_url: None,
    };
    assert_eq!(remote.oauth, Some(oauth));

    let server =
        one(&json!({"command": "x", "args": ["${TOKEN}", 7, "${NOPE}"], "env": {"A": "${NOPE:-b}"}, "cwd": "/w"}));
    let command = Command {
        command: "x".to_owned(),
        args: vec!["t0".to_owned(), "7".to_owned(), "${NOPE}".to_owned()],
        env: [("A".to_owned(), "b".to_owned())].into(),
        cwd: Some("/w".to_owned()),
    };
    assert_eq!(server.transport, Transport::Stdio(command));
}

#[test]
fn transports_are_told_apart() {
    let kind = |entry: Value| match one(&entry).transport {
        Transport::Stdio(_) => "stdio",
        Transport::Http(_) => "http",
        Transport::Sse(_) => "sse",
        Transport::WebSocket { .. } => "ws",
        Transport::NotConfigured => "none",
    };
    assert_eq!(kind(json!({"url": "https://x.example/sse/"})), "sse");
    assert_eq!(kind(json!({"url": "https://x.example/mcp"})), "http");
    assert_eq!(kind(json!({"type": "http", "url": "https://x.example/sse"})), "http");
    assert_eq!(kind(json!({"type": "ws", "url": "wss://x.example"})), "ws");
    assert_eq!(kind(json!({"type": "http", "url": "  "})), "none");
    assert_eq!(kind(json!({"type": "http", "url": ""})), "none");
    for refused in ["file:///etc/passwd", "javascript:1", "https://", "${NOPE}", "x"] {
        let found = read(&json!({"a": {"type": "http", "url": refused}}));
        assert!(found.servers.is_empty(), "{refused}");
    }
}

#[test]
fn files_of_the_wild_are_read() {
    let with_mark = b"\xef\xbb\xbf{\"a\":{\"command\":\"x\"},\"a\":{\"command\":\"y\",\"disabled\":true}}";
    let found = parse(with_mark, &lookup);
    assert!(matches!(&found.servers[0].transport, Transport::Stdio(command) if command.command == "y"));
    let codes: Vec<_> = found.diagnostics.iter().map(|one| one.code.as_str()).collect();
    assert_eq!(codes, ["mcp.config.twice", "mcp.config.unknown"]);
    assert_eq!(parse(b"[]", &lookup).diagnostics[0].code, "mcp.config.shape");
    assert_eq!(parse(b"{", &lookup).diagnostics[0].code, "mcp.config.json");
}

#[test]
fn names_are_written_for_models_and_lookalikes_refused() {
    assert_eq!(
        name::tool("plugin:a:google calendar", "list.events"),
        "mcp__plugin_a_google_calendar__list_events"
    );
    assert_eq!(
        name::hosted("mcp__claude_ai_Apollo_MCP__find"),
        Some(("Apollo_MCP", "find"))
    );
    assert_eq!(name::hosted("mcp__apollo__find"), None);
    let mut names = name::Names::default();
    names.claim("slack").unwrap();
    for same in ["sl\u{430}ck", "SLACK", "slack"] {
        assert_eq!(names.claim(same), Err("slack".to_owned()), "{same}");
    }
    names.claim("google calendar").unwrap();
    assert_eq!(names.claim("google_calendar"), Err("google calendar".to_owned()));
    names.claim("notion").unwrap();
    assert!(read(&json!({"sl\u{200b}ack": {"command": "x"}})).servers.is_empty());
    assert!(name::is_reserved("Workspace") && name::is_reserved("plugin:a:b") && !name::is_reserved("github"));
}

#[test]
fn places_are_compared() {
    let same = |a: &str, b: &str| Place::address(a) == Place::address(b);
    assert!(same("https://API.example:443/mcp/", "https://api.example/mcp#x"));
    assert!(same("https://mcp.box.com", "https://mcp.box.com/"));
    assert!(!same("https://mcp.similarweb.com", "https://mcp.similarweb.com/mcp"));
    assert!(!same("https://a.example/mcp", "https://a.example/mcp?x=1"));
    assert!(!same("https://a.example/MCP", "https://a.example/mcp"));
}

#[test]
fn fourteen_plugins_share_one_connection() {
    let mut all: Vec<_> = (0..14)
        .map(|n| {
            declared(
                Scope::Plugin,
                Some(&format!("p{n}")),
                http("slack", "https://mcp.slack.com/mcp"),
            )
        })
        .collect();
    all.push(declared(Scope::User, None, http("slack", "https://other.example/mcp")));
    all.push(declared(Scope::Local, None, http("slack", "https://mine.example/mcp")));
    all.push(declared(Scope::Project, None, http("ours", "https://ours.example/mcp")));
    let found = resolve(all);
    let ids: Vec<_> = found
        .servers
        .iter()
        .map(|one| (one.id.as_str(), one.aliases.len()))
        .collect();
    assert_eq!(ids, [("slack", 0), ("ours", 0), ("plugin:p0:slack", 13)]);
    assert_eq!(
        Place::of(&found.servers[0].server),
        Some(Place::address("https://mine.example/mcp"))
    );
    assert!(found.servers[1].needs_approval() && !found.servers[0].needs_approval());
    assert_eq!(found.diagnostics[0].code, "mcp.config.shadowed");
}

#[test]
fn names_of_another_host_and_references_by_name_are_found() {
    let empty = |key: &str| Server {
        transport: Transport::NotConfigured,
        ..http(key, "")
    };
    let found = resolve(vec![
        declared(Scope::Plugin, Some("apollo"), http("crm", "https://mcp.apollo.io/mcp")),
        declared(Scope::Plugin, Some("a"), empty("google calendar")),
        declared(Scope::Plugin, Some("b"), empty("gmail")),
        declared(Scope::Plugin, Some("c"), empty("gmail")),
        declared(
            Scope::User,
            None,
            http("Google-Calendar", "https://calendar.example/mcp"),
        ),
        declared(Scope::User, None, http("workspace", "https://w.example/mcp")),
    ]);
    let ids: Vec<_> = found
        .servers
        .iter()
        .map(|one| (one.id.as_str(), one.aliases.clone()))
        .collect();
    assert_eq!(
        ids,
        [
            ("Google-Calendar", vec!["plugin:a:google calendar".to_owned()]),
            ("plugin:apollo:crm", Vec::new()),
            ("plugin:b:gmail", vec!["plugin:c:gmail".to_owned()]),
        ]
    );
    assert_eq!(found.diagnostics[0].code, "mcp.config.reserved");
    // R28: names of tools written for another host.
    let crm = &found.servers[1];
    assert!(crm.answers_to("Apollo_MCP") && crm.answers_to("crm") && crm.answers_to("Apollo"));
    assert!(!crm.answers_to("Gong_MCP") && !crm.answers_to("pol") && !crm.answers_to("_MCP"));
    assert!(found.servers[0].answers_to("google_calendar_MCP"));
}

#[test]
fn other_programs_servers_are_taken_over() {
    let desktop = json!({"globalShortcut": "x", "mcpServers": {"my files": {"command": "npx", "args": ["-y", "f"]}}});
    let found = import::read(Source::ClaudeDesktop, desktop.to_string().as_bytes(), &lookup);
    assert_eq!(
        (found.servers[0].server.key.as_str(), found.diagnostics.len()),
        ("my files", 0)
    );
    let code = json!({"mcpServers": {"u": {"command": "u"}},
        "projects": {"/w": {"mcpServers": {"l": {"command": "l"}}}, "/v": {"history": []}, "/bad": 7}});
    let found = import::read(Source::ClaudeCode, code.to_string().as_bytes(), &lookup);
    let places: Vec<_> = found
        .servers
        .iter()
        .map(|one| (one.scope, one.project.as_deref(), one.server.key.as_str()))
        .collect();
    assert_eq!(places, [(Scope::User, None, "u"), (Scope::Local, Some("/w"), "l")]);
}

#[test]
fn the_directory_is_whole() {
    let entries = directory::entries();
    assert!(entries.len() > 60, "{}", entries.len());
    let mut names = name::Names::default();
    for entry in entries {
        names.claim(&entry.id).unwrap();
        assert!(
            !name::is_reserved(&entry.id) && !entry.categories.is_empty(),
            "{}",
            entry.id
        );
        let ways = [
            entry.url.is_some(),
            entry.command.is_some(),
            entry.address_needed.is_some(),
        ];
        assert_eq!(ways.iter().filter(|way| **way).count(), 1, "{}", entry.id);
        let is_none = entry.server().transport == Transport::NotConfigured;
        assert_eq!(is_none, entry.address_needed.is_some(), "{}", entry.id);
        if let Some(url) = &entry.url {
            assert!(url.starts_with("https://"), "{url}");
        }
    }
    assert_eq!(directory::find("Google calendar").unwrap().id, "google-calendar");
    let chat: Vec<_> = directory::of_category("Chat")
        .iter()
        .map(|entry| entry.id.as_str())
        .collect();
    assert_eq!(chat, ["slack", "microsoft-365", "zoom"]);
}

proptest! {
    #[test]
    fn no_bytes_break_a_reader(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        parse(&bytes, &lookup);
        for source in [Source::ClaudeDesktop, Source::ClaudeCode, Source::Project] {
            import::read(source, &bytes, &lookup);
        }
    }

    #[test]
    fn no_entry_breaks_a_reader(key in ".{0,12}", field in "type|url|command|args|env|headers|oauth|timeout|cwd",
                               text in ".{0,20}", number in any::<i64>()) {
        for value in [json!(text), json!(number), json!([text, number]), json!({text.as_str(): number}), Value::Null] {
            let mut entry = json!({"command": "x", "url": "https://x.example"});
            entry[field.as_str()] = value;
            read(&json!({key.as_str(): entry}));
        }
    }

    #[test]
    fn text_without_variables_stays(text in "[^$]{0,40}") {
        let expanded = expand(&text, &lookup);
        prop_assert_eq!((expanded.text, expanded.unset.len()), (text, 0));
    }

    #[test]
    fn unset_variables_stay_as_written(text in "([a-z]|\\$\\{[A-Z]{1,3}\\}|\\$|\\{|\\}){0,12}") {
        prop_assert_eq!(expand(&text, &|_| None).text, text);
    }

    #[test]
    fn names_for_models_are_plain(server in ".{0,20}", tool in ".{0,20}") {
        let called = name::tool(&server, &tool);
        prop_assert!(called.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-'));
    }
}
