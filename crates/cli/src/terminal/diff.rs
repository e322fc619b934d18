//! Differences, coloured.

use super::style;

/// Prints a unified diff.
pub(crate) fn print(unified: &str) {
    for line in unified.lines() {
        let style = match line.as_bytes().first() {
            _ if line.starts_with("+++") || line.starts_with("---") => style::BOLD,
            Some(b'+') => style::GOOD,
            Some(b'-') => style::BAD,
            Some(b'@') => style::BUSY,
            _ => anstyle::Style::new(),
        };
        anstream::println!("{style}{}{}", printable(line), style::RESET);
    }
}

/// Text from files and models without control characters: what is shown must not steer the terminal.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .filter(|c| !is_bidi(*c))
        .collect()
}

/// Characters that reorder what is shown around them.
const fn is_bidi(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn terminal_commands_in_text_do_nothing() {
        assert_eq!(printable("a\u{1b}[31mred\u{7}\tb\u{202e}c\r"), "a[31mred\tbc");
    }
}
