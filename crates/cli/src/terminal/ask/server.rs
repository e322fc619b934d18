//! Questions of connectors' servers at the terminal: a form line by line, or a page to visit.

use deskhand_engine::check_answer;
use deskhand_types::{Answer, Ask, FieldInput, FormField, ServerQuestion, ServerWants};
use serde_json::{Map, Value};

use super::{prompt, yes_or_no};
use crate::terminal::{diff::printable, style};

/// Who asks, in their own words, and where the answer goes.
pub(super) fn show(question: &ServerQuestion) {
    let connector = printable(&question.connector);
    let asks = match &question.wants {
        ServerWants::Form { .. } | ServerWants::Page { .. } => "asks",
        ServerWants::Model { .. } => "asks for an answer of a model",
        ServerWants::Handover { .. } => "waits for an answer of a model",
    };
    anstream::eprintln!(
        "{}{connector} {asks}{} (during {}): {}",
        style::WARN,
        style::RESET,
        printable(&question.tool),
        printable(&question.message)
    );
    let goes = match &question.wants {
        ServerWants::Form { .. } => format!("What you fill in goes to {connector} alone. Give it no password."),
        ServerWants::Page { url, host } => format!(
            "It wants you to visit a page of {}: {}",
            printable(host),
            printable(url)
        ),
        ServerWants::Model {
            model,
            system,
            messages,
            max_tokens,
        } => {
            let instructions = Some(("instructions", system)).filter(|(_, system)| !system.is_empty());
            let lines = messages
                .iter()
                .map(|line| (if line.is_model { "as the model" } else { "to the model" }, &line.text));
            for (who, text) in instructions.into_iter().chain(lines) {
                anstream::eprintln!("  {who}: {}", printable(text).replace('\n', "\n    "));
            }
            format!(
                "It wants {} asked this, for an answer of at most {max_tokens} tokens; the task pays. The model sees nothing \
                 else. You see its answer before {connector} does.",
                printable(model)
            )
        }
        ServerWants::Handover { model, text } => {
            anstream::eprintln!("  {}", printable(text).replace('\n', "\n    "));
            format!(
                "That is the answer of {}. It goes to {connector} if you say yes.",
                printable(model)
            )
        }
    };
    anstream::eprintln!("  {}{goes}{}", style::DIM, style::RESET);
}

/// The answer; `None` leaves it unanswered.
pub(super) fn answer(ask: &Ask, wants: &ServerWants) -> Option<Answer> {
    let ServerWants::Form { fields, .. } = wants else {
        return yes_or_no(ask);
    };
    loop {
        let line = prompt("[f]ill in, [n]o, [l]ater: ")?;
        match line.trim().to_lowercase().as_str() {
            "f" | "fill in" => {
                let answer = fill_in(fields)?;
                match check_answer(ask, &answer) {
                    Ok(()) => return Some(answer),
                    Err(error) => anstream::eprintln!("  {}", printable(&error.to_string())),
                }
            }
            "n" | "no" => return Some(Answer::Deny { reason: None }),
            "l" | "later" => return None,
            _ => {}
        }
    }
}

fn fill_in(fields: &[FormField]) -> Option<Answer> {
    let mut values = Map::new();
    for field in fields {
        if !one(field, &mut values) {
            return None;
        }
    }
    Some(Answer::Filled { values })
}

/// Takes in one field, or nothing where it may stay empty. `false` at the end of input.
fn one(field: &FormField, values: &mut Map<String, Value>) -> bool {
    let required = if field.required { "" } else { " (may stay empty)" };
    anstream::eprintln!(
        "  {}{}{}{required}  {}{}{}",
        style::BOLD,
        printable(&field.title),
        style::RESET,
        style::DIM,
        printable(&field.description),
        style::RESET
    );
    if let FieldInput::Choice { options, .. } = &field.input {
        for (number, option) in options.iter().enumerate() {
            anstream::eprintln!("    {}) {}", number + 1, printable(&option.label));
        }
    }
    loop {
        let Some(line) = prompt(&format!("    {}: ", how(&field.input))) else {
            return false;
        };
        match read(&field.input, line.trim()) {
            Some(value) => {
                values.insert(field.name.clone(), value);
                return true;
            }
            None if line.trim().is_empty() && !field.required => return true,
            None => {}
        }
    }
}

