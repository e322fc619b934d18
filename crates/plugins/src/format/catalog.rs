//! Everything that can be called, and who answers to which name. Source: issue 5, A6.
//!
//! A qualified name (`plugin:name`) always works. A bare name belongs to the strongest scope outside of plugins that has it
//! (managed, personal, project, bundled: the order of the reference), else to the one plugin that has it; with several it is refused and
//! the qualified ones are named. A skill beats a command of the same name. Every name that hides another is told.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::agent::Agent;
use super::diagnostic::Diagnostic;
use super::listing::{self, Hit};
use super::plugin::Plugin;
use super::skill::{Layout, Scope, Skill, slug};

/// Skills called at the beginning of one message, at most.
pub const STACKED: usize = 6;

/// Skills, commands and agents of all that is switched on.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    skills: Vec<Skill>,
    agents: Vec<Agent>,
    about: Vec<(String, String)>,
    /// Of the skills that are for some files only, those whose files are there.
    awake: BTreeSet<PathBuf>,
}

/// Who answers to a name.
#[derive(Clone, PartialEq, Debug)]
pub enum Resolution<'a> {
    /// This one.
    Skill(&'a Skill),
    /// Several do: their qualified names, sorted.
    Ambiguous(Vec<String>),
    /// Nobody does: names that are near.
    Unknown(Vec<String>),
}

impl Catalog {
    /// Adds a plugin that is switched on.
    pub fn add_plugin(&mut self, plugin: &Plugin) {
        self.skills
            .extend(plugin.skills.iter().chain(&plugin.commands).cloned());
        self.agents.extend(plugin.agents.iter().cloned());
        let about = plugin.manifest.description.clone().unwrap_or_default();
        self.about.push((plugin.name.clone(), about));
    }

    /// Adds skills outside of plugins.
    pub fn add_skills(&mut self, skills: impl IntoIterator<Item = Skill>) {
        self.skills.extend(skills);
    }

    /// Adds agents outside of plugins.
    pub fn add_agents(&mut self, agents: impl IntoIterator<Item = Agent>) {
        self.agents.extend(agents);
    }

    /// All skills and commands.
    pub fn skills(&self) -> &[Skill] {
        &self.skills
    }

    /// All agents.
    pub fn agents(&self) -> &[Agent] {
        &self.agents
    }

    /// What a plugin says it is for.
    pub fn about(&self, plugin: &str) -> &str {
        self.about
            .iter()
            .find(|(name, _)| name == plugin)
            .map(|(_, about)| about.as_str())
            .unwrap_or_default()
    }

