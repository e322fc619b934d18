//! Rules as data: TOML with examples that are checked when the file loads.

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
        Some("correct the rule file; until then the shipped rules apply alone".to_owned())
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
struct When {
    effect: Vec<EffectClass>,
    mode: Vec<Mode>,
    tool: Vec<String>,
    grant: Vec<GrantMode>,
    path: Vec<String>,
    tainted: Option<bool>,
    tier: Vec<Tier>,
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

/// One rule.
#[derive(Debug)]
pub struct Rule {
    /// Its name, shown with each decision.
    pub name: String,
    /// What it decides.
    pub verdict: Verdict,
    /// Why, in one sentence for the person.
    pub reason: String,
    /// Whether an `ask` is asked even in a mode without questions.
    pub always: bool,
    /// Effects for which, where the flow of a call is known, the information-flow floor decides instead.
    pub unless_bound: Vec<EffectClass>,
    when: When,
    paths: Vec<GlobMatcher>,
}

/// An ordered list of rules; the first that matches decides.
#[derive(Debug, Default)]
pub struct Rules {
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
        Ok(Self { rules })
    }

    /// These rules, then `others`: the person's own come before the shipped ones.
    #[must_use]
    pub fn then(mut self, others: Self) -> Self {
        self.rules.extend(others.rules);
        self
    }

    /// All rules, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter()
    }

    pub(crate) fn first_match(&self, action: &Action, context: &Context<'_>) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.matches(action, context))
    }
}

impl Rule {
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
