//! Calling a connector's tool: what its server asks meanwhile is put to the person, and what it tells is handed on.

use std::pin::pin;

use deskhand_types::{Answer, ApprovalId, Ask, EventBody, ServerQuestion, ServerWants, ToolCall, ToolOutcome};

use crate::{
    EngineError, Person,
    connectors::{Meanwhile, Reply, Word},
    flow::Connection,
    sampling::{self, Sample, Sampler},
    session::Session,
    views::InboxItem,
};

/// Questions of one call that are put to the person; a server that asks on and on is not answered any more.
const MOST_QUESTIONS: u32 = 10;

/// What came of waiting for the person.
enum Heard {
    Answer(Answer),
    /// Nobody is there.
    Nobody,
    /// The call was over first.
    Over(ToolOutcome),
}

/// Calls a tool, whose intent is logged. Everything asked and answered meanwhile is in the log before its server hears it.
pub(crate) async fn connect(
    person: &dyn Person,
    session: &mut Session<'_>,
    call: &ToolCall,
    connection: &Connection,
    sampler: &Sampler<'_>,
) -> Result<ToolOutcome, EngineError> {
    let (meanwhile, mut words) = Meanwhile::line();
    let mut calling = pin!(connection.call(&meanwhile));
    let mut asked = 0;
    loop {
        let next = async {
            tokio::select! {
                biased;
                Some(word) = words.recv() => Ok(word),
                outcome = &mut calling => Err(outcome),
            }
        };
        let (question, reply) = match session.alongside(next).await? {
            Err(outcome) => return Ok(outcome),
            Ok(Word::Progress(progress)) => {
                session.observer.progress(&call.id, &progress);
                continue;
            }
            Ok(Word::Asked(question, reply)) => (question, reply),
        };
        asked += 1;
        if asked > MOST_QUESTIONS {
            // Dropping it tells that nobody heard.
            continue;
        }
        // The call goes on while its question is open, since it may end over it.
        let came = if matches!(question.wants, ServerWants::Model { .. }) {
            let mut desk = Desk { person, session, call };
            sample(&mut desk, &mut asked, question, calling.as_mut(), sampler).await?
        } else {
            match put(person, session, call, asked, question, calling.as_mut()).await? {
                Heard::Over(outcome) => Err(outcome),
                Heard::Nobody => Ok(Reply::Unheard),
                Heard::Answer(Answer::Filled { values }) => Ok(Reply::Filled(values)),
                Heard::Answer(Answer::Allow) => Ok(Reply::Visited),
                Heard::Answer(_) => Ok(Reply::Declined),
            }
        };
        match came {
            Err(outcome) => return Ok(outcome),
            // Who asked may be gone.
            Ok(said) => drop(reply.send(said)),
        }
    }
}

/// Whose call it is, and who is asked.
struct Desk<'d, 's> {
    person: &'d dyn Person,
    session: &'d mut Session<'s>,
    call: &'d ToolCall,
}

/// Asks a model for a server: the person sees what it would be asked, and then what would go back. The outcome of the call
/// when that is over first; the model is not waited for then.
async fn sample(
    desk: &mut Desk<'_, '_>,
    asked: &mut u32,
    mut question: ServerQuestion,
    mut calling: std::pin::Pin<&mut impl Future<Output = ToolOutcome>>,
    sampler: &Sampler<'_>,
) -> Result<Result<Reply, ToolOutcome>, EngineError> {
    let Desk { person, session, call } = desk;
    let sample = match Sample::prepare(session, sampler, &question) {
        Ok(sample) => sample,
        Err(why) => return Ok(Ok(sampling::failed(why))),
    };
    if let ServerWants::Model { model, .. } = &mut question.wants {
        *model = sample.model.to_string();
    }
    match put(*person, session, call, *asked, question.clone(), calling.as_mut()).await? {
        Heard::Answer(Answer::Allow) => {}
        Heard::Over(outcome) => return Ok(Err(outcome)),
        Heard::Nobody => return Ok(Ok(Reply::Unheard)),
        Heard::Answer(_) => return Ok(Ok(Reply::Declined)),
    }
    let told = sampling::cut_off(&question, &call.id, &sample.model);
    let asking = async {
        tokio::select! {
            biased;
            outcome = &mut calling => Err(outcome),
            answered = sample.ask(told.clone()) => Ok(answered),
        }
    };
    let answered = session.alongside(asking).await?;
    let (answer, told, over) = match answered {
        Ok((answer, told)) => (answer, told, None),
        Err(outcome) => (Err(String::new()), told, Some(outcome)),
    };
    session.tell(EventBody::ModelSampled(Box::new(told)))?;
    if let Some(outcome) = over {
        return Ok(Err(outcome));
    }
    let answer = match answer {
        Ok(answer) => answer,
        Err(why) => return Ok(Ok(sampling::failed(why))),
    };
    *asked += 1;
    let question = sampling::handover(&question, &answer);
    Ok(match put(*person, session, call, *asked, question, calling).await? {
        Heard::Answer(Answer::Allow) => Ok(Reply::Sampled(answer)),
        Heard::Over(outcome) => Err(outcome),
        Heard::Nobody => Ok(Reply::Unheard),
        Heard::Answer(_) => Ok(Reply::Declined),
    })
}

/// Puts one question to the person and logs what came of it.
async fn put(
    person: &dyn Person,
    session: &mut Session<'_>,
    call: &ToolCall,
    number: u32,
    question: ServerQuestion,
    mut calling: std::pin::Pin<&mut impl Future<Output = ToolOutcome>>,
) -> Result<Heard, EngineError> {
    let id = ApprovalId::new(format!("{}.{}.server{number}", session.id, call.id));
    session.tell(EventBody::ApprovalRequested {
        id: id.clone(),
        call: call.id.clone(),
        ask: Ask::Server {
            question: Box::new(question),
        },
    })?;
    let heard = loop {
        // A surface hands on one answer at a time, and may have one to another open question first.
        let mut open = InboxItem::of(&session.id, &session.state);
        open.sort_by_key(|item| item.id != id);
        let mut answered_another = false;
        let mut heard = None;
        for item in open {
            let asking = async {
                tokio::select! {
                    biased;
                    answer = person.ask(&item) => Ok(answer),
                    outcome = &mut calling => Err(outcome),
                }
            };
            match session.alongside(asking).await? {
                Err(outcome) => heard = Some(Heard::Over(outcome)),
                Ok(Some(answer)) if item.id == id => heard = Some(Heard::Answer(answer)),
                Ok(Some(answer)) => {
                    session.tell(EventBody::ApprovalAnswered { id: item.id, answer })?;
                    answered_another = true;
                }
                Ok(None) => continue,
            }
            break;
        }
        match heard {
            Some(heard) => break heard,
            None if answered_another => {}
            None => break Heard::Nobody,
        }
    };
    let answer = match &heard {
        Heard::Answer(answer) => answer.clone(),
        Heard::Nobody | Heard::Over(_) => Answer::Void,
    };
    session.tell(EventBody::ApprovalAnswered { id, answer })?;
    Ok(heard)
}
