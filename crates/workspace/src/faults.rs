//! A seam for tests: every file-system operation of preparing, applying, taking back and recovering asks first.

/// One kind of file-system operation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FsOp {
    /// Opening a folder.
    OpenFolder,
    /// Reading kind, size, mode and time of an entry.
    Inspect,
    /// Opening a file for reading.
    OpenFile,
    /// Reading a file's content.
    Read,
    /// Reading the entries of a folder.
    ListFolder,
    /// Reading where a link points.
    ReadLink,
    /// Creating the temporary file.
    CreateTemp,
    /// Writing the first half of the content: an error here leaves an empty temporary file.
    Write,
    /// Writing the second half: an error here leaves a torn temporary file.
    WriteRest,
    /// Making content durable.
    SyncFile,
    /// Changing permission bits.
    SetMode,
    /// Changing a modification time.
    SetTime,
    /// Renaming onto a name that must be free.
    Rename,
    /// Swapping two names. Failing it with [`std::io::ErrorKind::Unsupported`] plays a file system that cannot swap.
    Exchange,
    /// Reading back what was just written.
    ReadBack,
    /// Making a symbolic link.
    MakeLink,
    /// Making a folder.
    MakeFolder,
    /// Removing a file or link (always one whose content is kept in the blob store).
    RemoveFile,
    /// Removing an empty folder.
    RemoveFolder,
    /// Making names in a folder durable.
    SyncFolder,
}

/// Called before every file-system operation; an error makes the operation fail without being tried.
pub trait Faults: Send + Sync {
    /// Decides whether the operation `op` on the guest path `path` may go on.
    ///
    /// # Errors
    /// The error the operation shall fail with.
    fn before(&self, op: FsOp, path: &str) -> std::io::Result<()>;
}
