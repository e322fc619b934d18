//! Numbers as people write them, in any locale.
//!
//! Rules, in order:
//! 1. Surrounding spaces, one currency (before or after), one sign and `%` are taken off. Negative is a minus before
//!    or after (`-5`, `5-`, `−5`), or brackets (`(5)`).
//! 2. Spaces (also narrow and no-break) and apostrophes group digits by three.
//! 3. When both `.` and `,` occur, the last one is the decimal sign, the other groups digits.
//! 4. When one of them occurs more than once, it groups digits by three (or two, as in India, with three at the end).
//! 5. When one occurs once with other than three digits after it, or after `0` or more than three digits, it is the
//!    decimal sign.
//! 6. What is left, `1.234` and `1,234`, can be read two ways: the caller says which, from the rest of the column.

/// Which sign separates decimals.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Decimal {
    /// `1,234.5`
    #[default]
    Dot,
    /// `1.234,5`
    Comma,
}

/// What a number's form says about the decimal sign in use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Evidence {
    /// Nothing: no sign in it.
    None,
    /// The decimal sign can only be this.
    Proven(Decimal),
    /// One `.` before exactly three digits.
    LoneDot,
    /// One `,` before exactly three digits.
    LoneComma,
}

/// A number found in text.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Number {
    /// The value; a percentage is already divided by 100.
    pub(crate) value: f64,
    /// The currency written with it.
    pub(crate) currency: Option<&'static str>,
    /// Whether a percent sign was there.
    pub(crate) percent: bool,
    /// What its form says.
    pub(crate) evidence: Evidence,
}

/// Reads `text` as one number; `decimal` decides what rule 6 leaves open.
pub(crate) fn parse(text: &str, decimal: Decimal) -> Option<Number> {
    let text = text.trim();
    if let Some((value, evidence)) = plain(text.as_bytes()) {
        return Some(Number {
            value,
            currency: None,
            percent: false,
            evidence,
        });
    }
    if text.len() > 48 || !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut found = Affixes::default();
    let body = found.strip(text)?;
    // A percent sign only moves the point, so that 12.3 % is the double nearest to 0.123.
    let (value, evidence) = digits(body, decimal, if found.percent { -2 } else { 0 })?;
    Some(Number {
        value: if found.negative { -value } else { value },
        currency: found.currency,
        percent: found.percent,
        evidence,
    })
}

/// Whether text made of digits is a name rather than a quantity: a leading zero (`00123`), or more digits than a
/// number can hold exactly.
pub(crate) fn is_code(text: &str) -> bool {
    let text = text.trim();
    let all_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    all_digits && (text.len() > 15 || (text.len() > 1 && text.starts_with('0')))
}

/// Whether text stands for "no value" where a number or date is expected.
pub(crate) fn is_nothing(text: &str) -> bool {
    let text = text.trim();
    if text.len() > 8 {
        return text.eq_ignore_ascii_case("not available") || text.eq_ignore_ascii_case("not applicable");
    }
    const WORDS: [&str; 22] = [
        "", "-", "--", "---", "–", "—", "?", ".", "..", "...", "…", "n/a", "na", "n.a.", "k.a.", "k. a.", "null",
        "none", "nil", "nan", "tbd", "/",
    ];
    WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// Powers of ten that a double holds exactly.
const POWERS: [f64; 16] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
];

/// Digits with at most a leading minus and a point that can only be the decimal one: the usual case, without a
/// second look.
fn plain(bytes: &[u8]) -> Option<(f64, Evidence)> {
    let (negative, rest) = match bytes {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    if rest.is_empty() || rest.len() > 15 {
        return None;
    }
    let mut value: u64 = 0;
    let mut point = None;
    for (at, byte) in rest.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            value = value * 10 + u64::from(digit);
        } else if *byte == b'.' && point.is_none() && at > 0 {
            point = Some(rest.len() - at - 1);
        } else {
            return None;
        }
    }
    let value = if negative { -(value as f64) } else { value as f64 };
    match point {
        None => Some((value, Evidence::None)),
        // Three digits after it may be thousands, none is worth a closer look.
        Some(0 | 3) => None,
        Some(decimals) => Some((value / POWERS.get(decimals)?, Evidence::Proven(Decimal::Dot))),
    }
}

