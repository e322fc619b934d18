//! Plugins at their boundary: folders as they are found in the wild.

mod connectors;
mod finding;
mod folder;
mod hooks;
mod hostile;
mod manifest;
mod naming;
mod robustness;
mod servers;
mod substitution;
