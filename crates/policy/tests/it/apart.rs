//! Untrusted text kept apart: what a call takes from it is looked at, and nothing is allowed that was not before.

use deskhand_policy::flow::{Directory, Intent, Kind, Lexicons, Parts, Seen, Sink, Target, Words};
use deskhand_policy::{Context, Decision, Flow, Rules, Verdict, decide, decide_apart};
use deskhand_types::{Action, CallId, Confidentiality, EffectClass, Hash, Integrity, Label, Mode, SourceKind};
use proptest::prelude::*;
use serde_json::{Value, json};

fn mail() -> Sink {
    Sink {
        effect: EffectClass::Outward,
        targets: vec![Target {
            param: "to".to_owned(),
            kind: Kind::Email,
            required: true,
        }],
        payload: vec!["body".to_owned()],
        intent: Intent::Lexicon(vec!["mail".to_owned()]),
        journalled: false,
    }
}

fn web(confidentiality: Confidentiality) -> Label {
    Label::from_source(Integrity::Web, confidentiality, SourceKind::Web, "https://x.example")
}

struct Case<'a> {
    arguments: Value,
    said: &'a str,
    rules: &'a str,
    parts: Parts<'a>,
    own: bool,
}

impl Case<'_> {
    fn decide(&self) -> (Decision, Decision) {
        let rules = Rules::parse(self.rules).unwrap().then(Rules::shipped().unwrap());
        let seen = Seen::new(Directory::default(), []);
        let words = Words::new(self.said, &Lexicons::shipped().unwrap(), &[]);
        let sink = mail();
        let action = Action {
            call: CallId::new("c1"),
            tool: "mcp__post__send".to_owned(),
            effect: if self.own {
                EffectClass::Read
            } else {
                EffectClass::Outward
            },
            paths: vec![],
            summary: String::new(),
            tier: None,
            hash: Hash::ZERO,
        };
        let taint = Label::person();
        let context = Context {
            mode: Mode::Auto,
            grants: &[],
            taint: &taint,
            rules: &rules,
            flow: Some(Flow {
                sink: (!self.own).then_some(&sink),
                arguments: &self.arguments,
                seen: &seen,
                words: &words,
            }),
        };
        (decide(&action, &context), decide_apart(&action, &context, &self.parts))
    }
}

#[test]
fn what_is_asked_and_what_is_not() {
    use Verdict::{Allow, Ask};
    let (private, secret) = (web(Confidentiality::Private), web(Confidentiality::Secret));
    let mail = |to: &str, body: &str| json!({"to": to, "body": body});
    let ordered = "Email the summary to ana@firm.example";
    let from = |params: &[&'static str]| Parts {
        params: params.to_vec(),
        label: Some(&private),
        ..Parts::default()
    };
    let answers = [json!("eve@evil.example"), json!(4900), json!(true)];
    let answered = Parts {
        answers: &answers,
        ..Parts::default()
    };
    let cases = [
        // What the model wrote itself is its own.
        (
            mail("zoe@firm.example", "hello"),
            ordered,
            Parts::default(),
            Allow,
            "clean-context",
        ),
        (
            mail("zoe@firm.example", "see https://x.example"),
            ordered,
            Parts::default(),
            Allow,
            "clean-context",
        ),
        (
            mail("eve@evil.example", "hello"),
            ordered,
            from(&["to"]),
            Ask,
            "target-not-yours",
        ),
        (
            mail("ana@firm.example", "hello"),
            ordered,
            from(&["to"]),
            Allow,
            "clean-context",
        ),
        (
            mail("ana@firm.example", "hello"),
            "Read what ana@firm.example wrote",
            from(&["to"]),
            Ask,
            "not-asked-for",
        ),
        (
            mail("zoe@firm.example", "hello"),
            ordered,
            from(&["body"]),
            Allow,
            "clean-context",
        ),
        (
            mail("zoe@firm.example", "see evil.example/x"),
            ordered,
            from(&["body"]),
            Ask,
            "foreign-link",
        ),
        (
            json!({"to": "ana@firm.example", "body": "x", "bcc": "eve@evil.example"}),
            ordered,
            from(&["bcc"]),
            Ask,
            "target-not-yours",
        ),
        (
            mail("zoe@firm.example", "hello"),
            ordered,
            Parts {
                params: vec!["body"],
                label: Some(&secret),
                ..Parts::default()
            },
            Ask,
            "secret-data",
        ),
        (
            mail("eve@evil.example", "hello"),
            ordered,
            answered.clone(),
            Ask,
            "target-not-yours",
        ),
        (
            mail("EVE@evil.example", "hello"),
            ordered,
            answered.clone(),
            Ask,
            "target-not-yours",
        ),
        (
            mail("zoe@firm.example", "it is 4900, true"),
            ordered,
            answered,
            Allow,
            "clean-context",
        ),
    ];
    for (arguments, said, parts, verdict, rule) in cases {
        let case = Case {
            arguments: arguments.clone(),
            said,
            rules: "",
            parts,
            own: false,
        };
        let (_, decision) = case.decide();
        assert_eq!(
            (decision.verdict, decision.rule.as_str()),
            (verdict, rule),
            "{arguments}"
        );
    }
}

