use std::net::IpAddr;

use http::HeaderValue;
use proptest::prelude::*;

use super::*;
use crate::address;

fn rules(text: &str) -> Rules {
    Rules::parse(text).unwrap()
}

/// Everything below `example.com` and `models.test`, as wide as rules can be.
const WIDE: &str = r#"
    [[allow]]
    name = "wide"
    host = "*.example.com"
    ports = [443, 8443]
    methods = ["GET", "POST", "PUT", "DELETE", "OPTIONS"]
    paths = ["/"]
    encoded_slash = true
    strip = true
    [[allow]]
    name = "models"
    host = "api.models.test"
    methods = ["GET", "POST"]
    paths = ["/"]
    [[allow]]
    name = "all models"
    host = "*.models.test"
    methods = ["GET", "POST"]
    paths = ["/"]
"#;

#[test]
fn the_first_rule_that_covers_a_request_decides() {
    let rules = rules(
        r#"
        [[allow]]
        name = "one"
        host = "a.example.com"
        methods = ["GET"]
        paths = ["/x", "/y"]
        [[allow]]
        name = "two"
        host = "*.example.com"
        methods = ["GET", "POST"]
        paths = ["/x/z", "/w"]
        [[allow]]
        name = "npm"
        host = "npm.example.com"
        methods = ["GET"]
        paths = ["/@scope"]
        encoded_slash = true
        "#,
    );
    let explain = |method, url| {
        let explanation = rules.explain(method, url);
        assert_eq!(explanation.allowed, explanation.rule.is_some());
        explanation.rule.ok_or(explanation.reason)
    };
    let ok = |rule: &str| Ok(rule.to_owned());
    assert_eq!(explain("GET", "https://a.example.com/x/z"), ok("one"));
    assert_eq!(explain("POST", "https://a.example.com/x/z"), ok("two"));
    assert_eq!(explain("GET", "HTTPS://B.Example.com:443/w?q#f"), ok("two"));
    assert_eq!(
        explain("GET", "https://npm.example.com/@scope%2fname"),
        Err("the path has an encoded `/`".into())
    );
    assert_eq!(explain("GET", "https://npm.example.com/@scope/a%2fb"), ok("npm"));
    for (method, url, why) in [
        (
            "DELETE",
            "https://a.example.com/x",
            "the rules for a.example.com do not allow the method DELETE",
        ),
        (
            "POST",
            "https://a.example.com/x",
            "the rules for a.example.com do not allow the path /x",
        ),
        (
            "GET",
            "http://a.example.com/x",
            "the rules for a.example.com do not allow http on port 80",
        ),
        ("GET", "https://example.com/w", "no rule allows example.com"),
        (
            "GET",
            "https://a.example.com/x/%2e%2e/v",
            "the path has a `.` or `..` segment",
        ),
        (
            "GET",
            "https://u@a.example.com/x",
            "the program brought a credential of its own (a user name in the URL)",
        ),
        (
            "GET",
            "https://a.example.com/x?a=1&api%5Fkey=2",
            "the program brought a credential of its own (the parameter `apikey`)",
        ),
        (
            "POST",
            "https://a.example.com/w?X-Amz-Signature=2",
            "the program brought a credential of its own (the parameter `xamzsignature`)",
        ),
        (
            "GET",
            "https://a.example.com/x?_method=delete",
            "`method` asks the server to treat the request as another one",
        ),
        (
            "CONNECT",
            "https://a.example.com/x",
            "the method CONNECT is not possible here",
        ),
        ("G T", "https://a.example.com/x", "this is no HTTP method"),
        ("GET", "a.example.com/x", "this is no URL"),
        (
            "GET",
            "ftp://a.example.com/x",
            "only http:// and https:// URLs are reached",
        ),
        ("GET", "/x", "only http:// and https:// URLs are reached"),
    ] {
        assert_eq!(explain(method, url), Err(why.to_owned()), "{method} {url}");
    }
    // Reading with a signed URL, as redirects to storage have them, gives away nothing.
    assert_eq!(explain("GET", "https://a.example.com/x?X-Amz-Signature=2"), ok("one"));
}

#[test]
fn no_rules_allow_nothing() {
    assert!(!Rules::none().explain("GET", "https://example.com/").allowed);
}

#[test]
fn what_is_stripped_is_listed_once_and_bounded() {
    let mut headers = HeaderMap::new();
    for name in ["cookie", "cookie", "accept", "connection", "proxy-authorization"] {
        headers.append(name, HeaderValue::from_static("x"));
    }
    assert_eq!(stripped(&headers), ["cookie", "proxy-authorization"]);
    for number in 0..100 {
        let name = format!("x-token-{number:03}-{}", "a".repeat(100));
        headers.insert(http::HeaderName::try_from(name).unwrap(), HeaderValue::from_static("x"));
    }
    let listed = stripped(&headers);
    assert_eq!(listed.len(), MAX_LISTED);
    assert!(listed.iter().all(|name| name.len() <= MAX_NAME));
}

