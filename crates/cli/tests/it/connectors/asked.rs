//! Connectors' servers that ask in the middle of a call, where a person is there to answer: the served program.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{find, says, with_notes};
use crate::{
    home::{Home, bodies},
    serve::Served,
};

/// Works on a task through the served program to its end. What a server asks is answered by `answer`; everything else is
/// allowed. Gives the task's log.
pub(super) fn worked(
    home: &Home,
    served: &Served,
    prompt: &str,
    mut answer: impl FnMut(&Value) -> Value,
) -> Vec<Value> {
    let new = json!({"prompt": prompt, "folders": [{"path": home.work(), "mode": "rw"}]});
    let (status, made) = served.ask("POST", "/tasks", &new);
    assert_eq!(status, 201, "{made}");
    let task = made["id"].as_str().unwrap().to_owned();
    let over = Instant::now() + Duration::from_secs(120);
    loop {
        let (_, inbox) = served.ask("GET", "/inbox", &json!({}));
        for item in inbox.as_array().unwrap() {
            let said = match item["ask"]["type"].as_str() {
                Some("server") => answer(&item["ask"]),
                _ => json!({"type": "allow"}),
            };
            let (status, told) = served.ask("POST", &format!("/inbox/{}", item["id"].as_str().unwrap()), &said);
            assert!(status == 204 || status == 409, "{told} to {item:#}");
        }
        let (_, page) = served.ask("GET", &format!("/tasks/{task}"), &json!({}));
        if page["head"]["status"] == "done" {
            break;
        }
        assert!(Instant::now() < over, "{page:#}");
        std::thread::sleep(Duration::from_millis(30));
    }
    let events = home.run(&["export", &task, "--json"]).expect(0).json();
    events.as_array().unwrap().clone()
}

/// The text of the only result.
pub(super) fn result(events: &[Value]) -> String {
    bodies(events, "tool.finished")[0]["outcome"]["content"].to_string()
}

fn answer_to(ask: &Value, asked: &mut Vec<String>) -> Value {
    let wants = &ask["wants"];
    asked.push(format!(
        "{} {} {}",
        ask["connector"].as_str().unwrap(),
        ask["tool"].as_str().unwrap(),
        wants["type"].as_str().unwrap()
    ));
    json!({"type": "allow"})
}

#[test]
fn a_model_is_asked_for_a_server_once_the_switch_is_on_and_each_time_with_consent() {
    let home = with_notes("sample", [find("lunch"), says("Lunch is at noon.")]);
    // Off, as it is unless somebody says so: the server is not told of it, and refused.
    let ran = home.task(&["When is lunch?"]).expect(0);
    let told = super::results(&ran).remove(0);
    assert!(
        told.contains("offered: null") && told.contains("-32601"),
        "off, it was given one: {told}"
    );

    home.run(&["connectors", "sampling", "notes"]).expect(0);
    let list = home.run(&["connectors", "list", "--json"]).expect(0).json();
    assert_eq!(
        (&list[0]["sampling"], &list[0]["sampling_model"]),
        (&json!(true), &Value::Null)
    );
    let told = home.run(&["connectors", "list"]).expect(0).stdout;
    assert!(told.contains("may ask for answers of a model (the task's)"), "{told}");
    for reply in [find("lunch"), says("A summary."), says("Lunch is at noon.")] {
        home.server.push(reply);
    }
    let mut asked = Vec::new();
    let served = Served::start(&home);
    let events = worked(&home, &served, "When is lunch?", |ask| answer_to(ask, &mut asked));
    let told = result(&events);
    assert!(told.contains("offered: {}") && told.contains("A summary."), "{told}");
    assert_eq!(asked, ["notes find_notes model", "notes find_notes handover"]);
    assert_eq!(bodies(&events, "model.sampled").len(), 1);
    // What the server asked is its text: neither the person's word nor in the task's conversation.
    let last = String::from_utf8_lossy(&home.server.requests().last().unwrap().body).into_owned();
    assert!(!last.contains("Sum up the diary"), "{last}");

    // Taken back, an open session is ended, so that the server is told.
    let (status, told) = served.ask("PUT", "/connectors/notes/sampling", &json!({"on": false}));
    assert_eq!(status, 204, "{told}");
    for reply in [find("lunch"), says("Lunch is at noon.")] {
        home.server.push(reply);
    }
    let events = worked(&home, &served, "When is lunch?", |ask| panic!("{ask}"));
    assert!(result(&events).contains("-32601"), "{}", result(&events));
}

#[test]
fn a_model_that_is_not_there_is_not_set_and_another_server_of_the_name_was_not_let() {
    let home = with_notes("sample", []);
    let ran = home.run(&["connectors", "sampling", "notes", "--model", "nobody/such"]);
    assert_eq!(ran.code, 1, "{ran:#?}");
    assert!(ran.stderr.contains("nothing was changed"), "{ran:#?}");
    assert_eq!(sampling(&home), Value::Null);
    home.run(&[
        "connectors",
        "sampling",
        "notes",
        "--model",
        "anthropic/claude-sonnet-5",
    ])
    .expect(0);
    assert_eq!(sampling(&home), json!(true));
    home.run(&["connectors", "remove", "notes"]).expect(0);
    super::add(&home, "good", &[]).expect(0);
    assert_eq!(sampling(&home), Value::Null);
}

fn sampling(home: &Home) -> Value {
    home.run(&["connectors", "list", "--json"]).expect(0).json()[0]["sampling"].clone()
}
