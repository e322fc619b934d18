//! Which files the rules keep from reading, for whoever meets files without naming them: searches, tables, commands.
//!
//! A rule about a path is judged where a call names the path. A search names a folder, or nothing; what it comes to is
//! found on the way. So the files that may not simply be read are not met at all; a call that names one is judged as ever.

use deskhand_types::{EffectClass, GuestPath, Mode};
use globset::GlobMatcher;

use crate::{
    decide::Verdict,
    rules::{Rule, Rules},
};

/// The files that rules keep from reading.
#[derive(Clone, Debug)]
pub struct Bars {
    /// Layers, the highest first; in each the rules about reading, in order.
    layers: Vec<Vec<Bar>>,
}

#[derive(Clone, Debug)]
struct Bar {
    verdict: Verdict,
    /// The paths it is about; empty = all.
    paths: Vec<GlobMatcher>,
}

impl Bars {
    /// Whether the file may not be read, or not without a question.
    pub fn covers(&self, path: &GuestPath) -> bool {
        let mut highest = None;
        for layer in &self.layers {
            let about = |bar: &&Bar| bar.paths.is_empty() || bar.paths.iter().any(|glob| glob.is_match(path.as_str()));
            match layer.iter().find(about).map(|bar| bar.verdict) {
                Some(Verdict::Deny) => return true,
                found => highest = highest.or(found),
            }
        }
        highest == Some(Verdict::Ask)
    }
}

impl Rules {
    /// What they keep from one tool that meets files without naming them, in a mode; `None` where no rule names that tool and
    /// paths. In addition to [`Rules::bars`], which hold for every tool: a rule that is about `Grep` alone bars only it.
    pub fn bars_of(&self, mode: Mode, tool: &str) -> Option<Bars> {
        let names = |rule: &Rule| {
            let is_named = rule.when.tool.iter().any(|named| named == tool);
            is_named && rule.verdict != Verdict::Allow && !rule.paths.is_empty()
        };
        if !self.layers().any(|layer| layer.iter().any(names)) {
            return None;
        }
        let layers = self
            .layers()
            .map(|layer| layer.iter().filter_map(|rule| bar(rule, mode, tool)).collect())
            .collect();
        Some(Bars { layers })
    }

    /// What they keep from reading in a mode; `None` where they do not speak of paths. A rule on further conditions (how a
    /// folder is granted, what was read) counts where it keeps something back, and not where it allows.
    pub fn bars(&self, mode: Mode) -> Option<Bars> {
        let layers: Vec<Vec<Bar>> = self
            .layers()
            .map(|layer| layer.iter().filter_map(|rule| bar(rule, mode, "Read")).collect())
            .collect();
        let speaks_of_paths = |bar: &Bar| bar.verdict != Verdict::Allow && !bar.paths.is_empty();
        layers.iter().flatten().any(speaks_of_paths).then_some(Bars { layers })
    }
}

/// The rule as far as it is about reading files, with a tool.
fn bar(rule: &Rule, mode: Mode, with: &str) -> Option<Bar> {
    let when = &rule.when;
    let is_about_reading = (when.effect.is_empty() || when.effect.contains(&EffectClass::Read))
        && (when.mode.is_empty() || when.mode.contains(&mode))
        && (when.tool.is_empty() || when.tool.iter().any(|tool| tool == with));
    let is_conditional = !when.grant.is_empty() || when.tainted.is_some() || !when.tier.is_empty();
    (is_about_reading && !(is_conditional && rule.verdict == Verdict::Allow)).then(|| Bar {
        verdict: rule.verdict,
        paths: rule.paths.clone(),
    })
}