fn host() -> impl Strategy<Value = String> {
    prop_oneof![
        "(api|API|Api)\\.(models|MODELS)\\.(test|TEST)\\.?",
        "[a-z0-9.*-]{0,12}\\.?example\\.com\\.?",
        "[0-9a-fx.:\\[\\]]{0,20}",
        "(localhost|a\\.local|metadata\\.google\\.internal)",
        ".{0,20}",
    ]
}

fn header() -> impl Strategy<Value = (String, String)> {
    let name = prop_oneof![
        Just("authorization"),
        Just("cookie"),
        Just("x-api-key"),
        Just("accept"),
        Just("upgrade"),
        Just("host"),
        Just("connection"),
        Just("transfer-encoding"),
        Just("x-http-method-override"),
        Just("x-plain"),
    ];
    (name.prop_map(str::to_owned), "[ -~]{0,20}")
}

fn address() -> impl Strategy<Value = IpAddr> {
    let inside = [
        "10.0.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "::1",
        "fd00:ec2::254",
        "::ffff:127.0.0.1",
        "8.8.8.8",
    ];
    prop_oneof![
        any::<u32>().prop_map(|bits| IpAddr::from(bits.to_be_bytes())),
        any::<u128>().prop_map(|bits| IpAddr::from(bits.to_be_bytes())),
        proptest::sample::select(inside.to_vec()).prop_map(|text| text.parse().unwrap()),
    ]
}

proptest! {
    /// Whatever is asked, under rules as wide as they come: it is judged, and what is permitted has a host that is not
    /// blocked and no address, a path with one meaning, no header that no program may bring, and only global addresses.
    #[test]
    fn nothing_gets_past(
        method in "(GET|POST|PUT|DELETE|OPTIONS|CONNECT|TRACE|[A-Z]{1,30})",
        https: bool,
        host in host(),
        port in prop_oneof![Just(443_u16), Just(8443), any::<u16>()],
        path in "(/[a-z%.;\\\\]{0,6}){0,4}|.{0,12}",
        query in proptest::option::of("([a-z_]{0,4}(key|token|)=[a-z]{0,3}&?){0,3}|.{0,12}"),
        userinfo: bool,
        given in proptest::collection::vec(header(), 0..4),
        addresses in proptest::collection::vec(address(), 0..4),
        blocks: bool,
    ) {
        let mut rules = rules(WIDE);
        if blocks {
            rules = rules.blocking(&["API.models.TEST."]).unwrap();
        }
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut headers = HeaderMap::new();
        for (name, value) in &given {
            headers.append(
                http::HeaderName::try_from(name.as_str()).unwrap(),
                HeaderValue::try_from(value.as_str()).unwrap(),
            );
        }
        let scheme = if https { Scheme::Https } else { Scheme::Http };
        let asked = Asked {
            method: &method,
            scheme,
            host: &host,
            port,
            path: &path,
            query: query.as_deref(),
            userinfo,
            headers: &headers,
        };
        let _ = rules.judge_tunnel(&host, port);
        let _ = stripped(&headers);
        if let Ok(permitted) = rules.judge(&asked) {
            let name = permitted.host.as_str();
            prop_assert!(name.parse::<IpAddr>().is_err() && !name.ends_with('.') && name.contains('.'));
            prop_assert!(name.ends_with(".example.com") || name.ends_with(".models.test"));
            prop_assert!(!blocks || name != "api.models.test");
            prop_assert!(https && [443, 8443].contains(&port));
            prop_assert!(!permitted.path.as_str().contains("..;") && !permitted.path.as_str().contains('\\'));
            for (name, value) in &permitted.headers {
                prop_assert_eq!(header::class(name, value.as_bytes()), Header::Plain);
            }
            for (_, _, kind) in permitted.query.iter().flat_map(|query| query::parameters(query)) {
                prop_assert!(matches!(kind, Parameter::Plain | Parameter::Signature));
            }
            if !permitted.rule.strip {
                prop_assert!(!userinfo && !headers.contains_key("authorization") && !headers.contains_key("cookie"));
            }
        }
        if let Ok(judged) = address::judge(&host, &addresses) {
            prop_assert!(!judged.is_empty());
            prop_assert!(judged.iter().all(|address| address::not_global(*address).is_none()));
        }
    }
}

/// The property above can fail: without the block, the host is reached.
#[test]
fn the_block_is_what_keeps_the_host_out() {
    let open = rules(WIDE);
    assert!(open.explain("POST", "https://API.models.test/v1/files").allowed);
    for blocked in [
        "api.models.test",
        "API.MODELS.TEST",
        "api.models.test.",
        "*.models.test",
    ] {
        let rules = open.clone().blocking(&[blocked]).unwrap();
        let explanation = rules.explain("POST", "https://API.models.test/v1/files");
        assert_eq!(
            explanation.reason,
            "api.models.test serves AI models, which programs never reach"
        );
        assert!(rules.judge_tunnel("API.models.test", 443).is_err());
    }
}
