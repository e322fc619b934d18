//! Performing: the only place where something happens to the world, always with a permit, an intent logged before and
//! an outcome after (invariants I3, I5).

use std::borrow::Cow;
use std::collections::HashMap;

use deskhand_agent::{Ran, Step};
use deskhand_policy::{Decision, Permit, Rules, Verdict};
use deskhand_types::{
    Action, Answer, ApprovalId, Ask, BlobStore, CallId, Change, ChangeSet, Code, Coded, EventBody, Label, Question,
    ToolCall, ToolOutcome,
};

use deskhand_workspace::ApplyError;

use crate::{
    EngineError, agents, command,
    connect::connect,
    flow, judging, recover,
    sampling::Sampler,
    session::{Session, labelled},
    settings::FolderBook,
    shell::Shell,
    skills,
    tools::{self, Bench, Proposal, Work, change_outcome},
};

/// What performing needs besides the session.
pub(crate) struct Hands<'a> {
    pub rules: &'a Rules,
    pub folders: &'a FolderBook,
    pub local: Option<std::sync::Arc<deskhand_models::local::LocalModel>>,
    /// For agents with a model of their own.
    pub models: crate::Models,
    pub shell: Shell,
    pub skills: std::sync::Arc<skills::Sources>,
    /// Skills the model is told of once the task has to do with files they are for, as gathered last.
    pub for_files: Option<skills::ForFiles>,
    pub hooks: crate::hooks::Hooking,
    /// Programs of plugins, which commands find by their names.
    pub programs: skills::Programs,
    pub hub: std::sync::Arc<crate::connectors::Hub>,
    pub blobs: std::sync::Arc<dyn BlobStore>,
    /// Whom questions of servers are put to.
    pub person: &'a dyn crate::Person,
    /// Who reads what is kept apart: the task's model, without its conversation and without tools.
    pub reader: std::sync::Arc<dyn deskhand_models::ModelProvider>,
    /// Proposals made while deciding, so that a change is prepared once. Void after any change.
    pub proposals: HashMap<CallId, Proposal>,
}

/// Said on a card that stands for one whose yes does not count.
const ANEW: &str =
    "You were asked before; what you said yes to has changed since, or the question was more than a day old.";
/// Said on a card that follows one on which the person gave another value.
const OTHER_REASON: &str = "With the value you gave, there is something else to ask about.";

