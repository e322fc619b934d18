//! The open questions of all tasks, and the answers that are written down.

use deskhand_store::EventLog as _;
use deskhand_types::{Answer, ApprovalId, Ask, EventBody, TaskId};

use crate::{
    Engine, EngineError,
    shortened::{Named, named},
    views::InboxItem,
};

impl Engine {
    /// The open questions of all tasks, oldest task first.
    ///
    /// # Errors
    /// When the store fails.
    pub fn inbox(&self) -> Result<Vec<InboxItem>, EngineError> {
        let mut items = Vec::new();
        for head in self.store.tasks()?.into_iter().rev() {
            if let Ok(state) = self.state(&head.task) {
                items.extend(InboxItem::of(&head.task, &state));
            }
        }
        Ok(items)
    }

    /// Answers an open question. `id` may be shortened as long as it is unique. Returns the task.
    ///
    /// # Errors
    /// When the question is not open, the id is the beginning of several, or the answer does not fit it.
    pub fn answer(&self, id: &str, answer: Answer) -> Result<TaskId, EngineError> {
        self.answer_together(&[id], &answer)
    }

    /// Answers open questions of one task alike, all or none, as one card has them ([`crate::views::cards`]). Returns the
    /// task.
    ///
    /// # Errors
    /// As [`Engine::answer`], and when they are of several tasks.
    pub fn answer_together(&self, ids: &[&str], answer: &Answer) -> Result<TaskId, EngineError> {
        let open = self.inbox()?;
        let mut items: Vec<&InboxItem> = Vec::new();
        for id in ids {
            let item = open_question(&open, id)?;
            if items.iter().any(|known| known.task != item.task || known.id == item.id) {
                return Err(EngineError::NoSuchQuestion((*id).to_owned()));
            }
            crate::check_answer(&item.ask, answer)?;
            if matches!(item.ask, Ask::Server { .. }) {
                return Err(EngineError::AskedElsewhere(item.task.clone()));
            }
            items.push(item);
        }
        let Some(first) = items.first() else {
            return Err(EngineError::NoSuchQuestion(String::new()));
        };
        let seq = self.state(&first.task)?.next_seq();
        let answered = |item: &&InboxItem| {
            EventBody::ApprovalAnswered {
                id: item.id.clone(),
                answer: answer.clone(),
            }
            .into()
        };
        let drafts: Vec<_> = items.iter().map(answered).collect();
        self.store.append(&first.task, seq, self.config.clock.now(), &drafts)?;
        Ok(first.task.clone())
    }

    /// One open question by its id, which may be shortened as [`Engine::answer`] takes it.
    ///
    /// # Errors
    /// When it is not open, or the id is the beginning of several.
    pub fn question(&self, id: &ApprovalId) -> Result<InboxItem, EngineError> {
        open_question(&self.inbox()?, id.as_str()).cloned()
    }
}

/// The one open question with this id, or with the only id that begins so.
fn open_question<'i>(open: &'i [InboxItem], id: &str) -> Result<&'i InboxItem, EngineError> {
    match named(id, open, |item| item.id.as_str()) {
        Named::One(item) => Ok(item),
        Named::Nothing => Err(EngineError::NoSuchQuestion(id.to_owned())),
        Named::Several(ids) => Err(EngineError::SeveralQuestions { id: id.to_owned(), ids }),
    }
}
