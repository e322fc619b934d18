//! Live output of a task: streamed text, compact tool lines, the plan when it changes.

use std::{
    collections::BTreeMap,
    io::{IsTerminal, Write},
    sync::Mutex,
};

use deskhand_engine::Observer;
use deskhand_types::{
    CallId, CallProgress, Caller, Event, EventBody, FinishStatus, HookRun, StreamDelta, Tier, Todo, TodoStatus,
    Withheld,
};
use serde::Serialize;

use super::{diff::printable, style};

/// Prints every event as one line of JSON.
#[derive(Debug, Default)]
pub(crate) struct JsonLines {
    /// The call a sub-agent is at work for.
    inside: Mutex<Option<CallId>>,
}

/// An event with the sub-agent it belongs to: the call of `Task` it works for.
#[derive(Serialize)]
struct Line<'e> {
    #[serde(flatten)]
    event: &'e Event,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<CallId>,
}

impl JsonLines {
    /// For a task that has these events already.
    pub(crate) fn after(events: &[Event]) -> Self {
        let lines = Self::default();
        for event in events {
            lines.agent_of(event);
        }
        lines
    }

    /// The sub-agent an event belongs to, from the event that begins it up to the outcome of its call.
    fn agent_of(&self, event: &Event) -> Option<CallId> {
        let mut inside = self.inside.lock().ok()?;
        match &event.body {
            EventBody::AgentStarted(start) => *inside = Some(start.call.clone()),
            EventBody::ToolFinished { call, .. } if inside.as_ref() == Some(call) => *inside = None,
            _ => {}
        }
        inside.clone()
    }
}

impl Observer for JsonLines {
    fn event(&self, event: &Event) {
        let agent = self.agent_of(event);
        if let Ok(line) = serde_json::to_string(&Line { event, agent }) {
            let mut out = std::io::stdout().lock();
            // A reader that went away must not stop the task.
            let _ = writeln!(out, "{line}");
            let _ = out.flush();
        }
    }
}

/// Prints for a person.
#[derive(Debug, Default)]
pub(crate) struct Live {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Whether the cursor stands behind streamed text.
    in_text: bool,
    /// Text that was streamed in this turn.
    streamed: String,
    plan: Vec<Todo>,
    /// The last tool line, held back while the same tool is used again and again, and how often.
    held: Option<(String, String, usize)>,
    /// Tools of the calls in work.
    tools: BTreeMap<CallId, String>,
    /// Whether a status line stands on the terminal and must be wiped.
    status: bool,
}

impl Observer for Live {
    fn delta(&self, delta: &StreamDelta) {
        let Ok(mut state) = self.state.lock() else { return };
        match delta {
            StreamDelta::Text { text } => {
                state.wipe();
                state.flush();
                anstream::print!("{}", printable(text));
                let _ = std::io::stdout().flush();
                state.in_text = true;
                state.streamed.push_str(text);
            }
            StreamDelta::Thinking { .. } => state.status("thinking"),
            StreamDelta::ToolUse { name } => {
                if !state.in_text {
                    state.status(&format!("preparing {name}"));
                }
            }
            StreamDelta::Retry {
                attempt,
                wait_ms,
                reason,
            } => {
                state.end_text();
                state.streamed.clear();
                anstream::println!(
                    "{}  no answer ({}); asking again in {:.1} s (attempt {}){}",
                    style::WARN,
                    printable(reason),
                    *wait_ms as f64 / 1000.0,
                    attempt + 1,
                    style::RESET
                );
            }
        }
    }

    fn progress(&self, _call: &CallId, progress: &CallProgress) {
        let Ok(mut state) = self.state.lock() else { return };
        let of = progress.total.map(|total| format!(" of {total}")).unwrap_or_default();
        let what = progress
            .message
            .as_deref()
            .map(|what| format!("  {what}"))
            .unwrap_or_default();
        state.status(&format!("{}{of}{what}", progress.done));
    }

    fn command_output(&self, _call: &CallId, bytes: &[u8]) {
        let Ok(mut state) = self.state.lock() else { return };
        let text = String::from_utf8_lossy(bytes);
        // The whole output is in the result; here only its last line shows that something happens.
        if let Some(line) = text.lines().rev().find(|line| !line.trim().is_empty()) {
            state.status(line.trim());
        }
    }

