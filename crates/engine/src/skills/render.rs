//! From a skill to the text that enters the conversation.
//!
//! The text is the skill's, with arguments and folders put in. A file it names with `@` is read through the granted folders,
//! and a command in it runs in the task's room, both only where the policy allows it without a question; what such a
//! command changes in the folders does not land.

use std::path::PathBuf;
use std::time::Duration;

use deskhand_documents::{Limits, Note, ReadOptions};
use deskhand_plugins::format::substitute::{Call, Part, allowed_tools, substitute};
use deskhand_plugins::format::variables::{Variables, data_folder};
use deskhand_plugins::format::{Scope, Skill};
use deskhand_policy::Permit;
use deskhand_sandbox::{Command, Output, Why};
use deskhand_types::{
    Action, Block, CallId, Confidentiality, EffectClass, EventDraft, GuestPath, Hash, Integrity, Label, SourceKind,
    Tier, ToolCall, visible,
};

use super::{Place, SkillError, Skills, bring::Brought};
use crate::{
    EngineError, command,
    connectors::{Hub, resource_text},
    hooks::{OfSkill, of_skill},
    perform::Hands,
    session::Session,
    tools,
};

/// Time of one command in a skill.
const COMMAND_TIME: Duration = Duration::from_secs(120);
/// Characters of a command's output that are taken.
const COMMAND_OUTPUT: usize = 30_000;
/// Largest file that is attached, in bytes.
const MAX_FILE: u64 = 100 << 20;

/// Resources of connectors that one skill may bring.
const MAX_RESOURCES: usize = 10;

/// What a skill became.
pub(crate) struct Rendered {
    pub text: String,
    pub hash: Hash,
    pub attached: Vec<Attached>,
    /// Resources of connectors that it names: events, each with its server's label.
    pub resources: Vec<EventDraft>,
    /// Of the text.
    pub label: Label,
    pub allowed: Vec<String>,
    pub disallowed: Vec<String>,
    /// Its hooks, in force from its use on.
    pub hooks: OfSkill,
}

/// A file that a skill names with `@`.
pub(crate) struct Attached {
    pub path: GuestPath,
    /// What the model reads.
    pub blocks: Vec<Block>,
    /// What was kept back, cut off or repaired of it.
    pub notes: Vec<Note>,
}

