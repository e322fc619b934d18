//! What can be replaced while the program runs: models, rules, and the network's settings that depend on them. Tasks in
//! work keep what they began with; the next ones use the new.

use std::sync::{Arc, PoisonError};

use deskhand_policy::Rules;

use crate::{Engine, EngineConfig, EngineError, Models, flow::Language, network::Proxy};

/// Models and rules in force.
pub(crate) struct Current {
    pub models: Models,
    pub rules: Rules,
    pub proxy: Arc<Proxy>,
    /// Lexicons, for what is bound to the person's words.
    pub language: Arc<Language>,
}

impl Current {
    pub fn new(config: &EngineConfig, models: Models, rules: &str) -> Result<Self, EngineError> {
        let proxy = Proxy::new(config.network.clone(), models.clone())?;
        Ok(Self {
            rules: Rules::parse(rules)?.then(Rules::shipped()?),
            proxy: Arc::new(proxy),
            language: Arc::new(Language::shipped()?),
            models,
        })
    }
}

impl Engine {
    pub(crate) fn current(&self) -> Arc<Current> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The models that can be used.
    pub fn models(&self) -> Models {
        self.current().models.clone()
    }

    /// The rules in force, the first to count first: name, verdict, reason.
    pub fn rules(&self) -> Vec<(String, deskhand_policy::Verdict, String)> {
        let current = self.current();
        let rules = current.rules.iter();
        rules
            .map(|rule| (rule.name.clone(), rule.verdict, rule.reason.clone()))
            .collect()
    }

    /// How many of the rules are shipped ones; the others are the person's own.
    ///
    /// # Errors
    /// Never in a released build.
    pub fn shipped_rules(&self) -> Result<usize, EngineError> {
        Ok(Rules::shipped()?.iter().count())
    }

    /// Replaces models and the person's own rules (TOML) for tasks that are taken up from now on.
    ///
    /// # Errors
    /// When the rules are wrong; nothing was replaced then.
    pub fn reconfigure(&self, models: Models, rules: &str) -> Result<(), EngineError> {
        let current = Arc::new(Current::new(self.config(), models, rules)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = current;
        Ok(())
    }
}
