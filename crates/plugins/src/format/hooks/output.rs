//! What a hook's answer means.
//!
//! The exit code and the JSON on standard output together make a [`Verdict`]; the engine does what it says. Everything
//! here is a pure function of event and answer. Text is foreign: it goes to the model or to a person as data, never as rule.

use serde::Serialize;
use serde_json::Value;

use super::event::Event;

mod json;

/// A turn ends although `Stop` hooks block it, once they have done so this often in a row.
pub const MOST_BLOCKED_STOPS: u32 = 8;
/// Longest text taken from one field; the whole goes into a file.
pub const LONGEST: usize = 10_000;

/// How a hook ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Exit {
    /// With this code.
    Code(i32),
    /// Not in time: no decision, never a block.
    TimedOut,
    /// It could not be run.
    Failed(String),
}

/// What a command hook gave.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// How it ended.
    pub exit: Exit,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

/// What is to happen. The order is the order of force when several hooks answer: the later wins.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Go ahead. It never opens what Deskhand's own rules forbid.
    Allow,
    /// Ask the person.
    Ask,
    /// Decide later.
    Defer,
    /// Do not: refuse the call, erase the prompt, do not stop yet: what the event says.
    Deny,
}

/// What one hook, or several merged, say.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct Verdict {
    /// Nothing: as if there were no hook.
    pub decision: Option<Decision>,
    /// Why.
    pub reason: Option<String>,
    /// `continue: false`: everything ends, with these words for the person (`stopReason`).
    pub stop: Option<String>,
    /// Words for the person.
    pub messages: Vec<String>,
    /// Words for the model, in the order of the hooks.
    pub context: Vec<String>,
    /// Instead of the tool's input (also of a permission request).
    pub updated_input: Option<Value>,
    /// Instead of the tool's result.
    pub updated_output: Option<Value>,
    /// Rules to add, as the hook wrote them: for a person to see, never applied by themselves.
    pub updated_permissions: Option<Value>,
    /// A refused permission ends the turn.
    pub interrupt: bool,
    /// The model may try a refused call again.
    pub retry: bool,
    /// Files to watch.
    pub watch_paths: Vec<String>,
    /// The session's title.
    pub session_title: Option<String>,
    /// What the session begins with.
    pub initial_user_message: Option<String>,
    /// Answer to a server's question: `accept`, `decline`, `cancel`.
    pub action: Option<String>,
    /// And its content.
    pub content: Option<Value>,
    /// What went wrong with the hook itself. Shown, and nothing stops.
    pub errors: Vec<String>,
    /// Texts that were cut, whole: the engine keeps them in files.
    pub overflow: Vec<String>,
}

impl Verdict {
    fn error(text: impl Into<String>) -> Self {
        Self {
            errors: vec![text.into()],
            ..Self::default()
        }
    }

    fn deny(reason: impl Into<String>) -> Self {
        Self {
            decision: Some(Decision::Deny),
            reason: Some(reason.into()),
            ..Self::default()
        }
    }

    /// Whether what was to happen does not.
    pub fn blocks(&self) -> bool {
        self.decision == Some(Decision::Deny)
    }
}

/// What the answer of a command hook means for `event`.
pub fn interpret(event: Event, answer: &Answer) -> Verdict {
    let mut verdict = match &answer.exit {
        Exit::TimedOut => Verdict::error("the hook did not end in time; it decided nothing"),
        Exit::Failed(why) => failed(event, format!("the hook could not be run: {why}")),
        Exit::Code(0) => success(event, &answer.stdout),
        Exit::Code(2) if event.blocks() => Verdict::deny(reason_of(event, answer)),
        Exit::Code(2) if event == Event::PostToolUse => Verdict {
            context: non_empty(&answer.stderr).into_iter().collect(),
            ..Verdict::default()
        },
        Exit::Code(code) => other(event, *code, answer),
    };
    cut(&mut verdict);
    verdict
}

/// What the answer of a request means: a good one like exit code 0, every other is the hook's failure.
pub fn interpret_http(event: Event, status: u16, body: &str) -> Verdict {
    let mut verdict = match status {
        200..=299 => success(event, body),
        _ => failed(event, format!("the hook's server answered with status {status}")),
    };
    cut(&mut verdict);
    verdict
}