impl Hands<'_> {
    /// Does the steps in order. Stops early after a change or a permission to change, since later calls of the same
    /// turn must be judged by what stands then.
    pub async fn perform(&mut self, session: &mut Session<'_>, steps: Vec<Step>) -> Result<(), EngineError> {
        let mut looks = Vec::new();
        for step in steps {
            if !matches!(step, Step::Perform { .. }) {
                self.look(session, std::mem::take(&mut looks)).await?;
            }
            match step {
                Step::Decide(call) => {
                    self.before_call(session, &call).await?;
                    if self.decide(session, &call)? {
                        return Ok(());
                    }
                }
                Step::Ask(call) => match self.before_asking(session, &call).await? {
                    Some(reason) => refuse(session, call.id, &reason, false)?,
                    None => self.request(session, &call)?,
                },
                Step::Refuse {
                    call,
                    reason,
                    by_person,
                } => refuse(session, call, &reason, by_person)?,
                Step::Interrupted(call) => recover::interrupted(session, call)?,
                Step::NotGiven(call) => agents::not_given(session, &call)?,
                Step::Perform { call, action } => match self.ready(session, &call, &action)? {
                    Ready::Look(look) => looks.push(look),
                    Ready::Other(proposal, permit) => {
                        self.look(session, std::mem::take(&mut looks)).await?;
                        self.act(session, &call, *proposal, &permit).await?;
                        return Ok(());
                    }
                    Ready::No => return Ok(()),
                },
            }
        }
        self.look(session, looks).await
    }

    /// Classifies a call and lets the policy decide. Tells whether a change was allowed, which must land before the
    /// next call is judged.
    fn decide(&mut self, session: &mut Session<'_>, call: &ToolCall) -> Result<bool, EngineError> {
        let proposal = match propose(session, call) {
            Ok(proposal) => proposal,
            Err(outcome) => {
                finish(session, call.id.clone(), *outcome)?;
                return Ok(false);
            }
        };
        let whole = &flow::whole(session.known(), call)
            .unwrap_or(Cow::Borrowed(call))
            .into_owned();
        let action = proposal.action(whole);
        if flow::carries_canary(session, whole, &action)? {
            return Ok(true);
        }
        let decision = self.judge(session, whole, &action);
        let allowed_change = decision.verdict == Verdict::Allow
            && !matches!(proposal.work, Work::Look(_) | Work::Record(..) | Work::Present(..));
        self.proposals.insert(call.id.clone(), proposal);
        session.tell(decided(session, action, &decision))?;
        Ok(allowed_change)
    }

    /// What is decided about an action now.
    pub(crate) fn judge(&self, session: &Session<'_>, call: &ToolCall, action: &Action) -> Decision {
        judging::judge(session.known(), self.rules, call, action)
    }

    /// Puts the question about a call into the inbox.
    fn request(&mut self, session: &mut Session<'_>, call: &ToolCall) -> Result<(), EngineError> {
        let Some((proposal, action)) = self.proposal(session, call)? else {
            return Ok(());
        };
        let whole = &flow::whole(session.known(), call)
            .unwrap_or(Cow::Borrowed(call))
            .into_owned();
        let known = session.state.call(&call.id);
        let mut reasons: Vec<String> = known
            .and_then(|call| call.decided.as_ref())
            .map(|decided| decided.reason.clone())
            .into_iter()
            .collect();
        let (asks, is_replaced) = known.map_or((0, false), |call| (call.asks, call.said_yes.is_some()));
        let goes_on = flow::goes_on(session, call);
        if asks > 0 && !goes_on {
            reasons.push(if is_replaced { OTHER_REASON } else { ANEW }.to_owned());
        }
        let ask = match &proposal.work {
            Work::Ask(ask) => ask.clone(),
            Work::Grant { path, mode } => {
                let grounds = flow::grounds(session, whole, &action);
                Ask::Folder {
                    path: path.clone(),
                    mode: *mode,
                    you_asked: grounds.you_asked,
                    provenance: grounds.provenance,
                    reason: call
                        .input
                        .get("reason")
                        .and_then(|r| r.as_str())
                        .unwrap_or_default()
                        .to_owned(),
                }
            }
            work => {
                let preview = match work {
                    Work::Change(set) => Some(diff_text(session, set)),
                    _ => proposal.preview.clone(),
                };
                Ask::Approve {
                    grounds: Box::new(flow::grounds(session, whole, &action)),
                    action,
                    reasons,
                    preview,
                }
            }
        };
        // The run of a command and its changes are two questions: the answer to one must not reach the other.
        let part = if ran(session, &call.id).is_some() {
            ".changes"
        } else {
            ""
        };
        // A card that is put anew has another id, so that an answer to the one before cannot reach it; none begins another.
        let again = match asks {
            0 => String::new(),
            asks => format!("again{}.", asks.saturating_add(1)),
        };
        let id = ApprovalId::new(format!("{}.{again}{}{part}", session.id, call.id));
        self.proposals.insert(call.id.clone(), proposal);
        let requested = EventBody::ApprovalRequested {
            id: id.clone(),
            call: call.id.clone(),
            ask,
        };
        let mut drafts = vec![requested.into()];
        // They said yes when they gave the value: bound to exactly this, and written down with it.
        if goes_on {
            let answer = Answer::Allow;
            drafts.push(EventBody::ApprovalAnswered { id, answer }.into());
        }
        session.append(drafts)
    }

    /// The proposal of a call, made anew when it was made before a change or by another process.
    fn proposal(
        &mut self,
        session: &mut Session<'_>,
        call: &ToolCall,
    ) -> Result<Option<(Proposal, Action)>, EngineError> {
        let proposal = match self
            .proposals
            .remove(&call.id)
            .map_or_else(|| propose(session, call), Ok)
        {
            Ok(proposal) => proposal,
            Err(outcome) => {
                finish(session, call.id.clone(), *outcome)?;
                return Ok(None);
            }
        };
        let action = match flow::whole(session.known(), call) {
            Ok(whole) => proposal.action(&whole),
            Err(outcome) => {
                finish(session, call.id.clone(), *outcome)?;
                return Ok(None);
            }
        };
        Ok(Some((proposal, action)))
    }

    /// Whether the call may really be performed as it stands now.
    fn ready(&mut self, session: &mut Session<'_>, call: &ToolCall, judged: &Action) -> Result<Ready, EngineError> {
        let Some((proposal, action)) = self.proposal(session, call)? else {
            return Ok(Ready::No);
        };
        let whole = &flow::whole(session.known(), call)
            .unwrap_or(Cow::Borrowed(call))
            .into_owned();
        let decision = self.judge(session, whole, &action);
        let answer = session
            .state
            .call(&call.id)
            .and_then(|call| call.asked.as_ref())
            .and_then(|asked| asked.answer.clone());
        let permit = match &answer {
            Some(answer) => Permit::from_answer(&action, judged, answer),
            None => Permit::from_decision(&action, &decision),
        };
        let still_asked = flow::holds(session, whole, &action, &decision, answer.as_ref());
        let stands = action.hash == judged.hash && decision.verdict != Verdict::Deny && still_asked;
        let Some(permit) = permit.filter(|_| stands) else {
            // What would happen now is not what was judged: judge again, and ask again where that is asked.
            session.tell(decided(session, action, &decision))?;
            self.proposals.insert(call.id.clone(), proposal);
            return Ok(Ready::No);
        };
        match proposal {
            Proposal {
                work: Work::Look(look), ..
            } => Ok(Ready::Look(Look {
                call: call.clone(),
                permit,
                work: look,
            })),
            proposal => Ok(Ready::Other(Box::new(proposal), permit)),
        }
    }

    /// Looks at several things at once; results are appended in the order of the calls.
    async fn look(&mut self, session: &mut Session<'_>, looks: Vec<Look>) -> Result<(), EngineError> {
        if looks.is_empty() {
            return Ok(());
        }
        let started = looks
            .iter()
            .filter(|look| !session.state.call(&look.call.id).is_some_and(|call| call.started))
            .map(|look| {
                EventBody::ToolStarted {
                    call: look.call.clone(),
                    action: look.permit.action().clone(),
                }
                .into()
            })
            .collect::<Vec<_>>();
        if !started.is_empty() {
            session.append(started)?;
        }
        let running: Vec<_> = looks
            .into_iter()
            .map(|look| (look.call.id, tokio::task::spawn_blocking(look.work)))
            .collect();
        for (call, handle) in running {
            let outcome = session.alongside(handle).await?.unwrap_or_else(|_| tools::crashed());
            finish(session, call, outcome)?;
        }
        Ok(())
    }

    /// Performs what is not a look.
    async fn act(
        &mut self,
        session: &mut Session<'_>,
        call: &ToolCall,
        proposal: Proposal,
        permit: &Permit,
    ) -> Result<(), EngineError> {
        let started = EventBody::ToolStarted {
            call: call.clone(),
            action: permit.action().clone(),
        };
        match proposal.work {
            Work::Look(_) => Ok(()),
            Work::Barred(outcome) => finish(session, call.id.clone(), *outcome),
            Work::Change(set) => {
                self.proposals.clear();
                let intended = EventBody::ChangeIntended { set: (*set).clone() };
                // A command began before its changes were known.
                let begun = ran(session, &call.id).is_some();
                let drafts = if begun { vec![intended] } else { vec![started, intended] };
                session.append(drafts.into_iter().map(Into::into).collect())?;
                apply(session, call, *set).await
            }
            Work::Record(body, outcome) => {
                let label = session.state.taint().clone();
                session.append(vec![
                    started.into(),
                    labelled(*body, label),
                    finished(call.id.clone(), *outcome),
                ])
            }
            Work::Present(paths, look) => {
                let looking = tokio::task::spawn_blocking(look);
                let outcome = session.alongside(looking).await?.unwrap_or_else(|_| tools::crashed());
                let outcome = self.look_again(session, &paths, outcome).await?;
                let label = session.state.taint().clone();
                session.append(vec![
                    started.into(),
                    labelled(EventBody::OutputPresented { paths }, label),
                    finished(call.id.clone(), outcome),
                ])
            }
            Work::Ask(ask) => {
                let answer = session
                    .state
                    .call(&call.id)
                    .and_then(|call| call.asked.as_ref())
                    .and_then(|asked| asked.answer.clone());
                session.append(vec![
                    started.into(),
                    finished(call.id.clone(), answered(&ask, answer.as_ref())),
                ])
            }
            Work::Grant { path, mode } => {
                session.tell(started)?;
                match self.folders.grant_for_task(&path, mode, session.state.grants()) {
                    Ok(grant) => {
                        session.workspace.add_grant(grant.clone())?;
                        let text = format!("Granted: /mnt/{} ({})", grant.name, grant.mode);
                        let outcome = ToolOutcome::text(text.clone(), Label::harness(), text);
                        session.append(vec![
                            EventBody::GrantAdded { grant }.into(),
                            finished(call.id.clone(), outcome),
                        ])
                    }
                    Err(error) => {
                        let hint = error.hint().map(|hint| format!("\n{hint}")).unwrap_or_default();
                        finish(
                            session,
                            call.id.clone(),
                            ToolOutcome::failed(error.code(), format!("{error}{hint}")),
                        )
                    }
                }
            }
            Work::ReadVariable(question) => {
                session.tell(started)?;
                let reader = self.reader.clone();
                flow::read(session, &reader, call, &question).await
            }
            Work::Skill(invocation) => {
                session.tell(started)?;
                self.call_skill(session, call, &invocation).await
            }
            Work::Delegate(wanted) => self.delegate(session, call, started, wanted).await,
            Work::Run(line) => {
                session.tell(started)?;
                self.run(session, call, *line).await
            }
            Work::Fetch(fetch) => {
                session.tell(started)?;
                self.fetch(session, call, &fetch).await
            }
            Work::Scratch(file) => {
                // Cut off and begun again, as any look.
                if !session.state.call(&call.id).is_some_and(|call| call.started) {
                    session.tell(started)?;
                }
                self.read_scratch(session, call, file).await
            }
            Work::Connect(connection) => {
                session.tell(started)?;
                let sampler = Sampler {
                    models: &self.models,
                    own: &self.reader,
                };
                let outcome = connect(self.person, session, call, &connection, &sampler).await?;
                finish(session, call.id.clone(), outcome)
            }
            Work::Judge(judgement) => {
                session.tell(started)?;
                let outcome = session.alongside(judgement.run(self.local.as_deref())).await?;
                finish(session, call.id.clone(), outcome)
            }
        }
    }
}

