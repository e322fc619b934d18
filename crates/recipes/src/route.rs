//! From the person's words to a recipe: by matching, with a look at the files when that helps, by the small model,
//! and else by asking.

use deskhand_types::{Block, ModelRequest, ModelTurn, StopReason, Usage};
use serde_json::{Value, json};

use crate::choose::{Candidate, Choice, Facts, choose};
use crate::conversation::{Conversation, Replay};
use crate::guard::Guard;
use crate::run::{Next, follow};
use crate::text::markdown::escape;
use crate::{Recipe, RecipeError};

/// The choice that stands for none of the recipes.
const NONE: &str = "None of these";
/// How the turns are signed.
const MODEL: &str = "recipes/built-in";

/// Where matching has come to.
enum Routed<'a> {
    /// This recipe, on this request.
    To(&'a Recipe, String),
    Waiting,
    Nothing(Vec<&'a Recipe>),
}

/// The next turn of a conversation.
pub fn next_turn(recipes: &[Recipe], request: &ModelRequest) -> Result<ModelTurn, RecipeError> {
    let conversation = Conversation::read(request)?;
    let mut replay = Replay::new(&conversation);
    let mut guard = Guard::new(&conversation.folders);
    let routed = route(recipes, &conversation, &mut replay, &mut guard)?;
    match routed {
        Routed::Waiting => {
            let text = format!(
                "{} I am not sure which one is meant, so I look and ask first.",
                banner(&conversation, None)
            );
            Ok(turn(Next::Calls {
                text: if conversation.calls.is_empty() {
                    text
                } else {
                    String::new()
                },
                calls: replay.pending,
            }))
        }
        Routed::Nothing(closest) => Ok(turn(Next::Done {
            text: nothing_fits(recipes, &closest, &conversation),
        })),
        Routed::To(recipe, prompt) => {
            let begins = replay.is_used_up();
            let next = follow(recipe, &prompt, &conversation, replay, guard)?;
            Ok(turn(match next {
                Next::Calls { text, calls } if begins => Next::Calls {
                    text: join(&banner(&conversation, Some(recipe)), &text),
                    calls,
                },
                Next::Done { text } if begins => Next::Done {
                    text: join(&banner(&conversation, Some(recipe)), &text),
                },
                other => other,
            }))
        }
    }
}

fn join(a: &str, b: &str) -> String {
    if b.is_empty() {
        a.to_owned()
    } else {
        format!("{a}\n\n{b}")
    }
}

fn banner(conversation: &Conversation, recipe: Option<&Recipe>) -> String {
    let what = if conversation.has_tool("Judge") {
        "Built-in recipe, with the small local model"
    } else {
        "Built-in recipe, no AI model"
    };
    match recipe {
        Some(recipe) => format!("{what}: {}. {}", recipe.title, recipe.what),
        None => format!("{what}."),
    }
}

fn route<'a>(
    recipes: &'a [Recipe],
    conversation: &Conversation,
    replay: &mut Replay<'_>,
    guard: &mut Guard,
) -> Result<Routed<'a>, RecipeError> {
    let by_id = |id: &str| recipes.iter().find(|recipe| recipe.id == id);
    let prompt = conversation.prompt.as_str();
    let to = |id: &str, prompt: &str| {
        by_id(id).map_or_else(
            || Routed::Nothing(Vec::new()),
            |recipe| Routed::To(recipe, prompt.to_owned()),
        )
    };
    let mut choice = choose(recipes, prompt, &Facts::default());
    if let Choice::One(id) = &choice
        && let Some(recipe) = by_id(id)
    {
        return Ok(Routed::To(recipe, prompt.to_owned()));
    }
    if matches!(choice, Choice::Unsure(_)) && conversation.has_tool("Glob") {
        let Some(listed) = replay.call("Glob", json!({"pattern": "**/*"}))? else {
            return Ok(Routed::Waiting);
        };
        guard.learn(listed);
        if listed.ok {
            choice = choose(recipes, prompt, &Facts::from_listing(&listed.data));
        }
    }
    let unsure = matches!(choice, Choice::Unsure(_));
    let candidates: Vec<Candidate> = match choice {
        Choice::One(id) => return Ok(to(&id, prompt)),
        Choice::Unsure(candidates) => candidates,
        Choice::None { closest } => closest
            .into_iter()
            .filter_map(|id| {
                Some(Candidate {
                    reason: by_id(&id)?.what.clone(),
                    id,
                })
            })
            .collect(),
    };
    if conversation.has_tool("Judge") {
        let mut options: Vec<&str> = recipes.iter().map(|recipe| recipe.id.as_str()).collect();
        options.push("none");
        let input = json!({
            "question": "Which of these jobs does the person ask for? Answer none when it is another job.",
            "input": crate::text::cut(prompt, 600),
            "answer": {"type": "enum", "options": options},
        });
        let Some(judged) = replay.call("Judge", input)? else {
            return Ok(Routed::Waiting);
        };
        let answer = judged.data.get("answer").and_then(Value::as_str).filter(|_| judged.ok);
        if let Some(recipe) = answer.and_then(by_id) {
            return Ok(Routed::To(recipe, prompt.to_owned()));
        }
    }
    let recipes_of = |candidates: &[Candidate]| candidates.iter().filter_map(|c| by_id(&c.id)).collect::<Vec<_>>();
    if !unsure || candidates.is_empty() || !conversation.has_tool("AskUserQuestion") {
        return Ok(Routed::Nothing(recipes_of(&candidates)));
    }
    let mut options: Vec<Value> = recipes_of(&candidates)
        .iter()
        .map(|recipe| json!({"label": recipe.title, "description": recipe.what}))
        .collect();
    options.push(json!({"label": NONE, "description": "Say it in other words, or connect a model."}));
    let input = json!({"questions": [{
        "question": "Which of these do you mean?", "header": "Recipe", "options": options, "multiSelect": false,
    }]});
    let Some(answered) = replay.call("AskUserQuestion", input)? else {
        return Ok(Routed::Waiting);
    };
    let said = answered
        .data
        .get("answers")
        .and_then(|a| a.get(0))
        .and_then(|a| a.get(0))
        .and_then(Value::as_str)
        .unwrap_or(NONE);
    if let Some(recipe) = recipes.iter().find(|recipe| recipe.title == said) {
        return Ok(Routed::To(recipe, prompt.to_owned()));
    }
    // An answer in own words is a request of its own.
    match choose(recipes, said, &Facts::default()) {
        Choice::One(id) if said != NONE => Ok(to(&id, &format!("{said}. {prompt}"))),
        _ => Ok(Routed::Nothing(recipes_of(&candidates))),
    }
}

