//! Servers that are known by name.

use anyhow::Result;
use deskhand_mcp::directory::{Entry, Remotely, entries, find};
use serde_json::{Value, json};

use crate::{
    commands::{dim, print_json},
    exit::Exit,
    failure::Usage,
};

/// Where a server is, or what the person has to bring.
fn place(entry: &Entry) -> String {
    match (&entry.command, &entry.url, &entry.address_needed) {
        (Some(command), _, _) => format!("{command} {}", entry.args.join(" ")),
        (None, Some(url), _) => url.clone(),
        (None, None, Some(why)) => format!("address needed: {why}"),
        (None, None, None) => "address needed".to_owned(),
    }
}

/// The list.
pub(super) fn directory(words: &[String], json: bool) -> Result<Exit> {
    let fits = |entry: &&Entry| {
        let text = format!(
            "{} {} {} {}",
            entry.id,
            entry.name,
            entry.categories.join(" "),
            entry.description
        );
        let text = text.to_lowercase();
        words.iter().all(|word| text.contains(&word.to_lowercase()))
    };
    let found: Vec<&Entry> = entries().iter().filter(fits).collect();
    if json {
        let lines: Vec<Value> = found
            .iter()
            .map(|entry| {
                json!({"name": entry.id, "url": entry.url, "title": entry.name, "categories": entry.categories,
                    "about": entry.description, "place": place(entry), "needs": entry.needs})
            })
            .collect();
        print_json(&lines)?;
        return Ok(Exit::Done);
    }
    if found.is_empty() {
        anstream::println!("Nothing in the directory fits. Any other server is added by its address or command.");
    }
    for entry in found {
        anstream::println!("{:<22} {} · {}", entry.id, entry.name, entry.categories.join(", "));
        dim(&format!("  {}", entry.description));
        dim(&format!("  {}", place(entry)));
        if let Some(needs) = &entry.needs {
            dim(&format!("  needs: {needs}"));
        }
    }
    Ok(Exit::Done)
}

/// The entry of that name, as `.mcp.json` would have it.
pub(super) fn entry(name: &str) -> Result<Value> {
    let Some(entry) = find(name) else {
        let text = format!(
            "`{name}` is not in the directory (`deskhand connectors directory`): give its address, or its command after `--`"
        );
        return Err(Usage(text).into());
    };
    match (&entry.command, &entry.url) {
        (Some(command), _) => Ok(json!({"type": "stdio", "command": command, "args": entry.args})),
        (None, Some(url)) => {
            let kind = match entry.transport {
                Remotely::Http => "http",
                Remotely::Sse => "sse",
            };
            let mut server = json!({"type": kind, "url": url});
            if let (Some(port), Value::Object(fields)) = (entry.callback_port, &mut server) {
                fields.insert("oauth".to_owned(), json!({"callbackPort": port}));
            }
            Ok(server)
        }
        (None, None) => Err(Usage(format!("{name}: {}. Nothing was added", place(entry))).into()),
    }
}
