//! Where the window's page may go.
//!
//! In the window itself only the service's own pages are shown, also in frames. A link elsewhere never replaces them: it
//! has to be asked for as a new window, which the interface does after the person confirmed it and which a page cannot
//! do without a click; it is opened in the system's browser. So neither a hostile document in a preview nor a hole in
//! the interface carries anything away by navigating.

use url::Url;

/// What becomes of a request for a new window.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NewWindow {
    /// One of our pages: it is shown in the window there is.
    Here,
    /// A page of the web or a mail address: the system's own program opens it.
    System,
    /// Nothing happens.
    Refused,
}

/// Whether `url` may be shown in the window or one of its frames.
pub fn may_show(url: &Url, home: &Url) -> bool {
    // What a frame begins with before it has content, and what the interface wrote into it by itself.
    is_own(url, home) || matches!(url.as_str(), "about:blank" | "about:srcdoc")
}

/// What becomes of a request to show `url` in a new window.
pub fn new_window(url: &Url, home: &Url) -> NewWindow {
    match url.scheme() {
        _ if is_own(url, home) => NewWindow::Here,
        // Without a name and a password: those are there to mislead, or would be given away.
        "http" | "https" if url.username().is_empty() && url.password().is_none() => NewWindow::System,
        "mailto" => NewWindow::System,
        _ => NewWindow::Refused,
    }
}

/// Whether `url` may be saved as a file.
pub fn may_save(url: &Url, home: &Url) -> bool {
    is_own(url, home)
}

/// A page of the service, or a piece of data that such a page made (`blob:`, whose origin is its maker's).
fn is_own(url: &Url, home: &Url) -> bool {
    matches!(url.scheme(), "http" | "blob") && url.origin() == home.origin() && url.username().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: &str = "http://127.0.0.1:4711/";

    fn decided(url: &str) -> (bool, NewWindow, bool) {
        let (url, home) = (Url::parse(url).unwrap(), Url::parse(HOME).unwrap());
        (may_show(&url, &home), new_window(&url, &home), may_save(&url, &home))
    }

    #[test]
    fn our_pages_are_shown() {
        for url in [
            "http://127.0.0.1:4711/",
            "http://127.0.0.1:4711/tasks/1?x#y",
            "blob:http://127.0.0.1:4711/0a1b",
        ] {
            assert_eq!(decided(url), (true, NewWindow::Here, true), "{url}");
        }
        for url in ["about:blank", "about:srcdoc"] {
            assert_eq!(decided(url), (true, NewWindow::Refused, false), "{url}");
        }
    }

    #[test]
    fn other_pages_are_left_to_the_system() {
        for url in [
            "https://example.org/",
            "http://example.org/a?b",
            "http://127.0.0.1:4712/",
            "http://localhost:4711/",
            "https://127.0.0.1:4711/",
            "http://127.0.0.1.example.org:4711/",
            "mailto:a@example.org",
        ] {
            assert_eq!(decided(url), (false, NewWindow::System, false), "{url}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for url in [
            "file:///etc/passwd",
            "javascript:alert(1)",
            "data:text/html,x",
            "deskhand://tasks/1",
            "tauri://localhost/",
            "blob:https://example.org/1",
            "blob:null/1",
            "about:config",
            "ftp://127.0.0.1:4711/",
            "http://127.0.0.1:4711@example.org/",
            "http://me:secret@example.org/",
            "http://me@127.0.0.1:4711/",
        ] {
            assert_eq!(decided(url), (false, NewWindow::Refused, false), "{url}");
        }
    }
}
