//! Questions at the terminal.

mod server;

use std::io::{BufRead, IsTerminal, Write};

use async_trait::async_trait;
use deskhand_engine::{Person, views::InboxItem};
use deskhand_types::{Answer, Ask, Carried, Grounds, KnownAddress, Provenance, Question};

use super::{diff::printable, style};
use crate::commands::count;

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

    async fn ask_together(&self, card: &[InboxItem]) -> Vec<Option<Answer>> {
        if !self.interactive {
            return vec![None; card.len()];
        }
        let card = card.to_vec();
        let answers = tokio::task::spawn_blocking(move || together(&card)).await;
        answers.unwrap_or_default()
    }
}

/// Answers for questions that come as one card: the same for each, or one by one when the person wants that.
fn together(card: &[InboxItem]) -> Vec<Option<Answer>> {
    if let [item] = card {
        return vec![question(item)];
    }
    show_together(card);
    loop {
        let Some(line) = prompt("[y]es to all once, [n]o to all, [o]ne by one, [l]ater: ") else {
            return vec![None; card.len()];
        };
        let answer = match line.trim().to_lowercase().as_str() {
            "y" | "yes" => Some(Answer::Allow),
            "n" | "no" => Some(Answer::Deny { reason: None }),
            "l" | "later" => None,
            "o" | "one" => return card.iter().map(question).collect(),
            _ => continue,
        };
        return vec![answer; card.len()];
    }
}

/// Prints questions that come as one card: what they have in common once, and then what each would do and send.
pub(crate) fn show_together(card: &[InboxItem]) {
    let grounded = card.iter().filter_map(|item| match &item.ask {
        Ask::Approve {
            action,
            reasons,
            grounds,
            ..
        } => Some((action, reasons, grounds)),
        _ => None,
    });
    let all: Vec<_> = grounded.collect();
    let Some((action, ..)) = all.first() else { return };
    anstream::eprintln!();
    if let Some(agent) = card.first().and_then(|item| item.agent.as_ref()) {
        anstream::eprintln!("{}The sub-agent {} asks:{}", style::DIM, printable(agent), style::RESET);
    }
    anstream::eprintln!(
        "{}May this be done?{} {} with {}, to the same:",
        style::WARN,
        style::RESET,
        count(all.len() as u64, "action"),
        printable(&action.tool)
    );
    let mut said: Vec<String> = Vec::new();
    for (number, (action, reasons, grounds)) in all.iter().enumerate() {
        anstream::eprintln!("  {}. {}", number + 1, printable(&action.summary));
        let reasons = reasons.iter().map(|reason| format!("why asked: {reason}"));
        // What all have in common is said once. What may be allowed for good is offered on a card of its own.
        let once = Grounds {
            always: Vec::new(),
            ..(***grounds).clone()
        };
        for line in reasons.chain(lines(&once)) {
            if !said.contains(&line) {
                anstream::eprintln!("     {}", printable(&line));
                said.push(line);
            }
        }
    }
}

fn question(item: &InboxItem) -> Option<Answer> {
    show(item);
    match &item.ask {
        Ask::Approve { .. } | Ask::Folder { .. } => yes_or_no(&item.ask),
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
            for line in lines(grounds).into_iter().chain(others(&item.ask)) {
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
            you_asked: sentence,
            provenance,
        } => {
            anstream::eprintln!(
                "{}May this task use the folder{} {} ({mode})?",
                style::WARN,
                style::RESET,
                printable(path)
            );
            anstream::eprintln!("  {}it says: {}{}", style::DIM, printable(reason), style::RESET);
            for line in you_asked(sentence)
                .into_iter()
                .chain(provenance.iter().flat_map(comes_from))
                .chain(others(&item.ask))
            {
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
    lines.extend(you_asked(&grounds.you_asked));
    lines.extend(grounds.provenance.iter().flat_map(comes_from));
    lines.extend(grounds.known.iter().map(KnownAddress::sentence));
    lines.extend(grounds.carried.iter().map(goes_along));
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

/// The values of a card that the person may replace: each with the parameter it is.
pub(crate) fn replaceable(ask: &Ask) -> Vec<(String, String)> {
    match ask {
        Ask::Approve { grounds, .. } => {
            let targets = grounds.targets.iter();
            targets
                .map(|target| (target.param.clone(), target.value.clone()))
                .collect()
        }
        Ask::Folder { path, .. } => vec![("path".to_owned(), path.clone())],
        Ask::Questions { .. } | Ask::Server { .. } => Vec::new(),
    }
}

/// How to give another value, a line each.
fn others(ask: &Ask) -> Vec<String> {
    let line = |(number, (param, value)): (usize, (String, String))| {
        format!(
            "another value instead (--instead {} VALUE): {param}, now {value}",
            number + 1
        )
    };
    replaceable(ask).into_iter().enumerate().map(line).collect()
}

/// The person's own words that a card is about.
fn you_asked(sentence: &str) -> Option<String> {
    (!sentence.is_empty()).then(|| format!("you asked: “{sentence}”"))
}

/// A file that goes with what leaves, or text of one in it.
fn goes_along(carried: &Carried) -> String {
    match carried {
        Carried::Attached {
            name,
            bytes: Some(bytes),
        } => format!("attached: {name}, {}", count(*bytes, "byte")),
        Carried::Attached { name, bytes: None } => format!("attached: {name}"),
        Carried::Quoted { name, chars } => format!("sends {} from {name}", count(*chars, "character")),
    }
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

fn yes_or_no(ask: &Ask) -> Option<Answer> {
    let values = replaceable(ask);
    let choices = if values.is_empty() {
        "[y]es once, [n]o, [l]ater: "
    } else {
        "[y]es once, with [a]nother value, [n]o, [l]ater: "
    };
    loop {
        let line = prompt(choices)?;
        match line.trim().to_lowercase().as_str() {
            "y" | "yes" => return Some(Answer::Allow),
            "a" | "another" if !values.is_empty() => {
                if let Some(answer) = another(ask, &values)? {
                    return Some(answer);
                }
            }
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

/// A value the person types in place of one the card names. `Some(None)` when what they typed does not fit, which they are
/// told; `None` at the end of input.
#[allow(
    clippy::option_option,
    reason = "the end of input is not the same as a value that does not fit"
)]
fn another(ask: &Ask, values: &[(String, String)]) -> Option<Option<Answer>> {
    let number = if values.len() == 1 {
        Some(1)
    } else {
        prompt("Which, by its number? ")?.trim().parse::<usize>().ok()
    };
    let chosen = number
        .and_then(|number| number.checked_sub(1))
        .and_then(|index| values.get(index));
    let Some((param, from)) = chosen else {
        return Some(None);
    };
    let to = prompt(&format!("{} instead of {}: ", printable(param), printable(from)))?;
    let answer = Answer::Instead {
        param: param.clone(),
        from: from.clone(),
        to: to.trim().to_owned(),
    };
    match deskhand_engine::check_answer(ask, &answer) {
        Ok(()) => Some(Some(answer)),
        Err(error) => {
            anstream::eprintln!("{}", printable(&error.to_string()));
            Some(None)
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
