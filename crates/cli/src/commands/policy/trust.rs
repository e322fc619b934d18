//! `policy trust`: how far a task can be trusted, and why.

use anyhow::Result;
use deskhand_engine::{
    Engine,
    views::{TrustDecision, TrustLevel, TrustView},
};
use deskhand_types::{Answer, Confidentiality, Integrity, Source, SourceKind};

use crate::{
    commands::{dim, print_json, tasks::count},
    exit::Exit,
    terminal::{ask, diff::printable, style},
};

/// Lines of a text that are shown.
const LINES: usize = 3;

/// `policy trust TASK`
pub(super) fn trust(engine: &Engine, task: &str, json: bool) -> Result<Exit> {
    let id = engine.find(task)?;
    let view = engine.trust(&id)?;
    if json {
        print_json(&view)?;
    } else {
        print(&view, id.as_str());
    }
    Ok(Exit::Done)
}

fn print(view: &TrustView, task: &str) {
    summary(view.context);
    decisions(&view.decisions, task);
    if !view.withheld.is_empty() {
        heading("Hidden content, withheld from the model");
    }
    for line in &view.withheld {
        let from = line.source.as_ref().map(|source| format!("  in {}", named(source)));
        item(&line.text, style::WARN, &from.unwrap_or_default());
    }
    read(view);
    heading("What counts as your words");
    for piece in &view.said {
        let (style, whose) = if piece.yours {
            (style::GOOD, "yours")
        } else {
            (style::WARN, "pasted, read as data")
        };
        quoted(&piece.text);
        anstream::println!("    {style}{whose}{}", style::RESET);
    }
    if !view.instructions.is_empty() {
        heading("Instructions that were found");
    }
    for one in &view.instructions {
        let (style, state) = if one.trusted {
            (style::GOOD, "in force")
        } else {
            (style::WARN, "not in force")
        };
        anstream::println!("  {}  {style}{state}{}", printable(&one.from), style::RESET);
    }
    outlasting(view);
    if !view.refused_requests.is_empty() {
        heading("Network requests that were refused");
    }
    for one in &view.refused_requests {
        anstream::println!(
            "  {} {}",
            printable(&one.method),
            printable(&format!("{}{}", one.host, one.path))
        );
        dim(&format!("    {}", printable(&one.reason)));
    }
}

fn summary(level: TrustLevel) {
    if level.tainted {
        anstream::println!(
            "{}Others could have written some of what this task read.{}",
            style::WARN,
            style::RESET
        );
        dim(&format!(
            "  least trusted: {}; data: {}",
            integrity(level.integrity),
            confidentiality(level.confidentiality)
        ));
    } else {
        anstream::println!(
            "{}Only you and Deskhand wrote what this task knows.{}",
            style::GOOD,
            style::RESET
        );
        dim(&format!("  data: {}", confidentiality(level.confidentiality)));
    }
}

/// What was asked or refused, and how much was allowed without asking.
fn decisions(decisions: &[TrustDecision], task: &str) {
    heading("What was asked or refused");
    let told: Vec<&TrustDecision> = decisions.iter().filter(|one| one.verdict != "allow").collect();
    for one in &told {
        decision(one);
    }
    if told.is_empty() {
        dim("  nothing had to be");
    }
    let quiet = (decisions.len() - told.len()) as u64;
    if quiet > 0 {
        dim(&format!(
            "  {} allowed without asking: `deskhand policy explain {task}` lists all",
            count(quiet, "action")
        ));
    }
}

