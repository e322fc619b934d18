//! What else is looked at: the state, search, folders, files, settings.

use deskhand_testkit::{Reply, Turn};
use serde_json::{Value, json};

use crate::desk::Desk;

fn says(text: &str) -> Reply {
    Turn::new().text(text).into()
}

fn write(name: &str, content: &str) -> Reply {
    let path = format!("/mnt/work/{name}");
    Turn::new()
        .tool("Write", json!({"file_path": path, "content": content}))
        .into()
}

#[test]
fn every_starter_is_understood_by_the_recipes() {
    let desk = Desk::new([]);
    let state = desk.get("/state").json();
    let starters = state["starters"].as_array().unwrap();
    assert!(starters.len() >= 10);
    for starter in starters {
        let facts = deskhand_recipes::Facts::default();
        let prompt = starter["prompt"].as_str().unwrap();
        let chosen = format!("{:?}", deskhand_recipes::choose(prompt, &facts));
        assert!(chosen.contains(starter["id"].as_str().unwrap()), "{prompt}: {chosen}");
    }
    assert!(!state.to_string().contains("CANARY"), "no key is ever told");
}

#[test]
fn search_finds_what_tools_gave_and_names_the_task() {
    let desk = Desk::new([
        Turn::new()
            .tool("Read", json!({"file_path": "/mnt/work/notes.txt"}))
            .into(),
        says("read"),
    ]);
    desk.write("notes.txt", "the quick pangolin");
    let task = desk.start(&json!({"prompt": "Read my notes"}));
    desk.until_status(&task, "done");
    let found = desk.get("/search?q=pangolin").expect(200).json();
    assert_eq!(
        (&found[0]["task"], &found[0]["title"]),
        (&json!(task), &json!("Read my notes"))
    );
    assert_eq!(desk.get("/search?q=").json(), json!([]));
}

#[test]
fn folders_are_browsed_and_refused_ones_say_why() {
    let desk = Desk::new([]);
    std::fs::create_dir(desk.dir.path().join(".ssh")).unwrap();
    let home = desk.get("/folders/browse").expect(200).json();
    let names: Vec<&Value> = home["folders"]
        .as_array()
        .unwrap()
        .iter()
        .map(|folder| &folder["name"])
        .collect();
    assert_eq!(names, ["work"], "hidden ones are left out");
    let outside = desk.get("/folders/browse?path=/etc").json();
    assert!(outside["refused"].as_str().unwrap().contains("system"), "{outside}");
    let within = format!("/folders/browse?path={}", desk.work().display());
    assert_eq!(desk.get(&within).json().get("refused"), None);
    assert_eq!(desk.get("/folders/browse?path=/nowhere/at/all").status, 422);
}

#[test]
fn names_of_files_complete_within_granted_folders_only() {
    let desk = Desk::new([]);
    desk.write("Sales 2026.csv", "a");
    desk.write("notes[1].txt", "b");
    let find = |folder: &str, words: &str| desk.get(&format!("/files/find?folder={folder}&q={words}"));
    let work = desk.work().display().to_string();
    assert_eq!(find(&work, "sales%202").json(), json!(["work/Sales 2026.csv"]));
    assert_eq!(
        find(&work, "notes[1").json(),
        json!(["work/notes[1].txt"]),
        "no pattern, but what is typed"
    );
    assert_eq!(find("/etc", "passwd").status, 422);
}

#[test]
fn files_are_shown_as_they_stand_and_as_they_were_and_no_others() {
    let desk = Desk::new([write("a.txt", "two"), says("done")]);
    desk.write("a.txt", "one");
    std::fs::write(desk.dir.path().join("secret.txt"), "secret").unwrap();
    let task = desk.start(&json!({"mode": "skip"}));
    let page = desk.until_status(&task, "done");
    let file = &page["rail"]["changes"][0]["files"][0];
    let show = |query: &str| desk.get(&format!("/tasks/{task}/file?path=/mnt/work/{query}"));
    assert_eq!(show("a.txt").json()["body"]["text"], "two");
    let before = format!("a.txt&hash={}", file["before"].as_str().unwrap());
    assert_eq!(show(&before).json()["body"]["text"], "one");
    let diff = desk
        .get(&format!("/tasks/{task}/changes/1?path=/mnt/work/a.txt"))
        .expect(200)
        .json();
    assert_eq!(
        (
            &diff["change"],
            &diff["before"]["body"]["text"],
            &diff["after"]["body"]["text"]
        ),
        (&json!("modify"), &json!("one"), &json!("two"))
    );
    // A hash is no permission, and a path is no way out.
    let prompt = deskhand_types::Hash::of(b"go").to_string();
    assert_eq!(show(&format!("a.txt&hash={prompt}")).status, 404);
    assert_eq!(show("a.txt&hash=zz").status, 404);
    for path in ["../secret.txt", "../../secret.txt", "/../../secret.txt", "gone.txt"] {
        let status = show(path).status;
        assert!(status == 404 || status == 422, "{path}: {status}");
    }
    assert_eq!(desk.get(&format!("/tasks/{task}/file?path=/etc/passwd")).status, 422);
}

