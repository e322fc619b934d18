//! Text and addresses as they may stand in XML.

use std::fmt::Write as _;

/// Appends `text` escaped for element content and quoted attributes, without characters XML 1.0 forbids.
pub fn escape_into(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
}

/// `text` escaped.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    escape_into(&mut out, text);
    out
}

/// A link's address fit for a relationship target, or `None` when it is not a web or mail address. Word calls a
/// package with an invalid target corrupt, so what is doubtful stays plain text.
pub fn link_target(address: &str) -> Option<String> {
    let (scheme, rest) = address.split_once(':')?;
    let scheme = scheme.to_ascii_lowercase();
    let rest = match scheme.as_str() {
        "http" | "https" => {
            let rest = rest.strip_prefix("//")?;
            let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ':' | '_');
            if host.is_empty() || !host.chars().all(plain) {
                return None;
            }
            format!("//{}", encode(rest))
        }
        "mailto" if rest.contains('@') => encode(rest),
        _ => return None,
    };
    (rest.len() <= 2000).then(|| format!("{scheme}:{rest}"))
}

fn encode(text: &str) -> String {
    let mut out = String::new();
    let bytes = text.as_bytes();
    let hex = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_hexdigit);
    let mut fragment = false;
    for (at, byte) in bytes.iter().enumerate() {
        let allowed = match byte {
            b'%' => hex(at + 1) && hex(at + 2),
            b'#' => !std::mem::replace(&mut fragment, true),
            b => b.is_ascii_alphanumeric() || b"-._~:/?@!$&'()*+,;=".contains(b),
        };
        if allowed {
            out.push(char::from(*byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_and_mail_addresses_become_targets() {
        let cases = [
            (
                "https://example.org/a b?q=1&r=ü#x#y",
                Some("https://example.org/a%20b?q=1&r=%C3%BC#x%23y"),
            ),
            ("HTTP://example.org/100%", Some("http://example.org/100%25")),
            ("mailto:a@b.org", Some("mailto:a@b.org")),
            ("javascript:alert(1)", None),
            ("file:///etc/passwd", None),
            ("https://[::1", None),
            ("https://ex ample.org", None),
            ("report.docx", None),
        ];
        for (address, expected) in cases {
            assert_eq!(link_target(address).as_deref(), expected, "{address}");
        }
    }

    #[test]
    fn forbidden_characters_are_dropped_and_markup_is_escaped() {
        assert_eq!(escape("a\u{0}\u{8}<b>&\"\u{ffff}\u{85}c\n"), "a&lt;b&gt;&amp;&quot;c ");
    }
}
