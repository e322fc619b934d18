//! With 22 plugins and 185 skills the prompt grows by 6 KB at most, and the right skill is still found.

use deskhand_plugins::format::catalog::Resolution;
use deskhand_plugins::format::{Catalog, Origin, load};

use crate::folder::Folder;

/// `plugin | what it is for`, then its skills as `name | description`.
const SKILLS: &str = include_str!("office/skills.txt");
/// `plugin:name | what somebody asks`.
const REQUESTS: &str = include_str!("office/requests.txt");
/// What the listing may add to a prompt.
const BUDGET: usize = 6 * 1024;

fn office() -> (Catalog, Vec<Folder>) {
    let mut catalog = Catalog::default();
    let mut folders: Vec<(String, Folder)> = Vec::new();
    for line in SKILLS.lines().filter(|line| !line.trim().is_empty()) {
        let (name, text) = line.split_once(" | ").unwrap();
        if let Some(plugin) = name.strip_prefix("# ") {
            let manifest = serde_json::json!({"name": plugin, "description": text}).to_string();
            folders.push((
                plugin.to_owned(),
                Folder::of(&[(".claude-plugin/plugin.json", &manifest)]),
            ));
        } else {
            let quoted = serde_json::to_string(text).unwrap();
            let file = format!("---\nname: {name}\ndescription: {quoted}\n---\nDo it.");
            folders
                .last()
                .unwrap()
                .1
                .put(&format!("skills/{name}/SKILL.md"), file.as_bytes());
        }
    }
    for (plugin, folder) in &folders {
        let loaded = load(
            &folder.path(),
            &Origin {
                name: Some(plugin.clone()),
                ..Origin::default()
            },
        );
        assert_eq!(loaded.diagnostics, []);
        catalog.add_plugin(&loaded.plugin.unwrap());
    }
    (catalog, folders.into_iter().map(|(_, folder)| folder).collect())
}

#[test]
fn the_listing_keeps_to_its_budget_and_names_every_skill() {
    let (catalog, folders) = office();
    assert_eq!((folders.len(), catalog.skills().len()), (22, 185));
    let listing = catalog.listing(BUDGET);
    assert!(listing.len() <= BUDGET, "{}", listing.len());
    for skill in catalog.skills() {
        let owner = skill.scope.plugin().unwrap();
        let line = listing
            .lines()
            .find(|line| line.starts_with(&format!("- {owner}:")) || line.starts_with(&format!("- {owner} (")));
        let names = line.unwrap().rsplit_once(": ").unwrap().1;
        assert!(
            names.split(", ").any(|name| name == skill.slug),
            "{}",
            skill.qualified()
        );
    }
    assert!(listing.contains("`search`"));
}

#[test]
fn every_budget_is_kept_and_more_room_says_more() {
    let (catalog, _folders) = office();
    let mut last = 0;
    for budget in [0, 80, 500, 2000, 4000, 6144, 12_000, 30_000, 200_000] {
        let listing = catalog.listing(budget);
        assert!(listing.len() <= budget, "{} over {budget}", listing.len());
        assert!(listing.len() >= last, "{budget}");
        last = listing.len();
    }
    // With room for all of it nothing is cut.
    let whole = catalog.listing(200_000);
    for skill in catalog.skills() {
        assert!(whole.contains(&format!("- {}: {}\n", skill.qualified(), skill.description)));
    }
    assert_eq!(Catalog::default().listing(6144), "");
}

/// Expected skill and words of every request.
fn requests() -> Vec<(&'static str, &'static str)> {
    let lines = REQUESTS.lines().filter(|line| !line.trim().is_empty());
    lines.map(|line| line.split_once(" | ").unwrap()).collect()
}

/// Requests whose skill is not among the first `most`, with what was found instead.
fn missed(catalog: &Catalog, requests: &[(&str, &str)], most: usize) -> Vec<String> {
    let found = requests.iter().filter_map(|(expected, words)| {
        assert!(matches!(catalog.resolve(expected), Resolution::Skill(_)), "{expected}");
        let hits: Vec<_> = catalog
            .search(words, most)
            .into_iter()
            .map(|hit| hit.skill.qualified())
            .collect();
        (!hits.iter().any(|hit| hit == expected)).then(|| format!("{expected}: {words}\n    {}", hits.join(", ")))
    });
    found.collect()
}

#[test]
fn the_right_skill_is_among_the_first_five() {
    let (catalog, _folders) = office();
    let requests = requests();
    assert_eq!(requests.len(), 60);
    let five = missed(&catalog, &requests, 5);
    assert!(five.len() <= 3, "{} of 60 missed:\n{}", five.len(), five.join("\n"));
    let one = missed(&catalog, &requests, 1);
    assert!(
        one.len() <= 10,
        "{} of 60 are not first:\n{}",
        one.len(),
        one.join("\n")
    );
}

#[test]
fn the_check_of_the_search_sees_a_search_that_is_wrong() {
    let (catalog, _folders) = office();
    // Every request with the skill of another: as if the search gave anything.
    let mut requests = requests();
    let skills: Vec<_> = requests.iter().map(|(skill, _)| *skill).collect();
    for (at, request) in requests.iter_mut().enumerate() {
        request.0 = skills[(at + 30) % skills.len()];
    }
    assert!(missed(&catalog, &requests, 5).len() > 50);
}

#[test]
fn words_that_fit_nothing_find_nothing() {
    let (catalog, _folders) = office();
    assert_eq!(catalog.search("zzzz qqqq", 5).len(), 0);
    assert_eq!(catalog.search("", 5).len(), 0);
    assert_eq!(catalog.search("please help me with the", 5).len(), 0);
}
