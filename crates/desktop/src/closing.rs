//! What closing the window does.

/// What is done when the person closes the window.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Closing {
    /// It is hidden; the icon in the tray brings it back, or quits.
    HideBehindIcon,
    /// It is hidden; starting Deskhand again brings it back, and `--quit` ends it.
    Hide,
    /// This program ends, and the service it did not begin goes on by itself.
    End,
}

impl Closing {
    /// By whether there is an icon to come back from, and whether the service was begun here and would end with this program.
    pub const fn of(has_icon: bool, own_service: bool) -> Self {
        match (has_icon, own_service) {
            (true, _) => Self::HideBehindIcon,
            (false, true) => Self::Hide,
            (false, false) => Self::End,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_that_was_begun_here_outlives_the_window() {
        assert_eq!(Closing::of(true, true), Closing::HideBehindIcon);
        assert_eq!(Closing::of(true, false), Closing::HideBehindIcon);
        assert_eq!(Closing::of(false, true), Closing::Hide, "without an icon, too");
        assert_eq!(Closing::of(false, false), Closing::End);
    }
}