/// What a model's answer `{ok, reason, impossible?}` to a `prompt` or `agent` hook means.
pub fn interpret_model(event: Event, answer: &str, continue_on_block: bool) -> Verdict {
    let object = answer.find('{').and_then(|from| answer.get(from..=answer.rfind('}')?));
    let parsed = object.and_then(|text| serde_json::from_str::<Value>(text).ok());
    let Some(ok) = parsed
        .as_ref()
        .and_then(|value| value.get("ok"))
        .and_then(Value::as_bool)
    else {
        return Verdict::error("the model's answer to the hook is not `{ok, reason}`");
    };
    let said = |key: &str| parsed.as_ref().and_then(|value| value.get(key));
    // Something that cannot be reached is no reason to go on for ever.
    if ok || said("impossible").and_then(Value::as_bool) == Some(true) {
        return Verdict::default();
    }
    let reason = said("reason")
        .and_then(Value::as_str)
        .unwrap_or("the hook said no")
        .to_owned();
    let goes_on = continue_on_block || matches!(event, Event::PreToolUse | Event::Stop | Event::SubagentStop);
    let mut verdict = if event.blocks() || event.takes_block() {
        Verdict::deny(reason.clone())
    } else {
        Verdict {
            messages: vec![reason.clone()],
            ..Verdict::default()
        }
    };
    if !goes_on {
        verdict.stop = Some(reason);
    }
    cut(&mut verdict);
    verdict
}

/// One verdict out of several, which ran at the same time. Deny over defer over ask over allow; the reasons are those of the
/// decision that won; changed inputs are of no use to a refused call.
pub fn merge(verdicts: impl IntoIterator<Item = Verdict>) -> Verdict {
    let verdicts: Vec<Verdict> = verdicts.into_iter().collect();
    let decision = verdicts.iter().filter_map(|one| one.decision).max();
    let mut whole = Verdict {
        decision,
        ..Verdict::default()
    };
    let mut reasons = Vec::new();
    for one in verdicts {
        if one.decision == decision
            && let Some(reason) = one.reason
        {
            reasons.push(reason);
        }
        whole.stop = whole.stop.or(one.stop);
        whole.messages.extend(one.messages);
        whole.context.extend(one.context);
        whole.updated_input = one.updated_input.or(whole.updated_input);
        whole.updated_output = one.updated_output.or(whole.updated_output);
        whole.updated_permissions = one.updated_permissions.or(whole.updated_permissions);
        whole.interrupt |= one.interrupt;
        whole.retry |= one.retry;
        whole.watch_paths.extend(one.watch_paths);
        whole.session_title = one.session_title.or(whole.session_title);
        whole.initial_user_message = whole.initial_user_message.or(one.initial_user_message);
        if one.action.is_some() {
            whole.action = one.action;
            whole.content = one.content;
        }
        whole.errors.extend(one.errors);
        whole.overflow.extend(one.overflow);
    }
    whole.reason = (!reasons.is_empty()).then(|| reasons.join("\n"));
    if whole.blocks() {
        whole.updated_input = None;
    }
    whole
}

/// Exit code 0, or a good answer of a server.
fn success(event: Event, stdout: &str) -> Verdict {
    if is_json(stdout) {
        return json::read(event, stdout)
            .unwrap_or_else(|why| Verdict::error(format!("the hook's answer was ignored: {why}")));
    }
    let context = if event.takes_text() {
        non_empty(stdout).into_iter().collect()
    } else {
        Vec::new()
    };
    Verdict {
        context,
        ..Verdict::default()
    }
}

/// Codes that are neither 0 nor a block: JSON that can be read decides, else it is the hook's failure.
fn other(event: Event, code: i32, answer: &Answer) -> Verdict {
    if event != Event::WorktreeCreate
        && is_json(&answer.stdout)
        && let Ok(verdict) = json::read(event, &answer.stdout)
    {
        return verdict;
    }
    let words = non_empty(&answer.stderr).unwrap_or_else(|| "it said nothing".to_owned());
    failed(event, format!("the hook ended with code {code}: {words}"))
}

fn failed(event: Event, why: String) -> Verdict {
    if event == Event::WorktreeCreate {
        Verdict::deny(why)
    } else {
        Verdict::error(why)
    }
}

fn reason_of(event: Event, answer: &Answer) -> String {
    non_empty(&answer.stderr)
        .or_else(|| {
            json::read(event, &answer.stdout)
                .ok()
                .and_then(|verdict| verdict.reason)
        })
        .unwrap_or_else(|| "a hook refused and gave no reason".to_owned())
}

fn is_json(stdout: &str) -> bool {
    stdout.trim_start().starts_with('{')
}

fn non_empty(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Cuts every text to [`LONGEST`] characters and keeps the whole beside.
fn cut(verdict: &mut Verdict) {
    let single = [
        &mut verdict.reason,
        &mut verdict.stop,
        &mut verdict.session_title,
        &mut verdict.initial_user_message,
    ];
    let lists = [&mut verdict.messages, &mut verdict.context, &mut verdict.errors];
    let texts = single.into_iter().flatten().chain(lists.into_iter().flatten());
    for text in texts {
        if let Some((end, _)) = text.char_indices().nth(LONGEST) {
            verdict.overflow.push(text.clone());
            text.truncate(end);
        }
    }
}
