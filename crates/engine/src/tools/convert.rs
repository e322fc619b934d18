//! `Convert`: a document in another format, beside the original.

use deskhand_documents::{Kind, Limits, ReadOptions, Reading};
use deskhand_types::{Block, Coded, GuestPath, ToolCall, ToolDef, ToolOutcome};
use deskhand_workspace::Edit;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Bench, Proposal, Tool, arguments, change, def, failed, read::MAX_FILE, workspace_failed, write::render};

/// Largest text of a converted document, in characters.
const MAX_CHARS: usize = 16 * 1024 * 1024;

pub(super) struct Convert;

#[derive(Deserialize)]
struct Arguments {
    file_path: String,
    to: String,
}

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "file_path": {"type": "string"},
            "to": {"type": "string", "description": "a format (md, txt, csv, xlsx, docx) or the whole new path"}
        },
        "required": ["file_path", "to"]
    })
}

impl Tool for Convert {
    fn def(&self) -> ToolDef {
        def(
            "Convert",
            "Writes a document in another format beside it: any to md or txt, spreadsheets to csv, tables to xlsx, text to docx.",
            schema(),
        )
    }

    fn propose(&self, call: &ToolCall, bench: &Bench) -> Result<Proposal, Box<ToolOutcome>> {
        let Arguments { file_path, to } = arguments(call, &schema())?;
        let source = bench
            .workspace
            .locate(&file_path)
            .map_err(|error| workspace_failed(&error))?;
        let (target, format) = target(bench, &source, &to)?;
        if target == source {
            return Err(failed(
                "tool.convert-same",
                format!("{source} is a .{format} file already; nothing was changed."),
            ));
        }
        let bytes = bench
            .workspace
            .read(&source, MAX_FILE)
            .map_err(|error| workspace_failed(&error))?;
        let options = ReadOptions {
            limit: Some(u64::MAX),
            max_chars: MAX_CHARS,
            ..ReadOptions::default()
        };
        let limits = Limits {
            max_pages: 2_000,
            ..Limits::default()
        };
        let reading = deskhand_documents::read(source.file_name(), &bytes, &options, &limits).map_err(|error| {
            Box::new(ToolOutcome::failed(
                error.code(),
                format!("{source}: {error}\nNothing was written."),
            ))
        })?;
        if reading.part.next.is_some() {
            return Err(failed(
                "tool.too-large",
                format!("{source} is too large to be converted as a whole; nothing was written."),
            ));
        }
        // A reading of a text numbers its lines, for a model to point at; a document is made of the text itself.
        let plain = (reading.kind == Kind::Text)
            .then(|| std::str::from_utf8(&bytes).ok().map(str::to_owned))
            .flatten();
        let words = || plain.clone().unwrap_or_else(|| text(&reading));
        let sheets: Option<Vec<Value>> = reading.data.get("sheets").and_then(Value::as_array).cloned();
        let files = match (format.as_str(), sheets) {
            ("csv", Some(sheets)) => csv_files(&target, &sheets)?,
            ("csv", None) => {
                return Err(failed(
                    "tool.convert",
                    format!("{source} holds no sheet, so it cannot become .csv; nothing was written."),
                ));
            }
            ("md" | "txt", _) => vec![(target, words().into_bytes())],
            ("xlsx", Some(sheets)) => {
                let tables: String = sheets.iter().map(markdown_table).collect();
                vec![(target.clone(), render(&bench.workspace, target.file_name(), tables)?)]
            }
            ("docx" | "xlsx", _) => vec![(target.clone(), render(&bench.workspace, target.file_name(), words())?)],
            _ => {
                return Err(failed(
                    "tool.convert",
                    format!("Nothing can be converted to .{format}. Possible: md, txt, csv, xlsx, docx."),
                ));
            }
        };
        let mut edits = Vec::with_capacity(files.len());
        for (path, bytes) in files {
            if bench.workspace.stat(&path).is_ok() {
                return Err(failed(
                    "tool.exists",
                    format!("{path} is there already; nothing was written. Choose another name in `to`."),
                ));
            }
            edits.push(Edit::Write {
                path,
                bytes,
                expect: None,
            });
        }
        let mut proposal = change(call, bench, edits, |_| {
            format!("Convert {} to {format}", source.file_name())
        })?;
        // What is read on the way is judged too.
        proposal.paths.push(source.clone());
        Ok(proposal)
    }
}

