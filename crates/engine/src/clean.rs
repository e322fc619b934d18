//! Going on in a clean context with only the values a person chose (`injection.md` 4.5 number 8: "user picks values,
//! taint ends there").
//!
//! A new task begins with the person's own words that are in force and the values, as they were shown whole on a card
//! and chosen there. Nothing else of the earlier task is in it: no result, no text that was pasted, no word of a model.
//! What is chosen counts as a choice on any other card does, and no more: files the earlier task wrote carry their
//! labels with their content, so whoever reads them is tainted as before.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use deskhand_agent::Task;
use deskhand_documents::invisible_characters;
use deskhand_types::{
    Answer, ApprovalId, Ask, Block, BranchPoint, CallId, Event, EventBody, Grant, GrantMode, LONGEST_TYPED, Label,
    ModelProfile, ModelRef, Provenance, Source, Stretch, TaskId, is_voice, pieces,
};
use serde::Serialize;
use serde_json::Value;

use crate::{
    Engine, EngineError, Speech, StartOptions,
    flow::{COMMAND, SHOWN},
};

/// Values that can be chosen for one task.
pub const MOST_VALUES: usize = 20;
/// The name under which a task has its own outputs.
const OUTPUTS: &str = "outputs";
/// The name under which a task finds what the one before it handed out.
const EARLIER: &str = "earlier-outputs";

/// What a clean task begins with.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CleanOptions {
    /// The values, each on one line and at most [`LONGEST_TYPED`] characters long.
    pub values: Vec<String>,
    /// What the person says instead of what they said before; `None` = their own words that are in force.
    pub speech: Option<Speech>,
}

/// What a clean task could begin with.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CleanOffer {
    /// The person's own words that are in force.
    pub words: String,
    /// Characters of what they said that are left out, since they were pasted.
    pub left_out: u64,
    /// Values the task asked about or was asked for, in the order they came up.
    pub values: Vec<OfferedValue>,
}

/// A value that could be chosen.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct OfferedValue {
    /// The whole value.
    pub value: String,
    /// What it was in the call that was asked about: the parameter's name.
    pub name: String,
    /// Where it was read; `None` where it stands in nothing that was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
}

/// What a task takes over from the one it goes on from.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct GoneOn {
    pub from: BranchPoint,
    /// Its model.
    pub model: ModelRef,
    /// What that model can do, as it was frozen.
    pub profile: ModelProfile,
    /// Folders of Deskhand's own that it had: what was attached to it and what it handed out, to be read.
    pub kept: Vec<Grant>,
}

impl Engine {
    /// What a clean task could begin with.
    ///
    /// # Errors
    /// When the task does not exist or the store fails.
    pub fn clean_offer(&self, task: &TaskId) -> Result<CleanOffer, EngineError> {
        let events = self.events(task)?;
        let trail = self.trail(&events)?;
        let (words, left_out) = own_words(trail.said());
        let mut values: Vec<OfferedValue> = Vec::new();
        for offered in asked_about(&events) {
            let is_new = !values.iter().any(|known| known.value == offered.value);
            if is_new && values.len() < MOST_VALUES && fault(&offered.value).is_none() {
                values.push(offered);
            }
        }
        Ok(CleanOffer {
            words,
            left_out,
            values,
        })
    }

    /// Makes a task that goes on with only these values, in the same folders, with the same model and limits. The
    /// earlier task stays as it is.
    ///
    /// # Errors
    /// When the task does not exist, a value is not one that a person can take in at a glance, what is said instead was
    /// pasted, a folder or the model cannot be used any more, or nothing would be said. Nothing was made then.
    pub fn clean(&self, task: &TaskId, options: &CleanOptions) -> Result<TaskId, EngineError> {
        if options.values.len() > MOST_VALUES {
            return Err(EngineError::NotAValue {
                value: format!("{} values", options.values.len()),
                why: format!("at most {MOST_VALUES} can be chosen"),
            });
        }
        let values: Vec<&str> = options.values.iter().map(|value| value.trim()).collect();
        for value in &values {
            if let Some(why) = fault(value) {
                return Err(EngineError::NotAValue {
                    value: shown(value),
                    why,
                });
            }
        }
        let events = self.events(task)?;
        let state = Task::replay(&events).ok_or_else(|| EngineError::NotATask(task.clone()))?;
        let said = match &options.speech {
            Some(speech) => std::slice::from_ref(speech).to_vec(),
            None => self.trail(&events)?.said().to_vec(),
        };
        let (words, left_out) = own_words(&said);
        if options.speech.is_some() && left_out > 0 {
            return Err(EngineError::NotYourWords);
        }
        if words.trim().is_empty() {
            return Err(EngineError::EmptyPrompt);
        }
        let prompt = with_values(&words, &values);
        let start = state.start();
        let (own, folders) = self.split(&events, state.grants());
        let gone_on = GoneOn {
            from: BranchPoint {
                task: task.clone(),
                before: 0,
            },
            model: start.model.clone(),
            profile: start.profile.clone(),
            kept: own,
        };
        let options = StartOptions {
            allow_outside_home: folders.iter().any(|grant| grant.outside_home),
            folders: folders
                .into_iter()
                .map(|grant| (grant.folder.into(), grant.mode))
                .collect(),
            voice: Stretch::typed(&prompt),
            prompt,
            mode: start.mode,
            model: Some(start.model.to_string()),
            budget: start.budget.clone(),
            sandbox: start.sandbox,
            reading: start.reading,
            agent: start.agent.clone(),
            ..StartOptions::default()
        };
        self.begin(options, Some(gone_on))
    }