#[derive(Default)]
struct Affixes {
    negative: bool,
    signed: bool,
    percent: bool,
    currency: Option<&'static str>,
}

impl Affixes {
    /// Takes everything off that is not digits and separators; `None` when something is there twice.
    fn strip<'a>(&mut self, mut text: &'a str) -> Option<&'a str> {
        let bracketed = |text: &'a str| text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
        loop {
            text = text.trim_matches(is_space);
            if let Some(inner) = bracketed(text) {
                self.sign(true)?;
                text = inner;
            } else if let Some(rest) = text.strip_prefix(['-', '\u{2212}', '\u{2013}']) {
                self.sign(true)?;
                text = rest;
            } else if let Some(rest) = text.strip_prefix('+') {
                self.sign(false)?;
                text = rest;
            } else if let Some(rest) = text.strip_suffix(['-', '\u{2212}']) {
                // Swiss and German price style: "5.-" has no negative meaning.
                if let Some(price) = rest.strip_suffix(['.', ',']) {
                    text = price;
                } else {
                    self.sign(true)?;
                    text = rest;
                }
            } else if let Some(rest) = text.strip_suffix('%') {
                if self.percent {
                    return None;
                }
                self.percent = true;
                text = rest;
            } else if text.starts_with(|c: char| c.is_ascii_digit() || c == '.' || c == ',')
                && text.ends_with(|c: char| c.is_ascii_digit() || c == '.')
            {
                return Some(text);
            } else if let Some((code, rest)) =
                crate::currency::strip_prefix(text).or_else(|| crate::currency::strip_suffix(text))
            {
                if self.currency.is_some_and(|known| known != code) {
                    return None;
                }
                self.currency = Some(code);
                text = rest;
            } else {
                return None;
            }
        }
    }

    fn sign(&mut self, negative: bool) -> Option<()> {
        if self.signed {
            return None;
        }
        self.signed = true;
        self.negative = negative;
        Some(())
    }
}

const fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{a0}' | '\u{202f}' | '\u{2009}')
}

/// The value of digits with separators.
fn digits(text: &str, decimal: Decimal, shift: i32) -> Option<(f64, Evidence)> {
    let (mantissa, exponent) = split_exponent(text)?;
    let mut dots = 0_usize;
    let mut commas = 0_usize;
    let mut spaces = 0_usize;
    for c in mantissa.chars() {
        match c {
            '0'..='9' => {}
            '.' => dots += 1,
            ',' => commas += 1,
            '\'' | '\u{2019}' => spaces += 1,
            c if is_space(c) => spaces += 1,
            _ => return None,
        }
    }
    let (sign, evidence) = match (dots, commas) {
        (0, 0) => (None, Evidence::None),
        (1, 0) => lone(mantissa, '.', spaces, decimal),
        (0, 1) => lone(mantissa, ',', spaces, decimal),
        (_, 0) => (None, Evidence::Proven(Decimal::Comma)),
        (0, _) => (None, Evidence::Proven(Decimal::Dot)),
        (1, _) if mantissa.rfind('.') > mantissa.rfind(',') => (Some('.'), Evidence::Proven(Decimal::Dot)),
        (_, 1) if mantissa.rfind(',') > mantissa.rfind('.') => (Some(','), Evidence::Proven(Decimal::Comma)),
        _ => return None,
    };
    let (whole, fraction) = match sign {
        Some(sign) => mantissa.rsplit_once(sign)?,
        None => (mantissa, ""),
    };
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) || !grouped(whole) {
        return None;
    }
    let value = assemble(whole, fraction, exponent + shift)?;
    Some((value, evidence))
}

