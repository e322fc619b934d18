//! What each tool of a task is a sink for (`injection.md` 4.2).

use std::collections::BTreeMap;

use deskhand_policy::flow::{Described, Hints, Intent, Kind, Seen, Sink, Target};
use deskhand_types::{AddressesRead, EffectClass, ToolCall, ToolDef, ToolOutcome};
use serde_json::Value;

use super::{AddressBookTool, ConnectedTool, Language, connection::of_connector};

/// Tools of our own that change files in granted folders or run in the sandbox. All of it is taken back by the journal:
/// what a command changes lands as a change-set, and what it sends is judged at the proxy, request by request.
const JOURNALLED: [&str; 8] = [
    "Write",
    "Edit",
    "MoveFile",
    "DeleteFile",
    "Convert",
    "Bash",
    "BashOutput",
    "KillShell",
];

/// Tools of our own that only look, or touch nothing outside the task. `Remember` is among them because it only
/// proposes: what it proposes is staged with the context's label.
const HARMLESS: [&str; 15] = [
    "Read",
    "Glob",
    "Grep",
    "Query",
    "TodoWrite",
    "AskUserQuestion",
    "PresentFiles",
    "Remember",
    "Recall",
    "Judge",
    "ToolSearch",
    "ReadVariable",
    "Inspect",
    // What a sub-agent or a skill's text goes on to do is judged call by call.
    "Task",
    "Skill",
];

#[derive(Clone, Debug)]
struct Known {
    sink: Option<Sink>,
    connector: bool,
    address_book: Option<AddressBookTool>,
}

/// The sinks of a task's tools, by the name a model calls them by.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sinks(BTreeMap<String, Known>);

impl Sinks {
    /// Those of the tools a task was started with. A tool that is not ours and that nobody described gets the worst that
    /// its schema allows.
    pub fn of(tools: &[ToolDef], language: &Language) -> Self {
        let mut sinks = Self::default();
        for tool in tools {
            if is_own(&tool.name) {
                let known = Known {
                    sink: own(&tool.name),
                    connector: false,
                    address_book: None,
                };
                sinks.0.insert(tool.name.clone(), known);
                continue;
            }
            let connected = ConnectedTool {
                def: tool.clone(),
                name: bare(&tool.name).to_owned(),
                annotations: Value::Null,
                trusted: false,
                described: None,
                address_book: None,
            };
            sinks.connect(&connected, language);
        }
        sinks
    }

    /// Takes in what is known of a connector's tool. It never replaces a tool of our own.
    pub fn connect(&mut self, tool: &ConnectedTool, language: &Language) {
        if is_own(&tool.def.name) {
            return;
        }
        let derived = || {
            language.tools.sink(&Described {
                name: &tool.name,
                schema: &tool.def.input_schema,
                hints: Hints::from_value(&tool.annotations),
                trusted: tool.trusted,
                observed_read_only: false,
            })
        };
        let sink = tool.described.clone().or_else(derived);
        let known = Known {
            sink: match &tool.address_book {
                Some(book) => sink.map(|sink| with_ids_of(sink, &book.connector)),
                None => sink,
            },
            connector: true,
            address_book: tool.address_book.clone(),
        };
        self.0.insert(tool.def.name.clone(), known);
    }

    /// The sink of a tool; `None` when it only reads.
    pub fn get(&self, tool: &str) -> Option<&Sink> {
        self.0.get(tool).and_then(|known| known.sink.as_ref())
    }

    /// Whether a tool is a connector's, so that its structured results bind ids to names.
    pub fn is_connector(&self, tool: &str) -> bool {
        self.0.get(tool).is_some_and(|known| known.connector)
    }

    /// What a result of an address book's tool gives of records.
    pub fn looked_up(&self, call: &ToolCall, outcome: &ToolOutcome) -> Option<AddressesRead> {
        let book = self.0.get(&call.name)?.address_book.as_ref()?;
        let records = book.records.as_ref().filter(|_| outcome.error.is_none())?;
        records.read(&book.connector, &call.name, &call.id, &call.input, &outcome.data)
    }

    /// The effect of one call of a connector's tool, for its action. One that nothing is known of is irreversible.
    pub fn effect(&self, tool: &str, arguments: &Value, seen: &Seen) -> EffectClass {
        match self.0.get(tool) {
            Some(Known { sink: None, .. }) => EffectClass::Read,
            Some(Known { sink: Some(sink), .. }) => sink.effect_of(arguments, seen),
            None => EffectClass::Irreversible,
        }
    }
}

/// A sink of a connector's tool whose ids may be those of the connector's records. Only where something is sent or fetched:
/// whom the person names is not whom they want gone.
fn with_ids_of(mut sink: Sink, connector: &str) -> Sink {
    if matches!(sink.effect, EffectClass::Outward | EffectClass::Fetch) {
        let kinds = sink.targets.iter_mut().map(|target| &mut target.kind);
        for kind in kinds {
            *kind = std::mem::replace(kind, Kind::Opaque).listed_in(connector);
        }
    }
    sink
}

/// Whether a tool is Deskhand's own.
fn is_own(tool: &str) -> bool {
    HARMLESS.contains(&tool) || own(tool).is_some()
}

/// The sink of a tool of our own; `None` when it only looks or is not ours.
fn own(tool: &str) -> Option<Sink> {
    if JOURNALLED.contains(&tool) {
        return Some(Sink {
            effect: EffectClass::Modify,
            targets: Vec::new(),
            payload: Vec::new(),
            intent: Intent::Lexicon(Vec::new()),
            journalled: true,
        });
    }
    (tool == "RequestFolder").then(|| Sink {
        effect: EffectClass::Persist,
        targets: vec![Target {
            param: "path".to_owned(),
            kind: Kind::Text,
            required: true,
        }],
        payload: vec!["reason".to_owned()],
        intent: Intent::Lexicon(Vec::new()),
        journalled: false,
    })
}

/// The tool's own name.
fn bare(name: &str) -> &str {
    of_connector(name).map_or(name, |(_, tool)| tool)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tool_of_our_own_is_in_a_table() {
        for tool in crate::tool_names() {
            assert!(is_own(&tool), "{tool} has no sink");
        }
    }

    #[test]
    fn a_connector_cannot_pass_for_a_tool_of_our_own() {
        let language = Language::shipped().unwrap();
        let mut sinks = Sinks::of(&crate::tool_definitions(), &language);
        let schema = serde_json::json!({"type": "object", "properties": {"to": {"type": "string"}}});
        let mut tool = ConnectedTool {
            def: ToolDef {
                name: "Read".to_owned(),
                description: String::new(),
                input_schema: schema,
            },
            name: "send".to_owned(),
            annotations: Value::Null,
            trusted: false,
            described: None,
            address_book: None,
        };
        sinks.connect(&tool, &language);
        assert!(sinks.get("Read").is_none() && !sinks.is_connector("Read"));
        tool.def.name = "mcp__post__send".to_owned();
        sinks.connect(&tool, &language);
        assert_eq!(
            sinks.get("mcp__post__send").map(|sink| sink.effect),
            Some(EffectClass::Outward)
        );
    }
}
