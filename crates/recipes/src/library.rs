//! The recipes that ship, and collections with a person's own.

use std::sync::LazyLock;

use deskhand_types::{ModelRequest, ModelTurn};

use crate::{Choice, Facts, Recipe, RecipeError, choose, route};

/// The recipe files, embedded.
const FILES: &[&str] = &[
    include_str!("../data/analyse-spreadsheets.toml"),
    include_str!("../data/table-from-documents.toml"),
    include_str!("../data/sort-into-folders.toml"),
    include_str!("../data/rename.toml"),
    include_str!("../data/find-an-answer.toml"),
    include_str!("../data/convert.toml"),
    include_str!("../data/summarise.toml"),
    include_str!("../data/checklist.toml"),
    include_str!("../data/compare-two-versions.toml"),
    include_str!("../data/find-duplicates.toml"),
];

static BUILT_IN: LazyLock<Vec<Recipe>> =
    LazyLock::new(|| FILES.iter().filter_map(|text| Recipe::parse(text).ok()).collect());

/// The built-in recipes. A test parses every one, so none is missing.
pub fn library() -> &'static [Recipe] {
    &BUILT_IN
}

/// The built-in recipes together with others.
#[derive(Clone, PartialEq, Debug)]
pub struct Library {
    recipes: Vec<Recipe>,
}

impl Default for Library {
    fn default() -> Self {
        Self {
            recipes: library().to_vec(),
        }
    }
}

impl Library {
    /// Adds a recipe; one with the id of another takes its place.
    pub fn add(&mut self, recipe: Recipe) {
        self.recipes.retain(|known| known.id != recipe.id);
        self.recipes.push(recipe);
    }

    /// All recipes, the built-in ones first.
    pub fn recipes(&self) -> &[Recipe] {
        &self.recipes
    }

    /// As [`crate::choose`], over these recipes.
    pub fn choose(&self, prompt: &str, facts: &Facts) -> Choice {
        choose::choose(&self.recipes, prompt, facts)
    }

    /// As [`crate::next_turn`], over these recipes.
    ///
    /// # Errors
    /// [`RecipeError`] when the conversation is unusable.
    pub fn next_turn(&self, request: &ModelRequest) -> Result<ModelTurn, RecipeError> {
        route::next_turn(&self.recipes, request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recipe_that_ships_is_valid() {
        for text in FILES {
            let recipe = Recipe::parse(text).unwrap_or_else(|error| panic!("{error}"));
            assert!(!recipe.title.is_empty());
        }
        assert_eq!(library().len(), FILES.len());
    }
}
