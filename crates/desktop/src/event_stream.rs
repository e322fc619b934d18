//! Server-sent events, as the HTML standard's section "Server-sent events" has them, line by line: names and data.
//! Ids and retry times are left out, since the application's stream has no resume.

/// The longest data of one event, in bytes. The service's own are a few kilobytes.
const LONGEST: usize = 4 << 20;

/// One event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Event {
    /// Its name; `message` when it has none.
    pub name: String,
    /// Its data.
    pub data: String,
}

/// Puts events together from lines.
#[derive(Default, Debug)]
pub struct EventReader {
    name: String,
    data: String,
    has_data: bool,
}

impl EventReader {
    /// Takes a line without its end. Gives the event that the line completes.
    pub fn line(&mut self, line: &str) -> Option<Event> {
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.is_empty() {
            return self.complete();
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.name),
            "data" if self.data.len() + value.len() < LONGEST => {
                if self.has_data {
                    self.data.push('\n');
                }
                self.data.push_str(value);
                self.has_data = true;
            }
            _ => {}
        }
        None
    }

    fn complete(&mut self) -> Option<Event> {
        let Self { name, data, has_data } = std::mem::take(self);
        has_data.then(|| Event {
            name: if name.is_empty() { "message".to_owned() } else { name },
            data,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, String)> {
        let mut reader = EventReader::default();
        text.split('\n')
            .filter_map(|line| reader.line(line))
            .map(|event| (event.name, event.data))
            .collect()
    }

    #[test]
    fn events_are_put_together() {
        let event = |name: &str, data: &str| (name.to_owned(), data.to_owned());
        assert_eq!(
            read(
                ": hello\n\nevent: app\ndata: {\"a\":\ndata: 1}\n\ndata:x\r\n\r\nid: 7\nretry: 9\n\nevent: app\n\ndata\n\n"
            ),
            [event("app", "{\"a\":\n1}"), event("message", "x"), event("message", "")]
        );
        assert_eq!(read("data: cut off"), []);
    }

    #[test]
    fn endless_data_is_cut() {
        let line = format!("data: {}", "x".repeat(1 << 20));
        let mut reader = EventReader::default();
        for _ in 0..8 {
            assert_eq!(reader.line(&line), None);
        }
        let data = reader.line("").unwrap().data;
        assert!(data.len() <= LONGEST, "{}", data.len());
    }
}
