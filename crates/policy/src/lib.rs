//! The one decision point (invariant I3): [`decide`] says whether an action may happen, must be asked, or is refused.
//!
//! Architecture invariants: pure, no IO, no clock; the same action in the same context always gives the same decision;
//! a [`Permit`] cannot be made except by a decision that allows, or by a person's approval bound to the action's hash.
//!
//! Order of judgement: the *floor* (in code, not overridable: grants, read-only folders, secret places), then the
//! organisation's rules, the person's own, and the shipped ones (`rules/default.toml`): a refusal wins wherever it stands,
//! else the higher layer, and within a layer the first rule that matches ([`Rules`]). Where the flow
//! of a call is known, the information-flow floor ([`flow`]) asks about what a rule would allow and the person did not
//! name, and decides itself where a rule defers to it. Secret data never leaves unasked.

mod bars;
mod decide;
pub mod eval;
mod floor;
pub mod flow;
mod permit;
mod rules;
mod secret;

pub use bars::Bars;
pub use decide::{Context, Decision, Flow, Verdict, decide, decide_apart};
pub use permit::Permit;
pub use rules::{Origin, Rule, RuleError, Rules};
pub use secret::{SECRET_BEGINNINGS, SECRET_EXTENSIONS, SECRET_PLACES, SecretPlaces, secret_content, secret_place};
