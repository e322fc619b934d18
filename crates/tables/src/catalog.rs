//! The catalog: the tables of a set of files, in an in-memory SQLite database.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
};

use deskhand_types::{Code, Coded, GuestPath, Hash, Veil};
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use crate::{
    ColumnInfo, ColumnKind, Layout, Limits, Role, TableError, TableInfo, functions, limits::Deadline, load,
    naming::Names, quality, read, values::json_number,
};

/// A file to load: the caller reads the bytes, this crate does no IO.
#[derive(Clone, Debug)]
pub struct TableFile {
    /// Where it is.
    pub path: GuestPath,
    /// What it holds.
    pub bytes: Vec<u8>,
    /// The cells whose words are kept back; numbers and dates are not.
    pub veil: Veil,
}

/// A file that was left out, whole.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Skipped {
    /// The file.
    pub path: GuestPath,
    /// The stable code of the reason (`tables.too-large`).
    pub code: Code,
    /// The reason for people, with what to do.
    pub reason: String,
}

/// A file of the granted folders, for the built-in table `files`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FileRow {
    /// The whole path.
    pub path: GuestPath,
    /// The path of its folder.
    pub folder: String,
    /// The name with extension.
    pub name: String,
    /// The name without extension.
    pub stem: String,
    /// The extension in lower case, without the dot.
    pub ext: String,
    /// Bytes.
    pub size: u64,
    /// When it was last changed, `YYYY-MM-DD HH:MM:SS`.
    pub modified: String,
    /// Its blake3 hash, where it is known.
    pub hash: Option<Hash>,
}

/// The tables of a set of files.
pub struct Catalog {
    pub(crate) connection: Connection,
    pub(crate) tables: Vec<TableInfo>,
}

impl std::fmt::Debug for Catalog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.tables.iter().map(|table| table.name.as_str()).collect();
        f.debug_struct("Catalog")
            .field("tables", &names)
            .finish_non_exhaustive()
    }
}

impl Catalog {
    /// Loads files. One that cannot be read, or passes a limit, is skipped and never costs the others; names do not
    /// depend on the order of `files`, only on their paths.
    ///
    /// # Errors
    /// Only when the database itself fails.
    pub fn load(mut files: Vec<TableFile>, limits: &Limits) -> Result<(Self, Vec<Skipped>), TableError> {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let mut connection = Connection::open_in_memory()?;
        connection.execute_batch(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY;
             PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -65536; PRAGMA trusted_schema = OFF;",
        )?;
        functions::register(&connection)?;
        let deadline = Deadline::new(limits.timeout);
        let mut names = Names::default();
        names.claim("files");
        let mut tables = Vec::new();
        let mut skipped = Vec::new();
        for (count, file) in files.into_iter().enumerate() {
            let loaded = if count >= limits.max_files {
                Err(TableError::TooLarge {
                    what: "files in one query",
                    found: count as u64 + 1,
                    limit: limits.max_files as u64,
                })
            } else {
                one(&mut connection, &mut names, &file, limits, deadline)
            };
            match loaded {
                Ok(mut found) => tables.append(&mut found),
                Err(error) => skipped.push(Skipped {
                    path: file.path,
                    code: error.code(),
                    reason: match error.hint() {
                        Some(hint) => format!("{error}. {hint}"),
                        None => error.to_string(),
                    },
                }),
            }
        }
        quality::spelling(&connection, &mut tables)?;
        Ok((Self { connection, tables }, skipped))
    }

