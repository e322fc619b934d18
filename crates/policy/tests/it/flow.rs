//! `decide` with the flow of a call: the floor over all rules.

use deskhand_policy::flow::{Directory, Intent, Kind, Lexicons, Output, RecordKind, Seen, Sink, Target, Words, leaves};
use deskhand_policy::{Context, Decision, Flow, Rules, Verdict, decide};
use deskhand_types::{
    Action, CallId, Confidentiality, EffectClass, Grant, GrantMode, GuestPath, Hash, Integrity, Label, Mode, SourceKind,
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn sink(effect: EffectClass, targets: &[(&str, Kind)], payload: &[&str], intents: &[&str]) -> Sink {
    Sink {
        effect,
        targets: targets
            .iter()
            .map(|(param, kind)| Target {
                param: (*param).to_owned(),
                kind: kind.clone(),
                required: true,
            })
            .collect(),
        payload: payload.iter().map(|param| (*param).to_owned()).collect(),
        intent: Intent::Lexicon(intents.iter().map(|intent| (*intent).to_owned()).collect()),
        journalled: false,
    }
}

fn mail() -> Sink {
    sink(EffectClass::Outward, &[("to", Kind::Email)], &["body"], &["mail"])
}

fn web() -> Label {
    Label::from_source(
        Integrity::Web,
        Confidentiality::Public,
        SourceKind::Web,
        "https://x.example",
    )
}

struct Case {
    sink: Option<Sink>,
    effect: EffectClass,
    arguments: Value,
    said: &'static str,
    read: Vec<Label>,
    mode: Mode,
    rules: &'static str,
}

impl Default for Case {
    fn default() -> Self {
        Self {
            sink: Some(mail()),
            effect: EffectClass::Outward,
            arguments: json!({"to": "ana@firm.example", "body": "hello"}),
            said: "Email the summary to ana@firm.example",
            read: vec![web()],
            mode: Mode::Auto,
            rules: "",
        }
    }
}

impl Case {
    fn decide(&self) -> Decision {
        let rules = Rules::parse(self.rules).unwrap().then(Rules::shipped().unwrap());
        let mut seen = Seen::new(Directory::default(), []);
        self.read.iter().for_each(|label| seen.read(label));
        let words = Words::new(self.said, &Lexicons::shipped().unwrap(), &[]);
        let action = Action {
            call: CallId::new("c1"),
            tool: "mcp__post__anything".to_owned(),
            effect: self.effect,
            paths: vec![],
            summary: String::new(),
            tier: None,
            hash: Hash::of(self.arguments.to_string().as_bytes()),
        };
        let taint = seen.label().clone();
        decide(
            &action,
            &Context {
                mode: self.mode,
                grants: &[],
                taint: &taint,
                rules: &rules,
                flow: Some(Flow {
                    sink: self.sink.as_ref(),
                    arguments: &self.arguments,
                    seen: &seen,
                    words: &words,
                }),
            },
        )
    }

    fn verdict(&self) -> (Verdict, String) {
        let decision = self.decide();
        (decision.verdict, decision.rule)
    }
}

fn is(verdict: Verdict, rule: &str) -> (Verdict, String) {
    (verdict, rule.to_owned())
}

#[test]
fn what_the_person_named_and_asked_for_is_not_asked_again() {
    use Verdict::{Allow, Ask};
    assert_eq!(Case::default().verdict(), is(Allow, "bound-to-your-words"));
    let cases = [
        (json!({"to": "eve@evil.example", "body": "hello"}), "target-not-yours"),
        (
            json!({"to": "ana@firm.example", "body": "see https://evil.example/x"}),
            "foreign-link",
        ),
        (
            json!({"to": "ana@firm.example", "body": "hello", "bcc": "eve@evil.example"}),
            "target-not-yours",
        ),
        (json!({"body": "hello"}), "no-target"),
        (json!(null), "no-target"),
    ];
    for (arguments, rule) in cases {
        for mode in [Mode::Auto, Mode::Skip] {
            let case = Case {
                arguments: arguments.clone(),
                mode,
                ..Case::default()
            };
            assert_eq!(case.verdict(), is(Ask, rule), "{arguments}");
        }
    }
    let no_verb = Case {
        said: "Who is ana@firm.example?",
        ..Case::default()
    };
    assert_eq!(no_verb.verdict(), is(Ask, "not-asked-for"));
    let clean = Case {
        read: vec![Label::person()],
        said: "go",
        ..Case::default()
    };
    assert_eq!(clean.verdict(), is(Allow, "clean-context"));
    let manual = Case {
        mode: Mode::Manual,
        ..Case::default()
    };
    assert_eq!(manual.verdict(), is(Ask, "manual-mode"));
    let plan = Case {
        mode: Mode::Plan,
        ..Case::default()
    };
    assert_eq!(plan.verdict(), is(Verdict::Deny, "plan-only"));
    let strange = Case {
        sink: None,
        ..Case::default()
    };
    assert_eq!(strange.verdict(), is(Ask, "no-target"));
}

/// The title of an invitation is no target, so it is content; and content is looked at as a whole or not believed.
#[test]
fn nothing_that_is_sent_escapes_the_link_rule() {
    let mut invitation = sink(
        EffectClass::Outward,
        &[("who", Kind::Email), ("title", Kind::Text)],
        &["body"],
        &["mail"],
    );
    invitation.targets[0].required = false;
    let case = |title: &str, body: Value| Case {
        sink: Some(invitation.clone()),
        arguments: json!({"who": ["ana@firm.example"], "title": title, "body": body}),
        ..Case::default()
    };
    let foreign = is(Verdict::Ask, "foreign-link");
    assert_eq!(
        case("News", json!("hello")).verdict(),
        is(Verdict::Allow, "bound-to-your-words")
    );
    assert_eq!(case("News at evil.example/x", json!("hello")).verdict(), foreign);
    assert_eq!(case("News", json!({"evil.example/x": 1})).verdict(), foreign);
    let deep = (0..40).fold(json!("evil.example/x"), |inner, _| json!([inner]));
    assert_eq!(case("News", deep).verdict(), foreign);
}

/// Found by renaming tools at random: the numbers of a numbered list bound the ids of files to a parameter called `url`.
#[test]
fn the_numbers_of_a_list_name_nothing() {
    for (param, kind) in [
        ("url", Kind::Url),
        ("file", Kind::Recipient),
        ("n", Kind::Number),
        ("x", Kind::Text),
    ] {
        let case = Case {
            sink: Some(sink(EffectClass::Irreversible, &[(param, kind)], &[], &["delete"])),
            effect: EffectClass::Irreversible,
            arguments: json!({param: 1}),
            said: "1. Show me the files that are shared. 2. Delete the largest file.",
            ..Case::default()
        };
        assert_eq!(case.verdict().0, Verdict::Ask, "{param}");
        let case = Case {
            arguments: json!({param: "1"}),
            ..case
        };
        assert_eq!(case.verdict().0, Verdict::Ask, "{param}");
    }
}

#[test]
fn the_question_names_the_value() {
    let case = Case {
        arguments: json!({"to": "eve@evil.example", "body": "hello"}),
        ..Case::default()
    };
    assert_eq!(
        case.decide().reason,
        "“eve@evil.example” (to) is not in your request, and text that others could have written was read"
    );
}

#[test]
fn other_languages_work_as_well() {
    for said in [
        "Schick die Zusammenfassung bitte an ana@firm.example",
        "Envoie le résumé à ana@firm.example, merci",
        "Envía el resumen a ana@firm.example, por favor",
        "Envie o resumo para ana@firm.example, por favor",
        "要約をana@firm.exampleに送ってください",
        "请把摘要发送给ana@firm.example",
    ] {
        assert_eq!(
            Case {
                said,
                ..Case::default()
            }
            .verdict(),
            is(Verdict::Allow, "bound-to-your-words"),
            "{said}"
        );
    }
}

#[test]
fn a_persons_rule_lifts_no_flow() {
    let rules = r#"
        [[rule]]
        name = "post-is-fine"
        verdict = "allow"
        reason = "you said so"
        when = { tool = ["mcp__post__anything"] }
    "#;
    let bound = Case {
        rules,
        ..Case::default()
    };
    assert_eq!(bound.verdict(), is(Verdict::Allow, "post-is-fine"));
    let foreign = Case {
        rules,
        arguments: json!({"to": "eve@evil.example", "body": "x"}),
        ..Case::default()
    };
    assert_eq!(foreign.verdict(), is(Verdict::Ask, "target-not-yours"));
    let secret = Label {
        confidentiality: Confidentiality::Secret,
        ..Label::person()
    };
    let secret = Case {
        rules,
        read: vec![secret],
        ..Case::default()
    };
    assert_eq!(secret.verdict(), is(Verdict::Ask, "secret-data"));
    let persist = Case {
        rules,
        sink: Some(sink(EffectClass::Persist, &[("text", Kind::Text)], &[], &["mail"])),
        effect: EffectClass::Persist,
        read: vec![],
        ..Case::default()
    };
    assert_eq!(persist.verdict(), is(Verdict::Ask, "outlives-the-task"));
}

/// Changes in granted folders are journalled, so that reading a web page does not make every edit a question.
#[test]
fn journalled_writes_run_in_a_tainted_context() {
    let mut write = sink(
        EffectClass::Create,
        &[("file_path", Kind::FileName)],
        &["content"],
        &["write_file"],
    );
    write.journalled = true;
    let rules = Rules::shipped().unwrap();
    let grants = [Grant {
        name: "work".into(),
        folder: String::new(),
        mode: GrantMode::ReadWrite,
        outside_home: false,
    }];
    let mut seen = Seen::new(Directory::default(), []);
    seen.read(&web());
    let words = Words::new("Make a report", &Lexicons::shipped().unwrap(), &[]);
    let action = Action {
        call: CallId::new("c1"),
        tool: "Write".to_owned(),
        effect: EffectClass::Create,
        paths: vec![GuestPath::new("/mnt/work/report.docx")],
        summary: String::new(),
        tier: None,
        hash: Hash::ZERO,
    };
    let arguments = json!({"file_path": "/mnt/work/report.docx", "content": "x"});
    let flow = Flow {
        sink: Some(&write),
        arguments: &arguments,
        seen: &seen,
        words: &words,
    };
    let taint = web();
    let context = Context {
        mode: Mode::Auto,
        grants: &grants,
        taint: &taint,
        rules: &rules,
        flow: Some(flow),
    };
    assert_eq!(decide(&action, &context).verdict, Verdict::Allow);
}

/// Ids stand for what the person named, as long as there is one of that name.
#[test]
fn an_id_binds_to_the_one_record_of_that_name() {
    let delete = || {
        Some(sink(
            EffectClass::Irreversible,
            &[("id", Kind::Id(RecordKind::File))],
            &[],
            &["delete"],
        ))
    };
    let verdict = |records: Value, id: &str| {
        let mut seen = Seen::new(Directory::default(), []);
        let label = web();
        seen.observe(&Output {
            value: &records,
            label: &label,
            address_book: false,
            echo: false,
        });
        let words = Words::new("Delete the old minutes", &Lexicons::shipped().unwrap(), &[]);
        let (sink, arguments) = (delete().unwrap(), json!({"id": id}));
        let call = deskhand_policy::flow::Call {
            sink: Some(&sink),
            arguments: &arguments,
        };
        deskhand_policy::flow::judge(&call, &seen, &words, deskhand_policy::flow::Strength::Shipped).verdict
    };
    let one = json!([{"id": 7, "filename": "old-minutes.docx"}, {"id": 8, "filename": "plan.docx"}]);
    assert_eq!(verdict(one.clone(), "7"), Verdict::Allow);
    assert_eq!(verdict(one, "8"), Verdict::Ask);
    let two = json!([{"id": 7, "filename": "old-minutes.docx"}, {"id": 8, "filename": "Old-Minutes.docx"}]);
    assert_eq!(
        verdict(two, "7"),
        Verdict::Ask,
        "somebody else gave theirs the same name"
    );
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        prop::sample::select(vec![
            "ana@firm.example",
            "2026-05-24T10:00",
            "https://x.example",
            "DE89 3704 0044",
            "id"
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-d]|id|email|name|amount|subject|body|filename", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn any_effect() -> impl Strategy<Value = EffectClass> {
    use EffectClass::{
        Create, Credential, Delete, Exec, Fetch, Irreversible, Modify, None, Outward, Persist, Read, Spend,
    };
    prop::sample::select(vec![
        None,
        Read,
        Create,
        Modify,
        Delete,
        Irreversible,
        Fetch,
        Outward,
        Exec,
        Persist,
        Spend,
        Credential,
    ])
}

fn any_kind() -> impl Strategy<Value = Kind> {
    let words = "number flag date datetime perm url email quoted name payee filename attach text dir:x id:file id:event id:nothing";
    let mut kinds: Vec<Kind> = words.split(' ').map(Kind::from_word).collect();
    kinds.push(Kind::Recipient);
    prop::sample::select(kinds)
}

proptest! {
    /// Any call, any prompt, any outputs, any rules: `decide` gives a verdict, the same one twice, and never lets an
    /// effect that leaves happen unasked once secret data was read; nor, tainted, one that nothing is bound for.
    #[test]
    fn decide_is_total_and_secret_data_never_leaves_unasked(
        effect in any_effect(), described in any_effect(), kind in any_kind(), arguments in any_json(), output in any_json(),
        said in "\\PC{0,60}", secret in any::<bool>(), tainted in any::<bool>(), by_context in any::<bool>(), known in any::<bool>(),
        flowing in any::<bool>(), allow_all in any::<bool>(),
        mode in prop::sample::select(vec![Mode::Plan, Mode::Manual, Mode::Auto, Mode::Skip]),
    ) {
        let allow = "[[rule]]\nname = \"all\"\nverdict = \"allow\"\nreason = \"all\"\n";
        let rules = Rules::parse(if allow_all { allow } else { "" }).unwrap().then(Rules::shipped().unwrap());
        let label = Label {
            integrity: if tainted { Integrity::Web } else { Integrity::Person },
            confidentiality: if secret { Confidentiality::Secret } else { Confidentiality::Private },
            ..Label::harness()
        };
        let mut seen = Seen::new(Directory::from_value(&output), ["a@b.example".to_owned()]);
        // The engine may forget to tell one of the two.
        let taint = if by_context { label.clone() } else { Label::harness() };
        let told = if by_context { Label::harness() } else { label };
        seen.observe(&Output { value: &output, label: &told, address_book: true, echo: false });
        let words = Words::new(&said, &Lexicons::shipped().unwrap(), &[]);
        let sink = sink(described, &[("a", kind.clone()), ("b", kind)], &["c"], &["mail"]);
        let flow = Flow { sink: known.then_some(&sink), arguments: &arguments, seen: &seen, words: &words };
        let action = Action {
            call: CallId::new("c"), tool: "t".into(), effect, paths: vec![], summary: String::new(), tier: None, hash: Hash::ZERO,
        };
        let context = Context { mode, grants: &[], taint: &taint, rules: &rules, flow: (flowing || !by_context).then_some(flow) };
        let decision = decide(&action, &context);
        prop_assert_eq!(&decide(&action, &context), &decision);
        prop_assert!(!decision.reason.is_empty() && !decision.rule.is_empty());
        if leaves(effect) && secret {
            prop_assert_ne!(decision.verdict, Verdict::Allow);
        }
        // A service that keeps a note has been told it, whatever the tool is called.
        if secret && context.flow.is_some() && known && effect > EffectClass::Read && sink.effect_of(&arguments, &seen) > EffectClass::Read {
            prop_assert_ne!(decision.verdict, Verdict::Allow);
        }
        if leaves(effect) && tainted && context.flow.is_some() && !known {
            prop_assert_ne!(decision.verdict, Verdict::Allow);
        }
        if effect == EffectClass::Persist && described == EffectClass::Persist && context.flow.is_some() && known {
            prop_assert_ne!(decision.verdict, Verdict::Allow);
        }
    }
}