/// A single `.` or `,`: the decimal sign, or does it group three digits?
fn lone(mantissa: &str, sign: char, spaces: usize, decimal: Decimal) -> (Option<char>, Evidence) {
    let own = if sign == '.' { Decimal::Dot } else { Decimal::Comma };
    let (before, after) = mantissa.split_once(sign).unwrap_or((mantissa, ""));
    let open = after.len() == 3 && spaces == 0 && matches!(before.len(), 1..=3) && !before.starts_with('0');
    if !open {
        return (Some(sign), Evidence::Proven(own));
    }
    let evidence = if sign == '.' {
        Evidence::LoneDot
    } else {
        Evidence::LoneComma
    };
    ((own == decimal).then_some(sign), evidence)
}

/// Whether the whole part is digits, in groups of three where it is grouped at all, all by the same sign.
fn grouped(whole: &str) -> bool {
    let mut separator = None;
    let mut groups = Vec::new();
    let mut length = 0_usize;
    for c in whole.chars() {
        if c.is_ascii_digit() {
            length += 1;
            continue;
        }
        let kind = if is_space(c) { ' ' } else { c };
        if separator.is_some_and(|known| known != kind) {
            return false;
        }
        separator = Some(kind);
        groups.push(length);
        length = 0;
    }
    let Some((first, middle)) = groups.split_first() else {
        return true;
    };
    let sizes = |size: usize| middle.iter().all(|&group| group == size);
    length == 3 && matches!(first, 1..=3) && (sizes(3) || (separator == Some(',') && *first <= 2 && sizes(2)))
}

/// `1.5E+03`: the exponent needs a sign or the mantissa a point, so that article number 12E5 stays text.
fn split_exponent(text: &str) -> Option<(&str, i32)> {
    let Some(at) = text.find(['e', 'E']) else {
        return Some((text, 0));
    };
    let (mantissa, exponent) = (text.get(..at)?, text.get(at + 1..)?);
    let signed = exponent.starts_with(['+', '-']);
    if !signed && !mantissa.contains(['.', ',']) {
        return None;
    }
    let exponent: i32 = exponent.parse().ok()?;
    (exponent.abs() <= 300).then_some((mantissa, exponent))
}

