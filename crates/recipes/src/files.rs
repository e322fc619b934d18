//! What recipes do with lists of files: narrow them, group them, pair them.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Value, json};

use crate::text::{dates, names};
use crate::words::{contains, fold, phrase, words};

/// Formats that can be turned into others: from which extensions to which.
const CONVERSIONS: &[(&str, &[&str])] = &[
    ("md", &["docx", "pdf", "pptx", "html", "htm", "eml", "odt", "ipynb"]),
    ("txt", &["docx", "pdf", "pptx", "html", "htm", "eml", "odt", "md"]),
    ("csv", &["xlsx", "xlsm", "xls", "ods"]),
    ("xlsx", &["csv", "tsv"]),
    ("docx", &["md", "txt"]),
    ("html", &["md"]),
];

/// The extensions a format can be made from.
fn sources(to: &str) -> &'static [&'static str] {
    CONVERSIONS
        .iter()
        .find(|(target, _)| *target == to)
        .map_or(&[], |(_, from)| from)
}

/// Files that can be turned into `to`.
pub fn convertible(files: &[Value], to: &str) -> Vec<Value> {
    let fits =
        |file: &&Value| names::path(file).is_some_and(|path| sources(to).contains(&names::extension(path).as_str()));
    files.iter().filter(fits).cloned().collect()
}

/// As [`names::scope`], but words for the wanted format do not narrow: in "Word files to Markdown" only "Word" does.
pub fn scope_from(files: &[Value], prompt: &str, to: &str) -> Vec<Value> {
    let able = convertible(files, to);
    let named = names::mentioned(&able, prompt);
    if !named.is_empty() {
        return named;
    }
    let lower = prompt.to_lowercase();
    let cut = [" to ", " into ", " as "]
        .iter()
        .filter_map(|word| lower.rfind(word))
        .max();
    let before = cut.and_then(|at| prompt.get(..at)).unwrap_or(prompt);
    let said = words(before);
    let says = |list: &[&str]| list.iter().any(|word| contains(&said, &phrase(word)));
    let wanted: Vec<&str> = sources(to)
        .iter()
        .copied()
        .filter(|ext| {
            let words: &[&str] = match *ext {
                "docx" => &["word", "docx"],
                "xlsx" | "xlsm" | "xls" => &["excel", "xlsx", "xls", "workbook"],
                "pptx" => &["powerpoint", "slide", "pptx", "presentation"],
                "html" | "htm" => &["html", "web page"],
                "eml" => &["mail", "email", "eml"],
                "md" => &["markdown", "md"],
                "txt" => &["text file", "txt"],
                "pdf" => &["pdf"],
                "csv" => &["csv"],
                "tsv" => &["tsv"],
                _ => &[],
            };
            says(words)
        })
        .collect();
    if wanted.is_empty() {
        return names::scope(&able, before);
    }
    able.into_iter()
        .filter(|file| names::path(file).is_some_and(|path| wanted.contains(&names::extension(path).as_str())))
        .collect()
}

/// Files of these kinds.
pub fn of_kinds(files: &[Value], kinds: &[Value]) -> Vec<Value> {
    let fits = |file: &&Value| names::path(file).is_some_and(|path| kinds.iter().any(|kind| kind == names::kind(path)));
    files.iter().filter(fits).cloned().collect()
}

/// The folder a request is about: a folder it names, else `default` (the granted folder).
pub fn base_folder(files: &[Value], prompt: &str, default: &str) -> String {
    let said = words(prompt);
    let mut folders: Vec<&str> = files.iter().filter_map(names::path).map(names::folder).collect();
    folders.sort_unstable();
    folders.dedup();
    let named = folders.into_iter().find(|folder| {
        let last = names::file_name(folder);
        folder.starts_with(default) && *folder != default && fold(last).len() > 2 && contains(&said, &phrase(last))
    });
    named.unwrap_or(default).to_owned()
}

