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

use crate::{
    Engine, EngineError,
    session::labelled,
    shortened::{Named, named},
};

/// The longest note, in characters.
pub(crate) const LONGEST: usize = 2_000;
/// Characters of notes that a task is told at its beginning; the rest is looked up.
const ROOM: usize = 8_000;

/// How long a proposal is open that nobody decides about, in milliseconds: thirty days. What nobody wanted by then is not put
/// to them for ever; it stays in its task's log.
const LIFE_OF_A_PROPOSAL: i64 = 30 * 24 * 60 * 60 * 1000;

/// A note that is kept.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct KeptNote {
    /// The note.
    #[serde(flatten)]
    pub note: Note,
    /// Since when it is kept. Another text does not change that.
    pub since: Timestamp,
}

impl KeptNote {
    /// Whether its last day is over: no task is told it, or finds it, from then on.
    pub fn is_over(&self, today: &str) -> bool {
        self.note.until.as_deref().is_some_and(|until| until < today)
    }
}

/// What becomes of the last day of a note that is changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LastDay {
    /// It stays what it was.
    AsItWas,
    /// It has none: it counts for as long as it is kept.
    Never,
    /// This one, `YYYY-MM-DD`.
    On(String),
}

/// A note that an id names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NoteFound {
    /// One that is kept.
    Kept(KeptNote),
    /// One that a task proposes.
    Proposed(ProposedNote),
}

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
    /// When it lapses, unless somebody decides about it.
    pub lapses: Timestamp,
}

/// The decisions about notes: a fold over the application's log.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Notes {
    kept: Vec<KeptNote>,
    removed: Vec<KeptNote>,
    discarded: Vec<ProposalRef>,
}

impl Notes {
    pub(crate) fn take(&mut self, event: &Event) {
        let EventBody::MemoryChanged(change) = &event.body else {
            return;
        };
        match change {
            MemoryChange::Kept { note } => {
                self.removed.retain(|known| known.note.id != note.id);
                self.discarded.retain(|known| Some(known) != note.from.as_ref());
                match self.kept.iter_mut().find(|known| known.note.id == note.id) {
                    Some(known) => known.note.clone_from(note),
                    None => self.kept.push(KeptNote {
                        note: note.clone(),
                        since: event.at,
                    }),
                }
            }
            MemoryChange::Removed { id } => {
                if let Some(index) = self.kept.iter().position(|known| known.note.id == *id) {
                    self.removed.push(self.kept.remove(index));
                }
            }
            MemoryChange::Discarded { proposal } => self.discarded.push(proposal.clone()),
        }
    }

    /// The notes that count on this day (`YYYY-MM-DD`), oldest first.
    pub fn in_force<'n>(&'n self, today: &'n str) -> impl Iterator<Item = &'n Note> {
        let counts = self.kept.iter().filter(move |known| !known.is_over(today));
        counts.map(|known| &known.note)
    }

    /// Whether a proposal was decided about. One whose note was removed again is not open either: that was a decision.
    fn is_decided(&self, proposal: &ProposalRef) -> bool {
        let of = |known: &KeptNote| known.note.from.as_ref() == Some(proposal);
        self.discarded.contains(proposal) || self.kept.iter().any(of) || self.removed.iter().any(of)
    }
}

