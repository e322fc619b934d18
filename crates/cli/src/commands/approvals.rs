//! `approvals`.

use anyhow::Result;
use deskhand_engine::Engine;
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
        ApprovalAction::Allow { id, always: None } => (id, Answer::Allow),
        ApprovalAction::Allow {
            id,
            always: Some(number),
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
    let task = engine.answer(&id, answer)?;
    answered(&id, &task, json)
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
    for item in items {
        ask::show(&item);
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
