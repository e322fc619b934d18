//! The engine: tasks are started, worked on, answered, undone and looked at through it.

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{Arc, RwLock},
};

use deskhand_agent::Task;
use deskhand_models::local::LocalModel;
use deskhand_policy::{Bars, Rules};
use deskhand_store::{EventLog, Lease, SqliteStore};
use deskhand_types::{
    BlobStore, Budget, Effort, EventBody, EventDraft, Grant, GrantMode, GuestPath, Mode, Reading, Stretch, TaskId,
    TaskStart, Tier,
};
use deskhand_workspace::{Options, Workspace, names, protect, retention};

use crate::{
    Clock, EngineError, FolderBook, Mailbox, Models, Observer, Person, RECIPES, RunEnd, Settings, UndoReport,
    UndoScope,
    clean::GoneOn,
    connectors::{self, Hub},
    current::Current,
    flow::{self, Canaries, Connections, Labels},
    instructions, mailbox, memory,
    network::{self, Ledger, NetworkSettings},
    perform::Hands,
    plugins::Plugins,
    prompt,
    rooms::Rooms,
    run,
    session::Session,
    shell::Shell,
    skills, tools, undo,
};

/// Where things are and what is configured.
pub struct EngineConfig {
    /// Deskhand's data folder.
    pub home: PathBuf,
    /// Deskhand's cache folder.
    pub cache: PathBuf,
    /// The person's folder.
    pub personal: PathBuf,
    /// The models to begin with ([`Engine::models`] are those in force).
    pub models: Models,
    /// The person's own policy rules to begin with, as TOML; empty = none.
    pub rules: String,
    /// Rule files of the organisation, the highest first ([`managed_policy_file`](crate::managed_policy_file)); each
    /// further one can only add to what those before it leave open.
    pub managed: Vec<PathBuf>,
    /// The small local model, when it is installed and wanted.
    pub local: Option<Arc<LocalModel>>,
    /// Where commands run, if they can here.
    pub rooms: Option<Arc<dyn Rooms>>,
    /// What commands may reach on the network.
    pub network: NetworkSettings,
    /// How long contents are kept for undo.
    pub retention: retention::Policy,
    /// Where sign-ins and secret variables of connectors are kept.
    pub tokens: Arc<dyn deskhand_mcp::Tokens>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The program's version.
    pub version: String,
    /// Who works on tasks here, for whoever finds one taken and for taking up what was cut off (`deskhand serve`).
    pub owner: String,
}

/// What a task is started with.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct StartOptions {
    /// The outcome the person wants.
    pub prompt: String,
    /// How the prompt was entered, in order; empty = not known, and then a long prompt is not the person's voice.
    pub voice: Vec<Stretch>,
    /// Folders, beside the standing ones.
    pub folders: Vec<(PathBuf, GrantMode)>,
    /// How effects are treated.
    pub mode: Mode,
    /// `PROVIDER/NAME`, `PROVIDER`, or the default.
    pub model: Option<String>,
    /// How much the model may think.
    pub effort: Effort,
    /// Limits.
    pub budget: Budget,
    /// What keeps its commands apart from this computer.
    pub sandbox: Tier,
    /// How the model gets at text that others could have written.
    pub reading: Reading,
    /// Whether folders outside the personal one are allowed this time (and recorded).
    pub allow_outside_home: bool,
    /// The agent it runs as.
    pub agent: Option<String>,
    /// Ids of files that were uploaded for it (`SqliteStore::add_upload`): its inputs, to be read.
    pub uploads: Vec<String>,
}

/// The engine. Cheap to share; all state is in the store.
pub struct Engine {
    pub(crate) config: EngineConfig,
    pub(crate) store: Arc<SqliteStore>,
    folders: FolderBook,
    pub(crate) connections: Connections,
    hub: Arc<Hub>,
    pub(crate) current: RwLock<Arc<Current>>,
    pub(crate) skills: Arc<skills::Sources>,
    pub(crate) plugins: Arc<Plugins>,
}

impl Engine {
    /// Opens the store and the rules.
    ///
    /// # Errors
    /// When the store cannot be opened or the person's rules are wrong.
    pub fn open(config: EngineConfig) -> Result<Self, EngineError> {
        let store = Arc::new(SqliteStore::open(&config.home)?);
        let current = Current::new(
            &config,
            config.models.clone(),
            &config.rules,
            &connectors::Book::default(),
        )?;
        let folders = FolderBook {
            personal: config.personal.clone(),
            own: vec![config.home.clone(), config.cache.clone()],
            log: store.clone(),
            clock: config.clock.clone(),
        };
        let hub = connectors::hub_config(&config, store.clone());
        let plugins = Arc::new(Plugins::new(
            &config.home,
            config.tokens.clone(),
            hub.out.clone(),
            hub.env.clone(),
        ));
        let skills = Arc::new(skills::Sources {
            personal: config.personal.clone(),
            home: config.home.clone(),
            log: store.clone(),
            shelf: plugins.clone(),
        });
        let hub = Arc::new(Hub::new(hub, plugins.clone()));
        let mut connections = Connections::default();
        connections.add(hub.clone());
        let engine = Self {
            config,
            store,
            folders,
            connections,
            hub,
            skills,
            plugins,
            current: RwLock::new(Arc::new(current)),
        };
        engine.refresh()?;
        Ok(engine)
    }

