//! What a change did to one file, side by side.

use deskhand_documents::kind_of;

use super::{
    cells::cell_diff,
    preview::{Window, preview},
    sheets,
};
use crate::api::{CellDiff, FileDiff, Sheet};

/// Rows of each sheet that are compared.
const ROWS: u64 = 50_000;
/// Sheets that are compared.
const SHEETS: usize = 20;

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
    Some(cell_diff(&all(name, before)?, &all(name, after)?))
}

/// Every sheet with its rows.
fn all(name: &str, bytes: &[u8]) -> Option<Vec<Sheet>> {
    let (list, _) = sheets::sheets(name, bytes, None, 1, ROWS).ok()?;
    let mut whole = Vec::new();
    for (index, sheet) in list.into_iter().take(SHEETS).enumerate() {
        // The first comes with its rows.
        if index == 0 {
            whole.push(sheet);
        } else {
            let (list, _) = sheets::sheets(name, bytes, Some(&sheet.name), 1, ROWS).ok()?;
            whole.extend(list.into_iter().find(|found| found.name == sheet.name));
        }
    }
    Some(whole)
}
