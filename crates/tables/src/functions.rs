//! SQL functions that analysis needs and SQLite has not.

use std::sync::Arc;

use regex::{Regex, RegexBuilder};
use rusqlite::{
    Connection, Error,
    functions::{Aggregate, Context, FunctionFlags},
    types::ValueRef,
};

use crate::{
    TableError,
    dates::{self, Order},
    numbers::{self, Decimal},
};

const PURE: FunctionFlags = FunctionFlags::SQLITE_UTF8
    .union(FunctionFlags::SQLITE_DETERMINISTIC)
    .union(FunctionFlags::SQLITE_INNOCUOUS);

/// One line for each function, for the schema shown to models.
pub(crate) const HELP: &str = "year(d) quarter(d) month(d) [numbers], year_month(d) ['2026-03'], weekday(d) [1 = Monday], \
     median(x) percentile(x, 0..100) stddev(x) variance(x), x REGEXP 'pattern', parse_number(text) parse_date(text), \
     hours('7:30')";

/// Adds the functions to a connection.
pub(crate) fn register(connection: &Connection) -> Result<(), TableError> {
    let scalar = |name: &str, f: fn(&Context<'_>) -> rusqlite::Result<Option<f64>>| {
        connection.create_scalar_function(name, 1, PURE, f)
    };
    connection.create_scalar_function("regexp", 2, PURE, regexp)?;
    connection.create_scalar_function("lower", 1, PURE, |context| changed(context, str::to_lowercase))?;
    connection.create_scalar_function("upper", 1, PURE, |context| changed(context, str::to_uppercase))?;
    connection.create_scalar_function("year", 1, PURE, |context| part(context, |date| date.year().into()))?;
    connection.create_scalar_function("month", 1, PURE, |context| part(context, |date| date.month().into()))?;
    connection.create_scalar_function("quarter", 1, PURE, |context| {
        part(context, |date| (i64::from(date.month()) + 2) / 3)
    })?;
    connection.create_scalar_function("weekday", 1, PURE, |context| {
        part(context, |date| date.weekday().to_monday_one_offset().into())
    })?;
    connection.create_scalar_function("year_month", 1, PURE, |context| {
        Ok(date(context)?.map(|date| format!("{:04}-{:02}", date.year(), date.month())))
    })?;
    connection.create_scalar_function("parse_date", 1, PURE, |context| {
        let text = text(context, 0)?;
        Ok(text
            .and_then(|text| dates::parse(&text, Order::DayFirst, true))
            .map(|found| match found.moment.seconds {
                Some(_) => found.moment.iso_datetime().as_str().to_owned(),
                None => found.moment.iso_date().as_str().to_owned(),
            }))
    })?;
    scalar("parse_number", |context| {
        if let ValueRef::Integer(value) = context.get_raw(0) {
            return Ok(Some(value as f64));
        }
        if let ValueRef::Real(value) = context.get_raw(0) {
            return Ok(Some(value));
        }
        Ok(text(context, 0)?
            .and_then(|text| numbers::parse(&text, Decimal::Dot))
            .map(|number| number.value))
    })?;
    scalar("hours", |context| {
        Ok(text(context, 0)?
            .and_then(|text| dates::parse_clock(&text))
            .map(|seconds| f64::from(seconds) / 3600.0))
    })?;
    for (name, statistic) in [
        ("median", Statistic::Percentile(Some(50.0))),
        ("stddev", Statistic::Deviation { sample: true }),
        ("stddev_samp", Statistic::Deviation { sample: true }),
        ("stddev_pop", Statistic::Deviation { sample: false }),
        ("variance", Statistic::Variance { sample: true }),
        ("var_samp", Statistic::Variance { sample: true }),
        ("var_pop", Statistic::Variance { sample: false }),
    ] {
        connection.create_aggregate_function(name, 1, PURE, statistic)?;
    }
    connection.create_aggregate_function("percentile", 2, PURE, Statistic::Percentile(None))?;
    Ok(())
}

fn text(context: &Context<'_>, at: usize) -> rusqlite::Result<Option<String>> {
    Ok(match context.get_raw(at) {
        ValueRef::Null | ValueRef::Blob(_) => None,
        ValueRef::Integer(value) => Some(value.to_string()),
        ValueRef::Real(value) => Some(crate::values::number_text(value)),
        ValueRef::Text(_) => Some(context.get::<String>(at)?),
    })
}

