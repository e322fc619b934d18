//! OpenAI's Chat Completions API, as OpenAI and the many servers that imitate it speak it (Ollama, LM Studio, vLLM,
//! llama.cpp, OpenRouter).
//!
//! Source: <https://platform.openai.com/docs/api-reference/chat>; what imitations do differently is noted where it is
//! tolerated.

mod decode;
mod encode;

use deskhand_types::ModelRequest;

use crate::wire::{Decoder, Wire};

/// The codec.
pub(crate) struct Chat {
    /// OpenAI's own servers: `max_tokens` has another name there.
    pub official: bool,
}

impl Wire for Chat {
    fn path(&self) -> &'static str {
        "/chat/completions"
    }

    fn list_path(&self) -> &'static str {
        "/models"
    }

    fn encode(&self, request: &ModelRequest) -> serde_json::Result<Vec<u8>> {
        encode::encode(request, self.official)
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        Box::new(decode::Decode::default())
    }
}