/// Where the result goes, and its format.
fn target(bench: &Bench, source: &GuestPath, to: &str) -> Result<(GuestPath, String), Box<ToolOutcome>> {
    let extension = |path: &str| {
        path.rsplit_once('.')
            .map(|(_, extension)| extension.to_ascii_lowercase())
    };
    if to.contains('/') {
        let path = bench.workspace.locate(to).map_err(|error| workspace_failed(&error))?;
        let format = extension(path.file_name())
            .ok_or_else(|| failed("tool.arguments", "`to` has no extension that names a format."))?;
        return Ok((path, format));
    }
    let format = extension(to).unwrap_or_else(|| to.trim_start_matches('.').to_ascii_lowercase());
    let folder = source.as_str().rsplit_once('/').map_or("", |(folder, _)| folder);
    let name = if to.trim_start_matches('.').contains('.') {
        to.to_owned()
    } else {
        let stem = source
            .file_name()
            .rsplit_once('.')
            .map_or(source.file_name(), |(stem, _)| stem);
        format!("{stem}.{format}")
    };
    let path = bench
        .workspace
        .locate(&format!("{folder}/{name}"))
        .map_err(|error| workspace_failed(&error))?;
    Ok((path, format))
}

fn text(reading: &Reading) -> String {
    let parts: Vec<&str> = reading.blocks.iter().filter_map(Block::as_text).collect();
    parts.join("\n\n")
}

/// The cells of a sheet, row by row.
fn rows(sheet: &Value) -> Vec<Vec<String>> {
    let cell = |value: &Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let rows = sheet.get("rows").and_then(Value::as_array).into_iter().flatten();
    rows.filter_map(|row| row.get("cells")?.as_array())
        .map(|cells| cells.iter().map(cell).collect())
        .collect()
}

fn sheet_name(sheet: &Value) -> &str {
    sheet.get("name").and_then(Value::as_str).unwrap_or("Sheet")
}

/// One file per visible sheet; the sheet's name is in the file's where there are several.
fn csv_files(target: &GuestPath, sheets: &[Value]) -> Result<Vec<(GuestPath, Vec<u8>)>, Box<ToolOutcome>> {
    let visible: Vec<&Value> = sheets.iter().filter(|sheet| !rows(sheet).is_empty()).collect();
    let stem = target.as_str().strip_suffix(".csv").unwrap_or(target.as_str());
    let mut files = Vec::with_capacity(visible.len());
    for sheet in &visible {
        let path = if visible.len() == 1 {
            target.clone()
        } else {
            let name: String = sheet_name(sheet)
                .chars()
                .map(|c| {
                    if c.is_alphanumeric() || c == '-' || c == ' ' {
                        c
                    } else {
                        '_'
                    }
                })
                .collect();
            GuestPath::new(format!("{stem} - {}.csv", name.trim()))
        };
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        for row in rows(sheet) {
            writer
                .write_record(&row)
                .map_err(|error| failed("tool.convert", error.to_string()))?;
        }
        let bytes = writer
            .into_inner()
            .map_err(|error| failed("tool.convert", error.to_string()))?;
        files.push((path, bytes));
    }
    if files.is_empty() {
        return Err(failed(
            "tool.convert",
            "There is no visible sheet with anything in it; nothing was written.",
        ));
    }
    Ok(files)
}

/// A sheet as a Markdown table under its name: what `Write` makes workbooks from.
fn markdown_table(sheet: &Value) -> String {
    let rows = rows(sheet);
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    let line = |row: &[String]| {
        let cells: Vec<String> = (0..width)
            .map(|column| {
                row.get(column)
                    .map(|cell| cell.replace('|', "\\|").replace('\n', " "))
                    .unwrap_or_default()
            })
            .collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let Some((header, data)) = rows.split_first() else {
        return String::new();
    };
    let body: String = data.iter().map(|row| line(row)).collect();
    format!(
        "## {}\n\n{}|{}\n{body}\n",
        sheet_name(sheet),
        line(header),
        "---|".repeat(width)
    )
}
