//! For whom a plugin is installed, and where it is on.

use std::path::Path;

use super::id::Scope;
use super::state::Placement;

/// Whether it is on: for the person, and in `project` there.
pub(super) fn is_on(placements: &[Placement], project: Option<&Path>) -> bool {
    let holds = |scope: &Scope| match scope {
        Scope::User | Scope::Managed => true,
        Scope::Project(folder) | Scope::Local(folder) => Some(folder.as_path()) == project,
    };
    // The narrowest placement that holds decides; the organisation's above all.
    let rank = |scope: &Scope| match scope {
        Scope::User => 0,
        Scope::Project(_) => 1,
        Scope::Local(_) => 2,
        Scope::Managed => 3,
    };
    let deciding = placements
        .iter()
        .filter(|placement| holds(&placement.scope))
        .max_by_key(|placement| rank(&placement.scope));
    deciding.is_some_and(|placement| placement.enabled)
}

/// Adds a scope, unless it is there.
pub(super) fn place(placements: &mut Vec<Placement>, scope: &Scope, enabled: bool) {
    if !placements.iter().any(|placement| placement.scope == *scope) {
        placements.push(Placement {
            scope: scope.clone(),
            enabled,
        });
        placements.sort_by(|one, other| one.scope.cmp(&other.scope));
    }
}
