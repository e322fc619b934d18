//! `CONNECTORS.md` and `~~category`: "whatever tool the person connected for this".
//!
//! There is no sign where a placeholder ends (`~~project tracker for open tickets`), so the longest category that is known is
//! taken: those of this plugin's table, and a built-in list. `~~struck out~~` is none. Skills are not rewritten; the model is
//! given a table of categories and connected servers beside them. Source: issue 5, A3.

use std::fmt::Write as _;
use std::ops::Range;

use serde::Serialize;

use super::servers::same_name;

/// Categories that plugins use without saying them in a table.
pub const BUILT_IN: [&str; 40] = [
    "ATS",
    "BI tool",
    "CI/CD",
    "CLM",
    "CRM",
    "ERP",
    "HRIS",
    "ITSM",
    "analytics",
    "calendar",
    "chat",
    "cloud storage",
    "CMS",
    "code repository",
    "compensation data",
    "competitive intelligence",
    "contracts",
    "conversation intelligence",
    "customer support",
    "data enrichment",
    "data warehouse",
    "design tool",
    "design",
    "e-signature",
    "email marketing",
    "email",
    "incident management",
    "knowledge base",
    "marketing automation",
    "meeting transcription",
    "monitoring",
    "notebook",
    "office suite",
    "procurement",
    "product analytics",
    "project tracker",
    "SEO",
    "source control",
    "support platform",
    "user feedback",
];

/// The table of a plugin's `CONNECTORS.md`; empty where there is none or it is prose.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Connectors {
    /// Rows.
    pub rows: Vec<Row>,
}

/// One category.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Row {
    /// For people: `Project tracker`.
    pub category: String,
    /// As in the texts, without `~~`: `project tracker`.
    pub placeholder: String,
    /// Servers the plugin brings.
    pub included: Vec<Included>,
    /// Other products that would do.
    pub others: Vec<String>,
}

/// A server the plugin brings.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Included {
    /// Its name.
    pub name: String,
    /// Not marked with `*` ("address not set yet").
    pub configured: bool,
}

impl Connectors {
    /// Reads the first table whose head has a column `Placeholder`.
    pub fn parse(text: &str) -> Self {
        let mut columns: Option<Vec<String>> = None;
        let mut rows = Vec::new();
        for line in text.lines() {
            let Some(cells) = cells(line) else {
                if !rows.is_empty() {
                    break;
                }
                columns = None;
                continue;
            };
            match &columns {
                None => {
                    let heads: Vec<String> = cells.iter().map(|cell| cell.to_lowercase()).collect();
                    columns = heads
                        .iter()
                        .any(|head| head.starts_with("placeholder"))
                        .then_some(heads);
                }
                Some(_)
                    if cells
                        .iter()
                        .all(|cell| cell.chars().all(|letter| matches!(letter, '-' | ':' | ' '))) => {}
                Some(heads) => rows.extend(row(heads, &cells)),
            }
        }
        Self { rows }
    }

