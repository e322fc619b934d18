//! The numbers and bullets of lists.

use std::collections::HashMap;

use roxmltree::Node;

use crate::{DocumentError, package::Package, xml};

#[derive(Clone, Debug)]
struct Level {
    format: String,
    /// `%1.%2`
    text: String,
    start: u64,
}

/// Lists, and how far each has counted.
#[derive(Debug, Default)]
pub(super) struct Numbering {
    /// The levels of a list, by its id.
    lists: HashMap<String, (String, Vec<Option<Level>>)>,
    /// Lists that share a definition count together.
    counters: HashMap<String, [u64; 9]>,
}

/// Loads the numbering part.
pub(super) fn load(package: &Package<'_>, part: Option<&str>) -> Result<Numbering, DocumentError> {
    let Some(part) = part else {
        return Ok(Numbering::default());
    };
    let Some(text) = package.optional_text(part)? else {
        return Ok(Numbering::default());
    };
    let tree = package.tree(part, &text)?;
    let root = tree.root_element();
    let elements = |name: &'static str| root.children().filter(move |node| node.tag_name().name() == name);
    let definitions: HashMap<&str, Vec<Option<Level>>> = elements("abstractNum")
        .filter_map(|node| Some((xml::attr(node, "abstractNumId")?, levels(node))))
        .collect();
    let lists = elements("num")
        .filter_map(|node| {
            let definition = xml::attr(xml::child(node, "abstractNumId")?, "val")?;
            let overridden = xml::child(node, "lvlOverride").is_some();
            let id = xml::attr(node, "numId")?.to_owned();
            let counter = if overridden {
                format!("list {id}")
            } else {
                definition.to_owned()
            };
            Some((id, (counter, definitions.get(definition)?.clone())))
        })
        .collect();
    Ok(Numbering {
        lists,
        counters: HashMap::new(),
    })
}

fn levels(node: Node<'_, '_>) -> Vec<Option<Level>> {
    let mut levels = vec![None; 9];
    for level in node.children().filter(|node| node.tag_name().name() == "lvl") {
        let value = |name| xml::child(level, name).and_then(|node| xml::attr(node, "val"));
        let index = xml::attr(level, "ilvl").and_then(|index| index.parse::<usize>().ok());
        if let Some(slot) = index.and_then(|index| levels.get_mut(index)) {
            *slot = Some(Level {
                format: value("numFmt").unwrap_or("decimal").to_owned(),
                text: value("lvlText").unwrap_or_default().to_owned(),
                start: value("start").and_then(|start| start.parse().ok()).unwrap_or(1),
            });
        }
    }
    levels
}

impl Numbering {
    /// The label of the next item of a list: `-`, `3.`, `2.1`. None when it is no list that shows one.
    pub(super) fn next(&mut self, list: &str, level: usize) -> Option<String> {
        let (counter, levels) = self.lists.get(list)?;
        let own = levels.get(level)?.as_ref()?;
        if own.format == "bullet" {
            return Some("-".to_owned());
        }
        if own.format == "none" {
            return None;
        }
        let start = |index: usize| {
            levels
                .get(index)
                .and_then(Option::as_ref)
                .map_or(1, |level| level.start)
        };
        let counts = self.counters.entry(counter.clone()).or_insert([0; 9]);
        for (index, count) in counts.iter_mut().enumerate() {
            if index < level && *count == 0 {
                *count = start(index);
            } else if index == level {
                *count = if *count == 0 {
                    start(index)
                } else {
                    count.saturating_add(1)
                };
            } else if index > level {
                *count = 0;
            }
        }
        let mut label = own.text.clone();
        for (index, count) in counts.iter().enumerate() {
            let format = levels
                .get(index)
                .and_then(Option::as_ref)
                .map_or("decimal", |level| level.format.as_str());
            label = label.replace(&format!("%{}", index + 1), &numeral(*count, format));
        }
        Some(if label.is_empty() { "-".to_owned() } else { label })
    }
}

/// A number in a numeral system.
fn numeral(number: u64, format: &str) -> String {
    match format {
        "lowerLetter" => letters(number),
        "upperLetter" => letters(number).to_uppercase(),
        "lowerRoman" => roman(number),
        "upperRoman" => roman(number).to_uppercase(),
        "decimalZero" => format!("{number:02}"),
        _ => number.to_string(),
    }
}

/// a … z, aa, bb, …
fn letters(number: u64) -> String {
    let Some(index) = number.checked_sub(1) else {
        return number.to_string();
    };
    let letter = char::from(b'a' + (index % 26) as u8);
    std::iter::repeat_n(letter, (index / 26 + 1).min(10) as usize).collect()
}

fn roman(mut number: u64) -> String {
    const DIGITS: [(u64, &str); 13] = [
        (1000, "m"),
        (900, "cm"),
        (500, "d"),
        (400, "cd"),
        (100, "c"),
        (90, "xc"),
        (50, "l"),
        (40, "xl"),
        (10, "x"),
        (9, "ix"),
        (5, "v"),
        (4, "iv"),
        (1, "i"),
    ];
    if number == 0 || number > 5000 {
        return number.to_string();
    }
    let mut out = String::new();
    for (value, digits) in DIGITS {
        while number >= value {
            out.push_str(digits);
            number -= value;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numerals() {
        assert_eq!(numeral(4, "decimal"), "4");
        assert_eq!(numeral(1999, "lowerRoman"), "mcmxcix");
        assert_eq!(numeral(28, "upperLetter"), "BB");
        assert_eq!(numeral(0, "lowerLetter"), "0");
    }
}
