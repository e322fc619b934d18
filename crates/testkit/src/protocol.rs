//! The three protocols the server speaks: how a turn looks on each wire, as events and as one JSON value.

mod chat;
mod messages;
mod responses;

use deskhand_types::StopReason;
use serde_json::{Value, json};

use crate::script::{Piece, Turn};

/// A protocol.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Protocol {
    /// Anthropic's Messages API.
    Messages,
    /// OpenAI's Chat Completions.
    Chat,
    /// OpenAI's Responses.
    Responses,
}

/// What an answer needs besides the turn.
pub(crate) struct Context {
    /// The answer's number, from 0.
    pub number: usize,
    /// The model asked for.
    pub model: String,
    /// The number of the first tool call in this answer, from 1.
    pub first_call: usize,
}

impl Protocol {
    /// The protocol of a request's path, whatever stands before.
    pub fn of_path(path: &str) -> Option<Self> {
        let path = path.split('?').next().unwrap_or_default();
        if path.ends_with("/messages") {
            Some(Self::Messages)
        } else if path.ends_with("/chat/completions") {
            Some(Self::Chat)
        } else if path.ends_with("/responses") {
            Some(Self::Responses)
        } else {
            None
        }
    }

    /// The whole stream of a turn as the server would send it as its first answer: seeds for fuzzing and replays.
    pub fn stream(self, turn: &Turn, model: &str) -> Vec<String> {
        let context = Context {
            number: 0,
            model: model.to_owned(),
            first_call: 1,
        };
        self.events(turn, &context)
    }

    /// The events of a turn, each whole with its blank line.
    pub(crate) fn events(self, turn: &Turn, context: &Context) -> Vec<String> {
        match self {
            Self::Messages => messages::events(turn, context),
            Self::Chat => chat::events(turn, context),
            Self::Responses => responses::events(turn, context),
        }
    }

    /// The turn as one value, for clients that do not stream.
    pub(crate) fn whole(self, turn: &Turn, context: &Context) -> Value {
        match self {
            Self::Messages => messages::whole(turn, context),
            Self::Chat => chat::whole(turn, context),
            Self::Responses => responses::whole(turn, context),
        }
    }

    /// An event no client knows.
    pub(crate) fn unknown_event(self) -> String {
        match self {
            Self::Messages | Self::Responses => event(
                "unheard_of",
                &json!({"type": "unheard_of", "index": 99, "delta": {"type": "new"}}),
            ),
            Self::Chat => ": a comment\n\nevent: unheard_of\n\n".to_owned(),
        }
    }

    /// An error body as the provider writes it.
    pub(crate) fn error(self, kind: &str, message: &str) -> Value {
        match self {
            Self::Messages => json!({"type": "error", "error": {"type": kind, "message": message}}),
            Self::Chat | Self::Responses => json!({"error": {"type": kind, "code": null, "message": message}}),
        }
    }
}

/// A named event.
fn event(name: &str, data: &Value) -> String {
    format!("event: {name}\ndata: {data}\n\n")
}

/// Text in pieces as a model streams it: some characters each, at most about fifty.
fn pieces(text: &str) -> Vec<&str> {
    let size = (text.len() / 50).max(16);
    let mut pieces = Vec::new();
    let mut rest = text;
    while rest.len() > size {
        let cut = (size..=rest.len())
            .find(|at| rest.is_char_boundary(*at))
            .unwrap_or(rest.len());
        let (piece, tail) = rest.split_at(cut);
        pieces.push(piece);
        rest = tail;
    }
    if !rest.is_empty() {
        pieces.push(rest);
    }
    pieces
}

/// The raw arguments of a call.
fn raw_arguments(input: &Value) -> String {
    match input {
        Value::String(raw) => raw.clone(),
        other => other.to_string(),
    }
}

/// The pieces of a turn with the id of each tool call.
fn with_ids<'a>(turn: &'a Turn, context: &Context, prefix: &'a str) -> impl Iterator<Item = (&'a Piece, String)> {
    let mut number = context.first_call;
    turn.content.iter().map(move |piece| {
        let id = match piece {
            Piece::ToolUse { id, .. } => {
                let numbered = format!("{prefix}_{number:04}");
                number += 1;
                id.clone().unwrap_or(numbered)
            }
            _ => String::new(),
        };
        (piece, id)
    })
}

/// The reason to stop, given or natural.
fn stop(turn: &Turn) -> StopReason {
    let natural = if turn.calls_tools() {
        StopReason::ToolUse
    } else {
        StopReason::EndTurn
    };
    turn.stop.clone().unwrap_or(natural)
}
