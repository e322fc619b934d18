//! Which model a task uses: configured providers, or the built-in recipes.

use std::sync::Arc;

use deskhand_models::{ModelError, ModelProvider, ModelsConfig};
use deskhand_types::{ModelProfile, ModelRef};

use crate::recipe_provider::{RECIPES, RecipeProvider};

/// Reads environment variables; a parameter, so that tests need not touch the process's own.
pub type Environment = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// The models that can be used.
#[derive(Clone)]
pub struct Models {
    /// What the settings say.
    pub config: ModelsConfig,
    /// The environment.
    pub env: Environment,
}

/// A model chosen for a task.
#[derive(Clone, PartialEq, Debug)]
pub struct Chosen {
    /// The model.
    pub model: ModelRef,
    /// What it can do.
    pub profile: ModelProfile,
}

/// The profile of the recipes: no window to fill, no price.
pub(crate) fn recipe_profile() -> ModelProfile {
    ModelProfile {
        pattern: "built-in".to_owned(),
        context_window: u64::MAX,
        max_output: 0,
        images: false,
        tools: true,
        parallel_tools: true,
        thinking_budget: 0,
        prompt_budget: u64::MAX,
        tool_result_chars: 200_000,
        price: Some(deskhand_types::Price::default()),
    }
}

impl Models {
    /// The model a name stands for; without a name the configured default, or the recipes when there is none.
    ///
    /// # Errors
    /// When the name is not a provider's.
    pub fn resolve(&self, name: Option<&str>) -> Result<Chosen, ModelError> {
        let recipes = || Chosen {
            model: ModelRef {
                provider: RECIPES.to_owned(),
                name: "built-in".to_owned(),
            },
            profile: recipe_profile(),
        };
        if name.is_some_and(|name| name == RECIPES || name.starts_with("recipes/")) {
            return Ok(recipes());
        }
        match deskhand_models::resolve(&self.config, name, &*self.env) {
            Ok(resolved) => Ok(Chosen {
                model: resolved.model,
                profile: resolved.profile,
            }),
            Err(ModelError::NotConfigured) if name.is_none() => Ok(recipes()),
            Err(error) => Err(error),
        }
    }

    /// Names of the hosts at which models are asked, those of the public network: what no command may reach. Addresses
    /// and names of this computer are out of reach anyway.
    pub fn hosts(&self) -> Vec<String> {
        let mut hosts = deskhand_models::hosts(&self.config, &*self.env);
        hosts.retain(|host| {
            host.contains('.') && host.rsplit('.').next().is_none_or(|last| last.parse::<u32>().is_err())
        });
        hosts
    }

    /// The provider of a model.
    ///
    /// # Errors
    /// When it is not configured, or has no key.
    pub fn provider(&self, model: &ModelRef) -> Result<Arc<dyn ModelProvider>, ModelError> {
        if model.provider == RECIPES {
            return Ok(Arc::new(RecipeProvider));
        }
        Ok(deskhand_models::resolve(&self.config, Some(&model.to_string()), &*self.env)?.provider)
    }
}
