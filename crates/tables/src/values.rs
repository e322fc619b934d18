//! From cells to values of a column's kind.

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use serde_json::Value as Json;

use crate::{
    ColumnKind,
    columns::Plan,
    dates::{self, Iso, Moment},
    grid::{Cell, Grid, Hint},
    numbers,
};

/// A value on its way into SQLite.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value<'a> {
    Null,
    Integer(i64),
    Real(f64),
    Text(&'a str),
    Owned(String),
    Iso(Iso),
}

impl Value<'_> {
    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Owned(text) => Some(text),
            Self::Iso(iso) => Some(iso.as_str()),
            _ => None,
        }
    }

    pub(crate) fn to_json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Integer(value) => Json::from(*value),
            Self::Real(value) => json_number(*value),
            Self::Text(_) | Self::Owned(_) | Self::Iso(_) => Json::from(self.as_str().unwrap_or_default()),
        }
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(value) => ValueRef::Integer(*value),
            Self::Real(value) => ValueRef::Real(*value),
            Self::Text(_) | Self::Owned(_) | Self::Iso(_) => {
                ValueRef::Text(self.as_str().unwrap_or_default().as_bytes())
            }
        }))
    }
}

/// What became of a cell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Outcome {
    /// A value, or an empty cell.
    Fine,
    /// A word for "nothing" in a typed column.
    Nothing,
    /// Does not fit the column's kind.
    Unreadable,
    /// A formula error.
    Error,
    /// Words that nobody sees in the sheet.
    Withheld,
}

/// The value of a cell in a column of this plan.
pub(crate) fn convert<'a>(grid: &'a Grid, cell: Option<Cell>, plan: &Plan) -> (Value<'a>, Outcome) {
    let Some(cell) = cell else {
        return (Value::Null, Outcome::Fine);
    };
    if let Cell::Error { .. } = cell {
        return (Value::Null, Outcome::Error);
    }
    let value = match &plan.kind {
        ColumnKind::Text => return (text_value(grid, cell), Outcome::Fine),
        ColumnKind::Integer => match number(grid, cell, plan) {
            Some(value) if value.fract() == 0.0 && value.abs() < 9.0e15 => Some(Value::Integer(value as i64)),
            Some(value) => Some(Value::Real(value)),
            None => None,
        },
        ColumnKind::Number | ColumnKind::Money { .. } | ColumnKind::Percent => {
            number(grid, cell, plan).map(Value::Real)
        }
        ColumnKind::Boolean => boolean(grid, cell).map(|value| Value::Integer(i64::from(value))),
        ColumnKind::Date => moment(grid, cell, plan).map(|moment| Value::Iso(moment.iso_date())),
        ColumnKind::DateTime => moment(grid, cell, plan).map(|moment| Value::Iso(moment.iso_datetime())),
        ColumnKind::Time => seconds(grid, cell)
            .filter(|seconds| *seconds < 86_400)
            .map(|seconds| Value::Iso(dates::clock(seconds))),
        ColumnKind::Duration => hours(grid, cell).map(Value::Real),
    };
    match value {
        Some(value) => (value, Outcome::Fine),
        None => match cell {
            Cell::Text { .. } if numbers::is_nothing(grid.text_of(cell).unwrap_or_default()) => {
                (Value::Null, Outcome::Nothing)
            }
            _ => (Value::Null, Outcome::Unreadable),
        },
    }
}

/// The currency written with a cell or shown by its format.
pub(crate) fn currency_of(grid: &Grid, cell: Cell, plan: &Plan) -> Option<String> {
    match cell {
        Cell::Number { hint, .. } => match grid.hint(hint) {
            Hint::Money(currency) => currency.clone(),
            _ => None,
        },
        Cell::Text { .. } => numbers::parse(grid.text_of(cell)?, plan.decimal)?
            .currency
            .map(str::to_owned),
        _ => None,
    }
}

fn text_value(grid: &Grid, cell: Cell) -> Value<'_> {
    match cell {
        Cell::Text { .. } | Cell::Error { .. } => match grid.text_of(cell) {
            Some("") | None => Value::Null,
            Some(text) => Value::Text(text),
        },
        Cell::Number { value, .. } => Value::Owned(number_text(value)),
        Cell::Bool { value, .. } => Value::Text(if value { "TRUE" } else { "FALSE" }),
        Cell::Moment { value, .. } => match dates::from_serial(value) {
            Some(moment) if value < 1.0 => Value::Iso(dates::clock(moment.seconds.unwrap_or(0))),
            Some(moment) if moment.seconds.is_none() => Value::Iso(moment.iso_date()),
            Some(moment) => Value::Iso(moment.iso_datetime()),
            None => Value::Owned(number_text(value)),
        },
        Cell::Span { value, .. } => Value::Owned(number_text(value * 24.0)),
    }
}

