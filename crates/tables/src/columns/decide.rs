//! One decision for a column, from its evidence, its header and the habits of its file.

use super::{Habits, Observed, Plan, View};
use crate::{
    ColumnKind, NoteKind, currency,
    dates::{self, Form, Order},
    grid::Cell,
    numbers::Decimal,
};

/// Something to tell about a column; the caller adds where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Remark {
    pub(crate) kind: NoteKind,
    pub(crate) text: String,
    pub(crate) count: u64,
}

/// How the column is read, and what is remarkable about it.
pub(crate) fn decide(
    view: &View<'_>,
    column: u16,
    rows: &[usize],
    header: &str,
    unit: Option<&str>,
    seen: &Observed,
    habits: &Habits,
) -> (Plan, Vec<Remark>) {
    let mut remarks = Vec::new();
    let mut plan = Plan {
        kind: ColumnKind::Text,
        decimal: Decimal::Dot,
        order: Order::DayFirst,
        compact: false,
        serials: false,
    };
    let most = |count: u64| seen.values > 0 && count * 5 >= seen.values * 4;
    let dated = is_date_header(header);

    // Day numbers count as dates where the header or the other cells say so.
    let serials_are_dates = seen.serials > 0
        && seen.serials == seen.native_numbers
        && (seen.native_dates + seen.text_dates > seen.serials || (dated && seen.money + seen.percents == 0));
    let compact_is_date = dated && seen.compact > 0 && seen.compact == seen.numbers();
    let extra = if serials_are_dates {
        seen.serials
    } else if compact_is_date {
        seen.compact
    } else {
        0
    };
    if most(seen.dates() + extra) {
        plan.serials = serials_are_dates;
        plan.compact = compact_is_date;
        plan.kind = if seen.with_clock > 0 {
            ColumnKind::DateTime
        } else {
            ColumnKind::Date
        };
        date_order(view, column, rows, seen, habits, &mut plan, &mut remarks);
        let mut forms = seen.forms.len() + usize::from(extra > 0);
        // A date typed as text among date cells sorts apart in the sheet; that is worth a note even if forms agree.
        if seen.day_first > 0 && seen.month_first > 0 {
            forms += 1;
        }
        if forms > 1 {
            let list = forms_seen(seen, &plan);
            remarks.push(Remark {
                kind: NoteKind::MixedDates,
                text: format!("dates are written in {} ways: {}", list.len(), list.join(", ")),
                count: seen.dates() + extra,
            });
        }
        return (plan, remarks);
    }
    if most(seen.bools) && seen.bools > 0 {
        plan.kind = ColumnKind::Boolean;
        return (plan, remarks);
    }
    if most(seen.clocks + seen.spans) {
        plan.kind = if seen.spans > 0 {
            ColumnKind::Duration
        } else {
            ColumnKind::Time
        };
        return (plan, remarks);
    }
    if !most(seen.numbers()) || seen.codes > 0 {
        return (plan, remarks);
    }
    decimal_sign(seen, habits, &mut plan, &mut remarks);
    plan.kind = number_kind(header, unit, seen, plan.decimal, &mut remarks);
    if seen.native_numbers > 0 && seen.text_numbers > 0 {
        remarks.push(Remark {
            kind: NoteKind::MixedNumbers,
            text: format!(
                "{} numbers are stored as text; they are read as numbers here",
                seen.text_numbers
            ),
            count: seen.text_numbers,
        });
    }
    (plan, remarks)
}

