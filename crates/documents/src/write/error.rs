//! What can go wrong while a document is made.

use deskhand_types::{Code, Coded};

/// A document, workbook or chart could not be made. Nothing was written: writers return bytes, never touch files.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A chart's specification is not JSON of the expected shape.
    #[error("the chart's specification is not understood: {0}; nothing was written")]
    ChartSpec(String),
    /// A chart's numbers cannot be drawn.
    #[error("the chart cannot be drawn: {0}; nothing was written")]
    ChartData(String),
    /// The content is larger than a writer accepts.
    #[error("{what}: {count} is more than {limit}; nothing was written")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// How large it is.
        count: usize,
        /// The limit.
        limit: usize,
    },
    /// The table to be written is not understood.
    #[error("the table is not understood: {0}; nothing was written")]
    Table(String),
    /// The library that writes the format refused.
    #[error("the {format} file could not be made: {reason}; nothing was written")]
    Format {
        /// `docx`, `xlsx` or `png`.
        format: &'static str,
        /// In the library's words.
        reason: String,
    },
}

impl WriteError {
    pub(crate) fn format(format: &'static str, reason: impl std::fmt::Display) -> Self {
        Self::Format {
            format,
            reason: reason.to_string(),
        }
    }
}

impl Coded for WriteError {
    fn code(&self) -> Code {
        Code::new(match self {
            Self::ChartSpec(_) => "documents.chart-spec",
            Self::ChartData(_) => "documents.chart-data",
            Self::TooLarge { .. } => "documents.write-too-large",
            Self::Table(_) => "documents.write-table",
            Self::Format { .. } => "documents.write-format",
        })
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::ChartSpec(_) => Some(
                r#"A chart is JSON: {"type":"bar"|"line"|"horizontal_bar"|"stacked_bar"|"pie","title":…,"categories":[…],"series":[{"name":…,"values":[…]}]}."#
                    .to_owned(),
            ),
            Self::ChartData(_) => Some("Give every series one finite number (or null) per category.".to_owned()),
            Self::TooLarge { .. } => Some("Show the largest entries and sum up the rest, or split the content.".to_owned()),
            Self::Table(_) => Some("Give CSV, or Markdown tables, one sheet per `## heading`.".to_owned()),
            Self::Format { .. } => None,
        }
    }
}
