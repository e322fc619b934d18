//! What can be replaced while the program runs: models, rules, and the network's settings that depend on them. Tasks in
//! work keep what they began with; the next ones use the new.

use std::sync::{Arc, PoisonError};

use deskhand_policy::Rules;

use crate::{Engine, EngineConfig, EngineError, Models, Settings, connectors::Book, flow::Language, network::Proxy};

/// Models and rules in force.
pub(crate) struct Current {
    pub models: Models,
    pub rules: Rules,
    /// The person's own rules, as TOML.
    own: String,
    /// The rules of single tools of connectors, as TOML: those that tighten, those that allow.
    tools: (String, String),
    pub proxy: Arc<Proxy>,
    /// Lexicons, for what is bound to the person's words.
    pub language: Arc<Language>,
}

impl Current {
    pub fn new(config: &EngineConfig, models: Models, own: &str, book: &Book) -> Result<Self, EngineError> {
        let proxy = Proxy::new(config.network.clone(), models.clone())?;
        // What the person decided about single tools: what tightens comes before their own rules, what allows after, so
        // that of two rules of theirs the stricter counts.
        let (tight, loose) = book.policy();
        Ok(Self {
            rules: Rules::parse(&tight)?
                .then(Rules::parse(own)?)
                .then(Rules::parse(&loose)?)
                .then(Rules::shipped()?),
            own: own.to_owned(),
            tools: (tight, loose),
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
        let current = Arc::new(Current::new(self.config(), models, rules, &self.hub().known().book)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = current;
        Ok(())
    }

    /// Takes in what was decided about connectors since, here or by another process.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub(crate) fn refresh(&self) -> Result<(), EngineError> {
        let book = Settings::load(&*self.store)?.connectors;
        let current = self.current();
        if book.policy() != current.tools {
            let anew = Current::new(self.config(), current.models.clone(), &current.own, &book)?;
            *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(anew);
        }
        self.hub().know(book);
        Ok(())
    }
}
