//! Shared formulas: one cell holds the text, the others say "the same, moved".

use crate::sheets::grid;

/// `formula` with its relative references moved by rows and columns, as when it is filled down or right.
pub(super) fn shifted(formula: &str, rows: i64, columns: i64) -> String {
    let mut out = String::with_capacity(formula.len());
    let mut rest = formula;
    let mut previous = ' ';
    while let Some(c) = rest.chars().next() {
        // Strings and quoted sheet names are copied as they are.
        if c == '"' || c == '\'' {
            let end = rest
                .char_indices()
                .skip(1)
                .find(|(_, other)| *other == c)
                .map_or(rest.len(), |(at, quote)| at + quote.len_utf8());
            let (quoted, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
            out.push_str(quoted);
            rest = after;
            previous = c;
            continue;
        }
        let begins = !(previous.is_alphanumeric() || matches!(previous, '_' | '.' | '$'));
        if begins
            && let Some((len, moved)) = reference(rest, rows, columns)
            && let Some(after) = rest.get(len..)
        {
            out.push_str(&moved);
            rest = after;
            previous = 'A';
            continue;
        }
        out.push(c);
        previous = c;
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
    }
    out
}

/// A reference such as `$B12` at the start of `text`: its length, and what becomes of it.
fn reference(text: &str, rows: i64, columns: i64) -> Option<(usize, String)> {
    let mut at = 0;
    let mut take = |what: fn(u8) -> bool, most: usize| {
        let tail = text.as_bytes().get(at..).unwrap_or_default();
        let len = tail.iter().take(most).take_while(|byte| what(**byte)).count();
        at += len;
        at - len..at
    };
    let fixed_column = take(|byte| byte == b'$', 1);
    let letters = take(|byte| byte.is_ascii_alphabetic(), 3);
    let fixed_row = take(|byte| byte == b'$', 1);
    let digits = take(|byte| byte.is_ascii_digit(), 7);
    // `LOG10(` is a function, `A1B` a name.
    let next = text.get(at..)?.chars().next();
    if next.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '(' | '!' | '.')) {
        return None;
    }
    let column = i64::from(grid::column_number(text.get(letters)?)?);
    let row: i64 = text.get(digits)?.parse().ok()?;
    let column = if fixed_column.is_empty() {
        column + columns
    } else {
        column
    };
    let row = if fixed_row.is_empty() { row + rows } else { row };
    let (Ok(column_index), true) = (u32::try_from(column), row >= 1) else {
        return Some((at, "#REF!".to_owned()));
    };
    let dollar = |range: &std::ops::Range<usize>| if range.is_empty() { "" } else { "$" };
    Some((
        at,
        format!(
            "{}{}{}{row}",
            dollar(&fixed_column),
            grid::column_name(column_index),
            dollar(&fixed_row)
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::shifted;

    #[test]
    fn references_move_unless_fixed() {
        for (formula, moved) in [
            ("B2*C2", "C5*D5"),
            ("$B2+B$2+$B$2", "$B5+C$2+$B$2"),
            ("SUM(A1:A9)/LOG10(A1)", "SUM(B4:B12)/LOG10(B4)"),
            ("IF(A1=\"B2\",'My A1'!B2,Q1_total)", "IF(B4=\"B2\",'My A1'!C5,Q1_total)"),
            ("Übersicht!A1&\"ä", "Übersicht!B4&\"ä"),
        ] {
            assert_eq!(shifted(formula, 3, 1), moved);
        }
        assert_eq!(shifted("A1", -1, 0), "#REF!");
    }
}
