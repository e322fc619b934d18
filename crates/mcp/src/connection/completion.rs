//! What a server proposes for an argument of a prompt or of a template of addresses.

use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

use crate::connection::Connection;
use crate::error::Error;

/// Most proposals of one answer; the protocol's own limit.
const LIMIT: usize = 100;

/// Whose argument is being filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Completed {
    /// A prompt, by name.
    Prompt(String),
    /// A template of resources, by its address.
    Template(String),
}

/// Proposals for an argument. Every text is untrusted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proposals {
    /// Values, best first; at most 100.
    pub values: Vec<String>,
    /// How many there are in all, where the server says so.
    pub total: Option<u64>,
    /// Whether there are more than these.
    pub has_more: bool,
}

impl Connection {
    /// Asks for values of `argument`, of which `begun` is written. `others` are the arguments that are already there.
    pub async fn complete(
        &self,
        of: &Completed,
        argument: &str,
        begun: &str,
        others: &Map<String, Value>,
        cancel: &CancellationToken,
    ) -> Result<Proposals, Error> {
        self.offers("completions", |offer| offer.completions.is_some())?;
        let reference = match of {
            Completed::Prompt(name) => json!({"type": "ref/prompt", "name": name}),
            Completed::Template(uri) => json!({"type": "ref/resource", "uri": uri}),
        };
        let mut params = json!({"ref": reference, "argument": {"name": argument, "value": begun}});
        if let (Value::Object(params), false) = (&mut params, others.is_empty()) {
            params.insert("context".to_owned(), json!({"arguments": others}));
        }
        let answer = self.request("completion/complete", params, cancel).await?;
        let Some(Value::Object(completion)) = answer.get("completion") else {
            return Err(Error::Malformed("it has no completion".to_owned()));
        };
        let all = completion.get("values").and_then(Value::as_array);
        let values: Vec<String> = all
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .take(LIMIT)
            .map(str::to_owned)
            .collect();
        let is_cut = all.is_some_and(|all| all.len() > values.len());
        Ok(Proposals {
            total: completion.get("total").and_then(Value::as_u64),
            has_more: is_cut || completion.get("hasMore").and_then(Value::as_bool).unwrap_or(false),
            values,
        })
    }
}
