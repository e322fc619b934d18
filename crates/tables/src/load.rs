//! From a file's sheets to tables in the database.

mod findings;
mod veil;

use std::collections::HashSet;

use deskhand_types::{GuestPath, HiddenCells};
use findings::note;
use rusqlite::Connection;

use crate::{
    ColumnInfo, ColumnKind, Layout, Limits, Note, NoteKind, SummaryRow, TableError, TableFile, TableInfo,
    address::{cell, column_letters, sheet_prefix},
    columns::{Habits, Observed, Plan, Remark, View, decide, forms_seen, observe},
    detect::{self, Region},
    limits::{Deadline, within},
    naming::{Names, slug},
    parallel,
    read::Sheet,
    roles,
    stats::{Stats, hash_of, hash_row},
    summary::{self, Candidate, Figures},
    values::{Outcome, Value, convert, currency_of},
};

/// Rows converted at a time.
const PIECE: usize = 16_384;

/// Loads all tables of one file. Names are claimed in the order the tables stand in the file.
pub(crate) fn file(
    connection: &mut Connection,
    names: &mut Names,
    TableFile { path, veil, .. }: &TableFile,
    sheets: &[Sheet],
    limits: &Limits,
    deadline: Deadline,
) -> Result<Vec<TableInfo>, TableError> {
    let mut drafts = Vec::new();
    let mut habits = Habits::default();
    for sheet in sheets {
        let regions = if sheet.named_fields {
            detect::whole(&sheet.grid)
        } else {
            detect::regions(&sheet.grid, limits.max_tables_per_sheet)
        };
        if sheet.grid.comma_likely {
            // A file that separates columns by `;` does so because the comma is taken.
            habits.comma += 1;
        }
        for region in regions {
            deadline.check()?;
            let width = u64::from(region.right - region.left) + 1;
            within("columns in one table", width, limits.max_columns)?;
            let draft = Draft::new(sheet, veil.sheet(sheet.name.as_deref()), region);
            for seen in &draft.seen {
                habits.add(seen);
            }
            drafts.push(draft);
        }
    }
    let stem = path
        .file_name()
        .rsplit_once('.')
        .map_or(path.file_name(), |(stem, _)| stem);
    let sheets_with_tables = sheets
        .iter()
        .filter(|sheet| drafts.iter().any(|draft| std::ptr::eq(draft.sheet, *sheet)))
        .count();
    let mut tables = Vec::new();
    let transaction = connection.transaction()?;
    for draft in drafts {
        let mut wanted = slug(stem, "table_");
        if let Some(sheet) = &draft.sheet.name
            && sheets_with_tables > 1
        {
            wanted = slug(&format!("{stem} {sheet}"), "table_");
        }
        if draft.sheet.hidden {
            wanted.push_str("_hidden");
        }
        let name = names.claim(&wanted);
        tables.push(draft.store(&transaction, name, path, &habits, deadline)?);
    }
    transaction.commit()?;
    Ok(tables)
}

/// A table found, its columns looked at, not yet decided on.
struct Draft<'a> {
    sheet: &'a Sheet,
    /// What nobody sees of the sheet.
    veil: &'a HiddenCells,
    /// The columns' names as far as a person sees them.
    seen_names: Vec<String>,
    view: View<'a>,
    region: Region,
    candidates: Vec<Candidate>,
    seen: Vec<Observed>,
}

/// A column that will be in the table.
struct Column<'a> {
    source: u16,
    name: String,
    header: &'a str,
    /// The header as far as a person sees it.
    shown_header: &'a str,
    /// Its texts that a person sees, where others are kept back.
    visible: HashSet<&'a str>,
    unit: Option<String>,
    plan: Plan,
    seen: &'a Observed,
    /// Whether it holds the currency of the amounts in `source`.
    is_currency: bool,
}