impl Hands<'_> {
    /// What `skill` says for `args`.
    ///
    /// # Errors
    /// [`SkillError`] when it cannot be used: then nothing of it entered the conversation.
    pub async fn render(
        &mut self,
        session: &mut Session<'_>,
        skills: &Skills,
        skill: &Skill,
        args: &str,
        call: &CallId,
    ) -> Result<Rendered, EngineError> {
        let name = skill.qualified();
        let place = skills.place(skill).ok_or_else(|| SkillError::Unknown {
            name: name.clone(),
            near: Vec::new(),
        })?;
        let brought = self.skills.bring(session, skill, place)?;
        let variables = variables(session, place, &brought);
        let here = Skill {
            folder: PathBuf::from(&brought.folder),
            ..skill.clone()
        };
        let filling = Call {
            arguments: args,
            variables: &variables,
            session_id: session.id.as_str(),
            effort: skill.effort.as_deref(),
            commands: self.skills.commands_allowed()?,
        };
        let hooks = of_skill(skill, place, &brought, filling.commands);
        let parts = substitute(&here, &filling).map_err(SkillError::from)?;
        let mut rendered = Rendered {
            text: format!("Base directory for this skill: {}\n\n", brought.folder),
            hash: Hash::ZERO,
            attached: Vec::new(),
            resources: Vec::new(),
            label: label(&name),
            allowed: allowed_tools(&here, &filling).iter().map(ToString::to_string).collect(),
            disallowed: skill.disallowed_tools.iter().map(ToString::to_string).collect(),
            hooks,
        };
        for part in parts {
            match part {
                Part::Text(text) => rendered.text.push_str(&text),
                Part::Shell(line) => {
                    let output = self.skill_command(session, &name, &line, call).await?;
                    rendered.label = rendered.label.join(&session.command_label());
                    rendered.text.push_str(&output);
                }
                Part::Attach(path) => self.attach(session, &path, call, &mut rendered),
                Part::Resource { server, uri } => {
                    let hub = self.hub.clone();
                    resource(&hub, session, skill, (&server, &uri), &mut rendered).await?;
                }
            }
        }
        let connected = session.connections.servers();
        let connected: Vec<&str> = connected.iter().map(String::as_str).collect();
        if let Place::Plugin(enabled) = place
            && let Some(context) = enabled.plugin.connectors.context(&skill.body, &connected, &|category| {
                session.connections.serving(category)
            })
        {
            rendered.text.push_str("\n\n");
            rendered.text.push_str(&context);
        }
        // Whoever trusted the skill has read what can be seen of it.
        rendered.text = visible(&rendered.text).0.into_owned();
        rendered.hash = Hash::of(rendered.text.as_bytes());
        Ok(rendered)
    }

    /// Attaches a file, where it may be read; else its name stands in the text as it was written.
    fn attach(&self, session: &Session<'_>, path: &str, call: &CallId, rendered: &mut Rendered) {
        let options = ReadOptions {
            offset: None,
            limit: None,
            pages: None,
            max_chars: session.result_chars(),
            with_hidden: false,
        };
        let found = session.workspace.locate(path).ok();
        let found = found.filter(|path| self.may(session, call, "Read", EffectClass::Read, Some(path)).is_some());
        let read = found.and_then(|path| {
            let bytes = session.workspace.read(&path, MAX_FILE).ok()?;
            let reading = deskhand_documents::read(path.file_name(), &bytes, &options, &Limits::default()).ok()?;
            Some(Attached {
                path,
                blocks: reading.blocks,
                notes: reading.notes,
            })
        });
        match read {
            Some(mut attached) => {
                let path = &attached.path;
                attached.blocks.insert(0, Block::text(format!("[The file {path}:]")));
                rendered.text.push_str(path.as_str());
                rendered.attached.push(attached);
            }
            None => rendered.text.push_str(&format!("@{path}")),
        }
    }

    /// Runs a command that stands in a skill's text.
    async fn skill_command(
        &mut self,
        session: &mut Session<'_>,
        skill: &str,
        line: &str,
        call: &CallId,
    ) -> Result<String, EngineError> {
        let given_up = |why: String| SkillError::Command {
            skill: skill.to_owned(),
            command: line.chars().take(80).collect(),
            why,
        };
        let Some(_permit) = self.may_run(session, call, skill, line)? else {
            return Err(given_up("may not run here without a question".to_owned()).into());
        };
        let room = {
            let (id, grants, workspace) = (
                session.id.clone(),
                session.state.grants().to_vec(),
                session.workspace.clone(),
            );
            let room = session.alongside(self.shell.room(&id, &grants, &workspace)).await?;
            room.map_err(|error| given_up(format!("could not be run: {error}")))?
        };
        let run = Command {
            text: line.to_owned(),
            cwd: command::start_folder(session),
            timeout: COMMAND_TIME,
        };
        let mut ignored = |_: Output, _: &[u8]| {};
        let token = self.shell.token();
        let ran = session.alongside(room.run(run, &mut ignored, token)).await?;
        let mut ran = ran.map_err(|error| given_up(format!("could not be run: {error}")))?;
        self.shell.keep_anew(ran.anew.take());
        let shown = tools::shown(&ran.output, COMMAND_OUTPUT);
        if ran.exited.why == Why::Finished && ran.exited.code == 0 {
            return Ok(shown.text.trim_end().to_owned());
        }
        let why = format!("ended with code {}: {}", ran.exited.code, shown.text.trim_end());
        Err(given_up(why).into())
    }

    /// The right to do something for a skill, when the policy allows it without a question.
    fn may(
        &self,
        session: &Session<'_>,
        call: &CallId,
        tool: &str,
        effect: EffectClass,
        path: Option<&GuestPath>,
    ) -> Option<Permit> {
        let paths: Vec<GuestPath> = path.into_iter().cloned().collect();
        let action = Action {
            call: call.clone(),
            tool: tool.to_owned(),
            effect,
            summary: format!("{tool} for a skill"),
            tier: None,
            hash: Hash::of(format!("{tool} {effect:?} {paths:?}").as_bytes()),
            paths,
        };
        let decision = self.judge(session, &call_of(call, tool, path.map(GuestPath::as_str)), &action);
        Permit::from_decision(&action, &decision)
    }

    /// The same for a command, and the decision is on record before it runs.
    fn may_run(
        &mut self,
        session: &mut Session<'_>,
        call: &CallId,
        skill: &str,
        line: &str,
    ) -> Result<Option<Permit>, EngineError> {
        let tier = session.state.start().sandbox;
        let action = Action {
            call: call.clone(),
            tool: "Bash".to_owned(),
            effect: EffectClass::Exec,
            paths: Vec::new(),
            summary: format!("{RUN}{line}{FOR}{skill}"),
            tier: Some(tier),
            hash: command_hash(tier, line),
        };
        let decision = self.judge(session, &call_of(call, "Bash", Some(line)), &action);
        let permit = Permit::from_decision(&action, &decision);
        session.tell(crate::perform::decided(session, action, &decision))?;
        Ok(permit)
    }
}