/// The command a call ran, when that is over and its changes are what is judged.
pub(crate) fn ran<'s>(session: &'s Session<'_>, call: &CallId) -> Option<&'s Ran> {
    session.state.call(call).and_then(|call| call.ran.as_ref())
}

/// What a call would do now.
fn propose(session: &Session<'_>, call: &ToolCall) -> Result<Proposal, Box<ToolOutcome>> {
    if let Some(ran) = ran(session, &call.id) {
        return Ok(tools::landing(call, &ran.set));
    }
    let call = &*flow::whole(session.known(), call)?;
    flow::still_fits(session, call)?;
    flow::connected(session, call)
        .or_else(|| tools::propose_variable(session, call).filter(|_| flow::is_apart(&session.state)))
        .unwrap_or_else(|| tools::propose(call, &bench(session, &call.name)))
}

/// What tools may look at now.
pub(crate) fn bench(session: &Session<'_>, tool: &str) -> Bench {
    Bench {
        workspace: session.folders_for(tool),
        change_set: session.next_change_set(),
        result_chars: session.result_chars(),
        tier: session.state.start().sandbox,
        connections: session.connections.clone(),
        notes: session.notes.clone(),
    }
}

enum Ready {
    Look(Look),
    Other(Box<Proposal>, Permit),
    No,
}