fn how(input: &FieldInput) -> String {
    let proposed = |value: Option<String>| {
        value
            .map(|value| format!(" [{}]", printable(&value)))
            .unwrap_or_default()
    };
    match input {
        FieldInput::Text {
            format,
            proposed: value,
        } => {
            let format = format.as_deref().unwrap_or("text");
            format!("{}{}", printable(format), proposed(value.clone()))
        }
        FieldInput::Number { proposed: value, .. } => {
            format!("number{}", proposed(value.as_ref().map(ToString::to_string)))
        }
        FieldInput::Switch { proposed: value } => {
            let value = value.map(|yes| if yes { "yes" } else { "no" }.to_owned());
            format!("yes or no{}", proposed(value))
        }
        FieldInput::Choice {
            several,
            proposed: values,
            ..
        } => {
            let value = Some(values.join(", ")).filter(|values| !values.is_empty());
            let how = if *several {
                "numbers, separated by commas"
            } else {
                "a number"
            };
            format!("{how}{}", proposed(value))
        }
    }
}

/// What a line means for a field; an empty one takes what the server proposes.
fn read(input: &FieldInput, line: &str) -> Option<Value> {
    match input {
        FieldInput::Text { proposed, .. } if line.is_empty() => proposed.clone().map(Value::String),
        FieldInput::Text { .. } => Some(Value::String(line.to_owned())),
        FieldInput::Number { proposed, .. } if line.is_empty() => proposed.clone().map(Value::Number),
        FieldInput::Number { .. } => line.parse().ok().map(Value::Number),
        FieldInput::Switch { proposed } => match line.to_lowercase().as_str() {
            "" => proposed.map(Value::Bool),
            "y" | "yes" => Some(Value::Bool(true)),
            "n" | "no" => Some(Value::Bool(false)),
            _ => None,
        },
        FieldInput::Choice {
            options,
            several,
            proposed,
        } => {
            let chosen = |text: &str| {
                let index = text.trim().parse::<usize>().ok()?.checked_sub(1)?;
                Some(Value::String(options.get(index)?.value.clone()))
            };
            match (several, line) {
                (false, "") => proposed.first().cloned().map(Value::String),
                (false, line) => chosen(line),
                (true, "") => Some(proposed.iter().cloned().map(Value::String).collect::<Vec<_>>())
                    .filter(|all| !all.is_empty())
                    .map(Value::Array),
                (true, line) => line
                    .split(',')
                    .map(chosen)
                    .collect::<Option<Vec<_>>>()
                    .map(Value::Array),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use deskhand_types::FieldOption;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_line_is_what_the_field_takes_and_an_empty_one_what_was_proposed() {
        let option = |value: &str| FieldOption {
            value: value.to_owned(),
            label: value.to_uppercase(),
        };
        let choice = |several, proposed: &[&str]| FieldInput::Choice {
            options: vec![option("a"), option("b")],
            several,
            proposed: proposed.iter().map(|one| (*one).to_owned()).collect(),
        };
        let text = FieldInput::Text {
            format: None,
            proposed: Some("x".to_owned()),
        };
        let number = FieldInput::Number {
            whole: true,
            min: None,
            max: None,
            proposed: None,
        };
        let switch = FieldInput::Switch { proposed: Some(true) };
        let read = |input: &FieldInput, line: &str| read(input, line).unwrap_or_default();
        assert_eq!([read(&text, ""), read(&text, "me")], [json!("x"), json!("me")]);
        assert_eq!(
            [read(&number, ""), read(&number, "3"), read(&number, "x")],
            [json!(null), json!(3), json!(null)]
        );
        assert_eq!(
            [read(&switch, ""), read(&switch, "N"), read(&switch, "?")],
            [json!(true), json!(false), json!(null)]
        );
        assert_eq!(
            [
                read(&choice(false, &["b"]), ""),
                read(&choice(false, &[]), "1"),
                read(&choice(false, &[]), "3")
            ],
            [json!("b"), json!("a"), json!(null)]
        );
        assert_eq!(
            [
                read(&choice(true, &[]), "1, 2"),
                read(&choice(true, &["a"]), ""),
                read(&choice(true, &[]), "1, 9")
            ],
            [json!(["a", "b"]), json!(["a"]), json!(null)]
        );
    }
}
