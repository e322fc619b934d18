//! The lexicons, by language and effect class: a sentence that asks for an effect lets it through once what it acts on is
//! bound; one that denies it, or speaks of something else, does not.

use std::collections::{BTreeMap, BTreeSet};

use deskhand_policy::flow::{Directory, Intent, Kind, Lexicons, Seen, Sink, Target, Words};
use deskhand_policy::{Context, Flow, Rules, Verdict, decide};
use deskhand_types::{Action, CallId, Confidentiality, EffectClass, Hash, Integrity, Label, Mode, SourceKind};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Sentences {
    yes: Vec<String>,
    no: Vec<String>,
}

type ByLanguage = BTreeMap<String, BTreeMap<String, Sentences>>;

fn sentences() -> ByLanguage {
    toml::from_str(include_str!("../data/sentences.toml")).unwrap()
}

/// The effect class of the tools an intent is for.
fn effect(intent: &str) -> EffectClass {
    match intent {
        "mail" | "message" | "post" | "publish" | "share" | "invite" => EffectClass::Outward,
        "remove" | "cancel" | "delete_mail" | "delete" => EffectClass::Irreversible,
        "create_event" | "write_file" => EffectClass::Create,
        "move_event" => EffectClass::Modify,
        "pay" | "standing" | "adjust" | "book" => EffectClass::Spend,
        "password" | "account" => EffectClass::Credential,
        "fetch" => EffectClass::Fetch,
        other => panic!("{other}: which effect?"),
    }
}

/// What a call to an address the person named gets in a context that has read a page, and why.
fn judged(said: &str, intent: &str, lexicons: &Lexicons, rules: &Rules) -> (Verdict, String) {
    let label = Label::from_source(
        Integrity::Web,
        Confidentiality::Public,
        SourceKind::Web,
        "https://x.example",
    );
    let mut seen = Seen::new(Directory::default(), []);
    seen.read(&label);
    let words = Words::new(&format!("{said} (ana@firm.example)"), lexicons, &[]);
    let effect = effect(intent);
    let sink = Sink {
        effect,
        targets: vec![Target {
            param: "to".to_owned(),
            kind: Kind::Email,
            required: true,
        }],
        payload: vec![],
        intent: Intent::Lexicon(vec![intent.to_owned()]),
        journalled: false,
    };
    let arguments = json!({"to": "ana@firm.example"});
    let action = Action {
        call: CallId::new("c1"),
        tool: "mcp__any__thing".to_owned(),
        effect,
        paths: vec![],
        summary: String::new(),
        tier: None,
        hash: Hash::of(b"{}"),
    };
    let decision = decide(
        &action,
        &Context {
            mode: Mode::Auto,
            grants: &[],
            taint: &label,
            rules,
            flow: Some(Flow {
                sink: Some(&sink),
                arguments: &arguments,
                seen: &seen,
                words: &words,
            }),
        },
    );
    (decision.verdict, decision.rule)
}

fn check(language: &str) {
    let lexicons = Lexicons::shipped().unwrap();
    let rules = Rules::shipped().unwrap();
    let mut wrong = Vec::new();
    for (intent, said) in &sentences()[language] {
        for (sentences, asks_for_it) in [(&said.yes, true), (&said.no, false)] {
            for sentence in sentences {
                let words = Words::new(sentence, &lexicons, &[]);
                let found = Intent::Lexicon(vec![intent.clone()]).is_in(&words);
                let (verdict, rule) = judged(sentence, intent, &lexicons, &rules);
                // Without a verb the floor asks for that reason; with one, whatever else it asks for, not for that.
                let agrees = (rule == NO_VERB) != asks_for_it && (asks_for_it || verdict == Verdict::Ask);
                if found != asks_for_it || !agrees {
                    wrong.push(format!("{intent} {asks_for_it}: {sentence} ({rule})"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{language}:\n{}", wrong.join("\n"));
}

/// All but the one for hidden text.
const INTENTS: usize = 20;

const NO_VERB: &str = "not-asked-for";

#[test]
fn english_by_effect() {
    check("en");
}

#[test]
fn german_by_effect() {
    check("de");
}

#[test]
fn french_by_effect() {
    check("fr");
}

#[test]
fn spanish_by_effect() {
    check("es");
}

#[test]
fn portuguese_by_effect() {
    check("pt");
}

#[test]
fn japanese_by_effect() {
    check("ja");
}

#[test]
fn chinese_by_effect() {
    check("zh");
}

/// The sentences cover every language, every intent but the one for hidden text (which has cases of its own), every effect
/// class that intents ask for, and each has both kinds.
#[test]
fn every_language_and_effect_has_sentences() {
    let all = sentences();
    let languages: BTreeSet<String> = Lexicons::shipped()
        .unwrap()
        .iter()
        .map(|lexicon| lexicon.language.clone())
        .collect();
    assert_eq!(all.keys().cloned().collect::<BTreeSet<_>>(), languages);
    for (language, by_intent) in &all {
        assert_eq!(by_intent.len(), INTENTS, "{language}");
        let effects: BTreeSet<EffectClass> = by_intent.keys().map(|intent| effect(intent)).collect();
        assert_eq!(effects.len(), 7, "{language}");
        assert!(
            by_intent
                .values()
                .all(|said| !said.yes.is_empty() && !said.no.is_empty())
        );
    }
}
