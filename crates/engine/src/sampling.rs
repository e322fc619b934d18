//! A model is asked on behalf of a connector's server (MCP `sampling/createMessage`), once the person saw what it is asked,
//! and its answer goes to the server once they saw that. The model sees nothing of the task and has no tools, so that
//! all a server gets by asking is what its own words make of a model.

use std::sync::Arc;

use deskhand_mcp::SampleAnswer;
use deskhand_models::ModelProvider;
use deskhand_types::{
    Block, Code, Coded, Decoding, Message, ModelRef, ModelRequest, ModelSampled, Price, Role, ServerQuestion,
    ServerWants, StopReason, Usage,
};

use crate::{Models, connectors::Reply, recipe_provider::RECIPES, session::Session};

/// Where a model comes from.
pub(crate) struct Sampler<'a> {
    /// Those there are.
    pub models: &'a Models,
    /// The task's own.
    pub own: &'a Arc<dyn ModelProvider>,
}

/// A request that can be made.
pub(crate) struct Sample {
    /// The model.
    pub model: ModelRef,
    price: Option<Price>,
    provider: Arc<dyn ModelProvider>,
    request: ModelRequest,
}

impl Sample {
    /// What a server's question makes of the models there are. The reason in words when it cannot be asked; nobody needs
    /// to be bothered then.
    pub fn prepare(session: &Session<'_>, sampler: &Sampler<'_>, question: &ServerQuestion) -> Result<Self, String> {
        let ServerWants::Model {
            model,
            system,
            messages,
            max_tokens,
        } = &question.wants
        else {
            return Err("it asks for no model".to_owned());
        };
        if let Some(limit) = session.state.budget_hit() {
            return Err(format!("the task's budget is reached ({limit})"));
        }
        let start = session.state.start();
        let (model, profile, provider) = if model.is_empty() {
            (start.model.clone(), start.profile.clone(), Arc::clone(sampler.own))
        } else {
            let chosen = sampler.models.resolve(Some(model));
            let chosen = chosen.map_err(|error| error.to_string())?;
            let provider = sampler.models.provider(&chosen.model);
            (
                chosen.model,
                chosen.profile,
                provider.map_err(|error| error.to_string())?,
            )
        };
        if model.provider == RECIPES {
            return Err("no model is set up".to_owned());
        }
        let request = ModelRequest {
            model: model.name.clone(),
            system: system.clone(),
            tools: Vec::new(),
            messages: messages.iter().fold(Vec::new(), |mut all: Vec<Message>, line| {
                let role = if line.is_model { Role::Assistant } else { Role::User };
                let block = Block::text(&line.text);
                // They must alternate, whatever a server sends.
                if let Some(last) = all.last_mut().filter(|last| last.role == role) {
                    last.content.push(block);
                } else {
                    if all.is_empty() && line.is_model {
                        all.push(message(
                            Role::User,
                            Block::text("(The conversation begins with your words.)"),
                        ));
                    }
                    all.push(message(role, block));
                }
                all
            }),
            max_tokens: (*max_tokens).min(profile.max_output),
            thinking_budget: 0,
            decoding: Decoding::Free,
        };
        Ok(Self {
            model,
            price: profile.price,
            provider,
            request,
        })
    }

    /// Asks the model. What it wrote, or why there is nothing; and what is to be written down of it.
    pub async fn ask(&self, told: ModelSampled) -> (Result<SampleAnswer, String>, ModelSampled) {
        // What it writes is not shown as it comes: the person sees all of it before the server does.
        let turn = match self.provider.complete(&self.request, &mut |_| {}).await {
            Ok(turn) => turn,
            Err(error) => {
                let told = ModelSampled {
                    cost_usd: Some(0.0),
                    error: Some(error.code()),
                    ..told
                };
                return (Err(error.to_string()), told);
            }
        };
        let told = ModelSampled {
            cost_usd: self.price.map(|price| turn.usage.cost_usd(&price)),
            usage: turn.usage,
            error: None,
            ..told
        };
        let texts: Vec<&str> = turn.content.iter().filter_map(Block::as_text).collect();
        let answer = SampleAnswer {
            model: self.model.to_string(),
            text: texts.join("\n"),
            is_cut: turn.stop == StopReason::MaxTokens,
        };
        if answer.text.trim().is_empty() {
            let error = Some(Code::new("sampling.empty"));
            return (Err("the model gave no text".to_owned()), ModelSampled { error, ..told });
        }
        (Ok(answer), told)
    }
}

/// What is written down when the call was over before the model answered: what that cost is not known.
pub(crate) fn cut_off(question: &ServerQuestion, call: &deskhand_types::CallId, model: &ModelRef) -> ModelSampled {
    ModelSampled {
        call: call.clone(),
        connector: question.connector.clone(),
        model: model.clone(),
        usage: Usage::default(),
        cost_usd: None,
        error: Some(Code::new("sampling.cut-off")),
    }
}

/// The question whether an answer goes to its server.
pub(crate) fn handover(question: &ServerQuestion, answer: &SampleAnswer) -> ServerQuestion {
    ServerQuestion {
        wants: ServerWants::Handover {
            model: answer.model.clone(),
            text: answer.text.clone(),
        },
        ..question.clone()
    }
}

/// Without an answer, why.
pub(crate) fn failed(why: impl Into<String>) -> Reply {
    Reply::Failed(why.into())
}

fn message(role: Role, block: Block) -> Message {
    Message {
        role,
        content: vec![block],
    }
}