/// The number of a cell.
pub(crate) fn number(grid: &Grid, cell: Cell, plan: &Plan) -> Option<f64> {
    match cell {
        Cell::Number { value, .. } => Some(value).filter(|value| value.is_finite()),
        Cell::Text { .. } => numbers::parse(grid.text_of(cell)?, plan.decimal).map(|number| number.value),
        Cell::Bool { .. } | Cell::Moment { .. } | Cell::Span { .. } | Cell::Error { .. } => None,
    }
}

fn moment(grid: &Grid, cell: Cell, plan: &Plan) -> Option<Moment> {
    match cell {
        Cell::Moment { value, .. } => dates::from_serial(value),
        Cell::Number { value, .. } if plan.serials && is_serial(value) => dates::from_serial(value),
        Cell::Number { value, .. } if plan.compact => {
            dates::parse(&number_text(value), plan.order, true).map(|found| found.moment)
        }
        Cell::Text { .. } => dates::parse(grid.text_of(cell)?, plan.order, plan.compact).map(|found| found.moment),
        _ => None,
    }
}

fn seconds(grid: &Grid, cell: Cell) -> Option<u32> {
    match cell {
        Cell::Moment { value, .. } | Cell::Span { value, .. } if (0.0..1.0).contains(&value) => {
            Some(((value * 86_400.0).round() as u32).min(86_399))
        }
        Cell::Text { .. } => dates::parse_clock(grid.text_of(cell)?),
        _ => None,
    }
}

fn hours(grid: &Grid, cell: Cell) -> Option<f64> {
    match cell {
        // Rounded to the second: day fractions do not hold hours exactly.
        Cell::Moment { value, .. } | Cell::Span { value, .. } => Some((value * 86_400.0).round() / 3600.0),
        Cell::Text { .. } => dates::parse_clock(grid.text_of(cell)?).map(|seconds| f64::from(seconds) / 3600.0),
        _ => None,
    }
}

fn boolean(grid: &Grid, cell: Cell) -> Option<bool> {
    match cell {
        Cell::Bool { value, .. } => Some(value),
        Cell::Text { .. } => truth(grid.text_of(cell)?),
        _ => None,
    }
}

/// The words spreadsheets themselves write for true and false. Yes and no stay text: they read better.
pub(crate) fn truth(text: &str) -> Option<bool> {
    const TRUE: [&str; 5] = ["true", "wahr", "vrai", "verdadero", "vero"];
    const FALSE: [&str; 5] = ["false", "falsch", "faux", "falso", "falsch"];
    let is = |word: &&str| word.eq_ignore_ascii_case(text);
    if text.len() > 9 {
        None
    } else if TRUE.iter().any(is) {
        Some(true)
    } else if FALSE.iter().any(is) {
        Some(false)
    } else {
        None
    }
}

/// Whether a number can be the day number of a date between 1954 and 2064.
pub(crate) fn is_serial(value: f64) -> bool {
    (20_000.0..=60_000.0).contains(&value)
}

/// A number as a spreadsheet shows it without a format: 15 significant digits, no needless zeros.
pub(crate) fn number_text(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 {
        return format!("{}", value as i64);
    }
    format!("{}", rounded(value))
}

/// The value at 15 significant digits, as spreadsheets show numbers: 0.1 + 0.2 is 0.3.
pub(crate) fn rounded(value: f64) -> f64 {
    if !value.is_finite() || value == 0.0 {
        return value;
    }
    format!("{value:.14e}").parse().unwrap_or(value)
}

/// A number in JSON, at 15 significant digits; whole ones keep their `.0` away.
pub(crate) fn json_number(value: f64) -> Json {
    let value = rounded(value);
    if value.fract() == 0.0 && value.abs() < 9.0e15 {
        return Json::from(value as i64);
    }
    serde_json::Number::from_f64(value).map_or(Json::Null, Json::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_show_as_in_a_spreadsheet() {
        for (value, want) in [
            (0.1 + 0.2, "0.3"),
            (1234.5, "1234.5"),
            (1e6, "1000000"),
            (-0.07, "-0.07"),
            (1.0 / 3.0, "0.333333333333333"),
        ] {
            assert_eq!(number_text(value), want);
        }
        assert_eq!(json_number(0.1 + 0.2).to_string(), "0.3");
        assert_eq!(json_number(5.0).to_string(), "5");
    }
}
