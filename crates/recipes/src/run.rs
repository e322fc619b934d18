//! Follows a recipe as far as the conversation goes: recorded results are read back, and the first calls that are
//! not recorded yet are the next turn.

mod question;
mod script;

use std::collections::BTreeMap;

use deskhand_types::{Todo, TodoStatus, ToolCall};
use minijinja::Value;
use serde_json::{Map, Value as Json, json};

use crate::conversation::{Conversation, Recorded, Replay};
use crate::expression::{evaluate, from_json, render, to_json};
use crate::guard::{Guard, OUTPUTS};
use crate::recipe::{OnError, Step};
use crate::{Recipe, RecipeError, params};

pub use script::names as scripts;

/// Calls of one turn: a loop over many files goes in batches, so that progress is seen and a stop is soon.
const BATCH: usize = 20;
/// Items of a loop when the recipe does not say.
const DEFAULT_ITEMS: usize = 200;
/// The longest text one template may give, in bytes.
const MAX_TEXT: usize = 8 << 20;
/// The tool that shows the plan.
const PLAN: &str = "TodoWrite";

/// What comes next.
#[derive(Clone, PartialEq, Debug)]
pub enum Next {
    /// Calls, and what is said with them.
    Calls {
        /// May be empty.
        text: String,
        /// Not empty.
        calls: Vec<ToolCall>,
    },
    /// The end.
    Done {
        /// The last message.
        text: String,
    },
}

/// Why a run does not simply go on.
enum Halt {
    /// Calls have to be made first.
    Wait,
    /// The recipe ends here with this text.
    Stop(String),
    /// The request itself is unusable.
    Error(RecipeError),
}

impl From<RecipeError> for Halt {
    fn from(error: RecipeError) -> Self {
        Self::Error(error)
    }
}

/// Follows `recipe` on the request `prompt`. `replay` stands behind what matching has asked already.
pub fn follow(
    recipe: &Recipe,
    prompt: &str,
    conversation: &Conversation,
    replay: Replay<'_>,
    guard: Guard,
) -> Result<Next, RecipeError> {
    let mut run = Run {
        recipe,
        conversation,
        replay,
        guard,
        vars: start(recipe, prompt, conversation),
        problems: Vec::new(),
        failed_checks: Vec::new(),
        said: Vec::new(),
        plan: None,
        model_gone: !conversation.has_tool("Judge"),
    };
    let outcome = run.steps().and_then(|()| run.finish());
    match outcome {
        Ok(text) | Err(Halt::Stop(text)) if !run.replay.is_waiting() => {
            if !run.replay.is_used_up() {
                return Err(RecipeError::Diverged(
                    "the log holds more calls than the recipe makes".to_owned(),
                ));
            }
            Ok(Next::Done { text })
        }
        Ok(_) | Err(Halt::Stop(_) | Halt::Wait) => Ok(Next::Calls {
            text: run.said.join("\n\n"),
            calls: run.replay.pending,
        }),
        Err(Halt::Error(error)) => Err(error),
    }
}

/// The values every template may use.
fn start(recipe: &Recipe, prompt: &str, conversation: &Conversation) -> BTreeMap<String, Value> {
    let folders: Vec<Json> = conversation
        .folders
        .iter()
        .map(|folder| json!({"path": folder.path, "writable": folder.writable}))
        .collect();
    let first = conversation
        .folders
        .first()
        .map_or(OUTPUTS, |folder| folder.path.as_str());
    let out = conversation
        .folders
        .iter()
        .find(|folder| folder.writable)
        .map_or(OUTPUTS, |folder| folder.path.as_str());
    let values = [
        ("prompt", Json::from(prompt)),
        ("params", Json::Object(params::extract(&recipe.params, prompt))),
        ("folders", Json::from(folders)),
        ("folder", Json::from(first)),
        ("out", Json::from(out)),
        ("problems", json!([])),
        ("checks", json!([])),
        ("model", Json::from(conversation.has_tool("Judge"))),
    ];
    values
        .into_iter()
        .map(|(name, value)| (name.to_owned(), from_json(&value)))
        .collect()
}

struct Run<'a> {
    recipe: &'a Recipe,
    conversation: &'a Conversation,
    replay: Replay<'a>,
    guard: Guard,
    vars: BTreeMap<String, Value>,
    problems: Vec<String>,
    failed_checks: Vec<String>,
    /// What is said with the next calls.
    said: Vec<String>,
    /// The line of the plan that is being done.
    plan: Option<usize>,
    /// Whether the small model cannot be asked (any more).
    model_gone: bool,
}