#[test]
fn exact_bytes_go_out_inert() {
    let page = "<script src=//evil.example></script><link rel=preconnect href=//secret.evil.example>";
    let desk = Desk::new([write("page.html", page), says("done")]);
    let task = desk.start(&json!({}));
    desk.until_status(&task, "done");
    let raw = desk
        .get(&format!("/tasks/{task}/raw?path=/mnt/work/page.html"))
        .expect(200);
    assert_eq!(raw.body, page.replace("<link ", "<basefont "), "no policy stops a hint");
    assert_eq!(raw.header("content-type"), Some("text/html; charset=utf-8"));
    let policy = raw.header("content-security-policy").unwrap();
    assert!(policy.starts_with("sandbox; default-src 'none'") && policy.ends_with("frame-ancestors 'self'"));
    assert_eq!(raw.header("x-content-type-options"), Some("nosniff"));
    let kept = desk.get(&format!("/tasks/{task}/raw?path=/mnt/work/page.html&download=1"));
    assert_eq!(kept.body, page, "what is kept is exact");
    assert_eq!(
        kept.header("content-disposition"),
        Some("attachment; filename=\"page.html\"")
    );
}

#[test]
fn files_open_in_the_system_only_when_they_are_looked_at() {
    let desk = Desk::new([write("a.txt", "x"), write("run.sh", "rm"), says("done")]);
    let task = desk.start(&json!({}));
    desk.until_status(&task, "done");
    let open = |name: &str, how: &str| {
        let body = json!({"path": format!("/mnt/work/{name}"), "how": how});
        desk.send("POST", &format!("/tasks/{task}/open"), &body).status
    };
    assert_eq!(open("a.txt", "open"), 204);
    assert_eq!(open("run.sh", "open"), 422);
    assert_eq!(open("run.sh", "reveal"), 204);
    assert_ne!(open("gone.txt", "reveal"), 204);
    let opened = desk.host.opened.lock().unwrap().clone();
    let work = std::fs::canonicalize(desk.work()).unwrap();
    assert_eq!(opened, [(work.join("a.txt"), false), (work.join("run.sh"), true)]);
}

#[test]
fn settings_are_changed_and_wrong_ones_change_nothing() {
    let desk = Desk::new([]);
    let work = desk.work().display().to_string();
    let granted = desk
        .send("POST", "/settings/folders", &json!({"path": work, "mode": "ro"}))
        .expect(200)
        .json();
    assert_eq!((&granted["name"], &granted["mode"]), (&json!("work"), &json!("ro")));
    assert_eq!(
        desk.get("/state").json()["standing_folders"][0]["path"],
        granted["path"]
    );
    assert_eq!(
        desk.send("POST", "/settings/folders", &json!({"path": "/etc"})).status,
        422
    );
    desk.send("DELETE", &format!("/settings/folders?path={work}"), &json!({}))
        .expect(204);
    assert_eq!(desk.get("/settings/folders").json(), json!([]));

    desk.send("PUT", "/settings/instructions", &json!({"text": "be brief"}))
        .expect(204);
    assert_eq!(desk.get("/settings/instructions").json()["global"], "be brief");

    let shipped = desk.get("/settings/policy").json()["rules"].as_array().unwrap().len();
    let wrong = desk.send("PUT", "/settings/policy", &json!({"own": "[[rule]]\nname = 3"}));
    assert_eq!(wrong.status, 422, "{wrong:#?}");
    let rule = "[[rule]]\nname = \"never\"\nverdict = \"deny\"\nreason = \"no\"\n[rule.when]\neffect = [\"modify\"]\n";
    let policy = desk
        .send("PUT", "/settings/policy", &json!({"own": rule}))
        .expect(200)
        .json();
    assert_eq!(policy["rules"].as_array().unwrap().len(), shipped + 1);
    assert_eq!(
        (&policy["rules"][0]["name"], &policy["rules"][0]["own"]),
        (&json!("never"), &json!(true))
    );
}

#[test]
fn rules_are_tried_on_what_tasks_did_and_then_hold() {
    let desk = Desk::new([write("a.txt", "x"), says("done"), write("b.txt", "x"), says("refused?")]);
    let task = desk.start(&json!({"prompt": "write a"}));
    desk.until_status(&task, "done");
    let own = "[[rule]]\nname = \"never\"\nverdict = \"deny\"\nreason = \"no\"\n[rule.when]\ntool = [\"Write\"]\n";
    let trial = desk
        .send("POST", "/settings/policy/try", &json!({"own": own}))
        .expect(200)
        .json();
    let wanted = json!({"task": task, "title": "write a", "before": "allow", "after": "deny", "rule": "never"});
    for (key, value) in wanted.as_object().unwrap() {
        assert_eq!(&trial["different"][0][key], value, "{trial:#}");
    }
    assert!(desk.send("POST", "/settings/policy/try", &json!({"own": "x"})).json()["error"].is_string());
    // Of one task alone, which must be there.
    let one = |task: &str| desk.send("POST", "/settings/policy/try", &json!({"own": own, "task": task}));
    let counts = one(&task).expect(200).json();
    assert_eq!(
        (&counts["tasks"], &counts["judged"], &counts["left_out"]),
        (&json!(1), &json!(1), &json!(0))
    );
    assert_eq!(counts["different"], trial["different"]);
    one("no-such-task").expect(404);
    desk.send("PUT", "/settings/policy", &json!({"own": own})).expect(200);
    let next = desk.start(&json!({"prompt": "write b"}));
    desk.until(&next, |page| page["head"]["status"] != "working");
    assert_eq!(desk.read("b.txt"), None);
}

#[test]
fn the_feed_tells_of_new_tasks_and_questions() {
    let question = json!({"questions": [{"question": "well?", "options": [{"label": "a"}]}]});
    let desk = Desk::new([Turn::new().tool("AskUserQuestion", question).into(), says("ok")]);
    let mut feed = desk.stream("/events", None);
    let task = desk.start(&json!({}));
    let waiting = feed
        .find(|message| {
            message.data["type"] == "inbox" && message.data["entries"].as_array().is_some_and(|all| !all.is_empty())
        })
        .unwrap();
    assert_eq!(waiting.data["entries"][0]["task"], json!(task));
}
