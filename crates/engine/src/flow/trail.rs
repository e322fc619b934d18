//! The trail of a task: a fold over its events that holds what `policy::flow` must know.

use std::collections::BTreeMap;
use std::sync::Arc;

use deskhand_egress::WATCHED;
use deskhand_policy::{
    Flow,
    flow::{Directory, Output, Piece, Seen, Words},
};
use deskhand_types::{
    AddressesRead, Answer, ApprovalId, Ask, Block, CallId, EffectClass, Event, EventBody, Label, Stretch, ToolCall,
    ToolOutcome, ValueRule, pieces,
};

use super::{ConnectedTool, Connector, Language, Sinks, Speech};
use crate::{Engine, EngineError, hooks::Sayings, views::sink};

/// The trail of a task.
#[derive(Debug)]
pub(crate) struct Trail {
    language: Arc<Language>,
    /// Tools of connectors, as pinned.
    connected: Vec<ConnectedTool>,
    /// What each tool is a sink for.
    pub sinks: Sinks,
    /// Values the person allowed for good.
    standing: Vec<ValueRule>,
    /// What the person said that is in force: the latest request, what was added to it, answers on cards.
    said: Vec<Speech>,
    /// The part of it that is the person's own wording: without the answers on cards, which a model worded.
    requests: Vec<Speech>,
    /// Values they typed on cards in place of others, by the call of the card: each names something for that call alone.
    values: BTreeMap<CallId, Vec<String>>,
    /// How follow-ups that wait were entered, by the number of the event that queued them.
    queued: BTreeMap<u64, Vec<Stretch>>,
    /// Whether the model has said its last word about the request: what is said next is another one.
    answered: bool,
    /// The call a sub-agent is at work for.
    inside: Option<CallId>,
    words: Words,
    /// The same with the values typed for a call, for the calls that have some.
    named: BTreeMap<CallId, Words>,
    seen: Seen,
    /// Calls that are being performed.
    open: BTreeMap<CallId, ToolCall>,
    /// How many answers of models there were.
    turn: u64,
    asked: BTreeMap<ApprovalId, Question>,
    /// What the person said no to, without a yes in between.
    denied: Vec<Question>,
    /// A command tried to carry a canary out.
    leaking: bool,
    /// What hooks said of open calls.
    hooks: Sayings,
}

/// A question to the person.
#[derive(Debug)]
struct Question {
    /// The answer of a model that asks it.
    turn: u64,
    call: CallId,
    ask: Ask,
}

impl Question {
    /// Whether both came as one card ([`crate::views::cards`]).
    fn is_on_the_card_of(&self, other: &Self) -> bool {
        let own = sink(&self.ask);
        self.turn == other.turn && own.is_some() && own == sink(&other.ask)
    }
}

impl Engine {
    /// With a connector, whose tools every task started from now on is offered.
    #[must_use]
    pub fn connect(mut self, connector: Arc<dyn Connector>) -> Self {
        self.connections.add(connector);
        self
    }

    /// The trail of a task, from its events.
    pub(crate) fn trail(&self, events: &[Event]) -> Result<Trail, EngineError> {
        let standing = self.settings()?.values.into_iter().collect();
        let language = self.current().language.clone();
        Ok(Trail::replay(events, language, self.connections.tools(), standing))
    }
}

impl Trail {
    /// Replays a log.
    pub fn replay(
        events: &[Event],
        language: Arc<Language>,
        connected: Vec<ConnectedTool>,
        standing: Vec<ValueRule>,
    ) -> Self {
        let mut trail = Self {
            language,
            connected,
            sinks: Sinks::default(),
            standing,
            said: Vec::new(),
            requests: Vec::new(),
            values: BTreeMap::new(),
            queued: BTreeMap::new(),
            answered: false,
            inside: None,
            words: Words::default(),
            named: BTreeMap::new(),
            seen: Seen::new(Directory::default(), []),
            open: BTreeMap::new(),
            turn: 0,
            asked: BTreeMap::new(),
            denied: Vec::new(),
            leaking: false,
            hooks: Sayings::default(),
        };
        for event in events {
            trail.take(event);
        }
        trail.hear();
        trail
    }

