//! `ToolSearch`: finds tools of connectors that are not shown at once. What a model is shown of them from the start costs
//! room in every request; found ones come after all others, so that what it was sent before stays as it was.

use std::collections::{BTreeMap, BTreeSet};

use deskhand_types::{EventBody, Label, ToolCall, ToolDef, ToolOutcome};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Bench, Proposal, arguments};
use crate::{ConnectedTool, flow::described_by};

/// The tool's name.
pub(super) const NAME: &str = "ToolSearch";
/// Bytes of connectors' definitions that are shown from the start; beyond, tools are found by searching.
pub(crate) const BUDGET: usize = 6 * 1024;
/// Bytes of names that are told from the start.
const NAMES: usize = 1_500;
/// Tools that one search loads.
const FOUND: usize = 5;
/// Tools that one search by name loads.
const NAMED: usize = 20;

#[derive(Deserialize)]
struct Arguments {
    query: String,
}

fn schema() -> Value {
    json!({"type": "object", "required": ["query"], "properties": {"query": {
        "type": "string", "description": "words for what is needed, or select:NAME,NAME"}}})
}

/// The tools of connectors that are shown from the start, and `ToolSearch` when that is not all.
pub(crate) fn offered(tools: &[ConnectedTool], always: &[String]) -> Vec<ToolDef> {
    let size = |tool: &ToolDef| serde_json::to_string(tool).map_or(0, |text| text.len());
    let all: usize = tools.iter().map(|tool| size(&tool.def)).sum();
    if all <= BUDGET {
        return tools.iter().map(|tool| tool.def.clone()).collect();
    }
    let mut shown = vec![def(tools)];
    let mut room = BUDGET.saturating_sub(size(&def(tools)));
    for tool in tools.iter().filter(|tool| always.contains(&tool.def.name)) {
        // One that is wanted always is shown as long as there is room at all.
        let size = size(&tool.def);
        if size <= room {
            room -= size;
            shown.push(tool.def.clone());
        }
    }
    shown
}

fn def(tools: &[ConnectedTool]) -> ToolDef {
    let mut names = String::new();
    let mut left = 0;
    for tool in tools {
        if names.len() + tool.def.name.len() + 2 > NAMES {
            left += 1;
            continue;
        }
        if !names.is_empty() {
            names.push_str(", ");
        }
        names.push_str(&tool.def.name);
    }
    if left > 0 {
        names.push_str(&format!(" and {left} more"));
    }
    super::def(
        NAME,
        &format!(
            "Finds tools of connectors and loads them for the next turn; call it before a tool that is named here and not \
             in your list. There are: {names}."
        ),
        schema(),
    )
}

pub(super) fn propose(call: &ToolCall, bench: &Bench) -> Result<Proposal, Box<ToolOutcome>> {
    let Arguments { query } = arguments(call, &schema())?;
    let tools = bench.connections.tools();
    let found: Vec<&ConnectedTool> = match query.trim().strip_prefix("select:") {
        Some(names) => {
            let names: BTreeSet<&str> = names.split(',').map(str::trim).collect();
            let named = tools.iter().filter(|tool| names.contains(tool.def.name.as_str()));
            named.take(NAMED).collect()
        }
        None => search(&tools, &query),
    };
    // Descriptions are their servers' words.
    let label = found.iter().fold(Label::harness(), |label, tool| {
        label.join(&described_by(&tool.def.name))
    });
    let mut text = String::from("Loaded; call them from the next turn on:\n");
    for tool in &found {
        let first = tool.def.description.lines().next().unwrap_or_default();
        text.push_str(&format!("- {}: {first}\n", tool.def.name));
    }
    if found.is_empty() {
        "No tool fits. Try other words, or go on without it.".clone_into(&mut text);
    }
    let summary = format!("Found {} tools for “{}”", found.len(), short(&query));
    let added = EventBody::ToolsAdded {
        tools: found.into_iter().map(|tool| tool.def.clone()).collect(),
    };
    Ok(Proposal::record(added, ToolOutcome::text(text, label, summary)))
}

