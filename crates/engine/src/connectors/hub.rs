//! The sessions with servers, for as long as the program runs; to tasks, one connector with the tools of all.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use async_trait::async_trait;
use deskhand_mcp::{Place, Standing, Tokens, Tool, directory, name};
use deskhand_types::{BlobStore, Code, ToolDef, ToolOutcome, ToolRule};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::{
    book::{Book, Entry},
    brought,
    confine::Place as Surroundings,
    guest::Keep,
    live::Live,
    meanwhile::Meanwhile,
    names::call_name,
    outcome,
    reach::{Eras, Falls},
    way_out::WayOut,
};
use crate::{ConnectedTool, Connector, models::Environment, plugins::Plugins};

/// What a hub is made of.
pub(crate) struct HubConfig {
    /// Deskhand's data folder; the folders of local servers are in it.
    pub home: PathBuf,
    /// Where programs are and what keeps them apart.
    pub place: Surroundings,
    /// Variables of this program, for configurations that name them.
    pub env: Environment,
    /// Where tokens and secret variables are kept.
    pub tokens: Arc<dyn Tokens>,
    /// The way out to the network.
    pub out: Arc<WayOut>,
    /// Where large results are kept.
    pub blobs: Arc<dyn BlobStore>,
}

/// A place for one session.
#[derive(Default)]
pub(crate) struct Slot {
    pub live: tokio::sync::Mutex<Option<Arc<Live>>>,
    /// How the last try to open it ended: nothing, or why it failed.
    pub last: RwLock<Option<String>>,
    /// When its program ended by itself.
    pub falls: Falls,
}

/// What is decided, and the connectors that makes: worked out when they are first asked for, since that reads every plugin.
#[derive(Default)]
pub(crate) struct Known {
    pub book: Book,
    entries: OnceLock<Arc<[Entry]>>,
}

/// The sessions.
pub(crate) struct Hub {
    pub config: HubConfig,
    /// How servers were spoken to.
    pub eras: Eras,
    plugins: Arc<Plugins>,
    known: RwLock<Arc<Known>>,
    slots: RwLock<BTreeMap<String, Arc<Slot>>>,
}

impl Hub {
    /// A hub with nothing open.
    pub fn new(config: HubConfig, plugins: Arc<Plugins>) -> Self {
        Self {
            eras: Eras::new(&config.home),
            config,
            plugins,
            known: RwLock::default(),
            slots: RwLock::default(),
        }
    }

    /// What is decided now.
    pub fn known(&self) -> Arc<Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes in what is decided now. Plugins are looked at anew, too.
    pub fn know(&self, book: Book) {
        let known = Known {
            book,
            ..Known::default()
        };
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(known);
    }

    /// All connectors.
    pub fn entries(&self) -> Arc<[Entry]> {
        let known = self.known();
        let work_out = || {
            let brought = brought::servers(&self.plugins);
            known.book.entries(&brought).into()
        };
        known.entries.get_or_init(work_out).clone()
    }

    /// One of them, under any name it has.
    pub fn entry(&self, name: &str) -> Option<Entry> {
        let called = |entry: &&Entry| entry.name == name || entry.aliases.iter().any(|alias| alias == name);
        self.entries().iter().find(called).cloned()
    }

    /// Its place.
    pub fn slot(&self, name: &str) -> Arc<Slot> {
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        slots.entry(name.to_owned()).or_default().clone()
    }

    /// Whether there is a session now.
    pub fn is_open(&self, name: &str) -> bool {
        self.open(name).is_some()
    }

    fn open(&self, name: &str) -> Option<Arc<Live>> {
        let open = self.slot(name).live.try_lock().ok().and_then(|live| live.clone());
        open.filter(|live| !live.connection.is_closed())
    }

    /// How many tools of a server are not as they were approved, when there is a session that tells. Nothing is opened.
    pub async fn changed(&self, entry: &Entry) -> usize {
        let Some(live) = self.open(&entry.name) else {
            return 0;
        };
        let changed = |tool: &&Tool| matches!(entry.pins.standing(tool, Some(&live.identity)), Standing::Changed(_));
        live.tools()
            .await
            .map_or(0, |list| list.tools.iter().filter(changed).count())
    }

    /// Ends the sessions that were opened with something else than what is decided now: of plugins that were updated, for
    /// one. The next call opens them anew.
    pub async fn close_outdated(&self) {
        let names: Vec<String> = {
            let slots = self.slots.read().unwrap_or_else(PoisonError::into_inner);
            slots.keys().cloned().collect()
        };
        let entries = self.entries();
        for name in names {
            let now = entries.iter().find(|entry| entry.name == name && !entry.disabled);
            let is_wanted = self
                .open(&name)
                .is_none_or(|live| now.is_some_and(|entry| entry.session_mark() == live.mark));
            if !is_wanted {
                self.close(&name).await;
            }
        }
    }

    /// Ends a session, if there is one.
    pub async fn close(&self, name: &str) {
        let slot = self.slot(name);
        let live = slot.live.lock().await.take();
        *slot.last.write().unwrap_or_else(PoisonError::into_inner) = None;
        if let Some(live) = live.and_then(Arc::into_inner) {
            live.close().await;
        }
    }

