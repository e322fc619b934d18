//! The server of shared folders, as a guest's kernel talks to it.

mod client;
mod desk;
mod keeping;
mod rooms;
mod tree;
