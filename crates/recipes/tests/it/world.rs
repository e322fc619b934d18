//! A world in memory that answers tool calls, and the conversation with it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use deskhand_recipes::next_turn;
use deskhand_types::{Block, Message, ModelRequest, Role, StopReason, ToolDef};
use serde_json::{Value, json};

/// More turns than any recipe may take here.
const MAX_TURNS: usize = 150;

pub struct World {
    pub files: BTreeMap<String, String>,
    pub describe: Value,
    /// Real tables, which then answer all queries; and real Word files.
    pub catalog: Option<deskhand_tables::Catalog>,
    /// Part of a statement, and the rows it gives.
    pub queries: Vec<(&'static str, Value)>,
    /// Answers of the person, in order.
    pub answers: Vec<&'static str>,
    /// Answers of the small model; without it there is none.
    pub judge: Option<fn(&Value) -> Value>,
    /// What commands in the sandbox give from their data; without it there is no sandbox.
    pub sandbox: Option<fn(&Value) -> Value>,
    pub folders: &'static str,
    /// Tools that fail, with their reason.
    pub failing: Vec<(&'static str, &'static str)>,
    pub without: Vec<&'static str>,
    pub transcript: String,
    pub calls: Vec<(String, Value)>,
    pub request: ModelRequest,
}

impl World {
    pub fn new(files: &[(&str, &str)]) -> Self {
        Self {
            files: files
                .iter()
                .map(|(name, text)| (format!("/mnt/work/{name}"), (*text).to_owned()))
                .collect(),
            describe: json!({"tables": [], "relations": [], "skipped": []}),
            catalog: None,
            queries: Vec::new(),
            answers: Vec::new(),
            judge: None,
            sandbox: None,
            folders: "- /mnt/work (rw-no-delete)\n- /mnt/outputs (rw): for results",
            failing: Vec::new(),
            without: Vec::new(),
            transcript: String::new(),
            calls: Vec::new(),
            request: ModelRequest {
                model: "built-in".to_owned(),
                system: String::new(),
                tools: Vec::new(),
                messages: Vec::new(),
                max_tokens: 1000,
                thinking_budget: 0,
                decoding: deskhand_types::Decoding::Free,
            },
        }
    }

    /// Says something and follows the conversation to its end; gives the last message.
    pub fn say(&mut self, prompt: &str) -> String {
        let tools = [
            "Glob",
            "Read",
            "Grep",
            "Query",
            "Write",
            "Edit",
            "MoveFile",
            "DeleteFile",
            "Convert",
            "TodoWrite",
            "AskUserQuestion",
            "PresentFiles",
            "Bash",
        ];
        self.request.system = format!(
            "You are Deskhand.\n\nToday is Monday. Folders:\n{}\n\nBe kind.",
            self.folders
        );
        let names = tools
            .into_iter()
            .chain(self.judge.map(|_| "Judge"))
            .filter(|name| !self.without.contains(name));
        self.request.tools = names
            .map(|name| ToolDef {
                name: name.to_owned(),
                description: String::new(),
                input_schema: json!({"type": "object"}),
            })
            .collect();
        self.request.messages.push(Message {
            role: Role::User,
            content: vec![Block::text(prompt)],
        });
        writeln!(self.transcript, "PERSON: {prompt}").unwrap();
        for _ in 0..MAX_TURNS {
            let turn = next_turn(&self.request).unwrap_or_else(|error| panic!("{error}\n{}", self.transcript));
            assert_eq!(
                next_turn(&self.request).unwrap(),
                turn,
                "a turn is a pure function of the conversation"
            );
            self.request.messages.push(Message {
                role: Role::Assistant,
                content: turn.content.clone(),
            });
            let mut results = Vec::new();
            let mut last = String::new();
            for block in &turn.content {
                match block {
                    Block::Text { text } => {
                        writeln!(self.transcript, "RECIPE: {text}").unwrap();
                        last.clone_from(text);
                    }
                    Block::ToolUse { id, name, input } => {
                        let (data, text, is_error) = self.call(name, input);
                        writeln!(
                            self.transcript,
                            "  {id} {name} {}{}",
                            show(name, input),
                            if is_error { " -> failed" } else { "" }
                        )
                        .unwrap();
                        self.calls.push((name.clone(), input.clone()));
                        results.push(Block::ToolResult {
                            tool_use_id: id.clone(),
                            content: vec![Block::text(text)],
                            is_error,
                            data,
                        });
                    }
                    other => panic!("{other:?}"),
                }
            }
            match turn.stop {
                StopReason::EndTurn => {
                    assert!(results.is_empty());
                    return last;
                }
                StopReason::ToolUse => assert!(!results.is_empty()),
                other => panic!("{other:?}"),
            }
            self.request.messages.push(Message {
                role: Role::User,
                content: results,
            });
        }
        panic!("no end after {MAX_TURNS} turns\n{}", self.transcript);
    }

