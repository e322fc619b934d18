//! A skill proposed out of a finished task: what was wanted, the steps of the plan, and the tools in their order, with the
//! names of files generalised. Made of the log alone, the same every time; it is kept only when the person agrees.

use std::fmt::Write as _;

use deskhand_plugins::format::skill::slug;
use deskhand_types::{EventBody, FinishStatus, TaskId};
use serde::Serialize;

use crate::{Engine, EngineError, views::title};

/// Steps of one draft, at most.
const MAX_STEPS: usize = 60;

/// A proposed skill.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct SkillDraft {
    /// What it is called.
    pub name: String,
    /// The folder it would be kept in.
    pub folder: String,
    /// Its file.
    pub text: String,
}

/// Files a task named, in the order they came up, and what stands for them.
#[derive(Default)]
struct Files {
    known: Vec<(String, String)>,
    made: usize,
    given: usize,
}

impl Files {
    fn note(&mut self, path: &str, is_made: bool) {
        if self.known.iter().any(|(known, _)| known == path) || !path.contains('.') {
            return;
        }
        let end = path.rsplit('.').next().unwrap_or_default();
        let word = if is_made {
            self.made += 1;
            format!("<result {} (.{end})>", self.made)
        } else {
            self.given += 1;
            format!("<input {} (.{end})>", self.given)
        };
        self.known.push((path.to_owned(), word));
    }

    /// A text with every known file, by its path or name, as what stands for it.
    fn general(&self, text: &str) -> String {
        let mut text = text.to_owned();
        let mut known: Vec<&(String, String)> = self.known.iter().collect();
        // Longer names first: one may be the end of another.
        known.sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
        for (path, word) in known {
            text = text.replace(path.as_str(), word);
            if let Some(name) = path.rsplit('/').next().filter(|name| name.len() > 4) {
                text = text.replace(name, word);
            }
        }
        text
    }
}

impl Engine {
    /// The beginning of a skill that the person writes themselves. Nothing is kept by this.
    ///
    /// # Errors
    /// When its name has no letter or digit in it.
    pub fn begin_skill(&self, name: &str, description: Option<&str>) -> Result<SkillDraft, EngineError> {
        let slugged: String = slug(name).chars().take(48).collect();
        if slugged.is_empty() {
            return Err(super::SkillError::Name(name.to_owned()).into());
        }
        let about = description.map_or("Say here in a sentence when it is to be used.", str::trim);
        let about = serde_json::to_string(about).unwrap_or_default();
        let text = format!(
            "---\nname: {slugged}\ndescription: {about}\n---\n\n# {}\n\nWhat is given: $ARGUMENTS\n\n## Steps\n\n1. \n\n## \
             What the result must be\n\n- \n",
            name.trim()
        );
        Ok(self.draft_at(slugged, text))
    }

    fn draft_at(&self, name: String, text: String) -> SkillDraft {
        let folder = self.config().home.join("skills").join(&name);
        SkillDraft {
            folder: folder.to_string_lossy().into_owned(),
            name,
            text,
        }
    }

    /// A skill proposed out of a task that is done.
    ///
    /// # Errors
    /// When the task does not exist or is not done.
    pub fn draft_skill(&self, task: &TaskId, name: Option<&str>) -> Result<SkillDraft, EngineError> {
        let state = self.state(task)?;
        if !matches!(state.finished(), Some((FinishStatus::Done, _))) {
            return Err(super::SkillError::NotDone(task.to_string()).into());
        }
        let prompt = &state.start().prompt;
        let mut files = Files::default();
        let mut steps: Vec<String> = Vec::new();
        for event in self.events(task)? {
            match event.body {
                EventBody::ToolStarted { call, action } => {
                    let is_made = action.effect > deskhand_types::EffectClass::Read;
                    action.paths.iter().for_each(|path| files.note(path.as_str(), is_made));
                    let step = format!("{}: {}", call.name, action.summary);
                    if call.name != "TodoWrite" && steps.last() != Some(&step) {
                        steps.push(step);
                    }
                }
                EventBody::OutputPresented { paths } => paths.iter().for_each(|path| files.note(path.as_str(), true)),
                _ => {}
            }
        }
        let heading = files.general(&title(prompt));
        let name = slug(name.unwrap_or(&heading));
        let name: String = if name.is_empty() {
            "my-skill".to_owned()
        } else {
            name.chars().take(48).collect()
        };
        let description = serde_json::to_string(&format!("Work like: {heading}")).unwrap_or_default();
        let mut text = format!(
            "---\nname: {name}\ndescription: {description}\nargument-hint: \"[files]\"\n---\n\n# {heading}\n\nThe files: $ARGUMENTS\n"
        );
        // Writing to a string cannot fail.
        let _ = writeln!(text, "\n## What is wanted\n\n{}", files.general(prompt));
        if !state.plan().is_empty() {
            let _ = writeln!(text, "\n## Plan\n");
            for (number, todo) in state.plan().iter().enumerate() {
                let _ = writeln!(text, "{}. {}", number + 1, files.general(&todo.content));
            }
        }
        if !steps.is_empty() {
            let _ = writeln!(text, "\n## How it was done\n");
            for step in steps.iter().take(MAX_STEPS) {
                let _ = writeln!(text, "- {}", files.general(step).replace('\n', " "));
            }
        }
        if !state.outputs().is_empty() {
            let _ = writeln!(text, "\n## Results\n");
            for path in state.outputs() {
                let _ = writeln!(text, "- {}", files.general(path.as_str()));
            }
        }
        Ok(self.draft_at(name, text))
    }
}
