//! What can go wrong, with stable codes.

use deskhand_types::{Code, Coded};

/// An error of this crate. None of them changes a file: the crate only reads bytes it was given.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The file's kind holds no tables this crate can read.
    #[error("not a table file: {0}")]
    NotTable(String),
    /// The bytes are damaged or not what the name says.
    #[error("the file cannot be read as {kind}: {reason}")]
    Malformed {
        /// What it was read as ("an Excel workbook").
        kind: &'static str,
        /// What was wrong.
        reason: String,
    },
    /// A parser broke its promise not to panic. The file was left out; nothing else is affected.
    #[error("the file made its parser fail")]
    ParserFailed,
    /// The workbook asks for a password.
    #[error("the file is protected with a password")]
    Encrypted,
    /// A limit was passed; the file was left out rather than read in part, so that no figure is silently wrong.
    #[error("{what}: {found} is over the limit of {limit}")]
    TooLarge {
        /// What was measured.
        what: &'static str,
        /// How much there is (or at least how much).
        found: u64,
        /// How much is allowed.
        limit: u64,
    },
    /// Reading took too long.
    #[error("reading took longer than {0} s")]
    LoadTimeout(u64),
    /// The statement is not a single `SELECT`.
    #[error("{reason}. Nothing was run")]
    NotAllowed {
        /// What was asked for.
        reason: String,
    },
    /// The statement names a table that does not exist.
    #[error("there is no table `{name}`. {suggestion}")]
    UnknownTable {
        /// The name.
        name: String,
        /// The nearest names and the list of tables.
        suggestion: String,
    },
    /// The statement names a column that does not exist.
    #[error("there is no column `{name}`. {suggestion}")]
    UnknownColumn {
        /// The name.
        name: String,
        /// The nearest names and the columns of the tables in question.
        suggestion: String,
    },
    /// A column name fits more than one table of the statement.
    #[error("the column `{name}` is in more than one table. {suggestion}")]
    AmbiguousColumn {
        /// The name.
        name: String,
        /// The qualified names to choose from.
        suggestion: String,
    },
    /// SQLite refused the statement.
    #[error("the statement is not valid: {message}. {suggestion}")]
    Sql {
        /// SQLite's own words.
        message: String,
        /// What may help.
        suggestion: String,
    },
    /// The statement ran longer than it may.
    #[error("the statement was stopped after {seconds} s")]
    QueryTimeout {
        /// How long it ran, in seconds.
        seconds: u64,
    },
    /// The in-memory database itself failed.
    #[error("the in-memory database failed: {0}")]
    Database(String),
}

impl Coded for TableError {
    fn code(&self) -> Code {
        Code::new(match self {
            Self::NotTable(_) => "tables.not-a-table",
            Self::Malformed { .. } => "tables.malformed",
            Self::ParserFailed => "tables.parser-failed",
            Self::Encrypted => "tables.encrypted",
            Self::TooLarge { .. } => "tables.too-large",
            Self::LoadTimeout(_) => "tables.load-timeout",
            Self::NotAllowed { .. } => "tables.not-allowed",
            Self::UnknownTable { .. } => "tables.unknown-table",
            Self::UnknownColumn { .. } => "tables.unknown-column",
            Self::AmbiguousColumn { .. } => "tables.ambiguous-column",
            Self::Sql { .. } => "tables.sql",
            Self::QueryTimeout { .. } => "tables.query-timeout",
            Self::Database(_) => "tables.database",
        })
    }

    fn hint(&self) -> Option<String> {
        Some(
            match self {
                Self::NotTable(_) => "Tables are read from csv, tsv, xlsx, xlsm, xlsb, xls, ods, json and jsonl files.",
                Self::Malformed { .. } | Self::ParserFailed => {
                    "Open the file in its own program and save it again, or export it as CSV."
                }
                Self::Encrypted => "Save a copy without a password.",
                Self::TooLarge { .. } => "Split the file, or export the part that matters as CSV.",
                Self::LoadTimeout(_) => "Query fewer files at a time.",
                Self::NotAllowed { .. } => "Write one SELECT (or WITH … SELECT) statement.",
                Self::UnknownTable { .. } | Self::UnknownColumn { .. } => "Use the names exactly as listed.",
                Self::AmbiguousColumn { .. } => "Write the table's name before the column.",
                Self::Sql { .. } => "The dialect is SQLite's.",
                Self::QueryTimeout { .. } => "Join on keys, filter earlier, or aggregate in steps.",
                Self::Database(_) => return None,
            }
            .to_owned(),
        )
    }
}

impl From<rusqlite::Error> for TableError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.to_string())
    }
}
