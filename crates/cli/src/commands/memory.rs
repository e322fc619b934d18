//! `memory`: notes for later tasks.

use anyhow::Result;
use deskhand_engine::{Engine, EngineError};
use deskhand_types::Note;
use serde_json::json;

use super::{dim, done, print_json};
use crate::{args::MemoryAction, exit::Exit, terminal::diff::printable};

/// `memory [list | show | add | accept | discard | edit | remove | restore]`
pub(crate) fn memory(engine: &Engine, action: Option<MemoryAction>, json: bool) -> Result<Exit> {
    match action.unwrap_or(MemoryAction::List) {
        MemoryAction::List => list(engine, json)?,
        MemoryAction::Show { id } => show(engine, &id, json)?,
        MemoryAction::Add { text } => changed(&engine.add_note(text.join(" "))?, "Kept", json)?,
        MemoryAction::Accept { id, text } => {
            let text = Some(text.join(" ")).filter(|text| !text.is_empty());
            changed(&engine.accept_note(&id, text)?, "Kept", json)?;
        }
        MemoryAction::Discard { id } => {
            engine.discard_note(&id)?;
            if json {
                print_json(&json!({"id": id}))?;
            } else {
                done("Discarded. It stays in the record of its task and is proposed no more.");
            }
        }
        MemoryAction::Edit { id, text } => changed(&engine.edit_note(&id, text.join(" "))?, "Changed", json)?,
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
    done(&format!(
        "{how} as a note from {}, for tasks started from now on. Take it back with: deskhand memory remove {}",
        printable(&note.source()),
        printable(&note.id)
    ));
    Ok(())
}

fn list(engine: &Engine, json: bool) -> Result<()> {
    let (kept, proposed) = (engine.notes()?, engine.proposed_notes()?);
    if json {
        return print_json(&json!({"notes": kept, "proposed": proposed}));
    }
    if kept.is_empty() && proposed.is_empty() {
        dim("No notes. Tasks propose them, and you can keep one yourself: deskhand memory add TEXT");
    }
    for note in &kept {
        line(note);
    }
    if !proposed.is_empty() {
        anstream::println!("Proposed, not in force:");
    }
    for one in &proposed {
        line(&one.note);
        dim(&format!(
            "  deskhand memory accept {0}   saves it as a note from {1}; deskhand memory discard {0}   does not",
            printable(&one.note.id),
            printable(&one.source)
        ));
    }
    Ok(())
}

fn line(note: &Note) {
    let first = note.text.lines().next().unwrap_or_default();
    anstream::println!(
        "{}  from {}: {}",
        printable(&note.id),
        printable(&note.source()),
        printable(first)
    );
}

fn show(engine: &Engine, id: &str, json: bool) -> Result<()> {
    let kept = engine.notes()?.into_iter().find(|note| note.id == id);
    let (note, state) = if let Some(note) = kept {
        (note, "kept")
    } else {
        let proposed = engine.proposed_notes()?.into_iter().find(|one| one.note.id == id);
        let found = proposed.ok_or_else(|| EngineError::NoSuchNote(id.to_owned()))?;
        (found.note, "proposed, not in force")
    };
    if json {
        return print_json(&json!({"note": note, "state": state}));
    }
    for text in note.text.lines() {
        anstream::println!("{}", printable(text));
    }
    dim(&format!("{state}; from {}", printable(&note.source())));
    if let Some(from) = &note.from {
        dim(&format!("written in the task {}", from.task));
    }
    if note.label.is_tainted() {
        dim("Others could have written it: tasks read it as data, and only when they look it up.");
    }
    Ok(())
}