    /// The placeholders of a text, with where they stand (`~~` included) and the category as the table writes it.
    pub fn placeholders<'a>(&'a self, text: &str) -> Vec<(Range<usize>, &'a str)> {
        let mut found = Vec::new();
        let mut from = 0;
        while let Some(at) = text.get(from..).and_then(|rest| rest.find("~~")).map(|at| from + at) {
            let after = text.get(at + 2..).unwrap_or_default();
            match self
                .longest(after)
                .filter(|category| !is_struck(after.get(category.len()..).unwrap_or_default()))
            {
                Some(category) => {
                    let end = at + 2 + category.len();
                    found.push((at..end, category));
                    from = end;
                }
                None => from = at + 2,
            }
        }
        found
    }

    fn longest(&self, text: &str) -> Option<&str> {
        let known = self.rows.iter().map(|row| row.placeholder.as_str()).chain(BUILT_IN);
        known
            .filter(|category| {
                let head = text.get(..category.len());
                let next = text.get(category.len()..).and_then(|rest| rest.chars().next());
                head.is_some_and(|head| head.eq_ignore_ascii_case(category)) && !next.is_some_and(char::is_alphanumeric)
            })
            .max_by_key(|category| category.len())
    }

    /// What is said beside a skill's text: for each category in it, the connected server that serves it. `connected` are the
    /// names of the servers that are, and `serving` names those of them that are known to serve a category, whatever the plugin
    /// lists. `None`: the text names no category.
    pub fn context(&self, text: &str, connected: &[&str], serving: &dyn Fn(&str) -> Vec<String>) -> Option<String> {
        let mut categories: Vec<&str> = Vec::new();
        for (_, category) in self.placeholders(text) {
            if !categories.iter().any(|one| one.eq_ignore_ascii_case(category)) {
                categories.push(category);
            }
        }
        if categories.is_empty() {
            return None;
        }
        let mut table = String::from("Connected tools for the categories in this skill:\n");
        for category in categories {
            let row = self
                .rows
                .iter()
                .find(|row| row.placeholder.eq_ignore_ascii_case(category));
            let listed = row
                .iter()
                .flat_map(|row| row.included.iter().map(|one| &one.name).chain(&row.others))
                .filter_map(|name| connected.iter().find(|server| same_name(server, name)))
                .map(|&server| server.to_owned());
            let mut names: Vec<String> = Vec::new();
            for name in listed.chain(serving(category)) {
                if !names.iter().any(|one| same_name(one, &name)) {
                    names.push(name);
                }
            }
            let names = if names.is_empty() {
                "nothing connected that is known for it".to_owned()
            } else {
                names.join(", ")
            };
            // Writing to a string cannot fail.
            let _ = writeln!(table, "- ~~{category}: {names}");
        }
        Some(table)
    }
}

fn cells(line: &str) -> Option<Vec<String>> {
    let line = line.trim();
    let inner = line.strip_prefix('|')?;
    let inner = inner.strip_suffix('|').unwrap_or(inner);
    let mut cells = vec![String::new()];
    let mut escaped = false;
    for letter in inner.chars() {
        match letter {
            '|' if !escaped => cells.push(String::new()),
            _ => {
                if let Some(cell) = cells.last_mut() {
                    cell.push(letter);
                }
            }
        }
        escaped = letter == '\\' && !escaped;
    }
    Some(cells.into_iter().map(|cell| cell.trim().to_owned()).collect())
}

fn row(heads: &[String], cells: &[String]) -> Option<Row> {
    let cell = |start: &str| {
        let at = heads.iter().position(|head| head.starts_with(start));
        at.and_then(|at| cells.get(at)).map(String::as_str).unwrap_or_default()
    };
    let placeholder = cell("placeholder")
        .trim_matches('`')
        .trim()
        .trim_start_matches("~~")
        .trim()
        .to_owned();
    if placeholder.is_empty() {
        return None;
    }
    let names = |text: &str| -> Vec<String> {
        text.split(',')
            .map(|name| name.trim().to_owned())
            .filter(|name| !matches!(name.as_str(), "" | "—" | "–" | "-"))
            .collect()
    };
    let included = names(cell("included")).into_iter().map(|name| {
        let bare = name.trim_end_matches(['*', '\\']).trim();
        Included {
            configured: bare.len() == name.len(),
            name: bare.trim_matches('*').to_owned(),
        }
    });
    Some(Row {
        category: cell("category").trim_matches('*').to_owned(),
        placeholder,
        included: included.filter(|one| !one.name.is_empty()).collect(),
        others: names(cell("other")),
    })
}

/// Whether what follows closes a `~~` on the same line: `~~` behind a letter, before any that opens one.
fn is_struck(rest: &str) -> bool {
    let line = rest.lines().next().unwrap_or_default();
    let Some(at) = line.find("~~") else { return false };
    let before = line.get(..at).and_then(|head| head.chars().next_back());
    let after = line.get(at + 2..).and_then(|tail| tail.chars().next());
    !before.is_some_and(char::is_whitespace) && !after.is_some_and(char::is_alphanumeric)
}
