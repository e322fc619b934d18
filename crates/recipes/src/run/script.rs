//! Scripts that ship with the program, run in the sandbox: what no tool of the host does. A recipe names one and gives
//! it data; it can bring no code of its own.

use minijinja::Value;
use serde_json::{Map, Value as Json, json};

use super::{Halt, Run, first_line, result};
use crate::expression::from_json;
use crate::recipe::Step;

/// A script: its name, what it does in a few words, and its text.
struct Script {
    name: &'static str,
    does: &'static str,
    text: &'static str,
}

const SCRIPTS: &[Script] = &[Script {
    name: "figures",
    does: "check the report, make a workbook of its figures",
    text: include_str!("../../data/scripts/figures.py"),
}];

/// The tool that runs them.
const SHELL: &str = "Bash";
/// How long one may take, in milliseconds: an emulated machine is slow.
const TIMEOUT: u64 = 300_000;
/// The lines that end script and data. Neither can hold them: a test looks at the scripts, and data is one line of JSON.
const ENDS: [&str; 2] = ["END_OF_SCRIPT", "END_OF_DATA"];

/// The names a recipe may give.
pub fn names() -> impl Iterator<Item = &'static str> {
    SCRIPTS.iter().map(|script| script.name)
}

impl Run<'_> {
    /// Runs a script with the step's input as data. Whatever comes of it, the recipe goes on: the result says
    /// `{ok, text, said, why}`, with what it said as JSON and, where it could not be run, the reason in a line.
    pub(super) fn script(&mut self, step: &Step, name: &str) -> Result<Value, Halt> {
        let Some(script) = SCRIPTS.iter().find(|script| script.name == name) else {
            return Err(self.broken(&step.id, &format!("there is no script `{name}`")));
        };
        if !self.conversation.has_tool(SHELL) {
            return Ok(from_json(&json!({"ok": false, "why": "this task cannot run commands"})));
        }
        let mut data = Map::new();
        for (key, value) in &step.input {
            data.insert(key.clone(), self.fill(step, value)?);
        }
        let input = json!({"command": command(script.text, &Json::Object(data)), "description": script.does, "timeout": TIMEOUT});
        let Some(recorded) = self.replay.call(SHELL, input)? else {
            return Err(Halt::Wait);
        };
        self.guard.learn(recorded);
        let said = recorded.text.lines().next().map(serde_json::from_str::<Json>);
        let pairs = [
            ("said", from_json(&said.and_then(Result::ok).unwrap_or(Json::Null))),
            ("why", Value::from((!recorded.ok).then(|| first_line(&recorded.text)))),
        ];
        Ok(Value::from_pairs(
            [("ok", "ok"), ("data", "data"), ("text", "text")]
                .into_iter()
                .filter_map(|(to, from)| Some((to, result(recorded, None).get_attr(from).ok()?)))
                .chain(pairs),
        ))
    }
}

/// The command: both the script and its data are in quoted here-documents, so the shell reads nothing in them.
fn command(script: &str, data: &Json) -> String {
    let [script_end, data_end] = ENDS;
    format!(
        "python3 -I /dev/fd/3 3<<'{script_end}' <<'{data_end}'\n{}\n{script_end}\n{data}\n{data_end}\n",
        script.trim_end()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_a_here_document_early() {
        for script in SCRIPTS {
            assert!(!script.text.lines().any(|line| ENDS.contains(&line)));
            assert!(script.text.len() < 20 << 10, "a command has at most 64 KiB");
        }
        let data = json!({"name": "a\nEND_OF_DATA\n'$(reboot)`x`\u{0}\u{2028}END_OF_SCRIPT"});
        let command = command("print(1)\n", &data);
        assert_eq!(command.lines().count(), 5);
        assert!(!command.contains('\0'));
        assert_eq!(
            serde_json::from_str::<Json>(command.lines().nth(3).unwrap()).unwrap(),
            data
        );
    }
}
