//! Questions at the terminal.

mod server;

use std::io::{BufRead, IsTerminal, Write};

use async_trait::async_trait;
use deskhand_engine::{Person, views::InboxItem};
use deskhand_types::{Answer, Ask, Grounds, KnownAddress, Provenance, Question};

use super::{diff::printable, style};

/// The person at the terminal. Without a terminal every question parks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terminal {
    interactive: bool,
}

impl Terminal {
    /// Asks only when both ends are a terminal.
    pub fn detect() -> Self {
        Self {
            interactive: std::io::stdin().is_terminal() && std::io::stderr().is_terminal(),
        }
    }
}

#[async_trait]
impl Person for Terminal {
    async fn ask(&self, item: &InboxItem) -> Option<Answer> {
        if !self.interactive {
            return None;
        }
        let item = item.clone();
        tokio::task::spawn_blocking(move || question(&item))
            .await
            .ok()
            .flatten()
    }
}

fn question(item: &InboxItem) -> Option<Answer> {
    show(item);
    match &item.ask {
        Ask::Approve { .. } | Ask::Folder { .. } => yes_or_no(),
        Ask::Questions { questions } => {
            let answers = questions.iter().map(choose).collect::<Option<Vec<_>>>()?;
            Some(Answer::Answers { answers })
        }
        Ask::Server { question } => server::answer(&item.ask, &question.wants),
    }
}

/// Prints what is asked, and by which sub-agent.
pub(crate) fn show(item: &InboxItem) {
    anstream::eprintln!();
    if let Some(agent) = &item.agent {
        anstream::eprintln!("{}The sub-agent {} asks:{}", style::DIM, printable(agent), style::RESET);
    }
    match &item.ask {
        Ask::Approve {
            action,
            reasons,
            preview,
            grounds,
        } => {
            anstream::eprintln!(
                "{}May this be done?{} {}",
                style::WARN,
                style::RESET,
                printable(&action.summary)
            );
            for reason in reasons {
                anstream::eprintln!("  {}why asked: {}{}", style::DIM, printable(reason), style::RESET);
            }
            for line in lines(grounds) {
                anstream::eprintln!("  {}", printable(&line));
            }
            if let Some(preview) = preview {
                for line in preview.lines().take(60) {
                    anstream::eprintln!("  {}", printable(line));
                }
            }
        }
        Ask::Folder {
            path,
            mode,
            reason,
            provenance,
        } => {
            anstream::eprintln!(
                "{}May this task use the folder{} {} ({mode})?",
                style::WARN,
                style::RESET,
                printable(path)
            );
            anstream::eprintln!("  {}it says: {}{}", style::DIM, printable(reason), style::RESET);
            for line in provenance.iter().flat_map(comes_from) {
                anstream::eprintln!("  {}", printable(&line));
            }
        }
        Ask::Questions { .. } => {}
        Ask::Server { question } => server::show(question),
    }
}

/// Where the values of a call came from, what would leave, and what may be allowed for good, a line each.
pub(crate) fn lines(grounds: &Grounds) -> Vec<String> {
    let mut lines = Vec::new();
    lines.extend(grounds.provenance.iter().flat_map(comes_from));
    lines.extend(grounds.known.iter().map(KnownAddress::sentence));
    for leaving in &grounds.leaving {
        let more = if leaving.text.len() as u64 == leaving.bytes {
            ""
        } else {
            "…"
        };
        lines.push(format!(
            "leaves this machine: {}: {}{more} ({} bytes)",
            leaving.param, leaving.text, leaving.bytes
        ));
    }
    for (number, rule) in grounds.always.iter().enumerate() {
        lines.push(format!(
            "may be allowed for good (--always {}): {}",
            number + 1,
            rule.value
        ));
    }
    lines
}

