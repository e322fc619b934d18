//! What streams before it is in the log: whoever comes in the middle hears all of it, and nothing twice.

use std::time::Duration;

use deskhand_testkit::{Fault, Turn};
use serde_json::json;

use crate::{client::Messages, desk::Desk};

/// What stood on the page each time a piece came, until the task is done.
fn stood(messages: Messages) -> Vec<String> {
    let (mut text, mut seen) = (String::new(), Vec::new());
    for message in messages {
        match (message.event.as_str(), message.data["type"].as_str()) {
            ("live", Some("clear")) => text.clear(),
            ("live", Some("text")) => {
                text.push_str(message.data["text"].as_str().unwrap());
                seen.push(text.clone());
            }
            ("update", _) if message.data["head"]["status"] == "done" => break,
            _ => {}
        }
    }
    seen
}

#[test]
fn who_comes_in_the_middle_of_an_answer_hears_it_from_its_beginning_and_nothing_twice() {
    let words: Vec<String> = (0..150).map(|n| format!("w{n}")).collect();
    let answer = words.join(" ");
    let slow = Turn::new().text(&answer).fault(Fault::PauseBetweenEvents(4));
    let desk = Desk::new([slow]);
    let task = desk.start(&json!({}));
    let path = format!("/tasks/{task}/events");
    let heard: Vec<Vec<String>> = std::thread::scope(|scope| {
        let listeners: Vec<_> = (0..40)
            .map(|_| {
                std::thread::sleep(Duration::from_millis(11));
                let messages = desk.stream(&path, None);
                scope.spawn(move || stood(messages))
            })
            .collect();
        listeners.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let in_the_middle = heard
        .iter()
        .filter(|seen| seen.first().is_some_and(|first| first.contains(' ')))
        .count();
    assert!(in_the_middle >= 10, "{in_the_middle} came in the middle");
    for (index, seen) in heard.iter().enumerate() {
        for text in seen {
            assert!(answer.starts_with(text.as_str()), "listener {index} read: {text}");
        }
    }
    assert!(
        heard.iter().any(|seen| seen.last() == Some(&answer)),
        "some heard all of it"
    );
}
