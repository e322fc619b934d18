//! What is streamed while a task works and stands nowhere in its log.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is not in the log (yet). Messages of the stream named `live`, without an id; lost ones are no loss.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Live {
    /// The model writes.
    Text {
        /// All of the answer so far, when the listener just came; otherwise the next piece.
        text: String,
    },
    /// The model thinks.
    Thinking {
        /// The next piece.
        text: String,
    },
    /// The model writes a tool call.
    Tool {
        /// Which tool.
        name: String,
    },
    /// What was streamed is void: a request is made again, or its answer is in the log now.
    Clear,
    /// A command writes.
    Output {
        /// The call.
        call: String,
        /// The piece.
        text: String,
    },
    /// A connector's server tells how far a call is.
    Progress {
        /// The call.
        call: String,
        /// Done so far.
        done: f64,
        /// Of how much, where that is known.
        total: Option<f64>,
        /// What is being done, in the server's words.
        message: Option<String>,
    },
}
