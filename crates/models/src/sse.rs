//! Server-sent events, read piece by piece with limits on memory.
//!
//! Follows the parsing rules of the HTML standard (section 9.2.6), except that `id` and `retry` are ignored: a model
//! call is never resumed by reconnecting. Own code, since the parsers on the registry grow their buffer without limit.

/// A line, or the data of one event, is longer than allowed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

/// One event.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Event<'a> {
    /// The `event` field; empty when there was none.
    pub name: &'a str,
    /// The `data` lines, joined by line feeds.
    pub data: &'a [u8],
}

/// The state between two pieces. Holds at most twice the limit.
pub(crate) struct Parser {
    limit: usize,
    line: Vec<u8>,
    name: String,
    data: Vec<u8>,
    has_data: bool,
    delivered: bool,
    after_cr: bool,
    at_start: bool,
}

impl Parser {
    /// A parser that allows lines and event data of `limit` bytes.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            line: Vec::new(),
            name: String::new(),
            data: Vec::new(),
            has_data: false,
            delivered: false,
            after_cr: false,
            at_start: true,
        }
    }

    /// The next event in `input`, which is advanced past what was read. `None` = more input is needed.
    pub(crate) fn next<'a>(&'a mut self, input: &mut &[u8]) -> Result<Option<Event<'a>>, TooLong> {
        if std::mem::take(&mut self.delivered) {
            self.name.clear();
            self.data.clear();
            self.has_data = false;
        }
        loop {
            if self.after_cr && !input.is_empty() {
                self.after_cr = false;
                if let Some(rest) = input.strip_prefix(b"\n") {
                    *input = rest;
                }
            }
            let Some(end) = input.iter().position(|byte| matches!(byte, b'\n' | b'\r')) else {
                self.keep(input)?;
                *input = &[];
                return Ok(None);
            };
            let (head, tail) = input.split_at(end);
            self.keep(head)?;
            self.after_cr = tail.first() == Some(&b'\r');
            *input = tail.get(1..).unwrap_or_default();
            if self.end_of_line()? {
                self.delivered = true;
                return Ok(Some(Event {
                    name: &self.name,
                    data: &self.data,
                }));
            }
        }
    }

    fn keep(&mut self, bytes: &[u8]) -> Result<(), TooLong> {
        if self.line.len().saturating_add(bytes.len()) > self.limit {
            return Err(TooLong);
        }
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    /// Takes the line that just ended; says whether it completes an event.
    fn end_of_line(&mut self) -> Result<bool, TooLong> {
        let mut line = self.line.as_slice();
        if std::mem::take(&mut self.at_start) {
            line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        }
        let complete = if line.is_empty() {
            // An event without data is not an event; its name is forgotten.
            if !self.has_data {
                self.name.clear();
            }
            self.has_data
        } else {
            let colon = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
            let (field, rest) = line.split_at(colon);
            let value = rest.strip_prefix(b":").unwrap_or(rest);
            let value = value.strip_prefix(b" ").unwrap_or(value);
            match field {
                b"data" => {
                    if self.data.len().saturating_add(value.len()) >= self.limit {
                        return Err(TooLong);
                    }
                    if self.has_data {
                        self.data.push(b'\n');
                    }
                    self.has_data = true;
                    self.data.extend_from_slice(value);
                }
                b"event" => {
                    self.name.clear();
                    self.name.push_str(&String::from_utf8_lossy(value));
                }
                _ => {}
            }
            false
        };
        self.line.clear();
        Ok(complete)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(chunks: &[&[u8]], limit: usize) -> Result<Vec<(String, String)>, TooLong> {
        let mut parser = Parser::new(limit);
        let mut events = Vec::new();
        for chunk in chunks {
            let mut input = *chunk;
            while let Some(event) = parser.next(&mut input)? {
                events.push((event.name.to_owned(), String::from_utf8_lossy(event.data).into_owned()));
            }
        }
        Ok(events)
    }

    fn pair(name: &str, data: &str) -> (String, String) {
        (name.to_owned(), data.to_owned())
    }

    #[test]
    fn events_of_the_standard() {
        let text = "\u{feff}: comment\nevent: add\ndata: 1\ndata:2\n\ndata\n\nevent: lost\n\nid: 7\ndata:  two spaces\r\n\r\ndata: cut";
        assert_eq!(
            parse(&[text.as_bytes()], 1000),
            Ok(vec![pair("add", "1\n2"), pair("", ""), pair("", " two spaces")])
        );
    }

    #[test]
    fn a_long_line_stops_at_the_limit() {
        let mut parser = Parser::new(1000);
        let piece = [b'x'; 300];
        let outcome = (0..10)
            .map(|_| parser.next(&mut piece.as_slice()).map(|_| ()))
            .collect::<Result<Vec<_>, _>>();
        assert_eq!(outcome, Err(TooLong));
        assert!(parser.line.capacity() <= 2000);
    }

    #[test]
    fn many_data_lines_stop_at_the_limit() {
        assert_eq!(
            parse(&["data: 0123456789\n".repeat(200).as_bytes()], 1000),
            Err(TooLong)
        );
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_events(
            text in "(event: [a-z]{0,3}|data: ?[a-z]{0,4}|:|\r\n|\r|\n|[a-z]|é){0,40}",
            cuts in proptest::collection::vec(0usize..200, 0..8),
        ) {
            let bytes = text.as_bytes();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let chunks: Vec<&[u8]> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
            prop_assert_eq!(parse(&chunks, 1000), parse(&[bytes], 1000));
        }

        #[test]
        fn no_input_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300), limit in 0usize..64) {
            let _ = parse(&[&bytes], limit);
        }
    }
}
