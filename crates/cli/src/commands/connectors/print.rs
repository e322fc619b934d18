//! Connectors for reading.

use anyhow::Result;
use deskhand_engine::{
    ConnectorLine, ConnectorPage, ConnectorState, RecordsStanding, ResourceLine, SignInState, ToolStanding,
};
use deskhand_types::{Block, ToolOutcome, ToolRule};

use crate::{
    commands::{dim, print_json},
    terminal::{diff::printable, style},
};

const fn words(state: ConnectorState) -> &'static str {
    match state {
        ConnectorState::Idle => "connects when needed",
        ConnectorState::Connected => "connected",
        ConnectorState::NeedsSignIn => "sign-in needed",
        ConnectorState::Failed => "does not work",
        ConnectorState::Disabled => "switched off",
        ConnectorState::NotConfigured => "address needed",
        ConnectorState::Pending => "tools not approved yet",
    }
}

/// The list.
pub(super) fn list(lines: &[ConnectorLine]) {
    if lines.is_empty() {
        anstream::println!("No connectors. Add one: deskhand connectors add NAME URL, or NAME -- COMMAND");
    }
    for line in lines {
        anstream::println!("{:<20} {} · {} tools", line.name, words(line.state), line.tools);
        dim(&format!("  {}", printable(&line.url)));
        if let Some(confinement) = &line.confinement {
            dim(&format!("  {}", printable(confinement)));
        }
        if line.address_book {
            dim("  its records count as an address book");
        }
        if line.sampling {
            let model = line.sampling_model.as_deref().unwrap_or("the task's");
            dim(&format!(
                "  may ask for answers of a model ({}), asked about each time",
                printable(model)
            ));
        }
        if line.sign_in == SignInState::Done {
            dim("  signed in");
        }
        if let Some(plugin) = &line.plugin {
            dim(&format!("  from the plugin {plugin}"));
        }
        if !line.detail.is_empty() {
            dim(&format!("  {}", printable(&line.detail)));
        }
    }
}

/// The tools of one.
pub(super) fn tools(page: &ConnectorPage, json: bool) -> Result<()> {
    if json {
        // A list of objects with `name` first; the connector itself is in `connectors list`.
        return print_json(&page.tool_list);
    }
    anstream::println!(
        "{}{}{}: {}",
        style::BOLD,
        page.line.name,
        style::RESET,
        words(page.line.state)
    );
    if !page.line.detail.is_empty() {
        dim(&printable(&page.line.detail));
    }
    if !page.started {
        dim(&format!(
            "Its program was not started, since nobody has approved it: {}\n`deskhand connectors approve {}` starts it, shows its \
             tools and approves them.",
            printable(&page.line.url),
            page.line.name
        ));
    }
    for news in &page.news {
        dim(&printable(news));
    }
    if !page.instructions.is_empty() {
        dim(&format!(
            "It says of its use (tasks are told this as its words): {}",
            printable(&page.instructions)
        ));
    }
    for tool in &page.tool_list {
        let mut marks = vec![if tool.reads { "reads" } else { "acts" }];
        match tool.standing {
            ToolStanding::Approved => {}
            ToolStanding::New => marks.push("NEW, not approved"),
            ToolStanding::Changed { .. } => marks.push("CHANGED, cannot be used"),
        }
        match tool.rule {
            ToolRule::Policy => {}
            ToolRule::Ask => marks.push("always asked about"),
            ToolRule::Allow => marks.push("need not ask"),
            ToolRule::Block => marks.push("blocked"),
        }
        if tool.records == RecordsStanding::Counted {
            marks.push("address book");
        }
        anstream::println!("  {} ({})", printable(&tool.name), marks.join(", "));
        if let (true, true, RecordsStanding::Never(why)) = (page.line.address_book, tool.reads, &tool.records) {
            dim(&format!("      no part of the address book: {why}"));
        }
        let first: String = tool
            .description
            .lines()
            .next()
            .unwrap_or_default()
            .chars()
            .take(200)
            .collect();
        if !first.is_empty() {
            dim(&format!("      {}", printable(&first)));
        }
        for caution in &tool.cautions {
            anstream::println!("      {}{}{}", style::WARN, printable(caution), style::RESET);
        }
    }
    for prompt in &page.prompts {
        let hint = prompt.argument_hint.as_deref().unwrap_or_default();
        anstream::println!("  /{} {}", printable(&prompt.command), printable(hint));
    }
    for left_out in &page.left_out {
        dim(&format!("  left out: {}", printable(left_out)));
    }
    differences(page);
    Ok(())
}

/// The resources of one.
pub(super) fn resources(name: &str, lines: &[ResourceLine]) {
    if lines.is_empty() {
        anstream::println!("{name} has no resources, or was not approved yet.");
    }
    for line in lines {
        let note = if line.template {
            "  (fill in what is in braces)"
        } else {
            ""
        };
        anstream::println!("@{}{note}", printable(&line.mention));
        let about = [line.title.as_str(), line.description.as_str()].join(" — ");
        dim(&format!("    {}", printable(about.trim_end_matches(" — "))));
    }
}

/// What changed since the tools were approved.
pub(super) fn differences(page: &ConnectorPage) {
    for tool in &page.tool_list {
        let ToolStanding::Changed { changes } = &tool.standing else {
            continue;
        };
        anstream::println!("\n{} changed since it was approved:", printable(&tool.name));
        for (place, before, after) in changes {
            anstream::println!("  {}", printable(place));
            if let Some(before) = before {
                anstream::println!("  {}- {}{}", style::BAD, printable(before), style::RESET);
            }
            if let Some(after) = after {
                anstream::println!("  {}+ {}{}", style::GOOD, printable(after), style::RESET);
            }
        }
    }
}

/// What a call gave.
pub(super) fn outcome(outcome: &ToolOutcome) {
    for block in &outcome.content {
        match block {
            Block::Text { text } => anstream::println!("{}", printable(text)),
            _ => dim("[a picture]"),
        }
    }
}
