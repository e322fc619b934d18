//! As much HTTP/1.1 as a scripted server needs, by hand: faults in the stream have to be placed byte by byte, which HTTP
//! libraries rightly prevent.

use std::io::{self, BufRead, Read, Write};
use std::net::TcpStream;

use serde_json::Value;

const MAX_HEAD_BYTES: u64 = 256 << 10;
const MAX_BODY_BYTES: u64 = 512 << 20;

/// A request as it came.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recorded {
    /// `GET`, `POST`, …
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// The headers, names in lower case, in the order they came.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Recorded {
    /// The first header of that name (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as text; what is not UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

/// Reads the next request of a connection; `None` when the client closed it.
pub(crate) fn read_request(reader: &mut impl BufRead, stream: &mut TcpStream) -> io::Result<Option<Recorded>> {
    let mut head = reader.by_ref().take(MAX_HEAD_BYTES);
    let mut line = String::new();
    if head.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace();
    let (Some(method), Some(path)) = (words.next(), words.next()) else {
        return Err(invalid("no request line"));
    };
    let mut request = Recorded {
        method: method.into(),
        path: path.into(),
        headers: Vec::new(),
        body: Vec::new(),
    };
    loop {
        let mut line = String::new();
        head.read_line(&mut line)?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').ok_or_else(|| invalid("no header"))?;
        request
            .headers
            .push((name.trim().to_lowercase(), value.trim().to_owned()));
    }
    if request
        .header("expect")
        .is_some_and(|value| value.eq_ignore_ascii_case("100-continue"))
    {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    if request
        .header("transfer-encoding")
        .is_some_and(|value| value.eq_ignore_ascii_case("chunked"))
    {
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let size = u64::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16)
                .map_err(|_| invalid("no chunk size"))?;
            read_exactly(reader, size, &mut request.body)?;
            let mut end = String::new();
            reader.read_line(&mut end)?;
            if size == 0 {
                break;
            }
        }
    } else if let Some(length) = request.header("content-length") {
        let length = length.parse().map_err(|_| invalid("no content length"))?;
        read_exactly(reader, length, &mut request.body)?;
    }
    Ok(Some(request))
}

fn read_exactly(reader: &mut impl Read, length: u64, into: &mut Vec<u8>) -> io::Result<()> {
    if length > MAX_BODY_BYTES {
        return Err(invalid("the body is too long"));
    }
    if reader.take(length).read_to_end(into)? as u64 == length {
        Ok(())
    } else {
        Err(invalid("the body is cut"))
    }
}

/// Writes a whole answer.
pub(crate) fn write_plain(
    stream: &mut TcpStream,
    status: u16,
    headers: &[(&str, &str)],
    body: &[u8],
) -> io::Result<()> {
    let mut answer = head(status, headers);
    answer.extend_from_slice(format!("content-length: {}\r\n\r\n", body.len()).as_bytes());
    answer.extend_from_slice(body);
    stream.write_all(&answer)
}

/// Writes the head of a streamed answer.
pub(crate) fn write_stream_head(stream: &mut TcpStream, status: u16, headers: &[(&str, &str)]) -> io::Result<()> {
    let mut answer = head(status, headers);
    answer.extend_from_slice(b"content-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\n");
    answer.extend_from_slice(b"transfer-encoding: chunked\r\n\r\n");
    stream.write_all(&answer)
}

fn head(status: u16, headers: &[(&str, &str)]) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status} Scripted\r\n");
    for (name, value) in headers {
        for part in [name, ": ", value, "\r\n"] {
            head.push_str(part);
        }
    }
    head.into_bytes()
}

/// Writes a chunk of a streamed answer; an empty one would end it, so it is left out.
pub(crate) fn write_chunk(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
    if bytes.is_empty() {
        return Ok(());
    }
    let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
    chunk.extend_from_slice(bytes);
    chunk.extend_from_slice(b"\r\n");
    stream.write_all(&chunk)
}

/// Ends a streamed answer in good order.
pub(crate) fn write_end(stream: &mut TcpStream) -> io::Result<()> {
    stream.write_all(b"0\r\n\r\n")
}
