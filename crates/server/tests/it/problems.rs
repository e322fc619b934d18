//! What cannot be done is told the same way everywhere: a status, a stable code, words, and what to do next.

use deskhand_testkit::Turn;
use serde_json::{Value, json};

use crate::{client::send, desk::Desk};

/// Sends bytes that need not be JSON, with the token.
fn raw(desk: &Desk, method: &str, path: &str, kind: &str, body: &[u8]) -> (u16, Value, Option<String>) {
    let bearer = format!("Bearer {}", desk.token);
    let headers = [
        ("authorization", bearer.as_str()),
        ("x-deskhand", "1"),
        ("content-type", kind),
    ];
    let reply = send(desk.port, method, path, &headers, body);
    assert_eq!(reply.header("content-type"), Some("application/json"), "{reply:#?}");
    assert!(reply.header("content-security-policy").is_some());
    let allow = reply.header("allow").map(str::to_owned);
    (reply.status, reply.json(), allow)
}

#[test]
fn what_does_not_fit_the_api_is_a_problem_in_words_and_starts_nothing() {
    let desk = Desk::new([]);
    let post = |kind: &str, body: &str| {
        let (status, problem, _) = raw(&desk, "POST", "/api/v1/tasks", kind, body.as_bytes());
        (status, problem["code"].clone(), problem["message"].clone())
    };
    let bad = json!("server.bad-request");
    let (status, code, message) = post("application/json", "{");
    assert_eq!((status, &code), (400, &bad));
    assert!(
        message.as_str().unwrap().ends_with("; nothing was changed"),
        "{message}"
    );
    let (status, code, message) = post("application/json", r#"{"prompt": "go", "mode": "sometimes"}"#);
    assert_eq!((status, &code), (422, &bad));
    assert!(
        message.as_str().unwrap().contains("mode"),
        "it names the place: {message}"
    );
    let (status, code, _) = post("text/plain", r#"{"prompt": "go"}"#);
    assert_eq!((status, &code), (415, &bad));

    let (status, problem, _) = raw(&desk, "GET", "/api/v1/search", "text/plain", b"");
    assert_eq!((status, &problem["code"]), (400, &bad), "a question without words");
    let (status, problem, _) = raw(&desk, "DELETE", "/api/v1/tasks/x/queue/first", "text/plain", b"");
    assert_eq!((status, &problem["code"]), (400, &bad), "a number that is none");
    let (status, problem, allow) = raw(&desk, "DELETE", "/api/v1/tasks", "text/plain", b"");
    assert_eq!((status, &problem["code"]), (405, &json!("server.wrong-method")));
    let allow = allow.unwrap();
    assert!(allow.contains("GET") && allow.contains("POST"), "{allow}");
    let (status, problem, _) = raw(&desk, "POST", "/session", "application/json", b"[]");
    assert_eq!((status, &problem["code"]), (422, &bad));
    assert_eq!(desk.get("/tasks").json(), json!([]), "nothing was started");
}

#[test]
fn errors_of_the_engine_keep_their_code_and_get_the_status_that_fits() {
    let desk = Desk::new([Turn::new().text("done").into()]);
    let task = desk.start(&json!({}));
    desk.until_status(&task, "done");
    let of = |method: &str, path: &str, body: &Value| {
        let reply = desk.send(method, path, body);
        (reply.status, reply.json()["code"].as_str().unwrap().to_owned())
    };
    let at = |end: &str| format!("/tasks/{task}/{end}");
    let folder = json!({"prompt": "go", "folders": [{"path": "/nowhere/at/all", "mode": "rw"}]});
    let told = [
        of("POST", "/tasks/nobody/say", &json!({"text": "hello"})),
        of("POST", "/tasks/nobody/resume", &json!({})),
        of("POST", "/tasks", &json!({"prompt": "  "})),
        of("POST", "/tasks", &folder),
        of("POST", "/tasks", &json!({"prompt": "go", "uploads": ["none"]})),
        of("POST", "/inbox/nothing", &json!({"type": "allow"})),
        of("POST", &at("undo"), &json!({})),
        of("POST", &at("redo"), &json!({})),
        of("GET", &at("calls/none"), &json!({})),
        of("GET", &at("changes/9?path=/mnt/work/a.txt"), &json!({})),
    ];
    let expected = [
        (404, "store.unknown-task"),
        (404, "store.unknown-task"),
        (422, "engine.empty-prompt"),
        (422, "workspace.folder-unreachable"),
        (422, "store.unknown-upload"),
        (409, "engine.no-such-question"),
        (409, "engine.nothing-to-undo"),
        (409, "engine.nothing-to-undo"),
        (404, "server.not-found"),
        (409, "engine.no-such-step"),
    ];
    assert_eq!(
        told.map(|(status, code)| (status, code)),
        expected.map(|(status, code)| (status, code.to_owned()))
    );
}

#[test]
fn what_a_sentence_names_is_told_apart_so_that_another_language_can_name_it() {
    let desk = Desk::new([Turn::new().text("done").into()]);
    let task = desk.start(&json!({}));
    desk.until_status(&task, "done");
    let of = |method: &str, path: &str, body: &Value| desk.send(method, path, body).json()["parameters"].clone();
    let told = [
        of("POST", "/tasks/nobody/resume", &json!({})),
        of("POST", "/tasks", &json!({"prompt": "go", "uploads": ["none"]})),
        of("POST", "/inbox/nothing", &json!({"type": "allow"})),
        of("POST", &format!("/tasks/{task}/undo"), &json!({})),
        of(
            "GET",
            &format!("/tasks/{task}/changes/9?path=/mnt/work/a.txt"),
            &json!({}),
        ),
        // Its code says all.
        of("POST", "/tasks", &json!({"prompt": "  "})),
    ];
    let expected = [
        json!({"task": "nobody"}),
        json!({"upload": "none"}),
        json!({"question": "nothing"}),
        json!({"what": "undo", "task": task}),
        json!({"task": task, "step": "9", "steps": "0"}),
        Value::Null,
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_task_another_process_works_on_is_theirs() {
    use deskhand_store::EventLog as _;

    let desk = Desk::new([Turn::new().text("done").into()]);
    let task = desk.start(&json!({}));
    desk.until_status(&task, "done");
    let theirs = desk.store();
    let lease = theirs.claim(&task.as_str().into(), "another Deskhand").unwrap();
    for (path, body) in [
        ("resume", json!({})),
        ("stop", json!({})),
        ("say", json!({"text": "more"})),
    ] {
        let reply = desk.send("POST", &format!("/tasks/{task}/{path}"), &body);
        let problem = reply.json();
        assert_eq!(
            (reply.status, &problem["code"]),
            (409, &json!("store.claimed")),
            "{path}"
        );
        assert!(
            problem["message"].as_str().unwrap().contains("another Deskhand"),
            "{problem}"
        );
    }
    drop(lease);
    desk.send("POST", &format!("/tasks/{task}/resume"), &json!({}))
        .expect(202);
}
