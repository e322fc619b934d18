//! Finding by name and by content.

use deskhand_types::{Coded, GrantMode, GuestPath};
use deskhand_workspace::{Cut, GlobQuery, GrepLine, GrepOutput, GrepQuery};

use crate::support::{Desk, at, grant, set_time};

fn names(desk: &Desk, query: &GlobQuery) -> Vec<String> {
    let found = desk.workspace.glob(query).unwrap();
    found
        .entries
        .iter()
        .map(|entry| entry.path.as_str().trim_start_matches("/mnt/work/").to_owned())
        .collect()
}

fn sample() -> Desk {
    let desk = Desk::new();
    for (n, name) in [
        "old.csv",
        "2024/jan.CSV",
        "2024/deep/feb.csv",
        "notes.txt",
        ".hidden/x.csv",
        ".git/config",
        "2024/ü.csv",
    ]
    .iter()
    .enumerate()
    {
        let path = desk.put(name, &format!("line one\nTotal: {n}\nlast\n"));
        set_time(&path, 1_600_000_000 + n as u64, 0);
    }
    desk
}

#[test]
fn globs_find_newest_first() {
    let desk = sample();
    assert_eq!(
        names(&desk, &GlobQuery::new("*.csv")),
        ["2024/ü.csv", "2024/deep/feb.csv", "2024/jan.CSV", "old.csv"]
    );
    assert_eq!(
        names(&desk, &GlobQuery::new("./*.csv")),
        ["2024/ü.csv", "2024/deep/feb.csv", "2024/jan.CSV", "old.csv"]
    );
    assert_eq!(
        names(&desk, &GlobQuery::new("2024/*.csv")),
        ["2024/ü.csv", "2024/jan.CSV"]
    );
    assert_eq!(
        names(&desk, &GlobQuery::new("2024/**/*.csv")),
        ["2024/ü.csv", "2024/deep/feb.csv", "2024/jan.CSV"]
    );
    assert_eq!(names(&desk, &GlobQuery::new("/mnt/work/2024/**/*.{csv,txt}")).len(), 3);
    assert_eq!(
        names(
            &desk,
            &GlobQuery {
                case_sensitive: true,
                ..GlobQuery::new("**/*.CSV")
            }
        ),
        ["2024/jan.CSV"]
    );
    assert_eq!(
        names(&desk, &GlobQuery::new("*/")),
        ["2024/deep", "2024"].map(str::to_owned).to_vec().tap_sorted(&desk)
    );
    assert_eq!(names(&desk, &GlobQuery::new(".hidden/*")), [".hidden/x.csv"]);
    assert_eq!(
        names(
            &desk,
            &GlobQuery {
                hidden: true,
                ..GlobQuery::new("x.*")
            }
        ),
        [".hidden/x.csv"]
    );
    assert_eq!(names(&desk, &GlobQuery::new("none/*.csv")), Vec::<String>::new());
    assert_eq!(names(&desk, &GlobQuery::new("old.csv")), ["old.csv"]);
    let two = desk
        .workspace
        .glob(&GlobQuery {
            max_results: 2,
            ..GlobQuery::new("**")
        })
        .unwrap();
    assert_eq!((two.entries.len(), two.total, two.cut), (2, 5, None));
    assert_eq!(
        desk.workspace.glob(&GlobQuery::new("a[")).unwrap_err().code().as_str(),
        "workspace.bad-pattern"
    );
    assert_eq!(
        desk.workspace
            .glob(&GlobQuery::new("/etc/*"))
            .unwrap_err()
            .code()
            .as_str(),
        "workspace.outside-grant"
    );
}

trait Sorted {
    fn tap_sorted(self, desk: &Desk) -> Vec<String>;
}

impl Sorted for Vec<String> {
    /// By time of the folders, newest first, as the search does.
    fn tap_sorted(mut self, desk: &Desk) -> Vec<String> {
        self.sort_by_key(|name| {
            std::cmp::Reverse(std::fs::metadata(desk.work().join(name)).unwrap().modified().unwrap())
        });
        self
    }
}

