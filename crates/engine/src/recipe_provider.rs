//! The embedded default as a source of turns: built-in recipes, no AI model. To the agent it is a model like others.

use async_trait::async_trait;
use deskhand_models::{ModelError, ModelListing, ModelProvider, TestReport};
use deskhand_types::{Block, Coded, ModelRequest, ModelTurn, StreamDelta};

/// The id of the provider.
pub const RECIPES: &str = "recipes";

/// The recipes as a provider.
#[derive(Debug, Clone, Copy, Default)]
pub struct RecipeProvider;

#[async_trait]
impl ModelProvider for RecipeProvider {
    fn id(&self) -> &str {
        RECIPES
    }

    async fn complete(
        &self,
        request: &ModelRequest,
        sink: &mut (dyn FnMut(StreamDelta) + Send),
    ) -> Result<ModelTurn, ModelError> {
        let turn = deskhand_recipes::next_turn(request).map_err(|error| ModelError::Embedded {
            code: error.code(),
            message: error.to_string(),
            hint: error.hint(),
        })?;
        for block in &turn.content {
            match block {
                Block::Text { text } => sink(StreamDelta::Text { text: text.clone() }),
                Block::ToolUse { name, .. } => sink(StreamDelta::ToolUse { name: name.clone() }),
                _ => {}
            }
        }
        Ok(turn)
    }

    async fn list(&self) -> Result<Vec<ModelListing>, ModelError> {
        Ok(Vec::new())
    }

    async fn test(&self) -> Result<TestReport, ModelError> {
        Err(ModelError::Unsupported {
            provider: RECIPES.to_owned(),
            what: "be tested: there is nothing to connect to",
        })
    }
}
