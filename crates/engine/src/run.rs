//! The loop of a task: ask the agent what is next, do it, append what came of it.

use std::sync::Arc;

use deskhand_agent::Next;
use deskhand_models::{ModelError, ModelProvider};
use deskhand_types::{ApprovalId, Code, Coded, EventBody, FinishStatus, StreamDelta};

use crate::{
    EngineError, Models, Person,
    flow::{self, Speech},
    hooks::Moment,
    perform::Hands,
    recover,
    session::{Session, labelled},
    views::{InboxItem, cards},
};

/// How a run of a task ended.
#[derive(Clone, PartialEq, Debug)]
pub enum RunEnd {
    /// The task is over.
    Finished(FinishStatus),
    /// It waits for the person's answers.
    Parked(Vec<ApprovalId>),
}

/// Works on a task until it is over or waits for the person.
pub(crate) async fn run(
    session: &mut Session<'_>,
    hands: &mut Hands<'_>,
    provider: &Arc<dyn ModelProvider>,
) -> Result<RunEnd, EngineError> {
    hands.wake(session).await?;
    loop {
        session.hear()?;
        flow::halt(session)?;
        if let Some(summary) = hands.hooks.halted() {
            session.tell(EventBody::TaskFinished {
                status: FinishStatus::Stopped,
                summary,
            })?;
        }
        match session.state.next() {
            Next::Reconcile => recover::reconcile(session).await?,
            Next::Calls(steps) => hands.perform_with_hooks(session, steps).await?,
            Next::Wait(ids) => {
                hands.tell_waiting(session).await?;
                if !ask(session, hands.person, &ids).await? {
                    return Ok(RunEnd::Parked(ids));
                }
            }
            Next::Compact { before_turn, reason } => {
                hands.around_compaction(session, Moment::before_compaction()).await?;
                session.tell(EventBody::ContextCompacted { before_turn, reason })?;
                hands.around_compaction(session, Moment::after_compaction()).await?;
            }
            Next::AskModel { turn } => {
                if hands.before_model(session).await? {
                    ask_model(session, &hands.models, provider, turn).await?;
                }
            }
            Next::Report(report) => hands.report(session, report).await?,
            Next::StopForBudget { limit } => session.tell(EventBody::BudgetReached { limit })?,
            Next::Finish { status, summary } => {
                if !hands.held(session, status, &summary).await? {
                    session.tell(EventBody::TaskFinished { status, summary })?;
                }
            }
            Next::FollowUp { queued, text } => {
                let voice = session.trail.voice_of(queued);
                let speech = Speech { text, voice };
                let label = speech.label();
                let said = EventBody::PersonSaid {
                    text: speech.text,
                    queued: Some(queued),
                    voice: speech.voice,
                };
                session.append(vec![labelled(said, label)])?;
            }
            Next::Idle => {
                hands.end(session).await?;
                let status = session
                    .state
                    .finished()
                    .map_or(FinishStatus::Done, |(status, _)| status);
                return Ok(RunEnd::Finished(status));
            }
        }
    }
}

/// Asks the person; tells whether at least one question was answered.
async fn ask(session: &mut Session<'_>, person: &dyn Person, ids: &[ApprovalId]) -> Result<bool, EngineError> {
    let mut any = false;
    let open = InboxItem::of(&session.id, &session.state);
    for card in cards(open.into_iter().filter(|item| ids.contains(&item.id)).collect()) {
        let answers = session.alongside(person.ask_together(&card)).await?;
        let drafts: Vec<_> = card
            .into_iter()
            .zip(answers)
            .filter_map(|(item, answer)| {
                let (id, answer) = (item.id, answer?);
                Some(EventBody::ApprovalAnswered { id, answer }.into())
            })
            .collect();
        if !drafts.is_empty() {
            session.append(drafts)?;
            any = true;
        }
    }
    Ok(any)
}

async fn ask_model(
    session: &mut Session<'_>,
    models: &Models,
    usual: &Arc<dyn ModelProvider>,
    turn: u64,
) -> Result<(), EngineError> {
    let request = session.state.request();
    let model = session.state.model().clone();
    // A sub-agent may have a model of its own, and so may a skill in use.
    let provider = if model == session.state.start().model {
        Ok(usual.clone())
    } else {
        models.provider(&model)
    };
    // Of who is asked now: what the person says meanwhile may end a skill's turn.
    let price = session.state.profile().price;
    session.tell(EventBody::ModelRequested {
        turn,
        model,
        head: session.state.head(),
    })?;
    let observer = session.observer;
    let mut retries = Vec::new();
    let mut tell = |delta: StreamDelta| {
        observer.delta(&delta);
        if let StreamDelta::Retry {
            attempt,
            wait_ms,
            reason,
        } = delta
        {
            retries.push(
                EventBody::ModelRetried {
                    turn,
                    attempt,
                    wait_ms,
                    reason,
                }
                .into(),
            );
        }
    };
    // Background commands may use the network while the model thinks.
    let answer = match provider {
        Ok(provider) => session.alongside(provider.complete(&request, &mut tell)).await?,
        Err(error) => Err(error),
    };
    let mut drafts: Vec<deskhand_types::EventDraft> = retries;
    drafts.push(match answer {
        Ok(answer) => {
            let cost_usd = price.map(|price| answer.usage.cost_usd(&price));
            EventBody::ModelAnswered {
                turn,
                content: session.connections.canonical(answer.content),
                stop: answer.stop,
                usage: answer.usage,
                cost_usd,
                model: answer.model,
            }
            .into()
        }
        Err(error @ ModelError::UnknownModel { .. }) if session.state.is_asking_for_skill() => {
            let hint = "A skill asked for this model; the conversation goes on with its own.";
            failed(turn, &error, Some(hint.to_owned())).into()
        }
        Err(error) => failed(turn, &error, error.hint()).into(),
    });
    session.append(drafts)
}

fn failed(turn: u64, error: &ModelError, hint: Option<String>) -> EventBody {
    let code: Code = error.code();
    EventBody::ModelFailed {
        turn,
        code,
        message: error.to_string(),
        hint,
    }
}
