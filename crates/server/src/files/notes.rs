//! What a person should know of a file, in sentences. `documents` writes its notes for a model that reads on.

use deskhand_documents::{Note, NoteKind, invisible_characters};

use super::sheets::is_of_columns;

/// All notes.
pub(super) fn all(notes: &[Note]) -> Vec<String> {
    notes.iter().map(sentence).collect()
}

/// Notes of a table: rows that are not shown are paged, columns are not.
pub(super) fn of_table(notes: &[Note]) -> Vec<String> {
    let told = |note: &&Note| note.kind != NoteKind::Cut || is_of_columns(note);
    notes.iter().filter(told).map(sentence).collect()
}

/// Notes of a page: it is drawn as a whole, however much of it was read as text.
pub(super) fn of_page(notes: &[Note]) -> Vec<String> {
    let told = |note: &&Note| note.kind != NoteKind::Cut;
    notes.iter().filter(told).map(sentence).collect()
}

/// Notes of a PDF of which one page was read.
pub(super) fn of_pdf(notes: &[Note]) -> Vec<String> {
    let told = |note: &&Note| matches!(note.kind, NoteKind::Active | NoteKind::Damaged | NoteKind::WrongName);
    notes.iter().filter(told).map(sentence).collect()
}

/// What to know of a text that is shown as it stands.
pub(super) fn invisible(text: &str) -> Option<String> {
    match invisible_characters(text) {
        0 => None,
        1 => Some("There is an invisible or control character in it.".to_owned()),
        count => Some(format!("There are {count} invisible or control characters in it.")),
    }
}

fn sentence(note: &Note) -> String {
    if note.kind == NoteKind::HiddenText {
        let unit = if note.count == 1 { "character" } else { "characters" };
        return format!(
            "There is text in it that you would not see, {} {unit}. The model is not given it.",
            note.count
        );
    }
    let mut letters = note.text.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    let end = if note.text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}
