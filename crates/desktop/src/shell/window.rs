//! The one window, and what its page may do.

use std::path::Path;

use tauri::webview::{DownloadEvent, NewWindowResponse, PermissionKind, PermissionResponse};
use tauri::{AppHandle, Manager, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder, WindowEvent};

use super::{Shell, closed, locked, notifications};
use crate::link::Link;
use crate::navigation::{NewWindow, may_save, may_show, new_window};
use crate::route::Route;
use crate::words;

const LABEL: &str = "main";

fn there_is(app: &AppHandle) -> Option<WebviewWindow> {
    app.get_webview_window(LABEL)
}

/// Where the service is now; it moves when it is started again.
fn home(app: &AppHandle) -> Option<Url> {
    locked(&app.state::<Shell>().link)
        .as_ref()
        .map(|link| link.home().clone())
}

/// Shows a page of the service at `link`, in the window there is or in a new one. For the main thread.
///
/// # Errors
/// When the system can make no window.
pub fn open(app: &AppHandle, link: &Link, route: &Route, hidden: bool) -> tauri::Result<()> {
    let url = link.opening(&route.path());
    if let Some(window) = there_is(app) {
        window.navigate(url)?;
        return if hidden { Ok(()) } else { present(&window) };
    }
    let (navigating, asking, saving) = (app.clone(), app.clone(), app.clone());
    let window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::External(url))
        .title(words::NAME)
        .inner_size(1280.0, 840.0)
        .min_inner_size(380.0, 480.0)
        .visible(!hidden)
        // The page has its own places to drop files on.
        .disable_drag_drop_handler()
        .on_navigation(move |url| home(&navigating).is_some_and(|home| may_show(url, &home)))
        .on_new_window(move |url, _| {
            ask_for(&asking, &url);
            NewWindowResponse::Deny
        })
        .on_download(move |_, event| save(&saving, event))
        .on_permission_request(|_, kind| match kind {
            PermissionKind::ClipboardRead => PermissionResponse::Default,
            _ => PermissionResponse::Deny,
        })
        .on_document_title_changed(|window, title| {
            let title = if title.trim().is_empty() { words::NAME } else { &title };
            let _ = window.set_title(title);
        })
        .build()?;
    let app = app.clone();
    window.on_window_event(move |event| {
        if let WindowEvent::CloseRequested { api, .. } = event {
            api.prevent_close();
            closed(&app);
        }
    });
    Ok(())
}

/// Brings the window to the front, with a page if one is given. Returns false when there is no window yet.
pub fn show(app: &AppHandle, route: Option<&Route>) -> bool {
    let Some(window) = there_is(app) else { return false };
    if let Some(route) = route {
        go(&window, &route.path());
    }
    // A window that the system does not bring forward is still there.
    let _ = present(&window);
    true
}

/// Hides the window.
pub fn hide(app: &AppHandle) {
    if let Some(window) = there_is(app) {
        let _ = window.hide();
    }
}

/// Whether the person is looking at the window.
pub fn has_focus(app: &AppHandle) -> bool {
    there_is(app).is_some_and(|window| window.is_visible().unwrap_or(false) && window.is_focused().unwrap_or(false))
}

fn present(window: &WebviewWindow) -> tauri::Result<()> {
    window.show()?;
    window.unminimize()?;
    window.set_focus()
}

/// Leads the page to `path` as a click on one of its own links does, so that nothing in it is lost.
fn go(window: &WebviewWindow, path: &str) {
    let path = serde_json::Value::from(path);
    let script = format!("history.pushState(null, '', {path}); dispatchEvent(new PopStateEvent('popstate'));");
    let _ = window.eval(script);
}

/// The page asked for a new window.
fn ask_for(app: &AppHandle, url: &Url) {
    let Some(home) = home(app) else { return };
    match new_window(url, &home) {
        NewWindow::Here => {
            if let Some(window) = there_is(app) {
                let _ = window.navigate(url.clone());
            }
        }
        NewWindow::System => open_outside(url.as_str()),
        NewWindow::Refused => {}
    }
}

fn open_outside(what: &str) {
    if opener::open(what).is_err() {
        notifications::show(words::page::NOTHING_OPENED, words::page::NO_PROGRAM, || {});
    }
}

/// The page asked to save a file, or it was saved.
fn save(app: &AppHandle, event: DownloadEvent<'_>) -> bool {
    match event {
        DownloadEvent::Requested { url, .. } => home(app).is_some_and(|home| may_save(&url, &home)),
        DownloadEvent::Finished { path, success, .. } => {
            saved(path.as_deref(), success);
            true
        }
        _ => false,
    }
}

fn saved(path: Option<&Path>, success: bool) {
    let name = path
        .and_then(Path::file_name)
        .map(|name| name.to_string_lossy().into_owned());
    let name = name.unwrap_or_else(|| words::page::A_FILE.to_owned());
    if !success {
        return notifications::show(words::page::NOT_SAVED, &words::page::not_saved(&name), || {});
    }
    let folder = path
        .and_then(Path::parent)
        .map(|folder| folder.to_string_lossy().into_owned());
    let text = words::page::saved(&name, folder.as_deref());
    notifications::show(words::page::SAVED, &text, move || {
        if let Some(folder) = folder {
            open_outside(&folder);
        }
    });
}
