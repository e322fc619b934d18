//! Values taken from the request by simple rules.

use serde_json::{Map, Value};

use crate::recipe::{Param, ParamRule};
use crate::words::{contains, phrase, words};

/// All parameters of a recipe.
pub fn extract(params: &[Param], prompt: &str) -> Map<String, Value> {
    params
        .iter()
        .map(|param| {
            (
                param.name.clone(),
                find(&param.rule, prompt).unwrap_or_else(|| param.default.clone()),
            )
        })
        .collect()
}

fn find(rule: &ParamRule, prompt: &str) -> Option<Value> {
    match rule {
        ParamRule::Choice { options } => {
            let said = words(prompt);
            let last = |list: &[String]| list.iter().filter_map(|word| last_place(&said, &phrase(word))).max();
            let found = options.iter().filter_map(|(value, list)| Some((last(list)?, value)));
            found.max().map(|(_, value)| Value::from(value.as_str()))
        }
        ParamRule::Quoted { index } => quoted(prompt).get(*index).map(|text| Value::from(text.as_str())),
        ParamRule::After { words, until } => after(prompt, words, until).map(Value::from),
        ParamRule::List { words, until } => {
            let items = split_list(&after_with_commas(prompt, words, until)?);
            (!items.is_empty()).then(|| Value::from(items))
        }
        ParamRule::Number => words(prompt)
            .iter()
            .find_map(|word| word.parse::<u32>().ok())
            .map(Value::from),
        ParamRule::Said { words: list } => {
            let said = words(prompt);
            list.iter()
                .any(|word| contains(&said, &phrase(word)))
                .then_some(Value::Bool(true))
        }
    }
}

fn last_place(said: &[String], phrase: &[String]) -> Option<usize> {
    (0..said.len())
        .rev()
        .find(|start| said.get(*start..).is_some_and(|rest| rest.starts_with(phrase)))
}

/// Texts in quotation marks. An apostrophe inside a word opens nothing.
pub fn quoted(text: &str) -> Vec<String> {
    const PAIRS: &[(char, &[char])] = &[
        ('"', &['"']),
        ('“', &['”', '“']),
        ('„', &['“', '”']),
        ('«', &['»']),
        ('‘', &['’']),
        ('`', &['`']),
        ('\'', &['\'']),
    ];
    let characters: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = characters.get(at) {
        let inside_word = at
            .checked_sub(1)
            .and_then(|before| characters.get(before))
            .is_some_and(|c| c.is_alphanumeric());
        let closers = PAIRS.iter().find(|(mark, _)| mark == open).map(|(_, closers)| *closers);
        let closed = closers.filter(|_| !inside_word).and_then(|closers| {
            let rest = characters.get(at + 1..)?;
            let end = rest.iter().position(|c| closers.contains(c))?;
            rest.get(..end)
        });
        if let Some(inner) = closed {
            at += inner.len() + 1;
            found.push(inner.iter().collect());
        }
        at += 1;
    }
    found
}

/// The part after the one of `starts` that is said, as written; the earlier in the list the better.
fn tail<'a>(prompt: &'a str, starts: &[String]) -> Option<&'a str> {
    let lower = prompt.to_lowercase();
    // Lower case may change lengths of exotic letters; then no rule applies rather than a wrong one.
    if lower.len() != prompt.len() {
        return None;
    }
    let end = starts.iter().find_map(|start| {
        let start = start.to_lowercase();
        lower.match_indices(&start).find_map(|(at, _)| {
            let end = at + start.len();
            let before = lower
                .get(..at)?
                .chars()
                .next_back()
                .is_none_or(|c| !c.is_alphanumeric());
            let after = lower.get(end..)?.chars().next().is_none_or(|c| !c.is_alphanumeric());
            (before && after).then_some(end)
        })
    });
    prompt.get(end?..)
}

fn cut_until<'a>(text: &'a str, until: &[String]) -> &'a str {
    let lower = text.to_lowercase();
    if lower.len() != text.len() {
        return text;
    }
    let ends = until
        .iter()
        .filter_map(|word| lower.find(&format!(" {} ", word.to_lowercase())));
    ends.min().and_then(|end| text.get(..end)).unwrap_or(text)
}

fn after(prompt: &str, starts: &[String], until: &[String]) -> Option<String> {
    let rest = tail(prompt, starts)?;
    let rest = rest.split([',', ';', '!', '?', '\n']).next().unwrap_or_default();
    let rest = rest.split(". ").next().unwrap_or_default();
    let found = cut_until(rest, until)
        .trim()
        .trim_end_matches('.')
        .trim_matches(['"', '\'', '“', '”', ':', ' ']);
    (!found.is_empty()).then(|| found.to_owned())
}

fn after_with_commas(prompt: &str, starts: &[String], until: &[String]) -> Option<String> {
    let rest = tail(prompt, starts)?;
    let rest = rest.split(['\n', ';', '?', '!']).next().unwrap_or_default();
    let rest = rest.split(". ").next().unwrap_or_default();
    Some(cut_until(rest, until).trim().trim_end_matches('.').to_owned())
}

/// The items of a list in words: by commas, "and", "or".
pub fn split_list(text: &str) -> Vec<String> {
    text.replace(" and ", ",")
        .replace(" or ", ",")
        .replace(" & ", ",")
        .split(',')
        .map(|item| item.trim().trim_matches(['"', '\'', '“', '”', ':']).trim())
        .map(|item| {
            item.strip_prefix("the ")
                .or_else(|| item.strip_prefix("and "))
                .unwrap_or(item)
                .trim()
        })
        .filter(|item| !item.is_empty() && item.chars().count() <= 40)
        .map(str::to_owned)
        .take(20)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(list: &[&str]) -> Vec<String> {
        list.iter().map(|s| (*s).to_owned()).collect()
    }

    #[test]
    fn rules_find_what_is_said() {
        let find = |rule: ParamRule, prompt: &str| find(&rule, prompt);
        let formats = || ParamRule::Choice {
            options: [
                ("pdf".to_owned(), strings(&["pdf"])),
                ("docx".to_owned(), strings(&["word", "docx"])),
            ]
            .into(),
        };
        assert_eq!(find(formats(), "convert the pdf to Word"), Some(Value::from("docx")));
        assert_eq!(find(formats(), "convert"), None);
        let list = ParamRule::List {
            words: strings(&["with", "columns"]),
            until: strings(&["from"]),
        };
        assert_eq!(
            find(list, "A table with date, the vendor and total from the invoices."),
            Some(serde_json::json!(["date", "vendor", "total"]))
        );
        let after = ParamRule::After {
            words: strings(&["prefix"]),
            until: strings(&["to"]),
        };
        assert_eq!(
            find(after, "add the prefix 2024_ to all files"),
            Some(Value::from("2024_"))
        );
        assert_eq!(find(ParamRule::Number, "top 10 files"), Some(Value::from(10)));
        assert_eq!(
            find(
                ParamRule::Said {
                    words: strings(&["delete", "get rid of"])
                },
                "please get rid of them"
            ),
            Some(Value::Bool(true))
        );
        assert_eq!(quoted("don't replace “a b” with 'c' or \"d"), strings(&["a b", "c"]));
    }
}
