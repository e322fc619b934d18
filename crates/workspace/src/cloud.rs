//! Files whose content is in the cloud and not on this machine.
//!
//! Each system marks them in its own way, so the marks are read behind [`Marks`]. What no mark tells (a sync client
//! that gives zero bytes) is caught when reading: fewer bytes than the file has is an error.
//!
//! Linux has no mark: FUSE clients (rclone, Insync) download while reading. A file with a size and no blocks may be
//! sparse as well as remote, so that is deliberately not taken for a mark.

use cap_std::fs::{File, Metadata};

/// What stands in for the content.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Placeholder {
    /// Windows: the file is marked offline or "recall on access" (OneDrive, Dropbox, Google Drive, iCloud).
    OnlineOnly,
    /// macOS: the file is dataless (File Provider: iCloud, OneDrive, Dropbox, Google Drive).
    Dataless,
    /// An iCloud stub of older macOS: `.name.icloud` beside where `name` should be.
    IcloudStub,
    /// A pointer to a document that exists only on the web (`.gdoc`, `.gsheet`, …).
    WebDocument,
}

impl std::fmt::Display for Placeholder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::OnlineOnly => "it is kept online only",
            Self::Dataless => "its data has not been downloaded",
            Self::IcloudStub => "it has not been downloaded from iCloud",
            Self::WebDocument => "it points to a document on the web",
        })
    }
}

/// What to do with a file whose content is in the cloud.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Hydration {
    /// Refuse it, saying so. The default: reading would download, which can take long and cost money.
    #[default]
    Refuse,
    /// Read it, which makes the system download it. What arrives incomplete is still an error.
    OnRead,
}

/// How a system marks placeholders.
pub(crate) trait Marks {
    /// From what can be seen without opening the file.
    fn unopened(&self, meta: &Metadata) -> Option<Placeholder>;
    /// From the open file, before any byte is read.
    fn opened(&self, file: &File) -> Option<Placeholder>;
}

/// The marks of the system this is built for.
pub(crate) struct SystemMarks;

#[cfg(windows)]
impl Marks for SystemMarks {
    fn unopened(&self, meta: &Metadata) -> Option<Placeholder> {
        use cap_fs_ext::OsMetadataExt as _;
        // Source: winnt.h. FILE_ATTRIBUTE_OFFLINE, _RECALL_ON_OPEN, _RECALL_ON_DATA_ACCESS.
        const AWAY: u32 = 0x1000 | 0x0004_0000 | 0x0040_0000;
        (meta.file_attributes() & AWAY != 0).then_some(Placeholder::OnlineOnly)
    }

    fn opened(&self, _file: &File) -> Option<Placeholder> {
        None
    }
}

#[cfg(target_os = "macos")]
impl Marks for SystemMarks {
    fn unopened(&self, _meta: &Metadata) -> Option<Placeholder> {
        None
    }

    fn opened(&self, file: &File) -> Option<Placeholder> {
        use std::os::darwin::fs::MetadataExt as _;
        // Source: sys/stat.h. Opening a dataless file does not download it, reading does.
        const SF_DATALESS: u32 = 0x4000_0000;
        let meta = file.try_clone().ok()?.into_std().metadata().ok()?;
        (meta.st_flags() & SF_DATALESS != 0).then_some(Placeholder::Dataless)
    }
}

#[cfg(not(any(windows, target_os = "macos")))]
impl Marks for SystemMarks {
    fn unopened(&self, _meta: &Metadata) -> Option<Placeholder> {
        None
    }

    fn opened(&self, _file: &File) -> Option<Placeholder> {
        None
    }
}

/// The largest file taken for a web pointer: they hold one small JSON object.
const POINTER_MAX: u64 = 8 * 1024;

/// What a file's name and size tell.
pub(crate) fn by_name(name: &str, size: u64) -> Option<Placeholder> {
    let lower = name.to_lowercase();
    if name.starts_with('.') && lower.ends_with(".icloud") {
        return Some(Placeholder::IcloudStub);
    }
    let extension = lower.rsplit_once('.').map(|(_, extension)| extension)?;
    let pointer = [
        "gdoc", "gsheet", "gslides", "gdraw", "gform", "gmap", "gsite", "gjam", "gscript", "gtable",
    ];
    (size <= POINTER_MAX && pointer.contains(&extension)).then_some(Placeholder::WebDocument)
}

/// The name of the iCloud stub that stands in for `name`.
pub(crate) fn stub_name(name: &str) -> String {
    format!(".{name}.icloud")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_stubs_and_pointers() {
        assert_eq!(by_name(".Report.docx.icloud", 170), Some(Placeholder::IcloudStub));
        assert_eq!(by_name("Plan.GSHEET", 180), Some(Placeholder::WebDocument));
        assert_eq!(by_name("Plan.gsheet", 1 << 20), None);
        assert_eq!(by_name("notes.icloud", 10), None);
        assert_eq!(by_name("gdoc", 10), None);
        assert_eq!(by_name(&stub_name("x.pdf"), 1), Some(Placeholder::IcloudStub));
    }
}
