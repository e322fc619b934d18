//! A task as a document a person can keep.

use std::fmt::Write;

use super::{TaskView, show::Entry};

/// The whole task as Markdown.
pub fn export_markdown(view: &TaskView) -> String {
    let mut text = format!("# {}\n\n", super::list::title(&view.prompt));
    let _ = writeln!(
        text,
        "- Task: `{}`\n- Status: {}\n- Model: {}\n- Mode: {}",
        view.id,
        view.status.words(),
        view.model,
        view.mode.as_str()
    );
    for grant in &view.grants {
        let _ = writeln!(
            text,
            "- Folder: `/mnt/{}` = {} ({})",
            grant.name, grant.folder, grant.mode
        );
    }
    text.push('\n');
    tell(&mut text, &view.entries, "Deskhand");
    if !view.steps.is_empty() {
        text.push_str("## Changes\n\n");
        for step in &view.steps {
            for file in &step.files {
                let _ = writeln!(
                    text,
                    "- step {} {}: {:?} `{}`{}",
                    step.step,
                    step.kind,
                    file.change,
                    file.path,
                    if step.stands { "" } else { " (undone)" }
                );
            }
        }
    }
    text
}

fn tell(text: &mut String, entries: &[Entry], who: &str) {
    for entry in entries {
        let _ = match entry {
            Entry::Person { text: said } => writeln!(text, "## You\n\n{said}\n"),
            Entry::Model { text: said } => writeln!(text, "## {who}\n\n{said}\n"),
            Entry::Tool { summary, failed, .. } => {
                writeln!(text, "- {}{summary}\n", if *failed { "failed: " } else { "" })
            }
            Entry::Agent {
                agent,
                description,
                entries,
                failed,
            } => {
                let failed = if *failed { "failed: " } else { "" };
                let _ = writeln!(text, "- {failed}Sub-agent {agent}: {description}\n");
                tell(text, entries, &format!("Sub-agent {agent}"));
                Ok(())
            }
            Entry::Refused { summary, reason } => writeln!(text, "- refused: {summary} ({reason})\n"),
            Entry::Note { text: note } => writeln!(text, "> {note}\n"),
        };
    }
}
