//! Rows that sum up others: totals, subtotals, averages.
//!
//! A row is one when its label says so and either the cells that name other rows are blank in it, or its figures are
//! sums of the rows above, or it is the last; or, without a label, when it is the last row, names nothing, and its
//! figures are the sums. It then is no data, and what it states is checked against the rows.

use crate::{
    ColumnKind, SummaryCheck, SummaryRow, address,
    columns::{Plan, View},
    roles,
    values::number,
};

/// What a label promises.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Label {
    /// A sum; whether the label says nothing else.
    Sum { exact: bool },
    /// An average.
    Mean,
    /// The smallest.
    Least,
    /// The largest.
    Most,
    /// How many.
    Count,
}

/// What a cell's text says about its row.
pub(crate) fn label(text: &str) -> Option<Label> {
    let text = text.trim().trim_end_matches([':', '.', ' ']);
    if text.is_empty() || text.len() > 80 || !may_be_label(text) {
        return None;
    }
    let lower = text.to_lowercase();
    const SUMS: [&str; 27] = [
        "total",
        "totals",
        "grand total",
        "subtotal",
        "sub-total",
        "sub total",
        "sum",
        "summe",
        "gesamt",
        "gesamtsumme",
        "zwischensumme",
        "endsumme",
        "insgesamt",
        "gesamtergebnis",
        "totale",
        "totaal",
        "subtotaal",
        "somme",
        "suma",
        "subtotale",
        "total general",
        "total général",
        "合計",
        "小計",
        "总计",
        "σ",
        "итого",
    ];
    if SUMS.contains(&lower.as_str()) {
        return Some(Label::Sum { exact: true });
    }
    match lower.as_str() {
        "average" | "avg" | "mean" | "durchschnitt" | "mittelwert" | "moyenne" | "promedio" | "media" => {
            return Some(Label::Mean);
        }
        "min" | "minimum" => return Some(Label::Least),
        "max" | "maximum" => return Some(Label::Most),
        "count" | "anzahl" => return Some(Label::Count),
        _ => {}
    }
    let begins = SUMS.iter().any(|word| {
        lower
            .strip_prefix(word)
            .is_some_and(|rest| rest.starts_with(|c: char| !c.is_alphanumeric()))
    });
    let ends = ["total", "subtotal", "totals", "summe", "gesamt", "ergebnis"]
        .iter()
        .any(|word| {
            lower
                .strip_suffix(word)
                .is_some_and(|rest| rest.ends_with(|c: char| !c.is_alphanumeric()))
        });
    (begins || ends).then_some(Label::Sum { exact: false })
}

/// A quick no for most texts: neither the first nor the last word begins as a label's does.
fn may_be_label(text: &str) -> bool {
    let begins = |byte: Option<&u8>, with: &[u8]| {
        byte.is_some_and(|byte| *byte >= 0x80 || with.contains(&byte.to_ascii_lowercase()))
    };
    let bytes = text.as_bytes();
    let last = bytes
        .iter()
        .rposition(|byte| !byte.is_ascii_alphabetic() && *byte < 0x80);
    begins(bytes.first(), b"tsgzeimacdp") || begins(bytes.get(last.map_or(0, |at| at + 1)), b"tsge")
}

/// A row whose label promises a summary.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    /// Position in the body.
    pub(crate) at: usize,
    pub(crate) label: Label,
    pub(crate) text: String,
    /// The column of the label.
    pub(crate) column: u16,
}

/// The rows of a body whose first words promise a summary.
pub(crate) fn candidates(view: &View<'_>, left: u16, right: u16, body: &[usize]) -> Vec<Candidate> {
    let mut found = Vec::new();
    for (at, &index) in body.iter().enumerate() {
        let row = view.grid.row(index);
        let words = row
            .iter()
            .filter(|cell| cell.column() >= left && cell.column() <= right)
            .take(4)
            .filter_map(|cell| view.grid.text_of(*cell).map(|text| (cell.column(), text)));
        for (column, text) in words {
            if let Some(label) = label(text) {
                found.push(Candidate {
                    at,
                    label,
                    text: text.to_owned(),
                    column,
                });
                break;
            }
        }
    }
    // A column where such words are common is a column of categories.
    if found.len() * 3 > body.len() {
        found.retain(|candidate| {
            matches!(candidate.label, Label::Sum { exact: true }) && candidate.at + 1 == body.len()
        });
    }
    found
}

/// A column as this module needs it.
pub(crate) struct Figures<'a> {
    pub(crate) column: u16,
    pub(crate) name: &'a str,
    pub(crate) header: &'a str,
    pub(crate) plan: &'a Plan,
}