impl<'a> Draft<'a> {
    fn new(sheet: &'a Sheet, veil: &'a HiddenCells, region: Region) -> Self {
        let view = View::new(&sheet.grid, &region.body);
        let candidates = if sheet.layout == Layout::Cells {
            summary::candidates(&view, region.left, region.right, &region.body)
        } else {
            Vec::new()
        };
        // A total's label must not spoil the evidence of a column of figures.
        let rows: Vec<usize> = if candidates.is_empty() {
            Vec::new()
        } else {
            let labelled: HashSet<usize> = candidates.iter().map(|candidate| candidate.at).collect();
            let body = region.body.iter().enumerate();
            body.filter(|(at, _)| !labelled.contains(at))
                .map(|(_, &index)| index)
                .collect()
        };
        let looked_at = if rows.is_empty() { &region.body } else { &rows };
        let columns: Vec<u16> = (region.left..=region.right).collect();
        let size = columns.len() * looked_at.len();
        let seen = parallel::map(columns, size, |column| observe(&view, column, looked_at));
        let seen_names = if veil.is_empty() {
            region.names.clone()
        } else {
            detect::seen_names(&sheet.grid, &region, veil)
        };
        Self {
            sheet,
            veil,
            seen_names,
            view,
            region,
            candidates,
            seen,
        }
    }

    fn store(
        self,
        connection: &Connection,
        name: String,
        path: &GuestPath,
        habits: &Habits,
        deadline: Deadline,
    ) -> Result<TableInfo, TableError> {
        let (mut columns, mut notes) = self.plan(habits);
        for column in &mut columns {
            column.visible = self.visible_texts(column);
        }
        let figures: Vec<Figures<'_>> = columns
            .iter()
            .filter(|column| !column.is_currency)
            .map(|column| Figures {
                column: column.source,
                name: &column.name,
                header: column.header,
                plan: &column.plan,
            })
            .collect();
        let summaries = if self.sheet.layout == Layout::Cells {
            summary::find(&self.view, &figures, &self.region.body, &self.candidates)
        } else {
            Vec::new()
        };
        let left_out: HashSet<usize> = summaries.iter().map(|(at, _)| *at).collect();
        let body: Vec<usize> = self
            .region
            .body
            .iter()
            .enumerate()
            .filter(|(at, _)| !left_out.contains(at))
            .map(|(_, &index)| index)
            .collect();
        let summary_rows: Vec<SummaryRow> = summaries
            .into_iter()
            .map(|(at, row)| self.veiled_summary(at, row))
            .collect();

        let mut stats: Vec<Stats> = columns.iter().map(|_| Stats::default()).collect();
        self.insert(connection, &name, &columns, &body, &mut stats, deadline)?;
        let duplicates = self.duplicates(&columns, &body, &stats);

        let grid = self.view.grid;
        let row_at = |index: Option<&usize>| index.map_or(0, |&index| grid.row_number(index));
        let (first_row, last_row) = (row_at(body.first()), row_at(body.last()));
        let infos: Vec<ColumnInfo> = columns
            .iter()
            .zip(&stats)
            .map(|(column, stats)| self.column_info(column, stats, body.len() as u64))
            .collect();
        notes.extend(self.withheld_note(&columns, &stats));
        self.notes(&mut notes, &columns, &stats, &summary_rows, &body, &duplicates);
        notes.sort_by_key(|note| note.kind);
        let header_row = self
            .region
            .header
            .clone()
            .next_back()
            .map_or(0, |index| grid.row_number(index));
        let top = self
            .region
            .header
            .clone()
            .next()
            .map_or(first_row, |index| grid.row_number(index));
        let bottom = last_row.max(header_row);
        Ok(TableInfo {
            name,
            path: path.clone(),
            sheet: self.sheet.name.clone(),
            range: match self.sheet.layout {
                Layout::Lines => format!("lines {first_row}-{last_row}"),
                Layout::Items => format!("items {first_row}-{last_row}"),
                Layout::Cells | Layout::BuiltIn => format!(
                    "{}{}:{}",
                    sheet_prefix(self.sheet.name.as_deref()),
                    cell(u32::from(self.region.left), top.max(1)),
                    cell(u32::from(self.region.right), bottom.max(1)),
                ),
            },
            title: self.title(),
            header_row,
            first_row,
            last_row,
            columns: infos,
            rows: body.len() as u64,
            hidden: self.sheet.hidden,
            summary_rows,
            notes,
            layout: self.sheet.layout,
        })
    }

