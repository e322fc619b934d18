//! Skills a task has called: what they permit for the turn, and what stays of them when the context is compacted.
//!
//! Source: the skill reference of Claude Code as restated in issue 5 (A7, lifecycle).

use std::collections::{BTreeMap, BTreeSet};

use deskhand_types::{Block, CallId, Hash, HookRun, SkillModel, SkillUse};

/// Tokens of one skill that stay when the context is compacted, and of all, counted as four bytes each.
const KEEP_ONE: usize = 5_000 * 4;
const KEEP_ALL: usize = 25_000 * 4;
/// After this many refusals to stop in a row, hooks are not asked any more.
const MAX_STOP_BLOCKS: u32 = 8;

/// One use of a skill.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Used {
    /// The skill's full name.
    pub skill: String,
    /// Hash of what entered the conversation.
    pub hash: Hash,
    /// The model's call, when it was the model.
    pub call: Option<CallId>,
    /// Whether its result holds text of the skill; a repeated use only refers to it.
    holds: bool,
    /// Whether that is the whole text.
    whole: bool,
}

/// Skills that were called, and what holds because of them.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Skills {
    used: Vec<Used>,
    allowed: Vec<(String, String)>,
    disallowed: Vec<(String, String)>,
    model: Option<SkillModel>,
    offered: BTreeSet<String>,
    stop_blocks: u32,
}

impl Skills {
    /// All uses, oldest first.
    pub fn used(&self) -> &[Used] {
        &self.used
    }

    /// Rules of tools that need no question now: the skill and the rule.
    pub fn allowed(&self) -> impl Iterator<Item = (&str, &str)> {
        self.allowed.iter().map(|(skill, rule)| (skill.as_str(), rule.as_str()))
    }

    /// Rules of tools that are refused now: the skill and the rule.
    pub fn disallowed(&self) -> impl Iterator<Item = (&str, &str)> {
        self.disallowed
            .iter()
            .map(|(skill, rule)| (skill.as_str(), rule.as_str()))
    }

    /// Who answers until the person speaks again, where a skill asks for another than the conversation's own.
    pub const fn model(&self) -> Option<&SkillModel> {
        self.model.as_ref()
    }

    /// Whether the conversation was told of a skill that is for some files only.
    pub fn is_offered(&self, skill: &str) -> bool {
        self.offered.contains(skill)
    }

    /// Whether exactly this text of this skill is in the conversation already.
    pub fn is_there(&self, skill: &str, hash: Hash) -> bool {
        let same = |used: &Used| used.whole && used.skill == skill && used.hash == hash;
        self.used.iter().any(same)
    }

    /// Whether hooks may still hold the task when it wants to stop.
    pub const fn may_hold(&self) -> bool {
        self.stop_blocks < MAX_STOP_BLOCKS
    }

    /// Whether a hook held the task when it wanted to stop, since the person spoke.
    pub const fn was_held(&self) -> bool {
        self.stop_blocks > 0
    }

    /// What holds for a sub-agent: what is permitted and taken away, and who answers, where it `has_own` model not. What
    /// skills say stands in another conversation.
    pub(crate) fn for_sub_agent(&self, has_own: bool) -> Self {
        Self {
            used: Vec::new(),
            offered: BTreeSet::new(),
            stop_blocks: 0,
            model: self.model.clone().filter(|_| !has_own),
            ..self.clone()
        }
    }

    pub(crate) fn offer(&mut self, skills: &[String]) {
        self.offered.extend(skills.iter().cloned());
    }

    pub(crate) fn forget_model(&mut self) {
        self.model = None;
    }

    pub(crate) fn take(&mut self, used: &SkillUse) {
        let whole = !self.is_there(&used.skill, used.hash);
        self.used.push(Used {
            whole,
            holds: whole,
            skill: used.skill.clone(),
            hash: used.hash,
            call: used.call.clone(),
        });
        let of = |rules: &[String]| -> Vec<_> { rules.iter().map(|rule| (used.skill.clone(), rule.clone())).collect() };
        self.allowed.extend(of(&used.allowed));
        self.disallowed.extend(of(&used.disallowed));
        if used.model.is_some() {
            self.model.clone_from(&used.model);
        }
    }

    pub(crate) fn take_hook(&mut self, run: &HookRun) {
        self.stop_blocks += u32::from(matches!(run.event.as_str(), "Stop" | "SubagentStop") && run.verdict.is_some());
    }

    /// What a skill permits and takes away, and its model, end when the person speaks again.
    pub(crate) fn person_spoke(&mut self) {
        self.allowed.clear();
        self.disallowed.clear();
        self.model = None;
        self.stop_blocks = 0;
    }

    /// The calls whose results stay when the context is compacted, with how many bytes: the newest use of each skill that
    /// a model called, newest first while there is room.
    pub(crate) fn kept_when_compacted(&self) -> BTreeMap<CallId, usize> {
        let mut kept = BTreeMap::new();
        let mut seen = BTreeSet::new();
        let mut room = KEEP_ALL;
        for newest in self.used.iter().rev() {
            if !seen.insert(&newest.skill) {
                continue;
            }
            let holder = self
                .used
                .iter()
                .rev()
                .find(|used| used.holds && used.skill == newest.skill && used.hash == newest.hash);
            let share = room.min(KEEP_ONE);
            if let Some(call) = holder.and_then(|used| used.call.clone()).filter(|_| share > 0) {
                room -= share;
                kept.insert(call, share);
            }
        }
        kept
    }

    /// The result of this call no longer says all it said, and `remains` tells whether it says anything: calling the
    /// skill again gives it anew.
    pub(crate) fn was_cut(&mut self, call: &CallId, remains: bool) {
        for used in self.used.iter_mut().filter(|used| used.call.as_ref() == Some(call)) {
            used.whole = false;
            used.holds &= remains;
        }
    }
}

/// Keeps the first `room` bytes of a result's text. Tells whether something was cut.
pub(crate) fn shorten(content: &mut [Block], mut room: usize) -> bool {
    let mut cut = false;
    for block in content.iter_mut() {
        let Block::Text { text } = block else { continue };
        if text.len() > room {
            cut = true;
            text.truncate(text.floor_char_boundary(room));
            text.push_str("\n[The rest of this skill was removed to save room. Call it again if you need it.]");
        }
        room = room.saturating_sub(text.len());
    }
    cut
}
