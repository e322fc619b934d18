//! Rules that name tools: `Read`, `Bash(git add:*)`, `Agent(a, b)`, `mcp__server__*`.
//!
//! They pre-approve tools for a turn (`allowed-tools`), take tools away, limit an agent, and decide whether a hook runs
//! (`if`). A rule that names a tool we do not have is kept and matches nothing.

use serde::Serialize;
use serde_json::Value;

/// Tools whose names third parties write into rules and matchers, and our own.
pub const NAMES: [&str; 34] = [
    "Agent",
    "AskUserQuestion",
    "Bash",
    "BashOutput",
    "Convert",
    "DeleteFile",
    "Edit",
    "ExitPlanMode",
    "Glob",
    "Grep",
    "KillShell",
    "LS",
    "LSP",
    "MoveFile",
    "MultiEdit",
    "NotebookEdit",
    "NotebookRead",
    "PresentFiles",
    "Query",
    "Read",
    "Remember",
    "RequestFolder",
    "Skill",
    "SlashCommand",
    "Task",
    "TaskCreate",
    "TaskUpdate",
    "TodoRead",
    "TodoWrite",
    "ToolSearch",
    "WebFetch",
    "WebSearch",
    "Workflow",
    "Write",
];

/// One rule.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct ToolRule {
    /// The tool's name, or `mcp__server`, `mcp__server__*`.
    pub tool: String,
    /// What stands in the parentheses.
    pub argument: Option<String>,
}

impl ToolRule {
    /// Reads one rule. An argument of nothing or `*` is no argument.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (tool, argument) = match text.split_once('(') {
            Some((tool, rest)) => (tool.trim(), Some(rest.strip_suffix(')').unwrap_or(rest).trim())),
            None => (text, None),
        };
        if tool.is_empty() {
            return None;
        }
        Some(Self {
            tool: tool.to_owned(),
            argument: argument
                .filter(|argument| !argument.is_empty() && *argument != "*")
                .map(str::to_owned),
        })
    }

    /// Whether anybody knows the tool: unknown ones are told to the author, and never an error.
    pub fn is_known(&self) -> bool {
        self.tool == "*" || self.tool.starts_with("mcp__") || NAMES.contains(&self.tool.as_str())
    }

    /// The command's beginning it allows: both `git add:*` and `git add *` mean a prefix of whole words.
    pub fn prefix(&self) -> Option<&str> {
        let argument = self.argument.as_deref()?;
        argument.strip_suffix(":*").or_else(|| argument.strip_suffix(" *"))
    }

    /// Whether it permits `tool` with `subject` (see [`subject`]). A command line of several commands is permitted by no
    /// rule with an argument: the rule speaks of one.
    pub fn permits(&self, tool: &str, subject: &str) -> bool {
        self.names(tool)
            && match &self.argument {
                None => true,
                Some(_) if is_shell(tool) && commands(subject).len() != 1 => false,
                Some(_) => self.fits(tool, subject),
            }
    }

    /// Whether `tool` with `subject` has to do with what the rule names: of several commands in a line, one is enough.
    pub fn concerns(&self, tool: &str, subject: &str) -> bool {
        self.names(tool)
            && match &self.argument {
                None => true,
                Some(_) if is_shell(tool) => {
                    self.fits(tool, subject) || commands(subject).iter().any(|command| self.fits(tool, command))
                }
                Some(_) => self.fits(tool, subject),
            }
    }

    /// Whether the rule's tool is `tool`, or holds it (`mcp__server` holds all its tools).
    pub fn names(&self, tool: &str) -> bool {
        if self.tool == "*" || names(tool).any(|name| name == self.tool) {
            return true;
        }
        if !self.tool.starts_with("mcp__") {
            return false;
        }
        match self.tool.strip_suffix('*') {
            Some(start) => tool.starts_with(start),
            None => tool.strip_prefix(&self.tool).is_some_and(|rest| rest.starts_with("__")),
        }
    }

    fn fits(&self, tool: &str, subject: &str) -> bool {
        let Some(argument) = &self.argument else { return true };
        let subject = subject.trim();
        if let Some(domain) = argument.strip_prefix("domain:") {
            return host(subject).is_some_and(|host| match domain.strip_prefix("*.") {
                Some(parent) => host.strip_suffix(parent).is_some_and(|rest| rest.ends_with('.')),
                None => host == domain,
            });
        }
        if names(tool).any(|name| name == "Agent" || name == "Skill") {
            return argument.split(',').any(|one| one.trim() == subject);
        }
        if let Some(prefix) = self.prefix() {
            return subject
                .strip_prefix(prefix)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace));
        }
        if is_shell(tool) {
            return wildcard(argument, subject);
        }
        let pattern = argument.trim_start_matches("./");
        globset::GlobBuilder::new(pattern)
            .literal_separator(true)
            .build()
            .is_ok_and(|glob| glob.compile_matcher().is_match(subject.trim_start_matches("./")))
    }
}

