//! The task state machine: pure, no clock, no files, no async.
