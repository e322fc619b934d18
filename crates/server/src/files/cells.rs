//! Which cells of a table differ: rows are brought together first, so that an inserted row is one row added and not
//! every cell below it changed.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::{
    align::{Step, align},
    sheets::Whole,
};
use crate::api::{CellDiff, ChangedCell, RowCount, Sheet};

/// Cells listed; all are counted.
const LISTED: usize = 2_000;
/// Longest time for one sheet; afterwards rows are brought together the quick way.
const DEADLINE: Duration = Duration::from_secs(2);

/// The cells that differ between two versions of a file's tables, and what was not compared.
pub(super) fn cell_diff(before: &Whole, after: &Whole) -> CellDiff {
    let names = |whole: &Whole| -> BTreeSet<String> { whole.names.iter().cloned().collect() };
    let (old, new) = (names(before), names(after));
    let mut diff = CellDiff {
        sheets_added: new.difference(&old).cloned().collect(),
        sheets_removed: old.difference(&new).cloned().collect(),
        ..CellDiff::default()
    };
    for note in before.notes.iter().chain(&after.notes) {
        if !diff.notes.contains(note) {
            diff.notes.push(note.clone());
        }
    }
    for sheet in &after.sheets {
        let earlier = before.sheets.iter().find(|earlier| earlier.name == sheet.name);
        if let Some(earlier) = earlier {
            let cut = before.cut.contains(&sheet.name) || after.cut.contains(&sheet.name);
            sheet_diff(earlier, sheet, cut, &mut diff);
        }
    }
    diff
}

fn sheet_diff(before: &Sheet, after: &Sheet, cut: bool, diff: &mut CellDiff) {
    let mut steps = align(&before.rows, &after.rows, Instant::now() + DEADLINE);
    if cut {
        // What was not read has no counterpart, which does not mean that it came or went.
        while matches!(steps.last(), Some(Step::Added(_) | Step::Removed(_))) {
            steps.pop();
        }
    }
    let mut rows = RowCount {
        sheet: after.name.clone(),
        added: 0,
        removed: 0,
    };
    for step in steps {
        match step {
            Step::Removed(_) => rows.removed += 1,
            Step::Added(_) => rows.added += 1,
            Step::Kept(old, new) => {
                if let Some((old, line)) = before.rows.get(old).zip(after.rows.get(new)) {
                    row_diff(after, new, old, line, diff);
                }
            }
        }
    }
    if rows.added + rows.removed > 0 {
        diff.rows.push(rows);
    }
}

