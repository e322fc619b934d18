//! Linux: GTK, on the thread that Tauri runs it on.

use std::cell::Cell;

use gtk::prelude::{DialogExt, GtkWindowExt, MessageDialogExt, WidgetExt};
use gtk::{ButtonsType, DialogFlags, MessageDialog, MessageType, ResponseType};

use super::Question;

/// Shows the question; for the main thread.
pub fn show(question: Question, answer: impl FnOnce(bool) + 'static) {
    let Question { title, text, yes, no } = question;
    let dialog = MessageDialog::new(
        None::<&gtk::Window>,
        DialogFlags::empty(),
        MessageType::Warning,
        ButtonsType::None,
        &title,
    );
    dialog.set_title(&title);
    dialog.set_secondary_text(Some(&text));
    dialog.add_button(&yes, ResponseType::Accept);
    if let Some(no) = no {
        dialog.add_button(&no, ResponseType::Cancel);
    }
    dialog.set_default_response(ResponseType::Accept);
    let answer = Cell::new(Some(answer));
    dialog.connect_response(move |dialog, response| {
        if let Some(answer) = answer.take() {
            dialog.close();
            answer(response == ResponseType::Accept);
        }
    });
    dialog.show_all();
    dialog.present();
}
