//! Which model a conversation goes to: its own, or for a while the one a skill asks for.
//!
//! What a model thought goes back to that model alone, since it is signed for it. So a conversation that several models
//! answered is sent to each without the reasoning of the others.

use deskhand_types::{Block, Message, ModelProfile, ModelRef, Role};

use crate::{Task, task::Last};

impl Task {
    /// The model that is asked: the one a skill in use asks for, else the sub-agent's while one works, else the task's.
    pub fn model(&self) -> &ModelRef {
        let skills = self.skills.model().map(|own| &own.model);
        skills.unwrap_or_else(|| self.own_model())
    }

    /// What that model can do.
    pub fn profile(&self) -> &ModelProfile {
        let agents = || self.agent.as_ref().and_then(|agent| agent.start().profile.as_ref());
        let skills = self.skills.model().map(|own| &own.profile);
        skills.or_else(agents).unwrap_or(&self.start.profile)
    }

    /// The model of the conversation when no skill asks for another.
    fn own_model(&self) -> &ModelRef {
        let agents = self.agent.as_ref().and_then(|agent| agent.start().model.as_ref());
        agents.unwrap_or(&self.start.model)
    }

    /// Whether the model that is asked now is a skill's, so that the conversation can go on without it.
    pub fn is_asking_for_skill(&self) -> bool {
        self.asked.as_ref().is_some_and(|asked| asked != self.own_model())
    }

    /// There is no such model: the conversation goes on with its own. Tells whether it can.
    pub(crate) fn give_up_skills_model(&mut self) -> bool {
        if !self.is_asking_for_skill() {
            return false;
        }
        self.skills.forget_model();
        self.last = Last::Open;
        true
    }

    /// Remembers who gives the answer that is about to become the next message.
    pub(crate) fn note_who_answers(&mut self) {
        let Some(asked) = self.asked.take() else { return };
        if asked != *self.own_model() {
            self.others.push((self.messages.len(), asked));
        }
    }

    /// Takes out the reasoning of other models. Tells whether the one asked may think itself: a turn that another began
    /// cannot be thought to its end.
    pub(crate) fn without_others_thinking(&self, messages: &mut [Message]) -> bool {
        let asked = self.model();
        if self.others.is_empty() && asked == self.own_model() {
            return true;
        }
        let turn_begins = messages.iter().rposition(|message| {
            let is_said = |block: &Block| !matches!(block, Block::ToolResult { .. });
            message.role == Role::User && message.content.iter().any(is_said)
        });
        let mut may_think = true;
        for (index, message) in messages.iter_mut().enumerate() {
            let other = self.others.iter().find(|(at, _)| *at == index);
            let by = other.map_or_else(|| self.own_model(), |(_, model)| model);
            if message.role != Role::Assistant || by == asked {
                continue;
            }
            may_think &= turn_begins.is_some_and(|begins| index < begins);
            let is_thought = |block: &Block| matches!(block, Block::Thinking { .. } | Block::RedactedThinking { .. });
            message.content.retain(|block| !is_thought(block));
            if message.content.is_empty() {
                // Providers refuse empty messages.
                message.content.push(Block::text("(no answer)"));
            }
        }
        may_think
    }
}