#[derive(Clone, Copy, Default)]
struct Run {
    sum: f64,
    lost: f64,
    count: u64,
    least: f64,
    most: f64,
}

impl Run {
    /// Neumaier's sum: no digit is lost over any number of rows.
    fn add(&mut self, value: f64) {
        let sum = self.sum + value;
        self.lost += if self.sum.abs() >= value.abs() {
            (self.sum - sum) + value
        } else {
            (value - sum) + self.sum
        };
        self.sum = sum;
        self.least = if self.count == 0 { value } else { self.least.min(value) };
        self.most = if self.count == 0 { value } else { self.most.max(value) };
        self.count += 1;
    }

    fn total(&self) -> f64 {
        self.sum + self.lost
    }
}

/// Sums from one row on.
struct Scope {
    first: u32,
    runs: Vec<Run>,
}

/// The summary rows of a body, with the positions in it.
pub(crate) fn find(
    view: &View<'_>,
    figures: &[Figures<'_>],
    body: &[usize],
    candidates: &[Candidate],
) -> Vec<(usize, SummaryRow)> {
    let numeric: Vec<&Figures<'_>> = figures.iter().filter(|f| f.plan.kind.is_numeric()).collect();
    let keys: Vec<&Figures<'_>> = figures
        .iter()
        .filter(|f| !f.plan.kind.is_numeric() && f.plan.kind != ColumnKind::Boolean)
        .collect();
    if numeric.is_empty() || body.is_empty() {
        return Vec::new();
    }
    let last = body.len() - 1;
    let usual_keys: Vec<u16> = keys
        .iter()
        .filter(|key| is_usual(view, body, key.column))
        .map(|key| key.column)
        .collect();
    let nameless_last = body.len() >= 3
        && !candidates.iter().any(|candidate| candidate.at == last)
        && body
            .get(last)
            .is_some_and(|&index| keys.iter().all(|key| view.cell(index, key.column).is_none()))
        // Nothing names rows here: only several figures that all agree are no accident.
        && (!usual_keys.is_empty() || numeric.len() > 1 || body.len() > 4);
    if candidates.is_empty() && !nameless_last {
        return Vec::new();
    }

    let scope = |row: u32| Scope {
        first: row,
        runs: vec![Run::default(); numeric.len()],
    };
    let first_row = body.first().map_or(0, |&index| view.grid.row_number(index));
    let mut scopes = vec![scope(first_row)];
    let mut fresh = false;
    let mut found: Vec<(usize, SummaryRow)> = Vec::new();
    let mut next = candidates.iter().peekable();
    for (at, &index) in body.iter().enumerate() {
        let row = view.grid.row_number(index);
        let candidate = next.next_if(|candidate| candidate.at == at);
        let values: Vec<Option<f64>> = numeric
            .iter()
            .map(|f| {
                view.cell(index, f.column)
                    .and_then(|cell| number(view.grid, cell, f.plan))
            })
            .collect();
        let is_nameless = at == last && nameless_last;
        if candidate.is_some() || is_nameless {
            let blank_keys = usual_keys
                .iter()
                .filter(|&&column| candidate.is_none_or(|c| c.column != column))
                .any(|&column| view.cell(index, column).is_none());
            let rest_is_summary = candidates.iter().filter(|other| other.at > at).count() == last - at;
            let label = candidate.map_or(Label::Sum { exact: true }, |candidate| candidate.label);
            let is_partial = candidate.is_some_and(|candidate| {
                let text = candidate.text.to_lowercase();
                ["sub", "zwischen", "小計"].iter().any(|part| text.starts_with(part))
            });
            if let Some((checks, covers)) = check(&numeric, &values, &scopes, label, is_partial, row) {
                let sums_match = checks.iter().any(|check| check.is_promised && check.stated != 0.0);
                let all_match = checks.iter().all(|check| check.is_promised);
                let accepted = match candidate {
                    None => sums_match && (!usual_keys.is_empty() || all_match),
                    Some(candidate) => match candidate.label {
                        Label::Sum { exact: true } => blank_keys || sums_match || rest_is_summary,
                        Label::Sum { exact: false } => blank_keys || sums_match,
                        _ => blank_keys || (sums_match && rest_is_summary),
                    },
                };
                if accepted {
                    found.push((
                        at,
                        SummaryRow {
                            row,
                            label: candidate.map(|candidate| candidate.text.clone()).unwrap_or_default(),
                            covers,
                            checks: checks
                                .into_iter()
                                .map(|check| SummaryCheck {
                                    cell: address::cell(u32::from(check.column), row),
                                    column: check.name.to_owned(),
                                    stated: check.stated,
                                    computed: check.computed,
                                    agrees: check.agrees,
                                })
                                .collect(),
                        },
                    ));
                    fresh = true;
                    continue;
                }
            } else if candidate.is_some() && values.iter().all(Option::is_none) && blank_keys {
                // "Total" without a figure.
                found.push((
                    at,
                    SummaryRow {
                        row,
                        label: candidate.map(|candidate| candidate.text.clone()).unwrap_or_default(),
                        covers: (first_row, row.saturating_sub(1)),
                        checks: Vec::new(),
                    },
                ));
                continue;
            }
        }
        if fresh {
            // Rows after a summary row begin a scope of their own; the outermost one always stays.
            if scopes.len() > 16 {
                scopes.remove(1);
            }
            scopes.push(scope(row));
            fresh = false;
        }
        for scope in &mut scopes {
            for (run, value) in scope.runs.iter_mut().zip(&values) {
                if let Some(value) = value {
                    run.add(*value);
                }
            }
        }
    }
    found
}

/// Whether nearly every row has a value in this column.
fn is_usual(view: &View<'_>, body: &[usize], column: u16) -> bool {
    let step = (body.len() / 200).max(1);
    let sample = body.iter().step_by(step);
    let total = sample.clone().count();
    let filled = sample.filter(|&&index| view.cell(index, column).is_some()).count();
    filled * 10 >= total * 8
}

struct Check<'a> {
    column: u16,
    name: &'a str,
    stated: f64,
    computed: f64,
    agrees: bool,
    /// Whether it is what the label promises, not merely excused (an average under a total).
    is_promised: bool,
}

