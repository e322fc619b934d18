//! How far a task can be trusted, and why: what it read, what that tainted, what was withheld, what was asked and why.
//! A fold over its events, like every view.

use std::collections::BTreeMap;

use deskhand_types::{
    Answer, ApprovalId, Ask, CallId, Confidentiality, EffectClass, Event, EventBody, Grounds, Integrity, Label,
    NetworkRequest, Source, Timestamp, Withheld, is_voice, pieces,
};
use serde::Serialize;

/// Everything about trust in one task.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct TrustView {
    /// The label of all that was read.
    pub context: TrustLevel,
    /// What the person said, piece by piece, with whether the words count as the person's.
    pub said: Vec<SaidPiece>,
    /// Instruction files that were found, in force or not.
    pub instructions: Vec<InstructionLine>,
    /// Where text came from, in the order it came.
    pub read: Vec<SourceLine>,
    /// What people would not see and the model was not shown.
    pub withheld: Vec<WithheldLine>,
    /// Decisions, oldest first.
    pub decisions: Vec<TrustDecision>,
    /// Files written with a label of their own, which later tasks will find.
    pub labelled: Vec<LabelledLine>,
    /// Notes proposed for memory.
    pub proposed: Vec<ProposedLine>,
    /// Requests of commands that were refused.
    pub refused_requests: Vec<NetworkRequest>,
}

/// How far content is to be trusted and how secret it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct TrustLevel {
    /// Who could have written it.
    pub integrity: Integrity,
    /// Whose data it is.
    pub confidentiality: Confidentiality,
    /// Whether others could have written some of it.
    pub tainted: bool,
}

impl Default for TrustLevel {
    fn default() -> Self {
        Self::of(&Label::harness())
    }
}

impl TrustLevel {
    fn of(label: &Label) -> Self {
        Self {
            integrity: label.integrity,
            confidentiality: label.confidentiality,
            tainted: label.is_tainted(),
        }
    }
}

/// A piece of what the person said.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct SaidPiece {
    /// The event.
    pub seq: u64,
    /// Its beginning, at most 200 characters.
    pub text: String,
    /// Whether its words count as the person's own; pasted text does not.
    pub yours: bool,
}

/// An instructions file or text.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct InstructionLine {
    /// Where it came from.
    pub from: String,
    /// Whether it is in force.
    pub trusted: bool,
}

/// A source that was read.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct SourceLine {
    /// The event that brought it first.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// The call that read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call: Option<CallId>,
    /// Where it came from.
    pub source: Source,
    /// The label of the result it came in.
    pub level: TrustLevel,
    /// Whether the context was worse after it than before: less trusted, or more secret.
    pub worsened: bool,
}

/// Something withheld.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct WithheldLine {
    /// The event.
    pub seq: u64,
    /// The call; none for what the person named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call: Option<CallId>,
    /// In what.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// What, in words for people.
    pub text: String,
    /// How much: characters, or sheets, rows, slides.
    pub count: u64,
}

/// A decision with what led to it and what came of it.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct TrustDecision {
    /// The event.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// The call.
    pub call: CallId,
    /// The tool.
    pub tool: String,
    /// The class of its effect.
    pub effect: EffectClass,
    /// What it would do.
    pub summary: String,
    /// `allow`, `ask` or `deny`.
    pub verdict: String,
    /// The rule.
    pub rule: String,
    /// The file the rule stands in; empty for Deskhand's own.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// Why, in a sentence.
    pub reason: String,
    /// The label of all that had been read by then.
    pub context: TrustLevel,
    /// Where that came from.
    pub sources: Vec<Source>,
    /// Whether sources were left out.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sources_cut: bool,
    /// The question, where one was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked: Option<AskedLine>,
}

/// A question to the person and its answer.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct AskedLine {
    /// Its id in the inbox.
    pub id: ApprovalId,
    /// Where the values came from, what would leave, what may be allowed for good.
    pub grounds: Grounds,
    /// The answer, once there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
}

/// Contents that carry a label of their own.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct LabelledLine {
    /// The event.
    pub seq: u64,
    /// How many files.
    pub files: u64,
    /// The folders on this machine.
    pub folders: Vec<String>,
    /// Their label.
    pub level: TrustLevel,
    /// Where it came from.
    pub sources: Vec<Source>,
}

/// A note proposed for memory.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ProposedLine {
    /// The event.
    pub seq: u64,
    /// The note.
    pub text: String,
    /// The label of the context it was written in.
    pub level: TrustLevel,
    /// Where that came from.
    pub sources: Vec<Source>,
}

/// Characters of a piece that are shown.
const SHOWN: usize = 200;

impl TrustView {
    /// From a task's events. Empty for a log that is no task's.
    pub fn of(events: &[Event]) -> Self {
        let mut fold = Fold {
            view: Self::default(),
            context: Label::harness(),
            asked: BTreeMap::new(),
        };
        for event in events {
            fold.take(event);
        }
        fold.view.context = TrustLevel::of(&fold.context);
        fold.view
    }
}

struct Fold {
    view: TrustView,
    context: Label,
    /// The decision each open question belongs to.
    asked: BTreeMap<ApprovalId, usize>,
}

