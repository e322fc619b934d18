//! Headers of requests: which go through, which end here, and which no program may bring.

use http::{HeaderMap, HeaderName};

use crate::credential::is_a_key;

/// What is to be done about a header of a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Header {
    /// It goes through.
    Plain,
    /// It belongs to the connection (RFC 9110 §7.6.1), or we set it ourselves: it ends here.
    Hop,
    /// It ends here, and the ledger says so: nothing that opens anything.
    Dropped,
    /// A credential.
    Credential,
    /// It asks the server to take the request for another one than was judged.
    Override,
    /// It asks for another protocol.
    Upgrade,
}

/// They make a server see another method, host or path, or fetch something itself.
const OVERRIDES: [&str; 14] = [
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-original-host",
    "x-original-url",
    "x-original-uri",
    "x-rewrite-url",
    "x-rewrite-uri",
    "x-forwarded-host",
    "x-forwarded-path",
    "x-forwarded-prefix",
    "x-forwarded-server",
    "x-host",
    "x-proxy-url",
];
const HOPS: [&str; 11] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "proxy-authenticate",
];
/// Meant for the proxy, or telling where somebody sits, or random numbers of npm's that its registry ignores.
const DROPPED: [&str; 9] = [
    "proxy-authorization",
    "npm-session",
    "npm-auth-type",
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-real-ip",
];
/// Looks like a key and is none.
const HARMLESS: [&str; 2] = ["idempotency-key", "x-idempotency-key"];
const TELLING_PARTS: [&str; 12] = [
    "token",
    "secret",
    "apikey",
    "session",
    "passw",
    "passphrase",
    "credential",
    "cookie",
    "bearer",
    "jwt",
    "signature",
    "authorization",
];
const TELLING_WORDS: [&str; 12] = [
    "auth",
    "authentication",
    "authenticate",
    "dpop",
    "key",
    "login",
    "oauth",
    "pass",
    "pat",
    "pwd",
    "sas",
    "sid",
];

/// Classifies a header of a request by its name and value.
pub(crate) fn class(name: &HeaderName, value: &[u8]) -> Header {
    let name = name.as_str();
    if name == "upgrade" || name.starts_with("sec-websocket-") {
        Header::Upgrade
    } else if OVERRIDES.contains(&name) {
        Header::Override
    } else if HOPS.contains(&name) {
        Header::Hop
    } else if DROPPED.contains(&name) {
        Header::Dropped
    } else if (!HARMLESS.contains(&name) && names_a_credential(name)) || is_a_key(value) {
        Header::Credential
    } else {
        Header::Plain
    }
}

fn names_a_credential(name: &str) -> bool {
    let words = || name.split(|c: char| !c.is_ascii_alphanumeric());
    let joined: String = words().collect();
    TELLING_PARTS.iter().any(|part| joined.contains(part)) || words().any(|word| TELLING_WORDS.contains(&word))
}

/// The names of the headers that a `connection` header says belong to the connection.
pub(crate) fn nominated(headers: &HeaderMap) -> Vec<String> {
    headers
        .get_all(http::header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .take(64)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(name: &str, value: &str) -> Header {
        class(&HeaderName::try_from(name).unwrap(), value.as_bytes())
    }

    #[test]
    fn credentials_are_known_by_name() {
        for name in [
            "Authorization",
            "x-api-key",
            "api-key",
            "X-Goog-Api-Key",
            "x-auth-token",
            "Cookie",
            "cookie2",
            "private-token",
            "x-vault-token",
            "ocp-apim-subscription-key",
            "x-functions-key",
            "x-auth-email",
            "x-amz-security-token",
            "dd-api-key",
            "x_api_key",
            "x-session-id",
            "x-client-secret",
            "x-apikey",
            "x-shopify-access-token",
            "dpop",
            "signature-input",
            "x-password",
            "x-ms-authorization-auxiliary",
        ] {
            assert_eq!(kind(name, "x"), Header::Credential, "{name}");
        }
        for name in [
            "accept",
            "user-agent",
            "range",
            "if-none-match",
            "content-type",
            "x-request-id",
            "idempotency-key",
            "x-amz-date",
            "anthropic-version",
            "x-author",
            "origin",
            "referer",
            "accept-encoding",
            "cache-control",
        ] {
            assert_eq!(kind(name, "x"), Header::Plain, "{name}");
        }
        for (name, expected) in [
            ("upgrade", Header::Upgrade),
            ("sec-websocket-key", Header::Upgrade),
            ("x-http-method-override", Header::Override),
            ("x-forwarded-host", Header::Override),
            ("te", Header::Hop),
            ("proxy-connection", Header::Hop),
            ("proxy-authorization", Header::Dropped),
            ("npm-session", Header::Dropped),
        ] {
            assert_eq!(kind(name, "x"), expected, "{name}");
        }
    }

    #[test]
    fn credentials_are_known_by_value() {
        for value in [
            "Bearer abc",
            "basic dXNlcjpwYXNz",
            "ghp_0123456789abcdefghij",
            "sk-ant-0123456789abcdef",
            "AKIA0123456789ABCDEF",
        ] {
            assert_eq!(kind("x-note", value), Header::Credential, "{value}");
        }
        for value in [
            "sk-learn",
            "Mozilla/5.0 (X11)",
            "text/html",
            "basically",
            "ASIA and others, 2024 edition",
        ] {
            assert_eq!(kind("x-note", value), Header::Plain, "{value}");
        }
    }
}