    fn call(&mut self, name: &str, input: &Value) -> (Value, String, bool) {
        let text = |key: &str| input[key].as_str().unwrap_or_default().to_owned();
        let done = |data: Value| (data, String::new(), false);
        let failed = |reason: &str| (Value::Null, reason.to_owned(), true);
        if let Some((_, reason)) = self.failing.iter().find(|(tool, _)| *tool == name) {
            return failed(reason);
        }
        match name {
            "Glob" => {
                let files: Vec<Value> = self.files.keys().map(|path| self.entry(path)).collect();
                done(json!({"files": files, "truncated": false}))
            }
            "Read" if self.catalog.is_some() && text("file_path").rsplit('.').next() == Some("docx") => {
                (Value::Null, self.word_file_text(&text("file_path")), false)
            }
            "Read" => match self.files.get(&text("file_path")) {
                Some(content) if content.starts_with("!broken") => failed("the file is damaged"),
                Some(content) => (json!({"kind": "text"}), content.clone(), false),
                None => failed("no such file"),
            },
            "Query" if self.catalog.is_some() => self.real_query(&text("sql")),
            "Query" if input["sql"] == "DESCRIBE" => done(self.describe.clone()),
            "Query" => {
                let sql = text("sql");
                match self.queries.iter().find(|(part, _)| sql.contains(part)) {
                    Some((_, rows)) => done(rows.clone()),
                    None => failed(&format!("no rows for {sql}")),
                }
            }
            "Write" => {
                self.files.insert(text("file_path"), text("content"));
                done(json!({"path": text("file_path")}))
            }
            "MoveFile" => {
                assert!(
                    !self.files.contains_key(&text("to")),
                    "a file would be overwritten: {input}"
                );
                let content = self.files.remove(&text("from")).expect("what is moved exists");
                self.files.insert(text("to"), content);
                done(Value::Null)
            }
            "DeleteFile" => {
                self.files.remove(&text("file_path")).expect("what is deleted exists");
                done(Value::Null)
            }
            "Convert" => {
                let from = text("file_path");
                let path = format!("{}.{}", from.rsplit_once('.').unwrap().0, text("to"));
                self.files.insert(path.clone(), "converted".to_owned());
                done(json!({"path": path, "paths": [path]}))
            }
            "AskUserQuestion" => {
                if self.answers.is_empty() {
                    return failed("nobody answered");
                }
                let answer = self.answers.remove(0);
                done(json!({"answers": [[answer]]}))
            }
            "Judge" => match self.judge {
                Some(judge) => done(json!({"answer": judge(input)})),
                None => failed("No local model is installed."),
            },
            "Bash" => {
                let Some(sandbox) = self.sandbox else {
                    return failed(
                        "workspace unavailable: the machine's image is not built yet\nFile tools work without it.",
                    );
                };
                let command = text("command");
                let data: Value = serde_json::from_str(command.lines().rev().nth(1).unwrap()).unwrap();
                let workbook = data["workbook"].as_str().unwrap().to_owned();
                self.files.insert(workbook.clone(), "a workbook".to_owned());
                let said = format!("{}\n\nChanged files:\n- Created {workbook}", sandbox(&data));
                (json!({"landed": true, "paths": [workbook], "tier": "vm"}), said, false)
            }
            "TodoWrite" | "PresentFiles" => done(Value::Null),
            other => failed(&format!("unknown tool {other}")),
        }
    }

    fn real_query(&mut self, sql: &str) -> (Value, String, bool) {
        let catalog = self.catalog.as_mut().expect("there are real tables");
        if sql == "DESCRIBE" {
            let data = json!({"tables": catalog.tables(), "relations": catalog.relations().unwrap(), "skipped": []});
            return (data, String::new(), false);
        }
        match catalog.query(sql, &deskhand_tables::QueryLimits::default()) {
            Ok(result) => (json!(result), String::new(), false),
            Err(error) => (Value::Null, error.to_string(), true),
        }
    }

    /// What a reader of the Word file made from a Markdown text finds in it.
    pub fn word_file_text(&self, path: &str) -> String {
        use deskhand_documents::{Limits, ReadOptions, read, write};
        let bytes = write::docx(&self.files[path], &|_| None, &write::DocxOptions::default()).unwrap();
        let reading = read("report.docx", &bytes, &ReadOptions::default(), &Limits::default()).unwrap();
        let texts: Vec<&str> = reading.blocks.iter().filter_map(Block::as_text).collect();
        texts.join("\n")
    }

    fn entry(&self, path: &str) -> Value {
        let (folder, name) = path.rsplit_once('/').unwrap();
        let (stem, ext) = name.rsplit_once('.').unwrap_or((name, ""));
        json!({"path": path, "folder": folder, "name": name, "stem": stem, "ext": ext, "size": self.files[path].len(), "modified": "2026-03-31 10:00:00"})
    }

    pub fn paths(&self) -> Vec<&str> {
        self.files
            .keys()
            .map(|path| path.strip_prefix("/mnt/work/").unwrap_or(path))
            .collect()
    }
}

/// A call in one line; long contents are told by the file that holds them.
fn show(name: &str, input: &Value) -> String {
    match name {
        "TodoWrite" => {
            let todos = input["todos"].as_array().unwrap();
            let marks = todos.iter().map(|todo| match todo["status"].as_str().unwrap() {
                "completed" => format!("[x] {}", todo["content"].as_str().unwrap()),
                "in_progress" => format!("[>] {}", todo["activeForm"].as_str().unwrap()),
                _ => format!("[ ] {}", todo["content"].as_str().unwrap()),
            });
            marks.collect::<Vec<_>>().join(" ")
        }
        "Write" => format!(
            "{} ({} bytes)",
            input["file_path"],
            input["content"].as_str().unwrap_or_default().len()
        ),
        "Bash" => format!(
            "{}, {} bytes",
            input["description"],
            input["command"].as_str().unwrap().len()
        ),
        _ => input.to_string(),
    }
}
