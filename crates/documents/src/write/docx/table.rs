//! Tables: column widths from the content, numbers to the right.

use std::fmt::Write as _;

use pulldown_cmark::Alignment;

use crate::write::WriteError;

/// Word allows no more columns in a table.
const MAX_COLUMNS: usize = 63;
/// From this many columns on, the text is set smaller.
const SMALL_FROM: usize = 7;
/// Characters beyond this do not widen a column further.
const WIDEST: usize = 110;
/// Words beyond this may be broken.
const LONGEST_WORD: usize = 18;

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
    /// Appends the table to the document, at most `page` twentieths of a point wide.
    pub fn render(&self, out: &mut String, page: u32) -> Result<(), WriteError> {
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
        let widths = self.widths(page);
        let width: u32 = widths.iter().sum();
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

    /// Widths that fit every column's longest word, and beyond that as much of the longest cell as there is room for.
    /// A table of little content is narrower than the page, down to half of it.
    fn widths(&self, page: u32) -> Vec<u32> {
        let columns = self.alignments.len();
        let (character, padding) = if columns >= SMALL_FROM { (88, 250) } else { (104, 260) };
        let measure = |column: usize, size: &dyn Fn(&str) -> usize, most: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            let longest = cells.map(|cell| size(&cell.text)).max().unwrap_or(0).clamp(4, most);
            longest as u32 * character + padding
        };
        let word = |text: &str| text.split_whitespace().map(extent).max().unwrap_or(0);
        let least: Vec<u32> = (0..columns)
            .map(|column| measure(column, &word, LONGEST_WORD))
            .collect();
        let wanted: Vec<u32> = (0..columns).map(|column| measure(column, &extent, WIDEST)).collect();
        let (least_sum, wanted_sum) = (least.iter().sum::<u32>().max(1), wanted.iter().sum::<u32>().max(1));
        let width = wanted_sum.clamp(page / 2, page);
        let share = |part: u32, whole: u32, of: u32| (u64::from(of) * u64::from(part) / u64::from(whole.max(1))) as u32;
        let mut widths: Vec<u32> = if least_sum >= width {
            least.iter().map(|need| share(*need, least_sum, width)).collect()
        } else if wanted_sum <= width {
            wanted.iter().map(|need| share(*need, wanted_sum, width)).collect()
        } else {
            let missing = wanted_sum.saturating_sub(least_sum);
            let room = width - least_sum;
            let pairs = least.iter().zip(&wanted);
            pairs
                .map(|(least, wanted)| least + share(wanted.saturating_sub(*least), missing, room))
                .collect()
        };
        let used: u32 = widths.iter().sum();
        if let Some(last) = widths.last_mut() {
            *last += width.saturating_sub(used);
        }
        widths
    }
}

/// About how wide a text is, in characters of usual width: capitals and some others are wider.
fn extent(text: &str) -> usize {
    let wide = text
        .chars()
        .filter(|c| c.is_uppercase() || matches!(c, 'm' | 'w' | '@' | '%' | '€'))
        .count();
    text.chars().count() + wide.div_ceil(3)
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
    fn words_stay_whole_and_the_page_is_not_left() {
        let cell = |text: &str| Cell {
            xml: String::new(),
            text: text.to_owned(),
        };
        let table = |rows: Vec<Vec<Cell>>| Table {
            alignments: vec![Alignment::None; rows[0].len()],
            rows,
        };
        let long = table(vec![
            vec![cell("Column"), cell("Name"), cell("Note")],
            vec![cell("A"), cell("Ada"), cell(&"long ".repeat(100))],
        ]);
        let widths = long.widths(9000);
        assert_eq!(widths.iter().sum::<u32>(), 9000);
        assert!(widths[0] >= 7 * 104 + 260, "{widths:?}");
        let small = table(vec![vec![cell("Year"), cell("Rows")], vec![cell("2018"), cell("7")]]);
        assert_eq!(small.widths(9000).iter().sum::<u32>(), 4500);
        let crowded = table(vec![(0..60).map(|i| cell(&format!("column{i}"))).collect()]);
        assert_eq!(crowded.widths(9000).iter().sum::<u32>(), 9000);
    }
}