    /// The connector and the tool that a model's name means: as it was offered, or as skills of another program write it.
    fn find(&self, called: &str) -> Option<(Entry, Tool)> {
        let entries = self.entries();
        let exact = |entry: &Entry, tool: &Tool| {
            call_name(&entry.name, &tool.name) == called
                || entry.aliases.iter().any(|alias| call_name(alias, &tool.name) == called)
        };
        let by_alias = |entry: &Entry, tool: &Tool| {
            name::hosted(called)
                .is_some_and(|(words, wanted)| name::sanitize(&tool.name) == wanted && entry.answers_to(words))
        };
        let find = |fits: &dyn Fn(&Entry, &Tool) -> bool| {
            entries.iter().filter(|entry| !entry.disabled).find_map(|entry| {
                entry
                    .pins
                    .tools()
                    .find(|tool| fits(entry, tool))
                    .map(|tool| (entry.clone(), tool))
            })
        };
        find(&exact).or_else(|| find(&by_alias))
    }

    /// Calls a tool of a connector that was found, as it was approved.
    pub async fn call_of(&self, entry: &Entry, tool: &Tool, arguments: &Value, meanwhile: &Meanwhile) -> ToolOutcome {
        if entry.rule(&tool.name) == ToolRule::Block {
            return ToolOutcome::failed(
                Code::new("connector.blocked"),
                format!(
                    "{} of {} is blocked by the person. Go on without it.",
                    tool.name, entry.name
                ),
            );
        }
        let live = match self.session(entry).await {
            Ok(live) => live,
            Err(failed) => return outcome::failed(&entry.name, &tool.name, &failed.error, &failed.printed),
        };
        let failed = |error| outcome::failed(&entry.name, &tool.name, &error, &live.printed());
        let now = match live.tools().await {
            Ok(now) => now,
            Err(error) => return failed(error),
        };
        let Some(now) = now.tools.iter().find(|now| now.name == tool.name) else {
            return ToolOutcome::failed(
                Code::new("connector.tool-gone"),
                format!(
                    "{} does not offer {} any more. Go on without it.",
                    entry.name, tool.name
                ),
            );
        };
        if let Standing::Changed(changes) = entry.pins.standing(now, Some(&live.identity)) {
            return outcome::changed(&entry.name, &tool.name, &changes);
        }
        let now = &entry.sized(now);
        let empty = serde_json::Map::new();
        let arguments = arguments.as_object().unwrap_or(&empty);
        let keep = Keep(self.config.blobs.clone());
        // Never used: a task that is stopped drops the call, and the server is told then.
        let cancel = CancellationToken::new();
        let attending = live.guest.attend(&tool.name, meanwhile);
        let called = live.connection.call(now, arguments, &cancel, &keep).await;
        drop(attending);
        let unheard = live.guest.take_unheard();
        let mut told = match called {
            Ok(result) => outcome::told(&entry.name, &tool.name, result),
            Err(error) => failed(error),
        };
        for question in unheard {
            told.content.push(deskhand_types::Block::text(format!(
                "[{} asked the person something that did not reach them: {question}. Ask them with AskUserQuestion if it is \
                 needed, and call the tool with what they say.]",
                entry.name
            )));
        }
        told
    }
}

/// Whether a task can use it.
fn has_tools(entry: &Entry) -> bool {
    !entry.disabled && !entry.pins.is_empty()
}

#[async_trait]
impl Connector for Hub {
    fn tools(&self) -> Vec<ConnectedTool> {
        let mut all = Vec::new();
        for entry in self.entries().iter() {
            for (name, tool) in entry.tools() {
                let annotations = entry.hints(&tool);
                let presented = tool.presented();
                let address_book = entry.address_book_tool(&tool);
                all.push(ConnectedTool {
                    def: ToolDef {
                        name,
                        description: presented.description,
                        input_schema: Value::Object(presented.input_schema),
                    },
                    name: tool.name,
                    annotations,
                    trusted: entry.trusted,
                    described: None,
                    address_book,
                });
            }
        }
        all
    }

    fn canonical(&self, called: &str) -> Option<String> {
        let (entry, tool) = self.find(called)?;
        let name = call_name(&entry.name, &tool.name);
        (name != called).then_some(name)
    }

    fn instructions(&self) -> Vec<(String, String)> {
        let entries = self.entries();
        let said = entries
            .iter()
            .filter(|entry| has_tools(entry) && !entry.offers.instructions.is_empty());
        said.map(|entry| (name::sanitize(&entry.name), entry.offers.instructions.clone()))
            .collect()
    }

    fn servers(&self) -> Vec<String> {
        let entries = self.entries();
        let usable = entries.iter().filter(|entry| has_tools(entry));
        usable.map(|entry| entry.server.key.clone()).collect()
    }

    fn serving(&self, category: &str) -> Vec<String> {
        // Whatever the person calls it: the address tells what it is, too.
        let known = directory::of_category(category);
        let serves = |entry: &Entry| {
            let place = Place::of(&entry.server);
            let is_it = |one: &&directory::Entry| {
                one.is_called(&entry.server.key) || (place.is_some() && Place::of(&one.server()) == place)
            };
            known.iter().any(is_it)
        };
        let entries = self.entries();
        let serving = entries.iter().filter(|entry| has_tools(entry) && serves(entry));
        serving.map(|entry| entry.server.key.clone()).collect()
    }

    fn always(&self) -> Vec<String> {
        let entries = self.entries();
        let wanted = |entry: &Entry| {
            let all = entry.server.always_load;
            let tools: Vec<_> = entry.tools().filter(|(_, tool)| all || tool.always_load()).collect();
            tools.into_iter().map(|(name, _)| name)
        };
        entries.iter().flat_map(wanted).collect()
    }

    async fn call(&self, tool: &str, arguments: &Value, meanwhile: &Meanwhile) -> ToolOutcome {
        match self.find(tool) {
            Some((entry, pinned)) => self.call_of(&entry, &pinned, arguments, meanwhile).await,
            None => ToolOutcome::failed(
                Code::new("connector.unknown-tool"),
                format!("No connector offers `{tool}` any more. Go on without it."),
            ),
        }
    }
}
