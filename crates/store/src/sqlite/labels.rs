//! Labels of contents, by hash: a view of the logs' `content.labelled` events that answers at once, kept in the same
//! transaction as the events themselves. A label in it never gets better.

use deskhand_types::{EventBody, EventDraft, Hash, Label};
use rusqlite::{Connection, Transaction, params};

use crate::StoreError;

/// Takes in the labels of events that are being appended.
pub(super) fn take(transaction: &Transaction<'_>, drafts: &[EventDraft]) -> Result<(), StoreError> {
    for draft in drafts {
        let (EventBody::ContentLabelled { contents, folders }, Some(label)) = (&draft.body, &draft.label) else {
            continue;
        };
        // Somewhere it is, even where nobody says where.
        let nowhere = [String::new()];
        let folders = if folders.is_empty() {
            nowhere.as_slice()
        } else {
            folders
        };
        for content in contents {
            for folder in folders {
                add(transaction, content, folder, label)?;
            }
        }
    }
    Ok(())
}

fn add(transaction: &Transaction<'_>, content: &Hash, folder: &str, label: &Label) -> Result<(), StoreError> {
    let known = transaction
        .prepare_cached("SELECT label FROM content_labels WHERE content = ?1 AND folder = ?2")?
        .query_map(params![content.as_bytes(), folder], |row| row.get::<_, String>(0))?
        .collect::<Result<Vec<_>, _>>()?;
    let joined = join(known).map_or_else(|| label.clone(), |known| known.join(label));
    let text = serde_json::to_string(&joined).map_err(|reason| StoreError::Unstorable {
        kind: "content.labelled",
        reason: reason.to_string(),
    })?;
    transaction
        .prepare_cached("INSERT OR REPLACE INTO content_labels (content, folder, label) VALUES (?1, ?2, ?3)")?
        .execute(params![content.as_bytes(), folder, text])?;
    Ok(())
}

/// Whether any content has a label.
pub(super) fn any(connection: &Connection) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM content_labels)")?
        .query_row([], |row| row.get(0))?)
}

/// The label of a content, wherever it was written.
pub(super) fn of(connection: &Connection, content: &Hash) -> Result<Option<Label>, StoreError> {
    let labels = connection
        .prepare_cached("SELECT label FROM content_labels WHERE content = ?1")?
        .query_map([content.as_bytes()], |row| row.get::<_, String>(0))?
        .collect::<Result<Vec<_>, _>>()?;
    Ok(join(labels))
}

/// The join of the labels of all that was written into a folder, or below it.
pub(super) fn below(connection: &Connection, folder: &str) -> Result<Option<Label>, StoreError> {
    let labels = connection
        .prepare_cached(
            "SELECT label FROM content_labels WHERE folder = ?1 OR substr(folder, 1, length(?1) + 1) IN (?1 || '/', ?1 || '\\')",
        )?
        .query_map([folder.trim_end_matches(['/', '\\'])], |row| row.get::<_, String>(0))?
        .collect::<Result<Vec<_>, _>>()?;
    Ok(join(labels))
}

/// What cannot be read counts as the worst.
fn join(labels: Vec<String>) -> Option<Label> {
    labels
        .into_iter()
        .map(|text| serde_json::from_str(&text).unwrap_or_else(|_| Label::unknown()))
        .reduce(|joined: Label, label| joined.join(&label))
}
