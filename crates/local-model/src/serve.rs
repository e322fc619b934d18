//! The process: JSON lines in, JSON lines out, one question at a time.
//!
//! It ends when its input ends (so it never outlives the host) or when nothing was asked for a while.

use std::{
    io::{BufRead, Read, Write},
    sync::mpsc,
    time::{Duration, Instant},
};

use deskhand_types::{Judge, JudgeOutcome, JudgeReply, JudgeRequest};

use crate::{
    Error, Result,
    engine::{Answer, Engine},
};

/// The longest line of input that is read, in bytes.
pub const MAX_LINE: u64 = 1 << 20;

/// Whatever answers questions: the engine, or a scripted one in tests of the protocol.
pub trait Answerer {
    /// Answers a question.
    fn answer(&mut self, judge: &Judge, max_tokens: Option<u32>, deadline: Option<Duration>) -> Result<Answer>;
}

impl Answerer for Engine {
    fn answer(&mut self, judge: &Judge, max_tokens: Option<u32>, deadline: Option<Duration>) -> Result<Answer> {
        Self::answer(self, judge, max_tokens, deadline)
    }
}

/// Why the process ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ended {
    /// The input ended.
    Input,
    /// Nothing was asked for the idle time.
    Idle,
    /// The reader of the replies is gone.
    Output,
}

