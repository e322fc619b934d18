//! Names of files: kinds, parts, safe new names.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::cut;
use crate::params::quoted;
use crate::words::{contains, fold, phrase, words};

/// Kinds of files by extension, and the words people use for them.
const KINDS: &[(&str, &str, &[&str], &[&str])] = &[
    (
        "spreadsheet",
        "Spreadsheets",
        &["xlsx", "xlsm", "xls", "ods", "csv", "tsv", "xlsb"],
        &["spreadsheet", "excel", "workbook", "csv", "xlsx"],
    ),
    (
        "document",
        "Documents",
        &["docx", "doc", "odt", "rtf", "pdf", "pages", "epub"],
        &["document", "word document", "docx", "pdf", "doc"],
    ),
    (
        "text",
        "Text",
        &["txt", "md", "log", "rst", "tex", "org", "markdown"],
        &["text file", "txt", "markdown"],
    ),
    (
        "presentation",
        "Presentations",
        &["pptx", "ppt", "odp", "key"],
        &["presentation", "slide", "powerpoint", "pptx"],
    ),
    (
        "image",
        "Images",
        &[
            "jpg", "jpeg", "png", "gif", "webp", "heic", "tif", "tiff", "bmp", "svg", "raw", "cr2", "nef",
        ],
        &["image", "photo", "picture", "screenshot", "jpg", "png"],
    ),
    (
        "audio",
        "Audio",
        &["mp3", "wav", "flac", "m4a", "ogg", "aac"],
        &["audio", "music", "song", "mp3"],
    ),
    (
        "video",
        "Videos",
        &["mp4", "mov", "avi", "mkv", "webm", "m4v"],
        &["video", "movie", "clip"],
    ),
    ("mail", "Mail", &["eml", "msg", "mbox"], &["mail", "email", "eml"]),
    (
        "archive",
        "Archives",
        &["zip", "tar", "gz", "7z", "rar", "bz2", "xz"],
        &["archive", "zip"],
    ),
    (
        "web",
        "Web pages",
        &["html", "htm", "mhtml", "url", "webloc"],
        &["web page", "html"],
    ),
    (
        "code",
        "Code",
        &[
            "py", "js", "ts", "rs", "c", "h", "cpp", "java", "go", "sh", "json", "xml", "yaml", "yml", "toml", "sql",
            "ipynb", "css",
        ],
        &["code", "source code", "json"],
    ),
];

/// The extension in lower case, without the dot; empty when there is none.
pub fn extension(name: &str) -> String {
    let name = file_name(name);
    match name.rsplit_once('.') {
        Some((stem, ext)) if !stem.is_empty() && !ext.is_empty() && ext.len() <= 10 => ext.to_lowercase(),
        _ => String::new(),
    }
}

/// The last part of a path.
pub fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The folder of a path.
pub fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The name without extension.
pub fn stem(path: &str) -> &str {
    let name = file_name(path);
    let ext = extension(name);
    if ext.is_empty() {
        return name;
    }
    name.get(..name.len() - ext.len() - 1).unwrap_or(name)
}

/// The kind of a file by its name: `spreadsheet`, `document`, …, `other`.
pub fn kind(name: &str) -> &'static str {
    let ext = extension(name);
    KINDS
        .iter()
        .find(|(_, _, exts, _)| exts.contains(&ext.as_str()))
        .map_or("other", |(kind, ..)| kind)
}

/// The kind as the name of a folder: `Spreadsheets`, `Other`.
pub fn kind_folder(name: &str) -> &'static str {
    let kind = kind(name);
    KINDS
        .iter()
        .find(|(id, ..)| *id == kind)
        .map_or("Other", |(_, folder, ..)| folder)
}

/// Kinds of files whose text can be read.
pub fn is_readable(name: &str) -> bool {
    !matches!(
        extension(name).as_str(),
        "doc" | "ppt" | "pages" | "key" | "msg" | "mbox" | "epub" | "raw" | "svg"
    ) && matches!(
        kind(name),
        "spreadsheet" | "document" | "text" | "presentation" | "mail" | "web"
    )
}