fn row_diff(sheet: &Sheet, row: usize, old: &[String], new: &[String], diff: &mut CellDiff) {
    if old == new {
        return;
    }
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

    type Rows = Vec<Vec<String>>;

    fn sheet(name: &str, rows: Rows) -> Sheet {
        Sheet {
            name: name.to_owned(),
            total_rows: rows.len() as u64,
            total_columns: 3,
            first_row: 1,
            rows,
        }
    }

    fn whole(sheets: &[(&str, &[&str])]) -> Whole {
        let rows = |rows: &[&str]| -> Rows {
            rows.iter()
                .map(|row| row.split(',').map(str::to_owned).collect())
                .collect()
        };
        Whole {
            names: sheets.iter().map(|(name, _)| (*name).to_owned()).collect(),
            sheets: sheets.iter().map(|(name, lines)| sheet(name, rows(lines))).collect(),
            ..Whole::default()
        }
    }

    #[test]
    fn an_inserted_row_is_one_row_and_a_changed_cell_one_cell() {
        let before = whole(&[("Sales", &["Item,Price", "tea,3", "milk,2", "rice,4"]), ("Old", &["x"])]);
        let after = whole(&[
            ("Sales", &["Item,Price", "salt,1", "tea,3", "milk,2", "rice,5"]),
            ("New", &["x"]),
        ]);
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
            notes: Vec::new(),
        };
        assert_eq!(cell_diff(&before, &after), wanted);
    }

    #[test]
    fn rows_that_were_not_read_are_not_told_as_gone() {
        let before = whole(&[("s", &["a,1", "b,2", "c,3"])]);
        let mut after = whole(&[("s", &["new,0", "a,1", "b,2"])]);
        after.cut.insert("s".to_owned());
        after.notes.push("cut".to_owned());
        let wanted = CellDiff {
            rows: vec![RowCount {
                sheet: "s".to_owned(),
                added: 1,
                removed: 0,
            }],
            notes: vec!["cut".to_owned()],
            ..CellDiff::default()
        };
        assert_eq!(cell_diff(&before, &after), wanted);
    }

    #[test]
    fn only_so_many_are_listed_and_all_are_counted() {
        let rows = |text: &str| -> Rows { vec![vec![text.to_owned(); 50]; 50] };
        let of = |text| Whole {
            sheets: vec![sheet("s", rows(text))],
            ..Whole::default()
        };
        let diff = cell_diff(&of("a"), &of("b"));
        assert_eq!((diff.total, diff.cells.len()), (2_500, LISTED));
    }

    #[test]
    fn letters_go_on_after_z() {
        assert_eq!(
            [0, 25, 26, 51, 52, 701, 702].map(letters),
            ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]
        );
    }

    fn table() -> impl Strategy<Value = Rows> {
        prop::collection::vec(prop::collection::vec("[ab]{0,2}", 0..4), 0..12)
    }

    proptest! {
        #[test]
        fn a_table_does_not_differ_from_itself(rows in table()) {
            let whole = Whole { sheets: vec![sheet("s", rows)], ..Whole::default() };
            prop_assert_eq!(cell_diff(&whole, &whole), CellDiff::default());
        }

        /// The steps take each row of both versions once and in order; the older rows with the cells told applied, and
        /// the rows added put in, are the newer table; and nothing is told that is not so.
        #[test]
        fn what_is_told_makes_the_newer_table_of_the_older(before in table(), after in table()) {
            let of = |rows: &Rows| Whole { sheets: vec![sheet("s", rows.clone())], ..Whole::default() };
            let diff = cell_diff(&of(&before), &of(&after));
            let steps = align(&before, &after, Instant::now() + Duration::from_secs(5));
            let old: Vec<usize> = steps.iter().filter_map(|step| match step {
                Step::Kept(old, _) | Step::Removed(old) => Some(*old),
                Step::Added(_) => None,
            }).collect();
            prop_assert_eq!(old, (0..before.len()).collect::<Vec<_>>());
            let (mut made, mut used) = (Rows::new(), 0);
            for step in &steps {
                let mut row = match step {
                    Step::Removed(_) => continue,
                    Step::Added(new) => { made.push(after[*new].clone()); continue }
                    Step::Kept(old, _) => before[*old].clone(),
                };
                let number = made.len() + 1;
                for cell in &diff.cells {
                    let (letter, at) = cell.cell.split_at(1);
                    if at.parse::<usize>().unwrap() == number {
                        let column = usize::from(letter.as_bytes()[0] - b'A');
                        row.resize(row.len().max(column + 1), String::new());
                        prop_assert_eq!(&row[column], &cell.before);
                        row[column].clone_from(&cell.after);
                        used += 1;
                    }
                }
                made.push(row);
            }
            let filled = |rows: &Rows| -> Rows { rows.iter().map(|row| super::super::align::filled(row).to_vec()).collect() };
            prop_assert_eq!(filled(&made), filled(&after));
            prop_assert_eq!((used, diff.total), (diff.cells.len(), diff.cells.len() as u64));
            let count = |wanted: fn(&Step) -> bool| steps.iter().filter(|step| wanted(step)).count() as u64;
            let told = diff.rows.first().map_or((0, 0), |rows| (rows.added, rows.removed));
            prop_assert_eq!(told, (count(|step| matches!(step, Step::Added(_))), count(|step| matches!(step, Step::Removed(_)))));
            prop_assert!(diff.cells.iter().all(|cell| cell.before != cell.after));
        }
    }
}
