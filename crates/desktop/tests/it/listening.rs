//! A server that answers as the service does.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use deskhand_desktop::link::Link;
use deskhand_desktop::listener::{Heard, listen};
use deskhand_desktop::notices::{Head, Status};

/// Reads a request: its first line and its authorization.
fn request(stream: &TcpStream) -> (String, String) {
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    let first = lines.next().unwrap_or_default();
    let authorization = lines
        .take_while(|line| !line.is_empty())
        .filter_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("authorization").then(|| value.to_owned())
        })
        .last();
    (first, authorization.unwrap_or_default())
}

fn task(id: &str, status: &str) -> String {
    format!(r#"{{"id":"{id}","title":"T","status":"{status}","waiting":0,"model":"m"}}"#)
}

fn head(id: &str, status: Status) -> Head {
    Head {
        id: id.to_owned(),
        title: "T".to_owned(),
        status,
        waiting: 0,
    }
}

/// Serves `streams`, one after the other, and then is gone. Gives the requests it got.
fn serve(
    server: TcpListener,
    streams: &'static [&'static [&'static str]],
) -> thread::JoinHandle<Vec<(String, String)>> {
    thread::spawn(move || {
        let mut requests = Vec::new();
        for statuses in streams {
            let (mut events, _) = server.accept().unwrap();
            requests.push(request(&events));
            events
                .write_all(
                    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n: hello\n\n",
                )
                .unwrap();
            let (mut list, _) = server.accept().unwrap();
            requests.push(request(&list));
            let body = format!("[{}]", task("a", "working"));
            write!(
                list,
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            )
            .unwrap();
            for status in *statuses {
                let head = task("a", status);
                write!(events, "event: app\ndata: {{\"type\":\"task\",\"head\":{head}}}\n\n").unwrap();
                write!(
                    events,
                    "event: app\ndata: {{\"type\":\"settings\"}}\n\nevent: other\ndata: {{}}\n\n"
                )
                .unwrap();
            }
        }
        requests
    })
}

fn link_to(server: &TcpListener) -> Link {
    let port = server.local_addr().unwrap().port();
    Link::read(&format!(r#"{{"url":"http://127.0.0.1:{port}/#token=ab12","pid":1}}"#)).unwrap()
}

#[test]
fn changes_are_heard_through_an_interruption_until_the_service_is_gone() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let link = link_to(&server);
    let serving = serve(server, &[&["working", "waiting"], &["done"]]);
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hearing = Arc::clone(&heard);
    listen(&link, move |it| {
        hearing.lock().unwrap().push(it);
        true
    });
    assert_eq!(
        *heard.lock().unwrap(),
        [
            Heard::List(vec![head("a", Status::Working)]),
            Heard::Head(head("a", Status::Working)),
            Heard::Head(head("a", Status::Waiting)),
            Heard::List(vec![head("a", Status::Working)]),
            Heard::Head(head("a", Status::Done)),
            Heard::Gone,
        ]
    );
    let expected = ["GET /api/v1/events HTTP/1.1", "GET /api/v1/tasks HTTP/1.1"].repeat(2);
    let expected: Vec<(String, String)> = expected
        .into_iter()
        .map(|line| (line.to_owned(), "Bearer ab12".to_owned()))
        .collect();
    assert_eq!(serving.join().unwrap(), expected);
}

#[test]
fn a_listener_that_is_not_wanted_any_more_stops() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let link = link_to(&server);
    let serving = serve(server, &[&["done"]]);
    let heard = Arc::new(Mutex::new(0));
    let hearing = Arc::clone(&heard);
    listen(&link, move |_| {
        *hearing.lock().unwrap() += 1;
        false
    });
    assert_eq!(*heard.lock().unwrap(), 1);
    assert_eq!(serving.join().unwrap().len(), 2);
}

#[test]
fn a_service_that_lets_nobody_in_is_gone() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let link = link_to(&server);
    let refusing = thread::spawn(move || {
        for stream in server.incoming().take(4) {
            let mut stream = stream.unwrap();
            request(&stream);
            stream
                .write_all(b"HTTP/1.1 401 Unauthorized\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
                .unwrap();
        }
    });
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hearing = Arc::clone(&heard);
    listen(&link, move |it| {
        hearing.lock().unwrap().push(it);
        true
    });
    assert_eq!(*heard.lock().unwrap(), [Heard::Gone]);
    refusing.join().unwrap();
}