/// A name safe on every system, from any text: no path, no control characters, none that Windows refuses.
pub fn safe(text: &str, fallback: &str) -> String {
    let cleaned: String = text
        .chars()
        .map(|c| {
            if c.is_control() || "/\\:*?\"<>|".contains(c) {
                ' '
            } else {
                c
            }
        })
        .filter(
            |c| !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'),
        )
        .collect();
    let words: Vec<&str> = cleaned.split_whitespace().collect();
    let mut name = cut(&words.join(" "), 80).replace('…', "");
    while name.len() > 120 {
        name.pop();
    }
    let name = name.trim_matches(['.', ' ']);
    let upper = name.to_uppercase();
    let device = matches!(
        upper.split('.').next().unwrap_or_default(),
        "CON" | "PRN" | "AUX" | "NUL"
    ) || (upper.len() >= 4
        && (upper.starts_with("COM") || upper.starts_with("LPT"))
        && upper.chars().nth(3).is_some_and(|c| c.is_ascii_digit())
        && upper.chars().nth(4).is_none_or(|c| c == '.'));
    if name.is_empty() || device {
        fallback.to_owned()
    } else {
        name.to_owned()
    }
}

/// Lower case, words joined by hyphens.
pub fn slug(text: &str) -> String {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let slug = cut(&words.join("-"), 60).replace('…', "");
    if slug.is_empty() {
        "untitled".to_owned()
    } else {
        slug.trim_matches('-').to_owned()
    }
}

/// A path in `folder` that no file has: `report.docx`, `report 2.docx`, …
pub fn free(taken: &HashSet<String>, folder: &str, stem: &str, ext: &str) -> String {
    let ending = if ext.is_empty() {
        String::new()
    } else {
        format!(".{ext}")
    };
    let path = |number: usize| match number {
        1 => format!("{folder}/{stem}{ending}"),
        n => format!("{folder}/{stem} {n}{ending}"),
    };
    (1..10_000)
        .map(path)
        .find(|path| !taken.contains(&path.to_lowercase()))
        .unwrap_or_else(|| path(10_000))
}

/// Lower-case paths of listed files.
pub fn taken(files: &[Value]) -> HashSet<String> {
    files.iter().filter_map(path).map(str::to_lowercase).collect()
}

/// The path of a listed file.
pub fn path(file: &Value) -> Option<&str> {
    file.get("path").or(Some(file)).and_then(Value::as_str)
}

/// The files a request is about: those it names; else those in folders it names; then those of kinds it names.
/// When it names nothing, all.
pub fn scope(files: &[Value], prompt: &str) -> Vec<Value> {
    let named = mentioned(files, prompt);
    if !named.is_empty() {
        return named;
    }
    let said = words(prompt);
    let in_folder = |file: &&Value| {
        path(file).is_some_and(|p| {
            // The grant's own folder is not a choice; what lies below it is.
            let below = folder(p).split('/').skip(3);
            below
                .into_iter()
                .any(|part| contains(&said, &phrase(part)) && fold(part).len() > 2)
        })
    };
    let inside: Vec<Value> = files.iter().filter(in_folder).cloned().collect();
    let base = if inside.is_empty() { files.to_vec() } else { inside };
    let by_extension: Vec<&str> = KINDS
        .iter()
        .flat_map(|(_, _, exts, _)| exts.iter().copied())
        .filter(|ext| ext.len() > 2 && said.iter().any(|word| word == ext || *word == fold(ext)))
        .collect();
    let by_kind: Vec<&str> = KINDS
        .iter()
        .filter(|(_, _, _, names)| names.iter().any(|name| contains(&said, &phrase(name))))
        .map(|(kind, ..)| *kind)
        .collect();
    let fits = |file: &&Value, exact: bool| {
        path(file).is_some_and(|p| {
            if exact {
                by_extension.contains(&extension(p).as_str())
            } else {
                by_kind.contains(&kind(p))
            }
        })
    };
    for exact in [true, false] {
        let chosen: Vec<Value> = base.iter().filter(|file| fits(file, exact)).cloned().collect();
        if !chosen.is_empty() {
            return chosen;
        }
    }
    base
}