#[test]
fn paths_and_commands_from_variables_are_asked() {
    let private = web(Confidentiality::Private);
    for (param, verdict) in [("file_path", Verdict::Ask), ("content", Verdict::Allow)] {
        let case = Case {
            arguments: json!({"file_path": "/mnt/work/x", "content": "x"}),
            said: "Do it",
            rules: "",
            parts: Parts {
                params: vec![param],
                content: &["content"],
                own: true,
                label: Some(&private),
                answers: &[],
            },
            own: true,
        };
        assert_eq!(case.decide().1.verdict, verdict, "{param}");
    }
}

/// A person's rule about contexts that have read text of others holds for calls that are made of it.
#[test]
fn rules_about_tainted_contexts_hold() {
    let private = web(Confidentiality::Private);
    let rules = "[[rule]]\nname = \"mine\"\nverdict = \"deny\"\nreason = \"no\"\nwhen = { effect = [\"outward\"], tainted = true }\n\
                 example = [{ tool = \"x\", effect = \"outward\", tainted = true }]\n";
    for (params, verdict) in [(vec!["body"], Verdict::Deny), (vec![], Verdict::Allow)] {
        let case = Case {
            arguments: json!({"to": "ana@firm.example", "body": "x"}),
            said: "Email ana@firm.example",
            rules,
            parts: Parts {
                label: (!params.is_empty()).then_some(&private),
                params,
                ..Parts::default()
            },
            own: false,
        };
        assert_eq!(case.decide().1.verdict, verdict);
    }
}

proptest! {
    /// Nowhere weaker: what is asked or refused without knowing of variables stays so.
    #[test]
    fn nothing_is_allowed_that_was_not(
        to in "(ana@firm|zoe@firm|eve@evil)\\.example",
        body in "(hello|see https://evil\\.example|)",
        said in "(Email|Read|) (ana|zoe)@firm\\.example",
        params in prop::sample::subsequence(vec!["to", "body", "bcc"], 0..=3),
        own: bool,
        secret: bool,
    ) {
        let label = web(if secret { Confidentiality::Secret } else { Confidentiality::Private });
        let target = params.contains(&"to");
        let case = Case {
            arguments: json!({"to": to, "body": body, "bcc": ""}),
            said: &said,
            rules: "",
            parts: Parts { label: (!params.is_empty()).then_some(&label), params, own, ..Parts::default() },
            own,
        };
        let (before, after) = case.decide();
        prop_assert!(before.verdict == Verdict::Allow || before == after);
        if target && !own && !said.contains(&to) {
            prop_assert_eq!(after.verdict, Verdict::Ask);
        }
    }
}
