//! Which recipe answers a request.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::recipe::Matching;
use crate::words::{contains, phrase, words};
use crate::{Recipe, text};

/// A score from which a recipe is meant clearly.
pub const CLEAR: i32 = 3;
/// How far the best must be ahead of the second.
const AHEAD: i32 = 2;
/// Points for a phrase that alone says it, for a word that points to it, and against.
const STRONG: i32 = 3;
const WORD: i32 = 1;
const MOST_WORDS: i32 = 3;
const AGAINST: i32 = 4;
/// Points off when the folder holds nothing the recipe works on.
const MISSING: i32 = 3;
/// The most candidates a person is asked to choose from.
const CANDIDATES: usize = 3;

/// What is known about the files a request is about.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Facts {
    /// Number of files by kind (`spreadsheet`, `document`, `image`, …). Empty while nothing was looked at.
    pub kinds: BTreeMap<String, usize>,
    /// Whether the files were looked at.
    pub known: bool,
}

impl Facts {
    /// From the structured result of a `Glob` call.
    pub fn from_listing(data: &Value) -> Self {
        let mut kinds = BTreeMap::new();
        for file in data.get("files").and_then(Value::as_array).into_iter().flatten() {
            let name = file
                .get("name")
                .or_else(|| file.get("path"))
                .and_then(Value::as_str)
                .unwrap_or_default();
            *kinds.entry(text::names::kind(name).to_owned()).or_insert(0) += 1;
        }
        Self { kinds, known: true }
    }

    fn lacks(&self, needs: &[String]) -> bool {
        self.known && !needs.is_empty() && !needs.iter().any(|kind| self.kinds.contains_key(kind))
    }
}

/// A recipe that may be meant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Candidate {
    /// Its id.
    pub id: String,
    /// Why it may be meant, for the person.
    pub reason: String,
}

/// The outcome of matching.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Choice {
    /// This one.
    One(String),
    /// One of these; ask.
    Unsure(Vec<Candidate>),
    /// None; these come closest (may be empty).
    None {
        /// By id, best first.
        closest: Vec<String>,
    },
}

/// How well a request fits, not knowing any file.
pub fn score(matching: &Matching, prompt: &str) -> i32 {
    let said = words(prompt);
    let hits = |phrases: &[String]| phrases.iter().filter(|p| contains(&said, &phrase(p))).count() as i32;
    let strong = hits(&matching.strong).min(2) * STRONG;
    let weak = (hits(&matching.words) * WORD).min(MOST_WORDS);
    strong + weak - hits(&matching.against) * AGAINST
}

/// Jobs that no recipe does, whatever files they mention: writing from imagination, sending, the web, programs.
const BEYOND: &[&str] = &[
    "poem",
    "joke",
    "write … song",
    "write … story",
    "write … essay",
    "write … novel",
    "write … blog",
    "write … letter",
    "write … speech",
    "write … code",
    "write … script",
    "write … program",
    "write … app",
    "write … mail",
    "cover letter",
    "translate",
    "translation into",
    "send",
    "reply to",
    "answer … mail",
    "book a",
    "book me",
    "order me",
    "buy me",
    "flight",
    "weather",
    "search the web",
    "on the web",
    "build … website",
    "make … website",
    "create … website",
    "build … app",
    "make … app",
    "internet",
    "google",
    "online",
    "latest news",
    "in the news",
    "download the",
    "download a",
    "download from",
    "upload",
    "post … to",
    "tweet",
    "debug",
    "install",
    "remind me",
    "schedule a",
    "to my calendar",
    "call my",
    "call the",
    "phone my",
    "hack",
    "draw a",
    "draw me",
    "paint",
    "generate … image",
    "create … image",
    "design a",
    "make … presentation",
    "create … presentation",
    "make … slide",
    "create … slide",
    "slide deck",
    "what do you think",
    "what do you recommend",
    "predict",
    "forecast",
    "meaning of life",
    "who are you",
    "restaurant",
    "recipe for",
    "dinner",
    "horoscope",
];

/// Chooses among `recipes`.
pub fn choose(recipes: &[Recipe], prompt: &str, facts: &Facts) -> Choice {
    let said = words(prompt);
    if let Some(named) = recipes.iter().find(|recipe| names(&said, &recipe.id)) {
        return Choice::One(named.id.clone());
    }
    let mut scored: Vec<(i32, &Recipe)> = recipes
        .iter()
        .map(|recipe| {
            let missing = if facts.lacks(&recipe.matching.needs) {
                MISSING
            } else {
                0
            };
            (score(&recipe.matching, prompt) - missing, recipe)
        })
        .collect();
    scored.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.id.cmp(&b.1.id)));
    let best = scored.first().map_or(0, |(points, _)| *points);
    let second = scored.get(1).map_or(0, |(points, _)| (*points).max(0));
    let beyond = BEYOND.iter().any(|p| contains(&said, &phrase(p)));
    let closest = || {
        scored
            .iter()
            .filter(|(p, _)| *p > 0)
            .take(CANDIDATES)
            .map(|(_, r)| r.id.clone())
            .collect()
    };
    if best <= 0 || (beyond && best < STRONG + 2) {
        return Choice::None { closest: closest() };
    }
    if best >= CLEAR && best - second >= AHEAD {
        return scored
            .first()
            .map_or(Choice::None { closest: Vec::new() }, |(_, recipe)| {
                Choice::One(recipe.id.clone())
            });
    }
    let near = scored
        .iter()
        .filter(|(points, _)| *points > 0 && best - points <= AHEAD)
        .take(CANDIDATES);
    Choice::Unsure(
        near.map(|(_, recipe)| Candidate {
            id: recipe.id.clone(),
            reason: recipe.what.clone(),
        })
        .collect(),
    )
}

/// Whether the request names the recipe: `/convert`, `recipe convert`.
fn names(said: &[String], id: &str) -> bool {
    let id = words(id);
    let mut named = vec!["recip".to_owned()];
    named.extend(id.iter().cloned());
    // A slash command comes as its bare words at the very beginning, and nothing else.
    contains(said, &named) || (said == id)
}
