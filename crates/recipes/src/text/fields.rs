//! Fields of letters, invoices and receipts: by their labels, else by what stands out.

use super::{bounded, cut, dates};
use crate::words::{contains, phrase, words};

/// The longest value of a field.
const MAX_VALUE: usize = 120;

/// The value of one field in a text, or `None`. `name` is free: "date", "total", "invoice number", "vendor", "city", …
pub fn extract(text: &str, name: &str) -> Option<String> {
    let text = bounded(text);
    let wanted = words(name);
    let is = |list: &[&str]| list.iter().any(|word| contains(&wanted, &phrase(word)));
    if is(&["due", "deadline"]) {
        return labelled(
            text,
            &[
                "due date",
                "payment due",
                "due by",
                "pay by",
                "deadline",
                "fällig",
                "zahlbar bis",
            ],
        )
        .and_then(|value| dates::find(&value).into_iter().next());
    }
    if is(&["date", "day", "datum", "when"]) {
        let by_label = labelled(
            text,
            &[
                "invoice date",
                "receipt date",
                "issue date",
                "date of issue",
                "rechnungsdatum",
                "date",
                "datum",
                "dated",
            ],
        );
        return by_label
            .and_then(|value| dates::find(&value).into_iter().next())
            .or_else(|| dates::find(text).into_iter().next());
    }
    if is(&[
        "total", "amount", "sum", "price", "cost", "betrag", "summe", "gross", "net", "vat", "tax",
    ]) {
        return amount(text, &wanted);
    }
    if is(&["currency"]) {
        return currency(text);
    }
    if is(&["number", "no", "id", "reference", "nr"]) {
        let value = labelled(
            text,
            &[
                name,
                "invoice number",
                "invoice no",
                "invoice #",
                "invoice nr",
                "receipt no",
                "order number",
                "order no",
                "reference",
                "rechnungsnummer",
                "rechnung nr",
                "number",
                "no",
            ],
        )?;
        let token = value
            .split_whitespace()
            .map(|word| word.trim_matches(['#', ':', '.', ',']))
            .find(|word| word.contains(|c: char| c.is_ascii_digit()))?;
        return Some(cut(token, MAX_VALUE));
    }
    if is(&[
        "vendor", "supplier", "from", "seller", "company", "issuer", "sender", "shop", "store", "merchant", "who",
    ]) {
        return labelled(
            text,
            &[
                "from", "vendor", "supplier", "seller", "sold by", "company", "sender", "merchant", "von",
            ],
        )
        .or_else(|| first_line(text));
    }
    if is(&["title", "subject", "betreff"]) {
        return labelled(text, &["subject", "betreff", "title", "re"]).or_else(|| first_line(text));
    }
    if is(&["email", "mail"]) {
        let token = text
            .split(|c: char| c.is_whitespace() || "<>()[],;".contains(c))
            .find(|t| {
                t.split_once('@')
                    .is_some_and(|(user, host)| !user.is_empty() && host.contains('.') && !host.ends_with('.'))
            })?;
        return Some(cut(token.trim_start_matches("mailto:"), MAX_VALUE));
    }
    labelled(text, &[name])
}

/// Lines without markup; cells of a table row count as lines of `label: value`.
fn lines(text: &str) -> impl Iterator<Item = String> {
    text.lines().map(|line| {
        let cells: Vec<&str> = line
            .trim()
            .trim_matches('|')
            .split('|')
            .map(str::trim)
            .filter(|c| !c.is_empty())
            .collect();
        let joined = cells.join(": ");
        joined
            .chars()
            .filter(|c| !matches!(c, '*' | '`' | '#'))
            .collect::<String>()
            .trim()
            .to_owned()
    })
}