    fn event(&self, event: &Event) {
        let Ok(mut state) = self.state.lock() else { return };
        state.event(&event.body);
    }
}

impl State {
    fn event(&mut self, body: &EventBody) {
        match body {
            EventBody::TaskStarted(start) => {
                let model = if start.model.provider == deskhand_engine::RECIPES {
                    "built-in recipes, no AI model".to_owned()
                } else {
                    start.model.to_string()
                };
                self.line(style::DIM, &format!("{model} · mode {}", start.mode.as_str()));
                if start.sandbox == Tier::Os {
                    self.line(
                        style::WARN,
                        "commands run in the weaker sandbox `os`, not in the virtual machine; what they take of memory and disk is bounded less strictly",
                    );
                }
                for grant in start
                    .grants
                    .iter()
                    .filter(|grant| grant.name != "outputs" && !grant.name.starts_with('.'))
                {
                    self.line(style::DIM, &format!("folder {} ({})", grant.folder, grant.mode));
                }
                for instruction in &start.instructions {
                    let state = if instruction.trusted {
                        "in use"
                    } else {
                        "found but NOT in use: trust it with `deskhand instructions trust`"
                    };
                    self.line(
                        if instruction.trusted { style::DIM } else { style::WARN },
                        &format!("instructions {} {state}", instruction.from),
                    );
                }
            }
            EventBody::ModelAnswered { content, .. } => {
                let text: Vec<&str> = content.iter().filter_map(deskhand_types::Block::as_text).collect();
                if self.streamed.is_empty() && !text.is_empty() {
                    self.wipe();
                    self.flush();
                    anstream::print!("{}", printable(&text.join("\n\n")));
                    self.in_text = true;
                }
                if self.in_text {
                    self.end_text();
                }
                self.streamed.clear();
            }
            EventBody::ToolStarted { call, action } => {
                self.tools.insert(call.id.clone(), call.name.clone());
                if !action.summary.is_empty() {
                    self.status(&action.summary);
                }
            }
            EventBody::ToolFinished { call, outcome } => {
                let tool = self.tools.remove(call).unwrap_or_default();
                if outcome.error.is_some() {
                    self.end_text();
                    anstream::println!("  {}✗{} {}", style::BAD, style::RESET, printable(&outcome.summary));
                } else if tool != "TodoWrite" {
                    let place = if outcome.data.get("tier") == Some(&serde_json::json!(Tier::Vm)) {
                        " · in the virtual machine"
                    } else {
                        ""
                    };
                    self.tool(tool, &format!("{}{place}", outcome.summary));
                    self.held_back(&deskhand_engine::views::withheld(outcome));
                }
            }
            EventBody::PlanUpdated { todos } => {
                self.plan(todos);
            }
            EventBody::PolicyDecided {
                action,
                verdict,
                reason,
                ..
            } if verdict == "deny" => {
                self.line(style::WARN, &format!("refused: {} ({reason})", action.summary));
            }
            EventBody::ModelFailed { message, hint, .. } => {
                self.line(style::ERROR, message);
                if let Some(hint) = hint {
                    self.line(style::DIM, &format!("next: {hint}"));
                }
            }
            EventBody::SkillUsed(used) => {
                if used.by == Caller::Person {
                    self.line(style::DIM, &format!("skill {}", used.skill));
                }
                for note in &used.notes {
                    self.line(style::WARN, &printable(&format!("skill {}: {note}", used.skill)));
                }
            }
            EventBody::SkillsOffered { skills, .. } => {
                self.line(
                    style::DIM,
                    &printable(&format!("told of skills for these files: {}", skills.join(", "))),
                );
            }
            EventBody::FileAttached { path, withheld, .. } => {
                self.line(style::DIM, &format!("attached {path}"));
                self.held_back(withheld);
            }
            EventBody::ConnectorAttached(attached) => {
                self.line(style::DIM, &printable(&attached.to_string()));
                self.held_back(&attached.withheld);
            }
            EventBody::AgentStarted(start) => {
                self.line(style::DIM, &format!("sub-agent {}: {}", start.agent, start.description));
            }
            EventBody::HookRan(run) => self.hook(run),
            EventBody::BudgetReached { limit } => self.line(style::WARN, &format!("budget reached: {limit}")),
            EventBody::ContextCompacted { reason, .. } => {
                self.line(style::DIM, &format!("older results shortened: {reason}"))
            }
            EventBody::MemoryProposed { text } => {
                self.line(style::DIM, &format!("proposed a note (not in force): {text}"));
                self.line(style::DIM, "  keep or discard it: deskhand memory");
            }
            EventBody::ChangeApplied {
                reconciled: Some(_), ..
            } => self.line(style::WARN, "a change cut off earlier was found and is complete"),
            EventBody::TaskFinished {
                status: FinishStatus::Failed,
                summary,
            } => self.line(style::ERROR, summary),
            EventBody::TaskFinished { .. } | EventBody::ApprovalRequested { .. } => self.end_text(),
            _ => {}
        }
    }

