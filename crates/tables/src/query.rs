//! Running one `SELECT`, within limits, and saying which cells it read.
//!
//! What a statement reads is not guessed from its text: SQLite's authorizer reports every column of every table while
//! the statement is compiled, and everything but reading is denied there.

mod rewrite;
mod teach;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use deskhand_types::GuestPath;
use rusqlite::{
    Connection,
    hooks::{AuthAction, AuthContext, Authorization},
    limits::Limit,
    types::ValueRef,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Catalog, Layout, QueryLimits, TableError, TableInfo,
    address::{column_letters, sheet_prefix},
    values::json_number,
};

/// The rows of a query and where they came from.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct QueryResult {
    /// The columns' names, as the statement gives them.
    pub columns: Vec<String>,
    /// The rows: numbers (15 significant digits, as spreadsheets show them), texts, `null`.
    pub rows: Vec<Vec<Value>>,
    /// Set when there are more rows than were returned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truncated: Option<Truncated>,
    /// The cells the statement read.
    pub sources: Vec<SourceRange>,
}

/// Why a result has fewer rows than there are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Truncated {
    /// There are more rows than the limit.
    Rows {
        /// The limit.
        limit: usize,
    },
    /// The values are longer than the limit.
    Bytes {
        /// The limit.
        limit: usize,
    },
}

/// Cells a statement read: adjacent columns of one table, all its rows of data.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct SourceRange {
    /// The table.
    pub table: String,
    /// Its file.
    pub path: GuestPath,
    /// Its sheet, for workbooks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// The cells, header not included: `Orders!F4:F240`; for JSON `lines 1-90, amount`.
    pub range: String,
    /// The columns' headers as in the file (their SQL names where there is none); empty when only rows were counted.
    pub columns: Vec<String>,
    /// How many rows of data the range has.
    pub rows: u64,
    /// Rows inside the range that are no data (totals, repeated headers), at most twenty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without_rows: Vec<u32>,
}

/// What the authorizer saw.
#[derive(Default)]
struct Seen {
    reads: BTreeMap<String, BTreeSet<String>>,
    denied: Option<String>,
}

impl Catalog {
    /// Runs one `SELECT` (or `WITH … SELECT`). `_row` in it is the row's number in the sheet.
    ///
    /// # Errors
    /// When the statement is anything else, names unknown tables or columns, or runs too long. Nothing is changed.
    pub fn query(&mut self, sql: &str, limits: &QueryLimits) -> Result<QueryResult, TableError> {
        let rewritten = rewrite::row_numbers(sql);
        let seen = Arc::new(Mutex::new(Seen::default()));
        bound(&self.connection)?;
        let watcher = Arc::clone(&seen);
        self.connection.authorizer(Some(move |context: AuthContext<'_>| {
            let mut seen = watcher.lock().unwrap_or_else(PoisonError::into_inner);
            judge(&context, &mut seen)
        }))?;
        let start = Instant::now();
        let timeout = limits.timeout;
        self.connection
            .progress_handler(10_000, Some(move || start.elapsed() > timeout))?;
        let outcome = run(&self.connection, &rewritten, limits);
        self.connection
            .authorizer(None::<fn(AuthContext<'_>) -> Authorization>)?;
        self.connection.progress_handler(0, None::<fn() -> bool>)?;
        let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Ok((columns, rows, truncated)) => Ok(QueryResult {
                columns,
                rows,
                truncated,
                sources: self.sources(&seen.reads, &rewrite::join_columns(sql)),
            }),
            Err(Failure::Refused(reason)) => Err(TableError::NotAllowed { reason }),
            Err(Failure::Sqlite(error)) => {
                if let Some(denied) = &seen.denied {
                    return Err(TableError::NotAllowed { reason: denied.clone() });
                }
                if error.sqlite_error_code() == Some(rusqlite::ErrorCode::OperationInterrupted) {
                    return Err(TableError::QueryTimeout {
                        seconds: timeout.as_secs(),
                    });
                }
                Err(teach::error(&self.tables, sql, &error))
            }
        }
    }

