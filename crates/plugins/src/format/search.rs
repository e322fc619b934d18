//! Ranking of short texts by words: BM25F (Robertson and Zaragoza, 2009), with fields weighted before the term's saturation.
//! A few hundred skills are ranked in well under a millisecond, so nothing is kept between two searches.

use std::collections::HashMap;

const K1: f64 = 1.2;
const B: f64 = 0.5;
/// What a word counts that is only begun alike (`negotiat` in `negotiation`).
const BEGUN: f64 = 0.35;

/// Words that say nothing about a task.
const STOP: [&str; 74] = [
    "a", "about", "all", "am", "an", "and", "any", "are", "as", "at", "be", "been", "by", "can", "could", "do", "for",
    "from", "get", "give", "has", "have", "help", "her", "his", "how", "i", "if", "in", "into", "is", "it", "its",
    "just", "let", "like", "make", "me", "my", "need", "no", "not", "of", "on", "or", "our", "out", "please", "should",
    "so", "some", "that", "the", "their", "them", "then", "there", "they", "this", "to", "up", "us", "use", "user",
    "want", "was", "we", "what", "when", "which", "will", "with", "you", "your",
];

/// Weighted words of several texts.
pub struct Index {
    texts: Vec<HashMap<String, f64>>,
    lengths: Vec<f64>,
    holding: HashMap<String, f64>,
}

impl Index {
    /// Of texts in weighted fields.
    pub fn build<const N: usize>(texts: impl Iterator<Item = [(String, f64); N]>) -> Self {
        let mut index = Self {
            texts: Vec::new(),
            lengths: Vec::new(),
            holding: HashMap::new(),
        };
        for fields in texts {
            let mut words: HashMap<String, f64> = HashMap::new();
            let mut length = 0.0;
            for (text, weight) in fields {
                for word in stems(&text) {
                    *words.entry(word).or_default() += weight;
                    length += weight;
                }
            }
            for word in words.keys() {
                *index.holding.entry(word.clone()).or_default() += 1.0;
            }
            index.texts.push(words);
            index.lengths.push(length);
        }
        index
    }

    /// Texts that fit, best first; equal ones in their order.
    pub fn rank(&self, query: &str) -> Vec<(usize, f64)> {
        let mut wanted = stems(query);
        wanted.sort();
        wanted.dedup();
        let count = self.texts.len() as f64;
        let mean = self.lengths.iter().sum::<f64>() / count.max(1.0);
        let mut ranked: Vec<(usize, f64)> = Vec::new();
        for (at, (words, length)) in self.texts.iter().zip(&self.lengths).enumerate() {
            let norm = 1.0 - B + B * length / mean.max(1.0);
            let score: f64 = wanted
                .iter()
                .map(|word| {
                    let (term, weight) = match words.get(word) {
                        Some(weight) => (word.as_str(), *weight),
                        None => {
                            begun(words, word).map_or((word.as_str(), 0.0), |(term, weight)| (term, weight * BEGUN))
                        }
                    };
                    let holding = self.holding.get(term).copied().unwrap_or_default();
                    let rarity = (1.0 + (count - holding + 0.5) / (holding + 0.5)).ln();
                    rarity * weight * (K1 + 1.0) / (weight + K1 * norm)
                })
                .sum();
            if score > 0.0 {
                ranked.push((at, score));
            }
        }
        ranked.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
        ranked
    }
}

/// The heaviest word that begins as `word` does, or that `word` begins as; four letters at least.
fn begun<'a>(words: &'a HashMap<String, f64>, word: &str) -> Option<(&'a str, f64)> {
    let alike = words
        .iter()
        .filter(|(one, _)| one.len().min(word.len()) >= 4 && (one.starts_with(word) || word.starts_with(one.as_str())));
    // By word as well, so that the order of a hash map decides nothing.
    alike
        .map(|(one, weight)| (one.as_str(), *weight))
        .max_by(|one, other| one.1.total_cmp(&other.1).then(other.0.cmp(one.0)))
}

/// Words of a text in small letters, without the empty ones, cut to a common form.
fn stems(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    lower
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty() && !STOP.contains(word))
        .map(stem)
        .collect()
}

/// English endings of number and time, cut by length alone: `policies`, `policy` → `polic`; `reviewing`, `reviews` → `review`.
fn stem(word: &str) -> String {
    if !word.is_ascii() || word.len() < 4 {
        return word.to_owned();
    }
    let mut stem = word;
    for (end, least) in [
        ("ies", 3),
        ("sses", 4),
        ("ings", 4),
        ("ing", 4),
        ("ied", 3),
        ("ers", 4),
        ("ed", 4),
        ("es", 4),
        ("er", 5),
        ("s", 3),
    ] {
        if let Some(head) = word
            .strip_suffix(end)
            .filter(|head| head.len() >= least && !(end == "s" && head.ends_with('s')))
        {
            stem = head;
            break;
        }
    }
    let stem = stem
        .strip_suffix(['e', 'y', 'i'])
        .filter(|head| head.len() >= 3)
        .unwrap_or(stem);
    // `planned` → `plan`.
    let doubled = stem.len() > 4
        && stem
            .as_bytes()
            .iter()
            .rev()
            .take(2)
            .collect::<Vec<_>>()
            .windows(2)
            .all(|pair| pair.first() == pair.last());
    let keeps = stem.ends_with(['l', 's', 'z']);
    if doubled && !keeps {
        stem.get(..stem.len() - 1).unwrap_or(stem).to_owned()
    } else {
        stem.to_owned()
    }
}
