//! What the values of a column add up to, gathered while they are stored.

use serde_json::Value as Json;

use crate::{
    Note,
    values::{Outcome, Value, json_number},
};

/// Folds the 128-bit product: every bit of both goes into every bit of the result.
const fn mix(a: u64, b: u64) -> u64 {
    let product = (a ^ 0x9E37_79B9_7F4A_7C15) as u128 * (b ^ 0xD1B5_4A32_D192_ED03) as u128;
    (product >> 64) as u64 ^ product as u64
}

fn hash_bytes(bytes: &[u8]) -> u64 {
    let mut hash = bytes.len() as u64;
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        hash = mix(hash, u64::from_le_bytes(*word));
    }
    let mut tail = 0_u64;
    for byte in rest {
        tail = tail << 8 | u64::from(*byte);
    }
    mix(hash, tail)
}

/// The hash of a value; equal values have equal hashes, whole numbers whatever their storage.
pub(crate) fn hash_of(value: &Value<'_>) -> u64 {
    match value {
        Value::Null => 1,
        Value::Integer(number) => hash_number(*number as f64),
        Value::Real(number) => hash_number(*number),
        Value::Text(_) | Value::Owned(_) | Value::Iso(_) => hash_bytes(value.as_str().unwrap_or_default().as_bytes()),
    }
}

/// The hash of a row, from its values' hashes.
pub(crate) fn hash_row(hashes: impl Iterator<Item = u64>) -> u64 {
    hashes.fold(0, mix)
}

fn hash_number(value: f64) -> u64 {
    // Adding 0.0 makes minus zero the same value as zero.
    mix((value + 0.0).to_bits(), 2)
}

/// How many different hashes there are: a small cache catches what repeats, the rest is sorted. A hash set would miss
/// the processor's caches at nearly every new value.
struct Distinct {
    recent: Vec<u64>,
    list: Vec<u64>,
    sorted: usize,
}

impl Default for Distinct {
    fn default() -> Self {
        Self {
            recent: vec![0; 1024],
            list: Vec::new(),
            sorted: 0,
        }
    }
}

impl Distinct {
    /// Notes a hash; whether it may be a new one (certainly so when it is).
    fn add(&mut self, hash: u64) -> bool {
        let place = hash as usize % self.recent.len().max(1);
        let Some(slot) = self.recent.get_mut(place) else {
            return true;
        };
        if *slot == hash {
            return false;
        }
        *slot = hash;
        self.list.push(hash);
        if self.list.len() > 2 * self.sorted + (1 << 16) {
            self.compact();
        }
        true
    }

    fn compact(&mut self) {
        self.list.sort_unstable();
        self.list.dedup();
        self.sorted = self.list.len();
    }
}

#[derive(Default)]
pub(crate) struct Stats {
    pub(crate) nulls: u64,
    pub(crate) examples: Vec<Json>,
    pub(crate) unreadable: Vec<u32>,
    pub(crate) unreadable_count: u64,
    pub(crate) errors: Vec<u32>,
    pub(crate) error_count: u64,
    pub(crate) withheld: Vec<u32>,
    pub(crate) withheld_count: u64,
    seen: Distinct,
    count: u64,
    sum: f64,
    lost: f64,
    least: Option<f64>,
    most: Option<f64>,
    first_text: Option<String>,
    last_text: Option<String>,
    /// Texts that may be new, each counted as it came.
    looked_at: u64,
    wordy: u64,
    codes: u64,
}

impl Stats {
    const EXAMPLES: usize = 3;

    /// Adds one value.
    pub(crate) fn add(&mut self, value: &Value<'_>, outcome: Outcome, row: u32) {
        match outcome {
            Outcome::Fine | Outcome::Nothing => {}
            Outcome::Unreadable => {
                self.unreadable_count += 1;
                if self.unreadable.len() < Note::MAX_CELLS {
                    self.unreadable.push(row);
                }
            }
            Outcome::Withheld => {
                self.withheld_count += 1;
                if self.withheld.len() < Note::MAX_CELLS {
                    self.withheld.push(row);
                }
            }
            Outcome::Error => {
                self.error_count += 1;
                if self.errors.len() < Note::MAX_CELLS {
                    self.errors.push(row);
                }
            }
        }
        let is_new = match value {
            Value::Null => {
                self.nulls += 1;
                return;
            }
            Value::Integer(number) => self.number(*number as f64),
            Value::Real(number) => self.number(*number),
            Value::Text(_) | Value::Owned(_) | Value::Iso(_) => self.text(value.as_str().unwrap_or_default()),
        };
        if is_new && self.examples.len() < Self::EXAMPLES {
            let example = value.to_json();
            if !self.examples.contains(&example) {
                self.examples.push(example);
            }
        }
    }

    /// Whether it may be the first of its kind.
    fn number(&mut self, value: f64) -> bool {
        self.count += 1;
        let sum = self.sum + value;
        self.lost += if self.sum.abs() >= value.abs() {
            (self.sum - sum) + value
        } else {
            (value - sum) + self.sum
        };
        self.sum = sum;
        if self.least.is_none_or(|least| value < least) {
            self.least = Some(value);
        }
        if self.most.is_none_or(|most| value > most) {
            self.most = Some(value);
        }
        self.seen.add(hash_number(value))
    }

    fn text(&mut self, text: &str) -> bool {
        self.count += 1;
        let is_new = self.seen.add(hash_bytes(text.as_bytes()));
        if is_new {
            if self.first_text.as_deref().is_none_or(|first| text < first) {
                self.first_text = Some(text.to_owned());
            }
            if self.last_text.as_deref().is_none_or(|last| text > last) {
                self.last_text = Some(text.to_owned());
            }
            let spaces = text.bytes().filter(|byte| *byte == b' ').count();
            self.looked_at += 1;
            self.wordy += u64::from(spaces >= 4 || text.len() > 60);
            self.codes += u64::from(spaces == 0 && text.len() <= 40 && text.bytes().any(|byte| byte.is_ascii_digit()));
        }
        is_new
    }

    /// Settles the number of different values. To be called once all values are added, before it is asked for.
    pub(crate) fn finish(&mut self) {
        self.seen.compact();
        self.seen.recent = Vec::new();
    }

    pub(crate) fn distinct(&self) -> u64 {
        self.seen.list.len() as u64
    }

    /// Whether every row has a value of its own.
    pub(crate) fn is_unique(&self) -> bool {
        self.nulls == 0 && self.distinct() == self.count
    }

    pub(crate) const fn min(&self) -> Option<f64> {
        self.least
    }

    pub(crate) const fn max(&self) -> Option<f64> {
        self.most
    }

    pub(crate) fn sum(&self) -> Option<f64> {
        (self.count > 0).then(|| crate::values::rounded(self.sum + self.lost))
    }

    pub(crate) fn smallest(&self) -> Json {
        bound(self.least, self.first_text.as_deref())
    }

    pub(crate) fn largest(&self) -> Json {
        bound(self.most, self.last_text.as_deref())
    }

    /// Whether most texts are sentences.
    pub(crate) fn is_wordy(&self) -> bool {
        self.wordy * 2 > self.looked_at
    }

    /// Whether nearly all texts look like codes.
    pub(crate) fn is_codes(&self) -> bool {
        self.looked_at > 0 && self.codes * 10 >= self.looked_at * 9
    }
}

fn bound(number: Option<f64>, text: Option<&str>) -> Json {
    match (number, text) {
        (Some(number), _) => json_number(number),
        (None, Some(text)) => Json::from(text.chars().take(80).collect::<String>()),
        (None, None) => Json::Null,
    }
}
