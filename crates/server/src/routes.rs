//! The routes of the API, a module for each thing there is.
#![allow(unused_qualifications, reason = "written by the macros that describe the routes")]

mod app;
mod connectors;
mod feed;
mod files;
mod folders;
mod inbox;
mod plugins;
mod settings;
mod skills;
mod starters;
mod steer;
mod tasks;
mod trust;
mod uploads;

use deskhand_types::{Grant, GrantMode};

use crate::{
    api::{FolderChoice, Permission},
    described::Routes,
};

/// All of them, below `/api/v1`.
pub(crate) fn all() -> Routes {
    Routes::new()
        .merge(app::routes())
        .merge(connectors::routes())
        .merge(feed::routes())
        .merge(files::routes())
        .merge(folders::routes())
        .merge(inbox::routes())
        .merge(plugins::routes())
        .merge(settings::routes())
        .merge(skills::routes())
        .merge(starters::routes())
        .merge(steer::routes())
        .merge(tasks::routes())
        .merge(trust::routes())
        .merge(uploads::routes())
}

pub(crate) use tasks::grant_mode;

/// Standing folders as choices.
pub(crate) fn folders_of(grants: &[Grant]) -> Vec<FolderChoice> {
    let choice = |grant: &Grant| FolderChoice {
        path: grant.folder.clone(),
        mode: permission(grant.mode),
    };
    grants.iter().map(choice).collect()
}

/// A grant's mode as a permission.
pub(crate) const fn permission(mode: GrantMode) -> Permission {
    match mode {
        GrantMode::ReadOnly => Permission::ReadOnly,
        GrantMode::ReadWriteNoDelete => Permission::ReadWriteNoDelete,
        GrantMode::ReadWrite => Permission::ReadWrite,
    }
}
