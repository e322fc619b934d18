//! Event log and blobs on SQLite.