    /// A hook that ran: what it did, in a line.
    fn hook(&mut self, run: &HookRun) {
        let what = match (&run.verdict, &run.note, &run.context) {
            (Some(verdict), ..) => format!("{verdict}: {}", run.reason.as_deref().unwrap_or_default()),
            (None, Some(note), _) => note.clone(),
            (None, None, Some(_)) => "adds to the conversation".to_owned(),
            (None, None, None) => "ran".to_owned(),
        };
        let style = if run.verdict.is_some() { style::WARN } else { style::DIM };
        self.line(style, &format!("hook {} of {}: {what}", run.event, run.whose()));
    }

    /// A tool line. Lines of one tool in a row become one line that counts.
    fn tool(&mut self, tool: String, summary: &str) {
        match &mut self.held {
            Some((held, line, count)) if *held == tool => {
                summary.clone_into(line);
                *count += 1;
            }
            _ => {
                self.end_text();
                self.held = Some((tool, summary.to_owned(), 1));
            }
        }
        self.status(summary);
    }

    /// Prints the tool line that was held back.
    fn flush(&mut self) {
        if let Some((_, line, count)) = self.held.take() {
            let times = if count > 1 {
                format!(" {}(the last of {count}){}", style::DIM, style::RESET)
            } else {
                String::new()
            };
            anstream::println!("  {}•{} {}{times}", style::GOOD, style::RESET, printable(&line));
        }
    }

    /// Prints the steps of the plan whose state changed; the whole plan when it is new.
    fn plan(&mut self, todos: &[Todo]) {
        self.end_text();
        let same =
            self.plan.len() == todos.len() && self.plan.iter().zip(todos).all(|(old, new)| old.content == new.content);
        let total = todos.len();
        for (number, todo) in todos.iter().enumerate() {
            if same && self.plan.get(number).is_some_and(|old| old.status == todo.status) {
                continue;
            }
            let (mark, style) = match todo.status {
                TodoStatus::Completed => ("✓", style::GOOD),
                TodoStatus::InProgress => ("▸", style::BUSY),
                TodoStatus::Pending => ("○", style::DIM),
            };
            anstream::println!(
                "{style}{mark} {}/{total}{} {}",
                number + 1,
                style::RESET,
                printable(&todo.content)
            );
        }
        self.plan = todos.to_vec();
    }

    /// What the model was not shown of what was read.
    fn held_back(&mut self, hidden: &[Withheld]) {
        if hidden.is_empty() {
            return;
        }
        let hidden: Vec<&str> = hidden.iter().map(|one| one.text.as_str()).collect();
        let text = format!("hidden content withheld from the model: {}", hidden.join("; "));
        self.line(style::DIM, &format!("    {text}"));
    }

    fn line(&mut self, style: anstyle::Style, text: &str) {
        self.end_text();
        anstream::println!("{style}{}{}", printable(text), style::RESET);
    }

    /// A line that is overwritten by the next output. Only on a terminal.
    fn status(&mut self, text: &str) {
        if self.in_text || !std::io::stdout().is_terminal() {
            return;
        }
        self.wipe();
        let width = terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0));
        let line: String = printable(text).chars().take(width.saturating_sub(4)).collect();
        anstream::print!("{}  … {line}{}", style::DIM, style::RESET);
        let _ = std::io::stdout().flush();
        self.status = true;
    }

    fn wipe(&mut self) {
        if std::mem::take(&mut self.status) {
            anstream::print!("\r\u{1b}[2K");
        }
    }

    fn end_text(&mut self) {
        self.wipe();
        self.flush();
        if std::mem::take(&mut self.in_text) {
            anstream::println!();
        }
    }
}