    /// Decides on every column.
    fn plan(&self, habits: &Habits) -> (Vec<Column<'_>>, Vec<Note>) {
        let mut names = Names::default();
        let mut columns: Vec<Column<'_>> = Vec::new();
        let mut notes = Vec::new();
        let mut nameless = Vec::new();
        let body = &self.region.body;
        let mut headers: HashSet<String> = HashSet::new();
        let headers_seen = self.region.names.iter().zip(&self.seen_names);
        for ((seen, (header, shown)), source) in self.seen.iter().zip(headers_seen).zip(self.region.left..) {
            let has_values = seen.values + seen.nothing + seen.errors > 0;
            if header.is_empty() && !has_values {
                continue;
            }
            let letters = column_letters(u32::from(source));
            let by_position = format!("column_{}", letters.to_lowercase());
            let wanted = if shown.is_empty() {
                by_position.clone()
            } else {
                slug(shown, &by_position)
            };
            if header.is_empty() {
                nameless.push(letters.clone());
            }
            let name = names.claim(&wanted);
            if !shown.is_empty() && !headers.insert(wanted.clone()) {
                notes.push(note(
                    NoteKind::Header,
                    Some(&name),
                    format!("The header \"{shown}\" occurs more than once; column {letters} is `{name}`."),
                    1,
                ));
            }
            if !has_values {
                notes.push(note(
                    NoteKind::Header,
                    Some(&name),
                    format!("Column `{name}` has no values."),
                    1,
                ));
            }
            let unit = self
                .region
                .units
                .get(usize::from(source - self.region.left))
                .cloned()
                .flatten()
                .or_else(|| detect::unit_in_header(header).map(str::to_owned));
            let (plan, remarks) = decide(&self.view, source, body, header, unit.as_deref(), seen, habits);
            for Remark { kind, text, count } in remarks {
                notes.push(note(kind, Some(&name), format!("Column `{name}`: {text}."), count));
            }
            let mixed = matches!(plan.kind, ColumnKind::Money { currency: None }) && seen.currencies.len() > 1;
            let currency_name = mixed.then(|| names.claim(&format!("{name}_currency")));
            columns.push(Column {
                source,
                name,
                header,
                shown_header: shown,
                visible: HashSet::new(),
                unit: unit.filter(|_| shown == header),
                plan: plan.clone(),
                seen,
                is_currency: false,
            });
            if let Some(name) = currency_name {
                columns.push(Column {
                    source,
                    name,
                    header: "",
                    shown_header: "",
                    visible: HashSet::new(),
                    unit: None,
                    plan,
                    seen,
                    is_currency: true,
                });
            }
        }
        if self.region.header.is_empty() {
            notes.push(note(
                NoteKind::NoHeader,
                None,
                "There is no header row; columns are named by their letters.".to_owned(),
                1,
            ));
        } else if !nameless.is_empty() {
            let text = format!(
                "Columns without a header are named by their letters: {}.",
                nameless.join(", ")
            );
            notes.push(note(NoteKind::Header, None, text, nameless.len() as u64));
        }
        (columns, notes)
    }