#[test]
fn gitignore_counts_only_when_asked() {
    let desk = sample();
    desk.put(".gitignore", "*.csv\n!keep.csv\n/top/\n");
    desk.put("2024/.gitignore", "!jan.CSV\n");
    desk.put("keep.csv", "");
    desk.put("top/a.txt", "");
    desk.put("2024/top/a.txt", "");
    assert!(names(&desk, &GlobQuery::new("**")).contains(&"old.csv".to_owned()));
    let query = GlobQuery {
        gitignore: true,
        ..GlobQuery::new("**")
    };
    let mut found = names(&desk, &query);
    found.sort();
    assert_eq!(found, ["2024/jan.CSV", "2024/top/a.txt", "keep.csv", "notes.txt"]);
}

#[test]
fn greps_files_content_and_counts() {
    let desk = sample();
    desk.put("many.txt", "total\r\nx\r\ntotal total\r\n");
    let files = desk.workspace.grep(&GrepQuery::new("Total: [0-3]$")).unwrap();
    let paths: Vec<&str> = files.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "/mnt/work/notes.txt",
            "/mnt/work/2024/deep/feb.csv",
            "/mnt/work/2024/jan.CSV",
            "/mnt/work/old.csv"
        ]
    );
    let content = GrepQuery {
        output: GrepOutput::Content,
        case_insensitive: true,
        path: Some(at("many.txt")),
        after: 1,
        ..GrepQuery::new("^total$")
    };
    let line = |number, text: &str, matches| GrepLine {
        number,
        text: text.into(),
        matches,
        shortened: false,
    };
    let found = desk.workspace.grep(&content).unwrap();
    assert_eq!(found.files[0].lines, vec![line(1, "total", true), line(2, "x", false)]);
    let count = GrepQuery {
        output: GrepOutput::Count,
        glob: Some("*.txt".into()),
        ..GrepQuery::new("(?i)total")
    };
    let counts: Vec<_> = desk
        .workspace
        .grep(&count)
        .unwrap()
        .files
        .iter()
        .map(|f| (f.path.clone(), f.count))
        .collect();
    assert_eq!(counts, vec![(at("many.txt"), 2), (at("notes.txt"), 1)]);
    let multi = GrepQuery {
        multiline: true,
        output: GrepOutput::Content,
        ..GrepQuery::new("one.*last")
    };
    assert_eq!(desk.workspace.grep(&multi).unwrap().files[0].lines.len(), 3);
    let typed = GrepQuery {
        file_type: Some("csv".into()),
        ..GrepQuery::new("Total")
    };
    assert_eq!(
        desk.workspace.grep(&typed).unwrap().total_files,
        3,
        "ripgrep's type csv is *.csv, in that case"
    );
    for (query, code) in [
        (GrepQuery::new("(unclosed"), "workspace.bad-pattern"),
        (
            GrepQuery {
                file_type: Some("nonesuch".into()),
                ..GrepQuery::new("x")
            },
            "workspace.bad-pattern",
        ),
        (
            GrepQuery {
                path: Some(at("none")),
                ..GrepQuery::new("x")
            },
            "workspace.not-found",
        ),
    ] {
        assert_eq!(desk.workspace.grep(&query).unwrap_err().code().as_str(), code);
    }
}