/// What stands after a label, in the order of the labels.
fn labelled(text: &str, labels: &[&str]) -> Option<String> {
    labels.iter().find_map(|label| {
        let label = label.to_lowercase();
        let mut awaiting = false;
        for line in lines(text) {
            if awaiting && !line.is_empty() {
                return Some(cut(&line, MAX_VALUE));
            }
            awaiting = false;
            if let Some(value) = after_label(&line, &label) {
                if value.is_empty() {
                    // The value stands on the next line.
                    awaiting = true;
                    continue;
                }
                return Some(cut(&value, MAX_VALUE));
            }
        }
        None
    })
}

fn after_label(line: &str, label: &str) -> Option<String> {
    let lower = line.to_lowercase();
    if lower.len() != line.len() || label.is_empty() {
        return None;
    }
    lower.match_indices(label).find_map(|(at, _)| {
        let before = lower.get(..at)?.chars().next_back();
        let rest = line.get(at + label.len()..)?;
        let next = rest.chars().next();
        let joined = next.is_some_and(char::is_alphanumeric) || before.is_some_and(char::is_alphanumeric);
        let rest = rest.trim_start_matches(['.', ' ', '#']);
        let value = rest.strip_prefix([':', '=']).map(str::trim);
        match value {
            _ if joined => None,
            Some(value) => Some(value.trim_start_matches([':', ' ']).to_owned()),
            // Without a colon only at the start of a line: "Total 12.50".
            None if at == 0 => Some(rest.trim().to_owned())
                .filter(|value| value.is_empty() || value.contains(|c: char| c.is_ascii_digit())),
            None => None,
        }
    })
}

/// What papers are called at their top, which is not who they are from.
const TITLES: &[&str] = &[
    "invoice",
    "receipt",
    "bill",
    "rechnung",
    "quittung",
    "facture",
    "offer",
    "quote",
    "letter",
    "contract",
    "tax invoice",
    "angebot",
    "beleg",
];

fn first_line(text: &str) -> Option<String> {
    lines(text)
        .filter(|line| !TITLES.contains(&line.to_lowercase().as_str()))
        .find(|line| line.chars().filter(|c| c.is_alphabetic()).count() >= 3)
        .map(|line| cut(&line, 80))
}

/// Amounts in a text, with the place of their line.
fn amounts(line: &str) -> Vec<f64> {
    line.split(|c: char| c.is_whitespace() || matches!(c, ':' | '|' | '(' | ')' | '€' | '$' | '£' | '*'))
        .filter_map(parse_amount)
        .collect()
}

/// `1,234.50`, `1.234,50`, `12`, `-3.5`; not dates, not identifiers.
pub fn parse_amount(token: &str) -> Option<f64> {
    let token = token.trim_end_matches(['.', ',', ';', '-']);
    let token = token
        .strip_prefix("EUR")
        .or_else(|| token.strip_prefix("USD"))
        .unwrap_or(token);
    let negative = token.starts_with(['-', '−']);
    let digits = token.trim_start_matches(['-', '−', '+']);
    if digits.is_empty()
        || digits.len() > 16
        || !digits
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | '\''))
    {
        return None;
    }
    let separators: Vec<(usize, char)> = digits.char_indices().filter(|(_, c)| !c.is_ascii_digit()).collect();
    let decimal = match separators.as_slice() {
        [] => None,
        [(at, c)] => {
            let after = digits.len() - at - 1;
            // "1.234" and "1,234" are thousands; one or two digits after are cents.
            (after != 3 && *c != '\'').then_some(*at)
        }
        [.., (_, before), (at, last)] => (before != last && digits.len() - at - 1 <= 2).then_some(*at),
    };
    let mut plain = String::new();
    for (at, c) in digits.char_indices() {
        if c.is_ascii_digit() {
            plain.push(c);
        } else if Some(at) == decimal {
            plain.push('.');
        }
    }
    let value: f64 = plain.parse().ok()?;
    Some(if negative { -value } else { value })
}

