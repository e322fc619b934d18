//! `tasks`, `show`, `export`, `search`, `usage`, `log verify`.

use anyhow::Result;
use deskhand_engine::{
    Engine,
    views::{TaskStatus, export_markdown},
};
use deskhand_types::{TaskId, Timestamp, TodoStatus};
use serde::Serialize;
use serde_json::json;

use super::{done, print_json, run::host_path};
use crate::{
    args::SearchArgs,
    exit::Exit,
    terminal::{diff::printable, style, time},
};

/// `1 file`, `2 files`.
pub(crate) fn count(number: u64, what: &str) -> String {
    if number == 1 {
        format!("1 {what}")
    } else {
        format!("{number} {what}s")
    }
}

const fn color(status: TaskStatus) -> anstyle::Style {
    match status {
        TaskStatus::Done => style::GOOD,
        TaskStatus::Working => style::BUSY,
        TaskStatus::Waiting | TaskStatus::Budget => style::WARN,
        TaskStatus::Failed | TaskStatus::Refused | TaskStatus::Stopped => style::BAD,
    }
}

/// `tasks`
pub(crate) fn list(engine: &Engine, json: bool) -> Result<Exit> {
    let tasks = engine.tasks()?;
    if json {
        print_json(&tasks)?;
        return Ok(Exit::Done);
    }
    if tasks.is_empty() {
        anstream::println!("No tasks yet. Begin with: deskhand run -C FOLDER \"what you want\"");
    }
    for task in tasks {
        let status = color(task.status);
        anstream::println!(
            "{}{}{}  {status}{:<15}{}  {}  {}",
            style::DIM,
            task.id,
            style::RESET,
            task.status.words(),
            style::RESET,
            time::local(task.updated_at),
            printable(&task.title)
        );
    }
    Ok(Exit::Done)
}

/// `show TASK`
pub(crate) fn show(engine: &Engine, task: &str, json: bool) -> Result<Exit> {
    let view = engine.show(&engine.find(task)?)?;
    if json {
        print_json(&view)?;
        return Ok(Exit::Done);
    }
    let status = color(view.status);
    anstream::println!(
        "{}{}{}  {status}{}{}",
        style::BOLD,
        view.id,
        style::RESET,
        view.status.words(),
        style::RESET
    );
    super::dim(&format!(
        "{} · mode {} · started {} · {}",
        view.model,
        view.mode.as_str(),
        time::local(view.started_at),
        count(view.turns, "turn")
    ));
    for grant in &view.grants {
        super::dim(&format!("/mnt/{} = {} ({})", grant.name, grant.folder, grant.mode));
    }
    for instruction in &view.instructions {
        super::dim(&format!(
            "instructions {}{}",
            instruction.from,
            if instruction.trusted {
                ""
            } else {
                " (not trusted, not in use)"
            }
        ));
    }
    for todo in &view.plan {
        let mark = match todo.status {
            TodoStatus::Completed => "✓",
            TodoStatus::InProgress => "▸",
            TodoStatus::Pending => "○",
        };
        anstream::println!("  {mark} {}", printable(&todo.content));
    }
    anstream::println!();
    super::entries::print(&view.entries);
    for item in &view.waiting {
        crate::terminal::ask::show(item);
        anstream::println!("  id {}", item.id);
    }
    for output in &view.outputs {
        anstream::println!("{}→{} {}", style::GOOD, style::RESET, host_path(&view, output.as_str()));
    }
    Ok(Exit::Done)
}

/// `export TASK`
pub(crate) fn export(engine: &Engine, task: &str, json: bool) -> Result<Exit> {
    let task = engine.find(task)?;
    if json {
        print_json(&engine.events(&task)?)?;
    } else {
        anstream::println!("{}", export_markdown(&engine.show(&task)?));
    }
    Ok(Exit::Done)
}

/// A hit as JSON.
#[derive(Serialize)]
struct Found<'a> {
    /// The task.
    id: &'a TaskId,
    seq: u64,
    at: Timestamp,
    kind: &'a str,
    snippet: &'a str,
}

/// `search TEXT`
pub(crate) fn search(engine: &Engine, args: &SearchArgs, json: bool) -> Result<Exit> {
    let hits = engine.search(&args.text.join(" "), args.limit)?;
    if json {
        let found: Vec<Found<'_>> = hits
            .iter()
            .map(|hit| Found {
                id: &hit.task,
                seq: hit.seq,
                at: hit.at,
                kind: &hit.kind,
                snippet: &hit.snippet,
            })
            .collect();
        print_json(&found)?;
        return Ok(Exit::Done);
    }
    if hits.is_empty() {
        anstream::println!("Nothing found.");
    }
    for hit in hits {
        anstream::println!(
            "{}{} {}{}  {}",
            style::DIM,
            hit.task,
            hit.kind,
            style::RESET,
            printable(&hit.snippet)
        );
    }
    Ok(Exit::Done)
}

/// `usage`
pub(crate) fn usage(engine: &Engine, json: bool) -> Result<Exit> {
    let lines = engine.usage()?;
    if json {
        print_json(&lines)?;
        return Ok(Exit::Done);
    }
    let (mut total, mut asked, mut cards, mut denied) = (0.0, 0, 0, 0);
    for line in &lines {
        total += line.cost_usd;
        asked += line.asked;
        cards += line.cards;
        denied += line.denied;
        let usage = line.usage;
        anstream::println!(
            "{}{}{}  {:<32} {:>5}  in {:>9}  cached {:>9}  out {:>8}  ${:.4}{}  {}",
            style::DIM,
            line.id,
            style::RESET,
            line.model.to_string(),
            count(line.turns, "turn"),
            usage.input_tokens + usage.cache_write_tokens,
            usage.cache_read_tokens,
            usage.output_tokens,
            line.cost_usd,
            if line.cost_incomplete {
                " (no price known for some turns)"
            } else {
                ""
            },
            questions(line.asked, line.cards, line.denied)
        );
    }
    let tasks = lines.len() as u64;
    anstream::println!(
        "{}, ${total:.4} in all, {}",
        count(tasks, "task"),
        questions(asked, cards, denied)
    );
    if tasks > 0 {
        anstream::println!(
            "{:.2} questions a task, {:.2} cards a task",
            asked as f64 / tasks as f64,
            cards as f64 / tasks as f64
        );
    }
    Ok(Exit::Done)
}

/// `3 questions on 2 cards, 1 answered no`
fn questions(asked: u64, cards: u64, denied: u64) -> String {
    let on = if cards < asked {
        format!(" on {}", count(cards, "card"))
    } else {
        String::new()
    };
    let no = if denied > 0 {
        format!(", {denied} answered no")
    } else {
        String::new()
    };
    format!("{}{on}{no}", count(asked, "question"))
}

/// `log verify TASK`
pub(crate) fn verify(engine: &Engine, task: &str, json: bool) -> Result<Exit> {
    let task = engine.find(task)?;
    let verification = engine.verify(&task)?;
    if json {
        print_json(&json!({"id": task, "ok": true, "events": verification.events, "head": verification.head}))?;
    } else {
        done(&format!(
            "{} of task {task} are as they were written; head {}",
            count(verification.events, "event"),
            verification.head.short()
        ));
    }
    Ok(Exit::Done)
}
