//! SQL over the tables in granted files, with provenance to sheet and cells.
//!
//! Files come in as bytes; the tables in them (a workbook's sheets may hold several, below titles, beside remarks,
//! with totals among the rows) go into an in-memory SQLite with inferred types and stable names; a query gives rows
//! and the ranges of cells they were reckoned from. Figures in a report come from here, not from a model's head.
//!
//! Architecture invariant: no IO and no model. The same bytes give the same tables, names and figures.
//!
//! Where the rules are: numbers and dates as people write them in `numbers.rs` and `dates.rs`; what makes a
//! column numeric in `columns.rs`; where a table begins and ends in `detect.rs`; which rows are totals in `summary.rs`.
//! A rule that changes or leaves out anything says so in [`TableInfo::notes`].

mod address;
mod catalog;
mod columns;
mod currency;
mod dates;
mod describe;
mod detect;
mod error;
mod functions;
mod grid;
mod info;
mod limits;
mod load;
mod naming;
mod numbers;
mod parallel;
mod profile;
mod quality;
mod query;
mod read;
mod relations;
mod roles;
mod stats;
mod summary;
mod values;

pub use catalog::{Catalog, FileRow, Skipped, TableFile};
pub use error::TableError;
pub use info::{ColumnInfo, ColumnKind, Layout, Note, NoteKind, Role, SummaryCheck, SummaryRow, TableInfo};
pub use limits::{Limits, QueryLimits};
pub use profile::TableProfile;
pub use query::{QueryResult, SourceRange, Truncated};
pub use read::is_table_file;
pub use relations::{Relation, RelationKind};
