//! What this program says by itself: all of its sentences. What the interface says is the interface's.

/// The product.
pub const NAME: &str = "Deskhand";

/// The tray's menu.
pub mod tray {
    /// Shows the window.
    pub const OPEN: &str = "Open Deskhand";
    /// Shows the window with a new task.
    pub const NEW: &str = "New task";
    /// Whether the system starts Deskhand.
    pub const LOGIN: &str = "Start at login";
    /// Ends everything.
    pub const QUIT: &str = "Quit";

    /// The system did not switch starting at login.
    pub fn login_refused(why: &str) -> String {
        format!("The system did not take it: {why}.\n\nNothing was changed.")
    }
}

/// Starting at login, on the command line.
pub mod login {
    /// What the system shows beside its entry.
    pub const COMMENT: &str = "Starts Deskhand in the tray";
    /// It is on.
    pub const ON: &str = "Deskhand starts at login, in the tray.";
    /// It is off.
    pub const OFF: &str = "Deskhand no longer starts at login.";
    /// Neither on nor off was said.
    pub const UNCLEAR: &str = "--start-at-login takes “on” or “off”. Nothing was changed.";
}

/// Closing the window, and quitting.
pub mod closing {
    /// The window is hidden, and tasks go on.
    pub const GOES_ON: &str = "Deskhand keeps working";
    /// The way back is the icon.
    pub const BY_ICON: &str = "Tasks go on while the window is closed. Its icon in the tray opens it again, or quits.";
    /// There is no icon.
    pub const BY_START: &str = "Tasks go on while the window is closed. Start Deskhand again to see it; \
                                “deskhand-desktop --quit” ends it.";
    /// Before tasks are interrupted.
    pub const ASK: &str = "Quit Deskhand?";
    /// Yes.
    pub const QUIT: &str = "Quit";
    /// No.
    pub const STAY: &str = "Keep working";

    /// What quitting does to tasks that are being worked on.
    pub fn interrupts(tasks: usize) -> String {
        let tasks = match tasks {
            1 => "One task is being worked on. It stops".to_owned(),
            many => format!("{many} tasks are being worked on. They stop"),
        };
        format!("{tasks} now and can go on when Deskhand runs again. Nothing is lost.")
    }
}

/// The service.
pub mod service {
    /// There is none.
    pub const NOT_RUNNING: &str = "Deskhand is not running";
    /// One more try.
    pub const AGAIN: &str = "Start again";
    /// The program that serves is missing.
    pub const NOT_FOUND: &str = "The program “deskhand” was not found: it belongs beside this one.\n\n\
                                 Install Deskhand again, or name the program in DESKHAND_BIN.";

    /// It could not be started.
    pub fn not_started(why: &str) -> String {
        format!(
            "{why}\n\nYour files and tasks were not changed. Try again; if it stays so, run “deskhand serve” in a \
             terminal to see more."
        )
    }

    /// It ended while the window was open; `how` is a sentence, or nothing.
    pub fn stopped(how: &str) -> String {
        format!(
            "Deskhand's service has stopped. {how}\n\nNothing is lost: tasks go on where they were when it runs again."
        )
    }

    /// There is a service, and no window to show it in.
    pub fn no_window(why: &str) -> String {
        format!("The window could not be shown: {why}.")
    }
}

/// Links and saved files.
pub mod page {
    /// No program of the system takes a link.
    pub const NOTHING_OPENED: &str = "Nothing opened";
    /// Why.
    pub const NO_PROGRAM: &str = "This computer has no program for this link.";
    /// A file was saved.
    pub const SAVED: &str = "Saved";
    /// A file was not saved.
    pub const NOT_SAVED: &str = "Not saved";
    /// A file whose name is not known.
    pub const A_FILE: &str = "The file";

    /// Which one was not saved.
    pub fn not_saved(name: &str) -> String {
        format!("{name} could not be saved.")
    }

    /// Which one was saved, and where, if that is known.
    pub fn saved(name: &str, folder: Option<&str>) -> String {
        folder.map_or_else(|| name.to_owned(), |folder| format!("{name} in {folder}"))
    }
}

/// Dialogs and notifications.
pub mod dialog {
    /// There is nothing to decide.
    pub const CLOSE: &str = "Close";
    /// The notification's own button.
    pub const OPEN: &str = "Open";
}

/// What a task did while nobody looked.
pub mod notice {
    /// It waits for an answer.
    pub const WAITING: &str = "Deskhand needs your answer";
    /// It is done.
    pub const DONE: &str = "Done";
    /// It could not go on.
    pub const FAILED: &str = "A task could not go on";
    /// A limit was reached.
    pub const BUDGET: &str = "A task reached its budget";
    /// The policy refused what it is for.
    pub const REFUSED: &str = "A task was refused by your rules";
}
