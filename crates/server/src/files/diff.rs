//! What a change did to one file, side by side.

use deskhand_documents::kind_of;

use super::{
    cells::cell_diff,
    preview::{Window, preview},
    sheets,
};
use crate::api::{CellDiff, FileDiff};

/// The two versions of a file, and for tables the cells that differ. `None` = nothing stood, or stands, there.
pub(crate) fn diff(
    path: &str,
    from: Option<&str>,
    change: &str,
    before: Option<&[u8]>,
    after: Option<&[u8]>,
) -> FileDiff {
    let window = Window::default();
    FileDiff {
        path: path.to_owned(),
        change: change.to_owned(),
        cells: before
            .zip(after)
            .and_then(|(before, after)| compared(path, before, after)),
        before: before.map(|bytes| preview(from.unwrap_or(path), bytes, window)),
        after: after.map(|bytes| preview(path, bytes, window)),
    }
}

fn compared(path: &str, before: &[u8], after: &[u8]) -> Option<CellDiff> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let table = |bytes| sheets::is_table(kind_of(name, bytes));
    if before == after || !table(before) || !table(after) {
        return None;
    }
    Some(cell_diff(
        &sheets::whole(name, before).ok()?,
        &sheets::whole(name, after).ok()?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_near_the_end_of_a_long_table_is_found() {
        let rows = |last: &str| -> Vec<u8> {
            let mut text: String = (1..40_000)
                .map(|n| format!("{n},a name that is rather long,{n}\n"))
                .collect();
            text.push_str(last);
            text.into_bytes()
        };
        let diff = diff(
            "/mnt/w/t.csv",
            None,
            "modify",
            Some(&rows("x,y,1")),
            Some(&rows("x,y,2")),
        );
        assert_eq!(diff.cells.unwrap().total, 1);
    }

    #[test]
    fn rows_put_in_at_the_beginning_do_not_push_others_out() {
        let rows = |before: &str| -> Vec<u8> {
            let text: String = (1..40_000)
                .map(|n| format!("{n},a name that is rather long,{n}\n"))
                .collect();
            format!("{before}{text}").into_bytes()
        };
        let diff = diff("/mnt/w/t.csv", None, "modify", Some(&rows("")), Some(&rows("a,b,c\n")));
        let rows = diff.cells.unwrap().rows;
        assert_eq!((rows[0].added, rows[0].removed), (1, 0));
    }
}