/// Words of requests that are no part of a file's name even when a file is called so.
const COMMON: &[&str] = &[
    "file",
    "document",
    "folder",
    "version",
    "two",
    "both",
    "all",
    "new",
    "old",
    "list",
    "task",
    "checklist",
    "summary",
    "summarize",
    "compare",
    "make",
    "text",
    "word",
    "from",
    "change",
    "differ",
    "difference",
    "between",
    "draft",
    "final",
    "page",
    "point",
    "key",
];

/// Files whose names share a word with the request ("the offer", "my notes"); empty when none does.
pub fn named_like(files: &[Value], prompt: &str) -> Vec<Value> {
    let common: Vec<String> = COMMON.iter().map(|word| fold(word)).collect();
    let wanted: Vec<String> = super::sentences::content_words(prompt)
        .into_iter()
        .filter(|word| word.chars().count() > 3 && !common.contains(word))
        .collect();
    let fits = |file: &&Value| {
        path(file).is_some_and(|path| {
            words(&stem(path).replace(['_', '.', '-'], " "))
                .iter()
                .any(|word| wanted.contains(word))
        })
    };
    files.iter().filter(fits).cloned().collect()
}

/// Files the request names, with or without extension, in the order they are named.
pub fn mentioned(files: &[Value], prompt: &str) -> Vec<Value> {
    let lower = prompt.to_lowercase();
    let quotes: Vec<String> = quoted(prompt).iter().map(|text| text.to_lowercase()).collect();
    let place = |file: &Value| -> Option<usize> {
        let name = file_name(path(file)?).to_lowercase();
        let stem = stem(&name).to_owned();
        whole_word(&lower, &name).or_else(|| {
            // A bare stem counts when it cannot be a common word: quoted, or with digits or joiners in it.
            let special =
                stem.chars().count() >= 3 && stem.contains(|c: char| c.is_ascii_digit() || matches!(c, '_' | '-'));
            (special || quotes.contains(&stem))
                .then(|| whole_word(&lower, &stem))
                .flatten()
        })
    };
    let mut found: Vec<(usize, &Value)> = files.iter().filter_map(|file| Some((place(file)?, file))).collect();
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, file)| file.clone()).collect()
}

fn whole_word(text: &str, word: &str) -> Option<usize> {
    if word.is_empty() {
        return None;
    }
    text.match_indices(word).map(|(at, _)| at).find(|at| {
        let joins = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
        let before = text
            .get(..*at)
            .and_then(|t| t.chars().next_back())
            .is_none_or(|c| !joins(c));
        let mut after = text.get(at + word.len()..).unwrap_or_default().chars();
        let next = after.next();
        let then = after.next();
        before && next.is_none_or(|c| !(joins(c) || c == '.' && then.is_some_and(char::is_alphanumeric)))
    })
}

