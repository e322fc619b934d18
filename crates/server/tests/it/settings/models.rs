//! Providers of models: set up, tested, removed; what fails half-way changes nothing.

use std::sync::atomic::Ordering;

use deskhand_testkit::Turn;
use serde_json::{Value, json};

use crate::desk::Desk;

const KEY: &str = "sk-CANARY-4471";

fn provider(desk: &Desk, id: &str) -> Value {
    let list = desk.get("/settings/models").expect(200).json();
    let found = list.as_array().unwrap().iter().find(|one| one["id"] == id);
    found.cloned().unwrap_or(Value::Null)
}

fn settings(desk: &Desk) -> String {
    std::fs::read_to_string(desk.dir.path().join("settings.toml")).unwrap_or_default()
}

fn kept(desk: &Desk) -> Vec<String> {
    desk.host.keychain.lock().unwrap().values().cloned().collect()
}

#[test]
fn the_built_in_providers_are_told_as_they_are() {
    let desk = Desk::new([]);
    let ready = json!({
        "id": "anthropic", "kind": "anthropic", "title": "Claude (Anthropic)", "base_url": "", "model": "",
        "key": "usual", "ready": true, "default": true,
    });
    let missing = json!({
        "id": "foundry", "kind": "foundry", "title": "Claude on Microsoft Foundry", "base_url": "", "model": "",
        "key": "missing", "ready": false, "default": false,
    });
    assert_eq!(
        (provider(&desk, "anthropic"), provider(&desk, "foundry")),
        (ready, missing)
    );
}

#[test]
fn a_provider_is_set_up_tested_used_changed_and_removed() {
    let desk = Desk::new([Turn::new().text("ok").into(), Turn::new().text("Here I am.").into()]);
    let url = desk.model.openai_base_url();
    let set = json!({"kind": "openai", "base_url": url, "model": "m", "default": true});
    let made = desk.send("PUT", "/settings/models/mine", &set).expect(200).json();
    let wanted = json!({
        "id": "mine", "kind": "openai", "title": "mine (OpenAI-compatible)", "base_url": url, "model": "m",
        "key": "usual", "ready": true, "default": true,
    });
    assert_eq!(made, wanted);
    assert_eq!(provider(&desk, "mine"), wanted);
    assert_eq!(provider(&desk, "anthropic")["default"], json!(false));

    let test = desk
        .send("POST", "/settings/models/mine/test", &json!({}))
        .expect(200)
        .json();
    assert_eq!(test["ok"], json!(true), "{test}");
    assert!(test["detail"].as_str().unwrap().contains(&url), "{test}");
    assert_eq!(desk.model.requests().len(), 1, "one round trip");

    // Tasks that name no model use it from now on.
    let task = desk.start(&json!({}));
    let page = desk.until_status(&task, "done");
    assert_eq!(page["head"]["model"], json!("mine/m"), "{:#}", page["head"]);

    let kept_key = json!({"kind": "openai", "base_url": url, "model": "m", "key": KEY});
    let changed = desk.send("PUT", "/settings/models/mine", &kept_key).expect(200).json();
    assert_eq!(
        (&changed["key"], &changed["default"]),
        (&json!("keychain"), &json!(true))
    );
    assert_eq!(kept(&desk), [KEY]);
    for told in [changed.to_string(), settings(&desk), desk.get("/settings/models").body] {
        assert!(!told.contains("CANARY"), "a key is never told: {told}");
    }

    desk.send("DELETE", "/settings/models/mine", &json!({})).expect(204);
    assert_eq!(provider(&desk, "mine"), Value::Null);
    assert_eq!(kept(&desk), Vec::<String>::new(), "its key goes with it");
    assert_eq!(
        settings(&desk).trim(),
        "[models]",
        "nothing of it stays in the settings"
    );
    desk.send("DELETE", "/settings/models/mine", &json!({})).expect(404);
    desk.send("POST", "/settings/models/mine/test", &json!({})).expect(404);
}

#[test]
fn an_empty_key_takes_it_out_of_the_keychain_and_no_key_leaves_it() {
    let desk = Desk::new([]);
    let put = |more: Value| {
        let mut set = json!({"kind": "openai", "base_url": "http://127.0.0.1:9/v1", "model": "m"});
        set.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        desk.send("PUT", "/settings/models/mine", &set).expect(200).json()["key"].clone()
    };
    assert_eq!(put(json!({"key": KEY})), json!("keychain"));
    assert_eq!(put(json!({})), json!("keychain"));
    assert_eq!(kept(&desk), [KEY]);
    assert_eq!(put(json!({"key": ""})), json!("usual"));
    assert_eq!(kept(&desk), Vec::<String>::new());
}

#[test]
fn a_test_that_fails_says_why() {
    let desk = Desk::new([]);
    let set = json!({"kind": "openai", "base_url": "http://127.0.0.1:9/v1", "model": "m"});
    desk.send("PUT", "/settings/models/nobody", &set).expect(200);
    let test = desk
        .send("POST", "/settings/models/nobody/test", &json!({}))
        .expect(200)
        .json();
    assert_eq!(test["ok"], json!(false), "{test}");
    assert!(test["detail"].as_str().unwrap().len() > 20, "{test}");
}

#[test]
fn what_cannot_be_set_changes_neither_the_settings_nor_the_keychain() {
    let desk = Desk::new([]);
    let refused = |id: &str, set: &Value| {
        let before = settings(&desk);
        let problem = desk
            .send("PUT", &format!("/settings/models/{id}"), set)
            .expect(422)
            .json();
        assert!(problem["message"].as_str().unwrap().len() > 20, "{problem}");
        assert_eq!(settings(&desk), before);
        assert_eq!(kept(&desk), Vec::<String>::new(), "{id}: a key was kept for nothing");
        problem["message"].as_str().unwrap().to_owned()
    };
    refused("mine", &json!({"kind": "nonsense", "key": KEY}));
    refused("Not%20A%20Name", &json!({"kind": "openai", "key": KEY}));
    refused("-mine", &json!({"kind": "openai", "key": KEY}));

    let good = json!({"kind": "openai", "base_url": "http://127.0.0.1:9/v1", "model": "m", "key": KEY});
    desk.host.locked.store(true, Ordering::Relaxed);
    let told = refused("mine", &good);
    assert!(
        told.contains("it is locked") && told.contains("nothing was changed"),
        "{told}"
    );
    assert_eq!(provider(&desk, "mine"), Value::Null, "it is not in use either");
    desk.host.locked.store(false, Ordering::Relaxed);

    std::fs::write(desk.dir.path().join("settings.toml"), "[models\n").unwrap();
    refused("mine", &good);
}
