//! Windows and macOS: the system's own dialogs.

use std::thread;

use rfd::{AsyncMessageDialog, MessageButtons, MessageDialogResult, MessageLevel};

use super::Question;

/// Shows the question; for the main thread.
pub fn show(question: Question, answer: impl FnOnce(bool) + Send + 'static) {
    let Question { title, text, yes, no } = question;
    let buttons = match no {
        Some(no) => MessageButtons::OkCancelCustom(yes.clone(), no),
        None => MessageButtons::OkCustom(yes.clone()),
    };
    let shown = AsyncMessageDialog::new()
        .set_level(MessageLevel::Warning)
        .set_title(title)
        .set_description(text)
        .set_buttons(buttons)
        .show();
    thread::spawn(move || {
        // Some systems name the button, others say which of the two it was.
        answer(match tauri::async_runtime::block_on(shown) {
            MessageDialogResult::Ok | MessageDialogResult::Yes => true,
            MessageDialogResult::Custom(chosen) => chosen == yes,
            _ => false,
        });
    });
}
