//! What has to be known of a statement's text: `_row`, and the columns of `USING`.
//!
//! The row's number is kept as SQLite's `rowid`, so that `SELECT *`, `DISTINCT`, `UNION` and `NATURAL JOIN` do not see
//! it; in the text of a statement it is called `_row`.

/// The statement with `_row` as `rowid`. Text, quoted names and comments stay as they are.
pub(super) fn row_numbers(sql: &str) -> String {
    if !sql.to_ascii_lowercase().contains("_row") {
        return sql.to_owned();
    }
    let is_row = |token: &str| token.eq_ignore_ascii_case("_row") || token.eq_ignore_ascii_case("\"_row\"");
    tokens(sql)
        .map(|token| if is_row(token) { "rowid" } else { token })
        .collect()
}

/// The columns a statement joins by without naming them as expressions, which SQLite's authorizer does not report.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct JoinColumns {
    /// Names in `USING (…)`.
    pub(super) using: Vec<String>,
    /// Whether there is a `NATURAL JOIN`.
    pub(super) natural: bool,
}

pub(super) fn join_columns(sql: &str) -> JoinColumns {
    let mut found = JoinColumns::default();
    let mut in_using = false;
    for token in tokens(sql) {
        let name = token.trim_matches(['"', '`', '[', ']']).to_lowercase();
        match token {
            ")" => in_using = false,
            _ if token.eq_ignore_ascii_case("using") => in_using = true,
            _ if token.eq_ignore_ascii_case("natural") => found.natural = true,
            _ if in_using && name.starts_with(is_name) => found.using.push(name),
            _ => {}
        }
    }
    found
}

/// The pieces of a statement, which together are the statement: names, quoted pieces, comments, single characters.
fn tokens(sql: &str) -> impl Iterator<Item = &str> {
    let mut rest = sql;
    std::iter::from_fn(move || {
        let c = rest.chars().next()?;
        let length = match c {
            '\'' | '"' | '`' => quoted(rest, c),
            '[' => rest.find(']').map_or(rest.len(), |at| at + 1),
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |at| at + 2),
            c if is_name(c) => rest.find(|c: char| !is_name(c)).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let (token, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        rest = after;
        Some(token)
    })
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// The length of a quoted piece; a doubled quote does not end it.
fn quoted(text: &str, quote: char) -> usize {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == quote && chars.next_if(|(_, next)| *next == quote).is_none() {
            return at + c.len_utf8();
        }
    }
    text.len()
}

/// A result column's name as the statement meant it.
pub(super) fn shown_name(name: &str) -> String {
    if name.eq_ignore_ascii_case("rowid") {
        return "_row".to_owned();
    }
    name.replace("(rowid)", "(_row)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_that_name_no_expression() {
        let found = join_columns("SELECT 1 FROM a JOIN b USING (\"K\", n) NATURAL JOIN c -- using (x)");
        let want = JoinColumns {
            using: vec!["k".to_owned(), "n".to_owned()],
            natural: true,
        };
        assert_eq!(found, want);
        assert_eq!(
            join_columns("SELECT 'using (x) natural' FROM a"),
            JoinColumns::default()
        );
    }

    #[test]
    fn only_the_bare_name_is_rewritten() {
        for (sql, want) in [
            ("SELECT _row FROM t", "SELECT rowid FROM t"),
            ("SELECT t._ROW, '_row' FROM t", "SELECT t.rowid, '_row' FROM t"),
            ("SELECT \"_row\" -- _row\nFROM t", "SELECT rowid -- _row\nFROM t"),
            (
                "SELECT a_row, _rows /* _row */ FROM t",
                "SELECT a_row, _rows /* _row */ FROM t",
            ),
            ("SELECT 'it''s _row'", "SELECT 'it''s _row'"),
            ("SELECT 'open _row", "SELECT 'open _row"),
        ] {
            assert_eq!(row_numbers(sql), want);
        }
    }
}