struct Look {
    call: ToolCall,
    permit: Permit,
    work: Box<dyn FnOnce() -> ToolOutcome + Send>,
}

/// Applies a change-set whose intent is logged, and logs what came of it.
pub(crate) async fn apply(session: &mut Session<'_>, call: &ToolCall, set: ChangeSet) -> Result<(), EngineError> {
    let (workspace, id) = (session.workspace.clone(), set.id.clone());
    let applying = tokio::task::spawn_blocking(move || (workspace.apply(&set), set));
    let (result, set) = session
        .alongside(applying)
        .await?
        .map_err(|error| EngineError::Interrupted(error.to_string()))?;
    match result {
        Ok(_) => {
            let outcome = landed(session, call, &set);
            session.append(vec![
                EventBody::ChangeApplied { id, reconciled: None }.into(),
                finished(call.id.clone(), outcome),
            ])
        }
        // Taking back failed too. The intent stays open, so that recovery finishes it; the person sees what stands.
        Err(error @ ApplyError::Standing { .. }) => Err(error.into()),
        Err(error) => {
            let hint = error.hint().map(|hint| format!("\n{hint}")).unwrap_or_default();
            let outcome = match ran(session, &call.id) {
                Some(ran) => command::apply_failed(ran, &error),
                None => ToolOutcome::failed(error.code(), format!("{error}{hint}")),
            };
            let failed = EventBody::ChangeFailed {
                id,
                code: error.code(),
                message: error.to_string(),
                reconciled: None,
            };
            session.append(vec![failed.into(), finished(call.id.clone(), outcome)])
        }
    }
}