impl Run<'_> {
    fn steps(&mut self) -> Result<(), Halt> {
        let recipe = self.recipe;
        for step in &recipe.steps {
            if let Some(when) = &step.when
                && !self.eval(step, when)?.is_true()
            {
                self.vars.insert(step.id.clone(), Value::from(()));
                continue;
            }
            self.progress(step)?;
            let value = match &step.for_each {
                Some(list) => self.each(step, list)?,
                None => self.once(step)?,
            };
            self.vars.insert(step.id.clone(), value);
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<String, Halt> {
        self.show_plan(self.recipe.plan.len())?;
        let mut text = self.render("finish", &self.recipe.finish)?.trim().to_owned();
        for check in &self.failed_checks {
            text.push_str("\n\n**Check failed:** ");
            text.push_str(check);
        }
        Ok(text)
    }

    fn context(&self) -> Value {
        let mut all = self.vars.clone();
        all.insert("problems".to_owned(), from_json(&json!(self.problems)));
        all.insert("checks".to_owned(), from_json(&json!(self.failed_checks)));
        Value::from_pairs(all)
    }

    fn broken(&self, place: &str, reason: &str) -> Halt {
        Halt::Stop(format!(
            "The recipe “{}” stopped at `{place}`: {reason}. What was done so far is listed in the task and can be undone.",
            self.recipe.title
        ))
    }

    fn eval(&self, step: &Step, expression: &str) -> Result<Value, Halt> {
        evaluate(expression, &self.context()).map_err(|reason| self.broken(&step.id, &reason))
    }

    fn render(&self, place: &str, template: &str) -> Result<String, Halt> {
        let text = render(template, &self.context()).map_err(|reason| self.broken(place, &reason))?;
        if text.len() > MAX_TEXT {
            return Err(self.broken(place, "its text is too long"));
        }
        Ok(text)
    }

    /// Moves the plan on when a step belongs to another line of it.
    fn progress(&mut self, step: &Step) -> Result<(), Halt> {
        let line = step
            .plan
            .as_ref()
            .and_then(|id| self.recipe.plan.iter().position(|item| item.id == *id));
        match line {
            Some(line) if self.plan != Some(line) => {
                self.plan = Some(line);
                self.show_plan(line)
            }
            _ => Ok(()),
        }
    }

    /// Shows the plan with `current` being done, what is before it completed.
    fn show_plan(&mut self, current: usize) -> Result<(), Halt> {
        if !self.conversation.has_tool(PLAN) {
            return Ok(());
        }
        let todos: Vec<Todo> = self
            .recipe
            .plan
            .iter()
            .enumerate()
            .map(|(index, item)| Todo {
                content: item.does.clone(),
                status: match index.cmp(&current) {
                    std::cmp::Ordering::Less => TodoStatus::Completed,
                    std::cmp::Ordering::Equal => TodoStatus::InProgress,
                    std::cmp::Ordering::Greater => TodoStatus::Pending,
                },
                active_form: Some(item.doing.clone()),
            })
            .collect();
        // Nothing depends on the answer, so the calls that follow go with it in one turn.
        self.replay.call(PLAN, json!({ "todos": todos }))?;
        Ok(())
    }

    fn each(&mut self, step: &Step, list: &str) -> Result<Value, Halt> {
        let all = self.eval(step, list)?;
        let all: Vec<Value> = match all.try_iter() {
            Ok(items) => items.collect(),
            Err(_) => Vec::new(),
        };
        let limit = step.limit.unwrap_or(DEFAULT_ITEMS);
        let name = step.item.clone().unwrap_or_else(|| "item".to_owned());
        if all.len() > limit {
            self.problems
                .push(format!("Only the first {limit} of {} were taken.", all.len()));
        }
        let outer = self.vars.get(&name).cloned();
        let mut results = Vec::new();
        let mut waiting = false;
        let before = self.replay.pending.len();
        for item in all.into_iter().take(limit) {
            if self.replay.pending.len() - before >= BATCH {
                break;
            }
            self.vars.insert(name.clone(), item.clone());
            match self.do_one(step, Some(&item)) {
                Ok(value) => results.push(value),
                Err(Halt::Wait) => {
                    waiting = true;
                    // The small model is asked one question at a time: when it is gone, the others need not be asked.
                    if step.judge.is_some() {
                        break;
                    }
                }
                Err(other) => return Err(other),
            }
        }
        match outer {
            Some(value) => self.vars.insert(name, value),
            None => self.vars.remove(&name),
        };
        if waiting {
            Err(Halt::Wait)
        } else {
            Ok(Value::from(results))
        }
    }

    fn once(&mut self, step: &Step) -> Result<Value, Halt> {
        if let Some(template) = &step.stop {
            let text = self.render(&step.id, template)?.trim().to_owned();
            return Err(Halt::Stop(text));
        }
        if let (Some(check), Some(otherwise)) = (&step.check, &step.otherwise) {
            let holds = self.eval(step, check)?.is_true();
            if !holds {
                let text = self.render(&step.id, otherwise)?;
                self.failed_checks.push(text.trim().to_owned());
            }
            return Ok(Value::from(holds));
        }
        if let Some(template) = &step.say {
            let text = self.render(&step.id, template)?.trim().to_owned();
            if self.replay.is_used_up() && !text.is_empty() {
                self.said.push(text);
            }
            return Ok(Value::from(()));
        }
        if let Some(ask) = &step.ask {
            return self.ask(step, ask);
        }
        self.do_one(step, None)
    }

    /// What may be done once or for each item: a value, a text, a call, a question to the small model.
    fn do_one(&mut self, step: &Step, item: Option<&Value>) -> Result<Value, Halt> {
        if let Some(expression) = &step.value {
            return self.eval(step, expression);
        }
        if let Some(template) = &step.text {
            return self.render(&step.id, template).map(Value::from);
        }
        if let Some(judge) = &step.judge {
            return self.judge(step, judge);
        }
        match (&step.tool, &step.script) {
            (Some(tool), _) => self.tool(step, tool, item),
            (None, Some(name)) => self.script(step, name),
            (None, None) => Ok(Value::from(())),
        }
    }

    fn tool(&mut self, step: &Step, tool: &str, item: Option<&Value>) -> Result<Value, Halt> {
        if !self.conversation.has_tool(tool) {
            return Err(self.broken(&step.id, &format!("the tool `{tool}` is not available in this task")));
        }
        let mut input = Map::new();
        for (name, value) in &step.input {
            input.insert(name.clone(), self.fill(step, value)?);
        }
        let input = Json::Object(input);
        if let Err(reason) = self.guard.check(tool, &input) {
            return Err(self.broken(&step.id, &reason));
        }
        let Some(recorded) = self.replay.call(tool, input)? else {
            return Err(Halt::Wait);
        };
        self.guard.learn(recorded);
        if !recorded.ok {
            let problem = about(&recorded.input, &first_line(&recorded.text));
            let default = if item.is_some() {
                OnError::Continue
            } else {
                OnError::Stop
            };
            if step.on_error.unwrap_or(default) == OnError::Stop {
                return Err(Halt::Stop(format!(
                    "I could not go on: {problem}\n\nWhat was done before is listed in the task and can be undone."
                )));
            }
            self.problems.push(problem);
        }
        Ok(result(recorded, item))
    }

    /// Arguments with their templates filled in.
    fn fill(&self, step: &Step, value: &Json) -> Result<Json, Halt> {
        Ok(match value {
            Json::String(text) => match text.strip_prefix("= ") {
                Some(expression) => to_json(&self.eval(step, expression)?),
                None => Json::String(self.render(&step.id, text)?),
            },
            Json::Array(items) => Json::Array(
                items
                    .iter()
                    .map(|item| self.fill(step, item))
                    .collect::<Result<_, _>>()?,
            ),
            Json::Object(map) => {
                let filled = map.iter().map(|(key, item)| Ok((key.clone(), self.fill(step, item)?)));
                Json::Object(filled.collect::<Result<_, Halt>>()?)
            }
            other => other.clone(),
        })
    }
}

fn result(recorded: &Recorded, item: Option<&Value>) -> Value {
    let mut pairs = vec![
        ("ok", Value::from(recorded.ok)),
        ("data", from_json(&recorded.data)),
        ("text", Value::from(plain_text(recorded))),
    ];
    if let Some(item) = item {
        pairs.push(("item", item.clone()));
    }
    Value::from_pairs(pairs)
}

/// What a tool said, as plain text: `Read` numbers the lines of text files for models; their data has them bare.
fn plain_text(recorded: &Recorded) -> String {
    let bare = recorded.data.get("lines").and_then(Json::as_array);
    let Some(lines) = bare.filter(|lines| lines.iter().all(Json::is_string)) else {
        return recorded.text.clone();
    };
    let lines: Vec<&str> = lines.iter().filter_map(Json::as_str).collect();
    lines.join("\n")
}

/// The problem with the file it is about, where the tool did not name it.
fn about(input: &Json, problem: &str) -> String {
    let path = ["file_path", "from"]
        .iter()
        .find_map(|key| input.get(*key).and_then(Json::as_str));
    match path.map(crate::text::names::file_name) {
        Some(name) if !problem.contains(name) => format!("{name}: {problem}"),
        _ => problem.to_owned(),
    }
}

fn first_line(text: &str) -> String {
    let line = text
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or("a tool failed without a reason");
    crate::text::cut(line, 300)
}
