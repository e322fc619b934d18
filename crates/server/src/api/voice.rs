//! How what a person says was entered: the JSON form of `deskhand_types::Stretch`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How a stretch of text was entered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct StretchShape {
    /// Typed in the composer, or pasted or dropped there.
    pub how: EnteredShape,
    /// Its length in characters (Unicode scalar values, `[...text].length`).
    pub chars: u64,
}

/// How text was entered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EnteredShape {
    /// Key by key.
    Typed,
    /// Pasted or dropped.
    Pasted,
    /// Not known.
    Unknown,
}

impl From<StretchShape> for deskhand_types::Stretch {
    fn from(shape: StretchShape) -> Self {
        let how = match shape.how {
            EnteredShape::Typed => deskhand_types::Entered::Typed,
            EnteredShape::Pasted => deskhand_types::Entered::Pasted,
            EnteredShape::Unknown => deskhand_types::Entered::Unknown,
        };
        Self {
            how,
            chars: shape.chars,
        }
    }
}
