//! Programs that plugins in force bring in their `bin` folder: commands of a task find them by their names, behind those of
//! the machine. Source: issue 5, A6.

use std::sync::Arc;

use crate::{EngineError, perform::Hands, plugins::Enabled, session::Session, shell::quoted};

/// The plugins that bring programs, and where those are in the task once a command ran.
#[derive(Default)]
pub(crate) struct Programs {
    plugins: Vec<Arc<Enabled>>,
    /// `None` until the plugins were brought along.
    folders: Option<Vec<String>>,
}

impl Programs {
    /// Of the plugins that are in force.
    pub fn of(enabled: &[Arc<Enabled>]) -> Self {
        let brings = |enabled: &&Arc<Enabled>| enabled.plugin.bin.is_some();
        Self {
            plugins: enabled.iter().filter(brings).cloned().collect(),
            folders: None,
        }
    }
}

impl Hands<'_> {
    /// A command as it is run: with the folders of programs behind the search path it has. Plugins are brought along when the
    /// first command runs; one that cannot be is left out, as its hooks and skills are.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub fn with_programs(&mut self, session: &mut Session<'_>, text: &str) -> Result<String, EngineError> {
        if self.programs.folders.is_none() {
            let mut folders = Vec::new();
            for plugin in self.programs.plugins.clone() {
                let bin = plugin.plugin.bin.as_deref();
                let below = bin.and_then(|bin| bin.strip_prefix(&plugin.plugin.root).ok());
                let Some(below) = below.map(|below| below.to_string_lossy().replace('\\', "/")) else {
                    continue;
                };
                match self.skills.clone().bring_plugin(session, &plugin) {
                    Ok(root) => folders.push(format!("{root}/{below}")),
                    Err(EngineError::Skill(_)) => {}
                    Err(other) => return Err(other),
                }
            }
            self.programs.folders = Some(folders);
        }
        Ok(on_path(self.programs.folders.as_deref().unwrap_or_default(), text))
    }
}

/// On the command's first line, so that what a shell says of its lines is true.
fn on_path(folders: &[String], text: &str) -> String {
    if folders.is_empty() {
        return text.to_owned();
    }
    format!("export PATH=\"$PATH\":{}; {text}", quoted(&folders.join(":")))
}

#[cfg(test)]
mod tests {
    use super::on_path;

    #[test]
    fn folders_stand_behind_the_path_and_lines_keep_their_numbers() {
        let folders = ["/mnt/.skills/a/bin".to_owned(), "/mnt/.skills/b/bin".to_owned()];
        assert_eq!(
            on_path(&folders, "one\ntwo"),
            "export PATH=\"$PATH\":'/mnt/.skills/a/bin:/mnt/.skills/b/bin'; one\ntwo"
        );
        assert_eq!(on_path(&[], "one"), "one");
    }
}
