//! The network, usage, storage and checks, with what was really done behind them.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use deskhand_testkit::{Reply, Turn};
use serde_json::{Value, json};

use crate::desk::Desk;

fn write(name: &str, content: &str) -> Reply {
    let path = format!("/mnt/work/{name}");
    Turn::new()
        .tool("Write", json!({"file_path": path, "content": content}))
        .into()
}

/// A web server with one marketplace. Gives its address.
fn marketplace(times: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/marketplace.json", listener.local_addr().unwrap());
    let body = json!({"name": "ours", "owner": {"name": "us"}, "plugins": []}).to_string();
    std::thread::spawn(move || {
        for _ in 0..times {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4096]).unwrap();
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
            let _ = stream.write_all(format!("{head}{body}").as_bytes());
        }
    });
    address
}

#[test]
fn what_was_fetched_is_in_the_network_and_a_job_told_of_it() {
    let desk = Desk::new([]);
    assert_eq!(desk.get("/settings/network").expect(200).json(), json!([]));
    let mut feed = desk.stream("/events", None);
    let source = marketplace(2);
    let added = desk
        .send("POST", "/marketplaces", &json!({"source": source}))
        .expect(201)
        .json();
    assert_eq!((&added["name"], &added["plugins"]), (&json!("ours"), &json!(0)));
    desk.send("POST", "/marketplaces/ours/update", &json!({})).expect(200);

    let lines = desk.get("/settings/network").json();
    let line = &lines[0];
    let wanted = json!({
        "task": deskhand_types::TaskId::connectors(), "at": line["at"], "method": "GET", "url": source,
        "allowed": true, "reason": line["reason"], "status": 200, "sent": 0, "received": line["received"],
    });
    assert_eq!(line, &wanted);
    assert!(line["received"].as_u64().unwrap() > 40 && line["at"].as_i64().unwrap() > 0);
    assert_eq!(lines.as_array().unwrap().len(), 2);
    assert!(lines[0]["at"].as_i64() >= lines[1]["at"].as_i64(), "the latest first");
    assert_eq!(desk.get("/settings/network?task=connectors").json(), lines);

    for id in ["marketplace", "marketplace:ours"] {
        let told = feed
            .find(|message| message.data["job"]["id"] == id && message.data["job"]["state"] == "done")
            .unwrap();
        let wanted =
            json!({"id": id, "detail": "fetched", "progress": 1.0, "bytes": line["received"], "state": "done"});
        assert_eq!(told.data["job"], wanted);
    }
}

#[test]
fn what_cannot_be_fetched_ends_its_job_with_the_reason() {
    let desk = Desk::new([]);
    let mut feed = desk.stream("/events", None);
    let refused = desk
        .send(
            "POST",
            "/marketplaces",
            &json!({"source": "http://127.0.0.1:9/marketplace.json"}),
        )
        .expect(422)
        .json();
    let failed = feed.find(|message| message.data["job"]["state"] == "failed").unwrap();
    let wanted = json!({"id": "marketplace", "detail": refused["message"], "state": "failed"});
    assert_eq!(failed.data["job"], wanted);
}

#[test]
fn usage_adds_up_what_tasks_used_by_model() {
    let desk = Desk::new([
        write("a.txt", "a"),
        Turn::new().text("one").into(),
        Turn::new().text("two").into(),
    ]);
    assert_eq!(desk.get("/settings/usage").expect(200).json(), json!([]));
    let (mut input, mut output, mut usd) = (0, 0, 0.0);
    let mut model = Value::Null;
    for _ in 0..2 {
        let task = desk.start(&json!({}));
        let page = desk.until_status(&task, "done");
        let cost = &page["rail"]["cost"];
        let tokens = |key: &str| cost[key].as_u64().unwrap();
        input += tokens("input_tokens") + tokens("cached_tokens");
        output += tokens("output_tokens");
        usd += cost["usd"].as_f64().unwrap();
        model = page["head"]["model"].clone();
    }
    assert!(input > 0 && output > 0 && usd > 0.0);
    let lines = desk.get("/settings/usage").json();
    let wanted = json!([{
        "model": model, "tasks": 2, "turns": 3, "input_tokens": input, "output_tokens": output,
        "cost_usd": lines[0]["cost_usd"], "asked": 0, "cards": 0, "denied": 0,
    }]);
    assert_eq!(lines, wanted);
    assert!(
        (lines[0]["cost_usd"].as_f64().unwrap() - usd).abs() < 1e-9,
        "{lines} is not {usd}"
    );
}

#[test]
fn storage_tells_what_is_kept_tidying_releases_it_and_the_cache_is_cleaned() {
    let desk = Desk::new([write("a.txt", "after"), Turn::new().text("ok").into()]);
    desk.write("a.txt", "before");
    let task = desk.start(&json!({"folders": [{"path": desk.work(), "mode": "rw"}]}));
    desk.until_status(&task, "done");
    let storage = desk.get("/settings/storage").expect(200).json();
    let retention = deskhand_workspace::retention::Policy::default();
    let wanted = json!({
        "place": desk.dir.path().join(".deskhand"), "log_bytes": storage["log_bytes"],
        "kept_bytes": storage["kept_bytes"], "kept": storage["kept"], "keep_days": retention.keep_days,
        "max_bytes": retention.max_bytes, "cache": [{"part": "templates", "bytes": 4096}],
        // Once a day, after a task.
        "tidied_at": storage["tidied_at"],
    });
    assert_eq!(storage, wanted);
    for key in ["log_bytes", "kept_bytes", "kept"] {
        assert!(storage[key].as_u64().unwrap() > 0, "{key}: {storage}");
    }

    let tidied = desk
        .send("POST", "/settings/storage/tidy", &json!({}))
        .expect(200)
        .json();
    assert!(tidied["tidied_at"].as_i64().unwrap() > 0, "{tidied}");
    assert_eq!(tidied["kept"], storage["kept"], "what is younger than the rule stays");

    let clean = json!({"part": "templates"});
    let cleaned = desk.send("POST", "/settings/storage/clean", &clean).expect(200).json();
    assert_eq!(cleaned["cache"], json!([{"part": "templates", "bytes": 0}]));
    assert_eq!(
        *desk.host.cleaned.lock().unwrap(),
        [deskhand_server::api::CachePart::Templates]
    );
    desk.send("POST", "/settings/storage/clean", &json!({"part": "log"}))
        .expect(422);
    // Deleting the cache loses nothing of a task.
    desk.send("POST", &format!("/tasks/{task}/undo"), &json!({}))
        .expect(200);
    assert_eq!(desk.read("a.txt").as_deref(), Some("before"));
}

#[test]
fn checks_are_the_hosts_without_what_is_for_a_command_line() {
    let desk = Desk::new([]);
    let wanted = json!([
        {"name": "disk", "ok": true, "needed": true, "detail": "there is room", "hint": "Make room."},
        {"name": "model", "ok": true, "needed": true, "detail": "there is room", "settings": "models"},
    ]);
    assert_eq!(desk.get("/settings/checks").expect(200).json(), wanted);
}
