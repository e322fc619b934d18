use deskhand_types::Coded;

use super::*;

const RULE: &str = r#"
[[allow]]
name = "packages"
host = "pypi.example"
methods = ["GET"]
paths = ["/simple"]
"#;

/// The rule with a line more, or with one replaced.
fn with(line: &str) -> Result<Rules> {
    let key = line.split('=').next().unwrap().trim();
    let kept = RULE.lines().filter(|old| old.split('=').next().unwrap().trim() != key);
    Rules::parse(&(kept.chain([line]).collect::<Vec<_>>().join("\n") + "\n"))
}

fn refused(line: &str) -> String {
    let error = with(line).unwrap_err();
    assert!(error.code().as_str().starts_with("egress."));
    assert!(error.hint().is_some());
    error.to_string()
}

#[test]
fn defaults_are_narrow() {
    let rules = Rules::parse(RULE).unwrap();
    let rule = &rules.rules[0];
    assert_eq!((rule.scheme, rule.ports.as_slice()), (Scheme::Https, [443].as_slice()));
    assert_eq!((rule.max_sent, rule.max_received), (1 << 20, 512 << 20));
    assert_eq!(rule.max_sent_in_all, 16 << 20);
    let wide = with("max_sent = 100000000").unwrap();
    assert!(wide.rules[0].max_sent_in_all > 100_000_000, "one request must fit");
    let narrow = with("max_sent_in_all = 5").unwrap();
    assert_eq!(narrow.rules[0].max_sent_in_all, 5);
    assert!(!rule.strip && !rule.encoded_slash && rule.credential.is_none());
    assert_eq!(with("scheme = \"http\"").unwrap().rules[0].ports, [80]);
    assert_eq!(rules.names().collect::<Vec<_>>(), ["packages"]);
    assert_eq!(Rules::parse("").unwrap().names().count(), 0);
}

#[test]
fn unknown_fields_are_an_error_with_its_place() {
    let error = Rules::parse(&format!("{RULE}pahts = [\"/\"]\n")).unwrap_err();
    assert_eq!(error.code().as_str(), "egress.rules-unreadable");
    let text = error.to_string();
    assert!(
        text.contains("line 7, column 1") && text.contains("unknown field `pahts`"),
        "{text}"
    );
    for text in [
        "[[deny]]\n",
        "allow = 1\n",
        "[[allow]]\nname = \"a\"\n",
        "[[allow",
        "\u{0}",
    ] {
        assert!(
            matches!(Rules::parse(text), Err(EgressError::Unreadable { .. })),
            "{text}"
        );
    }
    assert!(Rules::parse(&"#".repeat(MAX_FILE_BYTES + 1)).is_err());
}

#[test]
fn what_no_rule_can_say_is_an_error_with_its_place() {
    for (line, why) in [
        ("host = \"127.0.0.1\"", "is an address"),
        ("host = \"*\"", "is not the name of a host"),
        ("host = \"*.com\"", "a name without a dot"),
        ("host = \"localhost\"", "a local network"),
        ("methods = []", "must not be empty"),
        ("methods = [\"get\"]", "written in capitals"),
        ("methods = [\"CONNECT\"]", "cannot be allowed"),
        ("paths = []", "must not be empty"),
        ("paths = [\"simple\"]", "does not begin with `/`"),
        ("paths = [\"/a/../b\"]", "`.` or `..`"),
        ("paths = [\"/%61\"]", "is written `/a`"),
        ("ports = []", "must name ports"),
        ("ports = [0]", "must name ports"),
        ("ports = [70000]", "u16"),
        ("name = \"\"", "its name must have"),
        ("credential_header = \"x-api-key\"", "names none"),
        ("credential = \"sk-ant 0123\"", "must be the handle"),
        (
            "credential = \"a\"\ncredential_header = \"host\"",
            "cannot hold a credential",
        ),
        (
            "credential = \"a\"\ncredential_header = \"x-http-method\"",
            "cannot hold a credential",
        ),
        ("credential = \"a\"\ncredential_header = \"a b\"", "is no header name"),
        (
            "credential = \"a\"\ncredential_scheme = \"a b\"",
            "is no authentication scheme",
        ),
        ("credential = \"a\"\nscheme = \"http\"", "unencrypted"),
        ("strip = \"yes\"", "invalid type"),
    ] {
        let text = refused(line);
        assert!(text.contains(why) && text.contains("line "), "{line}: {text}");
    }
    assert!(!refused("credential = \"sk-ant 0123\"").contains("0123"));
    let twice = Rules::parse(&format!("{RULE}{RULE}")).unwrap_err().to_string();
    assert!(twice.contains("(line 8)") && twice.contains("the same name"), "{twice}");
}

#[test]
fn credentials_go_where_the_rule_says() {
    let injection = |lines: &str| {
        let rules = with(lines).unwrap();
        let injection = rules.rules[0].credential.as_ref().unwrap();
        (injection.header.as_str().to_owned(), injection.scheme.clone())
    };
    assert_eq!(
        injection("credential = \"a\""),
        ("authorization".into(), Some("Bearer".into()))
    );
    assert_eq!(
        injection("credential = \"a\"\ncredential_scheme = \"token\"")
            .1
            .as_deref(),
        Some("token")
    );
    assert_eq!(injection("credential = \"a\"\ncredential_scheme = \"\"").1, None);
    assert_eq!(
        injection("credential = \"a\"\ncredential_header = \"X-Api-Key\""),
        ("x-api-key".into(), None)
    );
}

#[test]
fn examples_are_checked() {
    let example = |method: &str, url: &str, verdict: &str| {
        with(&format!(
            "example = [{{ method = \"{method}\", url = \"{url}\", verdict = \"{verdict}\" }}]"
        ))
    };
    assert!(example("GET", "https://pypi.example/simple/a", "allow").is_ok());
    assert!(example("POST", "https://pypi.example/simple/a", "refuse").is_ok());
    let error = example("GET", "https://pypi.example/simpler", "allow").unwrap_err();
    assert_eq!(error.code().as_str(), "egress.example-fails");
    assert!(
        error
            .to_string()
            .contains("example number 1 says: the rules for pypi.example do not allow"),
        "{error}"
    );
    let error = example("GET", "https://pypi.example/simple", "refuse").unwrap_err();
    assert!(error.to_string().contains("the rule `packages` allows it"), "{error}");
    assert!(example("GET", "https://pypi.example/simple", "perhaps").is_err());
}

#[test]
fn blocked_hosts_are_hosts() {
    let rules = Rules::parse(RULE).unwrap();
    for host in [
        "api.models.example",
        "*.models.example",
        "API.models.example.",
        "localhost",
        "127.0.0.1",
        "[::1]",
        "nas",
    ] {
        assert!(rules.clone().blocking(&[host]).is_ok(), "{host}");
    }
    for host in ["", "https://api.models.example", "a/b", "a b", "*"] {
        let error = rules.clone().blocking(&[host]).unwrap_err();
        assert_eq!(error.code().as_str(), "egress.bad-blocked-host", "{host}");
    }
    let rules = rules.blocking(&["PyPI.example."]).unwrap();
    assert!(!rules.explain("GET", "https://pypi.example/simple").allowed);
}
