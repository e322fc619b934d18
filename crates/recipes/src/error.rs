//! What can go wrong with a recipe.

use deskhand_types::{Code, Coded};

/// A recipe or a request to run one is not usable. Nothing was done: this crate only computes turns.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RecipeError {
    /// The text is not TOML of the expected shape.
    #[error("the recipe cannot be read: {0}")]
    Parse(String),
    /// The recipe says something that cannot work.
    #[error("the recipe `{recipe}` is not valid: {reason}")]
    Invalid {
        /// Its id.
        recipe: String,
        /// What is wrong, with the step or field.
        reason: String,
    },
    /// The recipe is larger than allowed.
    #[error("the recipe is too large: {what} is {count}, at most {limit} are allowed")]
    TooLarge {
        /// What was counted.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// How many there may be.
        limit: usize,
    },
    /// The conversation cannot be continued: it holds no message of the person, or calls without results.
    #[error("the conversation cannot be continued by a recipe: {0}; no further step was taken")]
    Conversation(String),
    /// The conversation does not follow from the recipe, for example since the recipe was changed in between.
    #[error("the task was begun with another version of the recipe: {0}; no further step was taken")]
    Diverged(String),
    /// Recipes are no service that could be tried out.
    #[error("recipes are part of the program; there is no connection to test")]
    NothingToTest,
}

impl RecipeError {
    pub(crate) fn invalid(recipe: &str, reason: impl Into<String>) -> Self {
        Self::Invalid {
            recipe: recipe.to_owned(),
            reason: reason.into(),
        }
    }
}

impl Coded for RecipeError {
    fn code(&self) -> Code {
        Code::new(match self {
            Self::Parse(_) => "recipes.parse",
            Self::Invalid { .. } => "recipes.invalid",
            Self::TooLarge { .. } => "recipes.too-large",
            Self::Conversation(_) => "recipes.conversation",
            Self::Diverged(_) => "recipes.diverged",
            Self::NothingToTest => "recipes.nothing-to-test",
        })
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Parse(_) | Self::Invalid { .. } | Self::TooLarge { .. } => Some(
                "Compare it with a built-in recipe; the book's chapter on recipes describes every field.".to_owned(),
            ),
            Self::Conversation(_) | Self::NothingToTest => None,
            Self::Diverged(_) => Some("Start the task again; what it has changed so far can be undone.".to_owned()),
        }
    }
}
