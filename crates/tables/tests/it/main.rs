//! The crate from outside: bytes in, tables, figures and provenance out.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs
)]

mod delimited;
mod formats;
mod malformed;
mod mutation;
mod naive;
mod query;
mod relations;
mod ugly;
mod veiled;

use deskhand_tables::{Catalog, Limits, NoteKind, QueryLimits, QueryResult, TableFile, TableInfo};
use deskhand_types::{GuestPath, Veil};
use serde_json::{Value, json};

/// A file of the grant `work`.
pub fn file(name: &str, bytes: impl Into<Vec<u8>>) -> TableFile {
    TableFile {
        path: GuestPath::new(format!("/mnt/work/{name}")),
        bytes: bytes.into(),
        veil: Veil::open(),
    }
}

/// Loads files that must all be readable.
pub fn load(files: Vec<TableFile>) -> Catalog {
    let (catalog, skipped) = Catalog::load(files, &Limits::default()).unwrap();
    assert_eq!(skipped, []);
    catalog
}

/// Loads one delimited file called `data.csv`.
pub fn csv(text: &str) -> Catalog {
    load(vec![file("data.csv", text)])
}

/// Loads one workbook called `book.xlsx`.
pub fn book(mut workbook: rust_xlsxwriter::Workbook) -> Catalog {
    load(vec![file("book.xlsx", workbook.save_to_buffer().unwrap())])
}

pub fn run(catalog: &mut Catalog, sql: &str) -> QueryResult {
    catalog
        .query(sql, &QueryLimits::default())
        .unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// The rows of a query as JSON.
pub fn rows(catalog: &mut Catalog, sql: &str) -> Value {
    json!(run(catalog, sql).rows)
}

/// The single value of a query.
pub fn one(catalog: &mut Catalog, sql: &str) -> Value {
    let result = run(catalog, sql);
    assert_eq!((result.rows.len(), result.columns.len()), (1, 1), "{sql}");
    result.rows[0][0].clone()
}

/// The ranges of a query's sources.
pub fn ranges(catalog: &mut Catalog, sql: &str) -> Vec<String> {
    run(catalog, sql)
        .sources
        .into_iter()
        .map(|source| source.range)
        .collect()
}

/// Name, kind and role of every column: `amount: money EUR, measure`.
pub fn columns(table: &TableInfo) -> Vec<String> {
    table
        .columns
        .iter()
        .map(|column| {
            let role = serde_json::to_value(column.role).unwrap();
            format!("{}: {}, {}", column.name, column.kind.label(), role.as_str().unwrap())
        })
        .collect()
}

/// The texts of a table's notes of one kind.
pub fn notes(table: &TableInfo, kind: NoteKind) -> Vec<&str> {
    let notes = table.notes.iter().filter(|note| note.kind == kind);
    notes.map(|note| note.text.as_str()).collect()
}
