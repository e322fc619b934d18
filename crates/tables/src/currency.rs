//! Currencies as people write them.

/// Codes of ISO 4217 that turn up in spreadsheets. Not all of them: three letters before a number are not
/// always a currency.
const CODES: [&str; 42] = [
    "EUR", "USD", "GBP", "CHF", "JPY", "CNY", "INR", "AUD", "CAD", "NZD", "SEK", "NOK", "DKK", "ISK", "PLN", "CZK",
    "HUF", "RON", "BGN", "TRY", "RUB", "UAH", "ILS", "ZAR", "BRL", "MXN", "ARS", "CLP", "COP", "PEN", "KRW", "TWD",
    "HKD", "SGD", "THB", "IDR", "MYR", "PHP", "VND", "AED", "SAR", "EGP",
];

/// Signs, longest first, and what they stand for. `$` is read as US dollars unless another dollar is named.
const SIGNS: [(&str, &str); 24] = [
    ("US$", "USD"),
    ("A$", "AUD"),
    ("C$", "CAD"),
    ("NZ$", "NZD"),
    ("HK$", "HKD"),
    ("S$", "SGD"),
    ("R$", "BRL"),
    ("Fr.", "CHF"),
    ("SFr.", "CHF"),
    ("Kč", "CZK"),
    ("zł", "PLN"),
    ("Ft", "HUF"),
    ("kr.", "kr"),
    ("kr", "kr"),
    ("€", "EUR"),
    ("$", "USD"),
    ("£", "GBP"),
    ("¥", "JPY"),
    ("₹", "INR"),
    ("₽", "RUB"),
    ("₺", "TRY"),
    ("₪", "ILS"),
    ("₩", "KRW"),
    ("₴", "UAH"),
];

/// The code a whole token stands for: `€`, `EUR`, `eur`, `Euro`.
pub(crate) fn code_of(token: &str) -> Option<&'static str> {
    let token = token.trim();
    if let Some(code) = CODES.iter().find(|code| code.eq_ignore_ascii_case(token)) {
        return Some(code);
    }
    if let Some((_, code)) = SIGNS.iter().find(|(sign, _)| *sign == token) {
        return Some(code);
    }
    Some(match token.to_lowercase().as_str() {
        "euro" | "euros" => "EUR",
        "dollar" | "dollars" => "USD",
        "pound" | "pounds" => "GBP",
        "franken" | "sfr" => "CHF",
        _ => return None,
    })
}

/// The currency a number starts with and the rest: `€ 5` → (EUR, ` 5`).
pub(crate) fn strip_prefix(text: &str) -> Option<(&'static str, &str)> {
    if let Some(start) = text.get(..3)
        && let Some(code) = CODES.iter().find(|code| code.eq_ignore_ascii_case(start))
    {
        return Some((code, text.get(3..)?));
    }
    SIGNS
        .iter()
        .find_map(|(sign, code)| text.strip_prefix(sign).map(|rest| (*code, rest)))
}

/// The currency a number ends with and the rest.
pub(crate) fn strip_suffix(text: &str) -> Option<(&'static str, &str)> {
    if let Some(at) = text.len().checked_sub(3)
        && let Some(end) = text.get(at..)
        && let Some(code) = CODES.iter().find(|code| code.eq_ignore_ascii_case(end))
    {
        return Some((code, text.get(..at)?));
    }
    SIGNS
        .iter()
        .find_map(|(sign, code)| text.strip_suffix(sign).map(|rest| (*code, rest)))
}

/// The currency named anywhere in a header or a number format: `Amount (EUR)`, `Price €`, `Revenue in USD`.
pub(crate) fn find(text: &str) -> Option<&'static str> {
    let word = text
        .split(|c: char| !c.is_alphabetic())
        .find_map(|word| CODES.iter().find(|code| **code == word));
    if let Some(code) = word {
        return Some(code);
    }
    let words = || text.split([' ', '(', ')', '[', ']', '/']);
    SIGNS
        .iter()
        .find(|(sign, _)| words().any(|word| word == *sign))
        .or_else(|| {
            // A bare sign may touch other characters (`€/Stk`); letters may not (`Park`).
            SIGNS
                .iter()
                .find(|(sign, _)| !sign.contains(char::is_alphabetic) && text.contains(sign))
        })
        .map(|(_, code)| *code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn currencies_in_headers() {
        for (text, want) in [
            ("Amount (EUR)", Some("EUR")),
            ("Preis €", Some("EUR")),
            ("Price in US$", Some("USD")),
            ("Cost [CHF]", Some("CHF")),
            ("Beløb kr", Some("kr")),
            ("Park", None),
            ("Europe", None),
            ("Peru", None),
        ] {
            assert_eq!(find(text), want, "{text}");
        }
    }
}
