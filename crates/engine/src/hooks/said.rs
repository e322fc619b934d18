//! What hooks said of calls before they were judged: a fold over the log, so that it holds after a restart, and for whoever
//! judges the call again without running a hook.

use std::collections::HashMap;

use deskhand_plugins::format::hooks::Event;
use deskhand_policy::{Decision, Verdict};
use deskhand_types::{CallId, HookRun, ToolCall, whose_hook};

use super::{NO_REASON, Said, quoted};
use crate::skills::tightened;

/// What hooks said of calls that are not over.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Sayings(HashMap<CallId, Said>);

impl Sayings {
    /// Takes in one run. Of several refusals the first counts; a hook that is asked again after a crash takes none back.
    pub fn take(&mut self, run: &HookRun) {
        let (Some(call), true) = (&run.call, run.event == Event::PreToolUse.name()) else {
            return;
        };
        let plugin = run.plugin.split('@').next().unwrap_or_default().to_owned();
        let reason = run.reason.clone().unwrap_or_else(|| NO_REASON.to_owned());
        let said = match run.verdict.as_deref() {
            Some("deny") => &mut self.0.entry(call.clone()).or_default().refused,
            Some("ask") => &mut self.0.entry(call.clone()).or_default().asks,
            _ => return,
        };
        said.get_or_insert((plugin, reason));
    }

    /// A call is over.
    pub fn forget(&mut self, call: &CallId) {
        self.0.remove(call);
    }

    /// The decision about a call, with what hooks said of it. They only make it stricter.
    pub fn tighten(&self, call: &ToolCall, decision: Decision) -> Decision {
        let Some(said) = self.0.get(&call.id) else {
            return decision;
        };
        if let Some((plugin, reason)) = &said.refused {
            let reason = format!("a hook of {} refuses: {}", whose_hook(plugin), quoted(reason));
            return tightened(decision, Verdict::Deny, "hook", reason);
        }
        match &said.asks {
            Some((plugin, reason)) => {
                let reason = format!(
                    "a hook of {} wants you to be asked: {}",
                    whose_hook(plugin),
                    quoted(reason)
                );
                tightened(decision, Verdict::Ask, "hook", reason)
            }
            None => decision,
        }
    }
}
