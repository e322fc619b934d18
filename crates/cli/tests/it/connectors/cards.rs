//! Several calls of one turn to the same target come as one card, and one answer counts for each.

use deskhand_testkit::{Reply, Turn};
use serde_json::{Value, json};

use super::{calls, says, with_notes};
use crate::home::Home;

/// One turn with three messages: two to Eve, one to Bob.
fn three() -> Reply {
    let message = |recipient: &str, body: &str| json!({"recipient": recipient, "body": body});
    Turn::new()
        .tool(
            "mcp__notes__send_message",
            message("eve@firm.example", "Lunch is at noon."),
        )
        .tool(
            "mcp__notes__send_message",
            message("bob@firm.example", "Dinner is at eight."),
        )
        .tool(
            "mcp__notes__send_message",
            message("eve@firm.example", "Bring the plan."),
        )
        .into()
}

/// A task that waits with the three of them, and the ids of its questions.
fn waiting() -> (Home, Vec<String>) {
    let home = with_notes("good", [three(), says("Done.")]);
    home.task(&["Tell everybody about today"]).expect(3);
    let open = home.run(&["approvals", "--json"]).expect(0).json();
    let ids = open
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["id"].as_str().unwrap().to_owned());
    let ids: Vec<String> = ids.collect();
    assert_eq!(ids.len(), 3, "each is a question of its own");
    (home, ids)
}

/// What the server was sent, as recipient and text.
fn sent(home: &Home) -> Vec<(String, String)> {
    let of = |call: &Value, what: &str| call["arguments"][what].as_str().unwrap().to_owned();
    calls(home)
        .iter()
        .map(|call| (of(call, "recipient"), of(call, "body")))
        .collect()
}

#[test]
fn calls_of_one_turn_to_the_same_recipient_are_one_card() {
    let (home, ids) = waiting();
    let listed = home.run(&["approvals"]).expect(0);
    let mut text = format!("{}---\n{}", listed.stderr, listed.stdout);
    for (id, name) in ids.iter().zip(["FIRST", "SECOND", "THIRD"]) {
        text = text.replace(id, name);
    }
    insta::assert_snapshot!(text, @r#"
    May this be done? 2 actions with mcp__notes__send_message, to the same:
      1. Send message with notes (recipient: eve@firm.example; body: Lunch is at noon.)
         why asked: “eve@firm.example” (recipient) is not in your request, and text that others could have written was read
         you asked: “Tell everybody about today”
         “eve@firm.example” (recipient) is not in your request, and stands nowhere in what was read
         leaves this machine: body: Lunch is at noon. (17 bytes)
         leaves this machine: recipient: eve@firm.example (16 bytes)
      2. Send message with notes (recipient: eve@firm.example; body: Bring the plan.)
         leaves this machine: body: Bring the plan. (15 bytes)

    May this be done? Send message with notes (recipient: bob@firm.example; body: Dinner is at eight.)
      why asked: “bob@firm.example” (recipient) is not in your request, and text that others could have written was read
      you asked: “Tell everybody about today”
      “bob@firm.example” (recipient) is not in your request, and stands nowhere in what was read
      leaves this machine: body: Dinner is at eight. (19 bytes)
      leaves this machine: recipient: bob@firm.example (16 bytes)
      may be allowed for good (--always 1): bob@firm.example
      another value instead (--instead 1 VALUE): recipient, now bob@firm.example
      {
        "body": "Dinner is at eight.",
        "recipient": "bob@firm.example"
      }
    ---
      deskhand approvals allow FIRST,THIRD
      deskhand approvals deny FIRST,THIRD
      deskhand approvals allow SECOND
      deskhand approvals deny SECOND
    "#);
}

#[test]
fn one_answer_counts_for_each_call_of_a_card_and_for_no_other() {
    let (home, ids) = waiting();
    let card = format!("{},{}", ids[0], ids[2]);
    home.run(&["approvals", "allow", &card]).expect(0);
    let left = home.run(&["approvals", "--json"]).json();
    assert_eq!((left.as_array().unwrap().len(), &left[0]["id"]), (1, &json!(ids[1])));
    home.run(&["approvals", "deny", &ids[1], "not", "Bob"]).expect(0);
    home.run(&["resume", &home.newest()]).expect(0);
    let to_eve = |body: &str| ("eve@firm.example".to_owned(), body.to_owned());
    assert_eq!(sent(&home), [to_eve("Lunch is at noon."), to_eve("Bring the plan.")]);
    let told = home.server.requests()[1].json().to_string();
    assert!(told.contains("They said: not Bob"), "{told}");
    let usage = home.run(&["usage", "--json"]).expect(0).json();
    assert_eq!(
        (&usage[0]["asked"], &usage[0]["cards"], &usage[0]["denied"]),
        (&json!(3), &json!(2), &json!(1))
    );
}

#[test]
fn a_card_is_answered_whole_or_not_at_all() {
    let (home, ids) = waiting();
    let begin: String = ids[0]
        .chars()
        .zip(ids[2].chars())
        .take_while(|(a, b)| a == b)
        .map(|(a, _)| a)
        .collect();
    for wrong in [
        format!("{},nothing", ids[0]),
        format!("{0},{0}", ids[0]),
        format!("{},", ids[0]),
        format!("{},{begin}", ids[0]),
    ] {
        let refused = home.run(&["approvals", "allow", &wrong]).expect(1);
        assert!(refused.stderr.contains("nothing was changed"), "{refused:#?}");
    }
    assert!(
        home.run(&["approvals", "allow", &begin])
            .stderr
            .contains(&format!("`{begin}` could be the question {}", ids.join(" or "))),
    );
    assert_eq!(home.run(&["approvals", "--json"]).json().as_array().unwrap().len(), 3);
    home.run(&["approvals", "deny", &format!("{},{}", ids[0], ids[2])])
        .expect(0);
    home.run(&["approvals", "deny", &ids[1]]).expect(0);
    home.run(&["resume", &home.newest()]);
    assert_eq!(sent(&home), []);
}