/// The ways dates are written, most frequent first.
pub(crate) fn forms_seen(seen: &Observed, plan: &Plan) -> Vec<String> {
    let mut forms = seen.forms.clone();
    if plan.serials {
        forms.push((Form::Serial, seen.serials));
    }
    if plan.compact {
        forms.push((Form::Compact, seen.compact));
    }
    forms.sort_by_key(|(form, count)| (std::cmp::Reverse(*count), *form));
    let mut labels: Vec<String> = forms
        .iter()
        .map(|(form, _)| form.label(plan.order).to_owned())
        .collect();
    let other = match plan.order {
        Order::DayFirst => (seen.month_first, Order::MonthFirst),
        Order::MonthFirst => (seen.day_first, Order::DayFirst),
    };
    if other.0 > 0 {
        let slashed = forms
            .iter()
            .find(|(form, _)| matches!(form, Form::Slashes | Form::Dashes));
        labels.extend(slashed.map(|(form, _)| form.label(other.1).to_owned()));
    }
    labels
}

fn date_order(
    view: &View<'_>,
    column: u16,
    rows: &[usize],
    seen: &Observed,
    habits: &Habits,
    plan: &mut Plan,
    remarks: &mut Vec<Remark>,
) {
    let by_majority = |day: u64, month: u64| match day.cmp(&month) {
        std::cmp::Ordering::Greater => Some(Order::DayFirst),
        std::cmp::Ordering::Less => Some(Order::MonthFirst),
        std::cmp::Ordering::Equal => None,
    };
    let name = |order: Order| match order {
        Order::DayFirst => "day first (D/M/YYYY)",
        Order::MonthFirst => "month first (M/D/YYYY)",
    };
    if let Some(order) = by_majority(seen.day_first, seen.month_first) {
        plan.order = order;
        let against = seen.day_first.min(seen.month_first);
        if against > 0 && seen.open > 0 {
            remarks.push(Remark {
                kind: NoteKind::AmbiguousDates,
                text: format!(
                    "dates are written both day first and month first; {} that could be either are read {}",
                    seen.open,
                    name(order)
                ),
                count: seen.open,
            });
        }
        return;
    }
    if seen.open == 0 {
        return;
    }
    let (order, why, certain) = if let Some(order) = by_majority(habits.day_first, habits.month_first) {
        (order, "as other dates of the file", true)
    } else {
        let (day_breaks, month_breaks) = order_breaks(view, column, rows);
        if day_breaks < month_breaks {
            (Order::DayFirst, "which puts them in order", day_breaks == 0)
        } else if month_breaks < day_breaks {
            (Order::MonthFirst, "which puts them in order", month_breaks == 0)
        } else if habits.comma > habits.dot {
            (Order::DayFirst, "since decimals are written with a comma", false)
        } else {
            (Order::DayFirst, "for want of evidence", false)
        }
    };
    plan.order = order;
    if !certain {
        remarks.push(Remark {
            kind: NoteKind::AmbiguousDates,
            text: format!(
                "{} dates could be day or month first; they are read {}, {why}",
                seen.open,
                name(order)
            ),
            count: seen.open,
        });
    }
}

/// How often a date is before the one above it, read day first and month first.
fn order_breaks(view: &View<'_>, column: u16, rows: &[usize]) -> (u64, u64) {
    let breaks = |order: Order| {
        let mut last = None;
        let mut up = 0_u64;
        let mut down = 0_u64;
        for &index in rows {
            let Some(Cell::Text { start, length, .. }) = view.cell(index, column) else {
                continue;
            };
            let Some(found) = dates::parse(view.grid.span(start, length), order, false) else {
                continue;
            };
            if let Some(last) = last {
                up += u64::from(found.moment < last);
                down += u64::from(found.moment > last);
            }
            last = Some(found.moment);
        }
        // Lists run either way.
        up.min(down)
    };
    (breaks(Order::DayFirst), breaks(Order::MonthFirst))
}

