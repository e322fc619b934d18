//! `serve`: the web interface, on loopback.

mod cache;
mod host;
mod instance;

use std::sync::Arc;

use anyhow::{Context as _, Result};
use deskhand_server::{OWNER, ServeOptions, Server};
use serde_json::json;

use self::{host::ThisComputer, instance::Instance};
use crate::{
    app::{self, Places},
    args::ServeArgs,
    exit::Exit,
    terminal::style,
};

/// `serve`
pub(crate) async fn serve(places: &Places, args: &ServeArgs, json: bool) -> Result<Exit> {
    let instance = match Instance::claim(places)? {
        Ok(instance) => instance,
        Err(running) => {
            tell(&running.url, running.port, running.pid, json);
            open(&running.url, args.open);
            return Ok(Exit::Done);
        }
    };
    // What a killed process left running takes memory tasks may need.
    let kept = deskhand_sandbox::image::Places::new(&places.cache);
    deskhand_sandbox::sweep(&kept);
    super::sandbox::tell_outdated(&kept);
    let engine = Arc::new(app::engine_of(places, OWNER)?);
    let host = Arc::new(ThisComputer::new(places.clone()));
    let options = ServeOptions {
        port: args.port,
        leave_cut_off: args.no_resume,
    };
    let server = Server::bind(engine, host, options)
        .await
        .with_context(|| format!("port {} cannot be used; nothing was started", args.port))?;
    let (url, port) = (server.link(), server.port()?);
    instance.announce(&url, port)?;
    // Before anybody knows of the server, so that nobody can end it otherwise.
    let end = told_to_end();
    tell(&url, port, std::process::id(), json);
    open(&url, args.open);
    server.run(end).await?;
    if !json {
        anstream::eprintln!("Deskhand has ended. Tasks that were in work go on when it is started again.");
    }
    Ok(Exit::Done)
}

fn tell(url: &str, port: u16, pid: u32, json: bool) {
    if json {
        anstream::println!("{}", json!({"url": url, "port": port, "pid": pid}));
    } else {
        anstream::println!("Deskhand is at {}{url}{}", style::GOOD, style::RESET);
        super::dim("Only you can open it: the link holds this run's key. Ctrl-C ends it.");
    }
}

fn open(url: &str, wanted: bool) {
    if wanted && let Err(error) = opener::open(url) {
        anstream::eprintln!("The browser could not be opened ({error}); open the link yourself.");
    }
}

/// Ctrl-C, or the system's wish. Listened for from the moment this is called.
fn told_to_end() -> impl Future<Output = ()> {
    #[cfg(unix)]
    let terminated = {
        use tokio::signal::unix::{SignalKind, signal};
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    };
    async move {
        #[cfg(unix)]
        if let (Ok(mut interrupted), Ok(mut terminated)) = terminated {
            tokio::select! {
                _ = interrupted.recv() => {}
                _ = terminated.recv() => {}
            }
            return;
        }
        let _ = tokio::signal::ctrl_c().await;
    }
}
