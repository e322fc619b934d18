//! `Write`: a whole file. Text as it is; Word documents and workbooks are made from Markdown.

use deskhand_documents::write;
use deskhand_types::{Coded, ToolCall, ToolDef, ToolOutcome};
use deskhand_workspace::{Edit, Workspace};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Bench, Proposal, Tool, arguments, change, def, failed, human_size, query, workspace_failed};

/// Largest content in bytes.
const MAX_CONTENT: usize = 16 * 1024 * 1024;

pub(super) struct Write;

#[derive(Deserialize)]
struct Arguments {
    file_path: String,
    content: String,
}

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {"file_path": {"type": "string"}, "content": {"type": "string"}},
        "required": ["file_path", "content"]
    })
}

impl Tool for Write {
    fn def(&self) -> ToolDef {
        def(
            "Write",
            "Writes a whole file. A .docx is made from Markdown, an .xlsx from CSV or Markdown tables (one sheet per `## heading`); other files are text as given.",
            schema(),
        )
    }

    fn propose(&self, call: &ToolCall, bench: &Bench) -> Result<Proposal, Box<ToolOutcome>> {
        let Arguments { file_path, content } = arguments(call, &schema())?;
        if content.len() > MAX_CONTENT {
            return Err(failed(
                "tool.too-large",
                format!(
                    "The content is larger than {}. Write it in parts.",
                    human_size(MAX_CONTENT as u64)
                ),
            ));
        }
        let path = bench
            .workspace
            .locate(&file_path)
            .map_err(|error| workspace_failed(&error))?;
        let bytes = render(&bench.workspace, path.file_name(), content)?;
        let size = human_size(bytes.len() as u64);
        change(
            call,
            bench,
            vec![Edit::Write {
                path: path.clone(),
                bytes,
                expect: None,
            }],
            |_| format!("Write {path} ({size})"),
        )
    }
}

/// The bytes of a file of that name with that content.
pub(super) fn render(workspace: &Workspace, name: &str, content: String) -> Result<Vec<u8>, Box<ToolOutcome>> {
    let extension = name
        .rsplit_once('.')
        .map(|(_, extension)| extension.to_ascii_lowercase());
    match extension.as_deref() {
        Some("docx") => {
            let content = resolve_charts(workspace, content)?;
            let images = |path: &str| {
                workspace
                    .locate(path)
                    .ok()
                    .and_then(|path| workspace.read(&path, MAX_CONTENT as u64).ok())
            };
            write::docx(&content, &images, &write::DocxOptions::default()).map_err(|error| write_failed(&error))
        }
        Some("xlsx") => workbook(name, &content).map_err(|error| write_failed(&error)),
        Some("pdf" | "pptx" | "xls" | "doc" | "ods" | "odt" | "png" | "jpg" | "jpeg" | "zip") => Err(failed(
            "tool.cannot-write-format",
            format!("{name}: this format cannot be written from text. Write .docx, .xlsx, .md, .csv or .html instead."),
        )),
        _ => Ok(content.into_bytes()),
    }
}

/// Charts that name a query get its rows: the first column is the category, each further one a series.
fn resolve_charts(workspace: &Workspace, mut content: String) -> Result<String, Box<ToolOutcome>> {
    let charts = write::parse_charts(&content).map_err(|error| write_failed(&error))?;
    // From the last to the first, so that the places of those before stay right.
    for mut chart in charts.into_iter().rev() {
        let Some(sql) = chart.sql.take() else { continue };
        let rows = query::rows(workspace, &sql)?;
        chart
            .resolve(&rows.columns, &rows.rows)
            .map_err(|error| write_failed(&error))?;
        content.replace_range(chart.range.clone(), &chart.to_markdown());
    }
    Ok(content)
}

/// A workbook from Markdown tables, or from CSV where there is none.
fn workbook(name: &str, content: &str) -> Result<Vec<u8>, write::WriteError> {
    let is_table = |line: &str| line.trim_start().starts_with('|');
    let sheets = if content.lines().any(is_table) {
        write::sheets_from_markdown(content)?
    } else {
        write::sheets_from_csv(content, name.rsplit_once('.').map_or(name, |(stem, _)| stem))?
    };
    write::xlsx(&sheets)
}

fn write_failed(error: &write::WriteError) -> Box<ToolOutcome> {
    let hint = error.hint().map(|hint| format!("\n{hint}")).unwrap_or_default();
    Box::new(ToolOutcome::failed(
        error.code(),
        format!("{error}{hint}\nNothing was written."),
    ))
}
