//! `models`.

pub(crate) mod pull;

use anyhow::Result;
use deskhand_engine::{Engine, RECIPES};
use serde::Serialize;
use serde_json::json;

use super::{done, print_json, tasks::count};
use crate::{args::ModelAction, exit::Exit, terminal::style};

/// Lists, pulls or tests models.
pub(crate) async fn models(engine: &Engine, action: ModelAction, json: bool) -> Result<Exit> {
    match action {
        ModelAction::List => list(engine, json).await,
        ModelAction::Test { model } => test(engine, model.as_deref(), json).await,
        ModelAction::Pull => pull::pull(engine, json),
    }
}

/// A model that can be used.
#[derive(Serialize)]
struct Line {
    name: String,
    provider: String,
    about: String,
}

async fn list(engine: &Engine, json: bool) -> Result<Exit> {
    let models = &engine.models();
    let chosen = models.resolve(None);
    let mut lines = vec![Line {
        name: format!("{RECIPES}/built-in"),
        provider: RECIPES.to_owned(),
        about: "built-in recipes, no AI model".to_owned(),
    }];
    let mut trouble = None;
    if let Ok(chosen) = &chosen
        && chosen.model.provider != RECIPES
    {
        match models.provider(&chosen.model)?.list().await {
            Ok(found) => lines.extend(found.into_iter().map(|model| Line {
                name: format!("{}/{}", chosen.model.provider, model.name),
                provider: chosen.model.provider.clone(),
                about: model.display_name.unwrap_or_default(),
            })),
            Err(error) => trouble = Some(error),
        }
    }
    if json {
        print_json(&lines)?;
        return Ok(Exit::Done);
    }
    for line in &lines {
        anstream::println!("{}  {}{}{}", line.name, style::DIM, line.about, style::RESET);
    }
    match &chosen {
        Ok(chosen) => super::dim(&format!("default: {}", chosen.model)),
        Err(error) => anstream::println!("{}default: {error}{}", style::WARN, style::RESET),
    }
    if let Some(error) = trouble {
        anstream::println!(
            "{}the provider's list could not be fetched: {error}{}",
            style::WARN,
            style::RESET
        );
    }
    Ok(Exit::Done)
}

async fn test(engine: &Engine, model: Option<&str>, json: bool) -> Result<Exit> {
    let models = &engine.models();
    let chosen = models.resolve(model).map_err(deskhand_engine::EngineError::from)?;
    if chosen.model.provider == RECIPES {
        if json {
            print_json(&json!({"name": chosen.model.to_string(), "ok": true}))?;
        } else {
            done("Built-in recipes need no connection. No AI model is configured.");
        }
        return Ok(Exit::Done);
    }
    let provider = models
        .provider(&chosen.model)
        .map_err(deskhand_engine::EngineError::from)?;
    let report = provider.test().await.map_err(deskhand_engine::EngineError::from)?;
    if json {
        print_json(&json!({"name": chosen.model.to_string(), "ok": true, "report": report}))?;
    } else {
        let tokens = report.usage.context_tokens() + report.usage.output_tokens;
        done(&format!(
            "{} answered at {} in {} ms, {}",
            report.answered_by,
            report.endpoint,
            report.elapsed.as_millis(),
            count(tokens, "token")
        ));
    }
    Ok(Exit::Done)
}
