//! The tables in granted files, as a person sees them.

use std::collections::BTreeMap;

use deskhand_tables::{Catalog, FileRow, Skipped, TableError, TableFile};
use deskhand_types::{Coded, GuestPath, Hash, ToolOutcome, Veil};
use deskhand_workspace::{Entry, GlobQuery, Kind, Workspace, WorkspaceError};

use super::workspace_failed;

/// Files with tables in them.
const PATTERN: &str = "**/*.{csv,tsv,xlsx,xlsm,xlsb,xls,ods,jsonl,ndjson}";
/// Files loaded for one query at most.
const MAX_FILES: usize = 200;
/// Files in the table `files` at most.
const MAX_LISTED: usize = 100_000;
/// Bytes of one file at most.
const MAX_FILE: u64 = 64 * 1024 * 1024;

/// One file as a row of the built-in table `files`.
pub(super) fn file_row(entry: &Entry) -> FileRow {
    let name = entry.path.file_name();
    let (stem, ext) = match name.rsplit_once('.') {
        Some((stem, ext)) if !stem.is_empty() => (stem, ext.to_lowercase()),
        _ => (name, String::new()),
    };
    let folder = entry.path.as_str().rsplit_once('/').map_or("", |(folder, _)| folder);
    FileRow {
        path: entry.path.clone(),
        folder: folder.to_owned(),
        name: name.to_owned(),
        stem: stem.to_owned(),
        ext,
        size: entry.size,
        modified: modified(entry.mtime_ns.unwrap_or_default()),
        hash: None,
    }
}

/// A modification time as `YYYY-MM-DD HH:MM:SS`, UTC.
fn modified(mtime_ns: i128) -> String {
    jiff::Timestamp::from_nanosecond(mtime_ns)
        .map(|time| time.strftime("%Y-%m-%d %H:%M:%S").to_string())
        .unwrap_or_default()
}

/// What a person does not see of a file's tables. Where that cannot be found out, nothing but figures is given.
fn veil(path: &GuestPath, bytes: &[u8]) -> Veil {
    let limits = deskhand_documents::Limits::default();
    deskhand_documents::hidden_cells(path.file_name(), bytes, &limits).unwrap_or_else(|_| Veil::closed())
}

/// Loads the tables of the files that match, and the table `files` when the question needs it. Words that nobody sees in
/// a workbook are left out unless `with_hidden`.
pub(super) fn load(
    workspace: &Workspace,
    wanted: &[GuestPath],
    sql: &str,
    with_hidden: bool,
) -> Result<(Catalog, Vec<Skipped>), Box<ToolOutcome>> {
    let paths = if wanted.is_empty() {
        find(workspace).map_err(|error| workspace_failed(&error))?
    } else {
        wanted.to_vec()
    };
    let mut files = Vec::new();
    let mut skipped = Vec::new();
    for path in paths {
        if files.len() == MAX_FILES {
            skipped.push(Skipped {
                path,
                code: deskhand_types::Code::new("tables.too-many-files"),
                reason: format!("more than {MAX_FILES} files with tables"),
            });
            break;
        }
        match workspace.read(&path, MAX_FILE) {
            Ok(bytes) => {
                let veil = if with_hidden { Veil::open() } else { veil(&path, &bytes) };
                files.push(TableFile { path, bytes, veil });
            }
            Err(error) => {
                skipped.push(Skipped {
                    path,
                    code: error.code(),
                    reason: error.to_string(),
                });
            }
        }
    }
    let (mut catalog, unreadable) =
        Catalog::load(files, &deskhand_tables::Limits::default()).map_err(|error| table_failed(&error))?;
    skipped.extend(unreadable);
    if mentions(sql, "files") {
        let list = file_list(workspace, mentions(sql, "hash")).map_err(|error| workspace_failed(&error))?;
        catalog.add_file_list(list).map_err(|error| table_failed(&error))?;
    }
    Ok((catalog, skipped))
}

/// What went wrong with tables, for the model.
pub(super) fn table_failed(error: &TableError) -> Box<ToolOutcome> {
    let hint = error.hint().map(|hint| format!("\n{hint}")).unwrap_or_default();
    Box::new(ToolOutcome::failed(error.code(), format!("{error}{hint}")))
}

fn find(workspace: &Workspace) -> Result<Vec<GuestPath>, WorkspaceError> {
    let query = GlobQuery {
        max_results: MAX_FILES * 10,
        ..GlobQuery::new(PATTERN)
    };
    let mut paths: Vec<GuestPath> = workspace
        .glob(&query)?
        .entries
        .into_iter()
        // Lock files of open office documents.
        .filter(|entry| !entry.path.file_name().starts_with("~$"))
        .filter(|entry| entry.path.grant() != Some("outputs"))
        .map(|entry| entry.path)
        .collect();
    // Table names depend on the order of the files: by path, not by date, so that they are the same tomorrow.
    paths.sort();
    Ok(paths)
}

/// All files as rows. Content hashes are computed only for files that share their size with another: others cannot be
/// duplicates.
fn file_list(workspace: &Workspace, hashes: bool) -> Result<Vec<FileRow>, WorkspaceError> {
    let query = GlobQuery {
        max_results: MAX_LISTED,
        ..GlobQuery::new("**/*")
    };
    let found = workspace.glob(&query)?;
    let entries: Vec<&Entry> = found
        .entries
        .iter()
        .filter(|entry| entry.kind == Kind::File && entry.path.grant() != Some("outputs"))
        .collect();
    let mut of_size: BTreeMap<u64, usize> = BTreeMap::new();
    for entry in &entries {
        *of_size.entry(entry.size).or_default() += 1;
    }
    Ok(entries
        .into_iter()
        .map(|entry| {
            let mut row = file_row(entry);
            if hashes && of_size.get(&entry.size).is_some_and(|count| *count > 1) {
                row.hash = workspace.read(&entry.path, MAX_FILE).ok().map(|bytes| Hash::of(&bytes));
            }
            row
        })
        .collect())
}

/// Whether a statement mentions a word, outside of longer words.
fn mentions(sql: &str, word: &str) -> bool {
    sql.split(|c: char| !c.is_alphanumeric() && c != '_')
        .any(|part| part.eq_ignore_ascii_case(word))
}
