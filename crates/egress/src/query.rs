//! Parameters of queries: which go through, and which no program may bring.

use crate::credential::is_a_key;

/// What is to be done about a parameter of a query.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Parameter {
    /// It goes through.
    Plain,
    /// A credential.
    Credential,
    /// Part of a signed URL: somebody's permission to do one thing. Downloads are often redirected to such URLs, and
    /// reading with it gives nothing away that the URL does not say; writing does.
    Signature,
    /// It makes frameworks see another method.
    Override,
}

/// The parameters of a query with what they are; the pieces joined by `&` are the query again.
pub(crate) fn parameters(query: &str) -> impl Iterator<Item = (&str, String, Parameter)> {
    query.split('&').map(|piece| {
        // Some servers split at `;` too.
        let worst = piece
            .split(';')
            .map(|part| part.split_once('=').unwrap_or((part, "")))
            .map(|(name, value)| (plain_name(name), parameter(name, value)))
            .max_by_key(|(_, kind)| match kind {
                Parameter::Plain => 0,
                Parameter::Signature => 1,
                Parameter::Credential => 2,
                Parameter::Override => 3,
            });
        let (name, kind) = worst.unwrap_or((String::new(), Parameter::Plain));
        (piece, name, kind)
    })
}

fn parameter(name: &str, value: &str) -> Parameter {
    const CREDENTIALS: [&str; 22] = [
        "key",
        "apikey",
        "appkey",
        "accesskey",
        "token",
        "accesstoken",
        "authtoken",
        "apitoken",
        "idtoken",
        "refreshtoken",
        "privatetoken",
        "jobtoken",
        "auth",
        "authorization",
        "bearer",
        "jwt",
        "pwd",
        "passwd",
        "password",
        "sessionid",
        "subscriptionkey",
        "credential",
    ];
    const ENDINGS: [&str; 8] = [
        "apikey",
        "accesstoken",
        "authtoken",
        "apitoken",
        "sessiontoken",
        "secret",
        "password",
        "subscriptionkey",
    ];
    const SIGNATURES: [&str; 10] = [
        "sig",
        "signature",
        "xamzsignature",
        "xamzcredential",
        "xamzsecuritytoken",
        "xgoogsignature",
        "xgoogcredential",
        "keypairid",
        "awsaccesskeyid",
        "googleaccessid",
    ];
    let plain = plain_name(name);
    if plain == "xhttpmethodoverride" || decoded(name).eq_ignore_ascii_case("_method") {
        Parameter::Override
    } else if SIGNATURES.contains(&plain.as_str()) {
        Parameter::Signature
    } else if CREDENTIALS.contains(&plain.as_str())
        || ENDINGS.iter().any(|ending| plain.ends_with(ending))
        || is_a_key(decoded(value).as_bytes())
    {
        Parameter::Credential
    } else {
        Parameter::Plain
    }
}

/// Letters and digits alone, in lower case: `api_key`, `api-key`, `Api%5FKey` and `key[]` are written in many ways.
fn plain_name(name: &str) -> String {
    decoded(name)
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .take(64)
        .collect()
}

/// Percent-decoded; what is no UTF-8 is replaced, since names of credentials are ASCII.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let pair = match tail {
            [high, low, ..] if *first == b'%' => char::from(*high).to_digit(16).zip(char::from(*low).to_digit(16)),
            _ => None,
        };
        if let Some((high, low)) = pair {
            bytes.push((high << 4 | low) as u8);
            rest = tail.get(2..).unwrap_or_default();
        } else {
            bytes.push(if *first == b'+' { b' ' } else { *first });
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_known_however_they_are_written() {
        let kinds = |query: &str| parameters(query).map(|(.., kind)| kind).collect::<Vec<_>>();
        for query in [
            "key=1",
            "API_KEY=1",
            "api-key=1",
            "api%5Fkey=1",
            "%6bey=1",
            "key[]=1",
            "access_token=1",
            "auth[token]=1",
            "x=1;key=2",
            "user.password=1",
            "client_secret=1",
            "q=ghp_0123456789abcdefghij",
            "q=%67hp_0123456789abcdefghij",
        ] {
            assert_eq!(kinds(query), [Parameter::Credential], "{query}");
        }
        for query in [
            "",
            "q=key",
            "page_token=x",
            "nextToken=1",
            "monkey=1",
            "keyword=1",
            "keys=1",
            "q=%",
            "=",
            "%zz",
        ] {
            assert_eq!(kinds(query), [Parameter::Plain], "{query}");
        }
        assert_eq!(kinds("X-Amz-Signature=1&a=b"), [Parameter::Signature, Parameter::Plain]);
        assert_eq!(kinds("_method=DELETE"), [Parameter::Override]);
    }
}
