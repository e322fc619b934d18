//! Skills for some files only (`paths`): the model is told of one when the task has to do with such a file, in the request
//! that comes next, once for each conversation. A person may call it at any time.

use std::sync::Arc;

use deskhand_plugins::format::Skill;
use deskhand_plugins::format::skill::Files;
use deskhand_types::{EventBody, Grant, GuestPath, Label};
use deskhand_workspace::{GlobQuery, Kind, Workspace};

use super::{Skills, render};
use crate::{
    EngineError, RECIPES,
    perform::Hands,
    session::{Session, labelled},
};

/// Characters told of one skill.
const ABOUT: usize = 300;
/// Uploaded files that are looked at.
const UPLOADS: usize = 200;
/// Words of the person that are looked for in the folders.
const LOOKED_FOR: usize = 64;

/// A skill for some files.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    name: String,
    about: String,
    files: Files,
}

/// Those there are, as of the folders the task had then.
#[derive(Clone, Debug)]
pub(crate) struct ForFiles {
    grants: usize,
    waiting: Arc<Vec<Waiting>>,
}

impl Skills {
    /// Wakes the skills that are for files this task has to do with.
    pub fn wake(&mut self, session: &Session<'_>, home: &std::path::Path) {
        if self.catalog.for_files().next().is_none() {
            return;
        }
        let here = here(session, home);
        self.catalog.wake(|skill: &Skill| {
            let files = Files::of(&skill.paths);
            here.iter().any(|below| files.contains(below))
        });
    }
}

impl Hands<'_> {
    /// Tells the conversation in work of skills for files the task has to do with since it was last asked.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub fn offer_skills(&mut self, session: &mut Session<'_>) -> Result<(), EngineError> {
        let is_told = session.state.tools().any(|tool| tool.name == deskhand_agent::SKILL);
        if !is_told || session.state.start().model.provider == RECIPES {
            return Ok(());
        }
        let waiting = self.waiting(session)?;
        if waiting.iter().all(|one| session.state.skills().is_offered(&one.name)) {
            return Ok(());
        }
        let here = here(session, &self.skills.home);
        let due = waiting.iter().filter(|one| {
            let is_for = || here.iter().any(|below| one.files.contains(below));
            !session.state.skills().is_offered(&one.name) && is_for()
        });
        let due: Vec<&Waiting> = due.collect();
        if due.is_empty() {
            return Ok(());
        }
        let mut text = String::from(
            "[For files this task has to do with there are skills; call one with Skill before you begin work it is for:]",
        );
        let mut label = Label::harness();
        for one in &due {
            text.push_str(&format!("\n- {}: {}", one.name, one.about));
            label = label.join(&render::label(&one.name));
        }
        let skills = due.into_iter().map(|one| one.name.clone()).collect();
        session.append(vec![labelled(EventBody::SkillsOffered { skills, text }, label)])
    }

    fn waiting(&mut self, session: &Session<'_>) -> Result<Arc<Vec<Waiting>>, EngineError> {
        let grants = session.state.grants().len();
        if let Some(known) = self.for_files.as_ref().filter(|known| known.grants == grants) {
            return Ok(known.waiting.clone());
        }
        let skills = self.skills.gather(&session.workspace, session.state.grants())?;
        let waiting = skills.catalog.for_files().map(|skill| Waiting {
            name: skill.qualified(),
            about: about(skill),
            files: Files::of(&skill.paths),
        });
        let waiting = Arc::new(waiting.collect::<Vec<_>>());
        self.for_files = Some(ForFiles {
            grants,
            waiting: waiting.clone(),
        });
        Ok(waiting)
    }
}

fn about(skill: &Skill) -> String {
    let line = skill.listing_text().split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(ABOUT) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

/// The files a task has to do with, each below its granted folder.
fn here(session: &Session<'_>, home: &std::path::Path) -> Vec<String> {
    let touched = session.state.touched();
    let mut found: Vec<String> = touched.paths().filter_map(below).collect();
    for word in touched.words().take(LOOKED_FOR) {
        let path = session.workspace.locate(word).ok();
        found.extend(path.as_ref().and_then(below));
        found.push(word.replace('\\', "/").trim_start_matches("./").to_owned());
    }
    let grants = session.state.grants().iter();
    let uploads = grants
        .filter(|grant| grant.name.starts_with("inputs") && std::path::Path::new(&grant.folder).starts_with(home));
    found.extend(uploads.flat_map(|grant| all_of(&session.workspace, grant)));
    found
}

/// The files the person handed over with the task.
fn all_of(workspace: &Workspace, grant: &Grant) -> Vec<String> {
    let query = GlobQuery {
        path: Some(GuestPath::new(format!("/mnt/{}", grant.name))),
        max_results: UPLOADS,
        ..GlobQuery::new("**/*")
    };
    let found = workspace.glob(&query).map(|found| found.entries).unwrap_or_default();
    let files = found.into_iter().filter(|entry| entry.kind == Kind::File);
    files.filter_map(|entry| below(&entry.path)).collect()
}

/// A path below its granted folder; what the task itself brought along is no file of it.
fn below(path: &GuestPath) -> Option<String> {
    let grant = path.grant().filter(|grant| !grant.starts_with('.'))?;
    let below = path
        .as_str()
        .strip_prefix("/mnt/")?
        .strip_prefix(grant)?
        .strip_prefix('/')?;
    Some(below.to_owned())
}
