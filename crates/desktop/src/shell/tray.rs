//! The icon in the tray and its menu.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tauri::AppHandle;
use tauri::menu::{CheckMenuItem, Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::TrayIconBuilder;

use super::{dialog, show};
use crate::login;
use crate::route::Route;
use crate::words;

const OPEN: &str = "open";
const NEW: &str = "new";
const LOGIN: &str = "login";
const QUIT: &str = "quit";

/// Puts the icon into the tray; returns whether there is one. `shortcut` stands beside what it does.
pub fn build(app: &AppHandle, shortcut: Option<&str>) -> bool {
    // On Linux the library of tray icons is looked for at this moment, and the binding panics when it is missing.
    catch_unwind(AssertUnwindSafe(|| try_build(app, shortcut))).is_ok_and(|built| built.is_ok())
}

fn try_build(app: &AppHandle, shortcut: Option<&str>) -> tauri::Result<()> {
    let open = MenuItem::with_id(app, OPEN, words::tray::OPEN, true, None::<&str>)?;
    let new = MenuItem::with_id(app, NEW, words::tray::NEW, true, shortcut)?;
    let quit = MenuItem::with_id(app, QUIT, words::tray::QUIT, true, None::<&str>)?;
    let menu = Menu::with_items(app, &[&open, &new, &PredefinedMenuItem::separator(app)?])?;
    let login = login::is_on()
        .map(|starts| CheckMenuItem::with_id(app, LOGIN, words::tray::LOGIN, true, starts, None::<&str>))
        .transpose()?;
    if let Some(login) = &login {
        menu.append(login)?;
    }
    menu.append_items(&[&PredefinedMenuItem::separator(app)?, &quit])?;

    let mut tray = TrayIconBuilder::with_id("main")
        .tooltip(words::NAME)
        .menu(&menu)
        .on_menu_event(move |app, event| match event.id().as_ref() {
            OPEN => show(app, None),
            NEW => show(app, Some(Route::New)),
            LOGIN => {
                if let Some(login) = &login {
                    switch_login(app, login);
                }
            }
            QUIT => super::quit(app),
            _ => {}
        });
    if let Some(icon) = app.default_window_icon() {
        tray = tray.icon(icon.clone());
    }
    #[cfg(windows)]
    {
        use tauri::tray::{MouseButton, MouseButtonState, TrayIconEvent};
        tray = tray.show_menu_on_left_click(false).on_tray_icon_event(|tray, event| {
            if let TrayIconEvent::Click {
                button: MouseButton::Left,
                button_state: MouseButtonState::Up,
                ..
            } = event
            {
                show(tray.app_handle(), None);
            }
        });
    }
    tray.build(app)?;
    Ok(())
}

/// Whether anybody shows tray icons: some desktops do not, and then the icon that was built is nowhere.
#[cfg(target_os = "linux")]
pub fn is_shown() -> bool {
    use gtk::gio::{BusType, Cancellable, DBusCallFlags, bus_get_sync};
    use gtk::glib::variant::ToVariant;

    const PATIENCE_MS: i32 = 1000;
    let Ok(bus) = bus_get_sync(BusType::Session, Cancellable::NONE) else {
        return false;
    };
    let answer = bus.call_sync(
        Some("org.freedesktop.DBus"),
        "/org/freedesktop/DBus",
        "org.freedesktop.DBus",
        "NameHasOwner",
        Some(&("org.kde.StatusNotifierWatcher",).to_variant()),
        None,
        DBusCallFlags::NONE,
        PATIENCE_MS,
        Cancellable::NONE,
    );
    answer.is_ok_and(|answer| answer.get::<(bool,)>() == Some((true,)))
}

/// These systems always show tray icons.
#[cfg(not(target_os = "linux"))]
pub fn is_shown() -> bool {
    true
}

/// Makes the system do what the menu now says, or the menu say what the system does.
fn switch_login(app: &AppHandle, entry: &CheckMenuItem<tauri::Wry>) {
    if let Err(error) = login::switch(entry.is_checked().unwrap_or(false)) {
        let _ = entry.set_checked(login::is_on().unwrap_or(false));
        dialog::tell(app, words::tray::LOGIN, &words::tray::login_refused(&error.to_string()));
    }
}
