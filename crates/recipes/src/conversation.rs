//! The conversation, read back: who said what, and what each call gave.
//!
//! The next turn is computed from nothing but this. So a task that was killed goes on where it was, and a replay of
//! the same log gives the same turns.

use std::collections::HashMap;

use deskhand_types::{Block, ModelRequest, Role, ToolCall};
use serde_json::Value;

use crate::RecipeError;

/// The most calls one run may make; a recipe that wants more has gone astray.
pub const MAX_CALLS: usize = 4000;

/// A call that was made and what it gave.
#[derive(Clone, PartialEq, Debug)]
pub struct Recorded {
    /// The tool.
    pub name: String,
    /// The arguments.
    pub input: Value,
    /// Whether it succeeded.
    pub ok: bool,
    /// The structured result.
    pub data: Value,
    /// The result's text.
    pub text: String,
}

/// A folder the task may see.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Folder {
    /// Its path under `/mnt/`.
    pub path: String,
    /// Whether files may be made there.
    pub writable: bool,
}

/// What a run needs to know of a conversation.
#[derive(Clone, PartialEq, Debug)]
pub struct Conversation {
    /// The person's request.
    pub prompt: String,
    /// The calls made since, in order.
    pub calls: Vec<Recorded>,
    /// How many calls were made before this request: ids go on from there.
    pub earlier: usize,
    /// The granted folders, in the order of the system prompt.
    pub folders: Vec<Folder>,
    /// The tools that can be called.
    pub tools: Vec<String>,
}

impl Conversation {
    /// Reads a request. The current run begins at the last message of the person that is not an answer to calls.
    pub fn read(request: &ModelRequest) -> Result<Self, RecipeError> {
        let start = request
            .messages
            .iter()
            .rposition(|message| message.role == Role::User && prompt_of(&message.content).is_some())
            .ok_or_else(|| RecipeError::Conversation("it holds no message of the person".to_owned()))?;
        let (before, run) = request.messages.split_at(start);
        let prompt = run
            .first()
            .and_then(|message| prompt_of(&message.content))
            .unwrap_or_default();

        let results: HashMap<&str, (bool, &Value, String)> = run
            .iter()
            .flat_map(|message| &message.content)
            .filter_map(|block| match block {
                Block::ToolResult {
                    tool_use_id,
                    content,
                    is_error,
                    data,
                } => Some((tool_use_id.as_str(), (!is_error, data, text_of(content)))),
                _ => None,
            })
            .collect();
        let calls = run
            .iter()
            .filter(|message| message.role == Role::Assistant)
            .flat_map(|message| &message.content)
            .filter_map(|block| match block {
                Block::ToolUse { id, name, input } => Some((id, name, input)),
                _ => None,
            })
            .map(|(id, name, input)| {
                let (ok, data, text) = results
                    .get(id.as_str())
                    .ok_or_else(|| RecipeError::Conversation(format!("the call {id} has no result")))?;
                Ok(Recorded {
                    name: name.clone(),
                    input: input.clone(),
                    ok: *ok,
                    data: (*data).clone(),
                    text: text.clone(),
                })
            })
            .collect::<Result<Vec<_>, RecipeError>>()?;
        Ok(Self {
            prompt,
            calls,
            earlier: before
                .iter()
                .flat_map(|m| &m.content)
                .filter(|b| matches!(b, Block::ToolUse { .. }))
                .count(),
            folders: folders(&request.system),
            tools: request.tools.iter().map(|tool| tool.name.clone()).collect(),
        })
    }

    /// Whether a tool can be called.
    pub fn has_tool(&self, name: &str) -> bool {
        self.tools.iter().any(|tool| tool == name)
    }

    /// The id of the n-th call of this run, from 0.
    pub fn call_id(&self, index: usize) -> String {
        format!("r{}", self.earlier + index + 1)
    }
}

/// Hands out recorded results in order, and gathers the calls that are still to be made.
pub struct Replay<'a> {
    conversation: &'a Conversation,
    at: usize,
    /// Calls of the turn being made.
    pub pending: Vec<ToolCall>,
}

impl<'a> Replay<'a> {
    pub fn new(conversation: &'a Conversation) -> Self {
        Self {
            conversation,
            at: 0,
            pending: Vec::new(),
        }
    }

