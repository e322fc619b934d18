//! Errors that teach: what SQLite refused, and what was probably meant.

use crate::{TableError, TableInfo, functions};

/// How many names an error lists.
const MOST: usize = 40;

/// SQLite's error in terms of the catalog.
pub(super) fn error(tables: &[TableInfo], sql: &str, error: &rusqlite::Error) -> TableError {
    let message = match error {
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        other => other.to_string(),
    };
    if let Some(name) = message.strip_prefix("no such table: ") {
        let name = name.strip_prefix("main.").unwrap_or(name);
        return TableError::UnknownTable {
            name: name.to_owned(),
            suggestion: tables_like(tables, name),
        };
    }
    if let Some(name) = message.strip_prefix("no such column: ") {
        // SQLite adds advice on quotes after the name.
        let name = name.split(" - ").next().unwrap_or(name).trim_matches('"');
        return TableError::UnknownColumn {
            name: if name.eq_ignore_ascii_case("rowid") {
                "_row"
            } else {
                name
            }
            .to_owned(),
            suggestion: columns_like(tables, sql, name),
        };
    }
    if let Some(name) = message.strip_prefix("ambiguous column name: ") {
        let bare = name.rsplit('.').next().unwrap_or(name);
        let owners: Vec<String> = named_in(tables, sql)
            .filter(|table| {
                table
                    .columns
                    .iter()
                    .any(|column| column.name.eq_ignore_ascii_case(bare))
            })
            .map(|table| format!("`{}.{bare}`", table.name))
            .collect();
        return TableError::AmbiguousColumn {
            name: name.to_owned(),
            suggestion: if owners.is_empty() {
                "Qualify it with the table's name or alias.".to_owned()
            } else {
                format!("Write {} (or use the table's alias).", owners.join(" or "))
            },
        };
    }
    let suggestion = if message.starts_with("no such function") {
        format!("Beside SQLite's own functions there are: {}.", functions::HELP)
    } else if message.contains("syntax error") {
        "Write one SELECT in SQLite's dialect; names here never need quotes.".to_owned()
    } else {
        "Check the statement.".to_owned()
    };
    TableError::Sql { message, suggestion }
}

/// The tables whose name occurs in the statement; all when none does.
fn named_in<'a>(tables: &'a [TableInfo], sql: &str) -> impl Iterator<Item = &'a TableInfo> {
    let lower = sql.to_lowercase();
    let words: Vec<String> = lower
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .map(str::to_owned)
        .collect();
    let any = tables.iter().any(|table| words.contains(&table.name));
    tables.iter().filter(move |table| !any || words.contains(&table.name))
}

/// Names near `wanted`, nearest first.
fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted = wanted.to_lowercase();
    let mut scored: Vec<(f64, &str)> = names
        .map(|name| {
            let contains = name.contains(&wanted) || wanted.contains(name);
            (
                strsim::jaro_winkler(&wanted, name) + if contains { 0.2 } else { 0.0 },
                name,
            )
        })
        .filter(|(score, _)| *score >= 0.75)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    scored.dedup_by_key(|(_, name)| *name);
    scored.into_iter().take(3).map(|(_, name)| name).collect()
}

fn meant(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        names => {
            let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            format!("Did you mean {}? ", quoted.join(" or "))
        }
    }
}

fn tables_like(tables: &[TableInfo], wanted: &str) -> String {
    if tables.is_empty() {
        return "No table was loaded from these files.".to_owned();
    }
    let near = nearest(wanted, tables.iter().map(|table| table.name.as_str()));
    let all: Vec<&str> = tables.iter().take(MOST).map(|table| table.name.as_str()).collect();
    format!("{}The tables are: {}.", meant(&near), all.join(", "))
}

fn columns_like(tables: &[TableInfo], sql: &str, wanted: &str) -> String {
    let bare = wanted.rsplit('.').next().unwrap_or(wanted);
    let concerned: Vec<&TableInfo> = named_in(tables, sql).take(4).collect();
    let names = concerned
        .iter()
        .flat_map(|table| table.columns.iter().map(|column| column.name.as_str()));
    let near = nearest(bare, names);
    // A model that knows the sheet may use its headers.
    let by_header: Vec<&str> = concerned
        .iter()
        .flat_map(|table| &table.columns)
        .filter(|column| column.header.eq_ignore_ascii_case(bare))
        .map(|column| column.name.as_str())
        .collect();
    let elsewhere: Vec<String> = tables
        .iter()
        .filter(|table| {
            table
                .columns
                .iter()
                .any(|column| column.name.eq_ignore_ascii_case(bare))
        })
        .map(|table| format!("`{}.{bare}`", table.name))
        .take(3)
        .collect();
    let mut text = meant(if by_header.is_empty() { &near } else { &by_header });
    if !elsewhere.is_empty() {
        text.push_str("It is in ");
        text.push_str(&elsewhere.join(", "));
        text.push_str(". ");
    }
    for table in concerned {
        let columns: Vec<&str> = table
            .columns
            .iter()
            .take(MOST)
            .map(|column| column.name.as_str())
            .collect();
        for piece in ["`", &table.name, "` has: ", &columns.join(", "), ". "] {
            text.push_str(piece);
        }
    }
    text.trim_end().to_owned()
}