fn changed(context: &Context<'_>, change: fn(&str) -> String) -> rusqlite::Result<Option<String>> {
    Ok(text(context, 0)?.map(|text| change(&text)))
}

/// The date of an ISO text (as columns of dates hold), or of any text that reads one way only.
fn date(context: &Context<'_>) -> rusqlite::Result<Option<jiff::civil::Date>> {
    let text = text(context, 0)?;
    let found = text.and_then(|text| dates::parse(&text, Order::DayFirst, false));
    Ok(found
        .filter(|found| found.evidence != dates::Evidence::Open)
        .map(|found| found.moment.date))
}

fn part(context: &Context<'_>, of: fn(jiff::civil::Date) -> i64) -> rusqlite::Result<Option<i64>> {
    Ok(date(context)?.map(of))
}

/// `text REGEXP pattern`: linear time whatever the pattern; case matters unless it begins with `(?i)`.
fn regexp(context: &Context<'_>) -> rusqlite::Result<Option<bool>> {
    let pattern: Arc<Regex> =
        context.get_or_create_aux(0, |value| -> Result<Regex, Box<dyn std::error::Error + Send + Sync>> {
            let pattern = value.as_str().map_err(|error| error.to_string())?;
            Ok(RegexBuilder::new(pattern).size_limit(1 << 20).build()?)
        })?;
    Ok(text(context, 1)?.map(|text| pattern.is_match(&text)))
}

/// A statistic over all values of a group.
#[derive(Clone, Copy)]
enum Statistic {
    /// The percentile, by linear interpolation; given as second argument when not here.
    Percentile(Option<f64>),
    Deviation {
        sample: bool,
    },
    Variance {
        sample: bool,
    },
}

/// The values of a group.
#[derive(Default)]
struct Values {
    list: Vec<f64>,
    rank: Option<f64>,
}

/// Values one group may hold in memory.
const MOST_VALUES: usize = 10_000_000;

impl Aggregate<Values, Option<f64>> for Statistic {
    fn init(&self, _: &mut Context<'_>) -> rusqlite::Result<Values> {
        Ok(Values::default())
    }

    fn step(&self, context: &mut Context<'_>, values: &mut Values) -> rusqlite::Result<()> {
        let value = match context.get_raw(0) {
            ValueRef::Integer(value) => value as f64,
            ValueRef::Real(value) => value,
            // As SQLite's own aggregates: what is no number is no value.
            _ => return Ok(()),
        };
        if let Self::Percentile(None) = self {
            let rank: f64 = context.get(1)?;
            if !(0.0..=100.0).contains(&rank) {
                return Err(failure("percentile takes a rank from 0 to 100"));
            }
            values.rank = Some(rank);
        }
        if values.list.len() >= MOST_VALUES {
            return Err(failure("too many values for a percentile or deviation"));
        }
        values.list.push(value);
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, values: Option<Values>) -> rusqlite::Result<Option<f64>> {
        let mut values = values.unwrap_or_default();
        Ok(match self {
            Self::Percentile(rank) => percentile(&mut values.list, rank.or(values.rank).unwrap_or(50.0)),
            Self::Variance { sample } => variance(&values.list, *sample),
            Self::Deviation { sample } => variance(&values.list, *sample).map(f64::sqrt),
        })
    }
}

fn failure(message: &str) -> Error {
    Error::UserFunctionError(message.into())
}

fn percentile(list: &mut [f64], rank: f64) -> Option<f64> {
    list.sort_unstable_by(f64::total_cmp);
    let position = rank / 100.0 * (list.len().checked_sub(1)?) as f64;
    let low = *list.get(position.floor() as usize)?;
    let high = *list.get(position.ceil() as usize)?;
    Some(low + (high - low) * position.fract())
}

fn variance(list: &[f64], sample: bool) -> Option<f64> {
    let divisor = list.len().checked_sub(usize::from(sample)).filter(|&n| n > 0)? as f64;
    let mean = list.iter().sum::<f64>() / list.len() as f64;
    Some(list.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / divisor)
}
