//! What the server needs of the program it runs in: what is known of this computer, and its own settings files.

use std::path::{Path, PathBuf};

use deskhand_engine::Models;
use deskhand_models::Secret;
use deskhand_types::{Budget, Tier};

use crate::api::{CachePart, CacheUse, Check, LocalModelPage, SandboxPage, SandboxState};

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
    /// Deletes the saved machines and the image. Both are made anew when they are needed.
    ///
    /// # Errors
    /// In words, when something cannot be deleted.
    fn reset_sandbox(&self) -> Result<(), String>;
    /// What the cache holds, part by part. All of it can be made or fetched anew.
    fn cache(&self) -> Vec<CacheUse>;
    /// Deletes a part of the cache.
    ///
    /// # Errors
    /// In words, when something cannot be deleted.
    fn clean(&self, part: CachePart) -> Result<(), String>;
    /// The small local model.
    fn local_model(&self) -> LocalModelPage;
    /// Fetches the small local model's weights. What is there already is not fetched again.
    ///
    /// # Errors
    /// In words, with what to do.
    fn pull_local_model(&self, progress: &mut Progress<'_>) -> Result<(), String>;
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
    /// The limits of a task that names none, as the settings file says now.
    ///
    /// # Errors
    /// In words, when the file is not right.
    fn budget(&self) -> Result<Budget, String>;
    /// Keeps a provider's key in the system's keychain, replacing an older one; an empty one is removed.
    ///
    /// # Errors
    /// In words, when there is no keychain or it refuses.
    fn keep_key(&self, service: &str, account: &str, key: &Secret) -> Result<(), String>;
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