impl Fold {
    fn take(&mut self, event: &Event) {
        match &event.body {
            EventBody::TaskStarted(start) => {
                self.said(event.seq, &pieces(&start.prompt, &start.voice));
                let lines = start.instructions.iter().map(|instruction| InstructionLine {
                    from: instruction.from.clone(),
                    trusted: instruction.trusted,
                });
                self.view.instructions = lines.collect();
            }
            EventBody::PersonSaid { text, voice, .. } => self.said(event.seq, &pieces(text, voice)),
            EventBody::ToolFinished { call, outcome } => {
                let source = outcome.label.sources.first();
                self.withheld(event.seq, Some(call), source, &super::withheld(outcome));
                self.read(event, Some(call), &outcome.label);
                return;
            }
            EventBody::CommandFinished { call, outcome, .. } => {
                self.read(event, Some(call), event.label.as_ref().unwrap_or(&outcome.label));
                return;
            }
            EventBody::FileAttached { withheld, .. } => self.kept_back(event, withheld),
            EventBody::ConnectorAttached(attached) => self.kept_back(event, &attached.withheld),
            // The result it is from tells what was read.
            EventBody::AddressesRead(_) => return,
            // What was kept apart was read by nobody yet: where it came from is told, and the context is as it was.
            EventBody::VariableKept(variable) => {
                let label = event.label.clone().unwrap_or_else(Label::unknown);
                let before = self.context.clone();
                self.read(event, variable.call.as_ref(), &label);
                self.context = Label {
                    sources: self.context.sources.clone(),
                    sources_cut: self.context.sources_cut,
                    ..before
                };
                return;
            }
            EventBody::PolicyDecided {
                action,
                verdict,
                rule,
                file,
                reason,
                ..
            } => self.view.decisions.push(TrustDecision {
                seq: event.seq,
                at: event.at,
                call: action.call.clone(),
                tool: action.tool.clone(),
                effect: action.effect,
                summary: action.summary.clone(),
                verdict: verdict.clone(),
                rule: rule.clone(),
                file: file.clone(),
                reason: reason.clone(),
                context: TrustLevel::of(&self.context),
                sources: self.context.sources.iter().cloned().collect(),
                sources_cut: self.context.sources_cut,
                asked: None,
            }),
            EventBody::ApprovalRequested { id, call, ask } => self.ask(id, call, ask),
            EventBody::ApprovalAnswered { id, answer } => {
                let decision = self.asked.remove(id).and_then(|at| self.view.decisions.get_mut(at));
                if let Some(asked) = decision.and_then(|decision| decision.asked.as_mut()) {
                    asked.answer = Some(answer.clone());
                }
            }
            EventBody::ContentLabelled { contents, folders } => {
                let label = event.label.clone().unwrap_or_else(Label::unknown);
                self.view.labelled.push(LabelledLine {
                    seq: event.seq,
                    files: contents.len() as u64,
                    folders: folders.clone(),
                    level: TrustLevel::of(&label),
                    sources: label.sources.into_iter().collect(),
                });
                return;
            }
            EventBody::MemoryProposed { text } => {
                let label = event.label.as_ref().unwrap_or(&self.context);
                self.view.proposed.push(ProposedLine {
                    seq: event.seq,
                    text: text.clone(),
                    level: TrustLevel::of(label),
                    sources: label.sources.iter().cloned().collect(),
                });
            }
            EventBody::NetworkRequested(request) if !request.allowed => {
                self.view.refused_requests.push(request.clone());
            }
            _ => {}
        }
        if let Some(label) = &event.label {
            self.read(event, None, label);
        }
    }

    fn said(&mut self, seq: u64, said: &[(&str, deskhand_types::Entered)]) {
        self.view.said.extend(said.iter().map(|(text, how)| SaidPiece {
            seq,
            text: text.chars().take(SHOWN).collect(),
            yours: is_voice(text, *how),
        }));
    }

    fn read(&mut self, event: &Event, call: Option<&CallId>, label: &Label) {
        let joined = self.context.join(label);
        let worsened =
            joined.integrity > self.context.integrity || joined.confidentiality > self.context.confidentiality;
        for source in label.sources.difference(&self.context.sources) {
            self.view.read.push(SourceLine {
                seq: event.seq,
                at: event.at,
                call: call.cloned(),
                source: source.clone(),
                level: TrustLevel::of(label),
                worsened: worsened && !matches!(event.body, EventBody::VariableKept(_)),
            });
        }
        self.context = joined;
    }

    fn ask(&mut self, id: &ApprovalId, call: &CallId, ask: &Ask) {
        // What a server asks in the middle of a call was decided by nobody here.
        if matches!(ask, Ask::Server { .. }) {
            return;
        }
        let mut decisions = self.view.decisions.iter_mut().enumerate().rev();
        let Some((at, decision)) = decisions.find(|(_, decision)| decision.call == *call) else {
            return;
        };
        decision.asked = Some(AskedLine {
            id: id.clone(),
            grounds: match ask {
                Ask::Approve { grounds, .. } => (**grounds).clone(),
                _ => Grounds::default(),
            },
            answer: None,
        });
        self.asked.insert(id.clone(), at);
    }

    /// What was kept back of something the person named.
    fn kept_back(&mut self, event: &Event, withheld: &[Withheld]) {
        let source = event.label.as_ref().and_then(|label| label.sources.first());
        self.withheld(event.seq, None, source, withheld);
    }

    fn withheld(&mut self, seq: u64, call: Option<&CallId>, source: Option<&Source>, withheld: &[Withheld]) {
        self.view.withheld.extend(withheld.iter().map(|one| WithheldLine {
            seq,
            call: call.cloned(),
            source: source.cloned(),
            text: one.text.clone(),
            count: one.count,
        }));
    }
}
