//! What was said and done in a task, for a person; what a sub-agent did stands indented below its name.

use deskhand_engine::views::Entry;

use crate::terminal::{diff::printable, style};

/// Prints the entries of a task.
pub(super) fn print(entries: &[Entry]) {
    below(entries, "");
}

fn below(entries: &[Entry], indent: &str) {
    for entry in entries {
        match entry {
            Entry::Person { text } => anstream::println!(
                "{indent}{}you:{} {}",
                style::BOLD,
                style::RESET,
                lines(&printable(text), indent)
            ),
            Entry::Model { text } => anstream::println!("{indent}{}", lines(&printable(text), indent)),
            Entry::Tool { summary, failed, .. } => {
                let (mark, style) = mark(*failed);
                anstream::println!("{indent}  {style}{mark}{} {}", style::RESET, printable(summary));
            }
            Entry::Agent {
                agent,
                description,
                entries,
                failed,
            } => {
                let (mark, style) = mark(*failed);
                anstream::println!(
                    "{indent}  {style}{mark}{} Sub-agent {}: {}",
                    style::RESET,
                    printable(agent),
                    printable(description)
                );
                below(entries, &format!("{indent}    "));
            }
            Entry::Refused { summary, reason } => anstream::println!(
                "{indent}  {}refused:{} {} ({})",
                style::WARN,
                style::RESET,
                printable(summary),
                printable(reason)
            ),
            Entry::Note { text } => super::dim(&format!("{indent}  {}", printable(text))),
        }
    }
}

/// A text of several lines, all of them indented.
fn lines(text: &str, indent: &str) -> String {
    text.replace('\n', &format!("\n{indent}"))
}

fn mark(failed: bool) -> (&'static str, anstyle::Style) {
    if failed {
        ("✗", style::BAD)
    } else {
        ("•", style::GOOD)
    }
}
