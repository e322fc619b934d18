//! Questions that need an answer when there is no page to ask them.

#[cfg_attr(target_os = "linux", path = "dialog/gtk.rs")]
#[cfg_attr(not(target_os = "linux"), path = "dialog/native.rs")]
mod system;

use tauri::AppHandle;

/// What is asked.
struct Question {
    title: String,
    text: String,
    /// The button that says yes.
    yes: String,
    /// The button that says no; none when there is nothing to decide.
    no: Option<String>,
}

/// Asks; `answer` gets whether `yes` was chosen, on any thread. Returns at once.
pub fn ask(app: &AppHandle, title: &str, text: &str, yes: &str, no: &str, answer: impl FnOnce(bool) + Send + 'static) {
    show(app, title, text, yes, Some(no), answer);
}

/// Tells something.
pub fn tell(app: &AppHandle, title: &str, text: &str) {
    show(app, title, text, crate::words::dialog::CLOSE, None, |_| {});
}

fn show(
    app: &AppHandle,
    title: &str,
    text: &str,
    yes: &str,
    no: Option<&str>,
    answer: impl FnOnce(bool) + Send + 'static,
) {
    let question = Question {
        title: title.to_owned(),
        // Systems take a text to its first zero byte.
        text: text.replace('\0', ""),
        yes: yes.to_owned(),
        no: no.map(str::to_owned),
    };
    // Fails only when everything is about to end.
    let _ = app.run_on_main_thread(move || system::show(question, answer));
}
