//! Content blocks: the one internal format of what models read and write.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::CallId;

/// Who speaks in a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The person, and tool results.
    User,
    /// The model.
    Assistant,
}

/// One message of a conversation.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: Vec<Block>,
}

/// One content block. The JSON form follows the Messages API closely, so logs read naturally.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Block {
    /// Plain text or Markdown.
    Text {
        /// The text.
        text: String,
    },
    /// The model's reasoning. Must go back to the same provider unchanged, with its signature.
    Thinking {
        /// The text, possibly empty.
        thinking: String,
        /// The provider's signature over it (Anthropic), or its opaque encrypted content (OpenAI Responses).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signature: Option<String>,
    },
    /// Reasoning the provider withheld; opaque, goes back unchanged.
    RedactedThinking {
        /// Opaque bytes, as the provider sent them.
        data: String,
    },
    /// A picture.
    Image {
        /// `image/png`, `image/jpeg`, `image/gif` or `image/webp`.
        media_type: String,
        /// Base64, standard alphabet, padded.
        data: String,
    },
    /// A call the model wants made.
    ToolUse {
        /// The call's id.
        id: CallId,
        /// The tool's name.
        name: String,
        /// The arguments. An object; when the model sent something that is not JSON, a string holding the raw text.
        input: Value,
    },
    /// What a call gave.
    ToolResult {
        /// The call this answers.
        tool_use_id: CallId,
        /// What the model reads.
        content: Vec<Block>,
        /// Whether the call failed.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        is_error: bool,
        /// The same result as structured data, for recipes and views. Never sent to a remote model.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        data: Value,
    },
}

impl Block {
    /// A text block.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into() }
    }

    /// The text of a text block.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text { text } => Some(text),
            _ => None,
        }
    }
}
