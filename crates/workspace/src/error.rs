//! What can go wrong at the door, with stable codes.

use deskhand_types::{BlobError, ChangeSetId, Code, Coded, FileState, GuestPath, Hash};

use crate::cloud::Placeholder;

/// Why something could not be read, searched or prepared. Nothing was changed when one of these is returned.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// The first part of the path names no granted folder.
    #[error("{given} is in no granted folder (granted: {granted})")]
    NoSuchGrant {
        /// The path as given.
        given: String,
        /// The guest names of the granted folders, joined for people.
        granted: String,
    },
    /// The path leads out of every granted folder.
    #[error("{given} leads out of the granted folders ({granted}); it was not opened")]
    OutsideGrant {
        /// The path as given.
        given: String,
        /// The guest names of the granted folders, joined for people.
        granted: String,
    },
    /// The path is written in a form that is never accepted.
    #[error("{given} is not a path Deskhand opens: {why}")]
    BadPath {
        /// The path as given.
        given: String,
        /// What is wrong with it.
        why: String,
    },
    /// Nothing stands there.
    #[error("{path} does not exist")]
    NotFound {
        /// Where.
        path: GuestPath,
        /// The nearest existing folder, to look in.
        nearest: GuestPath,
    },
    /// Something stands there already.
    #[error("{path} already exists; nothing was changed")]
    Exists {
        /// Where.
        path: GuestPath,
    },
    /// A key store, a browser profile or Deskhand's own data: never opened, whatever was granted.
    #[error("{path} is a protected place and is never opened")]
    Protected {
        /// Where.
        path: GuestPath,
    },
    /// A file was needed and something else stands there.
    #[error("{path} is not a file but {found}")]
    NotAFile {
        /// Where.
        path: GuestPath,
        /// What stands there: "a folder", "a link", …
        found: &'static str,
    },
    /// A folder was needed and something else stands there.
    #[error("{path} is not a folder but {found}")]
    NotAFolder {
        /// Where.
        path: GuestPath,
        /// What stands there.
        found: &'static str,
    },
    /// A write would have gone through a symbolic link.
    #[error("{path} is a link to {target}; writes never follow links, nothing was changed")]
    ThroughLink {
        /// The link.
        path: GuestPath,
        /// What it points to, as stored.
        target: String,
    },
    /// A symbolic link points out of its granted folder, or in a circle.
    #[error("{path} is a link that cannot be followed: {why}")]
    BadLink {
        /// The link.
        path: GuestPath,
        /// Why.
        why: String,
    },
    /// The folder was granted for reading only.
    #[error("{path} is in a folder granted for reading only; nothing was changed")]
    ReadOnly {
        /// Where.
        path: GuestPath,
    },
    /// The file is larger than the limit.
    #[error("{path} has {size} bytes, more than the limit of {limit}")]
    TooLarge {
        /// Where.
        path: GuestPath,
        /// Its size in bytes.
        size: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// More entries or changes than the limit.
    #[error("{what}: more than the limit of {limit}; nothing was changed")]
    TooMany {
        /// What there is too much of.
        what: String,
        /// The limit.
        limit: usize,
    },
    /// The content is in the cloud, not on this machine.
    #[error("the content of {path} is not on this machine: {kind}")]
    Placeholder {
        /// Where.
        path: GuestPath,
        /// What kind of stand-in it is.
        kind: Placeholder,
    },
    /// Fewer bytes came than the file has: a cloud service that gave nothing, or a file that is being rewritten.
    #[error("only {got} of {size} bytes of {path} could be read; the result was not used")]
    ShortRead {
        /// Where.
        path: GuestPath,
        /// Bytes read.
        got: u64,
        /// Bytes the file has.
        size: u64,
    },
    /// The name does not work on every platform.
    #[error("{path} cannot be created: {why}")]
    UnportableName {
        /// Where.
        path: GuestPath,
        /// What is wrong with the name.
        why: &'static str,
    },
    /// Another entry has the same name but for case or Unicode form.
    #[error("{path} cannot be created beside {existing}: the names are the same on Windows and macOS")]
    NameCollision {
        /// The new path.
        path: GuestPath,
        /// The entry that is there.
        existing: GuestPath,
    },
    /// The file is not what the caller saw last.
    #[error("{path} was changed since it was read; nothing was changed")]
    ChangedSinceRead {
        /// Where.
        path: GuestPath,
        /// What the caller expected; `None` is "nothing there".
        expected: Option<Hash>,
    },
    /// Files a command worked on are not what it saw: somebody changed them meanwhile.
    #[error("{}; nothing of what the command did was taken over", meanwhile_text(.paths))]
    ChangedMeanwhile {
        /// All of them.
        paths: Vec<GuestPath>,
    },
    /// What a sandbox says a command left is not something a command can leave.
    #[error("the sandbox reported {path:?}, which cannot be: {why}; nothing was changed")]
    BadOverlay {
        /// The path as reported.
        path: String,
        /// What is wrong.
        why: &'static str,
    },
    /// The edit makes no sense (a folder moved into itself, the root of a grant deleted, …).
    #[error("{path}: {why}; nothing was changed")]
    BadEdit {
        /// Where.
        path: GuestPath,
        /// What is wrong.
        why: String,
    },
    /// The change-set contradicts itself.
    #[error("the change-set is not well formed at {path}: {why}; nothing was changed")]
    BadChange {
        /// Where.
        path: GuestPath,
        /// What is wrong.
        why: &'static str,
    },
    /// The pattern of a search could not be understood.
    #[error("the pattern {pattern:?} is not valid: {why}")]
    BadPattern {
        /// The pattern as given.
        pattern: String,
        /// What the parser said.
        why: String,
    },
    /// What was written is not what is read back.
    #[error("{path} was written but reads back differently; it was taken back")]
    ReadBack {
        /// Where.
        path: GuestPath,
    },
    /// The system said no.
    #[error("{path} could not be {doing}: {source}")]
    Io {
        /// Where.
        path: GuestPath,
        /// What was tried, as a participle ("opened").
        doing: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// The store of earlier contents failed.
    #[error("the stored copies cannot be used: {0}; nothing was changed")]
    Blob(#[from] BlobError),
}

impl Coded for WorkspaceError {
    fn code(&self) -> Code {
        Code::new(match self {
            Self::NoSuchGrant { .. } => "workspace.no-such-grant",
            Self::OutsideGrant { .. } => "workspace.outside-grant",
            Self::BadPath { .. } => "workspace.bad-path",
            Self::NotFound { .. } => "workspace.not-found",
            Self::Exists { .. } => "workspace.exists",
            Self::Protected { .. } => "workspace.protected",
            Self::NotAFile { .. } => "workspace.not-a-file",
            Self::NotAFolder { .. } => "workspace.not-a-folder",
            Self::ThroughLink { .. } => "workspace.through-link",
            Self::BadLink { .. } => "workspace.bad-link",
            Self::ReadOnly { .. } => "workspace.read-only",
            Self::TooLarge { .. } => "workspace.too-large",
            Self::TooMany { .. } => "workspace.too-many",
            Self::Placeholder { .. } => "workspace.placeholder",
            Self::ShortRead { .. } => "workspace.short-read",
            Self::UnportableName { .. } => "workspace.unportable-name",
            Self::NameCollision { .. } => "workspace.name-collision",
            Self::ChangedSinceRead { .. } => "workspace.changed-since-read",
            Self::ChangedMeanwhile { .. } => "workspace.changed-meanwhile",
            Self::BadOverlay { .. } => "workspace.bad-overlay",
            Self::BadEdit { .. } => "workspace.bad-edit",
            Self::BadChange { .. } => "workspace.bad-change",
            Self::BadPattern { .. } => "workspace.bad-pattern",
            Self::ReadBack { .. } => "workspace.read-back",
            Self::Io { .. } => "workspace.io",
            Self::Blob(_) => "workspace.blob",
        })
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoSuchGrant { granted, .. } | Self::OutsideGrant { granted, .. } => {
                format!(
                    "Paths look like /mnt/<folder>/<file>; granted: {granted}. Ask for another folder if it is needed."
                )
            }
            Self::BadPath { .. } => "Use a path like /mnt/<folder>/<file>.".into(),
            Self::NotFound { nearest, .. } => format!("List {nearest} to see what is there."),
            Self::Exists { .. } => "Choose another name, or delete what is there first.".into(),
            Self::NotAFile { path, .. } => format!("List {path}, or name a file in it."),
            Self::NotAFolder { .. } => "Name the folder it is in.".into(),
            Self::ThroughLink { target, .. } => format!("Write to what the link points to: {target}."),
            Self::ReadOnly { .. } => "Write to /mnt/outputs, or ask for the folder with writing.".into(),
            Self::TooLarge { .. } => "Read a part of it, or search in it.".into(),
            Self::TooMany { .. } => "Do it in smaller parts.".into(),
            Self::Placeholder { .. } => {
                "Open the file once in its cloud app so that it is downloaded, then try again.".into()
            }
            Self::ShortRead { .. } => {
                "Wait until the cloud service or the other program is done, then try again.".into()
            }
            Self::UnportableName { .. } => {
                "Choose a plain name: letters, digits, spaces, - _ . and no Windows device name.".into()
            }
            Self::NameCollision { existing, .. } => {
                format!("Use {existing}, or a name that differs in more than case or accents' encoding.")
            }
            Self::ChangedSinceRead { .. } => "Read the file again and repeat the edit on what is there now.".into(),
            Self::ChangedMeanwhile { .. } => "Look at what is there now, then run the command again.".into(),
            Self::Io { source, .. } if source.kind() == std::io::ErrorKind::PermissionDenied => {
                "The system does not allow it: check the permissions, or whether another program has the file open."
                    .into()
            }
            Self::ReadBack { .. } => "Check the disk; the file system does not keep what is written to it.".into(),
            Self::Blob(_) => "Check the free space of the disk that holds Deskhand's data.".into(),
            _ => return None,
        })
    }
}