/// Serves until the input ends or `idle` passes without a request.
pub fn run(
    answerer: &mut dyn Answerer,
    input: impl BufRead + Send + 'static,
    output: &mut dyn Write,
    idle: Duration,
) -> Ended {
    let (sender, lines) = mpsc::sync_channel(1);
    // Reading blocks, and waiting must be bounded: the reader is a thread of its own. It ends with the process.
    std::thread::spawn(move || {
        let mut input = input;
        while let Some(line) = read_line(&mut input) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    loop {
        let line = match lines.recv_timeout(idle) {
            Ok(line) => line,
            Err(mpsc::RecvTimeoutError::Timeout) => return Ended::Idle,
            Err(mpsc::RecvTimeoutError::Disconnected) => return Ended::Input,
        };
        let reply = match line.and_then(|line| {
            serde_json::from_slice::<JudgeRequest>(&line).map_err(|error| Error::BadRequest(error.to_string()))
        }) {
            Ok(request) => reply(answerer, &request),
            Err(error) => JudgeReply {
                id: 0,
                outcome: JudgeOutcome::Failed {
                    error: error.to_failure(),
                },
            },
        };
        if write_line(output, &reply).is_err() {
            return Ended::Output;
        }
    }
}

fn reply(answerer: &mut dyn Answerer, request: &JudgeRequest) -> JudgeReply {
    let started = Instant::now();
    let deadline = request.deadline_ms.map(Duration::from_millis);
    let outcome = match answerer.answer(&request.judge, request.max_tokens, deadline) {
        Ok(Answer {
            value,
            confidence,
            tokens,
            cut,
        }) => JudgeOutcome::Answered {
            answer: value,
            confidence,
            tokens,
            ms: started.elapsed().as_millis() as u64,
            cut,
        },
        Err(error) => JudgeOutcome::Failed {
            error: error.to_failure(),
        },
    };
    JudgeReply {
        id: request.id,
        outcome,
    }
}

/// Writes a value as one line and flushes.
pub fn write_line(output: &mut dyn Write, value: &impl serde::Serialize) -> std::io::Result<()> {
    let mut line = serde_json::to_vec(value).map_err(std::io::Error::other)?;
    line.push(b'\n');
    output.write_all(&line)?;
    output.flush()
}

/// The next line that is not blank; an error for one that is too long; `None` at the end.
fn read_line(input: &mut impl BufRead) -> Option<Result<Vec<u8>>> {
    loop {
        let mut line = Vec::new();
        match input.by_ref().take(MAX_LINE).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return None,
            Ok(read) if read as u64 == MAX_LINE && !line.ends_with(b"\n") => {
                // Skip the rest of it, in bounded pieces.
                loop {
                    line.clear();
                    match input.by_ref().take(MAX_LINE).read_until(b'\n', &mut line) {
                        Ok(read) if read as u64 == MAX_LINE && !line.ends_with(b"\n") => {}
                        _ => break,
                    }
                }
                return Some(Err(Error::BadRequest(format!("a line of more than {MAX_LINE} bytes"))));
            }
            Ok(_) if line.trim_ascii().is_empty() => {}
            Ok(_) => return Some(Ok(line)),
        }
    }
}

#[cfg(test)]
mod tests {
    use deskhand_types::JudgeTokens;
    use serde_json::{Value, json};

    use super::*;

    /// Answers with what it was asked.
    struct Echo;

    impl Answerer for Echo {
        fn answer(&mut self, judge: &Judge, _: Option<u32>, deadline: Option<Duration>) -> Result<Answer> {
            match deadline {
                Some(deadline) if deadline.is_zero() => Err(Error::Deadline { ms: 0 }),
                _ => Ok(Answer {
                    value: Some(json!(judge.input)),
                    confidence: 1.0,
                    tokens: JudgeTokens::default(),
                    cut: None,
                }),
            }
        }
    }

    fn serve(input: Vec<u8>) -> (Ended, Vec<Value>) {
        let mut output = Vec::new();
        let ended = run(
            &mut Echo,
            std::io::Cursor::new(input),
            &mut output,
            Duration::from_secs(5),
        );
        let mut replies: Vec<Value> = output
            .split(|b| *b == b'\n')
            .filter(|l| !l.is_empty())
            .map(|l| serde_json::from_slice(l).unwrap())
            .collect();
        for reply in &mut replies {
            reply.as_object_mut().unwrap().remove("ms");
        }
        (ended, replies)
    }

    #[test]
    fn answers_errors_and_garbage_each_give_one_line() {
        let mut input = Vec::new();
        input.extend(br#"{"id":1,"kind":"describe","question":"q","input":"one","answer":{"text":{"max_chars":9}}}"#);
        input.extend(b"\n\nnot json\n");
        input.extend(br#"{"id":2,"kind":"route","question":"q","input":"x","answer":"date","deadline_ms":0}"#);
        input.extend(b"\n");
        input.extend(vec![b'x'; 3 * MAX_LINE as usize / 2]);
        input.extend(b"\n");
        input.extend(br#"{"id":3,"kind":"extract","question":"q","input":"last","answer":"number"}"#);
        let answered = |id: u64, text: &str| json!({"id": id, "answer": text, "confidence": 1.0, "tokens": {"prompt": 0, "reused": 0, "answer": 0}});
        let (ended, replies) = serve(input);
        assert_eq!(ended, Ended::Input);
        assert_eq!(replies[0], answered(1, "one"));
        assert_eq!(replies[1]["error"]["code"], "local-model.bad-request");
        assert_eq!(
            replies[2],
            json!({"id": 2, "error": {"code": "local-model.deadline",
                "message": "no answer within 0 ms; the question was dropped"}})
        );
        assert_eq!(
            replies[3],
            json!({"id": 0, "error": {"code": "local-model.bad-request",
                "message": "the request cannot be read: a line of more than 1048576 bytes"}})
        );
        assert_eq!(replies[4], answered(3, "last"));
        assert_eq!(replies.len(), 5);
    }

    #[test]
    fn it_ends_when_idle() {
        /// Never gives anything.
        struct Silent(mpsc::Receiver<()>);
        impl Read for Silent {
            fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
                let _ = self.0.recv();
                Ok(0)
            }
        }
        let (_keep, receiver) = mpsc::channel();
        let input = std::io::BufReader::new(Silent(receiver));
        assert_eq!(
            run(&mut Echo, input, &mut Vec::new(), Duration::from_millis(20)),
            Ended::Idle
        );
    }
}
