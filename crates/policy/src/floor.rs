//! The floor: refusals that no rule and no mode can lift.

use deskhand_types::{Action, EffectClass, Grant, GrantMode, GuestPath};

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

/// What kind of secret lives at `path`, judged by its name alone. Compared without case: some file systems ignore it.
fn secret_place(path: &GuestPath) -> Option<&'static str> {
    let lower = path.as_str().to_lowercase();
    let parts: Vec<&str> = lower.split('/').collect();
    let has = |name: &str| parts.contains(&name);
    if has(".ssh") || has(".gnupg") || has(".aws") || has(".azure") || has(".kube") || has(".password-store") {
        return Some("in a key store");
    }
    let name = parts.last().copied().unwrap_or_default();
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    if matches!(
        extension,
        Some("kdbx" | "keychain" | "keychain-db" | "ppk" | "p12" | "pfx" | "keystore" | "jks")
    ) {
        return Some("a key or password store");
    }
    if matches!(
        name,
        "id_rsa"
            | "id_ed25519"
            | "id_ecdsa"
            | "id_dsa"
            | "wallet.dat"
            | ".netrc"
            | ".pgpass"
            | ".git-credentials"
            | ".npmrc"
            | ".pypirc"
    ) {
        return Some("a file of credentials");
    }
    if name == ".env" || name.starts_with(".env.") {
        return Some("a file of secrets");
    }
    None
}
