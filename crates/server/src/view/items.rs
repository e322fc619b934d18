//! What was said and done: the items an event makes or changes.

use std::sync::Arc;

use deskhand_types::{
    Action, AgentStart, Answer, ApprovalId, Ask, Block, CallId, Cause, Event, EventBody, FinishStatus, GuestPath, Tier,
    ToolOutcome,
};

use super::{
    Thread,
    head::finished,
    notices,
    place::file_ref,
    thread::{Question, Used},
    tool::{connector_tool, tool_use},
};
use crate::api::{Asked, Item, ItemBody, ToolState, Verb};

/// Error codes of calls that were refused, not failed.
const REFUSED: [&str; 2] = ["tool.refused", "tool.declined"];

impl Thread {
    /// Takes an event the task has taken in into the items. `open` = why the change exists that was open before it.
    pub(super) fn tell(&mut self, event: &Event, open: Option<&Cause>) {
        match &event.body {
            EventBody::TaskStarted(start) if self.items.is_empty() => self.add(
                event,
                ItemBody::Person {
                    text: start.prompt.clone(),
                },
            ),
            EventBody::PersonSaid { text, .. } => self.add(event, ItemBody::Person { text: text.clone() }),
            EventBody::ModelAnswered { content, .. } => self.answered(event, content),
            EventBody::PolicyDecided {
                action,
                verdict,
                reason,
                ..
            } => self.decided(event, action, verdict, reason),
            EventBody::ApprovalRequested { id, call, ask } => self.asked(event, id, call, ask),
            EventBody::ApprovalAnswered { id, answer } => self.replied(event, id, answer),
            EventBody::ToolStarted { call, action } => self.started(event, &call.id, action),
            EventBody::CommandFinished { call, outcome, .. } => self.command_over(event, call, outcome),
            EventBody::ToolFinished { call, outcome } => self.finished(event, call, outcome),
            EventBody::NetworkRequested(request) => self.requested(event, request),
            EventBody::OutputPresented { paths } => self.presented(event, paths),
            EventBody::ModelRetried { attempt, reason, .. } => self.retried(event, *attempt, reason),
            EventBody::TaskFinished { status, summary } => self.ended(event, *status, summary),
            EventBody::ChangeApplied { id, reconciled: None } => {
                let new = self.landed.last().is_some_and(|landed| landed.seq == event.seq);
                let set = self.task.applied().last().filter(|set| new && set.id == *id);
                if let Some(notice) = set.and_then(notices::landed) {
                    self.add(event, notice);
                }
            }
            EventBody::AgentStarted(start) => self.delegated(event, start),
            body => {
                self.count(body);
                if let Some(notice) = notices::of(body, open) {
                    self.add(event, notice);
                }
                match body {
                    EventBody::FileAttached { path, withheld, .. } => {
                        self.held_back_of(event, path.file_name().to_owned(), withheld.clone());
                    }
                    EventBody::ConnectorAttached(attached) => {
                        self.held_back_of(event, attached.connector.clone(), attached.withheld.clone());
                    }
                    _ => {}
                }
            }
        }
    }

    /// Skills, and what the person named of connectors, stand beside the conversation as well.
    fn count(&mut self, body: &EventBody) {
        let used = match body {
            EventBody::SkillUsed(used) => self
                .skills
                .entry((used.skill.clone(), used.plugin.clone()))
                .or_default(),
            // As it is in the names of its tools, so that it is one line.
            EventBody::ConnectorAttached(attached) => self
                .connectors
                .entry(deskhand_mcp::name::sanitize(&attached.connector))
                .or_default(),
            _ => return,
        };
        *used += 1;
    }

    /// A new item at the end.
    pub(super) fn add(&mut self, event: &Event, body: ItemBody) {
        self.add_as(event, format!("#{}", event.seq), body);
    }

    fn add_as(&mut self, event: &Event, key: String, body: ItemBody) {
        self.items.push(Arc::new(Item {
            key,
            seq: event.seq,
            changed: event.seq,
            at: event.at.0,
            within: self.within(&body),
            body,
        }));
    }

    /// The call whose sub-agent an item belongs to. What the person says, and what concerns the task as a whole, is not its.
    fn within(&self, body: &ItemBody) -> Option<String> {
        let own = match body {
            ItemBody::Person { .. } | ItemBody::End { .. } => false,
            ItemBody::Notice { code, .. } => !matches!(code.as_str(), "task.resumed" | "budget.reached"),
            _ => true,
        };
        let agent = self.task.sub_agent().filter(|_| own)?;
        Some(key(&agent.start().call))
    }