    /// Adds the built-in table `files`, once: what is in the granted folders, to query like any other table.
    ///
    /// # Errors
    /// When the table is already there, or the database fails.
    pub fn add_file_list(&mut self, files: impl IntoIterator<Item = FileRow>) -> Result<(), TableError> {
        let files: Vec<FileRow> = files.into_iter().collect();
        let transaction = self.connection.transaction()?;
        transaction.execute(
            "CREATE TABLE files (path TEXT, folder TEXT, name TEXT, stem TEXT, ext TEXT, size INTEGER, modified TEXT, \
             hash TEXT)",
            [],
        )?;
        let mut insert = transaction.prepare("INSERT INTO files VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
        for file in &files {
            insert.execute(params![
                file.path.as_str(),
                file.folder,
                file.name,
                file.stem,
                file.ext,
                i64::try_from(file.size).unwrap_or(i64::MAX),
                file.modified,
                file.hash.map(|hash| hash.to_string()),
            ])?;
        }
        drop(insert);
        transaction.commit()?;
        self.tables.push(file_list_info(&files));
        Ok(())
    }

    /// The tables, in the order of files and sheets.
    pub fn tables(&self) -> &[TableInfo] {
        &self.tables
    }

    /// The table of this name.
    pub fn table(&self, name: &str) -> Option<&TableInfo> {
        self.tables.iter().find(|table| table.name.eq_ignore_ascii_case(name))
    }
}

fn one(
    connection: &mut Connection,
    names: &mut Names,
    file: &TableFile,
    limits: &Limits,
    deadline: Deadline,
) -> Result<Vec<TableInfo>, TableError> {
    // The parsers promise not to panic; a file that proves them wrong must not take the task with it. What it had
    // stored is rolled back with its transaction.
    catch_unwind(AssertUnwindSafe(|| {
        let sheets = read::sheets(file.path.file_name(), &file.bytes, limits, deadline)?;
        load::file(connection, names, file, &sheets, limits, deadline)
    }))
    .unwrap_or(Err(TableError::ParserFailed))
}

fn file_list_info(files: &[FileRow]) -> TableInfo {
    let text = |name: &str, role: Role, value: &dyn Fn(&FileRow) -> Option<String>| {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for value in files.iter().filter_map(value) {
            *counts.entry(value).or_default() += 1;
        }
        let filled: u64 = counts.values().sum();
        ColumnInfo {
            name: name.to_owned(),
            header: String::new(),
            letter: String::new(),
            kind: if name == "modified" {
                ColumnKind::DateTime
            } else {
                ColumnKind::Text
            },
            role,
            additive: false,
            unit: None,
            nulls: files.len() as u64 - filled,
            distinct: counts.len() as u64,
            min: counts.keys().next().cloned().into(),
            max: counts.keys().next_back().cloned().into(),
            sum: None,
            examples: counts.keys().take(3).cloned().map(Into::into).collect(),
            formats_seen: Vec::new(),
            hidden: false,
        }
    };
    let mut size = text("size", Role::Measure, &|file| Some(format!("{:020}", file.size)));
    let sizes = || files.iter().map(|file| file.size);
    size.kind = ColumnKind::Integer;
    size.additive = true;
    size.unit = Some("bytes".to_owned());
    size.min = sizes().min().into();
    size.max = sizes().max().into();
    size.sum = Some(sizes().sum::<u64>() as f64);
    size.examples = sizes().take(3).map(|size| json_number(size as f64)).collect();
    TableInfo {
        name: "files".to_owned(),
        path: GuestPath::new("/mnt"),
        sheet: None,
        range: "the granted folders".to_owned(),
        title: None,
        header_row: 0,
        first_row: 1,
        last_row: files.len() as u32,
        columns: vec![
            text("path", Role::Key, &|file| Some(file.path.as_str().to_owned())),
            text("folder", Role::Category, &|file| Some(file.folder.clone())),
            text("name", Role::Text, &|file| Some(file.name.clone())),
            text("stem", Role::Text, &|file| Some(file.stem.clone())),
            text("ext", Role::Category, &|file| Some(file.ext.clone())),
            size,
            text("modified", Role::Date, &|file| Some(file.modified.clone())),
            text("hash", Role::Key, &|file| file.hash.map(|hash| hash.to_string())),
        ],
        rows: files.len() as u64,
        hidden: false,
        summary_rows: Vec::new(),
        notes: Vec::new(),
        layout: Layout::BuiltIn,
    }
}
