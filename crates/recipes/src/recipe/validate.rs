//! Checks a recipe before it is used: what can be known to fail is refused when it is loaded.

use std::collections::HashSet;

use serde_json::Value;

use super::{Recipe, Step};
use crate::{RecipeError, choose, expression, run};

/// Tools a recipe may call. Shell, network and persistence are not among them: a recipe is a plan for files. What runs in
/// the sandbox is a script that ships with the program, which a recipe only names.
const TOOLS: &[&str] = &[
    "Convert",
    "DeleteFile",
    "Edit",
    "Glob",
    "Grep",
    "MoveFile",
    "PresentFiles",
    "Query",
    "Read",
    "Write",
];
/// Names that steps cannot take, since they are always there.
const RESERVED: &[&str] = &[
    "prompt", "params", "folders", "folder", "out", "problems", "checks", "item", "loop", "model",
];
/// The most steps of a recipe.
const MAX_STEPS: usize = 60;
/// The most items a loop may ask for.
pub const MAX_ITEMS: usize = 1000;

pub fn check(recipe: &Recipe) -> Result<(), RecipeError> {
    let invalid = |reason: String| RecipeError::invalid(&recipe.id, reason);
    if !is_name(&recipe.id, '-') {
        return Err(invalid(
            "its id must be lower-case letters, digits and hyphens".to_owned(),
        ));
    }
    if recipe.steps.len() > MAX_STEPS {
        return Err(RecipeError::TooLarge {
            what: "the number of steps",
            count: recipe.steps.len(),
            limit: MAX_STEPS,
        });
    }
    if recipe.plan.is_empty() || recipe.steps.is_empty() || recipe.matching.examples.is_empty() {
        return Err(invalid("it needs a plan, steps and examples".to_owned()));
    }
    let plan: HashSet<&str> = recipe.plan.iter().map(|item| item.id.as_str()).collect();
    if plan.len() != recipe.plan.len() {
        return Err(invalid("two lines of its plan have the same id".to_owned()));
    }
    let mut names: HashSet<&str> = RESERVED.iter().copied().collect();
    // The item of a loop is known inside its step alone.
    names.remove("item");
    for step in &recipe.steps {
        let failed = |reason: String| invalid(format!("step `{}`: {reason}", step.id));
        if !is_name(&step.id, '_') || RESERVED.contains(&step.id.as_str()) || names.contains(step.id.as_str()) {
            return Err(failed("its id is reserved, used twice or not a name".to_owned()));
        }
        if step.plan.as_deref().is_some_and(|id| !plan.contains(id)) {
            return Err(failed("its line of the plan does not exist".to_owned()));
        }
        let item = step.for_each.is_some().then(|| step.item.as_deref().unwrap_or("item"));
        let fresh = item.is_some_and(|item| names.insert(item));
        check_step(step, &names).map_err(failed)?;
        if let Some(item) = item.filter(|_| fresh) {
            names.remove(item);
        }
        names.insert(&step.id);
    }
    expression::check_template(&recipe.finish, &names).map_err(|reason| invalid(format!("finish: {reason}")))?;
    check_matching(recipe)
}

fn is_name(text: &str, joiner: char) -> bool {
    text.len() <= 40
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == joiner)
}

fn check_step(step: &Step, known: &HashSet<&str>) -> Result<(), String> {
    let does = [
        step.tool.is_some(),
        step.script.is_some(),
        step.value.is_some(),
        step.text.is_some(),
        step.ask.is_some(),
        step.judge.is_some(),
        step.stop.is_some(),
        step.check.is_some(),
        step.say.is_some(),
    ];
    if does.iter().filter(|one| **one).count() != 1 {
        return Err("it must do exactly one of tool, script, value, text, ask, judge, stop, check, say".to_owned());
    }
    if let Some(tool) = &step.tool
        && !TOOLS.contains(&tool.as_str())
    {
        return Err(format!(
            "a recipe cannot call `{tool}`; it can call {}",
            TOOLS.join(", ")
        ));
    }
    if let Some(script) = &step.script
        && !run::scripts().any(|known| known == script)
    {
        return Err(format!("there is no script `{script}`"));
    }
    let repeatable = step.tool.is_some() || step.judge.is_some() || step.value.is_some() || step.text.is_some();
    if step.for_each.is_some() && !repeatable {
        return Err("only tool, judge, value and text can be done for each item".to_owned());
    }
    if step.limit.is_some_and(|limit| limit > MAX_ITEMS) {
        return Err(format!("a loop has at most {MAX_ITEMS} items"));
    }
    if step.check.is_some() != step.otherwise.is_some() {
        return Err("check and otherwise belong together".to_owned());
    }
    let mut expressions: Vec<&String> = [&step.when, &step.for_each, &step.value, &step.check]
        .into_iter()
        .flatten()
        .collect();
    let mut templates: Vec<&String> = [&step.text, &step.stop, &step.say, &step.otherwise]
        .into_iter()
        .flatten()
        .collect();
    if let Some(ask) = &step.ask {
        expressions.extend([&ask.options, &ask.default]);
        templates.push(&ask.question);
    }
    if let Some(judge) = &step.judge {
        expressions.push(&judge.fallback);
        expressions.extend(&judge.options);
        templates.extend([&judge.question, &judge.about]);
    }
    expressions
        .into_iter()
        .try_for_each(|text| expression::check_expression(text, known))?;
    templates
        .into_iter()
        .try_for_each(|text| expression::check_template(text, known))?;
    step.input.values().try_for_each(|value| check_input(value, known))
}

fn check_input(value: &Value, known: &HashSet<&str>) -> Result<(), String> {
    match value {
        Value::String(text) => match text.strip_prefix("= ") {
            Some(inner) => expression::check_expression(inner, known),
            None => expression::check_template(text, known),
        },
        Value::Array(items) => items.iter().try_for_each(|item| check_input(item, known)),
        Value::Object(map) => map.values().try_for_each(|item| check_input(item, known)),
        _ => Ok(()),
    }
}

fn check_matching(recipe: &Recipe) -> Result<(), RecipeError> {
    for example in &recipe.matching.examples {
        if choose::score(&recipe.matching, example) < choose::CLEAR {
            let reason = format!("its example “{example}” does not match it clearly");
            return Err(RecipeError::invalid(&recipe.id, reason));
        }
    }
    for example in &recipe.matching.not_examples {
        if choose::score(&recipe.matching, example) >= choose::CLEAR {
            let reason = format!("its counter-example “{example}” matches it");
            return Err(RecipeError::invalid(&recipe.id, reason));
        }
    }
    Ok(())
}
