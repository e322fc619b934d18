//! From a file to [`Skill`].

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::{Context, Layout, Scope, Shell, Skill, slug};
use crate::format::coerce;
use crate::format::diagnostic::Diagnostic;
use crate::format::frontmatter::{self, Document, Fields};
use crate::format::hooks::{self, Hooks};
use crate::format::tools::ToolRule;

/// Braces in `paths` are expanded to at most this many globs; the rest is left out.
const GLOBS: usize = 256;

/// Reads `<folder>/SKILL.md` out of its bytes. `None`: it was left out.
pub fn skill(bytes: &[u8], file: &Path, scope: &Scope, found: &mut Vec<Diagnostic>) -> Option<Skill> {
    let dir = file
        .parent()
        .and_then(Path::file_name)
        .map(|name| name.to_string_lossy().into_owned());
    skill_called(bytes, file, &dir.unwrap_or_default(), scope, found)
}

/// The same, for a folder whose name says nothing of the skill (a plugin's root, which is called as its version):
/// `dir` stands for it.
pub fn skill_called(bytes: &[u8], file: &Path, dir: &str, scope: &Scope, found: &mut Vec<Diagnostic>) -> Option<Skill> {
    let document = frontmatter::parse(bytes, file, found)?;
    let written = document.fields.text("name");
    let name = written.clone().unwrap_or_else(|| dir.to_owned());
    let limits = [
        (
            written.is_some_and(|name| name != dir),
            "skill-name",
            format!("the name `{name}` is not the folder's, `{dir}`"),
        ),
        (
            name.chars().count() > 64 || slug(&name) != name || name.contains('_'),
            "skill-name-form",
            format!(
                "the name `{name}` should be of at most 64 small letters, digits and `-`; it is called by `/{}`",
                slug(&name)
            ),
        ),
    ];
    for (_, reason, message) in limits.into_iter().filter(|(holds, ..)| *holds) {
        found.push(Diagnostic::note(reason, file, message));
    }
    build(document, name, Layout::Folder, file, scope, found)
}

/// Reads a command out of its file's bytes. `name` and `paths` of the head are ignored: it is called by its file.
pub fn command(bytes: &[u8], file: &Path, scope: &Scope, found: &mut Vec<Diagnostic>) -> Option<Skill> {
    let mut document = frontmatter::parse(bytes, file, found)?;
    document.fields.0.remove("paths");
    let name = file
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default();
    build(document, name, Layout::File, file, scope, found)
}

fn build(
    document: Document,
    name: String,
    layout: Layout,
    file: &Path,
    scope: &Scope,
    found: &mut Vec<Diagnostic>,
) -> Option<Skill> {
    let slug = slug(&name);
    if slug.is_empty() {
        found.push(Diagnostic::component(
            "skill-unnamed",
            file,
            format!("nothing in `{name}` can be typed; it was left out"),
        ));
        return None;
    }
    let fields = &document.fields;
    let description = fields
        .text("description")
        .or_else(|| document.first_paragraph())
        .unwrap_or_default();
    check(fields, &description, layout, file, found);
    let hidden = fields.flag("disable-model-invocation").unwrap_or(false)
        || fields.flag("hide-from-slash-command-tool").unwrap_or(false);
    let own_hooks = match fields.get("hooks") {
        Some(value) => hooks::read(value, file, found),
        None => Hooks::default(),
    };
    Some(Skill {
        slug,
        scope: scope.clone(),
        layout,
        file: file.to_owned(),
        folder: file.parent().unwrap_or(file).to_owned(),
        description,
        when_to_use: fields.text("when_to_use").or_else(|| fields.text("when-to-use")),
        argument_hint: fields.get("argument-hint").and_then(coerce::hint),
        arguments: fields.words("arguments"),
        allowed_tools: known_rules(fields, "allowed-tools", file, found),
        disallowed_tools: known_rules(fields, "disallowed-tools", file, found),
        user_invocable: flag(fields, "user-invocable", true, file, found),
        model_invocable: !hidden,
        model: fields.text("model"),
        effort: fields.text("effort"),
        context: match fields.text("context").as_deref() {
            Some("fork") => Context::Fork,
            _ => Context::Inline,
        },
        agent: fields.text("agent"),
        background: flag(fields, "background", false, file, found),
        hooks: own_hooks,
        paths: globs(fields, file, found),
        shell: match fields.text("shell").as_deref() {
            Some("powershell") => Shell::Powershell,
            _ => Shell::Bash,
        },
        notes: notes(fields),
        triggers: list(fields.get("triggers")),
        metadata: fields.get("metadata").cloned(),
        body: document.body.clone(),
        name,
    })
}