fn short(query: &str) -> String {
    query.chars().take(60).collect()
}

/// The tools whose names and descriptions fit best, by the rarity of the words they share with the query.
fn search<'t>(tools: &'t [ConnectedTool], query: &str) -> Vec<&'t ConnectedTool> {
    let words: Vec<(BTreeSet<String>, BTreeSet<String>)> = tools
        .iter()
        .map(|tool| (stems(&tool.def.name), stems(&tool.def.description)))
        .collect();
    let mut having: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, description) in &words {
        for word in name.union(description) {
            *having.entry(word).or_default() += 1;
        }
    }
    let weight = |word: &str| {
        let having = having.get(word).copied().unwrap_or_default();
        #[expect(clippy::cast_precision_loss, reason = "a rank, not a count")]
        let rarity = (tools.len() as f64 + 1.0) / (having as f64 + 0.5);
        rarity.ln().max(0.1)
    };
    let wanted = stems(query);
    let mut ranked: Vec<(f64, &ConnectedTool)> = words
        .iter()
        .zip(tools)
        .map(|((name, description), tool)| {
            let score = wanted
                .iter()
                .map(|word| match (name.contains(word), description.contains(word)) {
                    (true, _) => 2.0 * weight(word),
                    (false, true) => weight(word),
                    (false, false) => 0.0,
                })
                .sum();
            (score, tool)
        })
        .filter(|(score, _)| *score > 0.0)
        .collect();
    ranked.sort_by(|one, other| other.0.total_cmp(&one.0));
    ranked.into_iter().take(FOUND).map(|(_, tool)| tool).collect()
}

/// The words of a text without their commonest endings.
fn stems(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.len() > 1 && *word != "mcp")
        .map(|word| {
            let word = word.to_lowercase();
            let endings = ["ing", "es", "ed", "s"];
            let stem = endings
                .iter()
                .find_map(|ending| word.strip_suffix(ending).filter(|stem| stem.len() > 2));
            stem.unwrap_or(&word).to_owned()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn tool(name: &str, description: &str) -> ConnectedTool {
        ConnectedTool {
            def: ToolDef {
                name: name.to_owned(),
                description: description.to_owned(),
                input_schema: json!({"type": "object"}),
            },
            name: name.to_owned(),
            annotations: Value::Null,
            trusted: false,
            described: None,
            address_book: None,
        }
    }

    #[test]
    fn few_tools_are_shown_and_many_are_searched() {
        let few = [tool("mcp__a__b", "x")];
        assert_eq!(offered(&few, &[]), [few[0].def.clone()]);
        let mut many: Vec<_> = (0..200)
            .map(|n| tool(&format!("mcp__a__tool_{n}"), &"long ".repeat(30)))
            .collect();
        many.push(tool("mcp__a__always", "y"));
        let shown = offered(&many, &["mcp__a__always".to_owned()]);
        let names: Vec<&str> = shown.iter().map(|tool| tool.name.as_str()).collect();
        assert_eq!(names, [NAME, "mcp__a__always"]);
        assert!(serde_json::to_string(&shown).unwrap().len() <= BUDGET);
    }

    #[test]
    fn the_rarer_word_counts_more() {
        let tools = [
            tool("mcp__mail__list_messages", "Lists messages of a folder"),
            tool("mcp__mail__send_message", "Sends a message to somebody"),
            tool("mcp__books__list_invoices", "Lists the open invoices of a customer"),
        ];
        let names = |query: &str| -> Vec<String> {
            search(&tools, query)
                .into_iter()
                .map(|tool| tool.def.name.clone())
                .collect()
        };
        assert_eq!(
            names("which invoices are open").first().unwrap(),
            "mcp__books__list_invoices"
        );
        assert_eq!(names("send").first().unwrap(), "mcp__mail__send_message");
        assert_eq!(names("weather"), Vec::<String>::new());
    }
}
