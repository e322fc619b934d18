//! The JSON form of a count of nanoseconds since 1970 that may be outside the years 1677 to 2262.
//!
//! Serde cannot buffer an `i128`, which tagged enums do, so the plain form would be written but never read again.
//! A number where it fits 64 bits, which is every sane file; otherwise a string of decimal digits.

use serde::{Deserialize, Deserializer, Serializer, de::Error};

#[derive(Deserialize)]
#[serde(untagged)]
enum Form {
    Number(i64),
    Digits(String),
}

#[allow(clippy::ref_option, reason = "the signature serde's `with` asks for")]
pub fn serialize<S: Serializer>(value: &Option<i128>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        None => serializer.serialize_none(),
        Some(nanos) => match i64::try_from(*nanos) {
            Ok(number) => serializer.serialize_i64(number),
            Err(_) => serializer.collect_str(nanos),
        },
    }
}

pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i128>, D::Error> {
    Ok(match Option::<Form>::deserialize(deserializer)? {
        None => None,
        Some(Form::Number(nanos)) => Some(nanos.into()),
        Some(Form::Digits(digits)) => Some(digits.parse().map_err(D::Error::custom)?),
    })
}

#[cfg(test)]
mod tests {
    use crate::FileState;

    #[test]
    fn every_time_reads_back() {
        for nanos in [0, -1, 1_790_000_000_123_456_789, i128::from(i64::MAX) + 1, i128::MIN] {
            let state = FileState::Folder {
                mode: None,
                mtime_ns: Some(nanos),
            };
            let text = serde_json::to_string(&state).unwrap();
            assert_eq!(serde_json::from_str::<FileState>(&text).unwrap(), state, "{text}");
        }
    }
}
