//! Locale lexicons as data (`injection.md` 3.1 number 8): verbs by intent, months, stop words and a few more words, one
//! file a language in `crates/policy/lexicons/`. A word that is missing costs a question; it never allows anything.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::{
    literal::{has_word, is_unspaced, normal, word_at, words_at},
    negation::{Negation, clause},
};

/// The words of one language. All in normal form.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lexicon {
    /// Its tag, such as `de`.
    pub language: String,
    /// Words too common to name anything; how often they occur also tells which language a text is in.
    pub(crate) stop: BTreeSet<String>,
    /// Month names and their short forms.
    #[serde(default)]
    months: BTreeMap<String, u32>,
    #[serde(default)]
    pub(crate) dates: Dates,
    /// The mark before fractions.
    #[serde(default = "point")]
    pub(crate) decimal: char,
    /// In a script without blanks: characters that end a name, such as particles.
    #[serde(default)]
    pub(crate) delimiters: String,
    /// Words for "again and again".
    pub(crate) recurring: Vec<String>,
    /// Words for the right to read.
    pub(crate) read: Vec<String>,
    /// Words for the right to write.
    pub(crate) write: Vec<String>,
    /// How it is said that something is not to be done.
    #[serde(default)]
    negation: Negation,
    /// Verbs by intent.
    pub(crate) intent: BTreeMap<String, Verbs>,
}

/// How days are written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Dates {
    /// Endings of ordinals: `st`, `nd`.
    pub ordinals: Vec<String>,
    /// Words between day and month: `of`, `de`.
    pub between: Vec<String>,
    /// Whether `24 May` is a day although 24 is no ordinal.
    pub plain_day_first: bool,
    /// Whether `24. Mai` is written.
    pub dot_after_day: bool,
    /// The mark of `24.05.2026`; empty where the order of day and month is not sure.
    pub numeric: String,
    /// Whether days are written with the marks for year, month and day.
    pub marks: bool,
}

/// Stands in a verb for other words of the clause: `give…access`.
const GAP: char = '…';

/// The words for one intent: one of `verbs`, and when `objects` are given, one of them in the same sentence.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Verbs {
    #[serde(rename = "verbs")]
    any: Vec<String>,
    #[serde(default)]
    objects: Vec<String>,
    /// A verb before one of these is a noun: "her email address".
    #[serde(default)]
    unless_before: Vec<String>,
}

fn point() -> char {
    '.'
}

/// A lexicon file is not right.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the lexicon `{language}` cannot be read: {reason}")]
pub struct LexiconError {
    language: String,
    reason: String,
}

impl LexiconError {
    pub(crate) fn new(language: &str, reason: &dyn std::fmt::Display) -> Self {
        Self {
            language: language.to_owned(),
            reason: reason.to_string(),
        }
    }
}

/// All lexicons; the first is the one used when no other fits.
#[derive(Debug)]
pub struct Lexicons(Vec<Lexicon>);

const SHIPPED: [(&str, &str); 7] = [
    ("en", include_str!("../../lexicons/en.toml")),
    ("de", include_str!("../../lexicons/de.toml")),
    ("fr", include_str!("../../lexicons/fr.toml")),
    ("es", include_str!("../../lexicons/es.toml")),
    ("pt", include_str!("../../lexicons/pt.toml")),
    ("ja", include_str!("../../lexicons/ja.toml")),
    ("zh", include_str!("../../lexicons/zh.toml")),
];

impl Lexicons {
    /// The shipped languages.
    ///
    /// # Errors
    /// Never in a released build: a test loads them.
    pub fn shipped() -> Result<Self, LexiconError> {
        SHIPPED
            .into_iter()
            .map(|(language, text)| Lexicon::parse(language, text))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// English alone, dates as the reference evaluator reads them, and no negation: for conformance with recorded decisions.
    ///
    /// # Errors
    /// Never in a released build.
    pub fn reference() -> Result<Self, LexiconError> {
        let [(language, text), ..] = SHIPPED;
        let mut english = Lexicon::parse(language, text)?;
        english.dates.plain_day_first = false;
        english.negation = Negation::default();
        Ok(Self(vec![english]))
    }

    /// Each language.
    pub fn iter(&self) -> impl Iterator<Item = &Lexicon> {
        self.0.iter()
    }

    /// The languages a text (in normal form) is in: that with most different stop words, and any with at least half as
    /// many, since people mix. Without such a word, those with a verb in it; the first language when there is none either.
    pub(crate) fn of(&self, text: &str) -> Vec<&Lexicon> {
        let words: BTreeSet<&str> = text
            .split(|c: char| !c.is_alphanumeric() && c != '\'')
            .filter(|word| !word.is_empty())
            .collect();
        let scores: Vec<usize> = self.0.iter().map(|lexicon| lexicon.score(text, &words)).collect();
        let best = scores.iter().copied().max().unwrap_or_default();
        if best == 0 {
            let with_verb: Vec<&Lexicon> = self.0.iter().filter(|lexicon| lexicon.has_any_verb(text)).collect();
            return if with_verb.is_empty() {
                self.0.first().into_iter().collect()
            } else {
                with_verb
            };
        }
        let fits = self
            .0
            .iter()
            .zip(scores)
            .filter(|(_, score)| *score > 0 && *score * 2 >= best);
        fits.map(|(lexicon, _)| lexicon).collect()
    }
}

impl Lexicon {
    fn parse(language: &str, text: &str) -> Result<Self, LexiconError> {
        let error = |reason: &dyn std::fmt::Display| LexiconError::new(language, reason);
        let lexicon: Self = toml::from_str(text).map_err(|reason| error(&reason))?;
        let verbs = lexicon.intent.values().flat_map(|verbs| [&verbs.any, &verbs.objects]);
        let lists = verbs
            .chain([&lexicon.recurring, &lexicon.read, &lexicon.write])
            .flatten();
        let lists = lists.chain(&lexicon.stop).chain(lexicon.months.keys());
        for word in lists.chain(lexicon.negation.words()) {
            if normal(word) != *word || word.is_empty() {
                return Err(error(&format_args!("`{word}` is not in normal form")));
            }
        }
        Ok(lexicon)
    }