/// New names by a rule: `[{from, to, old, new}]` for the files whose name changes, no two alike, none taken.
///
/// Rules: `lower`, `upper`, `spaces` (to underscores), `hyphens`, `replace` (`a` by `b`), `prefix` (`a`), `suffix`
/// (`a`), `date` (day of change in front), `number` (a number in front), `clean` (safe characters, single spaces).
pub fn renamed(files: &[Value], all: &[Value], rule: &str, a: &str, b: &str) -> Vec<Value> {
    let mut taken = taken(all);
    let digits = files.len().to_string().len().max(2);
    let mut out = Vec::new();
    for (index, file) in files.iter().enumerate() {
        let Some(path) = path(file) else { continue };
        let (old, ext) = (stem(path), extension(path));
        let written_ext = file_name(path).get(old.len() + 1..).unwrap_or_default();
        let day = super::dates::day_of(file.get("modified").unwrap_or(&Value::Null));
        let new = match rule {
            "lower" => old.to_lowercase(),
            "upper" => old.to_uppercase(),
            "spaces" => old.split_whitespace().collect::<Vec<_>>().join("_"),
            "hyphens" => old
                .split([' ', '_'])
                .filter(|w| !w.is_empty())
                .collect::<Vec<_>>()
                .join("-"),
            "replace" if !a.is_empty() => old.replace(a, b),
            "prefix" => format!("{a}{old}"),
            "suffix" => format!("{old}{a}"),
            "date" => match super::dates::find(old).first().cloned().or(day) {
                Some(day) if !old.starts_with(&day) => format!("{day} {old}"),
                _ => old.to_owned(),
            },
            "number" => format!("{:0digits$} {old}", index + 1),
            "clean" => old.replace(['_', '-'], " "),
            _ => old.to_owned(),
        };
        let new = safe(&new, old);
        let ext = if matches!(rule, "lower" | "clean") {
            ext.as_str()
        } else {
            written_ext
        };
        let whole = if ext.is_empty() {
            new.clone()
        } else {
            format!("{new}.{ext}")
        };
        if whole == file_name(path) {
            continue;
        }
        taken.remove(&path.to_lowercase());
        let to = free(&taken, folder(path), &new, ext);
        taken.insert(to.to_lowercase());
        out.push(json!({"from": path, "to": to, "old": file_name(path), "new": file_name(&to)}));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(paths: &[&str]) -> Vec<Value> {
        paths.iter().map(|p| json!({"path": p})).collect()
    }

    fn names(files: &[Value]) -> Vec<&str> {
        files.iter().filter_map(path).map(file_name).collect()
    }

    #[test]
    fn parts_of_names() {
        assert_eq!(
            (stem("/a/b.tar.GZ"), extension("/a/b.tar.GZ").as_str(), folder("/a/b.x")),
            ("b.tar", "gz", "/a")
        );
        assert_eq!(
            (stem(".hidden"), extension(".hidden").as_str(), kind("x")),
            (".hidden", "", "other")
        );
        assert_eq!((kind_folder("a.PDF"), kind("b.csv")), ("Documents", "spreadsheet"));
        assert_eq!(safe("../../etc/pass\u{0}wd:*", "x"), "etc pass wd");
        assert_eq!(
            (safe("CON", "x"), safe("com1.txt", "x"), safe("...", "x")),
            ("x".into(), "x".into(), "x".into())
        );
        assert_eq!(slug("Hello, Wörld / 2!"), "hello-wörld-2");
    }

    #[test]
    fn a_request_narrows_the_files() {
        let all = files(&[
            "/mnt/w/a.pdf",
            "/mnt/w/b.csv",
            "/mnt/w/Taxes/c.pdf",
            "/mnt/w/Taxes/d 2024.xlsx",
            "/mnt/w/photo.jpg",
        ]);
        let scoped = |prompt: &str| {
            names(&scope(&all, prompt))
                .iter()
                .map(|s| (*s).to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(scoped("convert all pdfs"), ["a.pdf", "c.pdf"]);
        assert_eq!(scoped("summarise the files in Taxes"), ["c.pdf", "d 2024.xlsx"]);
        assert_eq!(scoped("read b.csv and a.pdf"), ["b.csv", "a.pdf"]);
        assert_eq!(scoped("rename my photos"), ["photo.jpg"]);
        assert_eq!(scoped("do it").len(), 5);
    }

    #[test]
    fn new_names_never_clash() {
        let all = files(&["/mnt/w/A.txt", "/mnt/w/a b.txt", "/mnt/w/a_b.txt"]);
        let renamed = renamed(&all, &all, "spaces", "", "");
        assert_eq!(
            renamed,
            vec![json!({"from": "/mnt/w/a b.txt", "to": "/mnt/w/a_b 2.txt", "old": "a b.txt", "new": "a_b 2.txt"})]
        );
        let hostile = super::renamed(&all, &all, "prefix", "../../x/", "");
        assert_eq!(
            hostile.first().and_then(|r| r.get("to")),
            Some(&json!("/mnt/w/x A.txt"))
        );
    }
}
