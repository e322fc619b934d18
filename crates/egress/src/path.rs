//! Paths, in the one form in which they are judged and sent: what was judged is what the server sees.

use crate::refusal::Refusal;

/// Longest path in bytes.
const MAX_BYTES: usize = 8 << 10;

/// A path that has one meaning: no dot segments, no empty segments, nothing encoded that need not be (RFC 3986
/// §6.2.2), nothing that servers read in different ways.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Path(String);

impl Path {
    /// Normalises a path as it came (without its query), or says what is wrong with it.
    ///
    /// `encoded_slash`: whether `%2F` may stand within a segment, as in npm's `/@scope%2Fname`.
    pub(crate) fn parse(text: &str, encoded_slash: bool) -> Result<Self, Refusal> {
        let bad = |what| Err(Refusal::Path { what });
        if text.len() > MAX_BYTES {
            return bad("is longer than 8 KiB");
        }
        if !text.starts_with('/') {
            return bad("does not begin with `/`");
        }
        let mut path = String::with_capacity(text.len());
        let mut bytes = text.bytes();
        while let Some(byte) = bytes.next() {
            match byte {
                b'%' => {
                    let (Some(high), Some(low)) = (bytes.next().and_then(hex), bytes.next().and_then(hex)) else {
                        return bad("has a `%` without two digits");
                    };
                    match high << 4 | low {
                        b'/' if encoded_slash => path.push_str("%2F"),
                        b'/' => return bad("has an encoded `/`"),
                        b'\\' => return bad("has an encoded backslash"),
                        0..0x20 | 0x7f => return bad("has an encoded control character"),
                        // Unreserved characters mean the same either way.
                        plain if is_unreserved(plain) => path.push(char::from(plain)),
                        other => path.push_str(&format!("%{other:02X}")),
                    }
                }
                b'\\' => return bad("has a backslash"),
                b'/' | b'!' | b'$' | b'&'..=b',' | b';' | b'=' | b':' | b'@' => path.push(char::from(byte)),
                plain if is_unreserved(plain) => path.push(char::from(plain)),
                _ => return bad("has a character that must be encoded"),
            }
        }
        // Where an encoded `/` is let through, servers may read it either way: both must be harmless. The same goes
        // for a `%` that was encoded: some decode twice.
        let read = path.replace("%2F", "/");
        let twice = read.to_ascii_lowercase();
        if ["%252e", "%252f", "%255c", "%2525"]
            .iter()
            .any(|trick| twice.contains(trick))
        {
            return bad("is encoded twice");
        }
        let inner = read.strip_prefix('/').unwrap_or(&read);
        let mut segments = inner.split('/').peekable();
        while let Some(segment) = segments.next() {
            // Some servers cut parameters (`..;x`) off before they look.
            match segment.split(';').next().unwrap_or_default() {
                "." | ".." => return bad("has a `.` or `..` segment"),
                "" if segments.peek().is_some() => return bad("has an empty segment"),
                "" if !segment.is_empty() => return bad("has an empty segment"),
                _ => {}
            }
        }
        Ok(Self(path))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is `prefix` or below it, by whole segments, however an encoded `/` is read.
    pub(crate) fn is_below(&self, prefix: &Self) -> bool {
        let prefix = prefix.0.trim_end_matches('/');
        let below = |path: &str| {
            path.strip_prefix(prefix)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        below(&self.0) && below(&self.0.replace("%2F", "/"))
    }
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|value| value as u8)
}

/// RFC 3986 §2.3.
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn path(text: &str) -> Path {
        Path::parse(text, false).unwrap()
    }

    #[test]
    fn tricks_are_refused() {
        for text in [
            "",
            "a",
            "*",
            "//",
            "/a//b",
            "/../a",
            "/a/..",
            "/a/../b",
            "/a/./b",
            "/.",
            "/%2e%2e/a",
            "/a/%2E%2e",
            "/a/.%2e/b",
            "/a%2fb",
            "/a%2Fb",
            "/a%5cb",
            "/a\\b",
            "/a%5C..%5Cb",
            "/a%00",
            "/a%0d%0ab",
            "/a%7f",
            "/a%",
            "/a%2",
            "/a%zz",
            "/a/..;/b",
            "/a/..;x=1/b",
            "/a/%2e%2e;/b",
            "/a/;/b",
            "/a/;x",
            "/%252e%252e/a",
            "/a%252fb",
            "/a%255cb",
            "/a%25252fb",
            "/a b",
            "/a\u{e4}",
            "/a\"b",
            "/a#b",
            "/a?b",
            "/a|b",
            "/{a}",
        ] {
            assert!(Path::parse(text, false).is_err(), "{text} passed");
        }
        for text in ["/@a%2f..%2fb", "/@a%2f%2e%2e", "/a%2f/b", "/%2f", "/%2Fa", "/a%252fb"] {
            assert!(Path::parse(text, true).is_err(), "{text} passed");
        }
    }

    #[test]
    fn one_form_for_one_meaning() {
        assert_eq!(path("/%61%2Db/%c3%a4/").as_str(), "/a-b/%C3%A4/");
        assert_eq!(path("/a/...").as_str(), "/a/...");
        assert_eq!(path("/100%25").as_str(), "/100%25");
        assert_eq!(path("/").as_str(), "/");
        assert_eq!(Path::parse("/@scope%2fname", true).unwrap().as_str(), "/@scope%2Fname");
    }

    #[test]
    fn prefixes_are_whole_segments() {
        let prefix = path("/simple");
        for inside in ["/simple", "/simple/", "/simple/a/b"] {
            assert!(path(inside).is_below(&prefix), "{inside}");
            assert!(path(inside).is_below(&path("/simple/")), "{inside}");
            assert!(path(inside).is_below(&path("/")), "{inside}");
        }
        for outside in ["/", "/simpler", "/simple;x", "/a/simple", "/Simple"] {
            assert!(!path(outside).is_below(&prefix), "{outside}");
        }
        // Read with a slash it would be inside, read without it is not.
        assert!(!Path::parse("/simple%2Fa", true).unwrap().is_below(&prefix));
    }

    proptest! {
        /// Total; what comes out is its own normal form and has nothing a server could climb with.
        #[test]
        fn normal_forms_stay(text in "(/|%2[eEfF5]|%5c|\\.|;|a|%61|%C3|\\\\|%|b){0,24}", slash: bool) {
            if let Ok(path) = Path::parse(&text, slash) {
                prop_assert_eq!(Path::parse(path.as_str(), slash).unwrap(), path.clone());
                let read = path.as_str().replace("%2F", "/");
                prop_assert!(!read.contains("//") && !read.contains('\\'));
                prop_assert!(read.split('/').all(|segment| segment != ".." && segment != "."));
            }
        }

        #[test]
        fn is_total(text in ".*", slash: bool) {
            let _ = Path::parse(&text, slash);
        }
    }
}
