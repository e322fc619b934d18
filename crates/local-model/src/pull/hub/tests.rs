//! A server of weights on loopback, with real HTTP in between.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    sync::mpsc,
    thread,
    time::Duration,
};

use super::*;
use crate::catalogue::Catalogue;

const CONTENT: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";
const SHA: &str = "74e7e5bb9d22d6db26bf76946d40fff3ea9f0346b884fd0694920fccfad15e33";

/// How the server answers one request: its head, then pieces with a pause before each, then the connection ends.
struct Answer {
    head: &'static str,
    pieces: Vec<&'static [u8]>,
}

fn answer(head: &'static str, pieces: &[&'static [u8]]) -> Answer {
    Answer {
        head,
        pieces: pieces.to_vec(),
    }
}

/// Serves the answers in turn; gives its address, and the `Range` of each request.
fn serve(answers: Vec<Answer>) -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}/weights", listener.local_addr().unwrap());
    let (asked, ranges) = mpsc::channel();
    thread::spawn(move || {
        for Answer { head, pieces } in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let lines = BufReader::new(&stream).lines().map_while(Result::ok);
            let lines: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
            let range = lines.iter().find_map(|line| {
                let (name, value) = line.split_once(": ")?;
                name.eq_ignore_ascii_case("range").then(|| value.to_owned())
            });
            asked.send(range.unwrap_or_default()).unwrap();
            write!(stream, "HTTP/1.1 {head}\r\nconnection: close\r\n\r\n").unwrap();
            for piece in pieces {
                thread::sleep(Duration::from_millis(60));
                stream.write_all(piece).unwrap();
            }
        }
    });
    (url, ranges)
}

struct Plain;
impl Fetch for Plain {
    fn get(&self, url: &str, offset: u64) -> Result<Response, String> {
        ask(url, offset, false)
    }
}

struct Run {
    result: Result<()>,
    told: Vec<u64>,
    ranges: Vec<String>,
    /// Whether what arrived is the pinned file.
    right: bool,
}

fn run(answers: Vec<Answer>) -> Run {
    let text = format!(
        "[[model]]\nid = \"m\"\nname = \"M\"\nlicence = \"Apache-2.0\"\nsha256 = \"{SHA}\"\nbytes = 36\ndefault = true\n\
         [[model.source]]\nkind = \"http\"\nname = \"hub\"\nurl = \"https://hub.invalid/m\"\n"
    );
    let model = Catalogue::parse(&text).unwrap().models.remove(0);
    let folder = tempfile::tempdir().unwrap();
    let mut partial = Partial::open(folder.path(), &model).unwrap();
    let (url, ranges) = serve(answers);
    let mut told = Vec::new();
    let result = download(&Plain, "hub", &url, &mut partial, &mut |done| told.push(done));
    Run {
        result,
        told,
        ranges: ranges.try_iter().collect(),
        right: partial.check().is_ok(),
    }
}

const ALL: &str = "200 OK\r\ncontent-length: 36";

#[test]
fn slow_pieces_are_told_as_they_come() {
    let pieces: Vec<&'static [u8]> = CONTENT.chunks(9).collect();
    let run = run(vec![answer(ALL, &pieces)]);
    run.result.unwrap();
    assert_eq!(run.told, [9, 18, 27, 36]);
    assert_eq!(run.ranges, ["bytes=0-"]);
    assert!(run.right);
}

#[test]
fn after_a_cut_the_rest_is_asked_for_and_nothing_twice() {
    let run = run(vec![
        answer(ALL, &[&CONTENT[..10]]),
        answer(
            "206 Partial Content\r\ncontent-length: 26\r\ncontent-range: bytes 10-35/36",
            &[&CONTENT[10..15]],
        ),
        answer(
            "206 Partial Content\r\ncontent-length: 21\r\ncontent-range: bytes 15-35/36",
            &[&CONTENT[15..]],
        ),
    ]);
    run.result.unwrap();
    assert_eq!(run.ranges, ["bytes=0-", "bytes=10-", "bytes=15-"]);
    assert!(run.right);
}

#[test]
fn a_rest_from_another_place_than_was_asked_for_is_not_taken() {
    let run = run(vec![
        answer(ALL, &[&CONTENT[..10]]),
        answer(
            "206 Partial Content\r\ncontent-length: 36\r\ncontent-range: bytes 0-35/36",
            &[CONTENT],
        ),
        answer("404 Not Found\r\ncontent-length: 0", &[]),
        answer("503 Busy\r\ncontent-length: 0", &[]),
        answer("416 No\r\ncontent-length: 0", &[]),
    ]);
    let error = run.result.unwrap_err().to_string();
    assert!(error.starts_with("hub: "), "{error}");
    assert!(!run.right);
    // What was there when it gave up is kept for the next time.
    assert_eq!(run.told, [10]);
}

#[test]
fn other_bytes_than_the_pinned_ones_are_found_out() {
    let run = run(vec![answer(ALL, &[b"0123456789abcdefghijklmnopqrstuvwxyZ"])]);
    run.result.unwrap();
    assert!(!run.right);
}

#[test]
fn nothing_is_fetched_without_tls_outside_of_tests() {
    let (url, ranges) = serve(vec![answer(ALL, &[CONTENT])]);
    assert!(Https.get(&url, 0).is_err());
    assert_eq!(ranges.recv_timeout(Duration::from_millis(300)).ok(), None);
}
