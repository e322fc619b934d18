//! Rules as data: TOML with examples that are checked when the file loads.

use std::sync::Arc;

use deskhand_types::{Action, CallId, EffectClass, Grant, GrantMode, GuestPath, Hash, Label, Mode, Tier};
use globset::{Glob, GlobMatcher};
use serde::Deserialize;

use crate::{Context, Verdict};

/// A rule file is not right. Nothing of it is in force.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum RuleError {
    /// Not TOML, or not of the form of a rule file.
    #[error("the rule file cannot be read: {0}")]
    Parse(String),
    /// A path pattern is not a glob.
    #[error("rule `{rule}`: `{pattern}` is not a path pattern: {reason}")]
    Pattern {
        /// The rule.
        rule: String,
        /// The pattern.
        pattern: String,
        /// Why.
        reason: String,
    },
    /// A rule does not do what its own example says.
    #[error("rule `{rule}` does not match its own example number {number}")]
    Example {
        /// The rule.
        rule: String,
        /// Which example, from 1.
        number: usize,
    },
}

impl deskhand_types::Coded for RuleError {
    fn code(&self) -> deskhand_types::Code {
        deskhand_types::Code::new(match self {
            Self::Parse(_) => "policy.rules-unreadable",
            Self::Pattern { .. } => "policy.bad-pattern",
            Self::Example { .. } => "policy.example-fails",
        })
    }
    fn hint(&self) -> Option<String> {
        Some(
            "correct the rule file: one that is wrong is never in force in part, and Deskhand does not start with a wrong \
             policy.toml"
                .to_owned(),
        )
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    rule: Vec<RawRule>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    name: String,
    verdict: RawVerdict,
    reason: String,
    #[serde(default)]
    always: bool,
    #[serde(default)]
    unless_bound: Vec<EffectClass>,
    #[serde(default)]
    when: When,
    #[serde(default)]
    example: Vec<Example>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RawVerdict {
    Allow,
    Ask,
    Deny,
}

/// Conditions; all that are given must hold.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct When {
    pub(crate) effect: Vec<EffectClass>,
    pub(crate) mode: Vec<Mode>,
    pub(crate) tool: Vec<String>,
    pub(crate) grant: Vec<GrantMode>,
    path: Vec<String>,
    pub(crate) tainted: Option<bool>,
    pub(crate) tier: Vec<Tier>,
}

/// A situation the rule must match; checked at load.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    #[serde(default)]
    tool: String,
    effect: EffectClass,
    #[serde(default)]
    mode: Mode,
    #[serde(default)]
    grant: GrantMode,
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    tainted: bool,
    #[serde(default)]
    tier: Option<Tier>,
}

/// Who made a rule.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Origin {
    /// Deskhand.
    #[default]
    Shipped,
    /// The person, in their rule file.
    Own,
    /// The person, about one tool of a connector.
    Connector,
    /// The organisation, in the file it manages.
    Managed,
}

impl Origin {
    /// The word used where rules are shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Shipped => "shipped",
            Self::Own => "own",
            Self::Connector => "connector",
            Self::Managed => "managed",
        }
    }
}

/// One rule.
#[derive(Debug)]
pub struct Rule {
    /// Its name, shown with each decision.
    pub name: String,
    /// Who made it.
    pub origin: Origin,
    /// The file it stands in; empty for Deskhand's own.
    pub file: Arc<str>,
    /// What it decides.
    pub verdict: Verdict,
    /// Why, in one sentence for the person.
    pub reason: String,
    /// Whether an `ask` is asked even in a mode without questions.
    pub always: bool,
    /// Effects for which, where the flow of a call is known, the information-flow floor decides instead.
    pub unless_bound: Vec<EffectClass>,
    pub(crate) when: When,
    pub(crate) paths: Vec<GlobMatcher>,
}

/// The rules in force, in layers: those of the organisation, then those of the person and Deskhand's.
///
/// Within a layer the first rule that matches decides. Between layers a refusal wins wherever it stands; without one the
/// higher layer decides. So nothing the person writes lifts what the organisation refuses or wants asked, and nothing the
/// organisation allows lifts what the person refuses.
#[derive(Debug, Default)]
pub struct Rules {
    /// Layers above, the highest first.
    above: Vec<Vec<Rule>>,
    rules: Vec<Rule>,
}

const DEFAULT: &str = include_str!("../rules/default.toml");

impl Rules {
    /// The shipped rules.
    ///
    /// # Errors
    /// Never in a released build: a test loads them.
    pub fn shipped() -> Result<Self, RuleError> {
        Self::parse(DEFAULT)
    }

