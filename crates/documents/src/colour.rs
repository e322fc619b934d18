//! Colours, as far as it matters whether text can be told from its ground.

/// Whether two colours of six hexadecimal digits look alike: every channel differs by less than an eighth.
pub(crate) fn close(a: &str, b: &str) -> bool {
    match (parse(a), parse(b)) {
        (Some(a), Some(b)) => close_rgb(a, b),
        _ => a.eq_ignore_ascii_case(b),
    }
}

/// The same for channels.
pub(crate) fn close_rgb(a: [u8; 3], b: [u8; 3]) -> bool {
    a.iter().zip(b).all(|(a, b)| a.abs_diff(b) < 24)
}

/// Six hexadecimal digits, with or without `#`.
pub(crate) fn parse(text: &str) -> Option<[u8; 3]> {
    let digits = text.strip_prefix('#').unwrap_or(text);
    if digits.len() != 6 || !digits.is_ascii() {
        return None;
    }
    let number = u32::from_str_radix(digits, 16).ok()?;
    let [_, red, green, blue] = number.to_be_bytes();
    Some([red, green, blue])
}

#[cfg(test)]
mod tests {
    use super::close;

    #[test]
    fn likeness() {
        assert!(close("FFFFFF", "fefefe"));
        assert!(close("FFFFFF", "FAFAF0"));
        assert!(!close("FFFFFF", "E0E0E0"));
        assert!(!close("FF0000", "000000"));
        assert!(close("auto", "AUTO"));
    }
}
