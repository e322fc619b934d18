//! Names that need no quoting in SQL and stay the same for the same files.

use std::collections::HashSet;

/// Words SQLite reserves and that turn up as file names or headers. A name that is one gets a `_` at its end.
const RESERVED: [&str; 74] = [
    "add",
    "all",
    "alter",
    "and",
    "as",
    "asc",
    "between",
    "by",
    "case",
    "check",
    "collate",
    "column",
    "commit",
    "constraint",
    "create",
    "cross",
    "current",
    "default",
    "deferrable",
    "delete",
    "desc",
    "distinct",
    "drop",
    "else",
    "end",
    "escape",
    "except",
    "exists",
    "explain",
    "foreign",
    "from",
    "full",
    "group",
    "having",
    "if",
    "in",
    "index",
    "inner",
    "insert",
    "intersect",
    "into",
    "is",
    "isnull",
    "join",
    "key",
    "left",
    "like",
    "limit",
    "match",
    "natural",
    "not",
    "nothing",
    "notnull",
    "null",
    "offset",
    "on",
    "or",
    "order",
    "outer",
    "primary",
    "references",
    "replace",
    "right",
    "row",
    "rows",
    "select",
    "set",
    "table",
    "then",
    "to",
    "union",
    "unique",
    "values",
    "where",
];

/// More of them, rarer.
const RESERVED_TOO: [&str; 12] = [
    "with",
    "when",
    "using",
    "update",
    "transaction",
    "trigger",
    "view",
    "over",
    "filter",
    "window",
    "range",
    "returning",
];

/// A file's, sheet's or header's name as an SQL name: lower case letters, digits and `_`, at most 60 characters,
/// never a reserved word, never beginning with a digit. `empty` is used when nothing is left.
pub(crate) fn slug(text: &str, empty: &str) -> String {
    let mut name = String::with_capacity(text.len());
    let mut after_lower = false;
    for c in text.chars() {
        // `OrderDate` is two words; `SKU` is one.
        if after_lower && c.is_uppercase() {
            name.push('_');
        }
        after_lower = c.is_lowercase();
        match c {
            'a'..='z' | '0'..='9' => name.push(c),
            'A'..='Z' => name.push(c.to_ascii_lowercase()),
            '%' => name.push_str("_pct"),
            '€' => name.push_str("_eur"),
            '$' => name.push_str("_usd"),
            '£' => name.push_str("_gbp"),
            '#' => name.push_str("_no"),
            '\'' | '\u{2019}' => {}
            c if c.is_alphanumeric() => match plain_letters(c) {
                Some(letters) => name.push_str(letters),
                None => name.extend(c.to_lowercase()),
            },
            _ => name.push('_'),
        }
    }
    let words: Vec<&str> = name.split('_').filter(|word| !word.is_empty()).collect();
    let mut name = words.join("_");
    if name.chars().count() > 60 {
        name = name.chars().take(60).collect();
        name.truncate(name.trim_end_matches('_').len());
    }
    if name.is_empty() {
        empty.clone_into(&mut name);
    }
    if name.starts_with(|c: char| c.is_numeric()) {
        name.insert_str(0, if empty.starts_with("column") { "c_" } else { "t_" });
    }
    if is_taken_by_sql(&name) {
        name.push('_');
    }
    name
}

fn is_taken_by_sql(name: &str) -> bool {
    RESERVED.contains(&name)
        || RESERVED_TOO.contains(&name)
        || matches!(name, "rowid" | "oid" | "sqlite_master" | "sqlite_schema")
        || name.starts_with("sqlite_")
}

/// Letters with marks as plain ones; `None` keeps letters of other scripts.
fn plain_letters(c: char) -> Option<&'static str> {
    Some(match c {
        'ä' | 'Ä' | 'æ' | 'Æ' => "ae",
        'ö' | 'Ö' | 'œ' | 'Œ' => "oe",
        'ü' | 'Ü' => "ue",
        'ß' => "ss",
        'à' | 'á' | 'â' | 'ã' | 'å' | 'ą' | 'ă' | 'À' | 'Á' | 'Â' | 'Ã' | 'Å' | 'Ą' => "a",
        'ç' | 'ć' | 'č' | 'Ç' | 'Ć' | 'Č' => "c",
        'è' | 'é' | 'ê' | 'ë' | 'ę' | 'ě' | 'È' | 'É' | 'Ê' | 'Ë' | 'Ę' => "e",
        'ì' | 'í' | 'î' | 'ï' | 'Ì' | 'Í' | 'Î' | 'Ï' => "i",
        'ł' | 'Ł' => "l",
        'ñ' | 'ń' | 'ň' | 'Ñ' | 'Ń' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ø' | 'Ò' | 'Ó' | 'Ô' | 'Õ' | 'Ø' => "o",
        'ř' | 'Ř' => "r",
        'ś' | 'š' | 'ş' | 'Ś' | 'Š' | 'Ş' => "s",
        'ť' | 'ţ' => "t",
        'ù' | 'ú' | 'û' | 'ů' | 'Ù' | 'Ú' | 'Û' => "u",
        'ý' | 'ÿ' | 'Ý' => "y",
        'ź' | 'ż' | 'ž' | 'Ź' | 'Ż' | 'Ž' => "z",
        _ => return None,
    })
}

/// Gives out names, each once: the second `sales` is `sales_2`.
#[derive(Default)]
pub(crate) struct Names {
    taken: HashSet<String>,
}

impl Names {
    pub(crate) fn claim(&mut self, wanted: &str) -> String {
        if self.taken.insert(wanted.to_owned()) {
            return wanted.to_owned();
        }
        let mut number = 2_u64;
        loop {
            let name = format!("{wanted}_{number}");
            if self.taken.insert(name.clone()) {
                return name;
            }
            number += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs() {
        for (text, want) in [
            ("Sales 2026", "sales_2026"),
            ("Umsätze (Übersicht)", "umsaetze_uebersicht"),
            ("OrderDate", "order_date"),
            ("SKU", "sku"),
            ("customerID", "customer_id"),
            ("Order", "order_"),
            ("2026", "c_2026"),
            ("Q1 / Actual", "q1_actual"),
            ("Margin %", "margin_pct"),
            ("  ", "column_a"),
            ("rowid", "rowid_"),
            ("_row", "row_"),
            ("売上", "売上"),
            ("Bob's", "bobs"),
        ] {
            assert_eq!(slug(text, "column_a"), want, "{text}");
        }
    }

    #[test]
    fn clashes_are_numbered() {
        let mut names = Names::default();
        assert_eq!(
            ["a", "a", "a_2", "a"].map(|name| names.claim(name)),
            ["a", "a_2", "a_2_2", "a_3"]
        );
    }
}
