//! What the server needs of the program it runs in: what is known of this computer, and its own settings files.

use std::path::{Path, PathBuf};

use deskhand_engine::Models;
use deskhand_types::Tier;

use crate::api::{Check, SandboxPage, SandboxState};

/// How far a job is: words, and from 0 to 1 where it is known.
pub type Progress<'a> = dyn FnMut(&str, Option<f64>) + Send + 'a;

/// The program the server runs in. Everything may block.
pub trait Host: Send + Sync {
    /// Where commands of new tasks run.
    fn tier(&self) -> Tier;
    /// Whether commands can run.
    fn sandbox(&self) -> SandboxState;
    /// The sandbox, part by part.
    ///
    /// # Errors
    /// In words, when it cannot be looked at.
    fn sandbox_page(&self) -> Result<SandboxPage, String>;
    /// Builds the sandbox's image.
    ///
    /// # Errors
    /// In words, with what to do.
    fn build_sandbox(&self, progress: &mut Progress<'_>) -> Result<(), String>;
    /// What works on this computer and what is missing.
    fn checks(&self) -> Vec<Check>;
    /// Whether files can be opened in the system's programs: there is a desktop.
    fn can_open_files(&self) -> bool;
    /// Opens a file in the system's program for it, or shows it in its folder.
    ///
    /// # Errors
    /// In words, when there is no desktop or no program.
    fn open(&self, file: &Path, reveal: bool) -> Result<(), String>;
    /// Opens an address (`https:`, or `http:` on loopback) in the system's browser.
    ///
    /// # Errors
    /// In words, when there is no desktop or no browser.
    fn open_address(&self, url: &str) -> Result<(), String>;
    /// Makes a folder with sample files in the personal folder, of a name that is free.
    ///
    /// # Errors
    /// In words.
    fn sample_folder(&self) -> Result<PathBuf, String>;
    /// The models as the settings file names them now.
    ///
    /// # Errors
    /// In words, when the file is not right.
    fn models(&self) -> Result<Models, String>;
    /// The text of one of Deskhand's own settings files (`settings.toml`, `policy.toml`); empty when it is not there.
    ///
    /// # Errors
    /// In words.
    fn own_text(&self, name: &str) -> Result<String, String>;
    /// Replaces it in one step; afterwards the file is the old or the new one, never a part.
    ///
    /// # Errors
    /// In words; the file is as it was.
    fn set_own_text(&self, name: &str, text: &str) -> Result<(), String>;
}
