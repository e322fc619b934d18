//! What goes to a model and what comes back, independent of the provider.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Block, Message, ToolDef};

/// A model by provider and name: `anthropic/claude-sonnet-5`, `openai/gpt-6`, `recipes/built-in`.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct ModelRef {
    /// The provider's id.
    pub provider: String,
    /// The model, as the provider names it (for Foundry: the deployment).
    pub name: String,
}

impl std::fmt::Display for ModelRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.provider, self.name)
    }
}

/// US dollars per million tokens.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Price {
    /// Input not served from the cache.
    pub input: f64,
    /// Output.
    pub output: f64,
    /// Input read from the cache.
    pub cache_read: f64,
    /// Input written to the cache.
    pub cache_write: f64,
}

/// What a model can do and how it should be spoken to. Data, shipped as a table and overridable.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ModelProfile {
    /// Pattern on the model's name (`claude-sonnet-*`); the longest match wins.
    pub pattern: String,
    /// Context window in tokens.
    pub context_window: u64,
    /// Largest answer in tokens.
    pub max_output: u64,
    /// Whether it reads images.
    pub images: bool,
    /// Whether it calls tools.
    pub tools: bool,
    /// Whether it can make several calls in one turn.
    pub parallel_tools: bool,
    /// Whether it can think, and how many tokens it may use for that (0 = off).
    pub thinking_budget: u64,
    /// Budget for system prompt and tool definitions together, in bytes.
    pub prompt_budget: u64,
    /// Largest tool result in characters before it is cut and paged.
    pub tool_result_chars: u64,
    /// Prices, where they are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
}

/// How much a model may think, where it can.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effort {
    /// Hardly: quick and cheap.
    Low,
    /// As the model's profile says.
    #[default]
    Standard,
    /// Twice as much, as far as an answer still fits.
    High,
}

impl Effort {
    /// The thinking budget of a task with this effort, in tokens; 0 = off. A model that does not think stays that way.
    pub const fn thinking_budget(self, profile: &ModelProfile) -> u64 {
        let usual = profile.thinking_budget;
        match self {
            Self::Low => usual / 8,
            Self::Standard => usual,
            Self::High => {
                let most = profile.max_output / 4 * 3;
                let twice = usual * 2;
                if usual == 0 || most <= usual {
                    usual
                } else if twice < most {
                    twice
                } else {
                    most
                }
            }
        }
    }
}

/// How an answer may be shaped.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decoding {
    /// Text and tool calls.
    #[default]
    Free,
    /// One JSON value that fits the schema.
    Schema(Value),
}

/// One request to a model.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ModelRequest {
    /// The model's name, as the provider knows it.
    pub model: String,
    /// System prompt; byte-stable during a task.
    pub system: String,
    /// Tool definitions; byte-stable during a task.
    pub tools: Vec<ToolDef>,
    /// The conversation. Alternates user and assistant, begins with user.
    pub messages: Vec<Message>,
    /// Largest answer in tokens.
    pub max_tokens: u64,
    /// Thinking budget in tokens; 0 = off.
    #[serde(default)]
    pub thinking_budget: u64,
    /// How the answer may be shaped.
    #[serde(default)]
    pub decoding: Decoding,
}

/// Why a model stopped.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// It was done.
    EndTurn,
    /// It wants tools called.
    ToolUse,
    /// The answer reached `max_tokens`.
    MaxTokens,
    /// It refused.
    Refusal,
    /// The provider paused a long turn; send it back to go on.
    PauseTurn,
    /// Something else, in the provider's words.
    Other(String),
}

/// Tokens used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Usage {
    /// Input tokens not from the cache.
    pub input_tokens: u64,
    /// Output tokens, thinking included.
    pub output_tokens: u64,
    /// Input tokens read from the cache.
    pub cache_read_tokens: u64,
    /// Input tokens written to the cache.
    pub cache_write_tokens: u64,
}

impl Usage {
    /// Everything the model had to read.
    pub const fn context_tokens(&self) -> u64 {
        self.input_tokens + self.cache_read_tokens + self.cache_write_tokens
    }

    /// Adds another usage.
    pub const fn add(&mut self, other: &Self) {
        self.input_tokens += other.input_tokens;
        self.output_tokens += other.output_tokens;
        self.cache_read_tokens += other.cache_read_tokens;
        self.cache_write_tokens += other.cache_write_tokens;
    }

    /// The price in US dollars.
    pub fn cost_usd(&self, price: &Price) -> f64 {
        (self.input_tokens as f64 * price.input
            + self.output_tokens as f64 * price.output
            + self.cache_read_tokens as f64 * price.cache_read
            + self.cache_write_tokens as f64 * price.cache_write)
            / 1e6
    }
}

/// A whole answer. Only whole answers leave `models`: half a turn is discarded there.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ModelTurn {
    /// What the model said and which calls it wants.
    pub content: Vec<Block>,
    /// Why it stopped.
    pub stop: StopReason,
    /// Tokens used.
    pub usage: Usage,
    /// The model that answered, as the provider reports it.
    pub model: String,
    /// The provider's id of the answer, for support.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_id: Option<String>,
}

/// What a provider tells while it works. For views only: nothing is executed from a delta.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum StreamDelta {
    /// More text.
    Text {
        /// The piece.
        text: String,
    },
    /// More thinking.
    Thinking {
        /// The piece.
        text: String,
    },
    /// A tool call begins.
    ToolUse {
        /// The tool.
        name: String,
    },
    /// What was streamed so far is void; the request is made again after a wait.
    Retry {
        /// How many attempts were made.
        attempt: u32,
        /// How long until the next, in milliseconds.
        wait_ms: u64,
        /// Why, without any credential.
        reason: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(thinking_budget: u64, max_output: u64) -> ModelProfile {
        ModelProfile {
            pattern: "m".to_owned(),
            context_window: 200_000,
            max_output,
            images: false,
            tools: true,
            parallel_tools: true,
            thinking_budget,
            prompt_budget: 0,
            tool_result_chars: 0,
            price: None,
        }
    }

    #[test]
    fn effort_moves_the_thinking_budget_and_leaves_room_for_the_answer() {
        let budgets = |profile: &ModelProfile| {
            [Effort::Low, Effort::Standard, Effort::High].map(|effort| effort.thinking_budget(profile))
        };
        assert_eq!(budgets(&profile(16_000, 64_000)), [2_000, 16_000, 32_000]);
        assert_eq!(budgets(&profile(16_000, 32_000)), [2_000, 16_000, 24_000]);
        assert_eq!(budgets(&profile(16_000, 20_000)), [2_000, 16_000, 16_000]);
        assert_eq!(budgets(&profile(0, 64_000)), [0, 0, 0]);
    }
}