/// The double nearest to the digits.
fn assemble(whole: &str, fraction: &str, exponent: i32) -> Option<f64> {
    let mut mantissa: u64 = 0;
    let mut count = 0_usize;
    for byte in whole.bytes().chain(fraction.bytes()).filter(u8::is_ascii_digit) {
        mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(byte - b'0'));
        count += 1;
    }
    if count == 0 {
        return None;
    }
    // Both exact in a double, so the division rounds once and correctly.
    if count <= 15
        && let Ok(down) = usize::try_from(-exponent)
        && let Some(power) = POWERS.get(fraction.len() + down)
    {
        return Some(mantissa as f64 / power);
    }
    let mut text: String = whole.chars().filter(char::is_ascii_digit).collect();
    text.push('.');
    text.push_str(fraction);
    text.push('e');
    text.push_str(&exponent.to_string());
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value(text: &str, decimal: Decimal) -> Option<f64> {
        parse(text, decimal).map(|number| number.value)
    }

    #[test]
    fn what_reads_one_way_only() {
        for (text, want) in [
            ("0", 0.0),
            ("-7", -7.0),
            ("1234.5", 1234.5),
            ("1234,5", 1234.5),
            ("1,234.50", 1234.5),
            ("1.234,50", 1234.5),
            ("1.234.567", 1_234_567.0),
            ("1,234,567", 1_234_567.0),
            ("12,34,567.89", 1_234_567.89),
            ("1 234 567,89", 1_234_567.89),
            ("1\u{202f}234,50", 1234.5),
            ("1'234.50", 1234.5),
            ("0.125", 0.125),
            ("0,125", 0.125),
            (".5", 0.5),
            ("12.", 12.0),
            ("(1,200.00)", -1200.0),
            ("1200-", -1200.0),
            ("\u{2212}3,5", -3.5),
            ("+5", 5.0),
            ("€ 1.234,50", 1234.5),
            ("1.234,50 €", 1234.5),
            ("USD 1,200.00", 1200.0),
            ("-$5.25", -5.25),
            ("$-5.25", -5.25),
            ("($5.25)", -5.25),
            ("CHF 5.-", 5.0),
            ("12%", 0.12),
            ("12.3 %", 0.123),
            ("1.5e3", 1500.0),
            ("1E+05", 100_000.0),
            ("123456789012345678.5", 123_456_789_012_345_678.5),
        ] {
            for decimal in [Decimal::Dot, Decimal::Comma] {
                assert_eq!(value(text, decimal), Some(want), "{text} {decimal:?}");
            }
        }
    }

    #[test]
    fn what_reads_two_ways_is_for_the_caller() {
        for (text, dot, comma) in [
            ("1.234", 1.234, 1234.0),
            ("1,234", 1234.0, 1.234),
            ("$1,234", 1234.0, 1.234),
        ] {
            assert_eq!(value(text, Decimal::Dot), Some(dot), "{text}");
            assert_eq!(value(text, Decimal::Comma), Some(comma), "{text}");
        }
        assert_eq!(parse("1.234", Decimal::Dot).unwrap().evidence, Evidence::LoneDot);
        assert_eq!(parse("1,234", Decimal::Dot).unwrap().evidence, Evidence::LoneComma);
        assert_eq!(
            parse("1,23", Decimal::Dot).unwrap().evidence,
            Evidence::Proven(Decimal::Comma)
        );
    }

    #[test]
    fn what_is_no_number() {
        for text in [
            "",
            "-",
            ".",
            "abc",
            "12a",
            "1.2.2026",
            "1,2,3",
            "12E5",
            "10:30",
            "2026-03-01",
            "+49 170 1234567",
            "1 2 3",
            "--5",
            "(-5)",
            "5%%",
            "€5$",
            "1.234.56",
            "12,34.5",
            "1,2345.6",
            "e5",
            "1e999",
            "½",
        ] {
            assert_eq!(parse(text, Decimal::Dot), None, "{text}");
        }
    }

    #[test]
    fn codes_are_names() {
        for (text, code) in [
            ("00123", true),
            ("0", false),
            ("1234567890123456", true),
            ("0.5", false),
            ("12", false),
        ] {
            assert_eq!(is_code(text), code, "{text}");
        }
    }

    /// Writes cents the way a locale does.
    fn write(cents: i64, group: &str, sign: char) -> String {
        let whole = (cents.abs() / 100).to_string();
        let mut out = String::new();
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (whole.len() - index).is_multiple_of(3) {
                out.push_str(group);
            }
            out.push(digit);
        }
        format!(
            "{}{out}{sign}{:02}",
            if cents < 0 { "-" } else { "" },
            cents.abs() % 100
        )
    }

    proptest! {
        #[test]
        fn every_locale_reads_back(cents in -10_000_000_000_i64..10_000_000_000) {
            let want = cents as f64 / 100.0;
            for (group, sign) in [("", '.'), (",", '.'), ("", ','), (".", ','), (" ", ','), ("\u{202f}", ','), ("'", '.'), ("’", '.')] {
                let text = write(cents, group, sign);
                for decimal in [Decimal::Dot, Decimal::Comma] {
                    prop_assert_eq!(value(&text, decimal), Some(want), "{}", &text);
                }
                prop_assert_eq!(value(&format!("€ {text}"), Decimal::Dot), Some(want));
                prop_assert_eq!(value(&format!("{text} EUR"), Decimal::Dot), Some(want));
            }
        }

        #[test]
        fn any_text_is_safe(text in "\\PC{0,40}") {
            let _ = parse(&text, Decimal::Dot);
            let _ = is_code(&text);
            let _ = is_nothing(&text);
        }
    }
}
