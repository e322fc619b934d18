//! The entry that desktops on Linux start at login, as the Desktop Entry Specification and the Desktop Application
//! Autostart Specification have it. Apart from the disk, so that its quoting can be tested.

use std::borrow::Cow;

use crate::route::HIDDEN;
use crate::words;

/// The entry's name in the folder `autostart`.
pub const NAME: &str = "Deskhand.desktop";

/// The entry that starts `program` hidden.
pub fn entry(program: &str) -> String {
    format!(
        "[Desktop Entry]\nType=Application\nName={}\nComment={}\nExec={} {HIDDEN}\nIcon=deskhand-desktop\n\
         Terminal=false\nStartupNotify=false\n",
        words::NAME,
        words::login::COMMENT,
        quoted(program),
    )
}

/// Whether an entry is in force: a desktop's own settings switch one off without removing it.
pub fn is_in_force(entry: &str) -> bool {
    let off = |line: &str| {
        let (key, value) = line.split_once('=').unwrap_or_default();
        matches!(
            (key.trim(), value.trim()),
            ("Hidden", "true") | ("X-GNOME-Autostart-enabled", "false")
        )
    };
    !entry.lines().any(off)
}

/// One word of `Exec`. Two layers: quotes with what is special in them escaped, then what is special in any value.
/// `%` begins a field code and is doubled.
fn quoted(word: &str) -> String {
    let inner = word.chars().map(|c| match c {
        '"' | '`' | '$' | '\\' => Cow::Owned(format!("\\{c}")),
        '%' => Cow::Borrowed("%%"),
        c => Cow::Owned(c.to_string()),
    });
    let value = format!("\"{}\"", inner.collect::<String>());
    value
        .replace('\\', "\\\\")
        .replace('\n', "\\n")
        .replace('\r', "\\r")
        .replace('\t', "\\t")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entry_is_what_the_specification_says() {
        assert_eq!(
            entry("/opt/My Apps/deskhand-desktop"),
            "[Desktop Entry]\n\
             Type=Application\n\
             Name=Deskhand\n\
             Comment=Starts Deskhand in the tray\n\
             Exec=\"/opt/My Apps/deskhand-desktop\" --hidden\n\
             Icon=deskhand-desktop\n\
             Terminal=false\n\
             StartupNotify=false\n"
        );
    }

    #[test]
    fn a_path_is_one_word_whatever_is_in_it() {
        for (path, word) in [
            ("/a b", r#""/a b""#),
            ("/a%f", r#""/a%%f""#),
            (r#"/a"b"#, r#""/a\\"b""#),
            ("/a$HOME`id`", r#""/a\\$HOME\\`id\\`""#),
            (r"/a\b", r#""/a\\\\b""#),
            ("/a\nExec=b", r#""/a\nExec=b""#),
            ("/a;b|c&d'e", r#""/a;b|c&d'e""#),
        ] {
            assert_eq!(quoted(path), word, "{path}");
        }
    }

    #[test]
    fn an_entry_that_a_desktop_switched_off_is_off() {
        let entry = entry("/a");
        assert!(is_in_force(&entry));
        for off in ["Hidden=true", "X-GNOME-Autostart-enabled = false"] {
            assert!(!is_in_force(&format!("{entry}{off}\n")), "{off}");
        }
        for on in ["Hidden=false", "X-GNOME-Autostart-enabled=true", "#Hidden", ""] {
            assert!(is_in_force(&format!("{entry}{on}\n")), "{on}");
        }
    }
}
