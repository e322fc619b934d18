//! What is secret: places no task may touch, and content that makes whatever it stands in secret (`injection.md` 4.5
//! number 6). Names and patterns only; what is found here only ever tightens.

mod places;

use std::sync::LazyLock;

use deskhand_types::GuestPath;
use regex::Regex;

pub use places::{SECRET_BEGINNINGS, SECRET_EXTENSIONS, SECRET_PLACES, SecretPlaces};

/// What kind of secret lives at `path`, judged by its name alone. Compared without case: some file systems ignore it.
pub fn secret_place(path: &GuestPath) -> Option<&'static str> {
    let lower = path.as_str().to_lowercase();
    let parts: Vec<&str> = lower.split('/').collect();
    let stands = |names: &&[&str]| parts.windows(names.len()).any(|part| part == *names);
    let place = SECRET_PLACES.iter().find(|places| places.names.iter().any(stands));
    if let Some(place) = place {
        return Some(place.what);
    }
    let name = parts.last().copied().unwrap_or_default();
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    if extension.is_some_and(|extension| SECRET_EXTENSIONS.contains(&extension)) {
        return Some("a key or password store");
    }
    let is_settings = SECRET_BEGINNINGS.iter().any(|beginning| name.starts_with(beginning));
    is_settings.then_some("a file of secrets")
}

/// Most text that is looked through, in bytes; results of tools are cut long before.
const MOST: usize = 4 << 20;

/// A pattern and what it is. Each has a fixed beginning, so that ordinary text is passed over at once.
static PATTERNS: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
    [
        (
            r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----",
            "a private key",
        ),
        (r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b", "an access key"),
        (
            r"\b(?:ghp|gho|ghs|ghu|ghr)_[A-Za-z0-9]{36}\b|\bgithub_pat_[A-Za-z0-9_]{40,}",
            "an access token",
        ),
        (
            r"\bglpat-[A-Za-z0-9_-]{20}\b|\bxox[abprs]-[A-Za-z0-9-]{10,}",
            "an access token",
        ),
        (r"\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{32,}", "an access key"),
        (r"\bAIza[A-Za-z0-9_-]{35}\b", "an access key"),
        (
            r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
            "an access token",
        ),
        (r"\bP<[A-Z<]{3}[A-Z<]{39}", "an identity paper"),
    ]
    .into_iter()
    .filter_map(|(pattern, what)| Some((Regex::new(pattern).ok()?, what)))
    .collect()
});

/// What secret a text holds, if any.
pub fn secret_content(text: &str) -> Option<&'static str> {
    let text = text.get(..text.floor_char_boundary(MOST)).unwrap_or(text);
    let found = PATTERNS.iter().find(|(pattern, _)| pattern.is_match(text));
    found
        .map(|(_, what)| *what)
        .or_else(|| has_card_number(text).then_some("a card number"))
}

/// A payment card's number as cards print it, in four groups of four, with a right check digit (ISO/IEC 7812-1).
fn has_card_number(text: &str) -> bool {
    static GROUPED: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"\b[3-6]\d{3}([ -])\d{4}[ -]\d{4}[ -]\d{4}\b").ok());
    GROUPED.as_ref().is_some_and(|grouped| {
        grouped.find_iter(text).any(|found| {
            let digits = found
                .as_str()
                .bytes()
                .filter(u8::is_ascii_digit)
                .map(|digit| u32::from(digit - b'0'));
            let sum: u32 = digits
                .rev()
                .enumerate()
                .map(|(place, digit)| match (place % 2, digit * 2) {
                    (0, _) => digit,
                    (_, doubled @ 10..) => doubled - 9,
                    (_, doubled) => doubled,
                })
                .sum();
            sum.is_multiple_of(10)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_is_in_force() {
        assert_eq!(PATTERNS.len(), 8);
        let card = "4111 1111 1111 1111";
        let jwt = format!("eyJ{0}.eyJ{0}.{0}", "a".repeat(12));
        let cases = [
            ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl", Some("a private key")),
            ("key AKIAIOSFODNN7EXAMPLE.", Some("an access key")),
            (&format!("ghp_{}", "a".repeat(36)), Some("an access token")),
            (&format!("glpat-{}", "a".repeat(20)), Some("an access token")),
            (&format!("sk-{}", "a".repeat(40)), Some("an access key")),
            (&format!("AIza{}", "a".repeat(35)), Some("an access key")),
            (&jwt, Some("an access token")),
            (
                "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
                Some("an identity paper"),
            ),
            (card, Some("a card number")),
            ("4111 1111 1111 1112", None),
            ("4111111111111111", None),
            ("the public key is in the risk-sk-register", None),
        ];
        for (text, expected) in cases {
            assert_eq!(secret_content(text), expected, "{text}");
        }
    }

    #[test]
    fn every_name_of_the_list_is_refused_in_any_folder_and_any_case() {
        for names in SECRET_PLACES.iter().flat_map(|places| places.names) {
            let path = format!("/mnt/w/Kept/{}/x", names.join("/").to_uppercase());
            assert!(secret_place(&GuestPath::new(&path)).is_some(), "{path}");
            assert!(names.iter().all(|name| *name == name.to_lowercase()), "{names:?}");
        }
    }

    #[test]
    fn places() {
        let secret = |path: &str| secret_place(&GuestPath::new(path)).is_some();
        for path in [
            "/mnt/home/.config/gcloud/credentials.db",
            "/mnt/home/.mozilla/firefox/x/logins.json",
            "/mnt/home/AppData/Local/Google/Chrome/User Data/Default/Login Data",
            "/mnt/home/Library/Keychains/login.keychain-db",
            "/mnt/w/ID_RSA",
            "/mnt/w/.env.local",
            "/mnt/w/safe.kdbx",
            "/mnt/home/.electrum/wallets/default",
        ] {
            assert!(secret(path), "{path}");
        }
        for path in [
            "/mnt/w/environment.md",
            "/mnt/w/keys.md",
            "/mnt/w/chrome/notes.txt",
            "/mnt/w/config/gh.md",
        ] {
            assert!(!secret(path), "{path}");
        }
    }
}
