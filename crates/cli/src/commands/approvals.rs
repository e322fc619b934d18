//! `approvals`.

use anyhow::Result;
use deskhand_engine::{Engine, views::cards};
use deskhand_types::{Answer, ApprovalId, Ask, TaskId};
use serde_json::json;

use super::{done, print_json};
use crate::{args::ApprovalAction, exit::Exit, failure::Usage, terminal::ask};

/// Lists the open questions, or answers one.
pub(crate) fn approvals(engine: &Engine, action: Option<ApprovalAction>, json: bool) -> Result<Exit> {
    let Some(action) = action else {
        return list(engine, json);
    };
    let (id, answer) = match action {
        ApprovalAction::Allow {
            id,
            instead: Some(value),
            ..
        } => {
            let answer = instead(engine, &id, &value)?;
            (id, answer)
        }
        ApprovalAction::Allow { id, always: None, .. } => (id, Answer::Allow),
        ApprovalAction::Allow {
            id,
            always: Some(number),
            ..
        } => {
            let task = engine.allow_always(&id, number.saturating_sub(1))?;
            return answered(&id, &task, json);
        }
        ApprovalAction::Deny { id, reason } => {
            let reason = Some(reason.join(" ")).filter(|reason| !reason.is_empty());
            (id, Answer::Deny { reason })
        }
        ApprovalAction::Answer { id, text } => {
            let answers = answers(engine, &id, &text)?;
            (id, Answer::Answers { answers })
        }
    };
    let task = answer_all(engine, &id, &answer)?;
    answered(&id, &task, json)
}

/// Answers a question, or those of a card: their ids joined by commas.
fn answer_all(engine: &Engine, id: &str, answer: &Answer) -> Result<TaskId> {
    // An id may have a comma itself: a provider made it.
    let is_one = engine.inbox()?.iter().any(|item| item.id.as_str() == id);
    let ids: Vec<&str> = if is_one { vec![id] } else { id.split(',').collect() };
    Ok(engine.answer_together(&ids, answer)?)
}

fn answered(id: &str, task: &TaskId, json: bool) -> Result<Exit> {
    if json {
        print_json(&json!({"id": id, "task": task}))?;
    } else {
        done(&format!("Answered. Go on with: deskhand resume {task}"));
    }
    Ok(Exit::Done)
}

fn list(engine: &Engine, json: bool) -> Result<Exit> {
    let items = engine.inbox()?;
    if json {
        print_json(&items)?;
        return Ok(Exit::Done);
    }
    if items.is_empty() {
        anstream::println!("Nothing waits for you.");
    }
    for card in cards(items) {
        let [item] = card.as_slice() else {
            ask::show_together(&card);
            let ids: Vec<&str> = card.iter().map(|item| item.id.as_str()).collect();
            anstream::println!(
                "  deskhand approvals allow {0}\n  deskhand approvals deny {0}",
                ids.join(",")
            );
            continue;
        };
        ask::show(item);
        if let Ask::Questions { questions } = &item.ask {
            for question in questions {
                anstream::println!("{}", crate::terminal::diff::printable(&question.question));
                for (number, option) in question.options.iter().enumerate() {
                    anstream::println!("  {}) {}  {}", number + 1, option.label, option.description);
                }
            }
            anstream::println!("  deskhand approvals answer {} TEXT", item.id);
        } else if matches!(item.ask, Ask::Server { .. }) {
            anstream::println!(
                "  Answer it where the task works; if nothing works on it any more: deskhand resume {}",
                item.task
            );
        } else {
            anstream::println!("  deskhand approvals allow {0}\n  deskhand approvals deny {0}", item.id);
        }
    }
    Ok(Exit::Done)
}

/// Yes, with another value in place of one the question names.
fn instead(engine: &Engine, id: &str, value: &[String]) -> Result<Answer> {
    let item = engine.question(&ApprovalId::new(id))?;
    let values = ask::replaceable(&item.ask);
    let [number, value] = value else {
        return Err(Usage("say which value by its number, and the one you want instead".to_owned()).into());
    };
    let index = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let Some((param, from)) = index.and_then(|index| values.get(index)) else {
        let many = super::tasks::count(values.len() as u64, "value");
        return Err(Usage(format!(
            "the question names {many} that can be replaced; `{number}` is none of them"
        ))
        .into());
    };
    Ok(Answer::Instead {
        param: param.clone(),
        from: from.clone(),
        to: value.clone(),
    })
}

/// One text per question. A single question takes all words as one text; several choices are joined by `;`.
fn answers(engine: &Engine, id: &str, text: &[String]) -> Result<Vec<Vec<String>>> {
    let item = engine.question(&ApprovalId::new(id))?;
    let Ask::Questions { questions } = &item.ask else {
        return Err(Usage("this is an approval, not a question; use `allow ID` or `deny ID`".to_owned()).into());
    };
    let texts = if questions.len() == 1 {
        vec![text.join(" ")]
    } else {
        text.to_vec()
    };
    if texts.len() != questions.len() {
        return Err(Usage(format!(
            "{} questions were asked; give one text each, in quotes",
            questions.len()
        ))
        .into());
    }
    Ok(questions
        .iter()
        .zip(texts)
        .map(|(question, text)| {
            text.split(';')
                .flat_map(|part| ask::pick(question, part.trim()))
                .collect()
        })
        .collect())
}
