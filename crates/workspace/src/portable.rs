//! Names that work on every platform, and names that mean the same file on some.
//!
//! New names must be portable, so that a folder made on one machine can be copied to any other and no name opens a
//! device or an alternate stream on Windows. Existing names are taken as they are (on Windows, where such a name would
//! open something else, they are refused for reading too).
//! Source: Microsoft, "Naming Files, Paths, and Namespaces".

use unicode_normalization::UnicodeNormalization as _;

/// Longest name, in bytes of UTF-8 (ext4, APFS) and at once in UTF-16 units (NTFS).
const LONGEST: usize = 255;

/// Why `name` does not work as a file name everywhere, or `None` when it does.
pub(crate) fn problem(name: &str) -> Option<&'static str> {
    if name.len() > LONGEST {
        return Some("the name is longer than 255 bytes");
    }
    if name.chars().any(char::is_control) {
        return Some("the name holds a control character");
    }
    if name.contains(':') {
        return Some("a colon in a name means an alternate stream or a drive on Windows");
    }
    if name.contains(['<', '>', '"', '|', '?', '*', '\\', '/']) {
        return Some("the name holds one of < > \" | ? * \\ /");
    }
    if name.ends_with(['.', ' ']) {
        return Some("a name ending in a dot or a space is another name on Windows");
    }
    is_device(name).then_some("the name is a device on Windows")
}

/// Whether Windows takes the name for a device: the part before the first dot, spaces at its end aside, counts.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).trim_end().to_uppercase();
    if matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$") {
        return true;
    }
    ["COM", "LPT"].iter().any(|prefix| {
        stem.strip_prefix(prefix).is_some_and(|rest| {
            let mut chars = rest.chars();
            matches!((chars.next(), chars.next()), (Some('0'..='9' | '¹' | '²' | '³'), None))
        })
    })
}

/// The key under which two names are the same file on some file system: normalised, lower case.
pub(crate) fn folded(name: &str) -> String {
    // Lower-casing can leave a decomposed form behind ("İ"), so normalise after it as well.
    name.nfc().flat_map(char::to_lowercase).nfc().collect()
}

/// The key under which two names look the same to a model: normalised, every kind of space a plain one. macOS writes
/// a narrow no-break space into the names of screenshots, and models answer with a plain one.
pub(crate) fn lookalike(name: &str) -> String {
    name.nfc().map(|c| if c.is_whitespace() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn device_names_in_all_their_forms() {
        for name in [
            "CON",
            "con",
            "Nul.txt",
            "aux .csv",
            "COM1",
            "com9.tar.gz",
            "LPT²",
            "conin$",
            "COM0",
        ] {
            assert_eq!(problem(name), Some("the name is a device on Windows"), "{name}");
        }
        for name in [
            "CONTRACT.docx",
            "com10",
            "COM",
            "null.txt",
            "auxiliary",
            "récap – été.csv",
            ".gitignore",
        ] {
            assert_eq!(problem(name), None, "{name}");
        }
    }

    #[test]
    fn streams_and_tricks() {
        for name in ["a:b", "a.txt::$DATA", "a.", "a ", "a\\b", "a*b", "tab\tname", "x\u{7f}"] {
            assert!(problem(name).is_some(), "{name:?}");
        }
        assert!(problem(&"x".repeat(256)).is_some());
        assert!(problem(&"x".repeat(255)).is_none());
    }

    #[test]
    fn folding_joins_case_and_forms() {
        assert_eq!(folded("Re\u{301}sume\u{301}.TXT"), folded("résumé.txt"));
        assert_eq!(folded("STRASSE"), folded("strasse"));
        assert_ne!(folded("a"), folded("b"));
        assert_eq!(lookalike("Shot 1\u{202f}PM.png"), "Shot 1 PM.png");
        assert_ne!(lookalike("A"), lookalike("a"));
    }
}
