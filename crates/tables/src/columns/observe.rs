//! Evidence: what the cells of a column can be read as.

use super::View;
use crate::{
    dates::{self, Form, Order},
    grid::{Cell, Hint},
    numbers::{self, Decimal},
    values::{is_serial, truth},
};

/// Counts over the cells of one column.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Observed {
    /// Rows looked at.
    pub(crate) rows: u64,
    /// Cells with a value: not blank, not "nothing", not an error.
    pub(crate) values: u64,
    /// Words for "nothing".
    pub(crate) nothing: u64,
    /// Formula errors.
    pub(crate) errors: u64,
    /// Numbers the file types as such.
    pub(crate) native_numbers: u64,
    /// Numbers written as text.
    pub(crate) text_numbers: u64,
    /// Digits that are a name.
    pub(crate) codes: u64,
    /// Whether a number is certainly not whole.
    pub(crate) fraction: bool,
    /// Percentages.
    pub(crate) percents: u64,
    /// Amounts with a currency or a currency format.
    pub(crate) money: u64,
    /// Currencies by how often.
    pub(crate) currencies: Vec<(String, u64)>,
    /// Numbers with a proven decimal point or comma, and those that could be either.
    pub(crate) dot: u64,
    pub(crate) comma: u64,
    pub(crate) lone_dot: u64,
    pub(crate) lone_comma: u64,
    /// Whole native numbers that could be day numbers.
    pub(crate) serials: u64,
    /// Eight-digit numbers that could be dates.
    pub(crate) compact: u64,
    /// Dates the file types as such.
    pub(crate) native_dates: u64,
    /// Dates written as text.
    pub(crate) text_dates: u64,
    /// Dates with a time of day.
    pub(crate) with_clock: u64,
    /// Dates whose order is proven, and those that could be either.
    pub(crate) day_first: u64,
    pub(crate) month_first: u64,
    pub(crate) open: u64,
    /// How dates are written, by how often.
    pub(crate) forms: Vec<(Form, u64)>,
    /// Times of day, and lengths of time.
    pub(crate) clocks: u64,
    pub(crate) spans: u64,
    /// True and false.
    pub(crate) bools: u64,
    /// Everything else.
    pub(crate) words: u64,
    /// Text with spaces around it.
    pub(crate) padded: u64,
}

impl Observed {
    pub(crate) const fn numbers(&self) -> u64 {
        self.native_numbers + self.text_numbers
    }

    pub(crate) const fn dates(&self) -> u64 {
        self.native_dates + self.text_dates
    }
}

/// Looks at every row of a column, until it is certain that the column is text.
pub(crate) fn observe(view: &View<'_>, column: u16, rows: &[usize]) -> Observed {
    let mut seen = Observed {
        rows: rows.len() as u64,
        ..Observed::default()
    };
    let certain = rows.len() as u64 / 5 + 1;
    // The kind of the last text: a column mostly repeats it, so it is tried first.
    let mut last_was_date = false;
    for &index in rows {
        let Some(cell) = view.cell(index, column) else {
            continue;
        };
        match cell {
            Cell::Number { value, hint, .. } => seen.native(value, view.grid.hint(hint)),
            Cell::Moment { value, .. } => {
                seen.values += 1;
                if value < 1.0 {
                    seen.clocks += 1;
                } else {
                    seen.native_dates += 1;
                    seen.with_clock += u64::from(value.fract() > 1e-6);
                    count(&mut seen.forms, &Form::Native);
                }
            }
            Cell::Span { .. } => {
                seen.values += 1;
                seen.spans += 1;
            }
            Cell::Bool { .. } => {
                seen.values += 1;
                seen.bools += 1;
            }
            Cell::Error { .. } => seen.errors += 1,
            Cell::Text { start, length, .. } => {
                let raw = view.grid.span(start, length);
                let text = raw.trim();
                seen.padded += u64::from(text.len() != raw.len());
                seen.text(text, &mut last_was_date);
                if seen.words >= certain {
                    // More than a fifth of all rows are words: no other kind can win.
                    return seen;
                }
            }
        }
    }
    seen
}