fn decimal_sign(seen: &Observed, habits: &Habits, plan: &mut Plan, remarks: &mut Vec<Remark>) {
    let lone = seen.lone_dot + seen.lone_comma;
    plan.decimal = match seen.dot.cmp(&seen.comma) {
        std::cmp::Ordering::Greater => Decimal::Dot,
        std::cmp::Ordering::Less => Decimal::Comma,
        std::cmp::Ordering::Equal if lone == 0 => return,
        std::cmp::Ordering::Equal => {
            let (decimal, certain) = lone_reading(seen, habits);
            if !certain {
                let (sign, reading) = match (seen.lone_dot > 0, decimal) {
                    (true, Decimal::Dot) => ('.', "decimals"),
                    (true, Decimal::Comma) => ('.', "thousands"),
                    (false, Decimal::Dot) => (',', "thousands"),
                    (false, Decimal::Comma) => (',', "decimals"),
                };
                remarks.push(Remark {
                    kind: NoteKind::AmbiguousNumbers,
                    text: format!("{lone} numbers have one `{sign}` before three digits; it is read as {reading}"),
                    count: lone,
                });
            }
            decimal
        }
    };
    if seen.dot > 0 && seen.comma > 0 {
        remarks.push(Remark {
            kind: NoteKind::MixedNumbers,
            text: format!(
                "decimals are written with a point in {} cells and with a comma in {}",
                seen.dot, seen.comma
            ),
            count: seen.dot.min(seen.comma),
        });
    }
}

/// How `1.234` or `1,234` is read when the column has nothing clearer; whether that is beyond doubt.
fn lone_reading(seen: &Observed, habits: &Habits) -> (Decimal, bool) {
    // Both signs in this role: 1,234 and 1.234 in one column cannot be told from here.
    if seen.lone_dot > 0 && seen.lone_comma > 0 {
        return (Decimal::Dot, false);
    }
    match habits.dot.cmp(&habits.comma) {
        std::cmp::Ordering::Greater => (Decimal::Dot, seen.lone_comma > 0),
        std::cmp::Ordering::Less => (Decimal::Comma, seen.lone_dot > 0),
        // Thousands with a comma are the common case everywhere a file says nothing else.
        std::cmp::Ordering::Equal => (Decimal::Dot, seen.lone_comma > 0 && seen.lone_dot == 0),
    }
}

fn number_kind(
    header: &str,
    unit: Option<&str>,
    seen: &Observed,
    decimal: Decimal,
    remarks: &mut Vec<Remark>,
) -> ColumnKind {
    let numbers = seen.numbers();
    let header_currency = unit.and_then(currency::code_of).or_else(|| currency::find(header));
    if seen.percents * 2 >= numbers && seen.percents > 0 {
        return ColumnKind::Percent;
    }
    if seen.money * 2 >= numbers && seen.money > 0 || (header_currency.is_some() && seen.percents == 0) {
        let mut currencies = seen.currencies.clone();
        currencies.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        if currencies.len() > 1 {
            let list: Vec<String> = currencies
                .iter()
                .map(|(code, count)| format!("{code} ({count})"))
                .collect();
            remarks.push(Remark {
                kind: NoteKind::MixedCurrencies,
                text: format!("amounts are in more than one currency: {}", list.join(", ")),
                count: currencies.iter().map(|(_, count)| count).sum(),
            });
            return ColumnKind::Money { currency: None };
        }
        let currency = currencies
            .first()
            .map(|(code, _)| code.clone())
            .or_else(|| header_currency.map(str::to_owned));
        return ColumnKind::Money { currency };
    }
    let lone_fraction = match decimal {
        Decimal::Dot => seen.lone_dot > 0,
        Decimal::Comma => seen.lone_comma > 0,
    };
    if seen.fraction || lone_fraction {
        ColumnKind::Number
    } else {
        ColumnKind::Integer
    }
}

/// Whether a header says that its column holds dates.
pub(crate) fn is_date_header(header: &str) -> bool {
    const WORDS: [&str; 11] = [
        "date",
        "datum",
        "fecha",
        "jour",
        "day",
        "tag",
        "dag",
        "due",
        "fällig",
        "timestamp",
        "deadline",
    ];
    let lower = header.to_lowercase();
    lower
        .split(|c: char| !c.is_alphabetic())
        .any(|word| WORDS.contains(&word) || word.ends_with("datum") || word.ends_with("date"))
}
