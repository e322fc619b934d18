//! How a model learns of its skills: a list under a budget, and a search behind it.
//!
//! With 22 plugins on, the descriptions of their 185 skills are 57 KB. What fits is said in this order: every skill with as
//! much of its description as there is room for; else every name under its plugin with what the plugin is for; else
//! plugins and numbers. The search is always named, so that what is not listed can be found.

use std::fmt::Write as _;

use super::catalog::Catalog;
use super::search::Index;
use super::skill::Skill;

/// Less of a description says nothing.
const SHORTEST: usize = 40;
/// More of a plugin's description is not needed to find a group of names.
const ABOUT: usize = 90;

/// One skill that was found.
#[derive(Clone, Debug)]
pub struct Hit<'a> {
    /// The skill.
    pub skill: &'a Skill,
    /// How well it fits; comparable within one search alone.
    pub score: f64,
}

/// See [`Catalog::listing`].
pub(super) fn listing(catalog: &Catalog, budget: usize) -> String {
    let skills: Vec<&Skill> = catalog.for_model().collect();
    if skills.is_empty() {
        return String::new();
    }
    let head = format!("{} skills are available. Call one by its name.\n", skills.len());
    let longest = skills
        .iter()
        .map(|skill| skill.listing_text().len())
        .max()
        .unwrap_or_default();
    if let Some(text) = largest(
        SHORTEST,
        longest,
        |cap| Some(format!("{head}{}", lines(&skills, cap))),
        budget,
    ) {
        return text;
    }
    let head = format!(
        "{} skills are available, grouped by plugin; call one as plugin:name. Only the names are listed. Find the \
         right one with Skill's `search`, with a few words of the task, before you do it without one.\n",
        skills.len()
    );
    if let Some(text) = largest(
        0,
        ABOUT,
        |cap| Some(format!("{head}{}", groups(catalog, &skills, cap))),
        budget,
    ) {
        return text;
    }
    // Not even the names: counts, as many as fit.
    let mut text = format!(
        "{} skills are available and too many to list. Search them before you work without one.\n",
        skills.len()
    );
    for (owner, names) in grouped(&skills) {
        let line = format!("- {owner}: {} skills\n", names.len());
        if text.len() + line.len() > budget {
            break;
        }
        text.push_str(&line);
    }
    shorten(&text, budget).to_owned()
}

/// The text for the largest cap in `from..=to` that fits. Texts grow with the cap.
fn largest(from: usize, to: usize, text: impl Fn(usize) -> Option<String>, budget: usize) -> Option<String> {
    let fits = |cap: usize| text(cap).filter(|text| text.len() <= budget);
    let mut best = fits(from)?;
    let (mut low, mut high) = (from, to.max(from));
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        match fits(middle) {
            Some(text) => {
                best = text;
                low = middle;
            }
            None => high = middle - 1,
        }
    }
    Some(best)
}

fn lines(skills: &[&Skill], cap: usize) -> String {
    let mut text = String::new();
    for skill in skills {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "- {}: {}", skill.qualified(), summary(&skill.listing_text(), cap));
    }
    text
}

fn groups(catalog: &Catalog, skills: &[&Skill], cap: usize) -> String {
    let mut text = String::new();
    for (owner, names) in grouped(skills) {
        let about = summary(catalog.about(&owner), cap);
        let _ = if about.is_empty() {
            writeln!(text, "- {owner}: {}", names.join(", "))
        } else {
            writeln!(text, "- {owner} ({about}): {}", names.join(", "))
        };
    }
    text
}

/// Names by owner, in the order of the catalogue.
fn grouped<'a>(skills: &[&'a Skill]) -> Vec<(String, Vec<&'a str>)> {
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    for skill in skills {
        let owner = skill.scope.plugin().unwrap_or("your own").to_owned();
        match groups.iter_mut().find(|(one, _)| *one == owner) {
            Some((_, names)) => names.push(&skill.slug),
            None => groups.push((owner, vec![&skill.slug])),
        }
    }
    groups
}

/// At most `cap` bytes on one line, cut at a word.
fn summary(text: &str, cap: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.len() <= cap {
        return line;
    }
    let head = shorten(&line, cap.saturating_sub(3));
    let cut = head.rfind(' ').unwrap_or(head.len());
    match head
        .get(..cut)
        .map(|head| head.trim_end_matches([',', ';', ':', '(', '-', '.', ' ']))
    {
        Some(head) if !head.is_empty() => format!("{head}…"),
        _ => String::new(),
    }
}

/// At most `cap` bytes, whole characters.
fn shorten(text: &str, cap: usize) -> &str {
    if text.len() <= cap {
        return text;
    }
    let end = (0..=cap)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or_default();
    text.get(..end).unwrap_or_default()
}

/// See [`Catalog::search`].
pub(super) fn search<'a>(catalog: &'a Catalog, query: &str, most: usize) -> Vec<Hit<'a>> {
    let skills: Vec<&Skill> = catalog.for_model().collect();
    let index = Index::build(skills.iter().map(|skill| {
        let plugin = skill.scope.plugin().unwrap_or_default();
        [
            // A name says most; a plugin's says what the skill is about at all.
            (skill.name.clone(), 4.0),
            (skill.triggers.join(" "), 2.0),
            (plugin.to_owned(), 1.0),
            (skill.listing_text(), 1.0),
        ]
    }));
    let ranked = index.rank(query).into_iter().take(most);
    ranked
        .filter_map(|(at, score)| skills.get(at).map(|skill| Hit { skill, score }))
        .collect()
}