    /// The ranges of cells behind the columns that were read.
    fn sources(&self, reads: &BTreeMap<String, BTreeSet<String>>, joins: &rewrite::JoinColumns) -> Vec<SourceRange> {
        let read: Vec<&TableInfo> = self
            .tables
            .iter()
            .filter(|table| reads.contains_key(&table.name))
            .collect();
        let owners = |name: &str| {
            let has = |table: &&&TableInfo| table.columns.iter().any(|column| column.name == name);
            read.iter().filter(has).count()
        };
        let mut sources = Vec::new();
        for table in &read {
            let mut columns = reads.get(&table.name).cloned().unwrap_or_default();
            for column in &table.columns {
                let joined = joins.using.contains(&column.name) || joins.natural;
                if joined && owners(&column.name) > 1 {
                    columns.insert(column.name.clone());
                }
            }
            sources.extend(ranges(table, &columns));
        }
        sources
    }
}

/// A statement's own share of memory and depth.
fn bound(connection: &Connection) -> Result<(), TableError> {
    for (limit, value) in [
        (Limit::SQLITE_LIMIT_SQL_LENGTH, 200_000),
        (Limit::SQLITE_LIMIT_EXPR_DEPTH, 200),
        (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 100),
        (Limit::SQLITE_LIMIT_ATTACHED, 0),
        (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1_000),
        (Limit::SQLITE_LIMIT_LENGTH, 64 << 20),
    ] {
        connection.set_limit(limit, value)?;
    }
    Ok(())
}

/// Reading is allowed, nothing else is.
fn judge(context: &AuthContext<'_>, seen: &mut Seen) -> Authorization {
    let denied = match context.action {
        AuthAction::Select | AuthAction::Recursive => return Authorization::Allow,
        AuthAction::Read {
            table_name,
            column_name,
        } => {
            let columns = seen.reads.entry(table_name.to_owned()).or_default();
            if !column_name.is_empty() && !column_name.eq_ignore_ascii_case("rowid") {
                columns.insert(column_name.to_owned());
            }
            return Authorization::Allow;
        }
        AuthAction::Function { function_name } => {
            // Extensions are code; big blobs are only memory.
            let name = function_name.to_ascii_lowercase();
            if matches!(
                name.as_str(),
                "load_extension" | "fts3_tokenizer" | "zeroblob" | "randomblob"
            ) {
                format!("the function {name} is not allowed")
            } else {
                return Authorization::Allow;
            }
        }
        AuthAction::Pragma { .. } => "PRAGMA is not allowed; the schema is in the table list".to_owned(),
        AuthAction::Attach { .. } | AuthAction::Detach { .. } => "ATTACH is not allowed".to_owned(),
        _ => "only reading is allowed here; files are changed with other tools".to_owned(),
    };
    seen.denied.get_or_insert(denied);
    Authorization::Deny
}

enum Failure {
    Refused(String),
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        match error {
            rusqlite::Error::MultipleStatement => Self::Refused("more than one statement was given".to_owned()),
            other => Self::Sqlite(other),
        }
    }
}

type Rows = (Vec<String>, Vec<Vec<Value>>, Option<Truncated>);

fn run(connection: &Connection, sql: &str, limits: &QueryLimits) -> Result<Rows, Failure> {
    let mut statement = connection.prepare(sql)?;
    if statement.column_count() == 0 || !statement.readonly() {
        return Err(Failure::Refused("this is not a SELECT statement".to_owned()));
    }
    let columns: Vec<String> = statement.column_names().into_iter().map(rewrite::shown_name).collect();
    let width = columns.len();
    let mut found = Vec::new();
    let mut bytes = 0;
    let mut truncated = None;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        if found.len() >= limits.max_rows {
            truncated = Some(Truncated::Rows { limit: limits.max_rows });
            break;
        }
        let mut values = Vec::with_capacity(width);
        for at in 0..width {
            let value = json(row.get_ref(at)?);
            bytes += match &value {
                Value::String(text) => text.len() + 3,
                _ => 12,
            };
            values.push(value);
        }
        if bytes > limits.max_bytes {
            truncated = Some(Truncated::Bytes {
                limit: limits.max_bytes,
            });
            break;
        }
        found.push(values);
    }
    Ok((columns, found, truncated))
}