    /// Takes in one event more.
    pub fn apply(&mut self, event: &Event) {
        if self.take(event) {
            self.hear();
        }
    }

    /// The flow of a call.
    pub fn flow<'t>(&'t self, call: &'t ToolCall) -> Flow<'t> {
        Flow {
            sink: self.sinks.get(&call.name),
            arguments: &call.input,
            seen: &self.seen,
            words: self.words_for(&call.id),
        }
    }

    /// What the person said that is in force, as it was said.
    pub fn said(&self) -> &[Speech] {
        &self.said
    }

    /// What the person said that is in force in their own wording: without answers on cards.
    pub fn requests(&self) -> &[Speech] {
        &self.requests
    }

    /// The person's words that are in force, whichever call is judged.
    pub const fn words(&self) -> &Words {
        &self.words
    }

    /// The person's words that are in force for a call: with the values they typed on its own card. Such a value is a yes to
    /// one call, and an answer is used once (`injection.md` 4.4): a text read later cannot spend it on another.
    pub fn words_for(&self, call: &CallId) -> &Words {
        self.named.get(call).unwrap_or(&self.words)
    }

    /// What was seen.
    pub const fn seen(&self) -> &Seen {
        &self.seen
    }

    /// Whether a tool is one of a connector that is there.
    pub fn is_connected(&self, tool: &str) -> bool {
        self.connected.iter().any(|known| known.def.name == tool)
    }

    /// The effect of a connector's call, for its action.
    pub fn effect(&self, call: &ToolCall) -> EffectClass {
        self.sinks.effect(&call.name, &call.input, &self.seen)
    }

    /// What the result of a call that is being performed gives of an address book.
    pub fn looked_up(&self, call: &CallId, outcome: &ToolOutcome) -> Option<AddressesRead> {
        self.sinks.looked_up(self.open.get(call)?, outcome)
    }

    /// Whether the results of the tool that gave entries count still.
    fn counts(&self, read: &AddressesRead) -> bool {
        let tool = self.connected.iter().find(|tool| tool.def.name == read.tool);
        tool.and_then(|tool| tool.address_book.as_ref())
            .is_some_and(|book| book.connector == read.connector && book.records.is_some())
    }

    /// How a follow-up that waits was entered.
    pub fn voice_of(&self, queued: u64) -> Vec<Stretch> {
        self.queued.get(&queued).cloned().unwrap_or_default()
    }

    /// What hooks said of open calls.
    pub const fn hooks(&self) -> &Sayings {
        &self.hooks
    }

    /// Whether a command tried to carry a canary out.
    pub const fn is_leaking(&self) -> bool {
        self.leaking
    }

    /// What the person said no to, without a yes in between.
    pub fn denied(&self) -> impl Iterator<Item = &Ask> {
        self.denied.iter().map(|question| &question.ask)
    }

    /// How often they said no to it: what came as one card was one no.
    pub fn noes(&self) -> usize {
        let is_new = |(index, question): &(usize, &Question)| {
            let mut before = self.denied.iter().take(*index);
            !before.any(|other| question.is_on_the_card_of(other))
        };
        self.denied.iter().enumerate().filter(is_new).count()
    }

