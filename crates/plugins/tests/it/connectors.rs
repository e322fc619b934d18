//! `CONNECTORS.md` and `~~category` (A3).

use deskhand_plugins::format::connectors::Connectors;

const TABLE: &str = "# Connectors\n\nSome prose | with a bar.\n\n\
| Category | Placeholder | Included servers | Other options |\n|----------|:-----------:|------------------|-----|\n\
| Chat | `~~chat` | Slack | Microsoft Teams, Discord |\n\
| **Project tracker** | `~~project tracker` | Linear, Asana, Google Drive\\* | Jira |\n\
| Project | `~~project` | — | |\n\
| CI/CD | ~~CI/CD | — | CircleCI |\n\n\\* address not set yet\n";

fn found(text: &str) -> Vec<String> {
    let connectors = Connectors::parse(TABLE);
    connectors
        .placeholders(text)
        .into_iter()
        .map(|(range, category)| format!("{}={category}", &text[range]))
        .collect()
}

#[test]
fn the_table_is_read() {
    let connectors = Connectors::parse(TABLE);
    let rows: Vec<_> = connectors
        .rows
        .iter()
        .map(|row| (row.category.as_str(), row.placeholder.as_str()))
        .collect();
    assert_eq!(
        rows,
        [
            ("Chat", "chat"),
            ("Project tracker", "project tracker"),
            ("Project", "project"),
            ("CI/CD", "CI/CD")
        ]
    );
    let tracker = &connectors.rows[1];
    let included: Vec<_> = tracker
        .included
        .iter()
        .map(|one| (one.name.as_str(), one.configured))
        .collect();
    assert_eq!(included, [("Linear", true), ("Asana", true), ("Google Drive", false)]);
    assert_eq!(
        (connectors.rows[0].others.len(), connectors.rows[2].included.len()),
        (2, 0)
    );
    assert_eq!(
        Connectors::parse("# Prose\n\nNo table | at all.\n\n| a | b |\n|---|---|\n| c | d |\n"),
        Connectors::default()
    );
}

#[test]
fn the_longest_known_category_is_taken() {
    assert_eq!(
        found("Ask ~~project tracker for open tickets"),
        ["~~project tracker=project tracker"]
    );
    assert_eq!(found("the ~~project plan"), ["~~project=project"]);
    assert_eq!(
        found("~~CI/CD, ~~e-signature and ~~Knowledge base."),
        [
            "~~CI/CD=CI/CD",
            "~~e-signature=e-signature",
            "~~Knowledge base=knowledge base"
        ]
    );
    assert_eq!(found("~~chat/~~email"), ["~~chat=chat", "~~email=email"]);
    assert_eq!(found("~~chatter ~~unknown thing ~~"), Vec::<String>::new());
}

#[test]
fn what_is_struck_out_is_no_placeholder() {
    assert_eq!(found("~~chat~~ is gone"), Vec::<String>::new());
    assert_eq!(found("~~chat is down~~, use ~~email"), ["~~email=email"]);
    assert_eq!(found("~~chat and ~~email"), ["~~chat=chat", "~~email=email"]);
}

#[test]
fn the_model_is_told_what_serves_a_category() {
    let connectors = Connectors::parse(TABLE);
    let text = "Look in ~~chat, then ~~project tracker, then ~~chat again, ~~CRM last.";
    assert_eq!(
        connectors
            .context(text, &["slack", "google-drive", "linear"], &|_| Vec::new())
            .unwrap(),
        "Connected tools for the categories in this skill:\n- ~~chat: slack\n- ~~project tracker: linear, google-drive\n- ~~CRM: nothing connected that is known for it\n"
    );
    // What serves a category is told whether the plugin lists it or not, once.
    let serving = |category: &str| match category {
        "chat" => vec!["Slack".to_owned(), "talk".to_owned()],
        "CRM" => vec!["hubspot".to_owned()],
        _ => Vec::new(),
    };
    assert_eq!(
        connectors.context(text, &["slack"], &serving).unwrap(),
        "Connected tools for the categories in this skill:\n- ~~chat: slack, talk\n- ~~project tracker: nothing connected that is known for it\n- ~~CRM: hubspot\n"
    );
    assert_eq!(connectors.context("nothing here", &["slack"], &serving), None);
}