    /// Parses a rule file and checks each rule against its own examples.
    ///
    /// # Errors
    /// [`RuleError`] for the first thing that is wrong.
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        let file: File = toml::from_str(text).map_err(|error| RuleError::Parse(error.to_string()))?;
        let mut rules = Vec::with_capacity(file.rule.len());
        for raw in file.rule {
            let mut paths = Vec::with_capacity(raw.when.path.len());
            for pattern in &raw.when.path {
                let glob = Glob::new(pattern).map_err(|error| RuleError::Pattern {
                    rule: raw.name.clone(),
                    pattern: pattern.clone(),
                    reason: error.kind().to_string(),
                })?;
                paths.push(glob.compile_matcher());
            }
            let verdict = match raw.verdict {
                RawVerdict::Allow => Verdict::Allow,
                RawVerdict::Ask => Verdict::Ask,
                RawVerdict::Deny => Verdict::Deny,
            };
            let rule = Rule {
                name: raw.name,
                origin: Origin::default(),
                file: Arc::default(),
                verdict,
                reason: raw.reason,
                always: raw.always,
                unless_bound: raw.unless_bound,
                when: raw.when,
                paths,
            };
            for (index, example) in raw.example.iter().enumerate() {
                if !rule.matches_example(example) {
                    return Err(RuleError::Example {
                        rule: rule.name,
                        number: index + 1,
                    });
                }
            }
            rules.push(rule);
        }
        Ok(Self {
            above: Vec::new(),
            rules,
        })
    }

    /// The same rules, said to be made by `origin` in `file`. What an organisation wants asked is asked in every mode.
    #[must_use]
    pub fn of(mut self, origin: Origin, file: &str) -> Self {
        let file: Arc<str> = file.into();
        for rule in self.above.iter_mut().flatten().chain(&mut self.rules) {
            rule.origin = origin;
            rule.file = file.clone();
            rule.always |= origin == Origin::Managed;
        }
        self
    }

    /// These rules as layers of their own above `lower`.
    #[must_use]
    pub fn above(self, lower: Self) -> Self {
        let mut above = self.above;
        above.push(self.rules);
        above.extend(lower.above);
        Self {
            above,
            rules: lower.rules,
        }
    }

    /// These rules, then `others`: the person's own come before the shipped ones.
    #[must_use]
    pub fn then(mut self, others: Self) -> Self {
        self.above.extend(others.above);
        self.rules.extend(others.rules);
        self
    }

    /// All rules, those that count first coming first.
    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.above.iter().flatten().chain(&self.rules)
    }

    /// The layers, the highest first.
    pub(crate) fn layers(&self) -> impl Iterator<Item = &Vec<Rule>> {
        self.above.iter().chain(std::iter::once(&self.rules))
    }

    /// The rule that decides about an action.
    pub(crate) fn deciding(&self, action: &Action, context: &Context<'_>) -> Option<&Rule> {
        let mut highest = None;
        for rule in self
            .layers()
            .filter_map(|layer| layer.iter().find(|rule| rule.matches(action, context)))
        {
            if rule.refuses(action) {
                return Some(rule);
            }
            highest = highest.or(Some(rule));
        }
        highest
    }
}

impl Rule {
    /// Whether it refuses the action by itself, where it matches.
    fn refuses(&self, action: &Action) -> bool {
        self.verdict == Verdict::Deny && !self.unless_bound.contains(&action.effect)
    }

    fn matches(&self, action: &Action, context: &Context<'_>) -> bool {
        let when = &self.when;
        let in_list = |list: &[GrantMode]| {
            action.paths.iter().any(|path| {
                context
                    .grants
                    .iter()
                    .any(|grant| Some(grant.name.as_str()) == path.grant() && list.contains(&grant.mode))
            })
        };
        (when.effect.is_empty() || when.effect.contains(&action.effect))
            && (when.mode.is_empty() || when.mode.contains(&context.mode))
            && (when.tool.is_empty() || when.tool.contains(&action.tool))
            && (when.grant.is_empty() || in_list(&when.grant))
            && when.tainted.is_none_or(|tainted| tainted == context.taint.is_tainted())
            && (when.tier.is_empty() || action.tier.is_some_and(|tier| when.tier.contains(&tier)))
            && (self.paths.is_empty() || self.path_matches(action))
    }

    /// A rule that allows must cover every path; one that asks or denies is triggered by any.
    fn path_matches(&self, action: &Action) -> bool {
        let covered = |path: &GuestPath| self.paths.iter().any(|glob| glob.is_match(path.as_str()));
        match self.verdict {
            Verdict::Allow => !action.paths.is_empty() && action.paths.iter().all(covered),
            Verdict::Ask | Verdict::Deny => action.paths.iter().any(covered),
        }
    }

    fn matches_example(&self, example: &Example) -> bool {
        let path = GuestPath::new(example.path.clone().unwrap_or_else(|| "/mnt/work/file".to_owned()));
        let grants = [Grant {
            name: path.grant().unwrap_or_default().to_owned(),
            folder: String::new(),
            mode: example.grant,
            outside_home: false,
        }];
        let taint = if example.tainted {
            Label::file("/mnt/work/read")
        } else {
            Label::person()
        };
        let action = Action {
            call: CallId::new("example"),
            tool: example.tool.clone(),
            effect: example.effect,
            paths: vec![path],
            summary: String::new(),
            tier: example.tier,
            hash: Hash::ZERO,
        };
        let rules = Self::none();
        self.matches(
            &action,
            &Context {
                mode: example.mode,
                grants: &grants,
                taint: &taint,
                rules: &rules,
                flow: None,
            },
        )
    }

    fn none() -> Rules {
        Rules::default()
    }
}