    /// Takes an event in; tells whether other words are in force now.
    fn take(&mut self, event: &Event) -> bool {
        match &event.body {
            EventBody::TaskStarted(start) => {
                self.sinks = Sinks::of(&start.tools, &self.language);
                for tool in &self.connected {
                    self.sinks.connect(tool, &self.language);
                }
                self.said = vec![Speech {
                    text: start.prompt.clone(),
                    voice: start.voice.clone(),
                }];
                self.requests.clone_from(&self.said);
                return true;
            }
            EventBody::FollowUpQueued { voice, .. } => {
                self.queued.insert(event.seq, voice.clone());
            }
            EventBody::PersonSaid { text, queued, voice } => {
                // Words of requests that were answered expire as grants (`injection.md` 3.1 number 11).
                if std::mem::take(&mut self.answered) || queued.is_some() {
                    self.said.clear();
                    self.requests.clear();
                    self.values.clear();
                }
                self.denied.clear();
                let said = Speech {
                    text: text.clone(),
                    voice: voice.clone(),
                };
                self.requests.push(said.clone());
                self.said.push(said);
                return true;
            }
            EventBody::ModelRequested { .. } => self.answered = false,
            // What a sub-agent says answers nothing the person asked.
            EventBody::AgentStarted(start) => self.inside = Some(start.call.clone()),
            EventBody::ModelAnswered { content, .. } => {
                self.turn += 1;
                if self.inside.is_none() {
                    self.answered = !content.iter().any(|block| matches!(block, Block::ToolUse { .. }));
                }
            }
            // Who takes a stopped task up again begins to count anew.
            EventBody::TaskFinished { .. } => {
                self.denied.clear();
                self.leaking = false;
            }
            EventBody::NetworkRequested(request) => self.leaking |= request.reason == WATCHED,
            EventBody::NetworkFinished(result) => self.leaking |= result.error.as_deref() == Some(WATCHED),
            EventBody::ApprovalRequested { id, call, ask } => {
                let question = Question {
                    turn: self.turn,
                    call: call.clone(),
                    ask: ask.clone(),
                };
                self.asked.insert(id.clone(), question);
            }
            EventBody::ApprovalAnswered { id, answer } => return self.hear_answer(id, answer),
            EventBody::ToolStarted { call, .. } => {
                self.open.insert(call.id.clone(), call.clone());
            }
            EventBody::ToolFinished { call, outcome } => {
                self.inside.take_if(|inside| inside == call);
                self.hooks.forget(call);
                self.values.remove(call);
                self.named.remove(call);
                let label = event.label.as_ref().unwrap_or(&outcome.label);
                self.finish(call, outcome, label);
            }
            EventBody::HookRan(run) => self.hooks.take(run),
            // What the person has withdrawn since counts no more.
            EventBody::AddressesRead(read) if self.counts(read) => self.seen.look_up(read),
            EventBody::CommandFinished { outcome, .. } => {
                self.seen.read(event.label.as_ref().unwrap_or(&outcome.label));
            }
            _ => {}
        }
        false
    }

    /// An answer counts once. A choice on a card is the person's word, if it is short: its wording was a model's.
    fn hear_answer(&mut self, id: &ApprovalId, answer: &Answer) -> bool {
        let Some(question) = self.asked.remove(id) else {
            return false;
        };
        // What a server is answered is between the person and it: no word of theirs for the task, and no no to it.
        if matches!(question.ask, Ask::Server { .. }) {
            return false;
        }
        match answer {
            Answer::Deny { .. } => self.denied.push(question),
            Answer::Allow => self.denied.clear(),
            Answer::Instead { to, .. } => {
                self.denied.clear();
                self.values.entry(question.call).or_default().push(to.clone());
                return true;
            }
            Answer::Answers { answers } => {
                self.denied.clear();
                self.said.extend(answers.iter().flatten().map(Speech::from));
                return true;
            }
            Answer::Filled { .. } | Answer::Void => {}
        }
        false
    }

    fn finish(&mut self, id: &CallId, outcome: &ToolOutcome, label: &Label) {
        let call = self.open.remove(id);
        let Some(call) = call.filter(|call| self.sinks.is_connector(&call.name)) else {
            self.seen.read(label);
            return;
        };
        let sink = self.sinks.get(&call.name);
        self.seen.observe(&Output {
            value: &outcome.data,
            label,
            // Nobody curates connectors yet; what the person lets count comes as events of its own.
            address_book: false,
            // Whom a write names was named by the call.
            echo: sink.is_some_and(|sink| sink.effect != EffectClass::Fetch),
        });
        if let (Some(sink), None) = (sink, &outcome.error) {
            self.seen.performed(sink, &call.input);
        }
    }

    fn hear(&mut self) {
        self.words = self.spoken(&[]);
        let named = self.values.iter();
        self.named = named
            .map(|(call, values)| (call.clone(), self.spoken(values)))
            .collect();
    }

    /// The person's words, with values they typed on cards.
    fn spoken(&self, values: &[String]) -> Words {
        let said = self
            .said
            .iter()
            .flat_map(|said| pieces(&said.text, &said.voice))
            .map(|(text, how)| Piece { text, how });
        Words::of_pieces(said, &self.language.people)
            .with_values(values, &self.language.people)
            .with_standing(self.standing.iter().cloned())
    }
}
