//! The application's stream: what changes anywhere.

use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::time::Duration;

use axum::{
    extract::State,
    middleware::from_fn,
    response::sse::{Event, KeepAlive, Sse},
};
use futures_util::Stream;
use tokio::sync::watch;

use crate::{
    api::{AppUpdate, InboxEntry, Job, TaskHead},
    described::{Routes, routes},
    overview::Glance,
    socket,
    state::Shared,
};

/// How often everything is looked at when nothing here says that something is new.
const LOOK: Duration = Duration::from_secs(2);
/// The least time between two looks: a busy task changes its line many times a second.
const REST: Duration = Duration::from_millis(200);

pub(super) fn routes() -> Routes {
    Routes::new()
        .routes(routes!(events))
        .around(|routes| routes.route_layer(from_fn(socket::carry)))
}

/// What changes anywhere: messages `app` ([`AppUpdate`]). Tells only changes; lists are fetched first, and again after
/// the connection was lost.
#[utoipa::path(get, path = "/events",
    responses((status = 200, body = AppUpdate, content_type = "text/event-stream")))]
async fn events(State(shared): State<Shared>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let listener = Listener {
        news: shared.desk.watch(),
        moved: shared.jobs.watch(),
        settings: shared.jobs.settings(),
        shared,
        heads: None,
        inbox: Vec::new(),
        jobs: Vec::new(),
        next: VecDeque::new(),
    };
    let stream = futures_util::stream::unfold(listener, |mut listener| async move {
        let update = listener.next().await;
        let event = Event::default().event("app").json_data(update).ok()?;
        Some((Ok(event), listener))
    });
    Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}

struct Listener {
    shared: Shared,
    news: watch::Receiver<u64>,
    moved: watch::Receiver<u64>,
    /// What the listener knows; nothing yet at the beginning.
    heads: Option<HashMap<String, TaskHead>>,
    inbox: Vec<InboxEntry>,
    jobs: Vec<Job>,
    settings: u64,
    next: VecDeque<AppUpdate>,
}

impl Listener {
    async fn next(&mut self) -> AppUpdate {
        loop {
            if let Some(update) = self.next.pop_front() {
                return update;
            }
            // A look that fails is made again; the listener misses nothing by it.
            if let Ok(glance) = self.shared.blocking(|shared| shared.overview.look()).await {
                self.compare(glance);
            }
            for job in self.shared.jobs.all() {
                if !self.jobs.contains(&job) {
                    self.next.push_back(AppUpdate::Job { job });
                }
            }
            self.jobs = self.shared.jobs.all();
            let settings = self.shared.jobs.settings();
            if settings != self.settings {
                self.settings = settings;
                self.next.push_back(AppUpdate::Settings);
            }
            if self.next.is_empty() {
                tokio::select! {
                    _ = self.news.changed() => {}
                    _ = self.moved.changed() => {}
                    () = tokio::time::sleep(LOOK) => {}
                }
            } else {
                tokio::time::sleep(REST).await;
            }
        }
    }

    fn compare(&mut self, glance: Glance) {
        let first = self.heads.is_none();
        let known = self.heads.get_or_insert_default();
        for head in glance.heads {
            if known.get(&head.id) != Some(&head) {
                known.insert(head.id.clone(), head.clone());
                if !first {
                    self.next.push_back(AppUpdate::Task { head });
                }
            }
        }
        if self.inbox != glance.inbox {
            self.inbox.clone_from(&glance.inbox);
            self.next.push_back(AppUpdate::Inbox { entries: glance.inbox });
        }
    }
}
