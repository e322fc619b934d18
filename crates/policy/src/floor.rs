//! The floor: refusals that no rule and no mode can lift.

use deskhand_types::{Action, EffectClass, Grant, GrantMode};

use crate::secret::secret_place;

/// The rule and the reason, when `action` is refused whatever the rules say.
pub(crate) fn refuse(action: &Action, grants: &[Grant]) -> Option<(&'static str, String)> {
    for path in &action.paths {
        let Some(grant) = grants.iter().find(|grant| Some(grant.name.as_str()) == path.grant()) else {
            return Some(("outside-grants", format!("{path} is not inside a granted folder")));
        };
        if action.effect > EffectClass::Read && grant.mode == GrantMode::ReadOnly {
            return Some((
                "read-only-folder",
                format!("/mnt/{} is granted for reading only", grant.name),
            ));
        }
        if let Some(what) = secret_place(path) {
            return Some(("secret-place", format!("{path} is {what}, which no task may touch")));
        }
    }
    None
}
