//! What this program is, and what is new in it.

use axum::{Json, extract::State};

use crate::{
    api::{About, Release},
    described::{Routes, routes},
    state::Shared,
};

/// What a person notices of each version, newest first. It comes with the program: nothing is asked of the network.
const CHANGELOG: &str = include_str!("../../../../../CHANGELOG.md");

pub(super) fn routes() -> Routes {
    Routes::new().routes(routes!(show))
}

/// Which version this is, and what each version brought.
#[utoipa::path(get, path = "/settings/about", responses((status = 200, body = About)))]
async fn show(State(shared): State<Shared>) -> Json<About> {
    Json(About {
        version: shared.engine.config().version.clone(),
        releases: releases(CHANGELOG),
    })
}

/// The parts of a changelog: what stands under its headings of the second level.
fn releases(changelog: &str) -> Vec<Release> {
    let mut parts = changelog.split("\n## ");
    parts.next();
    parts
        .map(|part| {
            let (name, changes) = part.split_once('\n').unwrap_or((part, ""));
            Release {
                name: name.trim().to_owned(),
                changes: changes.trim().to_owned(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changelog_is_taken_apart_by_version_and_ours_says_something() {
        let text = "# Changelog\n\nAbout it.\n\n## 2\n\n### Added\n\n* b\n\n## 1 (2026)\n\n* a\n";
        let release = |name: &str, changes: &str| Release {
            name: name.to_owned(),
            changes: changes.to_owned(),
        };
        let wanted = [release("2", "### Added\n\n* b"), release("1 (2026)", "* a")];
        assert_eq!(releases(text), wanted);
        assert!(
            releases(CHANGELOG)
                .iter()
                .all(|one| !one.name.is_empty() && one.changes.contains("* "))
        );
        assert!(!releases(CHANGELOG).is_empty());
    }
}
