//! Names of hosts, in the one form in which they are compared.

use crate::refusal::Refusal;

/// Endings that never name a server of the public network (RFC 6761, RFC 6762, RFC 7686, RFC 8375, RFC 9476, ICANN's
/// `internal`) or that networks use for themselves.
const LOCAL: [&str; 13] = [
    "localhost",
    "localdomain",
    "local",
    "internal",
    "intranet",
    "private",
    "corp",
    "home",
    "lan",
    "arpa",
    "onion",
    "alt",
    "invalid",
];

/// A name of the public network: lower case, at least two labels, neither an address nor a local name, no dot at the
/// end. International names in their ASCII form (`xn--`).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Host(String);

impl Host {
    /// The name in comparable form, or why it is none.
    pub(crate) fn parse(text: &str) -> Result<Self, Refusal> {
        let bad = |what| Refusal::Host { what };
        if text.is_empty() || text.len() > 253 {
            return Err(bad("is not the name of a host"));
        }
        if text.starts_with('[') || text.contains(':') {
            return Err(bad("is an address; only names are judged"));
        }
        if text.ends_with('.') {
            return Err(bad("ends with a dot"));
        }
        let name = text.to_ascii_lowercase();
        let fits = |label: &str| {
            (1..=63).contains(&label.len())
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        if !name.split('.').all(fits) {
            return Err(bad("is not the name of a host"));
        }
        let last = name.rsplit('.').next().unwrap_or_default();
        // What ends in a number is an IPv4 address in one of its forms (decimal, octal, hexadecimal, with fewer
        // parts), as the URL standard has it: https://url.spec.whatwg.org/#ends-in-a-number-checker
        let hexadecimal = last
            .strip_prefix("0x")
            .is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        if hexadecimal || last.bytes().all(|b| b.is_ascii_digit()) {
            return Err(bad("is an address; only names are judged"));
        }
        if LOCAL.contains(&last) {
            return Err(bad("is a name of this computer or a local network"));
        }
        if !name.contains('.') {
            return Err(bad("is a name without a dot, which only a local network knows"));
        }
        Ok(Self(name))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A host, or all below one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Pattern {
    /// Exactly this one.
    Exact(Host),
    /// Every name that ends in a dot and this; not this itself.
    Below(Host),
}

impl Pattern {
    /// `files.example.com` or `*.example.com`.
    pub(crate) fn parse(text: &str) -> Result<Self, Refusal> {
        match text.strip_prefix("*.") {
            // `*.com` parses as no host: it has a single label.
            Some(rest) => Host::parse(rest).map(Self::Below),
            None => Host::parse(text).map(Self::Exact),
        }
    }

    pub(crate) fn matches(&self, host: &Host) -> bool {
        match self {
            Self::Exact(own) => own == host,
            Self::Below(own) => host
                .0
                .strip_suffix(own.as_str())
                .is_some_and(|rest| rest.ends_with('.')),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_local_names_are_no_hosts() {
        for text in [
            "",
            ".",
            "127.0.0.1",
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "0177.0.0.1",
            "127.1",
            "1.2.3.4.",
            "[::1]",
            "::1",
            "[::ffff:127.0.0.1]",
            "example.com.",
            "localhost",
            "LOCALHOST",
            "a.localhost",
            "printer.local",
            "metadata.google.internal",
            "metadata",
            "nas",
            "router.lan",
            "1.0.0.127.in-addr.arpa",
            "a..example.com",
            "-a.example.com",
            "a-.example.com",
            "a b.example.com",
            "a%2eexample.com",
            "ex\u{e4}mple.com",
            "user@example.com",
            "example.com:80",
            "a.example.0x1f",
            "a.example.1",
            "*.example.com",
            "\u{ff11}27.0.0.1",
            "example\u{3002}com",
        ] {
            assert!(Host::parse(text).is_err(), "{text} passed");
        }
        assert!(Host::parse(&format!("{}.com", "a".repeat(64))).is_err());
        assert!(Host::parse(&"a.".repeat(130)).is_err());
    }

    #[test]
    fn names_are_compared_in_lower_case() {
        assert_eq!(Host::parse("Files.Example.COM").unwrap().as_str(), "files.example.com");
        assert_eq!(Host::parse("1.example.com").unwrap().as_str(), "1.example.com");
        assert_eq!(
            Host::parse("_a.xn--bcher-kva.example").unwrap().as_str(),
            "_a.xn--bcher-kva.example"
        );
    }

    #[test]
    fn a_star_means_below_and_nothing_else() {
        let host = |text| Host::parse(text).unwrap();
        let star = Pattern::parse("*.Example.com").unwrap();
        assert!(star.matches(&host("a.example.com")));
        assert!(star.matches(&host("a.b.example.com")));
        assert!(!star.matches(&host("example.com")));
        assert!(!star.matches(&host("badexample.com")));
        assert!(!star.matches(&host("example.com.evil.org")));
        let exact = Pattern::parse("example.com").unwrap();
        assert!(exact.matches(&host("EXAMPLE.com")));
        assert!(!exact.matches(&host("a.example.com")));
        for text in [
            "*",
            "*.com",
            "*.*.example.com",
            "a.*.com",
            "*example.com",
            "**.example.com",
            "*.local",
        ] {
            assert!(Pattern::parse(text).is_err(), "{text} passed");
        }
    }
}