    fn answered(&mut self, event: &Event, content: &[Block]) {
        // The task has renamed ids that clash; its calls are in the order of the blocks.
        let named: Vec<CallId> = self.task.calls().iter().map(|call| call.call.id.clone()).collect();
        let mut named = named.into_iter();
        let mut texts = Vec::new();
        for (index, block) in content.iter().enumerate() {
            let key = format!("#{}.{index}", event.seq);
            match block {
                Block::Text { text } => {
                    texts.push(text.as_str());
                    if !text.trim().is_empty() {
                        self.add_as(event, key, ItemBody::Answer { text: text.clone() });
                    }
                }
                Block::Thinking { thinking, .. } if !thinking.trim().is_empty() => {
                    self.add_as(event, key, ItemBody::Thinking { text: thinking.clone() });
                }
                Block::ToolUse { name, input, .. } => {
                    if let Some(id) = named.next() {
                        self.called(event, id, name, input);
                    }
                }
                _ => {}
            }
        }
        self.last_answer = texts.join("\n\n");
    }

    fn called(&mut self, event: &Event, id: CallId, name: &str, input: &serde_json::Value) {
        let mut used = tool_use(name, input);
        if let Some(command) = self.background.get(&used.object) {
            used.object.clone_from(command);
        }
        let body = ItemBody::Tool {
            call: id.to_string(),
            tool: name.to_owned(),
            verb: used.verb,
            object: used.object,
            count: used.count,
            state: ToolState::Running,
            summary: String::new(),
            tier: None,
        };
        self.add_as(event, key(&id), body);
        let used = Used {
            item: self.items.len() - 1,
            title: String::new(),
            over: false,
        };
        self.calls.insert(id, used);
    }

    /// A sub-agent begins: what it does stands below the line of the call it works for. A skill's line becomes one of a piece
    /// of work given away, and where the person called the skill, it is made here.
    fn delegated(&mut self, event: &Event, start: &AgentStart) {
        let object = format!("{}: {}", start.agent, start.description);
        if !self.calls.contains_key(&start.call) {
            let input = serde_json::json!({"subagent_type": start.agent, "description": start.description});
            self.called(event, start.call.clone(), deskhand_agent::SPAWN, &input);
            if let Some(item) = self.items.last_mut().map(Arc::make_mut) {
                item.within = None;
            }
            return;
        }
        let item = self.calls.get(&start.call).map(|used| used.item);
        if let Some(Item {
            changed,
            body: ItemBody::Tool { verb, object: of, .. },
            ..
        }) = item.and_then(|item| self.items.get_mut(item).map(Arc::make_mut))
            && *verb != Verb::Delegate
        {
            (*verb, *of, *changed) = (Verb::Delegate, object, event.seq);
        }
    }

    fn decided(&mut self, event: &Event, action: &Action, verdict: &str, reason: &str) {
        let state = if verdict == "deny" {
            ToolState::Refused
        } else {
            ToolState::Running
        };
        self.set(event, &action.call, state, None, action.tier);
        if verdict == "deny" {
            self.add(event, notices::refused(action, reason));
        }
    }

    fn asked(&mut self, event: &Event, id: &ApprovalId, call: &CallId, ask: &Ask) {
        self.set(event, call, ToolState::Waiting, None, None);
        let open = self.questions.get(id).map(|question| question.item);
        if let Some(Item {
            changed,
            body: ItemBody::Question { asked },
            ..
        }) = open.and_then(|item| self.items.get_mut(item).map(Arc::make_mut))
            && asked.answer.is_none()
        {
            asked.ask = ask.clone();
            *changed = event.seq;
            return;
        }
        let asked = Asked {
            id: id.to_string(),
            ask: ask.clone(),
            answer: None,
        };
        self.add(event, ItemBody::Question { asked });
        let question = Question {
            item: self.items.len() - 1,
            call: call.clone(),
        };
        self.questions.insert(id.clone(), question);
    }

