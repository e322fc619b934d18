//! What rules would have decided about what tasks did: earlier decisions, judged anew.

use deskhand_agent::Task;
use deskhand_policy::{Context, decide};
use deskhand_store::EventLog as _;
use deskhand_types::{EventBody, TaskId};

use crate::{Engine, EngineError};

/// A decision that would come out differently.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// The task.
    pub task: TaskId,
    /// The action, in a line.
    pub summary: String,
    /// What was decided.
    pub before: String,
    /// What would be decided.
    pub after: &'static str,
    /// By which rule.
    pub rule: String,
}

/// How proposed rules compare with what was decided.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Rehearsal {
    /// Decisions that were judged anew.
    pub judged: u64,
    /// Those that would come out differently, newest task first.
    pub different: Vec<Difference>,
}

impl Engine {
    /// Judges the decisions of the latest `tasks` tasks anew with `rules` as the person's own, below those of the
    /// organisation and together with those of connectors' tools, as they are now. Changes no task.
    ///
    /// # Errors
    /// When the rules are wrong, the organisation's cannot be used (then nothing would be decided at all), or the store
    /// fails.
    pub fn rehearse(&self, rules: &str, tasks: usize) -> Result<Rehearsal, EngineError> {
        // Rules of connectors' tools may have been set since the last task began.
        self.governed()?;
        let rules = self.current().with_own(self.config(), rules)?;
        let mut rehearsal = Rehearsal::default();
        for head in self.store().tasks()?.into_iter().take(tasks) {
            let events = self.store().read(&head.task, 0)?;
            let Some((first, rest)) = events.split_first() else {
                continue;
            };
            let Some(mut state) = Task::begin(first) else { continue };
            let mut trail = self.trail(std::slice::from_ref(first))?;
            for event in rest {
                if let EventBody::PolicyDecided { action, verdict, .. } = &event.body {
                    let decision = decide(
                        action,
                        &Context {
                            mode: state.start().mode,
                            grants: state.grants(),
                            taint: state.taint(),
                            rules: &rules,
                            flow: state.call(&action.call).map(|call| trail.flow(&call.call)),
                        },
                    );
                    rehearsal.judged += 1;
                    if decision.verdict.as_str() != verdict {
                        rehearsal.different.push(Difference {
                            task: head.task.clone(),
                            summary: action.summary.clone(),
                            before: verdict.clone(),
                            after: decision.verdict.as_str(),
                            rule: decision.rule,
                        });
                    }
                }
                state.apply(event);
                trail.apply(event);
            }
        }
        Ok(rehearsal)
    }
}