impl Observed {
    fn native(&mut self, value: f64, hint: &Hint) {
        self.values += 1;
        self.native_numbers += 1;
        let whole = value.fract() == 0.0;
        self.fraction |= !whole;
        self.serials += u64::from(is_serial(value));
        self.compact += u64::from(whole && (19_000_101.0..21_001_231.0).contains(&value));
        match hint {
            Hint::Plain => {}
            Hint::Percent => self.percents += 1,
            Hint::Money(currency) => {
                self.money += 1;
                if let Some(currency) = currency {
                    count(&mut self.currencies, currency);
                }
            }
        }
    }

    fn text(&mut self, text: &str, last_was_date: &mut bool) {
        if *last_was_date && self.date(text) {
            return;
        }
        if let Some(found) = numbers::parse(text, Decimal::Dot) {
            *last_was_date = false;
            self.values += 1;
            self.text_numbers += 1;
            if numbers::is_code(text) {
                self.codes += 1;
            }
            let bytes = text.as_bytes();
            self.compact += u64::from(bytes.len() == 8 && (19_000_101.0..21_001_231.0).contains(&found.value));
            match found.evidence {
                numbers::Evidence::None => self.fraction |= found.value.fract() != 0.0,
                numbers::Evidence::Proven(decimal) => {
                    self.fraction |= found.value.fract() != 0.0 || found.percent;
                    match decimal {
                        Decimal::Dot => self.dot += 1,
                        Decimal::Comma => self.comma += 1,
                    }
                }
                numbers::Evidence::LoneDot => self.lone_dot += 1,
                numbers::Evidence::LoneComma => self.lone_comma += 1,
            }
            self.percents += u64::from(found.percent);
            if let Some(currency) = found.currency {
                self.money += 1;
                count_text(&mut self.currencies, currency);
            }
            return;
        }
        if numbers::is_nothing(text) {
            self.nothing += 1;
            return;
        }
        if text.starts_with('#') && is_error(text) {
            self.errors += 1;
            return;
        }
        if !*last_was_date && self.date(text) {
            *last_was_date = true;
            return;
        }
        self.values += 1;
        if let Some(seconds) = dates::parse_clock(text) {
            if seconds < 86_400 {
                self.clocks += 1;
            } else {
                self.spans += 1;
            }
        } else if truth(text).is_some() {
            self.bools += 1;
        } else {
            self.words += 1;
        }
    }

    fn date(&mut self, text: &str) -> bool {
        let Some(found) = dates::parse(text, Order::DayFirst, false) else {
            return false;
        };
        self.values += 1;
        self.text_dates += 1;
        self.with_clock += u64::from(found.moment.seconds.is_some());
        count(&mut self.forms, &found.form);
        match found.evidence {
            dates::Evidence::None => {}
            dates::Evidence::Proven(Order::DayFirst) => self.day_first += 1,
            dates::Evidence::Proven(Order::MonthFirst) => self.month_first += 1,
            dates::Evidence::Open => self.open += 1,
        }
        true
    }
}

/// Errors of formulas that were exported as text.
pub(crate) fn is_error(text: &str) -> bool {
    const ERRORS: [&str; 10] = [
        "#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#NV", "#BEZUG!", "#WERT!",
    ];
    ERRORS.iter().any(|error| error.eq_ignore_ascii_case(text))
}

fn count<T: PartialEq + Clone>(list: &mut Vec<(T, u64)>, item: &T) {
    match list.iter_mut().find(|(known, _)| known == item) {
        Some((_, count)) => *count += 1,
        None => list.push((item.clone(), 1)),
    }
}

fn count_text(list: &mut Vec<(String, u64)>, item: &str) {
    match list.iter_mut().find(|(known, _)| known == item) {
        Some((_, count)) => *count += 1,
        None => list.push((item.to_owned(), 1)),
    }
}
