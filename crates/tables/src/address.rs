//! Cell addresses as people write them: `C`, `C4`, `Orders!C4:C240`.

/// The letters of a column, counted from 0: `A`, `Z`, `AA`, …
pub(crate) fn column_letters(column: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = u64::from(column) + 1;
    while rest > 0 {
        let digit = ((rest - 1) % 26) as u8;
        letters.push(char::from(b'A' + digit));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

/// `B7` for column 1, row 7 (rows count from 1).
pub(crate) fn cell(column: u32, row: u32) -> String {
    format!("{}{row}", column_letters(column))
}

/// Reads `B7` or `$B$7` into column (from 0) and row (from 1).
pub(crate) fn parse_cell(text: &str) -> Option<(u32, u32)> {
    let mut column: u32 = 0;
    let mut row: u32 = 0;
    for byte in text.bytes().filter(|&byte| byte != b'$') {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' if row == 0 => {
                let digit = u32::from(byte.to_ascii_uppercase() - b'A') + 1;
                column = column.checked_mul(26)?.checked_add(digit)?;
            }
            b'0'..=b'9' => row = row.checked_mul(10)?.checked_add(u32::from(byte - b'0'))?,
            _ => return None,
        }
    }
    (column > 0 && row > 0).then(|| (column - 1, row))
}

/// The sheet's name as a formula would write it: quoted where it must be.
pub(crate) fn sheet_prefix(sheet: Option<&str>) -> String {
    match sheet {
        None => String::new(),
        Some(name) if name.chars().all(|c| c.is_alphanumeric() || c == '_') => format!("{name}!"),
        Some(name) => format!("'{}'!", name.replace('\'', "''")),
    }
}

/// Row numbers as runs: `3-5, 9`; at most `most` runs, then "and N more".
pub(crate) fn row_runs(rows: &[u32], most: usize) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for &row in rows {
        match runs.last_mut() {
            Some((_, end)) if *end + 1 == row => *end = row,
            _ => runs.push((row, row)),
        }
    }
    let shown: Vec<String> = runs
        .iter()
        .take(most)
        .map(|(a, b)| if a == b { a.to_string() } else { format!("{a}-{b}") })
        .collect();
    let mut text = shown.join(", ");
    if runs.len() > most {
        let rest: u32 = runs.iter().skip(most).map(|(a, b)| b - a + 1).sum();
        text.push_str(" and ");
        text.push_str(&rest.to_string());
        text.push_str(" more");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_and_back() {
        for (column, letters) in [
            (0, "A"),
            (25, "Z"),
            (26, "AA"),
            (701, "ZZ"),
            (702, "AAA"),
            (16383, "XFD"),
        ] {
            assert_eq!(column_letters(column), letters);
            assert_eq!(parse_cell(&format!("{letters}9")), Some((column, 9)));
        }
        assert_eq!(parse_cell("$C$12"), Some((2, 12)));
        for bad in ["", "A", "7", "7A", "A-1", "AAAAAAAAAAAA1", "A99999999999"] {
            assert_eq!(parse_cell(bad), None, "{bad}");
        }
    }

    #[test]
    fn sheets_are_quoted_where_a_formula_would() {
        assert_eq!(sheet_prefix(Some("Orders")), "Orders!");
        assert_eq!(sheet_prefix(Some("Bob's list")), "'Bob''s list'!");
        assert_eq!(sheet_prefix(None), "");
    }

    #[test]
    fn runs_of_rows() {
        assert_eq!(row_runs(&[3, 4, 5, 9], 4), "3-5, 9");
        assert_eq!(row_runs(&[1, 3, 5, 6], 2), "1, 3 and 2 more");
    }
}
