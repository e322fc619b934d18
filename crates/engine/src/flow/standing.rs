//! Values the person allowed for good: "always this address", never a whole tool (`injection.md` 4.4). Settings, like
//! everything else that outlives a task; they count for tasks taken up from then on.

use std::collections::BTreeMap;

use deskhand_store::EventLog as _;
use deskhand_types::{Answer, Ask, EventBody, Hash, TaskId, Timestamp, ValueRule, canonical_json};
use serde::Serialize;

use crate::{Engine, EngineError, views::TrustView};

/// A value the person allowed for good.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct StandingValue {
    /// Its id, the same for the same value and use.
    pub id: String,
    /// Which value, and for what.
    #[serde(flatten)]
    pub rule: ValueRule,
    /// Since when.
    pub since: Timestamp,
    /// The task whose question offered it; unknown for values allowed by earlier versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskId>,
}

/// A value whose permission is in the log, before the question it was offered in is answered.
#[derive(Debug)]
#[must_use = "if the question cannot be answered, the permission has to be given back"]
pub struct KeptValue {
    rule: ValueRule,
    /// Not allowed before, so that giving it back takes nothing away that stood already.
    new: bool,
}

/// Hexadecimal digits of an id.
const ID: usize = 12;

fn id_of(rule: &ValueRule) -> String {
    let text = canonical_json(rule).unwrap_or_default();
    Hash::of(text.as_bytes()).to_string().chars().take(ID).collect()
}

impl Engine {
    /// The values allowed for good, those allowed last coming first.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn standing_values(&self) -> Result<Vec<StandingValue>, EngineError> {
        let mut since = BTreeMap::new();
        for event in self.store.read(&TaskId::app(), 0)? {
            match event.body {
                EventBody::ValueAllowed { rule, task } => {
                    since.entry(rule).or_insert((event.at, event.seq, task));
                }
                EventBody::ValueWithdrawn { rule } => {
                    since.remove(&rule);
                }
                _ => {}
            }
        }
        let mut values: Vec<_> = since.into_iter().collect();
        values.sort_by_key(|(_, (_, seq, _))| std::cmp::Reverse(*seq));
        let value = |(rule, (since, _, task)): (ValueRule, _)| StandingValue {
            id: id_of(&rule),
            rule,
            since,
            task,
        };
        Ok(values.into_iter().map(value).collect())
    }

    /// Answers an open question with yes, and allows its value for good. `number` counts the values the question offers
    /// from 0. Returns the task.
    ///
    /// The permission is written down first: a yes without it would be half of what the person said. If the answer cannot
    /// be written, the permission is taken back.
    ///
    /// # Errors
    /// When the question is not open or offers no such value, or something cannot be written; nothing was allowed then, or
    /// [`EngineError::ValueStays`] says what was.
    pub fn allow_always(&self, id: &str, number: usize) -> Result<TaskId, EngineError> {
        let item = self.question(&id.into())?;
        let Ask::Approve { grounds, .. } = &item.ask else {
            return Err(EngineError::NoSuchQuestion(id.to_owned()));
        };
        let offered = grounds.always.get(number).cloned();
        let rule = offered.ok_or_else(|| EngineError::NoSuchQuestion(format!("{id}, value {}", number + 1)))?;
        let kept = self.keep_value(rule, &item.task)?;
        self.answer(item.id.as_str(), Answer::Allow)
            .map_err(|error| match self.give_back(kept) {
                Ok(()) => error,
                Err(stays) => stays,
            })
    }

    /// Allows a value that a question of `task` offers for good; what answers the question comes after it. Answered or
    /// given back: a card that is gone allows nothing for good.
    ///
    /// # Errors
    /// When the log cannot be read or written; nothing was allowed then.
    pub fn keep_value(&self, rule: ValueRule, task: &TaskId) -> Result<KeptValue, EngineError> {
        let new = !self.settings()?.values.contains(&rule);
        if new {
            self.set(EventBody::ValueAllowed {
                rule: rule.clone(),
                task: Some(task.clone()),
            })?;
        }
        Ok(KeptValue { rule, new })
    }

    /// Takes a permission back because its question could not be answered. What stood before stays.
    ///
    /// # Errors
    /// [`EngineError::ValueStays`] when that cannot be written: the value is allowed for good then.
    pub fn give_back(&self, kept: KeptValue) -> Result<(), EngineError> {
        if !kept.new {
            return Ok(());
        }
        let id = id_of(&kept.rule);
        let value = kept.rule.value.clone();
        self.set(EventBody::ValueWithdrawn { rule: kept.rule })
            .map_err(|why| EngineError::ValueStays {
                value,
                id,
                why: Box::new(why),
            })
    }

    /// How far a task can be trusted, and why.
    ///
    /// # Errors
    /// When the task does not exist.
    pub fn trust(&self, task: &TaskId) -> Result<TrustView, EngineError> {
        Ok(TrustView::of(&self.events(task)?))
    }

    /// Takes a value's standing permission back, for tasks taken up from then on. Returns what was allowed.
    ///
    /// # Errors
    /// When no value has this id, or the log cannot be written; nothing was changed then.
    pub fn withdraw_value(&self, id: &str) -> Result<StandingValue, EngineError> {
        let found = self.standing_values()?.into_iter().find(|value| value.id == id);
        let value = found.ok_or_else(|| EngineError::NoSuchValue(id.to_owned()))?;
        self.set(EventBody::ValueWithdrawn {
            rule: value.rule.clone(),
        })?;
        Ok(value)
    }
}
