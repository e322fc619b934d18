//! What was withheld from the model, in words for people. The notes in a result are for the model: they tell it what to do.

use deskhand_documents::{Note, NoteKind};
use deskhand_types::{ToolOutcome, Withheld};
use serde_json::{Value, json};

/// What the model was not shown of what it read: each in words for people ("2 invisible characters"), with how much it is.
/// Empty where nothing was withheld, and for data of any other form.
pub fn withheld(outcome: &ToolOutcome) -> Vec<Withheld> {
    let notes = outcome.data.get(KEY).and_then(Value::as_array);
    let notes = notes
        .into_iter()
        .flatten()
        .filter_map(|note| serde_json::from_value::<Note>(note.clone()).ok());
    let of_notes = notes.map(|note| told(&note));
    invisible(outcome.invisible).into_iter().chain(of_notes).collect()
}

/// The same of the notes of a reading.
pub(crate) fn withheld_by(notes: &[Note]) -> Vec<Withheld> {
    notes.iter().filter(|note| is_withheld(note)).map(told).collect()
}

/// Characters that were taken out because nobody sees them.
pub(crate) fn invisible(count: u64) -> Option<Withheld> {
    let note = (count > 0).then(|| Note {
        kind: NoteKind::InvisibleCharacters,
        text: String::new(),
        count,
    });
    note.as_ref().map(told)
}

/// The data of a result, with what people would not see in what was read and is therefore not in it.
pub(crate) fn with_withheld(mut data: Value, notes: &[Note]) -> Value {
    let withheld: Vec<&Note> = notes.iter().filter(|note| is_withheld(note)).collect();
    if withheld.is_empty() {
        return data;
    }
    match &mut data {
        Value::Object(object) => {
            object.insert(KEY.to_owned(), json!(withheld));
        }
        Value::Null => data = json!({ KEY: withheld }),
        _ => {}
    }
    data
}

/// Where the notes stand in the data of a result.
const KEY: &str = "withheld";

fn is_withheld(note: &Note) -> bool {
    matches!(
        note.kind,
        NoteKind::HiddenText | NoteKind::HiddenPart | NoteKind::InvisibleCharacters | NoteKind::Comments
    )
}

fn told(note: &Note) -> Withheld {
    let some = |one: &str, many: &str| match note.count {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    };
    let text = match note.kind {
        NoteKind::HiddenText => some("character of hidden text", "characters of hidden text"),
        NoteKind::InvisibleCharacters => some("invisible character", "invisible characters"),
        _ => note
            .text
            .strip_suffix(" not shown")
            .map_or_else(|| note.text.replacen(" not shown (", " (", 1), str::to_owned),
    };
    Withheld {
        text,
        count: note.count,
    }
}
