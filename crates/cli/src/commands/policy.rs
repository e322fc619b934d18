//! `policy check`, `policy explain`, `policy trust`, `policy try`, `policy allowed`, `policy eval`.

mod allowed;
mod trial;
mod trust;

use std::path::Path;

use anyhow::{Context as _, Result};
use deskhand_engine::{Engine, ManagedFile};
use deskhand_policy::{
    Rules,
    eval::{self, Evaluation, Policy},
};
use deskhand_types::{Answer, ApprovalId, Ask, Event, EventBody, Grounds, Label};
use serde::Serialize;
use serde_json::json;

use super::{done, print_json, tasks::count};
use crate::{
    app::{Places, managed_files},
    args::{AllowedAction, PolicyAction},
    exit::Exit,
    failure::Usage,
    terminal::{ask, diff::printable, style},
};

/// What needs no store and no settings: these are how one finds out what is wrong with a rules file. `None` for the rest.
pub(crate) fn without_engine(action: &PolicyAction, json: bool) -> Result<Option<Exit>> {
    match action {
        PolicyAction::Check { file: Some(file) } => check(file, json).map(Some),
        PolicyAction::Check { file: None } => check_in_force(json).map(Some),
        PolicyAction::Eval {
            file,
            policy,
            benchmark,
        } => evaluate(file, policy, benchmark.as_deref(), json).map(Some),
        PolicyAction::Explain { .. }
        | PolicyAction::Trust { .. }
        | PolicyAction::Try { .. }
        | PolicyAction::Allowed { .. } => Ok(None),
    }
}

/// `policy explain`, and the others when they are asked with an engine at hand.
pub(crate) fn policy(engine: &Engine, action: PolicyAction, json: bool) -> Result<Exit> {
    match action {
        PolicyAction::Explain { task, call } => explain(engine, &task, call.as_deref(), json),
        PolicyAction::Trust { task } => trust::trust(engine, &task, json),
        PolicyAction::Try { file, task } => trial::trial(engine, &file, task.as_deref(), json),
        PolicyAction::Allowed { action } => allowed::allowed(engine, action.unwrap_or(AllowedAction::List), json),
        action => Ok(without_engine(&action, json)?.unwrap_or(Exit::Done)),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a file the person names on the command line, read as a whole; no task and no grant is involved"
)]
fn text_of(file: &Path) -> Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))
}

/// `policy check FILE`
fn check(file: &Path, json: bool) -> Result<Exit> {
    let rules = Rules::parse(&text_of(file)?)?;
    let names: Vec<&str> = rules.iter().map(|rule| rule.name.as_str()).collect();
    if json {
        print_json(&json!({"ok": true, "file": file.display().to_string(), "rules": names}))?;
    } else {
        done(&format!(
            "{} in {}; each does what its examples say",
            count(names.len() as u64, "rule"),
            file.display()
        ));
    }
    Ok(Exit::Done)
}

/// `policy check`: the organisation's files and the person's own.
fn check_in_force(json: bool) -> Result<Exit> {
    let places = Places::find()?;
    let own = places.home.join("policy.toml");
    let mut files = deskhand_engine::managed_files(&managed_files());
    let organisation = files.len();
    let text = places.own_text("policy.toml")?;
    let rules = Rules::parse(&text).map_err(|error| error.to_string());
    files.push(ManagedFile {
        file: own.display().to_string(),
        rules: rules.map(|rules| rules.iter().map(|rule| rule.name.clone()).collect()),
    });
    let right = files.iter().all(|file| file.rules.is_ok());
    if json {
        let lines: Vec<_> = files
            .iter()
            .enumerate()
            .map(|(index, line)| {
                json!({
                    "file": line.file,
                    "managed": index < organisation,
                    "rules": line.rules.as_ref().ok(),
                    "error": line.rules.as_ref().err(),
                })
            })
            .collect();
        print_json(&json!({"ok": right, "files": lines}))?;
    } else {
        for (index, line) in files.iter().enumerate() {
            let whose = if index < organisation {
                "your organisation's"
            } else {
                "your own"
            };
            match &line.rules {
                Ok(names) => done(&format!(
                    "{} in {} ({whose}); each does what its examples say",
                    count(names.len() as u64, "rule"),
                    line.file
                )),
                Err(why) => anstream::println!(
                    "{}wrong{} {} ({whose}): {}",
                    style::BAD,
                    style::RESET,
                    printable(&line.file),
                    printable(why)
                ),
            }
        }
    }
    Ok(if right { Exit::Done } else { Exit::Failed })
}

/// `policy eval FILE`
fn evaluate(file: &Path, policy: &str, benchmark: Option<&str>, json: bool) -> Result<Exit> {
    let policy: Policy = policy
        .parse()
        .map_err(|()| Usage(format!("`{policy}` is no policy: P6, P11, P14 or default")))?;
    let data = serde_json::from_str(&text_of(file)?).with_context(|| format!("{} is not JSON", file.display()))?;
    let evaluation = eval::evaluate(&data, policy, benchmark)?;
    if json {
        print_json(&evaluation.summary)?;
    } else {
        print_evaluation(policy, &evaluation);
    }
    Ok(Exit::Done)
}