    /// The folders of a task that are Deskhand's own, only to be read from now on, and the person's.
    fn split(&self, events: &[Event], grants: &[Grant]) -> (Vec<Grant>, Vec<Grant>) {
        let mut own: Vec<Grant> = Vec::new();
        let mut folders = Vec::new();
        for grant in grants.iter().filter(|grant| !grant.name.starts_with('.')) {
            let folder = Path::new(&grant.folder);
            if !folder.starts_with(&self.config().home) {
                folders.push(grant.clone());
                continue;
            }
            let wanted = match grant.name.as_str() {
                OUTPUTS if !wrote(events, OUTPUTS) => continue,
                OUTPUTS => EARLIER,
                other => other,
            };
            own.push(Grant {
                name: wanted.to_owned(),
                folder: grant.folder.clone(),
                mode: GrantMode::ReadOnly,
                outside_home: false,
            });
        }
        (own, folders)
    }
}

/// Whether a task changed anything in one of its folders.
fn wrote(events: &[Event], folder: &str) -> bool {
    events.iter().any(|event| match &event.body {
        EventBody::ChangeIntended { set } => set.changes.iter().any(|change| change.path.grant() == Some(folder)),
        _ => false,
    })
}

/// What the person said themselves, and how many characters of others' text stood beside it.
fn own_words(said: &[Speech]) -> (String, u64) {
    let mut left_out = 0;
    let mut own = Vec::new();
    for speech in said {
        let mut words = String::new();
        for (piece, how) in pieces(&speech.text, &speech.voice) {
            if is_voice(piece, how) {
                words.push_str(piece);
            } else {
                left_out += piece.chars().count() as u64;
            }
        }
        let words = words.trim();
        if !words.is_empty() {
            own.push(words.to_owned());
        }
    }
    (own.join("\n\n"), left_out)
}

/// The words with the values below them. No word of ours is among them: it would count as the person's.
fn with_values(words: &str, values: &[&str]) -> String {
    let mut text = words.to_owned();
    for (index, value) in values.iter().enumerate() {
        text.push_str(if index == 0 { "\n\n- " } else { "\n- " });
        text.push_str(value);
    }
    text
}

/// Why a value cannot be taken in at a glance, if it cannot.
fn fault(value: &str) -> Option<String> {
    let chars = value.chars().count();
    if value.trim().is_empty() {
        Some("it is empty".to_owned())
    } else if chars > LONGEST_TYPED {
        Some(format!("it has {chars} characters; {LONGEST_TYPED} are the most"))
    } else if value
        .chars()
        .any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'))
    {
        Some("it is more than one line".to_owned())
    } else if invisible_characters(value) > 0 {
        Some("it holds characters that cannot be seen".to_owned())
    } else {
        None
    }
}

/// The beginning of a value that is refused, fit for a message.
fn shown(value: &str) -> String {
    let mut shown: String = value.chars().filter(|c| !c.is_control()).take(60).collect();
    if shown.len() < value.len() {
        shown.push('…');
    }
    shown
}

/// The values calls were asked about and the answers the person chose, in the order they came up.
fn asked_about(events: &[Event]) -> Vec<OfferedValue> {
    let mut inputs: BTreeMap<&CallId, &Value> = BTreeMap::new();
    let mut questions: BTreeSet<&ApprovalId> = BTreeSet::new();
    let mut found = Vec::new();
    for event in events {
        match &event.body {
            EventBody::ModelAnswered { content, .. } => {
                inputs.extend(content.iter().filter_map(|block| match block {
                    Block::ToolUse { id, input, .. } => Some((id, input)),
                    _ => None,
                }));
            }
            EventBody::ApprovalRequested { id, ask, .. } => match ask {
                Ask::Approve { action, grounds, .. } => {
                    let input = inputs.get(&action.call).copied();
                    found.extend(grounds.provenance.iter().filter_map(|one| {
                        Some(OfferedValue {
                            value: uncut(one, input)?,
                            name: one.param.clone(),
                            source: one.source.clone(),
                        })
                    }));
                }
                Ask::Questions { .. } => {
                    questions.insert(id);
                }
                _ => {}
            },
            EventBody::ApprovalAnswered {
                id,
                answer: Answer::Answers { answers },
            } if questions.contains(id) => {
                found.extend(answers.iter().flatten().map(|answer| OfferedValue {
                    value: answer.clone(),
                    name: String::new(),
                    source: Label::person().sources.pop_first(),
                }));
            }
            _ => {}
        }
    }
    found
}

/// The whole of a value that a card may have cut; `None` where it is not to be had, and for a command, which is an order
/// and no value.
fn uncut(one: &Provenance, input: Option<&Value>) -> Option<String> {
    if one.param == COMMAND {
        return None;
    }
    if one.value.chars().count() < SHOWN {
        return Some(one.value.clone());
    }
    strings(input?)
        .find(|text| text.starts_with(&one.value))
        .map(str::to_owned)
}

/// Every string in a call's input.
fn strings(value: &Value) -> Box<dyn Iterator<Item = &str> + '_> {
    match value {
        Value::String(text) => Box::new(std::iter::once(text.as_str())),
        Value::Array(items) => Box::new(items.iter().flat_map(strings)),
        Value::Object(map) => Box::new(map.values().flat_map(strings)),
        _ => Box::new(std::iter::empty()),
    }
}
