//! How loudly a page's unseen words are told: an ordinary one raises no alarm. None of them is passed on unasked.

use deskhand_documents::{Limits, NoteKind, ReadOptions, read};

use crate::{
    fixtures::{open, text},
    hidden::{SECRET, assert_shown_when_asked_for},
};

/// A page as shops have it: data for search engines, measuring, a notice of a script, pictures with names.
const ORDINARY: &str = r#"<html><head><title>Pens</title><meta name="description" content="Fountain pens made by hand in Lisbon since 1921">
    <script type="application/ld+json">{"@type": "Product", "description": "A fountain pen with a fine nib made of steel"}</script>
    <script>/*! Licensed under the MIT licence, see the file LICENSE for all the terms */
      window.dataLayer = window.dataLayer || []; function gtag(){dataLayer.push(arguments);} gtag('js', new Date());
      var text = "We value your privacy and use cookies to improve this site";</script></head>
    <body><p>Visible</p><img src="a.png" alt="A pen on a sheet of paper"><a title="Opens in a new window" href="/b">More</a>
    <noscript>Switch scripts on to see all our pens</noscript></body></html>"#;

#[test]
fn an_ordinary_page_raises_no_alarm_and_a_hostile_one_does() {
    let notes = |html: &str| {
        let reading = open("x.html", html.as_bytes());
        let shown = format!("{}{}", text(&reading), reading.data);
        for word in [
            "fine nib",
            "Licensed",
            "privacy",
            "sheet of paper",
            "Opens in",
            "Switch scripts",
            "Ignore",
        ] {
            assert!(!shown.contains(word), "`{word}` is shown:\n{shown}");
        }
        let notes = reading.notes.into_iter().map(|note| (note.kind, note.text, note.count));
        notes.collect::<Vec<_>>()
    };
    let quiet = |count: u64| {
        (
            NoteKind::Remark,
            format!("{count} other things of the page's source not shown"),
            count,
        )
    };
    let pictures = (NoteKind::Remark, "1 image not shown".to_owned(), 1);
    let mut ordinary = vec![quiet(6), pictures.clone()];
    assert_eq!(notes(ORDINARY), ordinary);
    // One sentence more, in any of its scripts, and it is told as hidden content, with its size.
    let hostile = ORDINARY.replace("var text", &format!("var a = \"{SECRET}\"; var text"));
    assert_ne!(hostile, ORDINARY);
    let script = hostile.find("/*!").unwrap()..hostile.find("</script></head>").unwrap();
    let chars = hostile[script].chars().filter(|c| !c.is_whitespace()).count();
    let what = "words to a reader in scripts, drawings, descriptions and alternative texts of the page";
    ordinary[0] = quiet(5);
    ordinary.insert(
        0,
        (
            NoteKind::Comments,
            format!("{what} not shown ({chars} characters)"),
            chars as u64,
        ),
    );
    assert_eq!(notes(&hostile), ordinary);
    assert_shown_when_asked_for("a script among others", "x.html", hostile.as_bytes());
    let asked = ReadOptions {
        with_hidden: true,
        ..ReadOptions::default()
    };
    let shown = text(&read("x.html", ORDINARY.as_bytes(), &asked, &Limits::default()).unwrap());
    assert!(
        shown.contains("> A pen on a sheet of paper"),
        "all of it can be asked for: {shown}"
    );
}

#[test]
fn code_is_no_word_withheld() {
    let page = "<head><meta name=viewport content='width=device-width, initial-scale=1'><style>p { color: black }</style>\
        <script>var a = new Map(); a.set('x', 1);</script></head><p>Visible</p>";
    assert_eq!(open("x.html", page.as_bytes()).notes, [], "code is not a word withheld");
}
