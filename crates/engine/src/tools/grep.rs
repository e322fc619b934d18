//! `Grep`: files by content.

use std::fmt::Write;

use deskhand_documents::{Limits, ReadOptions};
use deskhand_types::{Block, Label, ToolCall, ToolDef, ToolOutcome};
use deskhand_workspace::{GrepOutput, GrepQuery, Rendering};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Bench, Proposal, Tool, arguments, def, workspace_failed};

pub(super) struct Grep;

/// Pages, mails and notebooks are searched as people see them: what is hidden in their source stays hidden (`injection.md`
/// 4.5 number 1).
struct AsSeen;

impl Rendering for AsSeen {
    fn renders(&self, name: &str) -> bool {
        deskhand_documents::is_rendered_text(name)
    }

    fn render(&self, name: &str, bytes: &[u8]) -> Option<String> {
        let options = ReadOptions {
            limit: Some(u64::MAX),
            max_chars: usize::MAX,
            ..ReadOptions::default()
        };
        let reading = deskhand_documents::read(name, bytes, &options, &Limits::default()).ok()?;
        let texts = reading.blocks.iter().filter_map(Block::as_text);
        Some(texts.collect::<Vec<_>>().join("\n"))
    }
}

#[derive(Deserialize)]
struct Arguments {
    pattern: String,
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    glob: Option<String>,
    #[serde(default)]
    output_mode: Option<Output>,
    #[serde(default, rename = "-i")]
    case_insensitive: bool,
    #[serde(default, rename = "-A")]
    after: Option<usize>,
    #[serde(default, rename = "-B")]
    before: Option<usize>,
    #[serde(default, rename = "-C")]
    context: Option<usize>,
    #[serde(default)]
    multiline: bool,
    #[serde(default)]
    head_limit: Option<usize>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Output {
    Content,
    FilesWithMatches,
    Count,
}

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "pattern": {"type": "string", "description": "regular expression (Rust syntax)"},
            "path": {"type": "string"},
            "glob": {"type": "string", "description": "only files like *.md"},
            "output_mode": {"enum": ["files_with_matches", "content", "count"]},
            "-i": {"type": "boolean"},
            "-A": {"type": "integer"}, "-B": {"type": "integer"}, "-C": {"type": "integer"},
            "multiline": {"type": "boolean"},
            "head_limit": {"type": "integer"}
        },
        "required": ["pattern"]
    })
}

impl Tool for Grep {
    fn def(&self) -> ToolDef {
        def(
            "Grep",
            "Searches the text files of the granted folders. Office files and PDFs are not searched: Read them.",
            schema(),
        )
    }

    fn propose(&self, call: &ToolCall, bench: &Bench) -> Result<Proposal, Box<ToolOutcome>> {
        let arguments: Arguments = arguments(call, &schema())?;
        let path = arguments
            .path
            .as_deref()
            .map(|path| bench.workspace.locate(path))
            .transpose()
            .map_err(|error| workspace_failed(&error))?;
        let output = arguments.output_mode.unwrap_or(Output::FilesWithMatches);
        let usual = GrepQuery::new(arguments.pattern.clone());
        let query = GrepQuery {
            path: path.clone(),
            glob: arguments.glob,
            case_insensitive: arguments.case_insensitive,
            multiline: arguments.multiline,
            before: arguments.before.or(arguments.context).unwrap_or(0),
            after: arguments.after.or(arguments.context).unwrap_or(0),
            output: match output {
                Output::Content => GrepOutput::Content,
                Output::FilesWithMatches => GrepOutput::FilesWithMatches,
                Output::Count => GrepOutput::Count,
            },
            head_limit: arguments.head_limit.unwrap_or(usual.head_limit),
            ..usual
        };
        let workspace = bench.workspace.clone();
        let max_chars = bench.result_chars;
        let summary = format!("Search for {}", arguments.pattern);
        Ok(Proposal::look(
            path.into_iter().collect(),
            summary,
            move || match workspace.grep_as_seen(&query, &AsSeen) {
                Ok(found) => outcome(&query.pattern, &found, output, max_chars),
                Err(error) => *workspace_failed(&error),
            },
        ))
    }
}

/// What is said of files that a rule keeps from searches.
pub(super) fn barred(count: usize) -> Option<String> {
    match count {
        0 => None,
        1 => Some("[1 file or folder is kept from searches by a rule; name it to ask for it]".to_owned()),
        count => Some(format!(
            "[{count} files or folders are kept from searches by rules; name one to ask for it]"
        )),
    }
}

fn outcome(pattern: &str, found: &deskhand_workspace::GrepResult, output: Output, max_chars: usize) -> ToolOutcome {
    let mut text = String::new();
    let mut label = Label::harness();
    let mut matches = Vec::new();
    let mut files = 0_usize;
    let mut cut = found.truncated || found.cut.is_some();
    for file in &found.files {
        files += 1;
        if files <= Label::MAX_SOURCES {
            label = label.join(&Label::file(file.path.as_str()));
        }
        match output {
            Output::FilesWithMatches => {
                let _ = writeln!(text, "{}", file.path);
            }
            Output::Count => {
                let _ = writeln!(text, "{}:{}", file.path, file.count);
            }
            Output::Content => {
                for line in &file.lines {
                    let mark = if line.matches { ':' } else { '-' };
                    let _ = writeln!(text, "{}{mark}{}{mark}{}", file.path, line.number, line.text);
                }
            }
        }
        matches.extend(
            file.lines
                .iter()
                .filter(|line| line.matches)
                .map(|line| json!({"path": file.path, "line": line.number, "text": line.text})),
        );
        if text.len() > max_chars {
            cut = true;
            break;
        }
    }
    if files == 0 {
        text = format!("Nothing matches `{pattern}`.");
        if found.skipped.binary > 0 {
            let _ = write!(
                text,
                " {} files that are no text (office documents, PDF, images) were not searched; Read them.",
                found.skipped.binary
            );
        }
    }
    if cut {
        text.push_str("[more was found; narrow the search to see it]");
    }
    if let Some(note) = barred(found.skipped.barred) {
        if !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(&note);
    }
    let summary = format!("Found matches in {files} {}", if files == 1 { "file" } else { "files" });
    let paths: Vec<_> = found
        .files
        .iter()
        .map(|file| json!({"path": file.path, "count": file.count}))
        .collect();
    ToolOutcome::text(text, label, summary).with_data(json!({"files": paths, "matches": matches, "truncated": cut}))
}
