//! `${VAR}` and `${VAR:-default}`.

/// A text after its variables were filled in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expanded {
    /// The text. Variables without a value stand in it as they were written.
    pub text: String,
    /// Names of the variables without a value, in order, each once.
    pub unset: Vec<String>,
}

/// Fills in variables in one pass: what a variable holds is not expanded again.
///
/// A default may be empty, and is used where the variable is not set. Names begin with a letter or `_`, go on with
/// letters, digits, `_` and `.`; anything else after `${` is text.
pub fn expand(text: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Expanded {
    let mut expanded = Expanded::default();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        expanded.text.push_str(before);
        let Some((inside, behind)) = after.split_once('}') else {
            expanded.text.push_str("${");
            rest = after;
            continue;
        };
        let (name, default) = match inside.split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (inside, None),
        };
        if !is_name(name) {
            // Perhaps a variable begins further inside, as in `${ ${HOME}`.
            expanded.text.push_str("${");
            rest = after;
            continue;
        }
        if let Some(value) = lookup(name).or_else(|| default.map(str::to_owned)) {
            expanded.text.push_str(&value);
        } else {
            expanded.text.push_str(&format!("${{{inside}}}"));
            if !expanded.unset.iter().any(|unset| unset == name) {
                expanded.unset.push(name.to_owned());
            }
        }
        rest = behind;
    }
    expanded.text.push_str(rest);
    expanded
}

fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.')
}