impl Engine {
    /// The notes that are kept, oldest first, also those whose last day is over.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn notes(&self) -> Result<Vec<KeptNote>, EngineError> {
        Ok(self.settings()?.notes.kept)
    }

    /// The notes tasks proposed in the last thirty days that nobody has decided about, the oldest task's first.
    ///
    /// # Errors
    /// When the store fails.
    pub fn proposed_notes(&self) -> Result<Vec<ProposedNote>, EngineError> {
        let notes = self.settings()?.notes;
        let now = self.config.clock.now();
        let since = Timestamp(now.0.saturating_sub(LIFE_OF_A_PROPOSAL));
        let mut found = Vec::new();
        for task in self.store().tasks_that_proposed_notes(since)? {
            let events = self.store().read(&task, 0)?;
            found.extend(events.iter().filter_map(|event| proposed(&task, event)));
        }
        let is_open =
            |one: &ProposedNote| one.lapses > now && one.note.from.as_ref().is_some_and(|from| !notes.is_decided(from));
        found.retain(is_open);
        Ok(found)
    }

    /// One note by its id, or by the beginning of it that no other has: kept, or proposed.
    ///
    /// # Errors
    /// When there is none, or the id is the beginning of several.
    pub fn find_note(&self, id: &str) -> Result<NoteFound, EngineError> {
        let kept = self.notes()?.into_iter().map(NoteFound::Kept);
        let proposed = self.proposed_notes()?.into_iter().map(NoteFound::Proposed);
        one(id, kept.chain(proposed), |found| match found {
            NoteFound::Kept(kept) => &kept.note,
            NoteFound::Proposed(proposed) => &proposed.note,
        })
    }

    /// Keeps a proposed note, as it is or with other words of the person's. Its label stays: whoever changes a text of others
    /// has read it.
    ///
    /// # Errors
    /// When no proposal has this id, the text is empty or too long, or the day is none; nothing was kept then.
    pub fn accept_note(&self, id: &str, text: Option<String>, until: Option<&str>) -> Result<Note, EngineError> {
        let mut note = one(id, self.proposed_notes()?, |one| &one.note)?.note;
        if let Some(text) = text {
            note.text = checked(text)?;
        }
        self.keep(Note {
            until: until.map(|until| self.last_day(until)).transpose()?,
            ..note
        })
    }

    /// Decides against a proposed note. It stays in its task's log and is proposed no more.
    ///
    /// # Errors
    /// When no proposal has this id.
    pub fn discard_note(&self, id: &str) -> Result<Note, EngineError> {
        let note = one(id, self.proposed_notes()?, |one| &one.note)?.note;
        let proposal = note.from.clone();
        let proposal = proposal.ok_or_else(|| EngineError::NoSuchNote(id.to_owned()))?;
        self.set(EventBody::MemoryChanged(MemoryChange::Discarded { proposal }))?;
        Ok(note)
    }

    /// Keeps a note the person wrote, to the end of a day (`YYYY-MM-DD`) or for as long as they keep it.
    ///
    /// # Errors
    /// When the text is empty or too long, or the day is none.
    pub fn add_note(&self, text: String, until: Option<&str>) -> Result<Note, EngineError> {
        let text = checked(text)?;
        let until = until.map(|until| self.last_day(until)).transpose()?;
        let seq = self.settings()?.next_seq();
        self.keep(Note {
            id: id_of(&json!({"seq": seq, "text": text})),
            label: flowing(&text),
            text,
            from: None,
            until,
        })
    }

    /// Gives a note that is kept another text, or another last day. Its label is the worse of what it was and the new text's.
    ///
    /// # Errors
    /// When no note has this id, the text is empty or too long, or the day is none.
    pub fn edit_note(&self, id: &str, text: Option<String>, last_day: LastDay) -> Result<Note, EngineError> {
        let mut note = self.note(id)?;
        if let Some(text) = text {
            let text = checked(text)?;
            note.label = note.label.join(&flowing(&text));
            note.text = text;
        }
        match last_day {
            LastDay::AsItWas => {}
            LastDay::Never => note.until = None,
            LastDay::On(day) => note.until = Some(self.last_day(&day)?),
        }
        self.keep(note)
    }

    /// One note that is kept.
    ///
    /// # Errors
    /// When no note has this id.
    pub fn note(&self, id: &str) -> Result<Note, EngineError> {
        Ok(one(id, self.notes()?, |kept| &kept.note)?.note)
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
        self.keep(one(id, removed, |removed| &removed.note)?.note)
    }

    /// Today in the person's time zone, `YYYY-MM-DD`.
    pub fn today(&self) -> String {
        self.config.clock.today()
    }

    /// A day that is not over: a note that counts for no day would be kept for nothing.
    fn last_day(&self, until: &str) -> Result<String, EngineError> {
        let wrong = || EngineError::WrongLastDay(until.to_owned());
        let day: jiff::civil::Date = until.parse().map_err(|_| wrong())?;
        let day = day.to_string();
        if day < self.today() {
            return Err(wrong());
        }
        Ok(day)
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
        until: None,
    };
    Some(ProposedNote {
        source: note.source(),
        note,
        at: event.at,
        lapses: Timestamp(event.at.0.saturating_add(LIFE_OF_A_PROPOSAL)),
    })
}

/// The one of several notes that an id, or the beginning of one, names.
fn one<T>(id: &str, all: impl IntoIterator<Item = T>, note: impl Fn(&T) -> &Note) -> Result<T, EngineError> {
    match named(id, all, |one| note(one).id.as_str()) {
        Named::One(found) => Ok(found),
        Named::Nothing => Err(EngineError::NoSuchNote(id.to_owned())),
        Named::Several(ids) => Err(EngineError::SeveralNotes { id: id.to_owned(), ids }),
    }
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
pub(crate) fn recalled(notes: &Notes, today: &str) -> Option<EventDraft> {
    let mut told = Vec::new();
    let mut label = Label::harness();
    let mut room = ROOM;
    for note in notes.in_force(today).filter(|note| is_told(note)) {
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
