//! What a task used stands beside the conversation, and a listener is told when it changes.

use deskhand_server::{
    api::{ContextSkill, Count, ItemBody},
    view::{Outside, Thread},
};
use deskhand_types::{
    Caller, ConnectorSource, ConnectorText, EffectClass, EventBody, Hash, Label, NetworkRequest, SkillUse, ToolOutcome,
};
use serde_json::json;

use super::log::{Log, action, uses};
use super::story::request;

fn skill(name: &str, plugin: Option<&str>) -> EventBody {
    EventBody::SkillUsed(Box::new(SkillUse {
        skill: name.to_owned(),
        plugin: plugin.map(str::to_owned),
        hash: Hash::of(b"x"),
        by: Caller::Model,
        call: None,
        args: String::new(),
        text: String::new(),
        allowed: Vec::new(),
        disallowed: Vec::new(),
        model: None,
        hooks: None,
        notes: Vec::new(),
    }))
}

fn attached(connector: &str) -> EventBody {
    EventBody::ConnectorAttached(Box::new(ConnectorText {
        connector: connector.to_owned(),
        source: ConnectorSource::Resource {
            uri: "note://today".to_owned(),
        },
        content: Vec::new(),
        whole: None,
        withheld: Vec::new(),
    }))
}

/// The events after which a listener is told what stands beside the conversation.
fn told(log: &Log) -> Vec<&'static str> {
    let mut thread = Thread::begin(&log.events[0]).unwrap();
    let mut kinds = Vec::new();
    for event in &log.events[1..] {
        let before = thread.seq();
        thread.apply(event);
        if thread.since(before, &Outside::default()).rail.is_some() {
            kinds.push(event.body.kind());
        }
    }
    kinds
}

#[test]
fn connectors_and_skills_stand_beside_the_conversation_with_how_often_they_were_used() {
    let mut log = Log::begin("go");
    log.say(attached("plugin:sales:slack"));
    log.say(skill("finance:tidy", Some("finance@deskhand")));
    log.say(skill("tidy", None));
    log.turn(
        1,
        vec![
            uses("c1", "mcp__notes__find", json!({})),
            uses("c2", "mcp__plugin_sales_slack__send", json!({})),
            uses("c3", "mcp__mail__send", json!({})),
        ],
    );
    let find = action("c1", "mcp__notes__find", EffectClass::Read, "Find of notes");
    log.begin_call(&find, json!({}));
    // After a crash a call that only reads is begun again: it is still one use.
    log.begin_call(&find, json!({}));
    log.finish("c1", ToolOutcome::text("x", Label::harness(), "Found"));
    let send = action("c2", "mcp__plugin_sales_slack__send", EffectClass::Outward, "Send");
    log.begin_call(&send, json!({}));
    log.finish("c2", ToolOutcome::text("x", Label::harness(), "Sent"));
    // What was refused was not used.
    let mail = action("c3", "mcp__mail__send", EffectClass::Outward, "Send");
    log.decide(&mail, "deny", "no");
    log.say(skill("tidy", None));

    let context = log.thread().page(&Outside::default()).rail.context;
    let count = |name: &str, count| Count {
        name: name.to_owned(),
        count,
    };
    assert_eq!(
        context.connectors,
        [count("notes", 1), count("plugin_sales_slack", 2)],
        "what was named and what was called of one connector is one line"
    );
    let used = |name: &str, plugin: Option<&str>, count| ContextSkill {
        name: name.to_owned(),
        plugin: plugin.map(str::to_owned),
        count,
    };
    assert_eq!(
        context.skills,
        [used("finance:tidy", Some("finance@deskhand"), 1), used("tidy", None, 2)]
    );

    let told = told(&log);
    for kind in ["skill.used", "connector.attached", "tool.started"] {
        assert!(told.contains(&kind), "{kind} is not told: {told:?}");
    }
}

#[test]
fn connections_that_were_refused_unread_are_told_and_are_no_host() {
    let mut log = Log::begin("go");
    log.say(request(1, "a.example", false));
    log.say(request(2, NetworkRequest::ANY_HOST, false));
    let page = log.thread().page(&Outside::default());
    let notice = |body: &ItemBody| match body {
        ItemBody::Notice { text, hint, .. } => Some((text.clone(), hint.is_some())),
        _ => None,
    };
    let notices: Vec<_> = page.items.iter().filter_map(|item| notice(&item.body)).collect();
    let told = [
        ("A command was kept from a.example: no rule allows it", true),
        ("Connections of a command were refused: no rule allows it", false),
    ];
    assert_eq!(notices, told.map(|(text, hint)| (text.to_owned(), hint)));
    let host = Count {
        name: "a.example".to_owned(),
        count: 1,
    };
    assert_eq!(page.rail.context.network, [host]);
}