/// Where a value came from.
fn comes_from(origin: &Provenance) -> Vec<String> {
    let Provenance { value, param, .. } = origin;
    match &origin.source {
        Some(source) => vec![
            format!("“{value}” ({param}) comes from {}, {}", source.detail, origin.at),
            format!("    there it says: “{}”", origin.passage),
        ],
        None => vec![format!(
            "“{value}” ({param}) is not in your request, and stands nowhere in what was read"
        )],
    }
}

/// No default: Enter alone asks again, so that nothing is approved by a stray key.
/// Asks a yes-or-no question of a command. Without a terminal nobody agrees.
pub(crate) fn agree(question: &str) -> bool {
    if !Terminal::detect().interactive {
        return false;
    }
    loop {
        let Some(line) = prompt(&format!("{question} [y]es, [n]o: ")) else {
            return false;
        };
        match line.trim().to_lowercase().as_str() {
            "y" | "yes" => return true,
            "n" | "no" | "" => return false,
            _ => {}
        }
    }
}

fn yes_or_no() -> Option<Answer> {
    loop {
        let line = prompt("[y]es once, [n]o, [l]ater: ")?;
        match line.trim().to_lowercase().as_str() {
            "y" | "yes" => return Some(Answer::Allow),
            "n" | "no" => {
                let reason = prompt("Why? (Enter for no reason) ")?.trim().to_owned();
                return Some(Answer::Deny {
                    reason: Some(reason).filter(|reason| !reason.is_empty()),
                });
            }
            "l" | "later" => return None,
            _ => {}
        }
    }
}

/// The chosen labels, or own words.
fn choose(question: &Question) -> Option<Vec<String>> {
    anstream::eprintln!("\n{}{}{}", style::BOLD, printable(&question.question), style::RESET);
    for (number, option) in question.options.iter().enumerate() {
        let description = if option.description.is_empty() {
            String::new()
        } else {
            format!("  {}{}{}", style::DIM, printable(&option.description), style::RESET)
        };
        anstream::eprintln!("  {}) {}{description}", number + 1, printable(&option.label));
    }
    let how = if question.multi_select {
        "Numbers, separated by commas, or your own words: "
    } else {
        "A number, or your own words: "
    };
    loop {
        let line = prompt(how)?;
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        return Some(pick(question, line));
    }
}

/// What a line of input chooses.
pub(crate) fn pick(question: &Question, line: &str) -> Vec<String> {
    let label = |text: &str| {
        let index = text
            .trim()
            .parse::<usize>()
            .ok()
            .and_then(|number| number.checked_sub(1));
        index
            .and_then(|index| question.options.get(index))
            .map(|option| option.label.clone())
    };
    if question.multi_select
        && let Some(labels) = line.split(',').map(label).collect::<Option<Vec<_>>>()
    {
        return labels;
    }
    vec![label(line).unwrap_or_else(|| line.to_owned())]
}

/// A line of input; `None` at the end of input.
fn prompt(text: &str) -> Option<String> {
    anstream::eprint!("{text}");
    let _ = std::io::stderr().flush();
    let mut line = String::new();
    match std::io::stdin().lock().read_line(&mut line) {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(line),
    }
}

#[cfg(test)]
mod tests {
    use deskhand_types::QuestionOption;

    use super::*;

    #[test]
    fn numbers_choose_labels_and_other_text_is_an_answer_of_its_own() {
        let option = |label: &str| QuestionOption {
            label: label.to_owned(),
            description: String::new(),
        };
        let mut question = Question {
            question: "Which?".to_owned(),
            header: String::new(),
            options: vec![option("Red"), option("Blue")],
            multi_select: false,
        };
        assert_eq!(pick(&question, "2"), ["Blue"]);
        assert_eq!(pick(&question, "green"), ["green"]);
        assert_eq!(pick(&question, "3"), ["3"]);
        question.multi_select = true;
        assert_eq!(pick(&question, "1, 2"), ["Red", "Blue"]);
        assert_eq!(pick(&question, "1, green"), ["1, green"]);
    }
}
