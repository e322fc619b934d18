//! Files in the task's scratch: what a command left below `/tmp` or in its home folder, in no granted folder. Pictures of
//! the pages of a document are looked at there, so that they are no change and no output.

use std::time::Duration;

use deskhand_documents::ReadOptions;
use deskhand_types::{EffectClass, Label, Tier, ToolOutcome};

use super::{Proposal, Work, failed, read};
use crate::shell;

/// Where commands have their scratch.
const PLACES: [&str; 2] = ["/tmp/", "/home/task/"];
/// How long fetching a file may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A file of the scratch, to be read.
pub(crate) struct ScratchFile {
    /// Its path in the sandbox.
    pub path: String,
    options: ReadOptions,
}

impl ScratchFile {
    /// The file of this path, when it is in the scratch.
    pub fn of(path: &str, options: &ReadOptions) -> Option<Self> {
        let below = PLACES.iter().find_map(|place| path.strip_prefix(place))?;
        let plain = below
            .split('/')
            .all(|part| !part.is_empty() && part != "." && part != "..");
        (plain && !path.contains('\0')).then(|| Self {
            path: path.to_owned(),
            options: *options,
        })
    }

    /// Reading it. It starts no machine and changes nothing: what is not there any more is told.
    pub fn proposal(self, tier: Tier) -> Proposal {
        let hidden = if self.options.with_hidden {
            " with what is hidden in it"
        } else {
            ""
        };
        Proposal {
            effect: EffectClass::Read,
            paths: Vec::new(),
            summary: format!("Read {} in the sandbox{hidden}", self.name()),
            preview: None,
            tier: Some(tier),
            work: Work::Scratch(Box::new(self)),
        }
    }

    /// The last part of its path.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// The command that writes it out: only a file, since a pipe would never end.
    pub fn command(&self) -> String {
        let quoted = shell::quoted(&self.path);
        format!("[ -f {quoted} ] || {{ echo 'there is no such file'; exit 1; }}; exec cat -- {quoted}")
    }

    /// What is read from its bytes.
    pub fn read(&self, bytes: &[u8], label: Label) -> ToolOutcome {
        read::told(&self.path, self.name(), bytes, &self.options, label)
    }

    /// It could not be had.
    pub fn missing(&self, why: &str) -> ToolOutcome {
        *failed(
            "scratch.missing",
            format!(
                "{}: {why}. What commands leave in the sandbox outside the folders lasts until the task pauses. Make it again \
                 with Bash, then read it.",
                self.path
            ),
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn of(path: &str) -> Option<ScratchFile> {
        ScratchFile::of(path, &ReadOptions::default())
    }

    #[test]
    fn only_what_is_below_the_scratch_is_taken_from_it() {
        assert_eq!(of("/tmp/seen/a.docx-1.png").unwrap().name(), "a.docx-1.png");
        assert!(of("/home/task/a.txt").is_some());
        for path in [
            "/tmp",
            "/tmp/",
            "/tmp/../etc/passwd",
            "/tmp//a",
            "/tmp/a/./b",
            "/etc/passwd",
            "tmp/a",
            "/tmp/a\0",
        ] {
            assert!(of(path).is_none(), "{path}");
        }
    }

    #[test]
    fn a_name_is_a_name_whatever_is_in_it() {
        let command = of("/tmp/it's; rm -rf $HOME").unwrap().command();
        assert!(
            command.ends_with(r"exec cat -- '/tmp/it'\''s; rm -rf $HOME'"),
            "{command}"
        );
    }
}