fn amount(text: &str, wanted: &[String]) -> Option<String> {
    let said = |word: &str| wanted.iter().any(|w| *w == crate::words::fold(word));
    let labels: &[&str] = if said("vat") || said("tax") {
        &["vat", "tax", "mwst", "ust", "sales tax"]
    } else if said("net") {
        &["net amount", "net total", "net", "subtotal", "netto"]
    } else {
        &[
            "grand total",
            "total amount",
            "amount due",
            "total due",
            "balance due",
            "amount payable",
            "gesamtbetrag",
            "gesamtsumme",
            "rechnungsbetrag",
            "total",
            "gesamt",
            "summe",
            "betrag",
            "amount",
            "to pay",
        ]
    };
    for label in labels {
        // The last such line: totals stand at the end.
        let found = lines(text)
            .filter(|line| has_label(line, label))
            .filter_map(|line| amounts(&line).last().copied())
            .last();
        if let Some(value) = found {
            return Some(format!("{value:.2}"));
        }
    }
    None
}

fn has_label(line: &str, label: &str) -> bool {
    let lower = line.to_lowercase();
    lower.match_indices(label).any(|(at, _)| {
        let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        !letter(lower.get(..at).and_then(|t| t.chars().next_back()))
            && !letter(lower.get(at + label.len()..).and_then(|t| t.chars().next()))
    })
}

fn currency(text: &str) -> Option<String> {
    const SIGNS: [(&str, &str); 7] = [
        ("€", "EUR"),
        ("EUR", "EUR"),
        ("$", "USD"),
        ("USD", "USD"),
        ("£", "GBP"),
        ("GBP", "GBP"),
        ("CHF", "CHF"),
    ];
    SIGNS
        .iter()
        .find(|(sign, _)| text.contains(sign))
        .map(|(_, code)| (*code).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENGLISH: &str = "# Blue Harbor Ltd.\n\nInvoice No: INV-2026/17\nInvoice Date: 3 March 2026\nDue date: 2026-04-02\n\n\
        | Item | Amount |\n|---|---|\n| Lamp | 1,200.00 |\n| **Subtotal** | 1,200.00 |\n| VAT 19% | 228.00 |\n| **Total** | €1,428.00 |\n\
        Questions: billing@blueharbor.example\n";
    const GERMAN: &str = "Hartmann & Söhne GmbH\nRechnung Nr. 4711\nDatum: 05.02.2026\nGesamtbetrag 1.234,56 €\n";

    #[test]
    fn fields_are_found_by_their_labels() {
        let english = |name: &str| extract(ENGLISH, name);
        assert_eq!(english("vendor").as_deref(), Some("Blue Harbor Ltd."));
        assert_eq!(english("invoice number").as_deref(), Some("INV-2026/17"));
        assert_eq!(english("date").as_deref(), Some("2026-03-03"));
        assert_eq!(english("due date").as_deref(), Some("2026-04-02"));
        assert_eq!(english("total").as_deref(), Some("1428.00"));
        assert_eq!(english("VAT").as_deref(), Some("228.00"));
        assert_eq!(english("currency").as_deref(), Some("EUR"));
        assert_eq!(english("e-mail").as_deref(), Some("billing@blueharbor.example"));
        assert_eq!(english("colour"), None);
        let german = |name: &str| extract(GERMAN, name);
        assert_eq!(german("vendor").as_deref(), Some("Hartmann & Söhne GmbH"));
        assert_eq!(german("date").as_deref(), Some("2026-02-05"));
        assert_eq!(german("total").as_deref(), Some("1234.56"));
        assert_eq!(german("number").as_deref(), Some("4711"));
    }

    #[test]
    fn amounts_are_read_in_both_styles() {
        let cases = [
            ("1,234.50", 1234.5),
            ("1.234,50", 1234.5),
            ("1.234", 1234.0),
            ("12,5", 12.5),
            ("-3.50", -3.5),
            ("1'000.00", 1000.0),
        ];
        for (text, value) in cases {
            assert_eq!(parse_amount(text), Some(value), "{text}");
        }
        for text in ["2026-03-03", "A12", "", "12/3", "99999999999999999999"] {
            assert_eq!(parse_amount(text), None, "{text}");
        }
    }
}
