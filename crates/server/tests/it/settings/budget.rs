//! The limits of new tasks: set once, in force for those that name none.

use deskhand_testkit::{Reply, Turn};
use serde_json::{Value, json};

use crate::desk::Desk;

fn look() -> Reply {
    Turn::new().tool("Glob", json!({"pattern": "*"})).into()
}

#[test]
fn a_limit_for_new_tasks_is_kept_and_stops_those_that_name_none() {
    let desk = Desk::new([look(), look(), look()]);
    assert_eq!(desk.get("/settings/budget").expect(200).json(), json!({}));
    let limits = json!({"max_turns": 1});
    let set = desk.send("PUT", "/settings/budget", &limits).expect(200).json();
    assert_eq!(set, limits);
    assert_eq!(desk.get("/settings/budget").json(), limits);
    assert_eq!(desk.get("/state").json()["budget"], limits);

    let stopped = desk.start(&json!({}));
    let page = desk.until_status(&stopped, "budget");
    assert_eq!(page["rail"]["cost"]["budget"], limits);
    let told: Vec<&Value> = page["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|item| item["body"]["code"] == "budget.reached")
        .collect();
    assert_eq!(told.len(), 1, "{:#}", page["items"]);

    // A task that names its limits has those, and no others.
    let free = desk.start(&json!({"budget": {"max_turns": 2}}));
    assert_eq!(desk.until_status(&free, "budget")["rail"]["cost"]["turns"], json!(2));

    desk.send("PUT", "/settings/budget", &json!({})).expect(200);
    assert_eq!(desk.get("/settings/budget").json(), json!({}));
}

#[test]
fn what_is_no_amount_of_money_changes_nothing() {
    let desk = Desk::new([]);
    desk.send("PUT", "/settings/budget", &json!({"max_usd": 2.0}))
        .expect(200);
    let refused = desk
        .send("PUT", "/settings/budget", &json!({"max_usd": -1.0}))
        .expect(422)
        .json();
    assert_eq!(
        refused["message"],
        json!("the budget is not an amount of money; nothing was changed")
    );
    assert_eq!(desk.get("/settings/budget").json(), json!({"max_usd": 2.0}));
}
