//! The whole page, and what changed in it.

use super::{Outside, Thread, place::file_ref};
use crate::api::{InboxEntry, Queued, Rail, TaskPage, TaskUpdate};

impl Thread {
    /// All of the task.
    pub fn page(&self, outside: &Outside) -> TaskPage {
        TaskPage {
            head: self.head(outside),
            seq: self.seq(),
            items: self.items.clone(),
            rail: self.rail(outside),
        }
    }

    /// What changed after the event `seq`.
    pub fn since(&self, seq: u64, outside: &Outside) -> TaskUpdate {
        TaskUpdate {
            seq: self.seq(),
            head: self.head(outside),
            items: self.items.iter().filter(|item| item.changed > seq).cloned().collect(),
            rail: (self.rail_changed > seq).then(|| self.rail(outside)),
        }
    }

    /// Its open questions.
    pub fn inbox(&self, outside: &Outside) -> Vec<InboxEntry> {
        self.waiting(outside.working)
            .filter_map(|call| {
                let asked = call.asked.as_ref()?;
                Some(InboxEntry {
                    id: asked.id.to_string(),
                    task: self.id.to_string(),
                    title: self.title(outside),
                    call: call.call.id.to_string(),
                    agent: self
                        .task
                        .sub_agent()
                        .filter(|_| self.task.is_sub_agents(&call.call.id))
                        .map(|agent| agent.start().agent.clone()),
                    ask: asked.ask.clone(),
                })
            })
            .collect()
    }

    fn rail(&self, outside: &Outside) -> Rail {
        let outputs = self.task.outputs().iter();
        Rail {
            plan: self.plan(),
            outputs: outputs.map(|path| file_ref(self.task.grants(), path)).collect(),
            changes: self.changes().steps.clone(),
            can_redo: self.changes().can_redo,
            context: self.context(),
            cost: self.cost(),
            waiting: self.inbox(outside),
            queue: self
                .task
                .follow_ups()
                .iter()
                .map(|(id, text)| Queued {
                    id: *id,
                    text: text.clone(),
                })
                .collect(),
        }
    }
}
