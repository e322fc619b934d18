//! A played post office: a connector that sends mail, lists messages, and keeps what was sent.

use std::sync::Mutex;

use async_trait::async_trait;
use deskhand_engine::{ConnectedTool, Connector, Meanwhile};
use deskhand_testkit::{Reply, Turn};
use deskhand_types::{Confidentiality, Integrity, Label, SourceKind, ToolDef, ToolOutcome};
use serde_json::{Value, json};

/// What was sent, oldest first: each call's name and arguments.
#[derive(Default)]
pub struct Post {
    pub calls: Mutex<Vec<(String, Value)>>,
    says: String,
}

impl Post {
    /// One whose server says something of its tools.
    pub fn saying(says: &str) -> Self {
        Self {
            says: says.to_owned(),
            ..Self::default()
        }
    }

    /// To whom mail was sent.
    pub fn sent(&self) -> Vec<String> {
        let calls = self.calls.lock().unwrap();
        let sent = calls.iter().filter(|(name, _)| name == "mcp__post__send_email");
        sent.map(|(_, arguments)| arguments["to"].as_str().unwrap().to_owned())
            .collect()
    }
}

/// One mail.
pub fn send(to: &str, body: &str) -> Reply {
    Turn::new()
        .tool(
            "mcp__post__send_email",
            json!({"to": to, "subject": "Hello", "body": body}),
        )
        .into()
}

fn tool(name: &str, properties: Value) -> ConnectedTool {
    ConnectedTool {
        def: ToolDef {
            name: format!("mcp__post__{name}"),
            description: String::new(),
            input_schema: json!({"type": "object", "properties": properties}),
        },
        name: name.to_owned(),
        annotations: Value::Null,
        trusted: false,
        described: None,
        address_book: None,
    }
}

#[async_trait]
impl Connector for Post {
    fn tools(&self) -> Vec<ConnectedTool> {
        let text = json!({"type": "string"});
        let mut send = tool("send_email", json!({"to": text, "subject": text, "body": text}));
        send.def.description.clone_from(&self.says);
        vec![
            send,
            ConnectedTool {
                annotations: json!({"readOnlyHint": true, "openWorldHint": false}),
                trusted: true,
                ..tool("list_messages", json!({}))
            },
        ]
    }

    async fn call(&self, tool: &str, arguments: &Value, _meanwhile: &Meanwhile) -> ToolOutcome {
        self.calls.lock().unwrap().push((tool.to_owned(), arguments.clone()));
        let label = Label::from_source(
            Integrity::Connector,
            Confidentiality::Private,
            SourceKind::Connector,
            "post",
        );
        ToolOutcome::text("done", label, "done")
    }
}
