//! Prompts as a person types them.

use deskhand_mcp::Prompt;
use proptest::prelude::*;
use serde_json::{Value, json};

fn prompt(arguments: Value) -> Prompt {
    Prompt::decode(&json!({"name": "sum up", "arguments": arguments})).unwrap()
}

#[test]
fn words_become_arguments_in_order() {
    let two = prompt(json!([{"name": "who", "required": true}, {"name": "what"}, {"description": "no name"}]));
    assert_eq!(two.hint().unwrap(), "<who> [what]");
    assert_eq!(
        Value::Object(two.given("bob all the rest").unwrap()),
        json!({"who": "bob", "what": "all the rest"})
    );
    assert_eq!(
        Value::Object(two.given(r#""bob the builder" "a b""#).unwrap()),
        json!({"who": "bob the builder", "what": "a b"})
    );
    assert_eq!(two.given("  "), Err(vec!["who".to_owned()]));
    assert_eq!(Value::Object(prompt(json!([])).given("nothing").unwrap()), json!({}));
    assert_eq!(Prompt::decode(&json!({"title": "no name"})), None);
}

#[test]
fn the_argument_being_typed_is_known() {
    let two = prompt(json!([{"name": "who"}, {"name": "what"}]));
    let at = |typed: &str| {
        let (argument, begun, before) = two.typing(typed).unwrap();
        (argument.name.clone(), begun, Value::Object(before))
    };
    assert_eq!(at(""), ("who".to_owned(), String::new(), json!({})));
    assert_eq!(at("bo"), ("who".to_owned(), "bo".to_owned(), json!({})));
    assert_eq!(at("bob "), ("what".to_owned(), String::new(), json!({"who": "bob"})));
    assert_eq!(
        at("bob x y"),
        ("what".to_owned(), "x y".to_owned(), json!({"who": "bob"}))
    );
    assert!(prompt(json!([])).typing("x").is_none());
}

proptest! {
    #[test]
    fn no_text_is_too_odd(text in "\\PC{0,60}", count in 0usize..4) {
        let names: Vec<Value> = (0..count).map(|n| json!({"name": format!("a{n}")})).collect();
        let prompt = prompt(Value::Array(names));
        prop_assert!(prompt.given(&text).unwrap().len() <= count);
        prop_assert_eq!(prompt.typing(&text).is_some(), count > 0);
    }
}
