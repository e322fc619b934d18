//! Who gets in, and with which headers the answers go out.

use serde_json::json;

use crate::{
    client::{Reply, send},
    desk::Desk,
};

fn code(reply: &Reply) -> (u16, String) {
    (
        reply.status,
        reply.json()["code"].as_str().unwrap_or_default().to_owned(),
    )
}

#[test]
fn only_who_holds_the_token_reaches_the_api() {
    let desk = Desk::new([]);
    let ask = |headers: &[(&str, &str)]| send(desk.port, "GET", "/api/v1/state", headers, b"");
    let refused = (401, "server.no-token".to_owned());
    assert_eq!(code(&ask(&[])), refused);
    assert_eq!(code(&ask(&[("authorization", "Bearer ")])), refused);
    assert_eq!(
        code(&ask(&[("authorization", &format!("Bearer {}0", desk.token))])),
        refused
    );
    let of_another_port = format!("deskhand-1={}", desk.token);
    assert_eq!(code(&ask(&[("cookie", &of_another_port)])), refused);
    let cookie = format!("a=b; deskhand-{}={}; c=d", desk.port, desk.token);
    assert_eq!(ask(&[("cookie", &cookie)]).status, 200);
    assert_eq!(ask(&[("authorization", &format!("Bearer {}", desk.token))]).status, 200);
    assert_eq!(send(desk.port, "GET", "/health", &[], b"").body, "ok");
}

#[test]
fn the_token_of_the_link_is_traded_for_a_cookie_no_script_can_read() {
    let desk = Desk::new([]);
    let trade = |token: &str| {
        let body = json!({"token": token}).to_string();
        let headers = [("content-type", "application/json"), ("x-deskhand", "1")];
        send(desk.port, "POST", "/session", &headers, body.as_bytes())
    };
    let reply = trade(&desk.token).expect(204);
    let cookie = format!(
        "deskhand-{}={}; HttpOnly; SameSite=Strict; Path=/",
        desk.port, desk.token
    );
    assert_eq!(reply.header("set-cookie"), Some(cookie.as_str()));
    let wrong = trade("0000");
    assert_eq!(code(&wrong), (401, "server.wrong-token".to_owned()));
    assert_eq!(wrong.header("set-cookie"), None);
}

#[test]
fn a_name_that_was_rebound_to_loopback_is_refused_even_with_the_token() {
    let desk = Desk::new([]);
    let bearer = format!("Bearer {}", desk.token);
    for host in [
        "evil.example",
        "evil.example:80",
        "127.0.0.1",
        "127.0.0.1:1",
        "",
        "localhost.evil.example",
    ] {
        for path in ["/", "/api/v1/state", "/session"] {
            let reply = send(
                desk.port,
                "GET",
                path,
                &[("host", host), ("authorization", &bearer)],
                b"",
            );
            assert_eq!(code(&reply), (421, "server.wrong-host".to_owned()), "{host} {path}");
        }
    }
    let localhost = format!("localhost:{}", desk.port);
    let reply = send(
        desk.port,
        "GET",
        "/api/v1/state",
        &[("host", &localhost), ("authorization", &bearer)],
        b"",
    );
    assert_eq!(reply.status, 200);
}

#[test]
fn pages_of_other_sites_change_nothing_and_read_nothing() {
    let desk = Desk::new([]);
    let cookie = format!("deskhand-{}={}", desk.port, desk.token);
    let own = format!("http://127.0.0.1:{}", desk.port);
    let post = |headers: &[(&str, &str)]| {
        let mut all = vec![("cookie", cookie.as_str()), ("content-type", "application/json")];
        all.extend(headers);
        code(&send(desk.port, "POST", "/api/v1/tasks", &all, b"{\"prompt\":\"go\"}"))
    };
    let foreign = (403, "server.foreign-origin".to_owned());
    for origin in ["http://evil.example", "null", "http://127.0.0.1:1", "https://127.0.0.1"] {
        assert_eq!(post(&[("origin", origin), ("x-deskhand", "1")]), foreign, "{origin}");
    }
    assert_eq!(post(&[("sec-fetch-site", "cross-site"), ("x-deskhand", "1")]), foreign);
    assert_eq!(post(&[("origin", &own)]), (403, "server.header-missing".to_owned()));
    let read = send(
        desk.port,
        "GET",
        "/api/v1/tasks",
        &[("cookie", &cookie), ("sec-fetch-site", "cross-site")],
        b"",
    );
    assert_eq!(code(&read), foreign);
    assert_eq!(desk.get("/tasks").json(), json!([]), "nothing was started");
    // A link somewhere may open the interface itself.
    let page = send(desk.port, "GET", "/", &[("sec-fetch-site", "cross-site")], b"");
    assert_eq!(page.status, 200);
    // Its own page may do both.
    assert_eq!(
        post(&[("origin", &own), ("x-deskhand", "1"), ("sec-fetch-site", "same-origin")]).0,
        201
    );
}

/// The page that Word documents are laid out in has styles of its own; scripts it has none. It is there where the interface
/// was built.
#[test]
fn the_page_of_documents_runs_and_loads_nothing() {
    let desk = Desk::new([]);
    let reply = send(desk.port, "GET", "/document.html", &[], b"");
    let is_built = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../ui/dist/document.html")
        .exists();
    let policy = "default-src 'none'; style-src 'unsafe-inline'; img-src blob: data:; font-src blob: data:; form-action 'none'; \
                  base-uri 'none'; frame-ancestors 'self'";
    let expected = if is_built {
        (200, Some(policy))
    } else {
        (404, reply.header("content-security-policy"))
    };
    assert_eq!((reply.status, reply.header("content-security-policy")), expected);
}

#[test]
fn every_answer_says_what_a_browser_may_do_with_it() {
    let desk = Desk::new([]);
    for reply in [
        desk.get("/state"),
        desk.get("/nothing"),
        send(desk.port, "GET", "/", &[], b""),
        send(desk.port, "GET", "/tasks/x", &[], b""),
        send(desk.port, "GET", "/", &[("host", "evil.example")], b""),
    ] {
        let policy = reply.header("content-security-policy").unwrap();
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"),
            "{policy}"
        );
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(
            !policy.contains("unsafe") && !policy.contains('*') && !policy.contains("http"),
            "{policy}"
        );
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(reply.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(reply.header("cross-origin-resource-policy"), Some("same-origin"));
        assert_eq!(reply.header("cross-origin-opener-policy"), Some("same-origin"));
        assert_eq!(reply.header("access-control-allow-origin"), None);
    }
    assert_eq!(desk.get("/state").header("cache-control"), Some("no-store"));
    assert_eq!(code(&desk.get("/nothing")), (404, "server.not-found".to_owned()));
}

#[test]
fn large_requests_are_refused_and_uploads_have_a_limit_of_their_own() {
    let desk = Desk::new([]);
    let bearer = format!("Bearer {}", desk.token);
    let put = |path: &str, size: usize| {
        let headers = [
            ("authorization", bearer.as_str()),
            ("x-deskhand", "1"),
            ("content-type", "application/json"),
        ];
        send(desk.port, "POST", path, &headers, &vec![b'x'; size])
    };
    let too_large = (413, "server.too-large".to_owned());
    assert_eq!(code(&put("/api/v1/tasks", 3 << 20)), too_large);
    assert_eq!(put("/api/v1/uploads?name=a.bin", 3 << 20).status, 201);
    assert_eq!(code(&put("/api/v1/uploads?name=a.bin", (50 << 20) + 1)), too_large);
}