/// Findings that change nothing.
fn check(fields: &Fields, description: &str, layout: Layout, file: &Path, found: &mut Vec<Diagnostic>) {
    let length = description.chars().count();
    if layout == Layout::Folder && length > 1024 {
        found.push(Diagnostic::note(
            "description-long",
            file,
            format!("the description has {length} characters, over 1,024"),
        ));
    }
    if description.is_empty() {
        found.push(Diagnostic::warning(
            "description-missing",
            file,
            "no description: a model will not know when to use it",
        ));
    }
    if fields
        .text("compatibility")
        .is_some_and(|text| text.chars().count() > 500)
    {
        found.push(Diagnostic::note(
            "compatibility-long",
            file,
            "`compatibility` is longer than 500 characters",
        ));
    }
    if fields.get("tools").is_some() {
        found.push(Diagnostic::warning(
            "skill-tools",
            file,
            "`tools` is an agent's key and was ignored; a skill has `allowed-tools`",
        ));
    }
}

fn flag(fields: &Fields, key: &str, otherwise: bool, file: &Path, found: &mut Vec<Diagnostic>) -> bool {
    if fields.get(key).is_some() && fields.flag(key).is_none() {
        found.push(Diagnostic::warning(
            "not-a-boolean",
            file,
            format!("`{key}` is neither true nor false; taken as {otherwise}"),
        ));
    }
    fields.flag(key).unwrap_or(otherwise)
}

pub(in crate::format) fn known_rules(
    fields: &Fields,
    key: &str,
    file: &Path,
    found: &mut Vec<Diagnostic>,
) -> Vec<ToolRule> {
    let rules = fields.rules(key);
    for rule in rules.iter().filter(|rule| !rule.is_known()) {
        found.push(Diagnostic::note(
            "unknown-tool",
            file,
            format!("`{key}` names the tool `{}`, which is not known", rule.tool),
        ));
    }
    rules
}

fn list(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Array(items)) => items.iter().filter_map(coerce::text).collect(),
        Some(other) => coerce::text(other).into_iter().collect(),
        None => Vec::new(),
    }
}

fn notes(fields: &Fields) -> BTreeMap<String, String> {
    ["license", "compatibility"]
        .into_iter()
        .filter_map(|key| Some((key.to_owned(), fields.text(key)?)))
        .collect()
}

fn globs(fields: &Fields, file: &Path, found: &mut Vec<Diagnostic>) -> Vec<String> {
    let written = match fields.get("paths") {
        Some(Value::Array(items)) => items.iter().filter_map(coerce::text).collect(),
        Some(other) => coerce::text(other).map(|text| split_globs(&text)).unwrap_or_default(),
        None => Vec::new(),
    };
    let mut all = Vec::new();
    for glob in written {
        let room = GLOBS.saturating_sub(all.len());
        let (mut expanded, whole) = braces(&glob, room);
        all.append(&mut expanded);
        if !whole {
            found.push(Diagnostic::warning(
                "paths-too-many",
                file,
                format!("`paths` stands for more than {GLOBS} globs; the rest was left out"),
            ));
            break;
        }
    }
    all
}

/// Splits at commas outside of braces.
fn split_globs(text: &str) -> Vec<String> {
    let mut depth = 0_usize;
    text.split(|letter| {
        match letter {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        letter == ',' && depth == 0
    })
    .map(str::trim)
    .filter(|glob| !glob.is_empty())
    .map(str::to_owned)
    .collect()
}

/// `a{b,c}` as `ab`, `ac`; at most `most`, and whether that was all. Every step makes one text shorter in braces, and no
/// more than `most` texts are ever held.
fn braces(glob: &str, most: usize) -> (Vec<String>, bool) {
    let mut waiting = vec![glob.to_owned()];
    let mut done = Vec::new();
    let mut steps = 0;
    while let Some(text) = waiting.pop() {
        steps += 1;
        if done.len() >= most || waiting.len() > most || steps > most * 8 + 8 {
            return (done, false);
        }
        match innermost(&text) {
            Some((open, close)) => {
                let (head, tail) = (
                    text.get(..open).unwrap_or_default(),
                    text.get(close + 1..).unwrap_or_default(),
                );
                let options: Vec<&str> = text.get(open + 1..close).unwrap_or_default().split(',').collect();
                waiting.extend(options.into_iter().rev().map(|option| format!("{head}{option}{tail}")));
            }
            None => done.push(text),
        }
    }
    (done, true)
}

fn innermost(text: &str) -> Option<(usize, usize)> {
    let close = text.find('}')?;
    let open = text.get(..close)?.rfind('{')?;
    Some((open, close))
}
