//! What the person asked to see: from a link, a file, a notification or a menu, as a page of the interface.
//!
//! A link comes from anywhere, so it only ever leads to a page: it starts nothing, answers nothing, and names no folder.
//! A file comes from the person's own file manager, so its folder is proposed; the person still has to start the task,
//! which is what grants the folder.

use std::path::{Path, PathBuf};

use url::Url;
use url::form_urlencoded::Serializer;

/// The longest text that a link may put into the composer, in characters.
const LONGEST_PROMPT: usize = 4000;

/// A page of the interface.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Route {
    /// Where it begins.
    Home,
    /// A task.
    Task(String),
    /// The composer, empty.
    New,
    /// The composer with a text that came from a link; the interface says so.
    Linked {
        /// The text.
        prompt: String,
    },
    /// The composer with a folder proposed.
    Folder {
        /// The folder, absolute.
        folder: PathBuf,
        /// The file that was opened; none when a folder was.
        file: Option<String>,
    },
}

impl Route {
    /// What a `deskhand:` link shows. None when it is not one that is understood.
    ///
    /// `deskhand://task/ID` and `deskhand://new?prompt=TEXT`; other parameters are left out.
    pub fn of_link(link: &str) -> Option<Self> {
        let url = Url::parse(link).ok().filter(|url| url.scheme() == "deskhand")?;
        match (url.host_str()?, url.path().trim_matches('/')) {
            ("task", id) if is_task_id(id) => Some(Self::Task(id.to_owned())),
            ("new", "") => {
                let prompt = url.query_pairs().find(|(key, _)| key == "prompt");
                let prompt = prompt.map(|(_, text)| plain(&text)).unwrap_or_default();
                Some(if prompt.is_empty() {
                    Self::New
                } else {
                    Self::Linked { prompt }
                })
            }
            ("open", "") => Some(Self::Home),
            _ => None,
        }
    }

    /// What a file or folder shows that the person opened with Deskhand.
    pub fn of_path(path: &Path) -> Option<Self> {
        if path.is_dir() {
            return Some(Self::Folder {
                folder: path.to_owned(),
                file: None,
            });
        }
        let folder = path.parent().filter(|folder| folder.is_dir())?;
        path.is_file().then(|| Self::Folder {
            folder: folder.to_owned(),
            file: path.file_name().map(|name| name.to_string_lossy().into_owned()),
        })
    }

    /// What one word of the command line shows: a link, the address of a file, or a path from the folder `from`.
    pub fn of_word(word: &str, from: &Path) -> Option<Self> {
        if word.starts_with('-') || word.is_empty() {
            return None;
        }
        if word.starts_with("deskhand:") {
            return Self::of_link(word);
        }
        match Url::parse(word) {
            Ok(url) if url.scheme() == "file" => Self::of_path(&url.to_file_path().ok()?),
            _ => Self::of_path(&from.join(word)),
        }
    }

    /// Path and query of the page.
    pub fn path(&self) -> String {
        let mut query = Serializer::new(String::new());
        match self {
            Self::Home | Self::New => return "/".to_owned(),
            Self::Task(id) => return format!("/tasks/{id}"),
            Self::Linked { prompt } => query.append_pair("from", "link").append_pair("prompt", prompt),
            Self::Folder { folder, file } => {
                query.append_pair("folder", &folder.to_string_lossy());
                query.extend_pairs(file.iter().map(|file| ("file", file)))
            }
        };
        format!("/?{}", query.finish())
    }
}

/// What the command line asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Arguments {
    /// The page.
    pub route: Option<Route>,
    /// Whether the window stays hidden, as after login.
    pub hidden: bool,
    /// Whether the one that runs is to end.
    pub quit: bool,
}

impl Arguments {
    /// Reads the command line without the program's own name. Of several files the first counts: a task has one place.
    pub fn read<S: AsRef<str>>(words: &[S], from: &Path) -> Self {
        let words = || words.iter().map(AsRef::as_ref);
        Self {
            route: words().find_map(|word| Route::of_word(word, from)),
            hidden: words().any(|word| word == HIDDEN),
            quit: words().any(|word| word == QUIT),
        }
    }
}

/// The argument with which the system starts the window at login.
pub const HIDDEN: &str = "--hidden";
/// The argument that ends the window that runs, from a desktop without a tray.
pub const QUIT: &str = "--quit";

fn is_task_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Text from a link without what could hide or reorder words in it.
fn plain(text: &str) -> String {
    let shown = |c: &char| {
        (!c.is_control() || *c == '\n')
            && !matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
    };
    let text: String = text.chars().filter(shown).take(LONGEST_PROMPT).collect();
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path_of(link: &str) -> Option<String> {
        Route::of_link(link).map(|route| route.path())
    }

    #[test]
    fn links_lead_to_pages() {
        for (link, path) in [
            ("deskhand://task/01JABC", "/tasks/01JABC"),
            ("deskhand://task/01JABC/", "/tasks/01JABC"),
            ("deskhand://new", "/"),
            ("deskhand://new?prompt=", "/"),
            (
                "deskhand://new?prompt=Sum%20up%20%26%20send",
                "/?from=link&prompt=Sum+up+%26+send",
            ),
            ("deskhand://open", "/"),
        ] {
            assert_eq!(path_of(link).as_deref(), Some(path), "{link}");
        }
    }

    #[test]
    fn links_start_nothing_and_name_no_folder() {
        assert_eq!(
            path_of("deskhand://new?folder=/home/me/Taxes&mode=skip&start=1&prompt=x").as_deref(),
            Some("/?from=link&prompt=x")
        );
        for link in [
            "deskhand://task/",
            "deskhand://task/../../settings/models",
            "deskhand://task/a?b",
            "deskhand://task/a%2fb",
            "deskhand://task/a'b",
            "deskhand://start?prompt=x",
            "deskhand://new/x",
            "deskhand:task/1",
            "https://task/1",
            "",
        ] {
            // What follows `?` in a task's link is dropped, never carried on.
            let expected = (link == "deskhand://task/a?b").then_some("/tasks/a");
            assert_eq!(path_of(link).as_deref(), expected, "{link}");
        }
    }

    #[test]
    fn a_links_text_is_what_it_looks_like() {
        let link = "deskhand://new?prompt=a%00b%E2%80%AEc%E2%80%8Bd%0Ae%F3%A0%81%81";
        assert_eq!(
            Route::of_link(link),
            Some(Route::Linked {
                prompt: "abcd\ne".to_owned()
            })
        );
        let long = format!("deskhand://new?prompt={}", "x".repeat(9000));
        assert_eq!(
            Route::of_link(&long),
            Some(Route::Linked {
                prompt: "x".repeat(LONGEST_PROMPT)
            })
        );
    }

    #[test]
    fn the_command_line_is_read() {
        let read = |words: &[&str]| Arguments::read(words, Path::new("/nowhere"));
        let route = Some(Route::Task("1".to_owned()));
        assert_eq!(
            read(&["--hidden"]),
            Arguments {
                route: None,
                hidden: true,
                quit: false
            }
        );
        assert!(read(&["--quit"]).quit && !read(&["--quite", "deskhand://quit"]).quit);
        assert_eq!(
            read(&["--unknown", "gone.csv", "deskhand://task/1", "deskhand://new"]),
            Arguments {
                route,
                hidden: false,
                quit: false
            }
        );
        assert_eq!(
            read(&[]),
            Arguments {
                route: None,
                hidden: false,
                quit: false
            }
        );
    }
}