/// Files directly in a folder.
pub fn in_folder(files: &[Value], folder: &str) -> Vec<Value> {
    files
        .iter()
        .filter(|file| names::path(file).is_some_and(|path| names::folder(path) == folder))
        .cloned()
        .collect()
}

/// Files in folders below a folder.
pub fn below_folder(files: &[Value], folder: &str) -> Vec<Value> {
    let below = |path: &str| {
        names::folder(path)
            .strip_prefix(folder)
            .is_some_and(|rest| rest.starts_with('/'))
    };
    files
        .iter()
        .filter(|file| names::path(file).is_some_and(below))
        .cloned()
        .collect()
}

/// Where files belong: `[{path, group}]` by `type`, `month`, `year` or `topic` (then `topics` gives one per file).
pub fn grouped(files: &[Value], by: &str, topics: &[Value]) -> Vec<Value> {
    let group = |index: usize, file: &Value| -> Option<String> {
        let path = names::path(file)?;
        // The day in a name says more than the day of the last change.
        let day = || {
            let in_name = dates::find(names::stem(path)).into_iter().next();
            in_name.or_else(|| dates::day_of(file.get("modified").unwrap_or(&Value::Null)))
        };
        Some(match by {
            "month" => day()
                .and_then(|day| day.get(..7).map(str::to_owned))
                .unwrap_or_else(|| "Without date".to_owned()),
            "year" => day()
                .and_then(|day| day.get(..4).map(str::to_owned))
                .unwrap_or_else(|| "Without date".to_owned()),
            "topic" => topics
                .get(index)
                .and_then(Value::as_str)
                .filter(|t| !t.is_empty())
                .unwrap_or("Other")
                .to_owned(),
            _ => names::kind_folder(path).to_owned(),
        })
    };
    let entry = |(index, file)| Some(json!({"path": names::path(file)?, "group": group(index, file)?}));
    files.iter().enumerate().filter_map(entry).collect()
}

/// Moves into folders below `base`: `[{from, to, group, name}]` from `[{path, group}]`, never onto another file.
pub fn moves(groups: &[Value], all: &[Value], base: &str) -> Vec<Value> {
    let mut taken = names::taken(all);
    let mut out = Vec::new();
    for entry in groups {
        let (Some(path), Some(group)) = (names::path(entry), entry.get("group").and_then(Value::as_str)) else {
            continue;
        };
        let group = names::safe(group, "Other");
        let folder = format!("{base}/{group}");
        if names::folder(path) == folder {
            continue;
        }
        let name = names::file_name(path);
        let stem = names::stem(path);
        let ext = name.get(stem.len() + 1..).unwrap_or_default();
        let to = names::free(&taken, &folder, &names::safe(stem, "file"), ext);
        taken.insert(to.to_lowercase());
        out.push(json!({"from": path, "to": to, "group": group, "name": name}));
    }
    out
}

/// Files that look like two versions of one thing: `[{old, new, label}]`, the likeliest first.
pub fn version_pairs(files: &[Value]) -> Vec<Value> {
    /// Files of one name and extension, each with the order of its version mark.
    type Family<'a> = Vec<(Vec<u64>, &'a str)>;
    let mut families: BTreeMap<(String, String), Family<'_>> = BTreeMap::new();
    for path in files.iter().filter_map(names::path) {
        let (core, order) = version(names::stem(path));
        families
            .entry((core, names::extension(path)))
            .or_default()
            .push((order, path));
    }
    let mut pairs = Vec::new();
    for mut family in families.into_values() {
        family.sort();
        // The two newest of each family.
        if let [.., (_, old), (_, new)] = family.as_slice() {
            pairs.push(json!({"old": old, "new": new, "label": label(old, new)}));
        }
    }
    if let (true, [a, b]) = (pairs.is_empty(), files)
        && let (Some(a), Some(b)) = (names::path(a), names::path(b))
    {
        // Two files and nothing else: the older is the one changed first.
        let changed = |file: Option<&Value>| file.and_then(|f| f.get("modified")).map(ToString::to_string);
        let swapped = changed(files.first()) > changed(files.last());
        let (old, new) = if swapped { (b, a) } else { (a, b) };
        pairs.push(json!({"old": old, "new": new, "label": label(old, new)}));
    }
    pairs
}