impl std::fmt::Display for ToolRule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.argument {
            Some(argument) => write!(f, "{}({argument})", self.tool),
            None => f.write_str(&self.tool),
        }
    }
}

/// The names a tool answers to: its own first, then old ones.
pub fn names(tool: &str) -> impl Iterator<Item = &str> {
    let old = match tool {
        "Agent" => Some("Task"),
        "Task" => Some("Agent"),
        _ => None,
    };
    std::iter::once(tool).chain(old)
}

/// What a rule's argument is compared with, out of a tool call's input.
pub fn subject(tool: &str, input: &Value) -> String {
    let key = match tool {
        "Bash" => "command",
        "Read" | "Edit" | "Write" | "MultiEdit" => "file_path",
        "NotebookEdit" | "NotebookRead" => "notebook_path",
        "Glob" | "Grep" | "LS" => "path",
        "WebFetch" => "url",
        "WebSearch" => "query",
        "Agent" | "Task" => "subagent_type",
        "Skill" => "skill",
        _ => return String::new(),
    };
    input.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Rules of a value: a YAML list, or one string split at commas and spaces outside of parentheses and quotes.
pub fn rules(value: &Value) -> Vec<ToolRule> {
    match value {
        Value::Array(items) => items.iter().flat_map(rules).collect(),
        Value::String(text) => tokens(text).iter().filter_map(|token| ToolRule::parse(token)).collect(),
        _ => Vec::new(),
    }
}

/// Splits at commas and white space outside of parentheses; quotes inside parentheses hide parentheses. What is never closed
/// runs to the end.
pub fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut token = String::new();
    let mut depth = 0_usize;
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        rest = rest.get(letter.len_utf8()..).unwrap_or_default();
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            '"' | '\'' if depth > 0 => {
                // An apostrophe that nothing closes is a letter.
                if let Some(end) = rest.find(letter) {
                    token.push(letter);
                    token.push_str(rest.get(..=end).unwrap_or_default());
                    rest = rest.get(end + 1..).unwrap_or_default();
                    continue;
                }
            }
            _ if depth == 0 && (letter == ',' || letter.is_whitespace()) => {
                if !token.is_empty() {
                    tokens.push(std::mem::take(&mut token));
                }
                continue;
            }
            _ => {}
        }
        token.push(letter);
    }
    if !token.is_empty() {
        tokens.push(token);
    }
    tokens
}

fn is_shell(tool: &str) -> bool {
    tool == "Bash"
}

/// The commands of a line, split at the shell's operators outside of quotes. More than one piece also where something is
/// run inside something (`$(`, back quotes) or redirected, so that a rule about one command does not permit it.
fn commands(line: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut from = 0;
    let mut quote = None;
    let mut escaped = false;
    for (at, letter) in line.char_indices() {
        let operator = match (quote, letter) {
            _ if std::mem::take(&mut escaped) => false,
            (None | Some('"'), '\\') => {
                escaped = true;
                false
            }
            (None, '\'' | '"') => {
                quote = Some(letter);
                false
            }
            (Some(open), _) if open == letter => {
                quote = None;
                false
            }
            (Some('"') | None, '$') => line.get(at + 1..).is_some_and(|rest| rest.starts_with('(')),
            (Some('"'), '`') | (None, '`' | '&' | '|' | ';' | '\n' | '<' | '>' | '(') => true,
            _ => false,
        };
        if operator {
            pieces.push(line.get(from..at).unwrap_or_default());
            from = at + letter.len_utf8();
        }
    }
    pieces.push(line.get(from..).unwrap_or_default());
    // `$(x)` also ends a piece; what is left of an operator of two letters is empty.
    let split = pieces.len() > 1;
    let mut pieces: Vec<&str> = pieces
        .into_iter()
        .map(str::trim)
        .filter(|piece| !piece.is_empty())
        .collect();
    if split && pieces.len() < 2 {
        pieces.push("");
    }
    pieces
}

/// `*` stands for anything, everything else for itself. Linear in both.
fn wildcard(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    rest.ends_with(last)
}

fn host(url: &str) -> Option<&str> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    host.split(':').next()
}