    /// Creates the table and fills it.
    fn insert(
        &self,
        connection: &Connection,
        name: &str,
        columns: &[Column<'_>],
        body: &[usize],
        stats: &mut [Stats],
        deadline: Deadline,
    ) -> Result<(), TableError> {
        let grid = self.view.grid;
        let declared: Vec<String> = columns
            .iter()
            .map(|column| {
                let kind = if column.is_currency {
                    "TEXT"
                } else {
                    column.plan.kind.sql_type()
                };
                format!("\"{}\" {kind}", column.name)
            })
            .collect();
        connection.execute(&format!("CREATE TABLE \"{name}\" ({})", declared.join(", ")), [])?;
        let places: Vec<String> = (0..=columns.len()).map(|at| format!("?{}", at + 1)).collect();
        let quoted: Vec<String> = columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
        let mut insert = connection.prepare(&format!(
            "INSERT INTO \"{name}\" (rowid, {}) VALUES ({})",
            quoted.join(", "),
            places.join(", ")
        ))?;
        let converted = |rows: &[usize], stats: &mut [Stats]| {
            let work: Vec<_> = columns.iter().zip(stats).collect();
            parallel::map(work, rows.len() * columns.len(), |(column, stats)| {
                let values = rows.iter().map(|&index| {
                    let (value, outcome) = self.value(column, index);
                    stats.add(&value, outcome, grid.row_number(index));
                    value
                });
                values.collect::<Vec<_>>()
            })
        };
        // While one piece of the table is stored, the next one is converted.
        let mut pieces = body.chunks(PIECE);
        let mut piece = pieces.next().unwrap_or_default();
        let mut values = converted(piece, stats);
        while !piece.is_empty() {
            deadline.check()?;
            let next = pieces.next().unwrap_or_default();
            let mut store = || {
                for (at, &index) in piece.iter().enumerate() {
                    insert.raw_bind_parameter(1, i64::from(grid.row_number(index)))?;
                    for (column, value) in values.iter().enumerate() {
                        insert.raw_bind_parameter(column + 2, value.get(at))?;
                    }
                    insert.raw_execute()?;
                }
                Ok::<_, TableError>(())
            };
            let next_values = if next.is_empty() {
                store()?;
                Vec::new()
            } else {
                let (next_values, stored) = parallel::both(|| converted(next, stats), store);
                stored?;
                next_values
            };
            (piece, values) = (next, next_values);
        }
        for stats in stats.iter_mut() {
            stats.finish();
        }
        Ok(())
    }

    /// The value of a cell as it is given out.
    fn value(&self, column: &Column<'_>, index: usize) -> (Value<'_>, Outcome) {
        if self.is_withheld(column, index) {
            return (Value::Null, Outcome::Withheld);
        }
        self.true_value(column, index)
    }

    fn true_value(&self, column: &Column<'_>, index: usize) -> (Value<'_>, Outcome) {
        let grid = self.view.grid;
        let cell = self.view.cell(index, column.source);
        if column.is_currency {
            let currency = cell.and_then(|cell| currency_of(grid, cell, &column.plan));
            return (currency.map_or(Value::Null, Value::Owned), Outcome::Fine);
        }
        convert(grid, cell, &column.plan)
    }

    /// The rows that repeat an earlier one in every column.
    fn duplicates(&self, columns: &[Column<'_>], body: &[usize], stats: &[Stats]) -> Vec<u32> {
        if stats.iter().any(Stats::is_unique) {
            return Vec::new();
        }
        let pieces: Vec<&[usize]> = body.chunks(PIECE).collect();
        let hashes = parallel::map(pieces, body.len() * columns.len(), |piece| {
            let rows = piece.iter().map(|&index| {
                let hashes = columns.iter().map(|column| hash_of(&self.true_value(column, index).0));
                (hash_row(hashes), self.view.grid.row_number(index))
            });
            rows.collect::<Vec<_>>()
        });
        let mut rows: Vec<(u64, u32)> = hashes.into_iter().flatten().collect();
        rows.sort_unstable();
        let pairs = rows.windows(2).filter_map(|pair| match pair {
            [(a, _), (b, row)] if a == b => Some(*row),
            _ => None,
        });
        let mut repeated: Vec<u32> = pairs.collect();
        repeated.sort_unstable();
        repeated
    }

    fn column_info(&self, column: &Column<'_>, stats: &Stats, rows: u64) -> ColumnInfo {
        let kind = if column.is_currency {
            ColumnKind::Text
        } else {
            column.plan.kind.clone()
        };
        let facts = roles::Facts {
            kind: &kind,
            header: column.header,
            rows,
            nulls: stats.nulls,
            distinct: stats.distinct(),
            min: stats.min(),
            max: stats.max(),
            wordy: stats.is_wordy(),
            codes: stats.is_codes(),
        };
        let role = roles::role(&facts);
        let is_date = matches!(kind, ColumnKind::Date | ColumnKind::DateTime);
        let additive = role == crate::Role::Measure && roles::is_additive(&kind, column.header);
        let mut formats_seen = if is_date {
            forms_seen(column.seen, &column.plan)
        } else {
            Vec::new()
        };
        if kind.is_numeric() && column.seen.text_numbers > 0 && column.seen.native_numbers > 0 {
            formats_seen.push("number stored as text".to_owned());
        }
        ColumnInfo {
            name: column.name.clone(),
            header: column.shown_header.to_owned(),
            letter: match self.sheet.layout {
                Layout::Cells => column_letters(u32::from(column.source)),
                _ => column.header.to_owned(),
            },
            role,
            additive,
            unit: column.unit.clone(),
            nulls: stats.nulls,
            distinct: stats.distinct(),
            min: stats.smallest(),
            max: stats.largest(),
            sum: kind.is_numeric().then(|| stats.sum()).flatten(),
            examples: stats.examples.clone(),
            formats_seen,
            hidden: self.view.grid.hidden_columns.binary_search(&column.source).is_ok(),
            kind,
        }
    }
}
