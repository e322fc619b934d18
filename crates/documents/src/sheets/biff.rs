//! A look at the records of an xls workbook ([MS-XLS]) before calamine sees it.
//!
//! calamine keeps each sheet as a dense range; this look says how large those would be, whether the workbook is
//! encrypted, and which rows and columns are hidden, which calamine does not tell.

use std::collections::{BTreeSet, HashMap};

use crate::archive::{u16_at, u32_at};

/// What the records say.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Survey {
    pub(super) encrypted: bool,
    /// In the order of the workbook.
    pub(super) sheets: Vec<SheetSurvey>,
}

#[derive(Debug, Default, PartialEq, Eq, Clone)]
pub(super) struct SheetSurvey {
    pub(super) hidden_rows: BTreeSet<u32>,
    pub(super) hidden_columns: Vec<(u32, u32)>,
    bounds: Option<(u32, u32, u32, u32)>,
}

impl SheetSurvey {
    fn add(&mut self, row: u32, column: u32) {
        let (top, bottom, left, right) = self.bounds.unwrap_or((row, row, column, column));
        self.bounds = Some((top.min(row), bottom.max(row), left.min(column), right.max(column)));
    }

    /// Cells of the smallest rectangle around all cells.
    fn area(&self) -> u64 {
        self.bounds.map_or(0, |(top, bottom, left, right)| {
            u64::from(bottom - top + 1) * u64::from(right - left + 1)
        })
    }
}

impl Survey {
    /// Whether no sheet was found.
    pub(super) fn is_empty(&self) -> bool {
        self.sheets.is_empty()
    }

    /// Cells of the rectangles of all sheets.
    pub(super) fn area(&self) -> u64 {
        self.sheets.iter().map(SheetSurvey::area).sum()
    }
}

/// Goes over the records of the workbook stream.
pub(super) fn survey(stream: &[u8]) -> Survey {
    let mut survey = Survey::default();
    let mut offsets: Vec<u32> = Vec::new();
    let mut by_offset: HashMap<u32, SheetSurvey> = HashMap::new();
    let mut current: Option<u32> = None;
    let mut at = 0usize;
    while let (Some(kind), Some(len)) = (u16_at(stream, at), u16_at(stream, at + 2)) {
        let body = stream.get(at + 4..).unwrap_or_default();
        let body = body.get(..usize::from(len)).unwrap_or(body);
        match kind {
            // BOF of BIFF2 to BIFF8: a substream begins.
            0x0009 | 0x0209 | 0x0409 | 0x0809 => {
                current = Some(at as u32);
                by_offset.entry(at as u32).or_default();
            }
            // FILEPASS
            0x002F => survey.encrypted = true,
            // BOUNDSHEET
            0x0085 => offsets.extend(u32_at(body, 0)),
            _ => {
                if let Some(sheet) = current.and_then(|offset| by_offset.get_mut(&offset)) {
                    record(kind, body, sheet);
                }
            }
        }
        at += 4 + usize::from(len);
    }
    survey.sheets = offsets
        .iter()
        .map(|offset| by_offset.remove(offset).unwrap_or_default())
        .collect();
    // Substreams nobody names still get parsed by some programs.
    survey
        .sheets
        .extend(by_offset.into_values().filter(|sheet| sheet.area() > 0));
    survey
}

fn record(kind: u16, body: &[u8], sheet: &mut SheetSurvey) {
    let (Some(first), Some(second)) = (u16_at(body, 0), u16_at(body, 2)) else {
        return;
    };
    match kind {
        // Cells: FORMULA, NUMBER, LABEL, BOOLERR, RK, LABELSST, RSTRING, and their forms before BIFF5.
        0x0006 | 0x0206 | 0x0406 | 0x0002..=0x0005 | 0x0203..=0x0205 | 0x027E | 0x00FD | 0x00D6 => {
            sheet.add(u32::from(first), u32::from(second));
        }
        // MULRK: the last column stands at the end.
        0x00BD => {
            sheet.add(u32::from(first), u32::from(second));
            if let Some(last) = body.len().checked_sub(2).and_then(|at| u16_at(body, at)) {
                sheet.add(u32::from(first), u32::from(last));
            }
        }
        // ROW: fDyZero
        0x0208 if u16_at(body, 12).is_some_and(|flags| flags & 0x20 != 0) => {
            sheet.hidden_rows.insert(u32::from(first));
        }
        // COLINFO: fHidden
        0x007D if u16_at(body, 8).is_some_and(|flags| flags & 1 != 0) => {
            sheet.hidden_columns.push((u32::from(first), u32::from(second)));
        }
        _ => {}
    }
}
