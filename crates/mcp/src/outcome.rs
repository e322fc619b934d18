//! What a tool call gave, cut to a size that can be shown.

use serde_json::{Map, Value};

use crate::error::Error;
use crate::host::Overflow;
use crate::schema::validate;
use crate::tool::Tool;

/// The result of a tool call. Everything in it is untrusted.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Content blocks as they came, unknown kinds too; cut at the limit.
    pub content: Vec<Value>,
    /// The structured result, which fits the tool's output schema.
    pub structured: Option<Value>,
    /// Whether the server says that the call failed.
    pub is_error: bool,
    /// Where the whole result is, if some of it was cut off here.
    pub whole: Option<String>,
}

impl Outcome {
    pub(crate) async fn decode(
        tool: &Tool,
        answer: Value,
        limit: usize,
        overflow: &dyn Overflow,
    ) -> Result<Self, Error> {
        let Value::Object(result) = answer else {
            return Err(Error::Malformed("the result is not an object".to_owned()));
        };
        let is_error = result.get("isError").and_then(Value::as_bool).unwrap_or(false);
        let structured = result.get("structuredContent").cloned();
        if let (Some(schema), false) = (&tool.output_schema, is_error) {
            let Some(structured) = &structured else {
                return Err(Error::Malformed(
                    "it promised a structured result and sent none".to_owned(),
                ));
            };
            validate(schema, structured)?;
        }
        let content = match result.get("content") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(blocks)) => blocks.clone(),
            Some(_) => return Err(Error::Malformed("its content is not a list".to_owned())),
        };
        let mut outcome = Self {
            content,
            structured,
            is_error,
            whole: None,
        };
        let bytes = Value::Object(result).to_string().into_bytes();
        if bytes.len() > limit {
            outcome.whole = Some(overflow.keep(bytes).await.map_err(Error::Blob)?);
            outcome.cut(limit);
        }
        Ok(outcome)
    }

    /// Keeps the first blocks that fit, and the beginning of the text that does not.
    fn cut(&mut self, limit: usize) {
        let mut room = limit;
        let mut kept = Vec::new();
        for block in std::mem::take(&mut self.content) {
            let size = block.to_string().len();
            if size <= room {
                room -= size;
                kept.push(block);
                continue;
            }
            if let Some(text) = block.get("text").and_then(Value::as_str) {
                let mut end = room.min(text.len());
                while !text.is_char_boundary(end) {
                    end -= 1;
                }
                let begin = text.get(..end).unwrap_or_default();
                let pairs = [("type", "text"), ("text", begin)];
                kept.push(
                    pairs
                        .iter()
                        .map(|(k, v)| ((*k).to_owned(), Value::from(*v)))
                        .collect::<Map<_, _>>()
                        .into(),
                );
            }
            break;
        }
        self.content = kept;
        if self
            .structured
            .as_ref()
            .is_some_and(|value| value.to_string().len() > limit)
        {
            self.structured = None;
        }
    }
}
