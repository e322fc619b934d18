//! Questions that need an answer when there is no page to ask them.

use std::thread;

use rfd::{AsyncMessageDialog, MessageButtons, MessageDialogResult, MessageLevel};
use tauri::AppHandle;

/// Asks; `answer` gets whether `yes` was chosen. Returns at once.
pub fn ask(app: &AppHandle, title: &str, text: &str, yes: &str, no: &str, answer: impl FnOnce(bool) + Send + 'static) {
    let said_yes = yes.to_owned();
    let buttons = MessageButtons::OkCancelCustom(yes.to_owned(), no.to_owned());
    open(app, title, text, buttons, move |result| {
        // Some systems name the button, others say which of the two it was.
        answer(match result {
            MessageDialogResult::Ok | MessageDialogResult::Yes => true,
            MessageDialogResult::Custom(chosen) => chosen == said_yes,
            _ => false,
        });
    });
}

/// Tells something.
pub fn tell(app: &AppHandle, title: &str, text: &str) {
    open(app, title, text, MessageButtons::Ok, |_| {});
}

fn open(
    app: &AppHandle,
    title: &str,
    text: &str,
    buttons: MessageButtons,
    then: impl FnOnce(MessageDialogResult) + Send + 'static,
) {
    let (title, text) = (title.to_owned(), printable(text));
    // It is made on the main thread and waited for on one of its own. Fails only when everything is about to end.
    let _ = app.run_on_main_thread(move || {
        let shown = AsyncMessageDialog::new()
            .set_level(MessageLevel::Warning)
            .set_title(title)
            .set_description(text)
            .set_buttons(buttons)
            .show();
        thread::spawn(move || then(tauri::async_runtime::block_on(shown)));
    });
}

/// GTK takes the text for a pattern of `printf`, and for one that ends at a zero byte.
fn printable(text: &str) -> String {
    let text = text.replace('\0', "");
    if cfg!(target_os = "linux") {
        text.replace('%', "%%")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn a_programs_words_are_no_pattern() {
        assert_eq!(printable("100 % full: %s%n\0"), "100 %% full: %%s%%n");
    }
}
