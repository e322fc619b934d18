//! Memory: notes for later tasks. A task only proposes them; the person keeps or discards each, and every step can be taken back.
//!
//! Architecture invariants: a note is data with the label it was written with, which never gets better (invariant I11). It is
//! in no system prompt: notes that are the person's own are told to a task at its beginning as data, and what others could
//! have written is read only when the task looks it up (`Recall`), and then counts as read from where it came.

use deskhand_store::EventLog as _;
use deskhand_types::{
    Event, EventBody, EventDraft, Hash, Label, MemoryChange, Note, ProposalRef, TaskId, Timestamp, canonical_json,
};
use serde::Serialize;
use serde_json::json;

use crate::{Engine, EngineError, session::labelled};

/// The longest note, in characters.
pub(crate) const LONGEST: usize = 2_000;
/// Characters of notes that a task is told at its beginning; the rest is looked up.
const ROOM: usize = 8_000;

/// A note a task proposes, which nobody has decided about.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ProposedNote {
    /// The note as it would be kept.
    #[serde(flatten)]
    pub note: Note,
    /// Where its words came from.
    pub source: String,
    /// When it was proposed.
    pub at: Timestamp,
}

/// The decisions about notes: a fold over the application's log.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Notes {
    kept: Vec<Note>,
    removed: Vec<Note>,
    discarded: Vec<ProposalRef>,
}

impl Notes {
    pub(crate) fn take(&mut self, body: &EventBody) {
        let EventBody::MemoryChanged(change) = body else {
            return;
        };
        match change {
            MemoryChange::Kept { note } => {
                self.removed.retain(|known| known.id != note.id);
                self.discarded.retain(|known| Some(known) != note.from.as_ref());
                match self.kept.iter_mut().find(|known| known.id == note.id) {
                    Some(known) => known.clone_from(note),
                    None => self.kept.push(note.clone()),
                }
            }
            MemoryChange::Removed { id } => {
                if let Some(index) = self.kept.iter().position(|known| known.id == *id) {
                    self.removed.push(self.kept.remove(index));
                }
            }
            MemoryChange::Discarded { proposal } => self.discarded.push(proposal.clone()),
        }
    }

    /// The notes that are kept, oldest first.
    pub fn kept(&self) -> &[Note] {
        &self.kept
    }

    /// Whether a proposal was decided about. One whose note was removed again is not open either: that was a decision.
    fn is_decided(&self, proposal: &ProposalRef) -> bool {
        let of = |note: &Note| note.from.as_ref() == Some(proposal);
        self.discarded.contains(proposal) || self.kept.iter().any(of) || self.removed.iter().any(of)
    }
}

