//! Whether an answer fits its question, before anything is written down.

use deskhand_documents::invisible_characters;
use deskhand_types::{Answer, Ask, ServerWants, TargetValue};
use serde_json::Value;

use crate::EngineError;

/// Whether an answer fits what was asked.
///
/// # Errors
/// When it does not, with what would.
pub fn check_answer(ask: &Ask, answer: &Answer) -> Result<(), EngineError> {
    let wrong = |why: &str| Err(EngineError::WrongAnswer(why.to_owned()));
    match (ask, answer) {
        // No is an answer to everything.
        (_, Answer::Deny { .. }) | (Ask::Approve { .. } | Ask::Folder { .. }, Answer::Allow) => Ok(()),
        (Ask::Approve { grounds, .. }, Answer::Instead { param, from, to }) => {
            let named = |target: &&TargetValue| target.param == *param && target.value == *from;
            match grounds.targets.iter().find(named) {
                Some(target) => fits(target, to),
                None => wrong("the card names no such value; nothing else can be changed"),
            }
        }
        (Ask::Folder { path, .. }, Answer::Instead { param, from, to }) if param == "path" && path == from => {
            fits_any(from, to)
        }
        (Ask::Approve { .. } | Ask::Folder { .. }, _) => wrong("this is an approval; use `allow ID` or `deny ID`"),
        (Ask::Questions { questions }, Answer::Answers { answers }) if answers.len() == questions.len() => Ok(()),
        (Ask::Questions { questions }, Answer::Answers { answers }) => wrong(&format!(
            "{} questions were asked and {} answers given",
            questions.len(),
            answers.len()
        )),
        (Ask::Questions { .. }, _) => wrong("this is a question, not an approval; use `answer ID TEXT`"),
        (Ask::Server { question }, answer) => match (&question.wants, answer) {
            (ServerWants::Page { .. } | ServerWants::Model { .. } | ServerWants::Handover { .. }, Answer::Allow) => {
                Ok(())
            }
            (ServerWants::Page { .. }, _) => wrong("a server wants a page visited; say yes or decline"),
            (ServerWants::Form { schema, .. }, Answer::Filled { values }) => {
                let values = Value::Object(values.clone());
                let schema = schema.as_object().cloned().unwrap_or_default();
                deskhand_mcp::validate(&schema, &values)
                    .or_else(|error| wrong(&format!("this does not fit the form of the server: {error}")))
            }
            (ServerWants::Model { .. } | ServerWants::Handover { .. }, _) => {
                wrong("a server asks for an answer of a model; say yes or decline")
            }
            (ServerWants::Form { .. }, _) => wrong("a server wants a form filled in; fill it in or decline"),
        },
    }
}

/// The longest value a person may give, in characters: the longest address a browser takes.
const LONGEST: usize = 2_048;

/// Whether a value may stand in the place of one a card names: other than it, and as the tool wants this parameter.
fn fits(target: &TargetValue, to: &str) -> Result<(), EngineError> {
    fits_any(&target.value, to)?;
    let Some(schema) = &target.schema else { return Ok(()) };
    let number = matches!(schema.get("type").and_then(Value::as_str), Some("number" | "integer"));
    let value = if number {
        serde_json::from_str(to).unwrap_or_else(|_| Value::String(to.to_owned()))
    } else {
        Value::String(to.to_owned())
    };
    let whole = serde_json::json!({"type": "object", "properties": {&target.param: schema}});
    let whole = whole.as_object().cloned().unwrap_or_default();
    let given = serde_json::json!({&target.param: value});
    deskhand_mcp::validate(&whole, &given)
        .map_err(|error| EngineError::WrongAnswer(format!("the tool does not take this value: {error}")))
}

/// What holds for every value a person types: one line that can be seen, and no name of a variable, which would stand for
/// something else than what it says.
fn fits_any(from: &str, to: &str) -> Result<(), EngineError> {
    let wrong = |why: &str| Err(EngineError::WrongAnswer(why.to_owned()));
    if to.trim().is_empty() || to.trim() != to || to.chars().count() > LONGEST {
        return wrong(
            "give a value that is not empty, does not begin or end with a space, and has at most 2048 characters",
        );
    }
    if to == from {
        return wrong("this is the value the card names; use `allow ID` for that");
    }
    if to.chars().any(char::is_control) || invisible_characters(to) > 0 {
        return wrong("the value holds characters that cannot be seen");
    }
    if to.starts_with("$v") {
        return wrong("a value cannot begin with `$v`: that would name a variable");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use deskhand_types::{GrantMode, Question, ServerQuestion};
    use serde_json::json;

    use super::*;

    fn server(wants: ServerWants) -> Ask {
        Ask::Server {
            question: Box::new(ServerQuestion {
                connector: "crm".to_owned(),
                tool: "find".to_owned(),
                message: "Who?".to_owned(),
                wants,
            }),
        }
    }

    fn filled(values: Value) -> Answer {
        let Value::Object(values) = values else {
            panic!("no object")
        };
        Answer::Filled { values }
    }

    #[test]
    fn only_what_fits_the_question_is_an_answer() {
        let folder = Ask::Folder {
            path: "/a".to_owned(),
            mode: GrantMode::ReadOnly,
            reason: String::new(),
            you_asked: String::new(),
            provenance: Vec::new(),
        };
        let question = Question {
            question: "Which?".to_owned(),
            header: String::new(),
            options: Vec::new(),
            multi_select: false,
        };
        let questions = Ask::Questions {
            questions: vec![question],
        };
        let schema =
            json!({"type": "object", "required": ["n"], "properties": {"n": {"type": "integer", "maximum": 3}}});
        let form = server(ServerWants::Form {
            fields: deskhand_mcp::fields(&schema).unwrap(),
            schema,
        });
        let page = server(ServerWants::Page {
            url: "https://a.example/".to_owned(),
            host: "a.example".to_owned(),
        });
        let deny = Answer::Deny { reason: None };
        let said = |count: usize| Answer::Answers {
            answers: vec![vec!["x".to_owned()]; count],
        };
        let answers = [
            Answer::Allow,
            deny,
            said(1),
            said(2),
            filled(json!({"n": 3})),
            filled(json!({"n": 4})),
            filled(json!({})),
            Answer::Void,
        ];
        let fits = |ask: &Ask| answers.each_ref().map(|answer| check_answer(ask, answer).is_ok());
        assert_eq!(fits(&folder), [true, true, false, false, false, false, false, false]);
        assert_eq!(fits(&questions), [false, true, true, false, false, false, false, false]);
        assert_eq!(fits(&form), [false, true, false, false, true, false, false, false]);
        assert_eq!(fits(&page), [true, true, false, false, false, false, false, false]);
        let error = check_answer(&form, &filled(json!({"n": 4}))).unwrap_err().to_string();
        assert!(error.contains("4 is greater than the maximum of 3 at `/n`"), "{error}");
    }
}