fn json(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(value) => Value::from(value),
        ValueRef::Real(value) => json_number(value),
        ValueRef::Text(text) => Value::from(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::from(bytes.iter().take(1_000).fold(String::new(), |mut text, byte| {
            for digit in [byte >> 4, byte & 15] {
                text.extend(char::from_digit(u32::from(digit), 16));
            }
            text
        })),
    }
}

/// The ranges of one table's columns; adjacent columns make one range.
fn ranges(table: &TableInfo, read: &BTreeSet<String>) -> Vec<SourceRange> {
    let range = |cells: String, columns: Vec<String>| SourceRange {
        table: table.name.clone(),
        path: table.path.clone(),
        sheet: table.sheet.clone(),
        range: cells,
        columns,
        rows: table.rows,
        without_rows: rows_without_data(table),
    };
    let columns: Vec<_> = table
        .columns
        .iter()
        .filter(|column| read.contains(&column.name))
        .collect();
    let headers = |columns: &[&crate::ColumnInfo]| -> Vec<String> {
        let mut headers: Vec<String> = Vec::new();
        for column in columns {
            let header = if column.header.is_empty() {
                &column.name
            } else {
                &column.header
            };
            headers.push(header.clone());
        }
        headers
    };
    let (first, last) = (table.first_row, table.last_row);
    match table.layout {
        Layout::BuiltIn => vec![range(table.range.clone(), headers(&columns))],
        Layout::Lines | Layout::Items => {
            let names = headers(&columns);
            let fields = if names.is_empty() {
                String::new()
            } else {
                format!(", {}", names.join(", "))
            };
            vec![range(format!("{}{fields}", table.range), names)]
        }
        Layout::Cells => {
            let prefix = sheet_prefix(table.sheet.as_deref());
            let mut placed: Vec<(u32, &crate::ColumnInfo)> = columns
                .iter()
                .filter_map(|column| Some((crate::address::parse_cell(&format!("{}1", column.letter))?.0, *column)))
                .collect();
            placed.sort_by_key(|(at, _)| *at);
            if placed.is_empty() {
                // Only rows were counted.
                let cells = table.range.rsplit('!').next().unwrap_or_default();
                let letters = |cell: &str| cell.chars().take_while(char::is_ascii_alphabetic).collect::<String>();
                let (from, to) = cells.split_once(':').unwrap_or((cells, cells));
                return vec![range(
                    format!("{prefix}{}{first}:{}{last}", letters(from), letters(to)),
                    Vec::new(),
                )];
            }
            placed
                .chunk_by(|a, b| b.0 <= a.0 + 1)
                .filter_map(|run| {
                    let (left, right) = (run.first()?.0, run.last()?.0);
                    let columns: Vec<&crate::ColumnInfo> = run
                        .iter()
                        .map(|(_, column)| *column)
                        .filter(|column| {
                            run.len() == 1 || !column.header.is_empty() || !column.name.ends_with("_currency")
                        })
                        .collect();
                    let cells = format!(
                        "{prefix}{}{first}:{}{last}",
                        column_letters(left),
                        column_letters(right)
                    );
                    Some(range(cells, headers(&columns)))
                })
                .collect()
        }
    }
}

fn rows_without_data(table: &TableInfo) -> Vec<u32> {
    let mut rows: Vec<u32> = table
        .summary_rows
        .iter()
        .map(|summary| summary.row)
        .chain(
            table
                .notes
                .iter()
                .filter(|note| note.kind == crate::NoteKind::SkippedRows)
                .flat_map(|note| note.cells.iter().filter_map(|row| row.parse().ok())),
        )
        .filter(|row| (table.first_row..=table.last_row).contains(row))
        .collect();
    rows.sort_unstable();
    rows.dedup();
    rows.truncate(20);
    rows
}