#[test]
fn binaries_encodings_and_limits() {
    let desk = Desk::with(|options| options.limits.max_search_bytes = 1000);
    std::fs::write(desk.work().join("bin"), b"needle\0needle").unwrap();
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain("a needle".encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    std::fs::write(desk.work().join("utf16.txt"), utf16).unwrap();
    desk.put("long.txt", &"needle ".repeat(200));
    let content = GrepQuery {
        output: GrepOutput::Content,
        ..GrepQuery::new("needle")
    };
    let found = desk.workspace.grep(&content).unwrap();
    assert_eq!(
        found.files.iter().map(|f| f.path.clone()).collect::<Vec<_>>(),
        vec![at("utf16.txt")]
    );
    assert_eq!((found.skipped.binary, found.skipped.too_large), (1, 1));
    let desk = Desk::new();
    desk.put("long.txt", &format!("{}\n", "é".repeat(3000)));
    let line = &desk
        .workspace
        .grep(&GrepQuery {
            output: GrepOutput::Content,
            ..GrepQuery::new("é")
        })
        .unwrap()
        .files[0]
        .lines[0];
    assert_eq!((line.text.chars().count(), line.shortened), (1000, true));
}

#[test]
fn limits_are_told() {
    let desk = Desk::with(|options| {
        options.limits.max_entries = 50;
        options.limits.search_threads = 1;
    });
    for n in 0..100 {
        desk.put(&format!("d{}/f{n}.txt", n % 10), "needle\n");
    }
    assert_eq!(
        desk.workspace.glob(&GlobQuery::new("**")).unwrap().cut,
        Some(Cut::Entries)
    );
    let desk = Desk::with(|options| options.limits.max_search_ms = 0);
    desk.put("a.txt", "needle");
    std::thread::sleep(std::time::Duration::from_millis(2));
    assert_eq!(
        desk.workspace.grep(&GrepQuery::new("needle")).unwrap().cut,
        Some(Cut::Time)
    );
    let desk = Desk::new();
    for n in 0..30 {
        desk.put(&format!("f{n:02}.txt"), "needle\nneedle\n");
    }
    let found = desk
        .workspace
        .grep(&GrepQuery {
            output: GrepOutput::Content,
            head_limit: 5,
            ..GrepQuery::new("needle")
        })
        .unwrap();
    let lines: Vec<usize> = found.files.iter().map(|file| file.lines.len()).collect();
    assert_eq!((lines, found.total_files, found.truncated), (vec![2, 2, 1], 30, true));
}

#[test]
fn every_grant_is_searched() {
    let desk = sample();
    std::fs::write(desk.outside().join("more.csv"), "Total: 9\n").unwrap();
    desk.workspace
        .add_grant(grant("more", &desk.outside(), GrantMode::ReadOnly))
        .unwrap();
    assert_eq!(desk.workspace.glob(&GlobQuery::new("*.csv")).unwrap().total, 5);
    let found = desk.workspace.grep(&GrepQuery::new("Total: 9")).unwrap();
    assert_eq!(found.files[0].path, GuestPath::new("/mnt/more/more.csv"));
}

/// The same files as ripgrep finds, on a tree of some size.
#[test]
fn finds_what_ripgrep_finds() {
    let Ok(rg) = std::process::Command::new("rg").arg("--version").output() else {
        return;
    };
    assert!(rg.status.success());
    let desk = Desk::new();
    for n in 0..300_u32 {
        desk.put(
            &format!("a{}/b{}/f{n}.txt", n % 7, n % 11),
            &format!("row {n}\nvalue {}\n", n.wrapping_mul(2_654_435_761) % 1000),
        );
    }
    for pattern in ["value 1", "^row .*7$", "7\\d\\d$"] {
        let out = std::process::Command::new("rg")
            .args(["-l", "--no-ignore", pattern])
            .current_dir(desk.work())
            .output()
            .unwrap();
        let mut expected: Vec<String> = String::from_utf8(out.stdout)
            .unwrap()
            .lines()
            .map(|line| format!("/mnt/work/{line}"))
            .collect();
        expected.sort();
        let query = GrepQuery {
            head_limit: 1000,
            ..GrepQuery::new(pattern)
        };
        let mut found: Vec<String> = desk
            .workspace
            .grep(&query)
            .unwrap()
            .files
            .into_iter()
            .map(|f| f.path.to_string())
            .collect();
        found.sort();
        assert_eq!(found, expected, "{pattern}");
    }
}
