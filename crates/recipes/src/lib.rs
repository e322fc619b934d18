//! Built-in recipes: matching a request to a plan, and the next turn of a plan. The embedded default: it works without
//! a key, without weights and without a network, and says on screen that no AI model is at work.
//!
//! Architecture invariants: no IO, no clock, no randomness, no async. [`next_turn`] is a pure function from the whole
//! conversation to the next turn: it follows the recipe over the recorded results and stops at the first call that is
//! not recorded yet. So replay, resume after a crash and undo are those of any other model.
//! Text from files is data throughout: it never becomes a template, a tool, a statement or a path (see `guard`).

mod choose;
mod conversation;
mod documents;
mod error;
mod expression;
mod files;
mod guard;
mod library;
mod params;
mod recipe;
mod route;
mod run;
mod tables;
mod text;
mod words;

pub use choose::{Candidate, Choice, Facts};
pub use error::RecipeError;
pub use library::{Library, library};
pub use recipe::{AskStep, JudgeAnswer, JudgeStep, Matching, OnError, Param, ParamRule, PlanItem, Recipe, Step};

use deskhand_types::{ModelRequest, ModelTurn};

/// Reads and checks a recipe file.
///
/// # Errors
/// [`RecipeError`] with the first thing that is wrong.
pub fn parse(text: &str) -> Result<Recipe, RecipeError> {
    Recipe::parse(text)
}

/// Which of the built-in recipes answers a request.
pub fn choose(prompt: &str, facts: &Facts) -> Choice {
    choose::choose(library(), prompt, facts)
}

/// The next turn of a conversation with the built-in recipes: text and calls, or the last message. Deterministic.
///
/// # Errors
/// [`RecipeError`] when the conversation is unusable. Failed tools and strange results are none: the recipe ends with
/// a message that says so.
pub fn next_turn(request: &ModelRequest) -> Result<ModelTurn, RecipeError> {
    route::next_turn(library(), request)
}
