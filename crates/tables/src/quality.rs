//! Findings that need the stored values.

use std::collections::BTreeMap;

use rusqlite::Connection;

use crate::{ColumnKind, Note, NoteKind, TableError, TableInfo};

/// Categories with more different values than this are not looked at.
const MOST: u64 = 500;

/// Notes values of a category that differ only in case, spaces or a trailing stop: they would be grouped apart.
pub(crate) fn spelling(connection: &Connection, tables: &mut [TableInfo]) -> Result<(), TableError> {
    for table in tables {
        let mut found = Vec::new();
        for column in &table.columns {
            if column.kind != ColumnKind::Text || !(2..=MOST).contains(&column.distinct) {
                continue;
            }
            if column.distinct == table.rows - column.nulls && table.rows > 50 {
                continue;
            }
            let mut statement = connection.prepare(&format!(
                "SELECT \"{0}\", count(*) FROM \"{1}\" WHERE \"{0}\" IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1",
                column.name, table.name
            ))?;
            let rows = statement.query_map([], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?.unsigned_abs()))
            })?;
            let mut groups: BTreeMap<String, Vec<(String, u64)>> = BTreeMap::new();
            for row in rows {
                let (value, count) = row?;
                groups.entry(folded(&value)).or_default().push((value, count));
            }
            let variants: Vec<Vec<(String, u64)>> = groups.into_values().filter(|group| group.len() > 1).collect();
            if variants.is_empty() {
                continue;
            }
            let list: Vec<String> = variants
                .iter()
                .take(5)
                .map(|group| {
                    let written: Vec<String> = group
                        .iter()
                        .map(|(value, count)| format!("\"{value}\" ({count})"))
                        .collect();
                    written.join(" / ")
                })
                .collect();
            found.push(Note {
                kind: NoteKind::SpellingVariants,
                text: format!(
                    "Column `{}`: values differ only in spelling: {}.",
                    column.name,
                    list.join("; ")
                ),
                column: Some(column.name.clone()),
                cells: Vec::new(),
                count: variants.len() as u64,
            });
        }
        table.notes.append(&mut found);
        table.notes.sort_by_key(|note| note.kind);
    }
    Ok(())
}

/// A value without what people vary by accident.
fn folded(value: &str) -> String {
    let words: Vec<String> = value
        .split(|c: char| c.is_whitespace() || c == '-' || c == '_' || c == '.')
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.join(" ")
}
