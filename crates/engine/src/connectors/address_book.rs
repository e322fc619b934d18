//! Whether a connector's records count as an address book: the person says so, connector by connector, and nobody else.

use deskhand_mcp::Tool;
use deskhand_types::ConnectorChange;

use super::book::Entry;
use crate::{Engine, EngineError};

impl Engine {
    /// Lets the records of a connector count as an address book, or not any more with `None`. `tools` are those whose
    /// results count; none named stands for all that look records up. For tasks started or taken up from then on; what a
    /// task has looked up counts no more either once it is withdrawn.
    ///
    /// # Errors
    /// When there is no such connector, or its approved tools look no records up; nothing was changed then.
    pub fn set_address_book(&self, name: &str, tools: Option<Vec<String>>) -> Result<(), EngineError> {
        let entry = self.connector_entry(name)?;
        if let Some(named) = &tools {
            check(&entry, named)?;
        }
        self.decide_connector(ConnectorChange::AddressBook {
            connector: entry.name,
            tools,
        })
    }
}

/// Whether something would count.
fn check(entry: &Entry, named: &[String]) -> Result<(), EngineError> {
    let name = &entry.name;
    let approved: Vec<Tool> = entry.pins.tools().collect();
    let missing = named
        .iter()
        .find(|wanted| !approved.iter().any(|tool| tool.name == **wanted));
    if let Some(missing) = missing {
        return Err(EngineError::Connector(format!(
            "`{name}` has no approved tool `{missing}`; nothing was changed"
        )));
    }
    let wanted = |tool: &&Tool| named.is_empty() || named.contains(&tool.name);
    let refused: Vec<(String, &str)> = approved
        .iter()
        .filter(wanted)
        .filter_map(|tool| Some((tool.name.clone(), entry.records(tool).err()?)))
        .collect();
    // Of those that were named each must count; else one.
    let count = approved.iter().filter(wanted).count();
    if count > 0 && (refused.is_empty() || named.is_empty() && refused.len() < count) {
        return Ok(());
    }
    let why: Vec<String> = refused.iter().map(|(tool, why)| format!("{tool}: {why}")).collect();
    let why = if why.is_empty() {
        "none of its tools is approved".to_owned()
    } else {
        why.join("; ")
    };
    Err(EngineError::Connector(format!(
        "the records of `{name}` cannot count as an address book ({why}); nothing was changed"
    )))
}
