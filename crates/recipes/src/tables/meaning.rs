//! What a numeric column means, by its name and values: whether adding it up is worth a headline.
//!
//! Types alone cannot tell a quantity from a code. A sum of quarters or of arrival times is a number nobody asked for,
//! so breakdowns add up only what is money, has a unit, or is called like a quantity; the rest is averaged.

use super::describe::Column;
use crate::words::fold;

/// Names of quantities that add up.
const QUANTITIES: &[&str] = &[
    "total",
    "amount",
    "revenue",
    "sale",
    "turnover",
    "net",
    "gross",
    "cost",
    "budget",
    "paid",
    "payment",
    "spend",
    "spent",
    "expense",
    "profit",
    "income",
    "balance",
    "value",
    "volume",
    "quantity",
    "qty",
    "count",
    "number",
    "pieces",
    "pcs",
    "unit",
    "sold",
    "ordered",
    "stock",
    "item",
    "order",
    "visit",
    "visitor",
    "view",
    "click",
    "download",
    "user",
    "session",
    "vote",
    "population",
    "people",
    "passenger",
    "guest",
    "member",
    "student",
    "patient",
    "case",
    "death",
    "birth",
    "hours",
    "overtime",
    "worked",
    "minutes",
    "duration",
    "days",
    "distance",
    "km",
    "miles",
    "weight",
    "kg",
    "tons",
    "litres",
    "liters",
    "kwh",
    "emission",
    "goals",
    "points",
    "tickets",
    "umsatz",
    "betrag",
    "summe",
    "menge",
    "anzahl",
    "kosten",
    "netto",
    "brutto",
    "stück",
    "stunden",
    "montant",
    "quantité",
    "importe",
    "cantidad",
];
/// Names of what is not added up even when it is called a number of something.
const LABELS: &[&str] = &[
    "id",
    "code",
    "type",
    "class",
    "category",
    "rank",
    "rating",
    "score",
    "level",
    "index",
    "sequence",
    "seq",
    "order no",
    "no",
    "nr",
    "year",
    "month",
    "day",
    "week",
    "quarter",
    "qtr",
    "hour",
    "minute",
    "age",
    "latitude",
    "longitude",
    "lat",
    "lon",
    "lng",
    "zip",
    "postcode",
    "phone",
    "version",
    "position",
    "x",
    "y",
    "price",
    "rate",
    "percent",
    "average",
    "avg",
    "mean",
    "median",
    "min",
    "max",
    "temperature",
    "arrival",
    "departure",
    "start",
    "end",
    "time",
];
/// Headers that name a period: tables with one column for each month or quarter.
const PERIODS: &[&str] = &[
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "jan",
    "feb",
    "mar",
    "apr",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
    "q1",
    "q2",
    "q3",
    "q4",
    "h1",
    "h2",
];

/// The words of a column's name in lower case, not folded: "hours" are a quantity, an "hour" is a time of day.
fn name_words(column: &Column) -> Vec<String> {
    let text = if column.header.trim().is_empty() {
        &column.name
    } else {
        &column.header
    };
    let lower = text.to_lowercase();
    let words = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

/// Whether one of the words is in the list as it is, or as its plural or singular.
fn says(said: &[String], list: &[&str]) -> bool {
    said.iter()
        .any(|word| list.iter().any(|known| fold(known) == fold(word)))
}

/// Whether the last word is in the list exactly.
fn ends_with(said: &[String], list: &[&str]) -> bool {
    said.last().is_some_and(|word| list.contains(&word.as_str()))
}

/// Whether its sum is worth telling first and breaking down.
pub fn is_quantity(column: &Column) -> bool {
    if !column.additive {
        return false;
    }
    let said = name_words(column);
    if column.kind.kind == "money" {
        return !ends_with(&said, LABELS);
    }
    let year = said
        .iter()
        .any(|word| word.len() == 4 && word.starts_with(['1', '2']) && word.bytes().all(|b| b.is_ascii_digit()));
    let named = says(&said, QUANTITIES) || says(&said, PERIODS) || (year && said.len() == 1);
    // "Order type" is a type, "Number of types" a number: the last word says what it is, unless "number of" goes before.
    let label =
        ends_with(&said, LABELS) && !says(said.get(..1).unwrap_or_default(), &["number", "count", "total", "sum"]);
    let united = column
        .unit
        .as_deref()
        .is_some_and(|unit| !unit.is_empty() && !unit.contains('%'));
    (named || united) && !label
}

/// Whether its sum may stand among its other figures: not of codes, small ratings or times of day.
pub fn has_sum(column: &Column) -> bool {
    if is_quantity(column) {
        return true;
    }
    let small_code = column.kind.kind == "integer"
        && column.distinct <= 11
        && column.min.as_f64().is_some_and(|min| min >= 0.0)
        && column.max.as_f64().is_some_and(|max| max <= 10.0);
    let label = ends_with(&name_words(column), LABELS);
    column.additive && !small_code && !label && column.kind.kind != "duration"
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn column(header: &str, kind: &str, min: f64, max: f64, distinct: u64) -> Column {
        serde_json::from_value(json!({
            "name": "c", "header": header, "kind": {"type": kind}, "role": "measure", "additive": true,
            "min": min, "max": max, "distinct": distinct,
        }))
        .unwrap()
    }

    #[test]
    fn quantities_are_told_from_codes_and_times() {
        let cases = [
            ("Amount", "number", true, true),
            ("Umsatz 2024", "number", true, true),
            ("Number of types", "integer", true, true),
            ("Jan", "number", true, true),
            ("2024", "number", true, true),
            ("Worked hours", "duration", true, true),
            ("Fee", "money", true, true),
            ("order_type", "integer", false, false),
            ("arrival_time", "duration", false, false),
            ("stop_sequence", "integer", false, false),
            ("qtr", "integer", false, false),
            ("ydline", "integer", false, true),
            ("Unit price", "money", false, false),
            ("Customer rating", "number", false, false),
        ];
        for (header, kind, quantity, sum) in cases {
            let column = column(header, kind, 0.0, 500.0, 90);
            assert_eq!((is_quantity(&column), has_sum(&column)), (quantity, sum), "{header}");
        }
        assert!(!has_sum(&column("pickup", "integer", 0.0, 3.0, 3)));
    }
}
