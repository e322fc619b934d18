//! Numbers as people read them: thousands apart, as many decimals as make sense.

/// With this many decimals and thousands separators. The minus sign is the typographic one.
pub fn fixed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let text = format!("{:.*}", decimals.min(9), value.abs());
    let (whole, fraction) = text
        .split_once('.')
        .map_or((text.as_str(), None), |(w, f)| (w, Some(f)));
    let mut out = String::new();
    if value < 0.0 && text.contains(|c: char| ('1'..='9').contains(&c)) {
        out.push('−');
    }
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// Whole numbers without decimals, others with two, very small ones with more.
pub fn auto(value: f64) -> String {
    if value.abs() >= 1e16 {
        return format!("{value:e}");
    }
    let whole = (value - value.round()).abs() < 1e-9;
    match value.abs() {
        _ if whole => fixed(value, 0),
        size if size < 0.01 => fixed(value, 5),
        _ => fixed(value, 2),
    }
}

/// A value of a column: money with two decimals and its currency, shares as percent, others by size.
pub fn of_kind(value: f64, kind: &str, unit: Option<&str>) -> String {
    match kind {
        "money" => match unit.map(symbol) {
            Some((sign, true)) if value < 0.0 => format!("−{sign}{}", fixed(value.abs(), 2)),
            Some((sign, true)) => format!("{sign}{}", fixed(value, 2)),
            Some((code, false)) if !code.is_empty() => format!("{} {code}", fixed(value, 2)),
            _ => fixed(value, 2),
        },
        "percent" => format!("{}%", fixed(value * 100.0, 1)),
        "integer" => fixed(value, 0),
        _ => match unit {
            Some(unit) if !unit.is_empty() => format!("{} {unit}", auto(value)),
            _ => auto(value),
        },
    }
}

/// The sign of a currency and whether it stands in front.
fn symbol(code: &str) -> (&str, bool) {
    match code {
        "EUR" | "€" => ("€", true),
        "USD" | "$" => ("$", true),
        "GBP" | "£" => ("£", true),
        "JPY" | "¥" => ("¥", true),
        "INR" | "₹" => ("₹", true),
        other => (other, false),
    }
}

/// `1 file`, `1,204 files`.
pub fn plural(count: i64, one: &str, many: &str) -> String {
    format!("{} {}", fixed(count as f64, 0), if count == 1 { one } else { many })
}

/// A size in bytes: `1.4 MB`.
pub fn bytes(size: f64) -> String {
    let mut value = size.max(0.0);
    for unit in ["bytes", "kB", "MB", "GB", "TB"] {
        if value < 1000.0 || unit == "TB" {
            return format!("{} {unit}", fixed(value, usize::from(unit != "bytes" && value < 100.0)));
        }
        value /= 1000.0;
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(auto(1_234_567.0), "1,234,567");
        assert_eq!(auto(-0.5), "−0.50");
        assert_eq!(auto(-0.0), "0");
        assert_eq!(auto(0.001_23), "0.00123");
        assert_eq!(fixed(f64::NAN, 2), "–");
        assert_eq!(of_kind(-1234.5, "money", Some("EUR")), "−€1,234.50");
        assert_eq!(of_kind(1234.5, "money", Some("CHF")), "1,234.50 CHF");
        assert_eq!(of_kind(1234.5, "money", None), "1,234.50");
        assert_eq!(of_kind(0.125, "percent", None), "12.5%");
        assert_eq!(of_kind(12.0, "number", Some("kg")), "12 kg");
        assert_eq!(bytes(1_400_000.0), "1.4 MB");
        assert_eq!(plural(1, "file", "files"), "1 file");
    }
}