/// What a change that landed is told as.
pub(crate) fn landed(session: &Session<'_>, call: &ToolCall, set: &ChangeSet) -> ToolOutcome {
    match ran(session, &call.id) {
        Some(ran) => tools::landed(&ran.outcome, &call.name, set),
        None => change_outcome(&call.name, set),
    }
}

pub(crate) fn decided(session: &Session<'_>, action: Action, decision: &Decision) -> EventBody {
    let asked = decision.verdict == Verdict::Ask;
    EventBody::PolicyDecided {
        binding: asked.then(|| flow::binding(&action, session.state.taint(), decision)),
        action,
        verdict: decision.verdict.as_str().to_owned(),
        rule: decision.rule.clone(),
        file: decision.file.clone(),
        reason: decision.reason.clone(),
    }
}

pub(crate) fn finished(call: CallId, outcome: ToolOutcome) -> deskhand_types::EventDraft {
    let label = outcome.label.clone();
    labelled(EventBody::ToolFinished { call, outcome }, label)
}

pub(crate) fn finish(session: &mut Session<'_>, call: CallId, outcome: ToolOutcome) -> Result<(), EngineError> {
    session.append(vec![finished(call, outcome)])
}

fn refuse(session: &mut Session<'_>, call: CallId, reason: &str, by_person: bool) -> Result<(), EngineError> {
    if let Some(ran) = ran(session, &call) {
        let outcome = command::refused(ran, reason, by_person);
        return finish(session, call, outcome);
    }
    let (code, text) = if by_person {
        let said = if reason.is_empty() {
            String::new()
        } else {
            format!(" They said: {reason}")
        };
        (
            "tool.declined",
            format!("The person said no.{said} Do not try the same again; go on without it or ask what they want."),
        )
    } else {
        (
            "tool.refused",
            format!("Refused by the policy: {reason}. Nothing was changed."),
        )
    };
    finish(session, call, ToolOutcome::failed(Code::new(code), text))
}

/// The answers to a question, as a result.
fn answered(ask: &Ask, answer: Option<&Answer>) -> ToolOutcome {
    let (Ask::Questions { questions }, Some(Answer::Answers { answers })) = (ask, answer) else {
        return ToolOutcome::failed(
            Code::new("tool.unanswered"),
            "The question was not answered. Go on with what you have.",
        );
    };
    let line = |(question, answer): (&Question, &Vec<String>)| {
        let said = if answer.is_empty() {
            "(no answer)".to_owned()
        } else {
            answer.join(", ")
        };
        format!("{} {said}", question.question)
    };
    let text = questions.iter().zip(answers).map(line).collect::<Vec<_>>().join("\n");
    ToolOutcome::text(text, Label::person(), "You answered").with_data(serde_json::json!({"answers": answers}))
}

/// The change as a person reads it.
fn diff_text(session: &Session<'_>, set: &ChangeSet) -> String {
    const MAX: usize = 8_000;
    let mut text = String::new();
    for file in session.workspace.diff(set) {
        match file.unified {
            Some(unified) => text.push_str(&unified),
            None => text.push_str(&format!("{} {}\n", verb(file.change), file.path)),
        }
        if text.len() > MAX {
            text.truncate(text.floor_char_boundary(MAX));
            text.push_str("\n[cut]");
            break;
        }
    }
    text
}

pub(crate) const fn verb(change: Change) -> &'static str {
    match change {
        Change::Create => "create",
        Change::Modify => "change",
        Change::Delete => "delete",
        Change::Move => "move",
        Change::Mode => "set permissions of",
    }
}