fn nothing_fits(recipes: &[Recipe], closest: &[&Recipe], conversation: &Conversation) -> String {
    let line = |recipe: &Recipe| {
        let example = recipe
            .matching
            .examples
            .first()
            .map(|text| format!(" For example: “{text}”"))
            .unwrap_or_default();
        format!("- **{}**: {}{example}", recipe.title, recipe.what)
    };
    let shown: Vec<String> = if closest.is_empty() {
        recipes.iter().map(line).collect()
    } else {
        let others: Vec<&str> = recipes
            .iter()
            .filter(|r| !closest.iter().any(|c| c.id == r.id))
            .map(|r| r.title.as_str())
            .collect();
        let mut lines: Vec<String> = closest.iter().map(|recipe| line(recipe)).collect();
        lines.push(format!("- Others: {}.", others.join(", ").to_lowercase()));
        lines
    };
    format!(
        "{} None of them does “{}”, so nothing was done. What can be done without a model:\n\n{}\n\n\
         For free work, connect a model: set `ANTHROPIC_API_KEY`, or see `deskhand models`.",
        banner(conversation, None).replace("Built-in recipe,", "Built-in recipes,"),
        escape(&conversation.prompt, 120),
        shown.join("\n")
    )
}

fn turn(next: Next) -> ModelTurn {
    let (text, calls, stop) = match next {
        Next::Calls { text, calls } => (text, calls, StopReason::ToolUse),
        Next::Done { text } => (text, Vec::new(), StopReason::EndTurn),
    };
    let mut content = Vec::new();
    if !text.is_empty() || calls.is_empty() {
        content.push(Block::text(if text.is_empty() { "Done.".to_owned() } else { text }));
    }
    content.extend(calls.into_iter().map(|call| Block::ToolUse {
        id: call.id,
        name: call.name,
        input: call.input,
    }));
    ModelTurn {
        content,
        stop,
        usage: Usage::default(),
        model: MODEL.to_owned(),
        response_id: None,
    }
}
