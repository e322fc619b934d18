//! The scripted server as its own client sees it. What it streams is proven by the tests of `deskhand-models`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use deskhand_testkit::{Fault, Reply, Script, ScriptedServer, Then, Turn};
use serde_json::{Value, json};

/// One request on a connection of its own; status and body.
fn request(base: &str, method: &str, path: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(base.strip_prefix("http://").unwrap()).unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let status = line.split(' ').nth(1).unwrap().parse().unwrap();
    let mut length = None;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = Some(value.trim().parse::<usize>().unwrap());
        }
    }
    let mut body = String::new();
    if let Some(length) = length {
        reader.take(length as u64).read_to_string(&mut body).unwrap();
    } else {
        while reader.read_line(&mut body).unwrap() > 0 && !body.ends_with("\r\n0\r\n") {}
    }
    (status, body)
}

fn value(answer: &(u16, String)) -> Value {
    serde_json::from_str(&answer.1).unwrap()
}

#[test]
fn clients_that_do_not_stream_get_one_value() {
    let turn = || Turn::new().text("Hi.").tool("Read", json!({"file_path": "a"}));
    let server = ScriptedServer::start([turn().times(3)]);
    let base = server.base_url();
    let asked = r#"{"model": "m"}"#;
    let messages = value(&request(&base, "POST", "/v1/messages", asked));
    assert_eq!(
        messages["content"],
        json!([
            {"type": "text", "text": "Hi."},
            {"type": "tool_use", "id": "toolu_0001", "name": "Read", "input": {"file_path": "a"}}
        ])
    );
    assert_eq!(
        (&messages["model"], &messages["stop_reason"]),
        (&json!("m"), &json!("tool_use"))
    );
    let chat = value(&request(&base, "POST", "/v1/chat/completions", asked));
    assert_eq!(
        chat["choices"][0]["message"]["tool_calls"],
        json!([{"id": "call_0002", "type": "function", "function": {"name": "Read", "arguments": "{\"file_path\":\"a\"}"}}])
    );
    let responses = value(&request(&base, "POST", "/v1/responses", asked));
    assert_eq!(
        (&responses["status"], &responses["output"][1]["call_id"]),
        (&json!("completed"), &json!("call_0003"))
    );
}

#[test]
fn everything_is_recorded_and_counted() {
    let server = ScriptedServer::start([Turn::new().text("Hi.").into()]);
    let base = server.base_url();
    assert_eq!(
        value(&request(&base, "GET", "/v1/models?limit=5", ""))["data"][0]["id"],
        "scripted-model"
    );
    assert_eq!(
        value(&request(&base, "POST", "/v1/messages/count_tokens", "12345678"))["input_tokens"],
        2
    );
    assert_eq!(request(&base, "POST", "/nowhere", "").0, 404);
    assert_eq!(
        request(&base, "POST", "/prefix/v1/messages", "{\"stream\":true}").0,
        200
    );
    assert_eq!(
        request(&base, "POST", "/v1/messages", "{}").0,
        400,
        "the script has no more replies"
    );
    let calls: Vec<String> = server.requests().into_iter().map(|request| request.path).collect();
    assert_eq!(calls, ["/prefix/v1/messages", "/v1/messages"]);
    assert_eq!(server.all_requests().len(), 5);
    assert_eq!(
        (
            server.summary().answers,
            server.summary().first_body_bytes,
            server.remaining()
        ),
        (2, 15, 0)
    );
}

#[test]
fn a_script_can_go_on_for_ever_and_numbers_its_answers() {
    let turn = Turn::new().text("answer {{n}}");
    let server = ScriptedServer::run(Script {
        replies: vec![turn.into()],
        then: Then::RepeatLast,
    })
    .unwrap();
    for n in 0..3 {
        let answer = value(&request(&server.base_url(), "POST", "/v1/messages", "{}"));
        assert_eq!(answer["content"][0]["text"], format!("answer {n}"));
    }
}

#[test]
fn a_responder_sees_the_request() {
    let server =
        ScriptedServer::responding(|request, n| Turn::new().text(format!("{n}: {}", request.json()["model"])).into());
    let answer = value(&request(&server.base_url(), "POST", "/v1/messages", r#"{"model":"m"}"#));
    assert_eq!(answer["content"][0]["text"], "0: \"m\"");
}

#[test]
fn a_chunked_body_is_understood() {
    let server = ScriptedServer::start([Turn::new().text("Hi.").into()]);
    let mut stream = TcpStream::connect(server.base_url().strip_prefix("http://").unwrap()).unwrap();
    stream
        .write_all(b"POST /v1/messages HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n6\r\n{\"mode\r\n6;x=y\r\nl\":1} \r\n0\r\n\r\n")
        .unwrap();
    let mut first = [0; 12];
    stream.read_exact(&mut first).unwrap();
    assert_eq!(
        (&first, server.requests()[0].text().as_str()),
        (b"HTTP/1.1 200", "{\"model\":1} ")
    );
}

#[test]
fn a_cut_is_a_cut() {
    let server = ScriptedServer::start([Turn::new().text("Hi.").fault(Fault::CutAfterEvent(1))]);
    let (status, body) = request(&server.base_url(), "POST", "/v1/messages", "{\"stream\":true}");
    assert_eq!(
        (status, body.matches("event: ").count(), body.ends_with("0\r\n")),
        (200, 1, false)
    );
}

#[test]
fn the_server_dies_with_its_handle() {
    let server = ScriptedServer::start([Reply::status(200)]);
    let address = server.base_url().strip_prefix("http://").unwrap().to_owned();
    let mut open = TcpStream::connect(&address).unwrap();
    drop(server);
    assert_eq!(open.read(&mut [0; 1]).unwrap_or(0), 0, "open connections are closed");
    assert!(TcpStream::connect(&address).is_err(), "no new ones are taken");
}

#[test]
fn the_program_serves_until_its_input_closes_and_prints_counts() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("script.json");
    let text = json!({"replies": [{"turn": {"content": [{"type": "text", "text": "Hi {{n}}."}]}, "times": 2}]});
    std::fs::write(&script, text.to_string()).unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_scripted-model"))
        .arg(&script)
        .args(["--idle-seconds", "60", "--drop-bodies"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(program.stdout.take().unwrap());
    let mut base = String::new();
    out.read_line(&mut base).unwrap();
    let answer = value(&request(base.trim(), "POST", "/v1/messages", "{}"));
    assert_eq!(answer["content"][0]["text"], "Hi 0.");
    drop(program.stdin.take());
    let mut counts = String::new();
    out.read_line(&mut counts).unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(&counts).unwrap(),
        json!({"answers": 1, "first_body_bytes": 2, "last_body_bytes": 2, "all_body_bytes": 2})
    );
    assert!(program.wait().unwrap().success());
}

#[test]
fn the_program_ends_when_idle_and_refuses_a_bad_script() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("script.json");
    std::fs::write(&script, r#"{"replies": [{"turn": {"contents": []}}]}"#).unwrap();
    let run = |script: &std::path::Path| {
        Command::new(env!("CARGO_BIN_EXE_scripted-model"))
            .arg(script)
            .args(["--until-idle", "--idle-seconds", "0"])
            .output()
            .unwrap()
    };
    let refused = run(&script);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("unknown field `contents`"));
    std::fs::write(&script, r#"{"replies": []}"#).unwrap();
    assert!(run(&script).status.success());
}
