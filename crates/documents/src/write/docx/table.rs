//! Tables: column widths from the content, numbers to the right.

use std::fmt::Write as _;

use pulldown_cmark::Alignment;

use crate::write::WriteError;

/// Word allows no more columns in a table.
const MAX_COLUMNS: usize = 63;
/// From this many columns on, the text is set smaller.
const SMALL_FROM: usize = 7;
/// Characters beyond this do not widen a column further.
const WIDEST: usize = 48;

/// One cell: its runs as XML, and its plain text.
#[derive(Default)]
pub struct Cell {
    pub xml: String,
    pub text: String,
}

/// A table while it is read.
pub struct Table {
    pub alignments: Vec<Alignment>,
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// Appends the table to the document, `width` twentieths of a point wide.
    pub fn render(&self, out: &mut String, width: u32) -> Result<(), WriteError> {
        let columns = self.alignments.len();
        if columns > MAX_COLUMNS {
            return Err(WriteError::TooLarge {
                what: "columns of a Word table",
                count: columns,
                limit: MAX_COLUMNS,
            });
        }
        if columns == 0 {
            return Ok(());
        }
        let widths = self.widths(width);
        let style = if columns >= SMALL_FROM {
            "TableSmall"
        } else {
            "TableText"
        };
        out.push_str("<w:tbl><w:tblPr><w:tblStyle w:val=\"ReportTable\"/>");
        let _ = write!(
            out,
            "<w:tblW w:w=\"{width}\" w:type=\"dxa\"/><w:tblLayout w:type=\"fixed\"/>"
        );
        out.push_str("<w:tblLook w:val=\"0420\" w:firstRow=\"1\" w:lastRow=\"0\" w:firstColumn=\"0\" w:lastColumn=\"0\" w:noHBand=\"0\" w:noVBand=\"1\"/></w:tblPr><w:tblGrid>");
        for w in &widths {
            let _ = write!(out, "<w:gridCol w:w=\"{w}\"/>");
        }
        out.push_str("</w:tblGrid>");
        let justify: Vec<&str> = (0..columns).map(|column| self.justification(column)).collect();
        for (number, row) in self.rows.iter().enumerate() {
            out.push_str("<w:tr><w:trPr><w:cantSplit/>");
            if number == 0 {
                out.push_str("<w:tblHeader/>");
            }
            out.push_str("</w:trPr>");
            for (column, w) in widths.iter().enumerate() {
                let jc = justify.get(column).copied().unwrap_or("left");
                let _ = write!(
                    out,
                    "<w:tc><w:tcPr><w:tcW w:w=\"{w}\" w:type=\"dxa\"/><w:vAlign w:val=\"center\"/></w:tcPr><w:p><w:pPr><w:pStyle w:val=\"{style}\"/>{}<w:jc w:val=\"{jc}\"/></w:pPr>",
                    if number == 0 { "<w:keepNext/>" } else { "" },
                );
                if let Some(cell) = row.get(column) {
                    out.push_str(&cell.xml);
                }
                out.push_str("</w:p></w:tc>");
            }
            out.push_str("</w:tr>");
        }
        out.push_str("</w:tbl>");
        // Two tables in a row would grow together, and a document must not end with a table.
        out.push_str("<w:p><w:pPr><w:spacing w:after=\"120\" w:line=\"240\" w:lineRule=\"auto\"/><w:rPr><w:sz w:val=\"12\"/></w:rPr></w:pPr></w:p>");
        Ok(())
    }

    fn justification(&self, column: usize) -> &'static str {
        match self.alignments.get(column) {
            Some(Alignment::Right) => "right",
            Some(Alignment::Center) => "center",
            Some(Alignment::Left) => "left",
            Some(Alignment::None) | None => {
                let mut cells = self.rows.iter().skip(1).filter_map(|row| row.get(column));
                let filled = |cell: &&Cell| !matches!(cell.text.trim(), "" | "–" | "-" | "—");
                let mut numbers = cells
                    .by_ref()
                    .filter(filled)
                    .map(|cell| is_number(&cell.text))
                    .peekable();
                if numbers.peek().is_some() && numbers.all(|number| number) {
                    "right"
                } else {
                    "left"
                }
            }
        }
    }

    /// Widths by the longest cells, but so that no column starves: each gets a base and a part by its need.
    fn widths(&self, width: u32) -> Vec<u32> {
        let columns = self.alignments.len();
        let needs: Vec<u32> = (0..columns)
            .map(|column| {
                let cells = self.rows.iter().filter_map(|row| row.get(column));
                let longest = cells
                    .clone()
                    .map(|cell| cell.text.chars().count().min(WIDEST))
                    .max()
                    .unwrap_or(0);
                let word = |cell: &Cell| {
                    cell.text
                        .split_whitespace()
                        .map(|w| w.chars().count())
                        .max()
                        .unwrap_or(0)
                };
                let longest_word = cells.map(word).max().unwrap_or(0).min(24);
                (longest.max(longest_word) as u32).max(4) + 3
            })
            .collect();
        let total: u32 = needs.iter().sum::<u32>().max(1);
        let mut widths: Vec<u32> = needs.iter().map(|need| width * need / total).collect();
        let used: u32 = widths.iter().sum();
        if let Some(last) = widths.last_mut() {
            *last += width.saturating_sub(used);
        }
        widths
    }
}

/// Whether a cell's text is an amount: digits with separators, sign, currency, percent or a short unit.
fn is_number(text: &str) -> bool {
    let text = text.trim().trim_start_matches(['+', '-', '−', '±', '~', '≈']);
    let text = text.trim_start_matches(|c: char| matches!(c, '$' | '€' | '£' | '¥' | '₹') || c.is_whitespace());
    let end = text
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, ',' | '.' | '\'' | '\u{a0}' | '\u{202f}')))
        .unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    let unit = unit.trim();
    digits.contains(|c: char| c.is_ascii_digit())
        && unit.chars().count() <= 4
        && !unit.contains(|c: char| c.is_ascii_digit() || matches!(c, '-' | '/' | ':' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_told_from_other_texts() {
        for text in ["12", "1,234.50", "−3.2%", "€ 1 200", "$12", "12 kg", "0.5 %"] {
            let amount = text != "€ 1 200";
            assert_eq!(is_number(text), amount, "{text}");
        }
        for text in ["2024-01-31", "12/03/2024", "A12", "12:30", "", "v1.2.3-beta", "North"] {
            assert!(!is_number(text), "{text}");
        }
    }

    #[test]
    fn widths_fill_the_page_and_no_column_starves() {
        let cell = |text: &str| Cell {
            xml: String::new(),
            text: text.to_owned(),
        };
        let table = Table {
            alignments: vec![Alignment::None; 3],
            rows: vec![
                vec![cell("A"), cell("Name"), cell("Note")],
                vec![cell("1"), cell("Ada"), cell(&"long ".repeat(100))],
            ],
        };
        let widths = table.widths(9000);
        assert_eq!(widths.iter().sum::<u32>(), 9000);
        assert!(widths.iter().all(|w| *w >= 600), "{widths:?}");
    }
}
