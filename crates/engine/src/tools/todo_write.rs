//! `TodoWrite`: the plan the person sees.

use deskhand_types::{EventBody, Label, Todo, TodoStatus, ToolCall, ToolDef, ToolOutcome};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Bench, Proposal, Tool, arguments, def, failed};

const MAX_TODOS: usize = 50;

pub(super) struct TodoWrite;

#[derive(Deserialize)]
struct Arguments {
    todos: Vec<Todo>,
}

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {"todos": {"type": "array", "items": {
            "type": "object",
            "properties": {
                "content": {"type": "string"},
                "status": {"enum": ["pending", "in_progress", "completed"]},
                "activeForm": {"type": "string"}
            },
            "required": ["content", "status"]
        }}},
        "required": ["todos"]
    })
}

impl Tool for TodoWrite {
    fn def(&self) -> ToolDef {
        def(
            "TodoWrite",
            "Sets the plan shown to the person. Send the whole plan each time; keep it current.",
            schema(),
        )
    }

    fn propose(&self, call: &ToolCall, _bench: &Bench) -> Result<Proposal, Box<ToolOutcome>> {
        let Arguments { todos } = arguments(call, &schema())?;
        if todos.len() > MAX_TODOS {
            return Err(failed(
                "tool.plan-too-long",
                format!("A plan has at most {MAX_TODOS} steps; this one has {}.", todos.len()),
            ));
        }
        let done = todos.iter().filter(|todo| todo.status == TodoStatus::Completed).count();
        let summary = format!("Plan: {done} of {} done", todos.len());
        let outcome = ToolOutcome::text("The plan is shown.", Label::harness(), summary);
        Ok(Proposal::record(EventBody::PlanUpdated { todos }, outcome))
    }
}
