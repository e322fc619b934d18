//! What a cell looks like at first sight, before its column is known.

use crate::{
    dates,
    grid::{Cell, Grid},
    numbers::{self, Decimal},
};

/// A first guess at a cell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Look {
    /// Words.
    Text,
    /// A number, also written as text.
    Number,
    /// A whole number between 1900 and 2100: a number, or a heading.
    Year,
    /// A date or time.
    Date,
    /// True or false.
    Bool,
    /// A formula error, or a word for "nothing".
    Nothing,
}

pub(crate) fn look(grid: &Grid, cell: Cell) -> Look {
    match cell {
        Cell::Number { value, .. } => number(value),
        Cell::Moment { .. } | Cell::Span { .. } => Look::Date,
        Cell::Bool { .. } => Look::Bool,
        Cell::Error { .. } => Look::Nothing,
        Cell::Text { .. } => look_text(grid.text_of(cell).unwrap_or_default()),
    }
}

pub(crate) fn look_text(text: &str) -> Look {
    if let Some(found) = numbers::parse(text, Decimal::Dot) {
        return number(found.value);
    }
    if numbers::is_nothing(text) {
        return Look::Nothing;
    }
    if dates::parse(text, dates::Order::DayFirst, false).is_some() || dates::parse_clock(text).is_some() {
        return Look::Date;
    }
    Look::Text
}

fn number(value: f64) -> Look {
    if value.fract() == 0.0 && (1900.0..=2100.0).contains(&value) {
        Look::Year
    } else {
        Look::Number
    }
}
