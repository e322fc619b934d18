//! What can be replaced while the program runs: models, rules, and the network's settings that depend on them. Tasks in
//! work keep what they began with; the next ones use the new.

use std::sync::{Arc, PoisonError};

use deskhand_policy::{Origin, Rules, Verdict};

use crate::{
    Engine, EngineConfig, EngineError, ManagedFile, Models, Settings, connectors::Book, flow::Language,
    managed::Managed, network::Proxy,
};

/// A rule in force, for whoever shows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RuleLine {
    /// Its name.
    pub name: String,
    /// What it decides.
    pub verdict: Verdict,
    /// Why, in a sentence.
    pub reason: String,
    /// Who made it.
    pub origin: Origin,
    /// The file it stands in; empty for Deskhand's own and for what was decided about a connector's tool.
    pub file: String,
}

/// The person's own rules' file, as it is named to them.
pub(crate) fn own_file(config: &EngineConfig) -> String {
    config.home.join("policy.toml").display().to_string()
}

/// Models and rules in force.
pub(crate) struct Current {
    pub models: Models,
    pub rules: Rules,
    /// The organisation's rules.
    managed: Managed,
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
        let tools = book.policy();
        let managed = Managed::read(&config.managed);
        Ok(Self {
            rules: stacked(config, &managed, own, &tools)?,
            managed,
            own: own.to_owned(),
            tools,
            proxy: Arc::new(proxy),
            language: Arc::new(Language::shipped()?),
            models,
        })
    }

    /// These rules with others of the person's own.
    ///
    /// # Errors
    /// When those are wrong.
    pub fn with_own(&self, config: &EngineConfig, own: &str) -> Result<Rules, EngineError> {
        stacked(config, &self.managed, own, &self.tools)
    }
}

/// The organisation's rules, then what tightens single tools, then the person's own, what allows single tools, and the
/// shipped ones: of two rules of a person's the stricter counts.
fn stacked(
    config: &EngineConfig,
    managed: &Managed,
    own: &str,
    (tight, loose): &(String, String),
) -> Result<Rules, EngineError> {
    let rules = Rules::parse(tight)?.of(Origin::Connector, "").above(
        Rules::parse(own)?
            .of(Origin::Own, &own_file(config))
            .then(Rules::parse(loose)?.of(Origin::Connector, ""))
            .then(Rules::shipped()?),
    );
    // A file that cannot be used leaves the rules without it, and no task is worked on ([`Engine::governed`]).
    if managed.lines().iter().any(|line| line.rules.is_err()) {
        return Ok(rules);
    }
    managed.above(rules)
}

impl Engine {
    pub(crate) fn current(&self) -> Arc<Current> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The models that can be used.
    pub fn models(&self) -> Models {
        self.current().models.clone()
    }

    /// The rules in force, the first to count first.
    pub fn rules(&self) -> Vec<RuleLine> {
        let current = self.current();
        let line = |rule: &deskhand_policy::Rule| RuleLine {
            name: rule.name.clone(),
            verdict: rule.verdict,
            reason: rule.reason.clone(),
            origin: rule.origin,
            file: rule.file.to_string(),
        };
        current.rules.iter().map(line).collect()
    }

    /// The organisation's rule files.
    pub fn managed(&self) -> Vec<ManagedFile> {
        self.current().managed.lines()
    }

    /// Takes in the organisation's rules as they are now.
    ///
    /// # Errors
    /// [`EngineError::Managed`] when one of its files cannot be used: nothing may be done then.
    pub(crate) fn governed(&self) -> Result<(), EngineError> {
        self.refresh()?;
        self.current().managed.above(Rules::default()).map(|_| ())
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

    /// Takes in what was decided about connectors since, here or by another process, and the organisation's rules as they
    /// are now.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn refresh(&self) -> Result<(), EngineError> {
        let book = Settings::load(&*self.store)?.connectors;
        let current = self.current();
        if book.policy() != current.tools || Managed::read(&self.config().managed) != current.managed {
            let anew = Current::new(self.config(), current.models.clone(), &current.own, &book)?;
            *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(anew);
        }
        self.hub().know(book);
        Ok(())
    }
}
