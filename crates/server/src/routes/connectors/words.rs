//! Connectors of the engine as the API words them.

use deskhand_engine::{
    ConnectorLine, ConnectorPage as Page, ConnectorState as State, RecordsStanding, SignInState, ToolLine,
    ToolStanding as Standing,
};
use deskhand_mcp::directory::Entry;
use deskhand_types::ToolRule as Rule;

use crate::api::{
    Connector, ConnectorPage, ConnectorState, ConnectorTool, DefinitionChange, DirectoryEntry, SignIn, ToolRecords,
    ToolRule, ToolStanding,
};

/// A connector in a list.
pub(super) fn connector(line: ConnectorLine, changed: usize) -> Connector {
    Connector {
        title: line.name.clone(),
        name: line.name,
        address: line.url,
        local: line.local,
        state: match line.state {
            State::Idle => ConnectorState::Idle,
            // It may be reached, but no task sees a tool of it before one is approved.
            State::Connected if line.tools == 0 => ConnectorState::Pending,
            State::Connected => ConnectorState::Connected,
            State::NeedsSignIn => ConnectorState::NeedsSignIn,
            State::Failed => ConnectorState::Failed,
            State::Disabled => ConnectorState::Disabled,
            State::NotConfigured => ConnectorState::NotConfigured,
            State::Pending => ConnectorState::Pending,
        },
        detail: line.detail,
        tools: count(line.tools),
        changed: count(line.changed.max(changed)),
        plugin: line.plugin,
        sign_in: match line.sign_in {
            SignInState::None => SignIn::None,
            SignInState::Possible => SignIn::Possible,
            SignInState::Done => SignIn::Done,
        },
        address_book: line.address_book,
        sampling: line.sampling,
        sampling_model: line.sampling_model,
        confinement: line.confinement,
    }
}

/// A connector with its tools.
pub(super) fn page(page: Page) -> ConnectorPage {
    let changed = |tool: &&ToolLine| matches!(tool.standing, Standing::Changed { .. });
    let changed = page.tool_list.iter().filter(changed).count();
    ConnectorPage {
        connector: connector(page.line, changed),
        tools: page.tool_list.into_iter().map(tool).collect(),
        left_out: page.left_out,
        started: page.started,
        instructions: page.instructions,
        news: page.news,
    }
}

fn tool(line: ToolLine) -> ConnectorTool {
    let (standing, changes) = match line.standing {
        Standing::Approved => (ToolStanding::Approved, Vec::new()),
        Standing::New => (ToolStanding::New, Vec::new()),
        Standing::Changed { changes } => (ToolStanding::Changed, changes),
    };
    ConnectorTool {
        name: line.name,
        title: line.title,
        description: line.description,
        reads: line.reads,
        records: match line.records {
            RecordsStanding::Counted => ToolRecords::Counted,
            RecordsStanding::Possible => ToolRecords::Possible,
            RecordsStanding::Never(_) => ToolRecords::Never,
        },
        cautions: line.cautions,
        rule: match line.rule {
            Rule::Policy => ToolRule::Policy,
            Rule::Ask => ToolRule::Ask,
            Rule::Allow => ToolRule::Allow,
            Rule::Block => ToolRule::Block,
        },
        standing,
        changes: changes
            .into_iter()
            .map(|(place, before, after)| DefinitionChange { place, before, after })
            .collect(),
    }
}

/// A rule as the engine knows it.
pub(super) const fn rule_of(rule: ToolRule) -> Rule {
    match rule {
        ToolRule::Policy => Rule::Policy,
        ToolRule::Ask => Rule::Ask,
        ToolRule::Allow => Rule::Allow,
        ToolRule::Block => Rule::Block,
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// An entry of the directory.
pub(super) fn known(entry: &Entry) -> DirectoryEntry {
    let command = entry.command.as_ref().map(|command| {
        let words = std::iter::once(command).chain(&entry.args);
        words.map(String::as_str).collect::<Vec<_>>().join(" ")
    });
    let needs = [&entry.address_needed, &entry.needs];
    DirectoryEntry {
        name: entry.id.clone(),
        title: entry.name.clone(),
        category: entry.categories.first().cloned().unwrap_or_default(),
        about: entry.description.clone(),
        local: command.is_some(),
        address: command.or_else(|| entry.url.clone()).unwrap_or_default(),
        needs: needs.into_iter().flatten().cloned().collect::<Vec<_>>().join(" "),
    }
}