/// One path that is not as the change-set expects it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Conflict {
    /// Where.
    pub path: GuestPath,
    /// What the change-set expects there.
    pub expected: FileState,
    /// What is there, as far as it could be read.
    pub found: Found,
}

/// What was found at a path in conflict.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Found {
    /// A state that could be read.
    State(FileState),
    /// Something the workspace does not describe: a folder that still holds entries, a device, an unreadable file.
    Other(String),
}

/// A change of a failed change-set that still stands since it could not be taken back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Standing {
    /// Index in [`deskhand_types::ChangeSet::changes`].
    pub index: usize,
    /// Where.
    pub path: GuestPath,
    /// Why it could not be taken back.
    pub why: String,
}

/// Why a change-set did not land.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// Refused before anything was touched.
    #[error(transparent)]
    Refused(WorkspaceError),
    /// Files were changed by someone else. Nothing of the change-set stands, nothing was overwritten.
    #[error("{}; nothing of the change-set stands and nothing was overwritten", conflict_text(.conflicts))]
    Conflict {
        /// The change-set.
        set: ChangeSetId,
        /// Every path that is not as expected, as far as was looked.
        conflicts: Vec<Conflict>,
    },
    /// Something failed on the way; all that had been done was taken back.
    #[error("{source}; the whole change-set was taken back")]
    Failed {
        /// The change-set.
        set: ChangeSetId,
        /// What failed.
        source: Box<WorkspaceError>,
    },
    /// Something failed, and so did taking back: what is listed still stands.
    #[error("{cause}; taking back failed too, these changes still stand: {}", standing_text(.standing))]
    Standing {
        /// The change-set.
        set: ChangeSetId,
        /// What failed first.
        cause: Box<ApplyError>,
        /// Exactly what stands.
        standing: Vec<Standing>,
    },
}