impl Engine {
    /// The notes that are kept, oldest first.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn notes(&self) -> Result<Vec<Note>, EngineError> {
        Ok(self.settings()?.notes.kept)
    }

    /// The notes tasks propose that nobody has decided about, the oldest task's first.
    ///
    /// # Errors
    /// When the store fails.
    pub fn proposed_notes(&self) -> Result<Vec<ProposedNote>, EngineError> {
        let notes = self.settings()?.notes;
        let mut found = Vec::new();
        for head in self.store().tasks()?.into_iter().rev() {
            for event in self.store().read(&head.task, 0)? {
                if let Some(proposed) = proposed(&head.task, &event) {
                    found.push(proposed);
                }
            }
        }
        let is_open = |one: &ProposedNote| one.note.from.as_ref().is_some_and(|from| !notes.is_decided(from));
        found.retain(is_open);
        Ok(found)
    }

    /// Keeps a proposed note, as it is or with other words of the person's. Its label stays: whoever changes a text of others
    /// has read it.
    ///
    /// # Errors
    /// When no proposal has this id, or the text is empty or too long; nothing was kept then.
    pub fn accept_note(&self, id: &str, text: Option<String>) -> Result<Note, EngineError> {
        let found = self.proposed_notes()?.into_iter().find(|one| one.note.id == id);
        let mut note = found.ok_or_else(|| EngineError::NoSuchNote(id.to_owned()))?.note;
        if let Some(text) = text {
            note.text = checked(text)?;
        }
        self.keep(note)
    }

    /// Decides against a proposed note. It stays in its task's log and is proposed no more.
    ///
    /// # Errors
    /// When no proposal has this id.
    pub fn discard_note(&self, id: &str) -> Result<(), EngineError> {
        let found = self.proposed_notes()?.into_iter().find(|one| one.note.id == id);
        let proposal = found.and_then(|one| one.note.from);
        let proposal = proposal.ok_or_else(|| EngineError::NoSuchNote(id.to_owned()))?;
        self.set(EventBody::MemoryChanged(MemoryChange::Discarded { proposal }))
    }

    /// Keeps a note the person wrote.
    ///
    /// # Errors
    /// When the text is empty or too long.
    pub fn add_note(&self, text: String) -> Result<Note, EngineError> {
        let text = checked(text)?;
        let seq = self.settings()?.next_seq();
        self.keep(Note {
            id: id_of(&json!({"seq": seq, "text": text})),
            label: flowing(&text),
            text,
            from: None,
        })
    }

    /// Gives a note that is kept another text. Its label is the worse of what it was and the new text's.
    ///
    /// # Errors
    /// When no note has this id, or the text is empty or too long.
    pub fn edit_note(&self, id: &str, text: String) -> Result<Note, EngineError> {
        let text = checked(text)?;
        let mut note = self.note(id)?;
        note.label = note.label.join(&flowing(&text));
        note.text = text;
        self.keep(note)
    }

    /// One note that is kept.
    ///
    /// # Errors
    /// When no note has this id.
    pub fn note(&self, id: &str) -> Result<Note, EngineError> {
        let found = self.notes()?.into_iter().find(|note| note.id == id);
        found.ok_or_else(|| EngineError::NoSuchNote(id.to_owned()))
    }

    /// Takes a note out of memory: also how an accepted one is undone. Tasks started from now on do not know it.
    ///
    /// # Errors
    /// When no note has this id.
    pub fn remove_note(&self, id: &str) -> Result<Note, EngineError> {
        let note = self.note(id)?;
        self.set(EventBody::MemoryChanged(MemoryChange::Removed { id: note.id.clone() }))?;
        Ok(note)
    }

    /// Brings back a note that was removed, as it was.
    ///
    /// # Errors
    /// When no removed note has this id.
    pub fn restore_note(&self, id: &str) -> Result<Note, EngineError> {
        let removed = self.settings()?.notes.removed;
        let found = removed.into_iter().rev().find(|note| note.id == id);
        self.keep(found.ok_or_else(|| EngineError::NoSuchNote(id.to_owned()))?)
    }

    fn keep(&self, note: Note) -> Result<Note, EngineError> {
        self.set(EventBody::MemoryChanged(MemoryChange::Kept { note: note.clone() }))?;
        Ok(note)
    }
}

/// The note an event proposes.
fn proposed(task: &TaskId, event: &Event) -> Option<ProposedNote> {
    let EventBody::MemoryProposed { text } = &event.body else {
        return None;
    };
    let from = ProposalRef {
        task: task.clone(),
        seq: event.seq,
    };
    let note = Note {
        id: id_of(&json!({"task": task, "seq": event.seq})),
        text: text.clone(),
        // What nobody labelled is as bad as can be.
        label: event.label.clone().unwrap_or_else(Label::unknown),
        from: Some(from),
    };
    Some(ProposedNote {
        source: note.source(),
        note,
        at: event.at,
    })
}

/// The label of what the person writes at a surface that does not tell how it was entered: long text counts as pasted.
fn flowing(text: &str) -> Label {
    crate::flow::Speech::from(text).label()
}

/// Eight characters that stand for where a note comes from.
fn id_of(basis: &serde_json::Value) -> String {
    let hash = Hash::of(canonical_json(basis).unwrap_or_default().as_bytes()).to_string();
    hash.chars().take(8).collect()
}

fn checked(text: String) -> Result<String, EngineError> {
    let text = text.trim().to_owned();
    if text.is_empty() || text.chars().count() > LONGEST {
        return Err(EngineError::WrongNote);
    }
    Ok(text)
}

/// What a task is told of memory at its beginning: the notes that are the person's own words. None where there are none.
pub(crate) fn recalled(notes: &Notes) -> Option<EventDraft> {
    let mut told = Vec::new();
    let mut label = Label::harness();
    let mut room = ROOM;
    for note in notes.kept().iter().filter(|note| is_told(note)) {
        let chars = note.text.chars().count();
        // The latest are told by `Recall`, as all others are.
        if chars > room {
            break;
        }
        room -= chars;
        label = label.join(&note.label);
        told.push(note.clone());
    }
    (!told.is_empty()).then(|| labelled(EventBody::MemoryRecalled(told), label))
}

/// Whether a note is told at the beginning of each task. What others could have written would make each of them distrust
/// everything from its first word on, and what is secret would be in each of them.
pub(crate) fn is_told(note: &Note) -> bool {
    !note.label.is_tainted() && note.label.confidentiality < deskhand_types::Confidentiality::Secret
}