/// The figures of a row against the scope they fit best; `None` when it has none. Columns whose sum means nothing
/// count only when they agree.
fn check<'a>(
    numeric: &[&Figures<'a>],
    values: &[Option<f64>],
    scopes: &[Scope],
    label: Label,
    is_partial: bool,
    row: u32,
) -> Option<(Vec<Check<'a>>, (u32, u32))> {
    let mut best: Option<(usize, Vec<Check<'a>>, u32)> = None;
    // The scope that fits best; where none does, a plain "Total" is held against the whole table, anything named
    // after a part against the rows since the last summary.
    let whole_first = matches!(label, Label::Sum { exact: true }) && !is_partial;
    let order: Vec<&Scope> = if whole_first {
        scopes.iter().collect()
    } else {
        scopes.iter().rev().collect()
    };
    for scope in order {
        if scope.runs.iter().all(|run| run.count == 0) {
            continue;
        }
        let mut checks = Vec::new();
        let mut fits = 0;
        for ((figures, stated), run) in numeric.iter().zip(values).zip(&scope.runs) {
            let Some(stated) = *stated else { continue };
            let sums = roles::is_additive(&figures.plan.kind, figures.header);
            let mean = run.total() / run.count.max(1) as f64;
            let options: Vec<f64> = match label {
                Label::Sum { .. } => vec![run.total(), mean, run.count as f64],
                Label::Mean => vec![mean],
                Label::Least => vec![run.least],
                Label::Most => vec![run.most],
                Label::Count => vec![run.count as f64],
            };
            let fit = options.iter().find(|option| agree(stated, **option));
            if fit.is_none() && !sums {
                continue;
            }
            let is_promised = options.first().is_some_and(|promised| agree(stated, *promised));
            fits += usize::from(is_promised && stated != 0.0);
            checks.push(Check {
                column: figures.column,
                name: figures.name,
                stated,
                computed: fit.or(options.first()).copied().unwrap_or(0.0),
                agrees: fit.is_some(),
                is_promised,
            });
        }
        if best.as_ref().is_none_or(|(known, ..)| fits > *known) {
            best = Some((fits, checks, scope.first));
        }
    }
    best.filter(|_| values.iter().any(Option::is_some))
        .map(|(_, checks, first)| (checks, (first, row.saturating_sub(1))))
}

fn agree(stated: f64, computed: f64) -> bool {
    (stated - computed).abs() <= 0.005_000_001_f64.max(computed.abs() * 1e-9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels() {
        let exact = Some(Label::Sum { exact: true });
        let loose = Some(Label::Sum { exact: false });
        for (text, want) in [
            ("Total", exact),
            ("TOTAL:", exact),
            ("Grand Total", exact),
            ("Summe", exact),
            ("Total North", loose),
            ("North Total", loose),
            ("Nord Ergebnis", loose),
            ("Total Energies SE", loose),
            ("Totally", None),
            ("Summer", None),
            ("Average", Some(Label::Mean)),
            ("Average Joe's", None),
            ("", None),
        ] {
            assert_eq!(label(text), want, "{text}");
        }
    }
}