    /// What this call gave, or `None` when it is still to be made: then it is in the turn being made.
    pub fn call(&mut self, name: &str, input: Value) -> Result<Option<&'a Recorded>, RecipeError> {
        let at = self.at;
        self.at += 1;
        if self.at > MAX_CALLS {
            return Err(RecipeError::TooLarge {
                what: "the number of calls of one run",
                count: self.at,
                limit: MAX_CALLS,
            });
        }
        match self.conversation.calls.get(at) {
            Some(recorded) if recorded.name == name && recorded.input == input => Ok(Some(recorded)),
            Some(recorded) => Err(RecipeError::Diverged(format!(
                "call {} is a `{}` in the log and a `{name}` in the recipe, or has other arguments",
                at + 1,
                recorded.name
            ))),
            None => {
                self.pending.push(ToolCall {
                    id: self.conversation.call_id(at).as_str().into(),
                    name: name.to_owned(),
                    input,
                });
                Ok(None)
            }
        }
    }

    /// Whether calls must be made before anything more can be known.
    pub fn is_waiting(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Whether every recorded call was asked for again.
    pub fn is_used_up(&self) -> bool {
        self.at >= self.conversation.calls.len()
    }
}

fn text_of(content: &[Block]) -> String {
    let texts: Vec<&str> = content.iter().filter_map(Block::as_text).collect();
    texts.join("\n\n")
}

/// The person's words, when this is a message of theirs. Reminders the harness adds in tags are not theirs.
fn prompt_of(content: &[Block]) -> Option<String> {
    if content.iter().any(|block| matches!(block, Block::ToolResult { .. })) {
        return None;
    }
    let text = without_reminders(&text_of(content));
    (!text.trim().is_empty()).then(|| text.trim().to_owned())
}

fn without_reminders(text: &str) -> String {
    const OPEN: &str = "<system-reminder>";
    const CLOSE: &str = "</system-reminder>";
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPEN) {
        out.push_str(before);
        rest = after.split_once(CLOSE).map_or("", |(_, tail)| tail);
    }
    out.push_str(rest);
    out
}

/// Lines `- /mnt/<name> (mode)` of the system prompt, in the block after the line that ends with `Folders:`. What
/// stands further below may be somebody else's text.
fn folders(system: &str) -> Vec<Folder> {
    system
        .lines()
        .skip_while(|line| !line.trim_end().ends_with("Folders:"))
        .skip(1)
        .take_while(|line| line.trim().starts_with("- "))
        .filter_map(|line| {
            let rest = line.trim().strip_prefix("- ")?;
            let (path, mode) = rest.rsplit_once(" (")?;
            let mode = mode.split(')').next()?;
            let name = path.strip_prefix("/mnt/")?;
            let plain = !name.is_empty() && !name.contains('/') && name != "..";
            let writable = match mode.split([',', ' ']).next()? {
                "ro" => false,
                "rw" | "rw-no-delete" => true,
                _ => return None,
            };
            plain.then(|| Folder {
                path: path.to_owned(),
                writable,
            })
        })
        .filter(|folder| folder.path != "/mnt/outputs")
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_read_from_the_system_prompt() {
        let system = "You work.\n- /mnt/no (rw)\nToday is Monday. Folders:\n- /mnt/My files (2) (rw-no-delete)\n- /mnt/old (ro)\n\
            - /mnt/outputs (rw): for results\n- /mnt/a/b (rw)\n- other (x)\n\n- /mnt/later (rw)\n";
        let folder = |path: &str, writable| Folder {
            path: path.to_owned(),
            writable,
        };
        assert_eq!(
            folders(system),
            vec![folder("/mnt/My files (2)", true), folder("/mnt/old", false)]
        );
    }

    #[test]
    fn reminders_are_not_the_persons_words() {
        let content = [Block::text(
            "<system-reminder>convert all</system-reminder>Find <b>it</b>",
        )];
        assert_eq!(prompt_of(&content).as_deref(), Some("Find <b>it</b>"));
        assert_eq!(
            prompt_of(&[Block::text("<system-reminder>x</system-reminder>\n")]),
            None
        );
    }
}
