//! What the values of a column add up to, gathered while they are stored.

use std::{
    collections::HashSet,
    hash::{BuildHasherDefault, Hasher},
};

use serde_json::Value as Json;

use crate::{
    Note,
    values::{Outcome, Value, json_number},
};

/// A set of hashes: they need no second hashing.
pub(crate) type Hashes = HashSet<u64, BuildHasherDefault<Identity>>;

/// Passes a hash through.
#[derive(Default)]
pub(crate) struct Identity(u64);

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        self.0 = mix(self.0, hash_bytes(bytes));
    }
    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

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

/// Running figures of one column.
#[derive(Default)]
pub(crate) struct Stats {
    pub(crate) nulls: u64,
    pub(crate) examples: Vec<Json>,
    pub(crate) unreadable: Vec<u32>,
    pub(crate) unreadable_count: u64,
    pub(crate) errors: Vec<u32>,
    pub(crate) error_count: u64,
    seen: Hashes,
    count: u64,
    sum: f64,
    lost: f64,
    least: Option<f64>,
    most: Option<f64>,
    first_text: Option<String>,
    last_text: Option<String>,
    wordy: u64,
    codes: u64,
}

impl Stats {
    const EXAMPLES: usize = 3;

    /// Adds one value; returns the row's hash with it mixed in.
    pub(crate) fn add(&mut self, value: &Value<'_>, outcome: Outcome, row: u32, row_hash: u64) -> u64 {
        match outcome {
            Outcome::Fine | Outcome::Nothing => {}
            Outcome::Unreadable => {
                self.unreadable_count += 1;
                if self.unreadable.len() < Note::MAX_CELLS {
                    self.unreadable.push(row);
                }
            }
            Outcome::Error => {
                self.error_count += 1;
                if self.errors.len() < Note::MAX_CELLS {
                    self.errors.push(row);
                }
            }
        }
        let (hash, is_new) = match value {
            Value::Null => {
                self.nulls += 1;
                return mix(row_hash, 1);
            }
            Value::Integer(number) => self.number(*number as f64),
            Value::Real(number) => self.number(*number),
            Value::Text(_) | Value::Owned(_) | Value::Iso(_) => self.text(value.as_str().unwrap_or_default()),
        };
        if is_new && self.examples.len() < Self::EXAMPLES {
            self.examples.push(value.to_json());
        }
        mix(row_hash, hash)
    }

    /// The value's hash, and whether it is the first of its kind.
    fn number(&mut self, value: f64) -> (u64, bool) {
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
        // Adding 0.0 makes minus zero the same value as zero.
        let hash = mix((value + 0.0).to_bits(), 2);
        (hash, self.seen.insert(hash))
    }

    fn text(&mut self, text: &str) -> (u64, bool) {
        self.count += 1;
        let hash = hash_bytes(text.as_bytes());
        let is_new = self.seen.insert(hash);
        if is_new {
            if self.first_text.as_deref().is_none_or(|first| text < first) {
                self.first_text = Some(text.to_owned());
            }
            if self.last_text.as_deref().is_none_or(|last| text > last) {
                self.last_text = Some(text.to_owned());
            }
            let spaces = text.bytes().filter(|byte| *byte == b' ').count();
            self.wordy += u64::from(spaces >= 4 || text.len() > 60);
            self.codes += u64::from(spaces == 0 && text.len() <= 40 && text.bytes().any(|byte| byte.is_ascii_digit()));
        }
        (hash, is_new)
    }

    pub(crate) fn distinct(&self) -> u64 {
        self.seen.len() as u64
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

    /// Whether most different texts are sentences.
    pub(crate) fn is_wordy(&self) -> bool {
        self.wordy * 2 > self.distinct()
    }

    /// Whether all different texts look like codes.
    pub(crate) fn is_codes(&self) -> bool {
        self.distinct() > 0 && self.codes * 10 >= self.distinct() * 9
    }
}

fn bound(number: Option<f64>, text: Option<&str>) -> Json {
    match (number, text) {
        (Some(number), _) => json_number(number),
        (None, Some(text)) => Json::from(text.chars().take(80).collect::<String>()),
        (None, None) => Json::Null,
    }
}
