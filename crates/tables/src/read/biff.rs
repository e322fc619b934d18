//! A look at an xls file's records before calamine reads it: the cells' bounding box must be within limits, since
//! calamine allocates all of it. Record numbers: \[MS-XLS\] 2.3.

use std::io::{Cursor, Read};

use crate::{Limits, TableError, limits::within};

fn malformed(reason: impl std::fmt::Display) -> TableError {
    TableError::Malformed {
        kind: "an Excel workbook",
        reason: reason.to_string(),
    }
}

/// Refuses files that calamine would read into more memory than allowed, and encrypted ones.
pub(super) fn check(bytes: &[u8], limits: &Limits) -> Result<(), TableError> {
    if bytes.first() == Some(&0x09) {
        return check_records(bytes, limits);
    }
    let mut container = cfb::CompoundFile::open(Cursor::new(bytes)).map_err(malformed)?;
    let names: Vec<String> = container
        .read_root_storage()
        .take(1_000)
        .filter(cfb::Entry::is_stream)
        .map(|entry| entry.name().to_owned())
        .collect();
    if names.iter().any(|name| name == "EncryptedPackage") {
        return Err(TableError::Encrypted);
    }
    let stream = names
        .iter()
        .find(|name| name.eq_ignore_ascii_case("workbook") || name.eq_ignore_ascii_case("book"))
        .ok_or_else(|| malformed("it holds no workbook"))?;
    let mut records = Vec::new();
    container
        .open_stream(stream)
        .map_err(malformed)?
        .take(limits.max_unpacked_bytes)
        .read_to_end(&mut records)
        .map_err(malformed)?;
    check_records(&records, limits)
}

fn check_records(mut bytes: &[u8], limits: &Limits) -> Result<(), TableError> {
    // Top, left, bottom, right of the sheet being read.
    let mut bounds: Option<(u16, u16, u16, u16)> = None;
    while let [a, b, c, d, rest @ ..] = bytes {
        let kind = u16::from_le_bytes([*a, *b]);
        let length = usize::from(u16::from_le_bytes([*c, *d]));
        let Some(body) = rest.get(..length) else {
            break;
        };
        bytes = rest.get(length..).unwrap_or_default();
        match kind {
            // BOF of any version: a new sheet.
            0x0809 | 0x0409 | 0x0209 | 0x0009 => bounds = None,
            0x002F => return Err(TableError::Encrypted),
            // NUMBER, LABEL, BOOLERR, RK, RSTRING, LABELSST, FORMULA, and their older forms; MULRK.
            0x0203 | 0x0003 | 0x0002 | 0x0204 | 0x0004 | 0x0205 | 0x0005 | 0x027E | 0x007E | 0x00D6 | 0x00FD
            | 0x0006 | 0x0206 | 0x0406 | 0x00BD => {
                let [r0, r1, c0, c1, .., last0, last1] = body else {
                    continue;
                };
                let row = u16::from_le_bytes([*r0, *r1]);
                let first = u16::from_le_bytes([*c0, *c1]);
                let last = if kind == 0x00BD {
                    u16::from_le_bytes([*last0, *last1])
                } else {
                    first
                };
                let (top, left, bottom, right) = bounds.unwrap_or((row, first, row, last));
                let grown = (top.min(row), left.min(first), bottom.max(row), right.max(last));
                bounds = Some(grown);
                let height = u64::from(grown.2 - grown.0) + 1;
                let width = u64::from(grown.3.saturating_sub(grown.1)) + 1;
                within("columns in one sheet", width, limits.max_columns)?;
                within("cells in one sheet", height * width, limits.max_cells)?;
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(row: u16, column: u16) -> Vec<u8> {
        let mut record = vec![0x03, 0x02, 14, 0];
        record.extend(row.to_le_bytes());
        record.extend(column.to_le_bytes());
        record.extend([0; 10]);
        record
    }

    #[test]
    fn far_apart_cells_are_refused_and_sheets_counted_apart() {
        let limits = Limits::default();
        let bof = [0x09, 0x08, 0, 0];
        let near: Vec<u8> = [&bof[..], &number(0, 0), &number(100, 20)].concat();
        assert!(check_records(&near, &limits).is_ok());
        let far: Vec<u8> = [&bof[..], &number(0, 0), &number(65_535, 255), &number(9, 60_000)].concat();
        assert!(matches!(check_records(&far, &limits), Err(TableError::TooLarge { .. })));
        let apart: Vec<u8> = [&bof[..], &number(0, 0), &bof, &number(65_535, 60_000)].concat();
        assert!(check_records(&apart, &limits).is_ok());
    }

    #[test]
    fn garbage_is_an_error() {
        assert!(matches!(
            check(
                &[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, 0, 0, 0],
                &Limits::default()
            ),
            Err(TableError::Malformed { .. })
        ));
    }
}
