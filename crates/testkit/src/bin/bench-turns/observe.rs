//! What the scripted model sees of a program: which requests are its turns, and whether each is as it should be.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use deskhand_testkit::{Recorded, Reply, Turn};

use crate::harness::{self, Harness};
use crate::prompt::Prompt;

/// What was seen.
#[derive(Default)]
pub(crate) struct Seen {
    /// Length of the first request's body, in bytes.
    pub(crate) first_bytes: usize,
    /// Of these, what the program itself says.
    pub(crate) own_bytes: usize,
    /// The numbers of the answers that were turns of the task.
    pub(crate) answers: Vec<usize>,
    /// Turns (from 1) whose request did not merely add to the one before, and where.
    pub(crate) broken: Vec<(usize, String)>,
    /// Turns (from 1) whose request does not bring what the note holds.
    pub(crate) unread: Vec<usize>,
    /// Requests beside the task: titles, checks of quotas.
    pub(crate) aside: usize,
    last: Option<Prompt>,
}

/// Shared with the server's threads.
#[derive(Clone, Default)]
pub(crate) struct Observer(Arc<Mutex<Seen>>);

impl Observer {
    /// What was seen so far.
    pub(crate) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at a request and answers: another note to read, or the end after `turns` of them.
    pub(crate) fn answer(&self, harness: &Harness, turns: usize, request: &Recorded, number: usize) -> Reply {
        self.seen().answer(harness, turns, request, number)
    }
}

impl Seen {
    fn answer(&mut self, harness: &Harness, turns: usize, request: &Recorded, number: usize) -> Reply {
        let turn = self.answers.len();
        let prompt = Prompt::read(&request.body);
        let longer = |prompt: &Prompt| self.last.as_ref().is_none_or(|last| prompt.len() > last.len());
        let Some((prompt, (tool, arguments))) = prompt
            .filter(longer)
            .and_then(|prompt| harness.reading(&prompt.tools(), turn).map(|reading| (prompt, reading)))
        else {
            self.aside += 1;
            return Turn::new().text("Notes").into();
        };
        match &self.last {
            None => {
                self.first_bytes = request.body.len();
                self.own_bytes = prompt.own_bytes();
            }
            Some(last) => {
                self.broken.extend(last.broken_by(&prompt).map(|place| (turn, place)));
                if !request.text().contains(&harness::note(turn.saturating_sub(1))) {
                    self.unread.push(turn);
                }
            }
        }
        self.answers.push(number);
        self.last = Some(prompt);
        if turn < turns {
            Turn::new().tool(tool, arguments).into()
        } else {
            Turn::new().text("Done.").into()
        }
    }
}
