//! What rules would have decided about what tasks did: earlier decisions, judged anew by the function that judged them.

use deskhand_agent::Task;
use deskhand_policy::{Rules, Verdict};
use deskhand_store::EventLog as _;
use deskhand_types::{Action, CallId, Event, EventBody, TaskId, ToolCall};

use crate::{
    Engine, EngineError,
    flow::{self, Trail},
    judging::{Known, judge},
    skills,
};

/// Which tasks' decisions are judged anew.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Past<'a> {
    /// Those of all tasks.
    All,
    /// Those of so many tasks, the newest ones.
    Latest(usize),
    /// Those of one task.
    One(&'a TaskId),
}

/// A decision that would come out differently.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// The task.
    pub task: TaskId,
    /// The number of the decision's event.
    pub seq: u64,
    /// The call.
    pub call: CallId,
    /// The tool.
    pub tool: String,
    /// The action, in a line.
    pub summary: String,
    /// What was decided.
    pub before: String,
    /// By which rule.
    pub before_rule: String,
    /// What would be decided.
    pub after: &'static str,
    /// By which rule.
    pub rule: String,
    /// The file that rule stands in; empty for Deskhand's own.
    pub file: String,
    /// Why, in a sentence.
    pub reason: String,
}

/// How proposed rules compare with what was decided.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Rehearsal {
    /// Tasks that were looked at.
    pub tasks: u64,
    /// Decisions that were judged anew.
    pub judged: u64,
    /// Decisions that could not be judged anew: a value the call takes is not kept any more, or its connector is gone or the tool blocked.
    pub left_out: u64,
    /// Those that would come out differently, newest task first.
    pub different: Vec<Difference>,
}

impl Engine {
    /// Judges earlier decisions anew with `rules` as the person's own, below those of the organisation. Connectors, with the
    /// rules of their tools, and values that were allowed for good count as they are now; what hooks said, what skills
    /// permitted, and all else as it was. No hook is run, and nothing is changed.
    ///
    /// # Errors
    /// When the rules are wrong, the organisation's cannot be used (then nothing would be decided at all), there is no such
    /// task, or the store fails.
    pub fn rehearse(&self, rules: &str, past: Past<'_>) -> Result<Rehearsal, EngineError> {
        // Rules of connectors' tools may have been set since the last task began.
        self.governed()?;
        let rules = self.current().with_own(self.config(), rules)?;
        let most = match past {
            Past::One(task) => {
                let mut rehearsal = Rehearsal::default();
                if !self.rehearse_task(task, &rules, &mut rehearsal)? {
                    return Err(EngineError::NotATask(task.clone()));
                }
                return Ok(rehearsal);
            }
            Past::All => usize::MAX,
            Past::Latest(most) => most,
        };
        let mut rehearsal = Rehearsal::default();
        for head in self.store().tasks()?.into_iter().take(most) {
            self.rehearse_task(&head.task, &rules, &mut rehearsal)?;
        }
        Ok(rehearsal)
    }

    /// Judges the decisions of one task anew. Tells whether it is a task.
    fn rehearse_task(&self, task: &TaskId, rules: &Rules, rehearsal: &mut Rehearsal) -> Result<bool, EngineError> {
        let events = self.store().read(task, 0)?;
        let Some((first, rest)) = events.split_first() else {
            return Ok(false);
        };
        let Some(mut state) = Task::begin(first) else {
            return Ok(false);
        };
        let mut trail = self.trail(std::slice::from_ref(first))?;
        let blobs = self.blobs();
        rehearsal.tasks += 1;
        for event in rest {
            let known = Known {
                state: &state,
                trail: &trail,
                blobs: &*blobs,
            };
            rehearse_event(task, known, rules, event, rehearsal);
            state.apply(event);
            trail.apply(event);
        }
        Ok(true)
    }
}

/// Judges a decision anew by what was known before it.
fn rehearse_event(task: &TaskId, known: Known<'_>, rules: &Rules, event: &Event, rehearsal: &mut Rehearsal) {
    let EventBody::PolicyDecided {
        action, verdict, rule, ..
    } = &event.body
    else {
        return;
    };
    let Some(call) = judged_call(known, action) else {
        rehearsal.left_out += 1;
        return;
    };
    let decision = judge(known, rules, &call, action);
    // What is refused is refused whatever the tool does; anything else depends on that.
    if decision.verdict != Verdict::Deny && is_gone(known.trail, &call) {
        rehearsal.left_out += 1;
        return;
    }
    rehearsal.judged += 1;
    if decision.verdict.as_str() == verdict {
        return;
    }
    rehearsal.different.push(Difference {
        task: task.clone(),
        seq: event.seq,
        call: action.call.clone(),
        tool: action.tool.clone(),
        summary: action.summary.clone(),
        before: verdict.clone(),
        before_rule: rule.clone(),
        after: decision.verdict.as_str(),
        rule: decision.rule,
        file: decision.file,
        reason: decision.reason,
    });
}

/// Whether a call's tool is a connector's that is gone or blocked, so that it is not known any more what the tool does.
fn is_gone(trail: &Trail, call: &ToolCall) -> bool {
    let foreign = call.name.starts_with("mcp__") || trail.sinks.is_connector(&call.name);
    foreign && !trail.is_connected(&call.name)
}

/// The call an action was made of, as it was judged. `None` when that cannot be told any more: to judge it by less than was
/// known then would show differences that no rule makes.
fn judged_call(known: Known<'_>, action: &Action) -> Option<ToolCall> {
    let made = known.state.call(&action.call).map(|made| &made.call);
    let Some(call) = made.filter(|call| call.name == action.tool) else {
        return skills::command_of(action);
    };
    flow::whole(known, call).ok().map(std::borrow::Cow::into_owned)
}
