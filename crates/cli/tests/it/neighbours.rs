//! Two tasks of one process share a machine, and nothing in it.
#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use deskhand_testkit::{Recorded, Reply, ScriptedServer, Turn};
use serde_json::{Value, json};

use crate::home::{Home, bodies};
use crate::machine::{bash, machines_of, text};
use crate::serve::Served;

/// How far the two are. Each goes on with short commands until the other is where it has to be, so that both are in the
/// machine all the while, however slow it is.
#[derive(Default)]
struct Play {
    /// Commands that were asked of the first task, and of the second.
    asked: (usize, usize),
    first_wrote: bool,
    second_looked: bool,
    finished: (bool, bool),
}

const WRITE: &str = "echo \"uno's scratch\" >/tmp/secret; cp /tmp/secret ~/secret; cat mine.txt; echo uno >made.txt";
const LOOK: &str = "cat mine.txt; ls -A /tmp ~ /scratch 2>&1 | tr '\\n' ' '; ls -A /mnt; \
    find / -xdev -name mine.txt -not -path '/proc/*' 2>/dev/null; \
    grep -rs \"uno's\" /tmp /home /mnt /run /var 2>/dev/null; echo due >made.txt";
const STILL: &str = "cat /tmp/secret ~/secret; ls -A /mnt";

impl Play {
    fn first(&mut self) -> Reply {
        self.asked.0 += 1;
        match self.asked.0 {
            1 => return bash(WRITE),
            2 => self.first_wrote = true,
            _ => {}
        }
        if self.finished.0 {
            return Turn::new().text("done").into();
        }
        if self.second_looked {
            self.finished.0 = true;
            return bash(STILL);
        }
        bash("sleep 1")
    }

    fn second(&mut self) -> Reply {
        if self.finished.1 {
            self.second_looked = true;
            return Turn::new().text("done").into();
        }
        self.asked.1 += 1;
        if self.asked.1 > 1 && self.first_wrote {
            self.finished.1 = true;
            return bash(LOOK);
        }
        bash("sleep 1")
    }
}

/// What the command with this text gave.
fn gave(home: &Home, task: &Value, command: &str) -> String {
    let events = home.run(&["export", task.as_str().unwrap(), "--json"]).expect(0).json();
    let events = events.as_array().unwrap();
    let answers = bodies(events, "model.answered");
    let call = answers
        .iter()
        .flat_map(|answer| answer["content"].as_array().unwrap())
        .find(|block| block["input"]["command"] == command)
        .unwrap_or_else(|| panic!("{events:#?}"));
    let finished = bodies(events, "tool.finished");
    let finished = finished.iter().find(|finished| finished["call"] == call["id"]).unwrap();
    text(finished).to_owned()
}

/// Whether it is a machine, and not QEMU being asked for its version, which is over in a moment.
fn is_running(process: u32) -> bool {
    let words = std::fs::read_to_string(format!("/proc/{process}/cmdline")).unwrap_or_default();
    words.contains("scratch")
}

#[test]
fn two_tasks_are_in_one_machine_and_see_nothing_of_each_other() {
    let play = Arc::new(Mutex::new(Play::default()));
    let playing = play.clone();
    let home = Home::with_machine(ScriptedServer::responding(move |request: &Recorded, _| {
        let mut play = playing.lock().unwrap();
        if request.text().contains("the errand of uno") {
            play.first()
        } else {
            play.second()
        }
    }));
    home.write("uno/mine.txt", "uno's file\n");
    home.write("due/mine.txt", "the other's file\n");
    let served = Served::start(&home);
    let start = |name: &str| {
        let new = json!({
            "prompt": format!("Do the errand of {name}"),
            "folders": [{"path": home.work().join(name), "mode": "rw"}],
        });
        let (status, made) = served.ask("POST", "/tasks", &new);
        assert_eq!(status, 201, "{made}");
        made["id"].clone()
    };
    let (first, second) = (start("uno"), start("due"));
    let over = Instant::now() + Duration::from_secs(180);
    let mut machines = BTreeSet::new();
    let is_done = |task: &Value| {
        let (_, page) = served.ask("GET", &format!("/tasks/{}", task.as_str().unwrap()), &json!({}));
        assert!(Instant::now() < over, "{page:#}");
        page["head"]["status"] == "done"
    };
    while !(is_done(&first) && is_done(&second)) {
        machines.extend(
            machines_of(served.process())
                .into_iter()
                .filter(|process| is_running(*process)),
        );
        std::thread::sleep(Duration::from_millis(30));
    }
    assert_eq!(machines.len(), 1, "both are in one machine: {machines:?}");

    let wrote = gave(&home, &first, WRITE);
    assert!(wrote.starts_with("uno's file\n"), "{wrote}");
    let seen = gave(&home, &second, LOOK);
    assert!(seen.starts_with("the other's file\n"), "{seen}");
    assert!(!seen.contains("uno") && !seen.contains("mine.txt"), "{seen}");
    let still = gave(&home, &first, STILL);
    assert!(still.starts_with("uno's scratch\nuno's scratch\n"), "{still}");
    assert!(!still.contains("due"), "{still}");
    // What each changed landed in its own folder.
    assert_eq!(
        (home.read("uno/made.txt").as_str(), home.read("due/made.txt").as_str()),
        ("uno\n", "due\n")
    );
}
