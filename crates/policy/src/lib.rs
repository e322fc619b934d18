//! The one decision point (invariant I3): [`decide`] says whether an action may happen, must be asked, or is refused.
//!
//! Architecture invariants: pure, no IO, no clock; the same action in the same context always gives the same decision;
//! a [`Permit`] cannot be made except by a decision that allows, or by a person's approval bound to the action's hash.
//!
//! Order of judgement: the *floor* (in code, not overridable: grants, read-only folders, secret places), then the
//! person's own rules, then the shipped rules (`rules/default.toml`). The first rule that matches decides.

mod decide;
mod floor;
mod permit;
mod rules;

pub use decide::{Context, Decision, Verdict, decide};
pub use permit::Permit;
pub use rules::{Rule, RuleError, Rules};
