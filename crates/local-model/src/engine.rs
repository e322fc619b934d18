//! The model, its tokenizer and the grammar together: one question, one answer.

use std::{
    io::{Read, Seek},
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use candle_core::quantized::gguf_file::Content;
use deskhand_types::{AnswerType, Judge, JudgeCut, JudgeKind, JudgeTokens};
use llguidance::{Matcher, ParserFactory, api::TopLevelGrammar};
use serde_json::Value;
use toktrie::{InferenceCapabilities, SimpleVob, TokenId};

use crate::{Error, Result, ground, prompt, qwen2, schema, tokenizer::Tokenizer};

/// The most tokens of an answer, whatever is asked.
pub const MAX_ANSWER_TOKENS: u32 = 256;

/// A loaded model, ready for questions.
pub struct Engine {
    model: qwen2::Qwen2,
    tokenizer: Arc<Tokenizer>,
    grammars: ParserFactory,
    /// The tokens whose keys and values the model's cache holds.
    cached: Vec<TokenId>,
}

/// What one question gave.
#[derive(Clone, PartialEq, Debug)]
pub struct Answer {
    /// A value of the asked type; `None` where an extraction found nothing that stands in the item.
    pub value: Option<Value>,
    /// The probability of this answer among the allowed ones, token by token: 0 to 1.
    pub confidence: f32,
    /// Tokens used.
    pub tokens: JudgeTokens,
    /// Present when the item was too long.
    pub cut: Option<JudgeCut>,
}

impl Engine {
    /// Loads a GGUF file.
    pub fn open(path: &Path) -> Result<Self> {
        let file = std::fs::File::open(path).map_err(Error::io("opening", path))?;
        Self::load(&mut std::io::BufReader::with_capacity(1 << 20, file))
    }

    /// Loads from GGUF bytes.
    pub fn load<R: Read + Seek>(reader: &mut R) -> Result<Self> {
        let weights = |error: candle_core::Error| Error::Weights(error.to_string());
        let content = Content::read(reader).map_err(weights)?;
        let tokenizer = Tokenizer::from_gguf(&content)?;
        let model = qwen2::Qwen2::load(&content, reader)?;
        if tokenizer.len() > model.vocabulary() {
            return Err(Error::Weights("the vocabulary is larger than the model's".into()));
        }
        let (tokenizer, env) = tokenizer.into_env(model.vocabulary());
        // Tokens that the grammar leaves no choice about are appended together instead of one by one.
        let capabilities = InferenceCapabilities {
            ff_tokens: true,
            ..InferenceCapabilities::default()
        };
        // No slices: they speed up masks of free text in large schemas and cost half a second at load.
        let mut grammars = ParserFactory::new(&env, capabilities, &[]).map_err(grammar)?;
        grammars.quiet();
        Ok(Self {
            model,
            tokenizer,
            grammars,
            cached: Vec::new(),
        })
    }

    /// Computes the fixed beginning of every prompt, so that the first question does not wait for it.
    pub fn warm_up(&mut self) -> Result<()> {
        let judge = Judge {
            kind: JudgeKind::Describe,
            question: String::new(),
            input: String::new(),
            answer: AnswerType::Number,
        };
        let prompt = prompt::build(&self.tokenizer, &judge)?.tokens;
        self.feed(&prompt, &mut || Ok(())).map(drop)
    }

    /// Answers a question. `max_tokens` can only lower the limit.
    pub fn answer(&mut self, judge: &Judge, max_tokens: Option<u32>, deadline: Option<Duration>) -> Result<Answer> {
        let started = Instant::now();
        let mut go_on = || match deadline {
            Some(deadline) if started.elapsed() >= deadline => Err(Error::Deadline {
                ms: deadline.as_millis() as u64,
            }),
            _ => Ok(()),
        };
        let limit = max_tokens.unwrap_or(MAX_ANSWER_TOKENS).min(MAX_ANSWER_TOKENS);
        let schema = schema::of(judge.kind, &judge.answer)?;
        let mut matcher = Matcher::new(self.grammars.create_parser(TopLevelGrammar::from_json_schema(schema)));
        if let Some(error) = matcher.get_error() {
            return Err(Error::Compute(error));
        }
        let prompt = prompt::build(&self.tokenizer, judge)?;
        let reused = self.reusable(&prompt.tokens);
        // Forced tokens at the start belong to the prompt's pass.
        let mut answer = matcher.consume_ff_tokens();
        let mut pending = answer.clone();
        let mut whole = prompt.tokens.clone();
        whole.append(&mut pending);
        let mut logits = self.feed(&whole, &mut go_on)?;
        let mut confidence = 1.0;
        while !matcher.is_stopped() {
            if answer.len() as u32 >= limit {
                return Err(Error::TooLong { tokens: limit });
            }
            let mask = matcher.compute_mask().map_err(grammar)?;
            let (token, share) = likeliest(&logits, &mask)?;
            confidence *= share;
            matcher.consume_token(token).map_err(grammar)?;
            if token == self.tokenizer.end_of_turn() {
                break;
            }
            let mut new = vec![token];
            if !matcher.is_stopped() {
                new.extend(matcher.consume_ff_tokens());
            }
            answer.extend(&new);
            if !matcher.is_stopped() {
                logits = self.extend(&new, &mut go_on)?;
            }
        }
        if let Some(error) = matcher.get_error() {
            return Err(Error::Compute(error));
        }
        let value = schema::read(judge.kind, &judge.answer, &self.tokenizer.decode(&answer))?;
        let value = value
            .filter(|value| judge.kind != JudgeKind::Extract || ground::stands_in(&judge.input, &judge.answer, value));
        let tokens = JudgeTokens {
            prompt: prompt.tokens.len() as u32,
            reused: reused as u32,
            answer: answer.len() as u32,
        };
        Ok(Answer {
            value,
            confidence,
            tokens,
            cut: prompt.cut,
        })
    }

    /// How many tokens at the start of a prompt are already in the cache. At least one is always computed anew: its
    /// logits are needed.
    fn reusable(&self, prompt: &[TokenId]) -> usize {
        let common = self.cached.iter().zip(prompt).take_while(|(a, b)| a == b).count();
        common.min(prompt.len().saturating_sub(1))
    }

    /// Brings the cache to exactly these tokens; the logits after the last.
    fn feed(&mut self, tokens: &[TokenId], go_on: &mut dyn FnMut() -> Result<()>) -> Result<Vec<f32>> {
        let keep = self.reusable(tokens);
        self.model.cut_back(keep);
        self.cached.truncate(keep);
        let rest: Vec<TokenId> = tokens.iter().skip(keep).copied().collect();
        self.extend(&rest, go_on)
    }

    /// Appends to the cache.
    fn extend(&mut self, tokens: &[TokenId], go_on: &mut dyn FnMut() -> Result<()>) -> Result<Vec<f32>> {
        let before = self.cached.len();
        match self.model.append(tokens, go_on) {
            Ok(logits) => {
                self.cached.extend(tokens);
                Ok(logits)
            }
            Err(error) => {
                // Whole chunks may have been appended before the deadline struck.
                self.model.cut_back(before);
                Err(error)
            }
        }
    }
}

/// The likeliest allowed token and its share among the allowed ones.
fn likeliest(logits: &[f32], mask: &SimpleVob) -> Result<(TokenId, f32)> {
    let allowed = || {
        logits
            .iter()
            .enumerate()
            .filter(|(id, logit)| logit.is_finite() && mask.is_allowed(*id as TokenId))
    };
    let (best, top) = allowed()
        .max_by(|(_, a), (_, b)| a.total_cmp(b))
        .ok_or_else(|| Error::Compute("no allowed token is left".into()))?;
    let total: f32 = allowed().map(|(_, logit)| (logit - top).exp()).sum();
    Ok((best as TokenId, 1.0 / total))
}

fn grammar(error: impl std::fmt::Display) -> Error {
    Error::Compute(format!("grammar: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_likeliest_token_is_an_allowed_one() {
        let mut mask = SimpleVob::alloc(40);
        mask.allow_token(2);
        mask.allow_token(33);
        let mut logits = vec![9.0; 40];
        logits[2] = 1.0;
        logits[33] = 1.0 + 3.0f32.ln();
        let (token, share) = likeliest(&logits, &mask).unwrap();
        assert_eq!(token, 33);
        assert!((share - 0.75).abs() < 1e-6);
        assert!(likeliest(&logits, &SimpleVob::alloc(40)).is_err());
        assert!(likeliest(&[f32::NAN; 40], &mask).is_err());
    }
}
