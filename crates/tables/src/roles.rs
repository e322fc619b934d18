//! What a column is good for, from its kind, its header and its values.

use crate::{ColumnKind, Role};

/// What is known of a column's values.
pub(crate) struct Facts<'a> {
    pub(crate) kind: &'a ColumnKind,
    pub(crate) header: &'a str,
    /// Rows of the table.
    pub(crate) rows: u64,
    pub(crate) nulls: u64,
    pub(crate) distinct: u64,
    pub(crate) min: Option<f64>,
    pub(crate) max: Option<f64>,
    /// Whether most text values are long or have several words.
    pub(crate) wordy: bool,
    /// Whether all text values look like codes: no spaces, a digit in them.
    pub(crate) codes: bool,
}

fn words(header: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut last_lower = false;
    for c in header.chars() {
        let starts = c.is_uppercase() && last_lower;
        last_lower = c.is_lowercase();
        if starts || !c.is_alphanumeric() && c != '#' {
            words.push(String::new());
        }
        if (c.is_alphanumeric() || c == '#')
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn has(header: &str, list: &[&str]) -> bool {
    words(header).iter().any(|word| list.contains(&word.as_str()))
}

/// Whether a header says that its values name things.
pub(crate) fn is_key_header(header: &str) -> bool {
    const KEYS: [&str; 40] = [
        "id",
        "ids",
        "uid",
        "uuid",
        "guid",
        "key",
        "nr",
        "no",
        "num",
        "number",
        "nummer",
        "code",
        "sku",
        "ean",
        "isbn",
        "iban",
        "bic",
        "zip",
        "plz",
        "postcode",
        "postal",
        "phone",
        "tel",
        "telefon",
        "mobile",
        "fax",
        "account",
        "konto",
        "ref",
        "reference",
        "referenz",
        "#",
        "index",
        "idx",
        "serial",
        "barcode",
        "vat",
        "ssn",
        "kostenstelle",
        "pk",
    ];
    const ENDINGS: [&str; 7] = ["nummer", "nr", "id", "kennung", "plz", "konto", "schlüssel"];
    let words = words(header);
    words.iter().any(|word| KEYS.contains(&word.as_str()))
        // German compounds: Kundennummer, KundenNr. Short words ending so (paid, said) are not meant.
        || words
            .iter()
            .any(|word| word.len() > 6 && ENDINGS.iter().any(|end| word.ends_with(end) && *end != "id"))
}

/// A count is a quantity even when its header says "number of".
fn is_count_header(header: &str) -> bool {
    let lower = header.to_lowercase();
    lower.contains("number of")
        || lower.contains("no. of")
        || lower.contains("# of")
        || has(header, &["count", "anzahl", "qty", "quantity", "menge", "units"])
}

/// Whether adding up a column's values means something.
pub(crate) fn is_additive(kind: &ColumnKind, header: &str) -> bool {
    const NOT: [&str; 34] = [
        "price",
        "preis",
        "prix",
        "precio",
        "rate",
        "rates",
        "ratio",
        "avg",
        "average",
        "mean",
        "median",
        "score",
        "rating",
        "percent",
        "pct",
        "share",
        "index",
        "temperature",
        "temp",
        "age",
        "alter",
        "latitude",
        "longitude",
        "lat",
        "lon",
        "lng",
        "margin",
        "marge",
        "discount",
        "rabatt",
        "salary",
        "stundensatz",
        "density",
        "rank",
    ];
    match kind {
        ColumnKind::Duration => true,
        ColumnKind::Integer | ColumnKind::Number | ColumnKind::Money { .. } => {
            let per = has(header, &["per", "pro", "je"]) || header.contains('/') && !header.contains(" / ");
            let unit_price = words(header)
                .iter()
                .any(|word| word.ends_with("preis") || word.ends_with("price"));
            let money = matches!(kind, ColumnKind::Money { .. });
            // Discounts, margins and salaries are amounts when they are money.
            let amount = money && has(header, &["discount", "rabatt", "margin", "marge", "salary", "share"]);
            !per && !unit_price && (amount || !has(header, &NOT))
        }
        _ => false,
    }
}

/// The role of a column.
pub(crate) fn role(facts: &Facts<'_>) -> Role {
    let filled = facts.rows.saturating_sub(facts.nulls);
    let between =
        |low: f64, high: f64| facts.min.is_some_and(|min| min >= low) && facts.max.is_some_and(|max| max <= high);
    match facts.kind {
        ColumnKind::Date | ColumnKind::DateTime => Role::Date,
        ColumnKind::Time | ColumnKind::Boolean => Role::Category,
        ColumnKind::Money { .. } | ColumnKind::Percent | ColumnKind::Duration => Role::Measure,
        ColumnKind::Number => {
            if is_key_header(facts.header) && !is_count_header(facts.header) && facts.distinct == filled {
                Role::Key
            } else {
                Role::Measure
            }
        }
        ColumnKind::Integer => {
            if is_count_header(facts.header) {
                return Role::Measure;
            }
            if is_key_header(facts.header) {
                return Role::Key;
            }
            if has(facts.header, &["year", "jahr", "année", "año", "anno", "fy"]) && between(1900.0, 2200.0) {
                return Role::Category;
            }
            if has(
                facts.header,
                &[
                    "month", "monat", "mois", "mes", "quarter", "quartal", "week", "kw", "weekday",
                ],
            ) && between(0.0, 53.0)
            {
                return Role::Category;
            }
            if is_running_number(facts, filled) {
                return Role::Key;
            }
            // Years without a header that says so: few of them, all in range.
            if between(1990.0, 2050.0) && facts.distinct <= 20 && facts.distinct * 3 <= filled {
                return Role::Category;
            }
            Role::Measure
        }
        ColumnKind::Text => {
            if filled == 0 {
                return Role::Text;
            }
            let unique = facts.distinct == filled;
            if (unique && filled > 1 && (facts.codes || is_key_header(facts.header)))
                || (is_key_header(facts.header) && facts.codes)
            {
                return Role::Key;
            }
            if facts.distinct * 2 <= filled || (facts.distinct <= 12 && facts.distinct < filled) {
                if facts.wordy && facts.distinct > 30 {
                    Role::Text
                } else {
                    Role::Category
                }
            } else {
                Role::Text
            }
        }
    }
}

/// 1, 2, 3, …: a row number whatever its header.
fn is_running_number(facts: &Facts<'_>, filled: u64) -> bool {
    let span = facts.max.zip(facts.min).map(|(max, min)| max - min + 1.0);
    filled >= 5 && facts.nulls == 0 && facts.distinct == filled && span == Some(filled as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_that_name_things() {
        for (header, want) in [
            ("Order ID", true),
            ("customerId", true),
            ("Kundennummer", true),
            ("PLZ", true),
            ("Invoice #", true),
            ("Paid", false),
            ("Amount", false),
            ("Width", false),
            ("Notes", false),
        ] {
            assert_eq!(is_key_header(header), want, "{header}");
        }
    }

    #[test]
    fn what_adds_up() {
        let money = ColumnKind::Money { currency: None };
        for (kind, header, want) in [
            (&money, "Amount", true),
            (&money, "Unit price", false),
            (&money, "Einzelpreis", false),
            (&money, "Discount", true),
            (&ColumnKind::Number, "Discount", false),
            (&ColumnKind::Percent, "Share", false),
            (&ColumnKind::Integer, "Quantity", true),
            (&money, "EUR/kg", false),
        ] {
            assert_eq!(is_additive(kind, header), want, "{header}");
        }
    }
}