fn label(old: &str, new: &str) -> String {
    format!("{} → {}", names::file_name(old), names::file_name(new))
}

/// A name without what marks a version, and the order of that mark.
fn version(stem: &str) -> (String, Vec<u64>) {
    let mut order = vec![1];
    let mut core = Vec::new();
    for word in stem.to_lowercase().split([' ', '_', '-', '.', '(', ')']) {
        let number = word
            .trim_start_matches("version")
            .trim_start_matches("rev")
            .trim_start_matches('v');
        match word {
            "" | "copy" | "version" | "of" => {}
            "old" | "before" | "previous" | "draft" | "original" => order = vec![0],
            "new" | "after" | "current" | "revised" | "updated" | "signed" => order = vec![2],
            "final" => order = vec![3],
            _ if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) => {
                order.push(number.parse().unwrap_or(0));
            }
            other => core.push(other.to_owned()),
        }
    }
    (core.join(" "), order)
}

/// The pair with this label, as `[old, new]`; the only one when there is no choice.
pub fn pair_of(pairs: &[Value], label: &str) -> Vec<Value> {
    let found = match pairs {
        [one] => Some(one),
        _ => pairs.iter().find(|pair| {
            // A choice may have been shortened for the screen.
            pair.get("label")
                .and_then(Value::as_str)
                .is_some_and(|l| l == label || (!label.is_empty() && l.starts_with(label.trim_end_matches('…'))))
        }),
    };
    found
        .and_then(|pair| Some(vec![pair.get("old")?.clone(), pair.get("new")?.clone()]))
        .unwrap_or_default()
}

/// Files of equal content from a query of `path, hash, size, modified`: `[{keep, extra}]`. The one with the shortest
/// path stays: copies tend to lie deeper and to have longer names.
pub fn duplicate_groups(data: &Value) -> Vec<Value> {
    let columns: Vec<&str> = data
        .get("columns")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let place = |name: &str| columns.iter().position(|column| *column == name);
    let (Some(path), Some(hash), Some(size)) = (place("path"), place("hash"), place("size")) else {
        return Vec::new();
    };
    let mut order: Vec<String> = Vec::new();
    let mut groups: BTreeMap<String, Vec<(String, f64)>> = BTreeMap::new();
    let mut seen = HashSet::new();
    for row in data.get("rows").and_then(Value::as_array).into_iter().flatten() {
        let text = |at: usize| row.get(at).and_then(Value::as_str).map(str::to_owned);
        let (Some(file), Some(key)) = (text(path), text(hash)) else {
            continue;
        };
        if !seen.insert(file.clone()) {
            continue;
        }
        if !groups.contains_key(&key) {
            order.push(key.clone());
        }
        groups
            .entry(key)
            .or_default()
            .push((file, row.get(size).and_then(Value::as_f64).unwrap_or(0.0)));
    }
    order
        .iter()
        .filter_map(|key| groups.remove(key))
        .filter(|files| files.len() > 1)
        .filter_map(|mut files| {
            files.sort_by(|a, b| (depth(&a.0), a.0.len(), &a.0).cmp(&(depth(&b.0), b.0.len(), &b.0)));
            let mut entries = files
                .into_iter()
                .map(|(path, size)| json!({"path": path, "size": size}));
            Some(json!({"keep": entries.next()?, "extra": entries.collect::<Vec<_>>()}))
        })
        .collect()
}

fn depth(path: &str) -> usize {
    path.matches('/').count()
}