/// Attaches a resource of a connector that can be used; else its name stands in the text as it was written. The address
/// must stand in the skill's own file: one that arguments were put into may be of a model's making, and would carry
/// what it likes to the server unasked.
async fn resource(
    hub: &Hub,
    session: &mut Session<'_>,
    skill: &Skill,
    (server, uri): (&str, &str),
    rendered: &mut Rendered,
) -> Result<(), EngineError> {
    let mention = format!("@{server}:{uri}");
    let own = skill.scope.plugin().map(|plugin| format!("plugin:{plugin}:{server}"));
    let entry = own.and_then(|own| hub.entry(&own)).or_else(|| hub.entry(server));
    let usable = entry.filter(|entry| entry.is_usable() && skill.body.contains(&mention));
    rendered.text.push_str(&mention);
    let Some(entry) = usable.filter(|_| rendered.resources.len() < MAX_RESOURCES) else {
        return Ok(());
    };
    let read = session.alongside(resource_text(hub, &entry, uri)).await?;
    rendered.resources.push(read);
    Ok(())
}

/// What stands around a skill's command in the line that tells of it.
const RUN: &str = "Run `";
const FOR: &str = "` for the skill ";

fn command_hash(tier: Tier, line: &str) -> Hash {
    Hash::of(format!("{tier:?} {line}").as_bytes())
}

/// The call an action of a skill's command was judged as; `None` when it is no such action. The log keeps the command in the
/// action's line alone, so the hash says whether that is all of it.
pub(crate) fn command_of(action: &Action) -> Option<ToolCall> {
    let (line, _) = action.summary.strip_prefix(RUN)?.rsplit_once(FOR)?;
    let same = action.tool == "Bash" && command_hash(action.tier?, line) == action.hash;
    same.then(|| call_of(&action.call, "Bash", Some(line)))
}

/// The call rules and hooks are compared with.
fn call_of(call: &CallId, tool: &str, subject: Option<&str>) -> ToolCall {
    let key = if tool == "Bash" { "command" } else { "file_path" };
    ToolCall {
        id: call.clone(),
        name: tool.to_owned(),
        input: serde_json::json!({key: subject}),
    }
}

/// A skill's label: configuration the person trusts.
pub(super) fn label(name: &str) -> Label {
    Label::from_source(
        Integrity::TrustedConfig,
        Confidentiality::Public,
        SourceKind::Config,
        &format!("the skill {name}"),
    )
}

/// What the variables in a skill stand for, as the room sees it.
fn variables(session: &Session<'_>, place: &Place, brought: &Brought) -> Variables {
    let project_dir = Some(PathBuf::from(command::start_folder(session)));
    match place {
        Place::Plugin(enabled) => Variables {
            plugin_root: Some(PathBuf::from(&brought.root)),
            plugin_data: Some(PathBuf::from(format!("/tmp/plugin-data/{}", data_folder(&enabled.id)))),
            project_dir,
            user_config: enabled.config.clone(),
            sensitive: enabled.sensitive.clone(),
        },
        Place::Folder(_) | Place::Files(_) => Variables {
            project_dir,
            ..Variables::default()
        },
    }
}

/// Whether a skill belongs to a plugin, and which: `name@marketplace`.
pub(super) fn plugin_id(skills: &Skills, skill: &Skill) -> Option<String> {
    match (&skill.scope, skills.place(skill)) {
        (Scope::Plugin(_), Some(Place::Plugin(enabled))) => Some(enabled.id.clone()),
        _ => None,
    }
}
