//! What was withheld from the model, in words for people. The notes in a result are for the model: they tell it what to do.

use deskhand_documents::{Note, NoteKind};
use deskhand_types::ToolOutcome;
use serde_json::Value;

/// What the model was not shown of what it read: each in words for people ("2 invisible characters"), with how much it is.
/// Empty where nothing was withheld, and for data of any other form.
pub fn withheld(outcome: &ToolOutcome) -> Vec<(String, u64)> {
    let invisible = (outcome.invisible > 0).then(|| Note {
        kind: NoteKind::InvisibleCharacters,
        text: String::new(),
        count: outcome.invisible,
    });
    let notes = outcome.data.get("withheld").and_then(Value::as_array);
    let notes = notes
        .into_iter()
        .flatten()
        .filter_map(|note| serde_json::from_value::<Note>(note.clone()).ok());
    invisible
        .into_iter()
        .chain(notes)
        .map(|note| (words(&note), note.count))
        .collect()
}

fn words(note: &Note) -> String {
    let some = |one: &str, many: &str| match note.count {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    };
    match note.kind {
        NoteKind::HiddenText => some("character of hidden text", "characters of hidden text"),
        NoteKind::InvisibleCharacters => some("invisible character", "invisible characters"),
        _ => note
            .text
            .strip_suffix(" not shown")
            .map_or_else(|| note.text.replacen(" not shown (", " (", 1), str::to_owned),
    }
}
