//! JSON whose objects keep the order of their members: a provider's cache sees the text, so the order counts.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// A value. Two are equal when their texts are, whitespace and the spelling of escapes aside.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Json {
    /// Anything without parts.
    Leaf(Value),
    /// An array.
    List(Vec<Json>),
    /// An object, in its own order.
    Map(Vec<(String, Json)>),
}

impl Json {
    /// The member of that name.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Map(members) => members.iter().find(|(key, _)| key == name).map(|(_, value)| value),
            Self::Leaf(_) | Self::List(_) => None,
        }
    }

    /// The elements; none when it is no array.
    pub(crate) fn list(&self) -> &[Self] {
        match self {
            Self::List(elements) => elements,
            Self::Leaf(_) | Self::Map(_) => &[],
        }
    }

    /// The text; none when it is no string.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Leaf(value) => value.as_str(),
            Self::List(_) | Self::Map(_) => None,
        }
    }

    /// The same without the members of that name, however deep.
    pub(crate) fn without(self, name: &str) -> Self {
        match self {
            Self::Leaf(value) => Self::Leaf(value),
            Self::List(elements) => Self::List(elements.into_iter().map(|element| element.without(name)).collect()),
            Self::Map(members) => Self::Map(
                members
                    .into_iter()
                    .filter(|(key, _)| key != name)
                    .map(|(key, value)| (key, value.without(name)))
                    .collect(),
            ),
        }
    }

    /// Length of the text without whitespace, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let commas = |parts: usize| parts.saturating_sub(1);
        match self {
            Self::Leaf(value) => value.to_string().len(),
            Self::List(elements) => 2 + commas(elements.len()) + elements.iter().map(Self::bytes).sum::<usize>(),
            Self::Map(members) => {
                let inside =
                    |(key, value): &(String, Self)| Value::from(key.as_str()).to_string().len() + 1 + value.bytes();
                2 + commas(members.len()) + members.iter().map(inside).sum::<usize>()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Parts)
    }
}

struct Parts;

impl<'de> Visitor<'de> for Parts {
    type Value = Json;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Leaf(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Leaf(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Leaf(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Leaf(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Leaf(value.into()))
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Leaf(Value::Null))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Json, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = sequence.next_element()? {
            elements.push(element);
        }
        Ok(Json::List(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Json::Map(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn order_counts_and_whitespace_does_not() {
        assert_eq!(
            json(r#"{"a": 1, "b": [true, null]}"#),
            json(r#"{"a":1,"b":[true,null]}"#)
        );
        assert_ne!(json(r#"{"a":1,"b":2}"#), json(r#"{"b":2,"a":1}"#));
    }

    #[test]
    fn members_are_left_out_however_deep() {
        assert_eq!(
            json(r#"[{"x":{"cut":{"a":1},"b":"cut"}},{"cut":0}]"#).without("cut"),
            json(r#"[{"x":{"b":"cut"}},{}]"#)
        );
    }

    #[test]
    fn the_length_is_that_of_the_text() {
        for text in [
            r#"{"a":[1,-2.5,"ü\n\"",{}],"b\t":null}"#,
            "[]",
            r#"[{"a":true,"b":false}]"#,
        ] {
            assert_eq!(json(text).bytes(), text.len());
        }
    }
}
