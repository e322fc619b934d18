//! The sandbox's page: built with progress, built anew, thrown away.

use serde_json::{Value, json};

use crate::{client::Messages, desk::Desk};

/// Lets building go on with these steps.
fn steps(desk: &Desk, steps: &[Option<(&'static str, f64)>]) {
    desk.host.sandbox.lock().unwrap().steps.extend(steps.iter().copied());
}

/// The job of the next message that says where it is.
fn job(feed: &mut Messages, wanted: impl Fn(&Value) -> bool) -> Value {
    let message = feed.find(|message| message.data["type"] == "job" && wanted(&message.data["job"]));
    message.unwrap().data["job"].clone()
}

fn page(ready: bool) -> Value {
    let mut part = json!({"name": "image", "ok": ready, "detail": if ready { "base" } else { "not built" }});
    if !ready {
        part["hint"] = json!("It takes minutes.");
    }
    json!({"ready": ready, "parts": [part], "can_build": true, "speed": "fast", "disk": "1 MB"})
}

#[test]
fn building_tells_every_step_and_the_page_what_is_there() {
    let desk = Desk::new([]);
    assert_eq!(desk.get("/settings/sandbox").expect(200).json(), page(false));
    let mut feed = desk.stream("/events", None);
    desk.send("POST", "/settings/sandbox/build", &json!({})).expect(202);
    for (what, done) in [("downloading", 0.25), ("unpacking", 0.5)] {
        steps(&desk, &[Some((what, done))]);
        let told = job(&mut feed, |job| job["detail"] == what);
        let wanted = json!({"id": "sandbox-image", "detail": what, "progress": done, "state": "running"});
        assert_eq!(told, wanted);
    }
    // What is just being made is not deleted.
    let busy = desk
        .send("POST", "/settings/sandbox/reset", &json!({}))
        .expect(409)
        .json();
    assert_eq!(busy["code"], json!("server.busy"));
    desk.send("POST", "/settings/storage/clean", &json!({"part": "image"}))
        .expect(409);
    steps(&desk, &[None]);
    let done = job(&mut feed, |job| job["state"] != "running");
    let wanted = json!({"id": "sandbox-image", "detail": "the sandbox is ready", "progress": 1.0, "state": "done"});
    assert_eq!(done, wanted);
    assert_eq!(desk.get("/settings/sandbox").json(), page(true));
}

#[test]
fn no_page_tells_a_person_to_use_a_terminal() {
    let desk = Desk::new([]);
    let sandbox = &desk.get("/state").expect(200).json()["sandbox"];
    assert_eq!(sandbox["hint"], json!("File tools work without it."));
    let part = &desk.get("/settings/sandbox").expect(200).json()["parts"][0];
    assert_eq!(part["hint"], json!("It takes minutes."));
}

#[test]
fn a_build_that_fails_says_why() {
    let desk = Desk::new([]);
    desk.host.sandbox.lock().unwrap().fails = "no network";
    let mut feed = desk.stream("/events", None);
    steps(&desk, &[None]);
    desk.send("POST", "/settings/sandbox/build", &json!({})).expect(202);
    let failed = job(&mut feed, |job| job["state"] == "failed");
    assert_eq!(
        failed,
        json!({"id": "sandbox-image", "detail": "no network", "state": "failed"})
    );
    assert_eq!(desk.get("/settings/sandbox").json(), page(false));
}

#[test]
fn it_is_built_anew_and_thrown_away() {
    let desk = Desk::new([]);
    desk.host.sandbox.lock().unwrap().image = true;
    let mut feed = desk.stream("/events", None);
    desk.send("POST", "/settings/sandbox/build?anew=true", &json!({}))
        .expect(202);
    steps(&desk, &[Some(("downloading", 0.5))]);
    job(&mut feed, |job| job["detail"] == "downloading");
    assert_eq!(
        desk.get("/settings/sandbox").json(),
        page(false),
        "what was there is gone first"
    );
    steps(&desk, &[None]);
    job(&mut feed, |job| job["state"] == "done");
    assert_eq!(desk.get("/settings/sandbox").json(), page(true));

    let reset = desk
        .send("POST", "/settings/sandbox/reset", &json!({}))
        .expect(200)
        .json();
    assert_eq!(reset, page(false));
    assert_eq!(desk.get("/settings/sandbox").json(), page(false));
}

#[test]
fn without_its_program_the_local_model_is_not_fetched() {
    let desk = Desk::new([]);
    let local = desk.get("/settings/local-model").expect(200).json();
    assert_eq!(local, json!({"program": false, "ready": false, "bytes": 0}));
    let refused = desk
        .send("POST", "/settings/local-model/pull", &json!({}))
        .expect(422)
        .json();
    assert!(
        refused["message"].as_str().unwrap().contains("nothing was fetched"),
        "{refused}"
    );
}