    fn score(&self, text: &str, words: &BTreeSet<&str>) -> usize {
        self.stop
            .iter()
            .filter(|stop| {
                words.contains(stop.as_str()) || stop.chars().any(is_unspaced) && text.contains(stop.as_str())
            })
            .count()
    }

    /// All verbs, of all intents.
    pub(crate) fn verbs(&self) -> impl Iterator<Item = &String> {
        self.intent.values().flat_map(|verbs| &verbs.any)
    }

    /// The month of that name.
    pub(crate) fn month(&self, name: &str) -> Option<u32> {
        self.months.get(name).copied()
    }

    /// How it is said that something is not to be done.
    pub(crate) fn negation(&self) -> &Negation {
        &self.negation
    }

    fn has_any_verb(&self, text: &str) -> bool {
        self.intent.values().any(|verbs| verbs.has_verb(text, &[]))
    }

    /// The intents a text (in normal form) has words for. `negations` are those of all languages the text may be in, since
    /// they share verbs.
    pub(crate) fn intents<'l>(&'l self, text: &'l str, negations: &'l [&'l Negation]) -> impl Iterator<Item = &'l str> {
        let sentences = sentences(text);
        self.intent
            .iter()
            .filter(move |(_, verbs)| verbs.stand_in(text, &sentences, negations))
            .map(|(name, _)| name.as_str())
    }
}

impl Verbs {
    fn stand_in(&self, text: &str, sentences: &[&str], negations: &[&Negation]) -> bool {
        if self.objects.is_empty() {
            return self.has_verb(text, negations);
        }
        sentences
            .iter()
            .any(|sentence| has_word(&self.objects, sentence) && self.has_verb(sentence, negations))
    }

    fn has_verb(&self, text: &str, negations: &[&Negation]) -> bool {
        self.any.iter().any(|verb| {
            let (head, tail) = verb.split_once(GAP).unwrap_or((verb, ""));
            words_at(head, text).any(|at| {
                let end = at + head.len();
                let rest = text.get(end..).unwrap_or_default().trim_start();
                let goes_on = tail.is_empty() || word_at(tail, clause(text, at, end).1).is_some();
                goes_on
                    && !self.unless_before.iter().any(|noun| rest.starts_with(noun.as_str()))
                    && !negations.iter().any(|negation| negation.denies(text, at, end))
            })
        })
    }
}

/// The sentences of a text. A dot inside a file name or a number ends none.
fn sentences(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut from = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next_blank = chars.peek().is_none_or(|(_, next)| next.is_whitespace());
        if matches!(c, '。' | '？' | '！') || matches!(c, '.' | '?' | '!') && next_blank {
            out.extend(text.get(from..at));
            from = at + c.len_utf8();
        }
    }
    out.extend(text.get(from..));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_lexicons_load_and_name_the_same_intents() {
        let lexicons = Lexicons::shipped().unwrap();
        let names = |lexicon: &Lexicon| lexicon.intent.keys().cloned().collect::<Vec<_>>();
        let english = names(lexicons.iter().next().unwrap());
        for lexicon in lexicons.iter() {
            assert_eq!(names(lexicon), english, "{}", lexicon.language);
            let unspaced = matches!(lexicon.language.as_str(), "ja" | "zh");
            let months: BTreeSet<u32> = lexicon.months.values().copied().collect();
            assert!(unspaced || months == (1..=12).collect(), "{}", lexicon.language);
        }
    }

    #[test]
    fn languages_and_intents_are_told() {
        let lexicons = Lexicons::shipped().unwrap();
        let cases = [
            ("Please email the report to Ana", "en", "mail"),
            ("Bitte schick die Zusammenfassung per E-Mail an Ana", "de", "mail"),
            ("Envoie le résumé par e-mail à la comptable", "fr", "mail"),
            ("Envía el resumen por correo a la contable", "es", "mail"),
            ("Envie o resumo por e-mail para a contadora", "pt", "mail"),
            ("要約を田中さんにメールで送ってください", "ja", "mail"),
            ("请把摘要用邮件发送给王伟", "zh", "mail"),
            ("Überweise 20 Euro an die Vermieterin", "de", "pay"),
            ("Supprime le fichier de la liste", "fr", "delete"),
            ("このファイルを削除してください", "ja", "delete"),
        ];
        for (text, language, intent) in cases {
            let text = normal(text);
            let found = lexicons.of(&text);
            assert!(found.iter().any(|l| l.language == language), "{text}: {found:?}");
            assert!(
                found.iter().flat_map(|l| l.intents(&text, &[])).any(|i| i == intent),
                "{text}"
            );
        }
        let about = normal("What is her email address?");
        assert!(
            !lexicons
                .of(&about)
                .iter()
                .flat_map(|l| l.intents(&about, &[]))
                .any(|i| i == "mail")
        );
    }
}
