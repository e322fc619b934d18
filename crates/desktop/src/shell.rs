//! The running window: what it is made of, and what happens when.

mod dialog;
mod notifications;
mod tray;
mod window;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tauri::{App, AppHandle, Manager, RunEvent};
use tauri_plugin_global_shortcut::{GlobalShortcutExt, ShortcutState};

use crate::closing::Closing;
use crate::link::Link;
use crate::listener::{Heard, listen};
use crate::notices::{Notice, Notices};
use crate::program::Places;
use crate::route::{Arguments, Route};
use crate::service::Service;
use crate::words;

/// How long the service may take to say where it is: a first start on a slow disk.
const START: Duration = Duration::from_secs(30);
/// How long the service may take to end in good order.
const END: Duration = Duration::from_secs(10);
/// Shows the window with a new task, from wherever the person is.
const SHORTCUT: &str = "CmdOrCtrl+Shift+Space";

/// What is known while the window runs.
#[derive(Default)]
struct Shell {
    service: Mutex<Option<Service>>,
    /// Where the service is that the window shows.
    link: Mutex<Option<Link>>,
    notices: Mutex<Notices>,
    /// A page that was asked for before there was a service.
    asked_for: Mutex<Option<Route>>,
    /// Whether the window begins hidden.
    hidden: AtomicBool,
    /// Whether there is a tray icon to come back from.
    has_tray: AtomicBool,
    /// Whether the person knows that closing the window only hides it.
    knows_hiding: AtomicBool,
    /// Whether everything is about to end.
    quitting: AtomicBool,
}

/// A lock whose last holder panicked holds what it held.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Shows the window and runs until the person quits. When one runs already, that one is shown, and this returns.
///
/// # Errors
/// When the system offers no display, or no web view.
pub fn run() -> tauri::Result<()> {
    let words: Vec<String> = std::env::args_os()
        .skip(1)
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let arguments = Arguments::read(&words, &std::env::current_dir().unwrap_or_default());
    let shell = Shell {
        asked_for: Mutex::new(arguments.route),
        hidden: AtomicBool::new(arguments.hidden),
        ..Shell::default()
    };
    let app = tauri::Builder::default()
        // First, so that a second window does nothing before it is found to be the second.
        .plugin(tauri_plugin_single_instance::init(|app, words, from| {
            let words = words.get(1..).unwrap_or_default();
            let arguments = Arguments::read(words, Path::new(&from));
            if arguments.quit {
                quit(app);
            } else {
                show(app, arguments.route);
            }
        }))
        .manage(shell)
        .setup(move |app| {
            if arguments.quit {
                // Nothing runs that could be ended.
                app.handle().exit(0);
            } else {
                set_up(app);
            }
            Ok(())
        })
        .build(tauri::generate_context!())?;
    app.run(on_event);
    Ok(())
}

/// What is beside the window is wanted, not needed: without it, the window works all the same.
fn set_up(app: &App) {
    let handle = app.handle();
    let shortcut = handle.plugin(tauri_plugin_global_shortcut::Builder::new().build()).is_ok()
        // Another program may have taken it; then the tray's menu does not promise it.
        && handle
            .global_shortcut()
            .on_shortcut(SHORTCUT, |app, _, event| {
                if event.state() == ShortcutState::Pressed {
                    show(app, Some(Route::New));
                }
            })
            .is_ok();
    let tray = tray::build(handle, shortcut.then_some(SHORTCUT));
    let shell = app.state::<Shell>();
    shell.has_tray.store(tray, Ordering::Relaxed);
    if !tray {
        // Nobody could find a window that begins hidden.
        shell.hidden.store(false, Ordering::Relaxed);
    }
    #[cfg(unix)]
    end_when_asked(handle);
    start(handle);
}

/// Ends in good order when the system asks for it, as at the end of a session.
#[cfg(unix)]
fn end_when_asked(app: &AppHandle) {
    use tokio::signal::unix::{SignalKind, signal};

    for kind in [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()] {
        let app = app.clone();
        tauri::async_runtime::spawn(async move {
            // Without it, the system ends this process and leaves the service, which the next window finds.
            if let Ok(mut asked) = signal(kind) {
                asked.recv().await;
                end(&app);
            }
        });
    }
}

/// Starts the service, or finds the one that runs, and shows its page.
fn start(app: &AppHandle) {
    let app = app.clone();
    thread::spawn(move || {
        let Some(program) = Places::here().find() else {
            return no_service(&app, words::service::NOT_FOUND);
        };
        match Service::start(&program, START) {
            Ok(service) => began(&app, service),
            Err(error) => no_service(&app, &words::service::not_started(&error.to_string())),
        }
    });
}

fn began(app: &AppHandle, service: Service) {
    let shell = app.state::<Shell>();
    let link = service.link().clone();
    let mut running = locked(&shell.service);
    if shell.quitting.load(Ordering::Relaxed) {
        drop(running);
        service.stop(END);
        return;
    }
    *running = Some(service);
    drop(running);
    *locked(&shell.link) = Some(link.clone());
    locked(&shell.notices).forget();
    let (handle, listened) = (app.clone(), link.clone());
    thread::spawn(move || listen(&listened, |heard| hear(&handle, &listened, heard)));
    let handle = app.clone();
    // Fails only when everything is about to end.
    let _ = app.run_on_main_thread(move || {
        let shell = handle.state::<Shell>();
        let route = locked(&shell.asked_for).take().unwrap_or(Route::Home);
        if let Err(error) = window::open(&handle, &link, &route, shell.hidden.swap(false, Ordering::Relaxed)) {
            no_service(&handle, &words::service::no_window(&error.to_string()));
        }
    });
}