fn conflict_text(conflicts: &[Conflict]) -> String {
    let shown: Vec<&str> = conflicts.iter().take(3).map(|c| c.path.as_str()).collect();
    let more = conflicts.len().saturating_sub(shown.len());
    let verb = if conflicts.len() == 1 { "is" } else { "are" };
    let rest = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    format!("{}{rest} {verb} no longer as expected", shown.join(", "))
}

fn meanwhile_text(paths: &[GuestPath]) -> String {
    let shown: Vec<&str> = paths.iter().take(3).map(GuestPath::as_str).collect();
    let more = match paths.len().saturating_sub(shown.len()) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let verb = if paths.len() == 1 { "was" } else { "were" };
    format!("{}{more} {verb} changed while the command ran", shown.join(", "))
}

fn standing_text(standing: &[Standing]) -> String {
    standing
        .iter()
        .map(|s| format!("{} ({})", s.path, s.why))
        .collect::<Vec<_>>()
        .join(", ")
}

impl Coded for ApplyError {
    fn code(&self) -> Code {
        match self {
            Self::Refused(error) => error.code(),
            Self::Conflict { .. } => Code::new("workspace.conflict"),
            Self::Failed { source, .. } => source.code(),
            Self::Standing { .. } => Code::new("workspace.standing"),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Refused(error) => error.hint(),
            Self::Conflict { .. } => {
                Some("Look at the files, then decide which version to keep; both still exist.".into())
            }
            Self::Failed { source, .. } => source.hint(),
            Self::Standing { .. } => Some(
                "Solve the cause (disk full, permissions), then run the task's recovery again; it may be repeated."
                    .into(),
            ),
        }
    }
}