    fn replied(&mut self, event: &Event, id: &ApprovalId, answer: &Answer) {
        let Some(question) = self.questions.get(id) else {
            return;
        };
        let call = question.call.clone();
        if let Some(Item {
            changed,
            body: ItemBody::Question { asked },
            ..
        }) = self.items.get_mut(question.item).map(Arc::make_mut)
            && asked.answer.is_none()
        {
            // The call a server asks in goes on, whatever it is told.
            let goes_on = matches!(asked.ask, Ask::Server { .. });
            asked.answer = Some(answer.clone());
            *changed = event.seq;
            let state = match answer {
                Answer::Deny { .. } if !goes_on => ToolState::Refused,
                _ => ToolState::Running,
            };
            self.set(event, &call, state, None, None);
        }
    }

    fn started(&mut self, event: &Event, call: &CallId, action: &Action) {
        self.set(event, call, ToolState::Running, None, action.tier);
        let Some(used) = self.calls.get_mut(call).filter(|used| !used.over) else {
            return;
        };
        // One that is begun again after a crash is still one use.
        if used.title.is_empty()
            && let Some((connector, _)) = connector_tool(&action.tool)
        {
            *self.connectors.entry(connector.to_owned()).or_default() += 1;
        }
        // What a look at a background command lands is that command's.
        used.title = match self.items.get(used.item).map(|item| &item.body) {
            Some(ItemBody::Tool { tool, object, .. }) if tool == "BashOutput" || tool == "KillShell" => object.clone(),
            _ => action.summary.clone(),
        };
    }

    fn command_over(&mut self, event: &Event, call: &CallId, outcome: &ToolOutcome) {
        let usual = self.task.start().sandbox;
        *self.ran.entry(usual.as_str()).or_default() += 1;
        self.set(event, call, ToolState::Running, Some(&outcome.summary), Some(usual));
    }

    fn finished(&mut self, event: &Event, call: &CallId, outcome: &ToolOutcome) {
        let state = match &outcome.error {
            None => ToolState::Done,
            Some(code) if REFUSED.contains(&code.as_str()) => ToolState::Refused,
            Some(_) => ToolState::Failed,
        };
        self.set(event, call, state, Some(&outcome.summary), None);
        let Some(used) = self.calls.get_mut(call) else {
            return;
        };
        used.over = true;
        if let Some(ItemBody::Tool { tool, object, .. }) = self.items.get(used.item).map(|item| &item.body)
            && tool == "Bash"
            && let Some(id) = outcome.data.get("bash_id").and_then(serde_json::Value::as_str)
        {
            self.background.insert(id.to_owned(), object.clone());
        }
        self.held_back(event, call, outcome);
    }

    /// Changes the item of a call, as long as its outcome is not known.
    fn set(&mut self, event: &Event, call: &CallId, to: ToolState, said: Option<&str>, where_: Option<Tier>) {
        let Some(used) = self.calls.get(call).filter(|used| !used.over) else {
            return;
        };
        let Some(Item {
            changed,
            body: ItemBody::Tool {
                state, summary, tier, ..
            },
            ..
        }) = self.items.get_mut(used.item).map(Arc::make_mut)
        else {
            return;
        };
        let summary_now = said.unwrap_or(summary);
        let tier_now = where_.map(|tier| tier.as_str().to_owned()).or_else(|| tier.clone());
        if *state == to && summary_now == summary && tier_now == *tier {
            return;
        }
        *summary = summary_now.to_owned();
        *state = to;
        *tier = tier_now;
        *changed = event.seq;
    }

    fn presented(&mut self, event: &Event, paths: &[GuestPath]) {
        let files = paths.iter().map(|path| file_ref(self.task.grants(), path)).collect();
        self.add(event, ItemBody::Outputs { files });
    }

    fn ended(&mut self, event: &Event, status: FinishStatus, summary: &str) {
        let said = summary == self.last_answer || self.items.last().is_some_and(|item| is_notice(item, summary));
        let body = ItemBody::End {
            status: finished(status),
            summary: if said { String::new() } else { summary.to_owned() },
        };
        self.add(event, body);
    }
}

/// Whether an item is a notice with this text.
fn is_notice(item: &Item, said: &str) -> bool {
    matches!(&item.body, ItemBody::Notice { text, .. } if text == said)
}

/// The key of a call's item: its id. Keys of other items begin with `#` and a digit, so an id may not.
fn key(call: &CallId) -> String {
    if call.as_str().starts_with('#') {
        format!("#{call}")
    } else {
        call.to_string()
    }
}
