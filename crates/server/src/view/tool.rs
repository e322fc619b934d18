//! What a tool call does, in the interface's words: a verb it can translate, and an object.

use serde_json::Value;

use crate::api::Verb;

/// Longest object, in characters.
const MAX_OBJECT: usize = 80;

/// A tool call for a person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ToolUse {
    /// What kind of work it is.
    pub verb: Verb,
    /// What it works on ("sales.xlsx"); may be empty.
    pub object: String,
    /// How many things it works on.
    pub count: u64,
}

/// What a call of `tool` with these arguments does. Never fails: arguments are whatever a model wrote.
pub fn tool_use(tool: &str, input: &Value) -> ToolUse {
    let text = |name: &str| input.get(name).and_then(Value::as_str).unwrap_or_default();
    let file = |name: &str| file_name(text(name)).to_owned();
    let (verb, object, count) = match tool {
        "Read" => (Verb::Read, file("file_path"), 1),
        "Write" => (Verb::Write, file("file_path"), 1),
        "Edit" => (Verb::Edit, file("file_path"), 1),
        "Glob" | "Grep" => (Verb::Search, text("pattern").to_owned(), 1),
        "Query" => {
            let (object, count) = files(input, "tables");
            (Verb::Query, object, count)
        }
        "MoveFile" => (Verb::Move, moved(text("from"), text("to")), 1),
        "DeleteFile" => (Verb::Delete, file("file_path"), 1),
        "Convert" => (
            Verb::Convert,
            arrow(file_name(text("file_path")), file_name(text("to"))),
            1,
        ),
        "Bash" => {
            let said = text("description");
            let object = if said.trim().is_empty() { text("command") } else { said };
            (Verb::Run, object.to_owned(), 1)
        }
        "BashOutput" => (Verb::Run, text("bash_id").to_owned(), 1),
        "KillShell" => (Verb::Run, text("shell_id").to_owned(), 1),
        "TodoWrite" => (Verb::Plan, in_progress(input), entries(input, "todos").len() as u64),
        "AskUserQuestion" => {
            let questions = entries(input, "questions");
            let first = questions.first().and_then(|first| first.get("question"));
            let object = first.and_then(Value::as_str).unwrap_or_default().to_owned();
            (Verb::Ask, object, questions.len() as u64)
        }
        "RequestFolder" => (Verb::Folder, text("path").to_owned(), 1),
        "PresentFiles" => {
            let (object, count) = files(input, "paths");
            (Verb::Present, object, count)
        }
        "Remember" => (Verb::Remember, text("text").to_owned(), 1),
        "Recall" => (Verb::Recall, String::new(), 1),
        "Task" => {
            let agent = match text("subagent_type").trim() {
                "" => "general-purpose",
                agent => agent,
            };
            (Verb::Delegate, format!("{agent}: {}", text("description")), 1)
        }
        "Judge" => (Verb::Judge, text("question").to_owned(), 1),
        "Skill" if text("skill").trim().is_empty() => (Verb::Search, text("search").to_owned(), 1),
        "Skill" => (Verb::Skill, text("skill").trim().trim_start_matches('/').to_owned(), 1),
        // What the model searches with may be tools' own names, which say nothing to a person.
        "ToolSearch" => (Verb::FindTools, String::new(), 1),
        "ReadVariable" => (Verb::Inquire, text("question").to_owned(), 1),
        "Inspect" => (Verb::Inspect, String::new(), 1),
        _ => match connector_tool(tool) {
            Some((_, name)) => (Verb::Connector, plain(name), 1),
            None => (Verb::Other, String::new(), 1),
        },
    };
    ToolUse {
        verb,
        object: line(&object),
        count: count.max(1),
    }
}

/// The connector and its tool that a call's name stands for.
pub(super) fn connector_tool(name: &str) -> Option<(&str, &str)> {
    let (connector, tool) = name.strip_prefix("mcp__")?.split_once("__")?;
    (!connector.is_empty() && !tool.is_empty()).then_some((connector, tool))
}

/// A program's name for something as a person would write it: `create_event` and `createEvent` are "create event".
fn plain(name: &str) -> String {
    let mut words = String::new();
    let mut small = false;
    let mut letters = name.chars().peekable();
    while let Some(c) = letters.next() {
        if matches!(c, '_' | '-' | '.') {
            words.push(' ');
        } else if c.is_uppercase() && small {
            words.push(' ');
            // "getURL" is "get URL".
            if letters.peek().is_some_and(|next| next.is_lowercase()) {
                words.extend(c.to_lowercase());
            } else {
                words.push(c);
            }
        } else {
            words.push(c);
        }
        small = c.is_lowercase();
    }
    words
}

/// The last part of a path, of either kind of separator.
pub(super) fn file_name(path: &str) -> &str {
    let path = path.trim_end_matches(['/', '\\']);
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

fn entries<'v>(input: &'v Value, name: &str) -> &'v [Value] {
    input.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The first of several files, and how many there are.
fn files(input: &Value, name: &str) -> (String, u64) {
    let entries = entries(input, name);
    let first = entries.first().and_then(Value::as_str).map(file_name);
    (first.unwrap_or_default().to_owned(), entries.len() as u64)
}

/// What a plan says is being done.
fn in_progress(input: &Value) -> String {
    let doing = entries(input, "todos")
        .iter()
        .find(|todo| todo.get("status").and_then(Value::as_str) == Some("in_progress"));
    let text = |name: &str| doing.and_then(|todo| todo.get(name)).and_then(Value::as_str);
    text("activeForm")
        .or_else(|| text("content"))
        .unwrap_or_default()
        .to_owned()
}

/// A move: the new name, or the new folder where the name stays.
fn moved(from: &str, to: &str) -> String {
    let (old, new) = (file_name(from), file_name(to));
    if old != new {
        return arrow(old, new);
    }
    let folder = to
        .trim_end_matches(['/', '\\'])
        .rsplit_once(['/', '\\'])
        .map_or("", |(folder, _)| file_name(folder));
    arrow(old, folder)
}

fn arrow(from: &str, to: &str) -> String {
    if to.is_empty() {
        from.to_owned()
    } else {
        format!("{from} → {to}")
    }
}

/// One line that fits.
pub(super) fn line(text: &str) -> String {
    let mut words = String::new();
    let mut chars = 0;
    for word in text.split_whitespace() {
        if chars > MAX_OBJECT {
            break;
        }
        if !words.is_empty() {
            words.push(' ');
            chars += 1;
        }
        for c in word.chars().take(MAX_OBJECT + 1) {
            words.push(c);
            chars += 1;
        }
    }
    if chars <= MAX_OBJECT {
        return words;
    }
    words.chars().take(MAX_OBJECT - 1).chain(['…']).collect()
}