fn print_evaluation(policy: Policy, evaluation: &Evaluation) {
    let summary = &evaluation.summary;
    let verdict = if summary.leaks == 0 { style::GOOD } else { style::BAD };
    anstream::println!("policy {}", policy.as_str());
    anstream::println!(
        "{verdict}leaks        {} of {}, {} of them high-impact{}",
        summary.leaks,
        count(summary.pairs as u64, "pair"),
        summary.leaks_high,
        style::RESET
    );
    anstream::println!(
        "questions    {:.2} a task, {:.2} as cards; {} of {} without any",
        summary.asks_per_task,
        summary.cards_per_task,
        summary.zero_ask_tasks,
        count(summary.tasks as u64, "task")
    );
    anstream::println!(
        "adaptive     in {} an attacker who knows the policy gets a call the task never makes",
        count(summary.adaptive_off_task as u64, "task")
    );
    for line in &evaluation.adaptive {
        super::dim(&format!("  {}", printable(line)));
    }
    let leaking = evaluation.replay.pairs.iter().filter(|pair| !pair.leaks.is_empty());
    for pair in leaking {
        let leaks: Vec<String> = pair.leaks.iter().map(eval::Leak::notation).collect();
        let place = format!("{}/{}/{}", pair.suite, pair.task, pair.injection);
        anstream::println!("  leak {}: {}", printable(&place), printable(&leaks.join(" ")));
    }
    match &evaluation.golden {
        None => {}
        Some(differences) if differences.is_empty() => done("all decisions are those recorded in the file"),
        Some(differences) => {
            for difference in differences {
                anstream::println!(
                    "  {} recorded {:?}, replayed {:?}",
                    printable(&difference.place),
                    difference.recorded,
                    difference.replayed
                );
            }
        }
    }
}

/// A decision with what led to it.
#[derive(Serialize)]
struct Explained<'e> {
    seq: u64,
    call: &'e str,
    tool: &'e str,
    effect: deskhand_types::EffectClass,
    summary: &'e str,
    verdict: &'e str,
    rule: &'e str,
    /// The file the rule stands in; absent for Deskhand's own.
    #[serde(skip_serializing_if = "str::is_empty")]
    file: &'e str,
    reason: &'e str,
    /// The label of all that had been read by then.
    context: Label,
    /// Where the values of the call came from, what would leave, and what may be allowed for good, where it was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    grounds: Option<&'e Grounds>,
    /// What the person said, where they were asked about this very action.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<&'e Answer>,
}

/// All decisions of a task, each with the join of the labels of the events before it: what `decide` was given.
fn decisions<'e>(events: &'e [Event], call: Option<&str>) -> Vec<Explained<'e>> {
    let mut context = Label::harness();
    let mut found: Vec<Explained<'e>> = Vec::new();
    let mut asked: Vec<(&ApprovalId, &str)> = Vec::new();
    for event in events {
        match &event.body {
            EventBody::PolicyDecided {
                action,
                verdict,
                rule,
                file,
                reason,
                ..
            } => found.push(Explained {
                seq: event.seq,
                call: action.call.as_str(),
                tool: &action.tool,
                effect: action.effect,
                summary: &action.summary,
                verdict,
                rule,
                file,
                reason,
                context: context.clone(),
                grounds: None,
                answer: None,
            }),
            EventBody::ApprovalRequested { id, call, ask } => {
                // What a server asks in the middle of a call is no question about the call.
                if matches!(ask, Ask::Server { .. }) {
                    continue;
                }
                asked.push((id, call.as_str()));
                let decision = found.iter_mut().rev().find(|decision| decision.call == call.as_str());
                if let (Some(decision), Ask::Approve { grounds, .. }) = (decision, ask) {
                    decision.grounds = Some(grounds);
                }
            }
            EventBody::ApprovalAnswered { id, answer } => {
                let call = asked.iter().find(|(known, _)| *known == id).map(|(_, call)| *call);
                let last = found.iter_mut().rev().find(|decision| Some(decision.call) == call);
                if let Some(decision) = last {
                    decision.answer = Some(answer);
                }
            }
            _ => {}
        }
        if let Some(label) = &event.label {
            context = context.join(label);
        }
    }
    found.retain(|decision| call.is_none_or(|call| decision.call == call));
    found
}

/// `policy explain TASK [CALL]`
fn explain(engine: &Engine, task: &str, call: Option<&str>, json: bool) -> Result<Exit> {
    let events = engine.events(&engine.find(task)?)?;
    let found = decisions(&events, call);
    if let (Some(call), true) = (call, found.is_empty()) {
        return Err(Usage(format!("no decision was made about a call `{call}` in this task")).into());
    }
    if json {
        print_json(&found)?;
        return Ok(Exit::Done);
    }
    for decision in &found {
        let mark = match decision.verdict {
            "allow" => style::GOOD,
            "ask" => style::WARN,
            _ => style::BAD,
        };
        anstream::println!(
            "{mark}{:<5}{} {}  {}{}{}",
            decision.verdict,
            style::RESET,
            printable(decision.summary),
            style::DIM,
            printable(decision.call),
            style::RESET
        );
        let file = match decision.file {
            "" => String::new(),
            file => format!(" in {}", printable(file)),
        };
        anstream::println!(
            "      {} ({}{file})",
            printable(decision.reason),
            printable(decision.rule)
        );
        let read: Vec<String> = decision
            .context
            .sources
            .iter()
            .map(|source| printable(&source.detail))
            .collect();
        let taint = if decision.context.is_tainted() {
            "others could have written some of it"
        } else {
            "all of it is yours"
        };
        super::dim(&format!("      read by then: {}; {taint}", read.join(", ")));
        for line in decision.grounds.into_iter().flat_map(ask::lines) {
            super::dim(&format!("      {}", printable(&line)));
        }
        if let Some(answer) = decision.answer {
            let said = match answer {
                Answer::Deny { .. } => "no".to_owned(),
                Answer::Instead { param, from, to } => format!("yes, with {param} {to} instead of {from}"),
                _ => "yes".to_owned(),
            };
            super::dim(&format!("      you said {}", printable(&said)));
        }
    }
    Ok(Exit::Done)
}
