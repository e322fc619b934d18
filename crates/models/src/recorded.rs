//! Answers from bytes, without a network: what fuzz targets and property tests drive. Not part of the contract.

use deskhand_types::{ModelTurn, StreamDelta};

use crate::classify::one_line;
use crate::sse::Parser;
use crate::wire::anthropic::Anthropic;
use crate::wire::chat::Chat;
use crate::wire::responses::Responses;
use crate::wire::{Fault, Progress, Wire};
use crate::{OpenAiApi, Tuning};

/// The turn in the recorded body of an answer: of the Messages API, or of one of OpenAI's.
///
/// # Errors
/// In a few words, why it is not a whole turn.
pub fn decode(
    api: Option<OpenAiApi>,
    body: &[u8],
    sink: &mut (dyn FnMut(StreamDelta) + Send),
) -> Result<ModelTurn, String> {
    let wire: Box<dyn Wire> = match api {
        None => Box::new(Anthropic {
            deployments: std::collections::BTreeMap::new(),
        }),
        Some(OpenAiApi::Chat) => Box::new(Chat { official: false }),
        Some(OpenAiApi::Responses) => Box::new(Responses),
    };
    let words = |fault| match fault {
        Fault::Malformed(message) => one_line(&message),
        Fault::Reported(reported) => one_line(&reported.message),
    };
    let mut decoder = wire.decoder();
    let mut parser = Parser::new(Tuning::default().max_line_bytes);
    let mut input = body;
    while let Some(event) = parser.next(&mut input).map_err(|_| "a line is too long".to_owned())? {
        if decoder.event(&event, sink).map_err(words)? == Progress::Done {
            return decoder.finish().map_err(words);
        }
    }
    if decoder.may_end() {
        decoder.finish().map_err(words)
    } else {
        Err("it ended before it was complete".into())
    }
}