/// Duplicates as CSV, one line per extra copy.
pub fn duplicates_csv(groups: &[Value]) -> String {
    let columns = ["Kept", "Extra copy", "Size in bytes"].map(Value::from);
    let rows: Vec<Value> = groups
        .iter()
        .flat_map(|group| {
            let keep = group
                .get("keep")
                .and_then(|k| k.get("path"))
                .cloned()
                .unwrap_or_default();
            let extra = group
                .get("extra")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default();
            extra.into_iter().map(move |copy| {
                json!([
                    keep,
                    copy.get("path"),
                    copy.get("size").and_then(Value::as_f64).map(|s| s as i64)
                ])
            })
        })
        .collect();
    crate::text::markdown::csv(&columns, &rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(paths: &[&str]) -> Vec<Value> {
        paths.iter().map(|p| json!({"path": p})).collect()
    }

    #[test]
    fn the_wanted_format_does_not_narrow_the_files() {
        let all = files(&["/mnt/w/a.docx", "/mnt/w/b.pdf", "/mnt/w/c.md", "/mnt/w/d.xlsx"]);
        let names = |prompt: &str, to: &str| {
            let found = scope_from(&all, prompt, to);
            found
                .iter()
                .filter_map(names::path)
                .map(names::file_name)
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(names("Convert all Word files to Markdown", "md"), ["a.docx"]);
        assert_eq!(names("Convert everything to Markdown", "md"), ["a.docx", "b.pdf"]);
        assert_eq!(names("Export c.md as docx", "docx"), ["c.md"]);
        assert_eq!(names("Turn the workbook into csv files", "csv"), ["d.xlsx"]);
    }

    #[test]
    fn versions_are_paired() {
        let pairs = version_pairs(&files(&[
            "/mnt/w/offer_v2.docx",
            "/mnt/w/offer_v10.docx",
            "/mnt/w/offer_v1.docx",
            "/mnt/w/other.docx",
        ]));
        assert_eq!(
            pairs,
            vec![
                json!({"old": "/mnt/w/offer_v2.docx", "new": "/mnt/w/offer_v10.docx", "label": "offer_v2.docx → offer_v10.docx"})
            ]
        );
        let pairs = version_pairs(&files(&["/mnt/w/Budget final.xlsx", "/mnt/w/Budget draft.xlsx"]));
        assert_eq!(
            pair_of(&pairs, ""),
            vec![json!("/mnt/w/Budget draft.xlsx"), json!("/mnt/w/Budget final.xlsx")]
        );
        assert_eq!(pair_of(&[], "x"), Vec::<Value>::new());
    }

    #[test]
    fn moves_never_land_on_another_file() {
        let all = files(&["/mnt/w/a.pdf", "/mnt/w/Documents/a.pdf", "/mnt/w/../x.pdf"]);
        let groups = vec![
            json!({"path": "/mnt/w/a.pdf", "group": "Documents"}),
            json!({"path": "/mnt/w/Documents/a.pdf", "group": "Documents"}),
        ];
        let expected = vec![
            json!({"from": "/mnt/w/a.pdf", "to": "/mnt/w/Documents/a 2.pdf", "group": "Documents", "name": "a.pdf"}),
        ];
        assert_eq!(moves(&groups, &all, "/mnt/w"), expected);
    }

    #[test]
    fn the_copy_with_the_shortest_path_stays() {
        let data = json!({"columns": ["path", "hash", "size"], "rows": [
            ["/mnt/w/b/x copy.txt", "h", 5], ["/mnt/w/x.txt", "h", 5], ["/mnt/w/y.txt", "i", 5], ["/mnt/w/x.txt", "h", 5], [1, 2],
        ]});
        let groups = duplicate_groups(&data);
        assert_eq!(
            groups,
            vec![
                json!({"keep": {"path": "/mnt/w/x.txt", "size": 5.0}, "extra": [{"path": "/mnt/w/b/x copy.txt", "size": 5.0}]})
            ]
        );
        assert_eq!(
            duplicates_csv(&groups),
            "Kept,Extra copy,Size in bytes\n/mnt/w/x.txt,/mnt/w/b/x copy.txt,5\n"
        );
        assert_eq!(duplicate_groups(&Value::Null), Vec::<Value>::new());
    }
}
