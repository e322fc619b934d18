//! Writers: Markdown to Word, tables to Excel, numbers to charts.
//!
//! All are pure functions from values to bytes and give the same bytes for the same input: no clock, no random
//! ids, fixed archive timestamps. So a document made twice has one hash, and tests can compare whole files.

mod chart;
mod docx;
mod error;
mod xlsx;

pub use chart::{ChartSpec, ChartType, Series, chart};
pub use docx::{DocxOptions, EmbeddedChart, docx, parse_charts};
pub use error::WriteError;
pub use xlsx::{Cell, Sheet, sheets_from_csv, sheets_from_markdown, xlsx};
