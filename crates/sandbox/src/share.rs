//! The server of shared folders: read-only FUSE.
