//! Anthropic's Messages API, version 2023-06-01, as Anthropic, Microsoft Foundry and gateways speak it.
//!
//! Source: <https://platform.claude.com/docs/en/api/messages> and its pages on streaming, prompt caching, extended and
//! adaptive thinking, and structured outputs.

mod decode;
mod encode;

use std::collections::BTreeMap;

use deskhand_types::ModelRequest;

use crate::profile::{self, ThinkingStyle};
use crate::wire::{Decoder, Wire};

/// The protocol's version, a header of every request.
pub(crate) const VERSION: (&str, &str) = ("anthropic-version", "2023-06-01");

/// The codec.
pub(crate) struct Anthropic {
    /// Names the provider gives to models, with the model behind each.
    pub deployments: BTreeMap<String, String>,
}

impl Wire for Anthropic {
    fn path(&self) -> &'static str {
        "/v1/messages"
    }

    fn list_path(&self) -> &'static str {
        "/v1/models?limit=1000"
    }

    fn encode(&self, request: &ModelRequest) -> serde_json::Result<Vec<u8>> {
        let behind = self.deployments.get(&request.model).unwrap_or(&request.model);
        encode::encode(request, profile::thinking_style(behind))
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        Box::new(decode::Decode::default())
    }
}

/// How thinking is asked for when the table does not know the model: gateways serve old and new models alike, and the
/// newer form is what current models accept.
pub(crate) const UNKNOWN_MODEL_THINKS: ThinkingStyle = ThinkingStyle::Adaptive;