    /// Who answers to `name`, with or without `/` in front.
    pub fn resolve(&self, name: &str) -> Resolution<'_> {
        let name = name.trim().trim_start_matches('/');
        if let Some((owner, rest)) = name.split_once(':') {
            let typed = slug(rest);
            let owned = self.skills.iter().filter(|skill| match &skill.scope {
                Scope::Plugin(plugin) => plugin.eq_ignore_ascii_case(owner),
                Scope::Nested(folder) => folder == owner,
                _ => false,
            });
            return match strongest(owned.filter(|skill| answers(skill, rest, &typed))) {
                Some(skill) => Resolution::Skill(skill),
                None => Resolution::Unknown(self.near(name)),
            };
        }
        let typed = slug(name);
        let mut answering = self
            .skills
            .iter()
            .filter(|skill| answers(skill, name, &typed))
            .collect::<Vec<_>>();
        let outside = answering.iter().copied().filter(|skill| is_plain(&skill.scope));
        if let Some(skill) = strongest(outside) {
            return Resolution::Skill(skill);
        }
        // One per owner: inside a plugin a skill beats a command.
        let mut owners: Vec<&Scope> = answering.iter().map(|skill| &skill.scope).collect();
        owners.sort();
        owners.dedup();
        match owners.as_slice() {
            [] => Resolution::Unknown(self.near(name)),
            [_] => match strongest(answering.drain(..)) {
                Some(skill) => Resolution::Skill(skill),
                None => Resolution::Unknown(Vec::new()),
            },
            _ => {
                let mut names: Vec<String> = answering.iter().map(|skill| skill.qualified()).collect();
                names.sort();
                names.dedup();
                Resolution::Ambiguous(names)
            }
        }
    }

    /// The agent of this name: qualified exactly, or bare where one alone has it; managed, personal and project before plugins.
    pub fn agent(&self, name: &str) -> Option<&Agent> {
        if let Some(agent) = self
            .agents
            .iter()
            .find(|agent| agent.qualified == name && agent.scope.plugin().is_some())
        {
            return Some(agent);
        }
        let mut named: Vec<&Agent> = self.agents.iter().filter(|agent| agent.name == name).collect();
        // Agents of a project are stronger than a person's, unlike skills.
        named.sort_by_key(|agent| agent_rank(&agent.scope));
        match named.as_slice() {
            [one] => Some(one),
            [first, second, ..] if agent_rank(&first.scope) < 3 || second.scope == first.scope => Some(first),
            _ => None,
        }
    }

    /// What a person can call, with the name to show: the bare one where it works, else the qualified.
    pub fn menu(&self) -> Vec<(String, &Skill)> {
        let shown = self
            .skills
            .iter()
            .filter(|skill| skill.user_invocable)
            .filter_map(|skill| {
                let is = |name: &str| matches!(self.resolve(name), Resolution::Skill(one) if std::ptr::eq(one, skill));
                let qualified = skill.qualified();
                [skill.slug.clone(), qualified]
                    .into_iter()
                    .find(|name| is(name))
                    .map(|name| (name, skill))
            });
        let mut shown: Vec<_> = shown.collect();
        shown.sort_by(|one, other| one.0.cmp(&other.0));
        shown
    }

    /// What the model is told of, in the order of the plugins: what it may call, without what is for files that are not there
    /// ([`Catalog::wake`]).
    pub fn for_model(&self) -> impl Iterator<Item = &Skill> {
        self.callable()
            .filter(|skill| skill.paths.is_empty() || self.awake.contains(&skill.file))
    }

    /// What the model may call that is for some files only.
    pub fn for_files(&self) -> impl Iterator<Item = &Skill> {
        self.callable().filter(|skill| !skill.paths.is_empty())
    }

    /// The model may be told of the skills for some files that `is_for` names, from here on.
    pub fn wake(&mut self, is_for: impl Fn(&Skill) -> bool) {
        let awake: Vec<PathBuf> = self
            .for_files()
            .filter(|skill| is_for(skill))
            .map(|skill| skill.file.clone())
            .collect();
        self.awake.extend(awake);
    }

    fn callable(&self) -> impl Iterator<Item = &Skill> {
        self.skills
            .iter()
            .filter(|skill| skill.model_invocable && self.is_reachable(skill))
    }

    /// The text that tells a model of its skills, in at most `budget` bytes.
    pub fn listing(&self, budget: usize) -> String {
        listing::listing(self, budget)
    }

    /// The skills a model may call that fit `query` best, best first.
    pub fn search(&self, query: &str, most: usize) -> Vec<Hit<'_>> {
        listing::search(self, query, most)
    }

    /// Names that hide others, and bare names that several plugins have.
    pub fn shadowed(&self) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for skill in &self.skills {
            let message = match self.resolve(&skill.slug) {
                Resolution::Skill(winner) if !std::ptr::eq(winner, skill) => {
                    format!(
                        "`/{}` is {}, not this one{}",
                        skill.slug,
                        winner.file.display(),
                        self.instead(skill)
                    )
                }
                Resolution::Ambiguous(names) => {
                    format!("`/{}` could mean {}; use one of them", skill.slug, names.join(", "))
                }
                _ => continue,
            };
            found.push(Diagnostic::note("shadowed", &skill.file, message));
        }
        found
    }

    fn instead(&self, skill: &Skill) -> String {
        let qualified = skill.qualified();
        match self.resolve(&qualified) {
            Resolution::Skill(one) if std::ptr::eq(one, skill) => format!(", which is `/{qualified}`"),
            _ => String::new(),
        }
    }

    fn is_reachable(&self, skill: &Skill) -> bool {
        matches!(self.resolve(&skill.qualified()), Resolution::Skill(one) if std::ptr::eq(one, skill))
    }

    fn near(&self, name: &str) -> Vec<String> {
        let bare = name.rsplit(':').next().unwrap_or(name);
        let mut near: Vec<(usize, String)> = self
            .skills
            .iter()
            .map(|skill| (strsim::damerau_levenshtein(&slug(bare), &skill.slug), skill.qualified()))
            .filter(|(distance, _)| *distance <= 2.min(bare.len() / 2))
            .collect();
        near.sort();
        near.dedup();
        near.into_iter().map(|(_, name)| name).take(3).collect()
    }
}

/// The skills named at the beginning of a message, at most six, and the text behind them, which all of them get.
/// Empty: the message calls nothing.
pub fn calls(message: &str) -> (Vec<&str>, &str) {
    let mut rest = message.trim_start();
    let mut names = Vec::new();
    while names.len() < STACKED {
        let Some(after) = rest.strip_prefix('/') else { break };
        let end = after.find(char::is_whitespace).unwrap_or(after.len());
        let (name, tail) = after.split_at(end);
        // `/home/me/x` is a path.
        if name.is_empty() || name.contains('/') {
            break;
        }
        names.push(name);
        rest = tail.trim_start();
    }
    (names, rest.trim_end())
}

/// `typed` is the slug of `name`, made once for all skills.
fn answers(skill: &Skill, name: &str, typed: &str) -> bool {
    skill.slug == typed || skill.name == name
}

fn is_plain(scope: &Scope) -> bool {
    !matches!(scope, Scope::Plugin(_) | Scope::Nested(_))
}

/// The strongest scope, in it a skill before a command, in it the first.
fn strongest<'a>(skills: impl Iterator<Item = &'a Skill>) -> Option<&'a Skill> {
    // `min_by` keeps the first of equals.
    skills.min_by(|one, other| {
        let rank = |skill: &Skill| (skill.scope.clone(), skill.layout == Layout::File);
        rank(one).cmp(&rank(other))
    })
}

fn agent_rank(scope: &Scope) -> u8 {
    match scope {
        Scope::Managed => 0,
        Scope::Project | Scope::Nested(_) => 1,
        Scope::Personal => 2,
        Scope::Plugin(_) => 3,
        Scope::Bundled => 4,
    }
}