/// Takes what the service at `link` said; returns whether that service still matters.
fn hear(app: &AppHandle, link: &Link, heard: Heard) -> bool {
    let shell = app.state::<Shell>();
    if shell.quitting.load(Ordering::Relaxed) || locked(&shell.link).as_ref() != Some(link) {
        return false;
    }
    let notices = match heard {
        Heard::List(heads) => locked(&shell.notices).list(heads),
        Heard::Head(head) => locked(&shell.notices).head(&head).into_iter().collect(),
        Heard::Gone => {
            gone(app);
            return false;
        }
    };
    if !window::has_focus(app) {
        for notice in notices {
            tell(app, notice);
        }
    }
    true
}

fn tell(app: &AppHandle, notice: Notice) {
    let app = app.clone();
    let Notice { task, title, body } = notice;
    notifications::show(&title, &body, move || show(&app, Some(Route::Task(task))));
}

fn gone(app: &AppHandle) {
    let shell = app.state::<Shell>();
    *locked(&shell.link) = None;
    let service = locked(&shell.service).take();
    let how = service.and_then(|mut service| {
        let how = service.ended();
        service.stop(END);
        how
    });
    no_service(app, &words::service::stopped(&how.unwrap_or_default()));
}

/// Says why there is no service, and offers to start one.
fn no_service(app: &AppHandle, reason: &str) {
    let handle = app.clone();
    dialog::ask(
        app,
        words::service::NOT_RUNNING,
        reason,
        words::service::AGAIN,
        words::closing::QUIT,
        move |again| {
            if again {
                start(&handle);
            } else {
                end(&handle);
            }
        },
    );
}

/// Shows the window, and a page if one is given. Callable from any thread.
fn show(app: &AppHandle, route: Option<Route>) {
    let handle = app.clone();
    let _ = app.run_on_main_thread(move || {
        let shell = handle.state::<Shell>();
        if !window::show(&handle, route.as_ref()) {
            // The window is about to be made.
            shell.hidden.store(false, Ordering::Relaxed);
            if route.is_some() {
                *locked(&shell.asked_for) = route;
            }
        }
    });
}

/// What closing the window does: it hides it, so that a service that was begun here goes on.
fn closed(app: &AppHandle) {
    let shell = app.state::<Shell>();
    let own = locked(&shell.service).as_ref().is_some_and(Service::is_own);
    let has_icon = shell.has_tray.load(Ordering::Relaxed) && tray::is_shown();
    let way_back = match Closing::of(has_icon, own) {
        Closing::HideBehindIcon => words::closing::BY_ICON,
        Closing::Hide => words::closing::BY_START,
        Closing::End => return quit(app),
    };
    window::hide(app);
    if !shell.knows_hiding.swap(true, Ordering::Relaxed) {
        let handle = app.clone();
        notifications::show(words::closing::GOES_ON, way_back, move || show(&handle, None));
    }
}

/// Ends everything, after asking when that would interrupt tasks.
fn quit(app: &AppHandle) {
    let shell = app.state::<Shell>();
    let own = locked(&shell.service).as_ref().is_some_and(Service::is_own);
    let working = if own { locked(&shell.notices).working() } else { 0 };
    if working == 0 {
        return end(app);
    }
    let handle = app.clone();
    let text = words::closing::interrupts(working);
    let (title, yes, no) = (words::closing::ASK, words::closing::QUIT, words::closing::STAY);
    dialog::ask(app, title, &text, yes, no, move |quit| {
        if quit {
            end(&handle);
        }
    });
}

/// Ends the service that was begun here, then the window.
fn end(app: &AppHandle) {
    let shell = app.state::<Shell>();
    if shell.quitting.swap(true, Ordering::Relaxed) {
        return;
    }
    window::hide(app);
    let app = app.clone();
    thread::spawn(move || {
        let service = locked(&app.state::<Shell>().service).take();
        if let Some(service) = service {
            service.stop(END);
        }
        app.exit(0);
    });
}

fn on_event(app: &AppHandle, event: RunEvent) {
    match event {
        // Without a window, Deskhand goes on; only `end` ends it.
        RunEvent::ExitRequested { code: None, api, .. } => api.prevent_exit(),
        #[cfg(target_os = "macos")]
        RunEvent::Opened { urls } => {
            let route = urls.iter().find_map(|url| Route::of_word(url.as_str(), Path::new("/")));
            show(app, route);
        }
        #[cfg(target_os = "macos")]
        RunEvent::Reopen { .. } => show(app, None),
        RunEvent::Exit => {
            // The session may end without asking `end`.
            let service = locked(&app.state::<Shell>().service).take();
            if let Some(service) = service {
                service.stop(END);
            }
        }
        _ => {}
    }
}