    pub(crate) fn hub(&self) -> &Hub {
        &self.hub
    }

    /// The configuration.
    pub const fn config(&self) -> &EngineConfig {
        &self.config
    }

    /// The store, for surfaces that show how much room it takes.
    pub fn store(&self) -> &SqliteStore {
        &self.store
    }

    pub(crate) fn blobs(&self) -> Arc<dyn BlobStore> {
        self.store.clone()
    }

    /// The folders that may be granted.
    pub const fn folders(&self) -> &FolderBook {
        &self.folders
    }

    /// The settings as they stand.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn settings(&self) -> Result<Settings, EngineError> {
        Settings::load(&*self.store)
    }

    /// Records a setting.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub fn set(&self, body: EventBody) -> Result<(), EngineError> {
        Settings::record(&*self.store, &*self.config.clock, body)
    }

    /// Starts a task: judges the folders, freezes prompt, tools and instructions, appends the first event.
    ///
    /// # Errors
    /// When a folder is refused, no model can be used, or the store fails. Nothing was started then.
    pub fn start(&self, options: StartOptions) -> Result<TaskId, EngineError> {
        self.begin(options, None)
    }

    pub(crate) fn begin(&self, options: StartOptions, gone_on: Option<GoneOn>) -> Result<TaskId, EngineError> {
        if options.prompt.trim().is_empty() {
            return Err(EngineError::EmptyPrompt);
        }
        self.governed()?;
        let settings = self.settings()?;
        let task = self.config.clock.fresh_task();
        let kept = gone_on.as_ref().map(|gone_on| gone_on.kept.as_slice());
        let mut grants = self.task_grants(&task, &settings, &options, kept)?;
        let workspace = self.workspace(&grants)?;
        let instructions = instructions::gather(&settings, &workspace, &grants);
        let mut resolved = self
            .models()
            .resolve(self.model_for(&options, &workspace, &grants)?.as_deref())?;
        let mode = self.mode_for(&options, &workspace, &grants)?;
        match &gone_on {
            Some(GoneOn { model, profile, .. }) if *model == resolved.model => resolved.profile = profile.clone(),
            _ => resolved.profile.thinking_budget = options.effort.thinking_budget(&resolved.profile),
        }
        let mut offered = tools::definitions();
        let connected = self.connections.tools();
        offered.extend(tools::offered_of_connectors(&connected, &self.connections.always()));
        if resolved.model.provider == RECIPES && self.config.local.is_some() {
            offered.push(tools::judge_definition());
        }
        let with_notes = resolved.model.provider != RECIPES;
        // Recipes are no model: what they read cannot talk to them, and their plans need the data.
        let reading = if resolved.model.provider == RECIPES {
            Reading::Direct
        } else {
            options.reading
        };
        let today = self.config.clock.today();
        if settings.notes.in_force(&today).any(|note| !memory::is_told(note)) {
            offered.push(tools::recall_definition());
        }
        if reading == Reading::Apart {
            offered.extend(tools::for_reading_apart());
        }
        let able = self.able(&task, &options, &workspace, &grants, &mut offered, &resolved)?;
        grants.extend(able.brought.clone());
        let speech = flow::Speech {
            text: options.prompt.clone(),
            voice: options.voice.clone(),
        };
        // What is kept apart comes in by no other door either; recipes do not read.
        let hears = reading != Reading::Apart && resolved.model.provider != RECIPES;
        let said = if hears { self.connections.told() } else { String::new() };
        let mut label = self.connections.with_descriptions(speech.label());
        if hears {
            label = self.connections.with_instructions(label);
        }
        let start = TaskStart {
            voice: options.voice,
            system: prompt::system(&grants, mode, &self.config.clock.today(), &instructions)
                + prompt::reading(reading)
                + gone_on.as_ref().map_or("", |_| prompt::CLEAN)
                + &able.told
                + &said,
            prompt: options.prompt,
            grants,
            mode,
            reading,
            sandbox: options.sandbox,
            model: resolved.model,
            profile: resolved.profile,
            tools: offered,
            budget: able.budget(options.budget),
            instructions,
            version: self.config.version.clone(),
            agent: options.agent,
            branched_from: gone_on.map(|gone_on| gone_on.from),
        };
        let draft = EventDraft {
            body: EventBody::TaskStarted(Box::new(start)),
            label: Some(label),
        };
        let mut drafts = vec![draft];
        // A plan of a recipe has no use for them.
        drafts.extend(memory::recalled(&settings.notes, &today).filter(|_| with_notes));
        self.store.append(&task, 0, self.config.clock.now(), &drafts)?;
        Ok(task)
    }

    fn task_grants(
        &self,
        task: &TaskId,
        settings: &Settings,
        options: &StartOptions,
        kept: Option<&[Grant]>,
    ) -> Result<Vec<Grant>, EngineError> {
        let outputs = self.store.outputs_folder(task)?;
        let mut grants = vec![Grant {
            name: "outputs".to_owned(),
            folder: outputs.to_string_lossy().into_owned(),
            mode: GrantMode::ReadWrite,
            outside_home: false,
        }];
        for (folder, mode) in &options.folders {
            grants.push(self.folders.grant(folder, *mode, options.allow_outside_home, &grants)?);
        }
        // A folder named for this task is all it sees; standing folders serve tasks that name none.
        if options.folders.is_empty() && kept.is_none() {
            for standing in &settings.grants {
                if let Ok(grant) = self
                    .folders
                    .grant(standing.folder.as_ref(), standing.mode, false, &grants)
                {
                    grants.push(grant);
                }
            }
        }
        for kept in kept.unwrap_or_default() {
            let name = names::unique(kept.name.as_ref(), grants.iter().map(|grant| grant.name.as_str()));
            grants.push(Grant { name, ..kept.clone() });
        }
        // Last, so that nothing is moved when a folder is refused.
        if !options.uploads.is_empty() {
            let inputs = self.store.take_uploads(task, &options.uploads)?;
            grants.push(Grant {
                name: names::unique("inputs".as_ref(), grants.iter().map(|grant| grant.name.as_str())),
                folder: inputs.to_string_lossy().into_owned(),
                mode: GrantMode::ReadOnly,
                outside_home: false,
            });
        }
        // The outputs folder is named last in the prompt: results belong beside the work first.
        grants.rotate_left(1);
        Ok(grants)
    }

    /// The granted folders, open.
    pub(crate) fn workspace(&self, grants: &[Grant]) -> Result<Arc<Workspace>, EngineError> {
        self.workspace_over(self.store.clone(), grants, None)
    }

    /// The same, with contents kept elsewhere, and files that searches and commands do not come to.
    pub(crate) fn workspace_over(
        &self,
        contents: Arc<dyn BlobStore>,
        grants: &[Grant],
        bars: Option<Bars>,
    ) -> Result<Arc<Workspace>, EngineError> {
        let clock = self.config.clock.clone();
        let options = Options {
            protected: protect::places(Some(&self.config.personal), &self.folders.own),
            barred: bars.map(|bars| Arc::new(move |path: &GuestPath| bars.covers(path)) as _),
            ..Options::new(Arc::new(move || clock.now()))
        };
        let workspace = Workspace::new(contents, options);
        for grant in grants {
            workspace.add_grant(grant.clone())?;
        }
        Ok(Arc::new(workspace))
    }

    pub(crate) fn claim(&self, task: &TaskId) -> Result<Lease, EngineError> {
        Ok(self
            .store
            .claim(task, &format!("{}, process {}", self.config.owner, std::process::id()))?)
    }

    /// A session nobody watches and nobody speaks to.
    pub(crate) fn quiet_session(&self, task: &TaskId) -> Result<Session<'static>, EngineError> {
        Ok(self.session(task, &crate::Unwatched, mailbox().1)?.0)
    }

    fn session<'a>(
        &self,
        task: &TaskId,
        observer: &'a dyn Observer,
        letters: Mailbox,
    ) -> Result<(Session<'a>, Ledger), EngineError> {
        let events = self.store.read(task, 0)?;
        let state = Task::replay(&events).ok_or_else(|| EngineError::NotATask(task.clone()))?;
        let trail = self.trail(&events)?;
        let (now, mode) = (self.current(), state.start().mode);
        let bars = now.rules.bars(mode);
        let workspace = self.workspace_over(self.store.clone(), state.grants(), bars)?;
        let (ledger, network) = Ledger::new();
        let session = Session {
            id: task.clone(),
            connections: self.connections.clone(),
            canaries: Canaries::of(&workspace, state.grants()),
            notes: Arc::new(
                self.settings()?
                    .notes
                    .in_force(&self.config.clock.today())
                    .cloned()
                    .collect(),
            ),
            kept_from: kept_from(&now.rules, mode),
            labels: Labels::new(self.store.clone()),
            trail,
            state,
            log: self.store.clone(),
            blobs: self.store.clone(),
            workspace,
            clock: self.config.clock.clone(),
            observer,
            letters: letters.0,
            network,
            origins: BTreeSet::new(),
            requests: 0,
            most_requests: self.config.network.listed.unwrap_or(crate::session::MAX_REQUESTS),
        };
        let ledger = ledger.watching(session.canaries.words());
        Ok((session, ledger))
    }

    pub(crate) fn state(&self, task: &TaskId) -> Result<Task, EngineError> {
        Task::replay(&self.store.read(task, 0)?).ok_or_else(|| EngineError::NotATask(task.clone()))
    }

    /// Works on a task until it is over or waits for the person. Taking up a task that was begun before appends
    /// `task.resumed`.
    ///
    /// # Errors
    /// When another process works on it, or the store fails. What was logged stays.
    pub async fn work(
        &self,
        task: &TaskId,
        person: &dyn Person,
        observer: &dyn Observer,
    ) -> Result<RunEnd, EngineError> {
        self.work_hearing(task, person, observer, mailbox().1).await
    }

    /// As [`Engine::work`], and hears what the person says meanwhile.
    ///
    /// # Errors
    /// As [`Engine::work`].
    pub async fn work_hearing(
        &self,
        task: &TaskId,
        person: &dyn Person,
        observer: &dyn Observer,
        letters: Mailbox,
    ) -> Result<RunEnd, EngineError> {
        let _lease = self.claim(task)?;
        self.governed()?;
        let (mut session, ledger) = self.session(task, observer, letters)?;
        if session.state.next_seq() == 1 {
            for event in self.store.read(task, 0)? {
                observer.event(&event);
            }
        } else if !matches!(session.state.next(), deskhand_agent::Next::Idle) || self.can_go_on(&session) {
            session.tell(EventBody::TaskResumed {
                version: self.config.version.clone(),
            })?;
        }
        let current = self.current();
        let provider = current.models.provider(&session.state.start().model)?;
        let enabled = self.skills.shelf.enabled(&mut Vec::new());
        let enabled: Vec<_> = enabled.into_iter().map(Arc::new).collect();
        let hooks = crate::hooks::Hooking::of(&enabled);
        let mut hands = Hands {
            rules: &current.rules,
            folders: &self.folders,
            local: self.config.local.clone(),
            models: current.models.clone(),
            shell: Shell::new(
                self.config.rooms.clone(),
                session.state.start().sandbox,
                self.store.clone(),
                network::outlet(current.proxy.clone(), ledger),
            )
            .with_beside(hooks.talk()),
            skills: self.skills.clone(),
            for_files: None,
            hooks,
            programs: skills::Programs::of(&enabled),
            hub: self.hub.clone(),
            blobs: self.store.clone(),
            person,
            reader: provider.clone(),
            proposals: std::collections::HashMap::new(),
        };
        let end = run::run(&mut session, &mut hands, &provider).await;
        // From here on nothing said is heard any more, and who speaks is told so.
        session.stop_hearing();
        // What commands still do on the network while they end is written down, too.
        let closed = session.alongside(hands.shell.close()).await;
        let end = end?;
        closed?;
        Ok(end)
    }

    /// A task that ended without being done can be taken up again; one that is done stays as it is.
    #[expect(clippy::unused_self, reason = "reads as a question about the engine's rule")]
    fn can_go_on(&self, session: &Session<'_>) -> bool {
        use deskhand_types::FinishStatus::{Budget, Failed, Stopped};
        matches!(session.state.finished(), Some((Budget | Failed | Stopped, _)))
    }

    /// Takes back what a task changed, or a part of it. Undone change-sets can be redone.
    ///
    /// # Errors
    /// When there is nothing to undo, or files were changed by someone else meanwhile; then nothing was changed.
    pub fn undo(&self, task: &TaskId, scope: &UndoScope) -> Result<UndoReport, EngineError> {
        self.reversal(task, |session| undo::undo(session, scope))
    }

    /// Brings back what the latest undo of a task took back.
    ///
    /// # Errors
    /// As [`Engine::undo`].
    pub fn redo(&self, task: &TaskId) -> Result<UndoReport, EngineError> {
        self.reversal(task, undo::redo)
    }

    fn reversal(
        &self,
        task: &TaskId,
        reverse: impl FnOnce(&mut Session<'_>) -> Result<UndoReport, EngineError>,
    ) -> Result<UndoReport, EngineError> {
        let _lease = self.claim(task)?;
        let mut session = self.quiet_session(task)?;
        if session.state.open_change().is_some() {
            crate::recover::reconcile_now(&mut session)?;
        }
        reverse(&mut session)
    }
}

/// What rules keep from single tools that come to files without naming them.
fn kept_from(rules: &Rules, mode: Mode) -> Vec<(&'static str, Arc<Bars>)> {
    let searches = ["Grep", "Glob", "Query"].into_iter();
    searches
        .filter_map(|tool| Some((tool, Arc::new(rules.bars_of(mode, tool)?))))
        .collect()
}
