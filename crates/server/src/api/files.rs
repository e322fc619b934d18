//! Files as the interface shows them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A file, ready to be shown. Whatever is large or binary is fetched from `raw`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Preview {
    /// As tasks see it.
    pub path: String,
    /// Its name.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// Hash of the content shown.
    pub hash: String,
    /// What was left out, repaired or hidden in it, one sentence each.
    pub notes: Vec<String>,
    /// What is shown.
    pub body: PreviewBody,
}

/// What is shown of a file.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum PreviewBody {
    /// Markdown.
    Markdown {
        /// The text.
        text: String,
        /// Whether it is only the beginning.
        cut: bool,
    },
    /// Text, code, JSON, SVG or HTML source.
    Text {
        /// The text.
        text: String,
        /// The language for highlighting (`json`, `rust`, `text`, …).
        language: String,
        /// Whether it is only the beginning.
        cut: bool,
    },
    /// An HTML page: shown from `raw` in a frame without scripts and network; `text` is its source.
    Html {
        /// The source.
        text: String,
        /// Whether it is only the beginning.
        cut: bool,
    },
    /// A picture, shown from `raw`.
    Image {
        /// Pixels, where they are known.
        width: Option<u32>,
        /// Pixels.
        height: Option<u32>,
    },
    /// A PDF, shown from `raw`.
    Pdf {
        /// Pages, where they are known.
        pages: Option<u64>,
    },
    /// A Word or OpenDocument text: shown from `raw`; `text` is its content as Markdown.
    Document {
        /// The content.
        text: String,
        /// Whether it is only the beginning.
        cut: bool,
    },
    /// A presentation, slide by slide.
    Slides {
        /// The slides.
        slides: Vec<Slide>,
    },
    /// A workbook or a table in text form.
    Sheets {
        /// The sheets.
        sheets: Vec<Sheet>,
    },
    /// A notebook.
    Notebook {
        /// The cells.
        cells: Vec<Cell>,
    },
    /// Nothing that can be shown here.
    Binary {
        /// What it is, in words ("ZIP archive").
        kind: String,
    },
}

/// A slide of a presentation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Slide {
    /// Its number, from 1.
    pub number: u64,
    /// Its title.
    pub title: String,
    /// Its text as Markdown, without the title.
    pub text: String,
    /// The speaker's notes.
    pub notes: String,
}

/// A sheet of a workbook, or a part of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Sheet {
    /// Its name.
    pub name: String,
    /// Rows there are.
    pub total_rows: u64,
    /// Columns there are.
    pub total_columns: u64,
    /// Number of the first row shown, from 1.
    pub first_row: u64,
    /// The cells shown, as a person sees them.
    pub rows: Vec<Vec<String>>,
}

/// A cell of a notebook.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Cell {
    /// `markdown`, `code` or `raw`.
    pub kind: String,
    /// Its source.
    pub source: String,
    /// What it gave, as text.
    pub output: String,
}

/// What a change did to one file, ready to be shown side by side.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct FileDiff {
    /// Where.
    pub path: String,
    /// `create`, `modify`, `delete`, `move` or `mode`.
    pub change: String,
    /// Before; absent when nothing stood there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Preview>,
    /// After; absent when nothing stands there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Preview>,
    /// For tables: the cells that differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cells: Option<CellDiff>,
}

/// The cells that differ between two versions of a table.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct CellDiff {
    /// Sheets that are new.
    pub sheets_added: Vec<String>,
    /// Sheets that are gone.
    pub sheets_removed: Vec<String>,
    /// Cells, in order; at most as many as fit a page.
    pub cells: Vec<ChangedCell>,
    /// How many cells differ.
    pub total: u64,
    /// Rows added and removed as a whole, by sheet.
    pub rows: Vec<RowCount>,
    /// What was not compared, one sentence each; there may be differences in it.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// One cell that differs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ChangedCell {
    /// The sheet.
    pub sheet: String,
    /// The cell ("C12"), in the newer version where it has one.
    pub cell: String,
    /// Its column's heading, where there is one.
    pub heading: String,
    /// Before.
    pub before: String,
    /// After.
    pub after: String,
}

/// Rows that came and went.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct RowCount {
    /// The sheet.
    pub sheet: String,
    /// Rows added.
    pub added: u64,
    /// Rows removed.
    pub removed: u64,
}

/// How a file is opened on this computer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OpenHow {
    /// In the system's program for it.
    Open,
    /// Shown in its folder.
    Reveal,
}

/// Opens a file of a task on this computer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct OpenRequest {
    /// As tasks see it.
    pub path: String,
    /// How.
    pub how: OpenHow,
}
