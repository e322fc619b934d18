//! The records of a connector as an address book: only once the person says so, and only as long.

use deskhand_testkit::{Reply, Turn};
use serde_json::{Value, json};

use super::{add, behave, calls, says};
use crate::home::{Home, bodies};

const PROMPT: &str = "Find notes about lunch, then message Ana Costa about it";

fn find_people(query: &str) -> Reply {
    Turn::new()
        .tool("mcp__notes__find_people", json!({"query": query}))
        .into()
}

fn send(recipient: &str) -> Reply {
    let input = json!({"recipient": recipient, "body": "Lunch at noon."});
    Turn::new().tool("mcp__notes__send_message", input).into()
}

fn script(recipient: &str) -> [Reply; 3] {
    [find_people("Ana Costa"), send(recipient), says("Sent.")]
}

fn sent(home: &Home) -> Vec<Value> {
    let calls = calls(home).into_iter();
    calls
        .filter(|call| call["name"] == "send_message")
        .map(|call| call["arguments"]["recipient"].clone())
        .collect()
}

#[test]
fn a_name_is_resolved_once_the_person_says_so() {
    let home = Home::new(script("ana@firm.example").into_iter().chain(script("ana@firm.example")));
    add(&home, "contacts", &[]).expect(0);
    // Without the mark the address is nobody's.
    assert_eq!(home.task(&[PROMPT]).code, 3);
    assert!(sent(&home).is_empty());

    home.run(&["connectors", "address-book", "notes"]).expect(0);
    let list = home.run(&["connectors", "list", "--json"]).expect(0).json();
    assert_eq!(list[0]["address_book"], true);
    let told = home.run(&["connectors", "list"]).expect(0).stdout;
    assert!(told.contains("its records count as an address book"), "{told}");
    let told = home.run(&["connectors", "tools", "notes"]).expect(0).stdout;
    assert!(told.contains("find_people (reads, address book)"), "{told}");
    assert!(
        told.contains("no part of the address book: it does not say what its results look like"),
        "{told}"
    );

    let home = marked(script("ana@firm.example"), "contacts");
    let ran = home.task(&[PROMPT]).expect(0);
    assert_eq!(sent(&home), ["ana@firm.example"]);
    let events = ran.events();
    let read = &bodies(&events, "addresses.read")[0];
    assert_eq!(read["entries"][0]["value"], "ana@firm.example");
    let why = home.run(&["policy", "explain", &home.newest()]).expect(0).stdout;
    assert!(
        why.contains("“ana@firm.example” is Ana Costa’s address in notes"),
        "{why}"
    );
    // The prose of the record is nobody's address.
    let home = marked(script("ana@evil.example"), "contacts");
    assert_eq!(home.task(&[PROMPT]).code, 3);
    assert!(sent(&home).is_empty());
}

fn marked(replies: impl IntoIterator<Item = Reply>, mode: &str) -> Home {
    let home = Home::new(replies);
    add(&home, mode, &[]).expect(0);
    home.run(&["connectors", "address-book", "notes", "--tool", "find_people"])
        .expect(0);
    home
}

#[test]
fn taken_back_it_counts_no_more() {
    let home = marked(script("ana@firm.example"), "contacts");
    home.run(&["connectors", "address-book", "notes", "--off"]).expect(0);
    let list = home.run(&["connectors", "list", "--json"]).expect(0).json();
    assert_eq!(list[0]["address_book"], Value::Null);
    assert_eq!(home.task(&[PROMPT]).code, 3);
    assert!(sent(&home).is_empty());
    // Nor after it was removed and another one has its name.
    home.run(&["connectors", "address-book", "notes"]).expect(0);
    home.run(&["connectors", "remove", "notes"]).expect(0);
    add(&home, "contacts", &[]).expect(0);
    let list = home.run(&["connectors", "list", "--json"]).expect(0).json();
    assert_eq!(list[0]["address_book"], Value::Null);
}

#[test]
fn a_server_that_changes_what_it_says_of_its_records_is_not_called() {
    // Another definition: it is not called at all.
    let home = marked(script("ana@firm.example"), "contacts");
    behave(&home, "widened");
    assert_eq!(home.task(&[PROMPT]).code, 3);
    assert!(calls(&home).is_empty());
}

#[test]
fn what_looks_no_records_up_cannot_count() {
    let home = Home::new([]);
    add(&home, "good", &[]).expect(0);
    let ran = home.run(&["connectors", "address-book", "notes"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr
            .contains("find_notes: it does not say what its results look like"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("nothing was changed"), "{}", ran.stderr);
    let home = Home::new([]);
    add(&home, "contacts", &["--untrusted"]).expect(0);
    assert_eq!(home.run(&["connectors", "address-book", "notes"]).code, 1);
    let home = Home::new([]);
    add(&home, "contacts", &[]).expect(0);
    assert_eq!(
        home.run(&["connectors", "address-book", "notes", "--tool", "nothing"])
            .code,
        1
    );
    assert_eq!(
        home.run(&["connectors", "address-book", "notes", "--tool", "send_message"])
            .code,
        1
    );
    assert_eq!(
        home.run(&["connectors", "list", "--json"]).json()[0]["address_book"],
        Value::Null
    );
}
