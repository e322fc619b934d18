//! OpenAI's Responses API.
//!
//! Source: <https://platform.openai.com/docs/api-reference/responses> and its page on streaming events. Used without
//! storage (`store: false`), so reasoning comes encrypted and goes back with the conversation.

mod decode;
mod encode;

use deskhand_types::ModelRequest;

use crate::wire::{Decoder, Wire};

/// Stands before encrypted reasoning where a signature stands, so that it is told from another provider's signature:
/// neither provider accepts the other's.
pub(crate) const OPENAI_REASONING: &str = "openai-reasoning:";

/// The codec.
pub(crate) struct Responses;

impl Wire for Responses {
    fn path(&self) -> &'static str {
        "/responses"
    }

    fn list_path(&self) -> &'static str {
        "/models"
    }

    fn encode(&self, request: &ModelRequest) -> serde_json::Result<Vec<u8>> {
        encode::encode(request)
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        Box::new(decode::Decode::default())
    }
}
