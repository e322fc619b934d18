//! `memory`: notes for later tasks.

use anyhow::Result;
use deskhand_engine::{Engine, KeptNote, LastDay, NoteFound, ProposedNote};
use deskhand_types::Note;
use serde_json::json;

use super::{dim, done, print_json};
use crate::{
    args::MemoryAction,
    exit::Exit,
    terminal::{diff::printable, time},
};

/// What is written in place of a last day for a note that has none.
const ALWAYS: &str = "always";

/// `memory [list | show | add | accept | discard | edit | remove | restore]`
pub(crate) fn memory(engine: &Engine, action: Option<MemoryAction>, json: bool) -> Result<Exit> {
    match action.unwrap_or(MemoryAction::List) {
        MemoryAction::List => list(engine, json)?,
        MemoryAction::Show { id } => show(engine, &id, json)?,
        MemoryAction::Add { until, text } => {
            changed(&engine.add_note(text.join(" "), until.as_deref())?, "Kept", json)?;
        }
        MemoryAction::Accept { until, id, text } => {
            let text = Some(text.join(" ")).filter(|text| !text.is_empty());
            changed(&engine.accept_note(&id, text, until.as_deref())?, "Kept", json)?;
        }
        MemoryAction::Discard { id } => {
            let note = engine.discard_note(&id)?;
            if json {
                print_json(&json!({"id": note.id}))?;
            } else {
                done("Discarded. It stays in the record of its task and is proposed no more.");
            }
        }
        MemoryAction::Edit { until, id, text } => {
            let text = Some(text.join(" ")).filter(|text| !text.is_empty());
            let last_day = match until {
                None => LastDay::AsItWas,
                Some(until) if until == ALWAYS => LastDay::Never,
                Some(until) => LastDay::On(until),
            };
            changed(&engine.edit_note(&id, text, last_day)?, "Changed", json)?;
        }
        MemoryAction::Remove { id } => {
            let note = engine.remove_note(&id)?;
            if json {
                print_json(&note)?;
            } else {
                done(&format!(
                    "Removed. Tasks started from now on do not know it. Bring it back with: deskhand memory restore {}",
                    printable(&note.id)
                ));
            }
        }
        MemoryAction::Restore { id } => changed(&engine.restore_note(&id)?, "Back in memory", json)?,
    }
    Ok(Exit::Done)
}

/// Says what a note is now, and how it is taken back.
fn changed(note: &Note, how: &str, json: bool) -> Result<()> {
    if json {
        return print_json(note);
    }
    let until = note.until.as_ref().map(|until| format!(" to the end of {until}"));
    done(&format!(
        "{how} as a note from {}, for tasks started from now on{}. Take it back with: deskhand memory remove {}",
        printable(&note.source()),
        until.unwrap_or_default(),
        printable(&note.id)
    ));
    Ok(())
}

fn list(engine: &Engine, json: bool) -> Result<()> {
    let (kept, proposed, today) = (engine.notes()?, engine.proposed_notes()?, engine.today());
    if json {
        return print_json(&json!({"notes": kept, "proposed": proposed}));
    }
    if kept.is_empty() && proposed.is_empty() {
        dim("No notes. Tasks propose them, and you can keep one yourself: deskhand memory add TEXT");
    }
    for one in &kept {
        line(&one.note, &since(one, &today));
    }
    if !proposed.is_empty() {
        anstream::println!("Proposed, not in force:");
    }
    for one in &proposed {
        line(&one.note, &proposed_at(one));
        dim(&format!(
            "  deskhand memory accept {0}   saves it as a note from {1}; deskhand memory discard {0}   does not",
            printable(&one.note.id),
            printable(&one.source)
        ));
    }
    Ok(())
}

fn line(note: &Note, when: &str) {
    let first = note.text.lines().next().unwrap_or_default();
    anstream::println!(
        "{}  from {}: {}",
        printable(&note.id),
        printable(&note.source()),
        printable(first)
    );
    dim(&format!("  {when}"));
}

/// Since when a note is kept, and for how long.
fn since(one: &KeptNote, today: &str) -> String {
    let until = match &one.note.until {
        Some(until) if one.is_over(today) => format!("not in force since the end of {until}"),
        Some(until) => format!("to the end of {until}"),
        None => "until you remove it".to_owned(),
    };
    format!("kept since {}, {until}", time::day(one.since))
}

/// Since when a note is proposed, and for how long.
fn proposed_at(one: &ProposedNote) -> String {
    format!("proposed {}, lapses {}", time::day(one.at), time::day(one.lapses))
}

fn show(engine: &Engine, id: &str, json: bool) -> Result<()> {
    let (found, today) = (engine.find_note(id)?, engine.today());
    let (note, state, when) = match &found {
        NoteFound::Kept(one) if one.is_over(&today) => (&one.note, "kept, not in force", since(one, &today)),
        NoteFound::Kept(one) => (&one.note, "kept", since(one, &today)),
        NoteFound::Proposed(one) => (&one.note, "proposed, not in force", proposed_at(one)),
    };
    if json {
        return print_json(&json!({"note": note, "state": state}));
    }
    for text in note.text.lines() {
        anstream::println!("{}", printable(text));
    }
    dim(&format!("{state}; from {}", printable(&note.source())));
    dim(&when);
    if let Some(from) = &note.from {
        dim(&format!("written in the task {}", from.task));
    }
    if note.label.is_tainted() {
        dim("Others could have written it: tasks read it as data, and only when they look it up.");
    }
    Ok(())
}
