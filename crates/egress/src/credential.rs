//! What looks like a credential, whatever it is called.
//!
//! An allowed host is no allowed recipient: with an attacker's own key in the request, a file goes into the attacker's
//! account at a host that was allowed for something else (PromptArmor, January 2026). So a program in the sandbox
//! brings no credentials of its own; `header` and `query` know them by name, this by value.

/// Whether a value is one of the well-known keys, whatever it is called.
pub(crate) fn is_a_key(value: &[u8]) -> bool {
    const SCHEMES: [&[u8]; 6] = [b"bearer ", b"basic ", b"token ", b"digest ", b"negotiate ", b"apikey "];
    const KEYS: [&[u8]; 19] = [
        b"sk-",
        b"sk_live_",
        b"rk_live_",
        b"ghp_",
        b"gho_",
        b"ghs_",
        b"ghu_",
        b"github_pat_",
        b"glpat-",
        b"xoxb-",
        b"xoxp-",
        b"xapp-",
        b"AKIA",
        b"ASIA",
        b"AIza",
        b"hf_",
        b"npm_",
        b"pypi-",
        b"ya29.",
    ];
    let scheme = |scheme: &&[u8]| {
        value
            .get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    let one_word = value.len() >= 20
        && value
            .iter()
            .all(|b| b.is_ascii_graphic() && !matches!(b, b',' | b'/' | b'*'));
    SCHEMES.iter().any(scheme) || (one_word && KEYS.iter().any(|key| value.starts_with(key)))
}
