//! Which paths a run may touch. Paths never come from the content of files: what is read, moved or deleted was listed
//! before, and what is made gets a plain name in a folder that was listed or granted.

use std::collections::HashSet;

use serde_json::Value;

use crate::conversation::{Folder, Recorded};

/// Where files go when no folder may be written.
pub const OUTPUTS: &str = "/mnt/outputs";
/// Longest name of a file or folder that is made, in bytes.
const MAX_NAME: usize = 200;

/// The paths known so far.
pub struct Guard {
    roots: Vec<String>,
    files: HashSet<String>,
    folders: HashSet<String>,
}

impl Guard {
    pub fn new(folders: &[Folder]) -> Self {
        let mut roots: Vec<String> = folders.iter().map(|folder| folder.path.clone()).collect();
        roots.push(OUTPUTS.to_owned());
        Self {
            folders: roots.iter().cloned().collect(),
            roots,
            files: HashSet::new(),
        }
    }

    /// Learns paths from a result: from listings, from where tables are, and from what was made. Never from text.
    pub fn learn(&mut self, recorded: &Recorded) {
        if !recorded.ok {
            return;
        }
        let list = |key: &str| recorded.data.get(key).and_then(Value::as_array).into_iter().flatten();
        let path_of = |item: &Value| item.get("path").and_then(Value::as_str).map(str::to_owned);
        let found: Vec<String> = match recorded.name.as_str() {
            "Glob" => list("files").filter_map(path_of).collect(),
            "Grep" => list("matches").filter_map(path_of).collect(),
            "Query" => {
                let of_files = recorded
                    .input
                    .get("sql")
                    .and_then(Value::as_str)
                    .is_some_and(is_about_files);
                let column = list("columns").position(|name| name == "path").filter(|_| of_files);
                let rows = list("rows").filter_map(|row| row.get(column?)?.as_str().map(str::to_owned));
                rows.chain(list("tables").chain(list("sources")).filter_map(path_of))
                    .collect()
            }
            "Convert" => path_of(&recorded.data)
                .into_iter()
                .chain(list("paths").filter_map(|path| path.as_str().map(str::to_owned)))
                .collect(),
            "Write" => argument(&recorded.input, "file_path").into_iter().collect(),
            "MoveFile" => argument(&recorded.input, "to").into_iter().collect(),
            // What a script made and the policy let land.
            "Bash" if recorded.data.get("landed") == Some(&Value::Bool(true)) => list("paths")
                .filter_map(|path| path.as_str().map(str::to_owned))
                .collect(),
            _ => Vec::new(),
        };
        for path in found {
            if self.is_inside(&path) {
                if let Some((folder, _)) = path.rsplit_once('/') {
                    self.folders.insert(folder.to_owned());
                }
                self.files.insert(path);
            }
        }
    }

