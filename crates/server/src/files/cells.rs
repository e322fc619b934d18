//! Which cells of a table differ: rows are brought together by their content first, so that an inserted row is one row
//! added and not every cell below it changed.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};

use crate::api::{CellDiff, ChangedCell, RowCount, Sheet};

/// Cells listed; all are counted.
const LISTED: usize = 2_000;
/// Longest time for one sheet; what is not brought together by then counts as removed and added.
const DEADLINE: Duration = Duration::from_secs(2);

/// The cells that differ between two versions of a file's tables.
pub(super) fn cell_diff(before: &[Sheet], after: &[Sheet]) -> CellDiff {
    let names = |sheets: &[Sheet]| -> BTreeSet<String> { sheets.iter().map(|sheet| sheet.name.clone()).collect() };
    let (old, new) = (names(before), names(after));
    let mut diff = CellDiff {
        sheets_added: new.difference(&old).cloned().collect(),
        sheets_removed: old.difference(&new).cloned().collect(),
        ..CellDiff::default()
    };
    for sheet in after {
        if let Some(earlier) = before.iter().find(|earlier| earlier.name == sheet.name) {
            sheet_diff(earlier, sheet, &mut diff);
        }
    }
    diff
}

fn sheet_diff(before: &Sheet, after: &Sheet, diff: &mut CellDiff) {
    let deadline = Some(Instant::now() + DEADLINE);
    let ops = capture_diff_slices_deadline(Algorithm::Myers, &before.rows, &after.rows, deadline);
    let mut rows = RowCount {
        sheet: after.name.clone(),
        added: 0,
        removed: 0,
    };
    for op in ops {
        match op {
            DiffOp::Equal { .. } => {}
            DiffOp::Delete { old_len, .. } => rows.removed += old_len as u64,
            DiffOp::Insert { new_len, .. } => rows.added += new_len as u64,
            DiffOp::Replace {
                old_index,
                old_len,
                new_index,
                new_len,
            } => {
                let together = old_len.min(new_len);
                for step in 0..together {
                    let line = |sheet: &Sheet, index: usize| sheet.rows.get(index).cloned().unwrap_or_default();
                    let (old, new) = (line(before, old_index + step), line(after, new_index + step));
                    row_diff(after, new_index + step, &old, &new, diff);
                }
                rows.removed += (old_len - together) as u64;
                rows.added += (new_len - together) as u64;
            }
        }
    }
    if rows.added + rows.removed > 0 {
        diff.rows.push(rows);
    }
}

fn row_diff(sheet: &Sheet, row: usize, old: &[String], new: &[String], diff: &mut CellDiff) {
    for column in 0..old.len().max(new.len()) {
        let cell = |line: &[String]| line.get(column).cloned().unwrap_or_default();
        let (before, after) = (cell(old), cell(new));
        if before == after {
            continue;
        }
        diff.total += 1;
        if diff.cells.len() < LISTED {
            let heading = sheet
                .rows
                .first()
                .filter(|_| row > 0)
                .and_then(|first| first.get(column));
            diff.cells.push(ChangedCell {
                sheet: sheet.name.clone(),
                cell: format!("{}{}", letters(column), sheet.first_row + row as u64),
                heading: heading.cloned().unwrap_or_default(),
                before,
                after,
            });
        }
    }
}

/// The letters of a column, from 0.
fn letters(mut column: usize) -> String {
    let mut letters = Vec::new();
    loop {
        letters.push(char::from(b'A' + (column % 26) as u8));
        if column < 26 {
            break;
        }
        column = column / 26 - 1;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sheet(name: &str, rows: &[&[&str]]) -> Sheet {
        Sheet {
            name: name.to_owned(),
            total_rows: rows.len() as u64,
            total_columns: 3,
            first_row: 1,
            rows: rows
                .iter()
                .map(|row| row.iter().map(|cell| (*cell).to_owned()).collect())
                .collect(),
        }
    }

    #[test]
    fn an_inserted_row_is_one_row_and_a_changed_cell_one_cell() {
        let before = [
            sheet(
                "Sales",
                &[&["Item", "Price"], &["tea", "3"], &["milk", "2"], &["rice", "4"]],
            ),
            sheet("Old", &[&["x"]]),
        ];
        let after = [
            sheet(
                "Sales",
                &[
                    &["Item", "Price"],
                    &["salt", "1"],
                    &["tea", "3"],
                    &["milk", "2"],
                    &["rice", "5"],
                ],
            ),
            sheet("New", &[&["x"]]),
        ];
        let changed = ChangedCell {
            sheet: "Sales".to_owned(),
            cell: "B5".to_owned(),
            heading: "Price".to_owned(),
            before: "4".to_owned(),
            after: "5".to_owned(),
        };
        let wanted = CellDiff {
            sheets_added: vec!["New".to_owned()],
            sheets_removed: vec!["Old".to_owned()],
            cells: vec![changed],
            total: 1,
            rows: vec![RowCount {
                sheet: "Sales".to_owned(),
                added: 1,
                removed: 0,
            }],
        };
        assert_eq!(cell_diff(&before, &after), wanted);
    }

    #[test]
    fn letters_go_on_after_z() {
        assert_eq!(
            [0, 25, 26, 51, 52, 701, 702].map(letters),
            ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]
        );
    }

    proptest! {
        #[test]
        fn a_table_does_not_differ_from_itself(rows in prop::collection::vec(prop::collection::vec("[ab]{0,2}", 0..4), 0..12)) {
            let sheet = Sheet { name: "s".to_owned(), total_rows: 0, total_columns: 0, first_row: 1, rows };
            prop_assert_eq!(cell_diff(std::slice::from_ref(&sheet), std::slice::from_ref(&sheet)), CellDiff::default());
        }

        /// Every row of the newer table is an old row, an old row with the cells told, or counted as added.
        #[test]
        fn what_differs_is_told(
            before in prop::collection::vec(prop::collection::vec("[abc]{1,2}", 3), 0..10),
            after in prop::collection::vec(prop::collection::vec("[abc]{1,2}", 3), 0..10),
        ) {
            let of = |rows: &[Vec<String>]| Sheet { name: "s".to_owned(), total_rows: 0, total_columns: 3, first_row: 1, rows: rows.to_vec() };
            let diff = cell_diff(&[of(&before)], &[of(&after)]);
            let (added, removed) = diff.rows.first().map_or((0, 0), |rows| (rows.added, rows.removed));
            prop_assert_eq!(before.len() as u64 + added, after.len() as u64 + removed);
            prop_assert_eq!(diff.total == 0 && added == 0 && removed == 0, before == after);
            prop_assert!(diff.cells.iter().all(|cell| cell.before != cell.after));
        }
    }
}