fn decision(one: &TrustDecision) {
    let (style, verdict) = if one.verdict == "deny" {
        (style::BAD, "refused")
    } else {
        (style::WARN, "asked")
    };
    anstream::println!(
        "  {style}{verdict:<7}{} {}  {}{}{}",
        style::RESET,
        printable(&one.summary),
        style::DIM,
        printable(one.call.as_str()),
        style::RESET
    );
    let file = match one.file.as_str() {
        "" => String::new(),
        file => format!(" in {}", printable(file)),
    };
    anstream::println!("          {} ({}{file})", printable(&one.reason), printable(&one.rule));
    let others: Vec<String> = one
        .sources
        .iter()
        .filter(|source| of_others(source))
        .map(named)
        .collect();
    if !others.is_empty() {
        let more = if one.sources_cut { ", and more" } else { "" };
        dim(&format!("          by then it had read: {}{more}", others.join(", ")));
    }
    let Some(asked) = &one.asked else { return };
    for line in ask::lines(&asked.grounds) {
        dim(&format!("          {}", printable(&line)));
    }
    let said = match &asked.answer {
        None => "it waits for you",
        Some(Answer::Allow) => "you allowed it",
        Some(Answer::Instead { .. }) => "you gave another value",
        Some(Answer::Deny { .. }) => "you did not allow it",
        Some(Answer::Answers { .. } | Answer::Filled { .. }) => "you answered",
        Some(Answer::Void) => "nobody answered",
    };
    dim(&format!("          {said}"));
}

fn read(view: &TrustView) {
    heading("What was read, and from whom");
    let mut none = true;
    for line in view.read.iter().filter(|line| of_others(&line.source)) {
        none = false;
        anstream::println!("  {}", named(&line.source));
        dim(&format!(
            "    {}, {}",
            integrity(line.level.integrity),
            confidentiality(line.level.confidentiality)
        ));
        if line.worsened {
            anstream::println!(
                "    {}less trusted, or more secret, from here on{}",
                style::WARN,
                style::RESET
            );
        }
    }
    if none {
        dim("  nothing was read yet");
    }
}

/// What stays when the task is over: files with a label, and notes.
fn outlasting(view: &TrustView) {
    if !view.labelled.is_empty() {
        heading("Files this task wrote with words of others in them");
        dim("  later tasks treat them as written by others");
    }
    for one in &view.labelled {
        let folders: Vec<String> = one.folders.iter().map(|folder| printable(folder)).collect();
        anstream::println!("  {} in {}", count(one.files, "file"), folders.join(", "));
    }
    if !view.proposed.is_empty() {
        heading("Notes proposed for memory, not in force");
    }
    for one in &view.proposed {
        quoted(&one.text);
        let from: Vec<String> = one.sources.iter().map(named).collect();
        if !from.is_empty() {
            dim(&format!("    from {}", from.join(", ")));
        }
    }
}

fn heading(text: &str) {
    anstream::println!();
    anstream::println!("{}{text}{}", style::BOLD, style::RESET);
}

fn item(text: &str, style: anstyle::Style, more: &str) {
    anstream::println!("  {style}{}{}{}", printable(text), style::RESET, printable(more));
}

/// The first lines of what somebody wrote.
fn quoted(text: &str) {
    for line in text.lines().take(LINES) {
        anstream::println!("  “{}”", printable(line));
    }
    if text.lines().nth(LINES).is_some() {
        dim("  …");
    }
}

/// A source that others could have written: what the person and Deskhand say is read from nobody.
const fn of_others(source: &Source) -> bool {
    matches!(source.kind, SourceKind::File | SourceKind::Connector | SourceKind::Web)
}

/// A source with its kind.
fn named(source: &Source) -> String {
    let kind = match source.kind {
        SourceKind::Person => return "you".to_owned(),
        SourceKind::Harness => return "Deskhand".to_owned(),
        SourceKind::Config => "settings",
        SourceKind::File => "file",
        SourceKind::Connector => "connector",
        SourceKind::Web => "web page",
    };
    format!("{kind} {}", printable(&source.detail)).trim_end().to_owned()
}

const fn integrity(integrity: Integrity) -> &'static str {
    match integrity {
        Integrity::Person => "your own words",
        Integrity::TrustedConfig => "settings you trust",
        Integrity::Typed => "numbers and dates of a system of record",
        Integrity::GrantedFile => "files anybody may have written",
        Integrity::Connector => "answers of connectors",
        Integrity::Web => "pages of the web",
        Integrity::Unknown => "of unknown origin",
    }
}

const fn confidentiality(confidentiality: Confidentiality) -> &'static str {
    match confidentiality {
        Confidentiality::Public => "public",
        Confidentiality::Private => "private",
        Confidentiality::Secret => "secret",
    }
}
