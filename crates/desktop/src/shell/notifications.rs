//! Notifications of the system.

use std::thread;

use notify_rust::{Notification, NotificationResponse};

use crate::words;

/// Shows a notification; `opened` is called when the person clicks it. Without a service for notifications nothing
/// happens: what they say stands in the window too.
pub fn show(title: &str, body: &str, opened: impl FnOnce() + Send + 'static) {
    let mut notification = Notification::new();
    notification.appname(words::NAME).summary(title).body(&plain(body));
    #[cfg(all(unix, not(target_os = "macos")))]
    notification
        .icon("deskhand-desktop")
        .action("default", words::dialog::OPEN);
    #[cfg(windows)]
    notification.app_id(IDENTIFIER);
    // There the sender is named for the whole process, and only once.
    #[cfg(target_os = "macos")]
    let _ = notify_rust::set_application(IDENTIFIER);
    // Waiting for the click needs a thread: it ends when the notification does.
    thread::spawn(move || {
        if let Ok(shown) = notification.show() {
            let _ = shown.wait_for_response(move |response: &NotificationResponse| {
                if response.is_default_action() {
                    opened();
                }
            });
        }
    });
}

/// What `tauri.conf.json` calls the program.
#[cfg(any(windows, target_os = "macos"))]
const IDENTIFIER: &str = "org.deskhand.Deskhand";

/// On Linux a body may have markup, links among it; the title of a task is none.
fn plain(body: &str) -> String {
    if cfg!(all(unix, not(target_os = "macos"))) {
        body.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
    } else {
        body.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn a_title_is_no_markup() {
        assert_eq!(
            plain("<a href=\"http://x\">R&D</a>"),
            "&lt;a href=\"http://x\"&gt;R&amp;D&lt;/a&gt;"
        );
    }
}