    /// Whether a call touches only paths it may; otherwise why not.
    pub fn check(&self, tool: &str, input: &Value) -> Result<(), String> {
        let known = |key: &str| match argument(input, key) {
            Some(path) if self.files.contains(&path) => Ok(()),
            Some(path) => Err(format!("`{path}` is not among the files that were listed")),
            None => Err(format!("`{key}` is not a path")),
        };
        let made = |key: &str| match argument(input, key) {
            Some(path) => self.can_make(&path),
            None => Err(format!("`{key}` is not a path")),
        };
        match tool {
            "Read" | "Edit" | "DeleteFile" | "Convert" => known("file_path"),
            "MoveFile" => known("from").and_then(|()| made("to")),
            "Write" => made("file_path"),
            "Glob" | "Grep" => match argument(input, "path") {
                Some(path) if !self.is_inside(&path) && !self.roots.contains(&path) => {
                    Err(format!("`{path}` is outside the granted folders"))
                }
                _ => Ok(()),
            },
            "PresentFiles" => {
                let paths = input.get("paths").and_then(Value::as_array).into_iter().flatten();
                for path in paths {
                    if !path.as_str().is_some_and(|path| self.files.contains(path)) {
                        return Err(format!("{path} is not among the files that were listed or made"));
                    }
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn is_inside(&self, path: &str) -> bool {
        let plain = path
            .split('/')
            .skip(1)
            .all(|part| !part.is_empty() && part != "." && part != "..");
        plain
            && self.roots.iter().any(|root| {
                path.strip_prefix(root.as_str())
                    .is_some_and(|rest| rest.starts_with('/'))
            })
    }

    /// A new file: in a known folder, or in one new folder inside a known one.
    fn can_make(&self, path: &str) -> Result<(), String> {
        let refuse = |why: &str| Err(format!("`{path}` cannot be made: {why}"));
        if !self.is_inside(path) {
            return refuse("it is outside the granted folders");
        }
        if self.files.contains(path) {
            return Ok(());
        }
        let Some((folder, name)) = path.rsplit_once('/') else {
            return refuse("it has no folder");
        };
        let fresh = match folder.rsplit_once('/') {
            _ if self.folders.contains(folder) => None,
            Some((above, fresh)) if self.folders.contains(above) => Some(fresh),
            _ => return refuse("its folder is not known"),
        };
        if !is_plain(name) || !fresh.is_none_or(is_plain) {
            return refuse("its name is not plain");
        }
        Ok(())
    }
}

fn argument(input: &Value, key: &str) -> Option<String> {
    input.get(key).and_then(Value::as_str).map(str::to_owned)
}

/// Whether a statement reads the built-in list of files and nothing else.
fn is_about_files(sql: &str) -> bool {
    let lower = sql.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|w| !w.is_empty())
        .collect();
    let mut from = 0;
    let mut only = true;
    for pair in words.windows(2) {
        if let [first, second] = pair
            && matches!(*first, "from" | "join")
            && *second != "select"
        {
            from += 1;
            only &= *second == "files";
        }
    }
    from > 0 && only
}

fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= MAX_NAME
        && !name.starts_with('.')
        && !name.ends_with(['.', ' '])
        && !name.starts_with(' ')
        && !name.chars().any(|c| c.is_control() || "/\\:*?\"<>|".contains(c))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn guard() -> Guard {
        let mut guard = Guard::new(&[Folder {
            path: "/mnt/work".to_owned(),
            writable: true,
        }]);
        let listing =
            json!({"files": [{"path": "/mnt/work/a/x.txt"}, {"path": "/etc/passwd"}, {"path": "/mnt/work/../y"}]});
        guard.learn(&recorded("Glob", json!({}), listing));
        guard
    }

    fn recorded(name: &str, input: Value, data: Value) -> Recorded {
        Recorded {
            name: name.to_owned(),
            input,
            ok: true,
            data,
            text: String::new(),
        }
    }

    #[test]
    fn only_listed_files_are_read_and_only_plain_names_are_made() {
        let guard = guard();
        let ok = |tool: &str, input: Value| guard.check(tool, &input).is_ok();
        assert!(ok("Read", json!({"file_path": "/mnt/work/a/x.txt"})));
        for path in ["/etc/passwd", "/mnt/work/../y", "/mnt/work/a/other.txt", ""] {
            assert!(!ok("Read", json!({"file_path": path})), "{path}");
            assert!(!ok("DeleteFile", json!({"file_path": path})), "{path}");
        }
        for path in [
            "/mnt/work/report.docx",
            "/mnt/work/a/y.txt",
            "/mnt/work/new/y.txt",
            "/mnt/outputs/z.md",
        ] {
            assert!(ok("Write", json!({"file_path": path})), "{path}");
        }
        for path in [
            "/mnt/work/new/deep/y.txt",
            "/mnt/work/.bashrc",
            "/mnt/work/a/../../y",
            "/mnt/other/y",
            "/mnt/work/a\u{0}b",
            "/mnt/work/x:y",
            "/mnt/workshop/y",
        ] {
            assert!(!ok("Write", json!({"file_path": path})), "{path}");
            assert!(
                !ok("MoveFile", json!({"from": "/mnt/work/a/x.txt", "to": path})),
                "{path}"
            );
        }
        assert!(!ok("PresentFiles", json!({"paths": ["/mnt/work/never.txt"]})));
        assert!(!ok("Glob", json!({"path": "/"})));
    }

    #[test]
    fn of_a_script_only_what_landed_in_a_folder_is_known() {
        let mut guard = guard();
        let paths = json!(["/mnt/work/a.xlsx", "/etc/passwd"]);
        let presented = |guard: &Guard, path: &str| guard.check("PresentFiles", &json!({"paths": [path]})).is_ok();
        guard.learn(&recorded("Bash", json!({}), json!({"landed": false, "paths": paths})));
        assert!(!presented(&guard, "/mnt/work/a.xlsx"));
        guard.learn(&recorded("Bash", json!({}), json!({"landed": true, "paths": paths})));
        assert!(presented(&guard, "/mnt/work/a.xlsx") && !presented(&guard, "/etc/passwd"));
    }

    #[test]
    fn a_column_called_path_in_a_table_teaches_nothing() {
        let mut guard = guard();
        let rows = json!({"columns": ["path"], "rows": [["/mnt/work/secret.txt"]]});
        for sql in [
            "SELECT path FROM orders",
            "SELECT path FROM files JOIN orders",
            "SELECT path FROM (SELECT * FROM orders)",
        ] {
            guard.learn(&recorded("Query", json!({"sql": sql}), rows.clone()));
            assert!(
                guard
                    .check("Read", &json!({"file_path": "/mnt/work/secret.txt"}))
                    .is_err(),
                "{sql}"
            );
        }
        guard.learn(&recorded("Query", json!({"sql": "SELECT path FROM files"}), rows));
        assert!(
            guard
                .check("Read", &json!({"file_path": "/mnt/work/secret.txt"}))
                .is_ok()
        );
    }
}
