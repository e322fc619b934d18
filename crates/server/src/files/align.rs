//! Which rows of two versions of a table belong together.
//!
//! Equal rows are found first (Myers). Between them stand rows that were changed, put in or taken out; there the rows
//! are brought together so that the fewest cells differ, as an edit distance counts: a row put in above a changed one is
//! a row put in and a changed one, not two changed ones.

use std::collections::HashMap;
use std::time::Instant;

use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};

/// Pairs of rows that are compared for one block of changed rows; a larger block is paired from its beginning.
const PAIRS: usize = 250_000;

/// What became of a row, by its place in the older and the newer version. In order; each row occurs once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Step {
    /// It stands there still, changed or not.
    Kept(usize, usize),
    /// It was taken out.
    Removed(usize),
    /// It was put in.
    Added(usize),
}

/// A row.
pub(super) type Row = Vec<String>;

/// Brings the rows of two versions together. After `deadline` it is done the quick way.
pub(super) fn align(before: &[Row], after: &[Row], deadline: Instant) -> Vec<Step> {
    let mut numbers = HashMap::new();
    let mut numbered = |rows: &'_ [Row]| -> Vec<usize> {
        rows.iter()
            .map(|row| {
                let next = numbers.len();
                *numbers.entry(filled(row).to_vec()).or_insert(next)
            })
            .collect()
    };
    let (old, new) = (numbered(before), numbered(after));
    let mut steps = Vec::with_capacity(before.len().max(after.len()));
    for op in capture_diff_slices_deadline(Algorithm::Myers, &old, &new, Some(deadline)) {
        let (old, new) = (op.old_range(), op.new_range());
        if let DiffOp::Equal { .. } = op {
            steps.extend(old.zip(new).map(|(old, new)| Step::Kept(old, new)));
            continue;
        }
        let rows = |rows: &'_ [Row], range| rows.get(range).map(<[Row]>::to_vec).unwrap_or_default();
        let block = block(&rows(before, old.clone()), &rows(after, new.clone()), deadline);
        steps.extend(block.into_iter().map(|step| match step {
            Step::Kept(from, to) => Step::Kept(old.start + from, new.start + to),
            Step::Removed(from) => Step::Removed(old.start + from),
            Step::Added(to) => Step::Added(new.start + to),
        }));
    }
    steps
}

/// Empty cells at the end of a row are no cells.
pub(super) fn filled(row: &[String]) -> &[String] {
    let end = row.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1);
    row.get(..end).unwrap_or(row)
}

/// Cells that differ between two rows.
fn differing(old: &[String], new: &[String]) -> u64 {
    let differs = |column: &usize| {
        let [old, new] = [old, new].map(|row| row.get(*column).map_or("", String::as_str));
        old != new
    };
    (0..old.len().max(new.len())).filter(differs).count() as u64
}

/// Cells that come or go with a row; one at least, so that no row is free.
fn whole(row: &[String]) -> u64 {
    row.iter().filter(|cell| !cell.is_empty()).count().max(1) as u64
}

/// The steps of a block in which no row is equal.
fn block(old: &[Row], new: &[Row], deadline: Instant) -> Vec<Step> {
    let pairs = old.len().saturating_mul(new.len());
    if pairs > PAIRS || Instant::now() > deadline {
        let together = old.len().min(new.len());
        let kept = (0..together).map(|row| Step::Kept(row, row));
        let removed = (together..old.len()).map(Step::Removed);
        return kept
            .chain(removed)
            .chain((together..new.len()).map(Step::Added))
            .collect();
    }
    let costs = Costs::of(old, new);
    let (mut from, mut to) = (old.len(), new.len());
    let mut steps = Vec::new();
    while from > 0 || to > 0 {
        let here = costs.at(from, to);
        let step = match (from.checked_sub(1), to.checked_sub(1)) {
            (Some(last), Some(end)) if here == costs.at(last, end).saturating_add(pair(old, new, last, end)) => {
                Step::Kept(last, end)
            }
            (Some(last), _)
                if here
                    == costs
                        .at(last, to)
                        .saturating_add(old.get(last).map_or(1, |row| whole(row))) =>
            {
                Step::Removed(last)
            }
            (_, Some(end)) => Step::Added(end),
            (Some(last), None) => Step::Removed(last),
            (None, None) => break,
        };
        match step {
            Step::Kept(..) => (from, to) = (from - 1, to - 1),
            Step::Removed(_) => from -= 1,
            Step::Added(_) => to -= 1,
        }
        steps.push(step);
    }
    steps.reverse();
    steps
}

/// For each beginning of the older and of the newer rows, the fewest cells that tell them apart.
struct Costs {
    best: Vec<u64>,
    width: usize,
}

impl Costs {
    fn of(old: &[Row], new: &[Row]) -> Self {
        let mut costs = Self {
            best: Vec::with_capacity((old.len() + 1) * (new.len() + 1)),
            width: new.len() + 1,
        };
        for from in 0..=old.len() {
            for to in 0..=new.len() {
                let (row, end) = (from.checked_sub(1), to.checked_sub(1));
                let removed = row.map(|row| costs.at(row, to) + old.get(row).map_or(1, |row| whole(row)));
                let added = end.map(|end| costs.at(from, end) + new.get(end).map_or(1, |row| whole(row)));
                let kept = row
                    .zip(end)
                    .map(|(row, end)| costs.at(row, end) + pair(old, new, row, end));
                let best = [removed, added, kept].into_iter().flatten().min().unwrap_or(0);
                costs.best.push(best);
            }
        }
        costs
    }

    fn at(&self, from: usize, to: usize) -> u64 {
        // What is asked for was computed before.
        self.best.get(from * self.width + to).copied().unwrap_or(u64::MAX / 4)
    }
}

/// What it takes to make one row of the other.
fn pair(old: &[Row], new: &[Row], from: usize, to: usize) -> u64 {
    old.get(from)
        .zip(new.get(to))
        .map_or(u64::MAX / 4, |(old, new)| differing(old, new))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn rows(rows: &[&str]) -> Vec<Row> {
        rows.iter()
            .map(|row| row.split(',').map(str::to_owned).collect())
            .collect()
    }

    fn aligned(before: &[&str], after: &[&str]) -> Vec<Step> {
        align(&rows(before), &rows(after), Instant::now() + Duration::from_secs(5))
    }

    #[test]
    fn a_row_put_in_above_a_changed_one_is_not_taken_for_it() {
        let before = ["tea,black,3", "milk,white,2", "end,,"];
        let after = ["tea,black,3", "salt,grey,1", "milk,white,9", "end"];
        let wanted = [Step::Kept(0, 0), Step::Added(1), Step::Kept(1, 2), Step::Kept(2, 3)];
        assert_eq!(aligned(&before, &after), wanted);
    }

    #[test]
    fn a_row_taken_out_below_a_changed_one_is_found() {
        let wanted = [Step::Removed(0), Step::Kept(1, 0)];
        assert_eq!(aligned(&["a,b,c", "d,e,f"], &["d,e,g"]), wanted);
        let wanted = [Step::Kept(0, 0), Step::Removed(1)];
        assert_eq!(aligned(&["a,b,c", "d,e,f"], &["a,b,g"]), wanted);
    }

    #[test]
    fn without_time_rows_are_still_told_each_once() {
        let (before, after) = (rows(&["a", "b", "c"]), rows(&["x", "y"]));
        let past = Instant::now().checked_sub(Duration::from_secs(1)).unwrap();
        let steps = block(&before, &after, past);
        assert_eq!(steps, [Step::Kept(0, 0), Step::Kept(1, 1), Step::Removed(2)]);
    }
}
