//! The shipped rules as a table, and properties that no rule file may break.

use deskhand_policy::{Context, Permit, RuleError, Rules, Verdict, decide};
use deskhand_types::{Action, Answer, CallId, EffectClass, Grant, GrantMode, GuestPath, Hash, Label, Mode, Tier};
use proptest::prelude::*;

fn grants(mode: GrantMode) -> Vec<Grant> {
    ["work", "outputs"]
        .into_iter()
        .map(|name| Grant {
            name: name.to_owned(),
            folder: format!("/home/ana/{name}"),
            mode: if name == "outputs" { GrantMode::ReadWrite } else { mode },
            outside_home: false,
        })
        .collect()
}

fn action(tool: &str, effect: EffectClass, paths: &[&str]) -> Action {
    Action {
        call: CallId::new("c1"),
        tool: tool.to_owned(),
        effect,
        paths: paths.iter().map(|path| GuestPath::new(*path)).collect(),
        summary: String::new(),
        tier: None,
        hash: Hash::of(format!("{tool}{effect:?}{paths:?}").as_bytes()),
    }
}

fn verdict(action: &Action, mode: Mode, grant: GrantMode) -> (Verdict, String) {
    let rules = Rules::shipped().unwrap();
    let grants = grants(grant);
    let taint = Label::file("/mnt/work/a.txt");
    let decision = decide(
        action,
        &Context {
            mode,
            grants: &grants,
            taint: &taint,
            rules: &rules,
            flow: None,
        },
    );
    (decision.verdict, decision.rule)
}

#[test]
fn shipped_rules_by_mode() {
    use EffectClass::{Create, Delete, Modify, Outward, Read};
    use GrantMode::{ReadOnly, ReadWrite, ReadWriteNoDelete};
    use Verdict::{Allow, Ask, Deny};
    let cases = [
        (Read, Mode::Plan, ReadOnly, Allow, "reading"),
        (Create, Mode::Plan, ReadWrite, Deny, "plan-only"),
        (Create, Mode::Auto, ReadOnly, Deny, "read-only-folder"),
        (Create, Mode::Skip, ReadOnly, Deny, "read-only-folder"),
        (Create, Mode::Manual, ReadWrite, Ask, "manual-mode"),
        (Create, Mode::Auto, ReadWriteNoDelete, Allow, "reversible-change"),
        (Modify, Mode::Auto, ReadWriteNoDelete, Allow, "reversible-change"),
        (Delete, Mode::Auto, ReadWriteNoDelete, Ask, "delete-in-no-delete-folder"),
        (Delete, Mode::Auto, ReadWrite, Allow, "reversible-change"),
        (
            Delete,
            Mode::Skip,
            ReadWriteNoDelete,
            Allow,
            "delete-in-no-delete-folder",
        ),
        (Outward, Mode::Skip, ReadWrite, Ask, "outward-or-lasting"),
    ];
    for (effect, mode, grant, expected, rule) in cases {
        let got = verdict(&action("T", effect, &["/mnt/work/a.txt"]), mode, grant);
        assert_eq!(got, (expected, rule.to_owned()), "{effect:?} {mode:?} {grant:?}");
    }
}

#[test]
fn commands_by_mode_and_tier() {
    use Verdict::{Allow, Ask, Deny};
    let cases = [
        (Mode::Plan, Some(Tier::Vm), Deny, "plan-only"),
        (Mode::Manual, Some(Tier::Vm), Ask, "manual-mode"),
        (Mode::Auto, Some(Tier::Vm), Allow, "command-in-the-machine"),
        (Mode::Skip, Some(Tier::Vm), Allow, "command-in-the-machine"),
        (Mode::Plan, Some(Tier::Os), Deny, "plan-only"),
        (Mode::Auto, Some(Tier::Os), Ask, "command-in-the-weaker-sandbox"),
        (Mode::Skip, Some(Tier::Os), Allow, "command-in-the-weaker-sandbox"),
        // Nothing says what keeps it apart: never without a question.
        (Mode::Auto, None, Ask, "outward-or-lasting"),
        (Mode::Skip, None, Ask, "outward-or-lasting"),
    ];
    for (mode, tier, expected, rule) in cases {
        let command = Action {
            tier,
            ..action("Bash", EffectClass::Exec, &[])
        };
        let got = verdict(&command, mode, GrantMode::default());
        assert_eq!(got, (expected, rule.to_owned()), "{mode:?} {tier:?}");
    }
    // Only the tool whose changes are judged afterwards has this leave.
    let other = Action {
        tier: Some(Tier::Vm),
        ..action("Other", EffectClass::Exec, &[])
    };
    assert_eq!(verdict(&other, Mode::Auto, GrantMode::default()).0, Ask);
}

#[test]
fn outputs_are_the_tasks_own_but_one_path_elsewhere_is_not() {
    let inside = action("MoveFile", EffectClass::Modify, &["/mnt/outputs/a", "/mnt/outputs/b"]);
    assert_eq!(verdict(&inside, Mode::Manual, GrantMode::ReadWrite).0, Verdict::Allow);
    let mixed = action("MoveFile", EffectClass::Modify, &["/mnt/outputs/a", "/mnt/work/b"]);
    assert_eq!(verdict(&mixed, Mode::Manual, GrantMode::ReadWrite).0, Verdict::Ask);
}

#[test]
fn secret_places_are_refused_in_every_mode() {
    for path in [
        "/mnt/work/.ssh/id_ed25519",
        "/mnt/work/.SSH/config",
        "/mnt/work/a/.env",
        "/mnt/work/Vault.KDBX",
    ] {
        for mode in [Mode::Plan, Mode::Manual, Mode::Auto, Mode::Skip] {
            let got = verdict(&action("Read", EffectClass::Read, &[path]), mode, GrantMode::ReadWrite);
            assert_eq!(got, (Verdict::Deny, "secret-place".to_owned()), "{path}");
        }
    }
}

#[test]
fn a_persons_rule_comes_first_and_must_match_its_examples() {
    let own = r#"
        [[rule]]
        name = "never-in-taxes"
        verdict = "deny"
        reason = "you said: never in Taxes"
        when = { path = ["/mnt/*/Taxes/**"], effect = ["create", "modify", "delete"] }
        example = [{ effect = "create", path = "/mnt/work/Taxes/2026.xlsx" }]
    "#;
    let rules = Rules::parse(own).unwrap().then(Rules::shipped().unwrap());
    let (grants, taint) = (grants(GrantMode::ReadWrite), Label::person());
    let context = Context {
        mode: Mode::Skip,
        grants: &grants,
        taint: &taint,
        rules: &rules,
        flow: None,
    };
    let inside = decide(&action("Write", EffectClass::Create, &["/mnt/work/Taxes/a"]), &context);
    assert_eq!(
        (inside.verdict, inside.rule.as_str()),
        (Verdict::Deny, "never-in-taxes")
    );
    let outside = decide(&action("Write", EffectClass::Create, &["/mnt/work/a"]), &context);
    assert_eq!(outside.verdict, Verdict::Allow);

    let planted = own.replace(
        "path = \"/mnt/work/Taxes/2026.xlsx\"",
        "path = \"/mnt/work/Other/2026.xlsx\"",
    );
    assert_eq!(
        Rules::parse(&planted).unwrap_err(),
        RuleError::Example {
            rule: "never-in-taxes".to_owned(),
            number: 1
        }
    );
    assert!(matches!(
        Rules::parse("[[rule]]\nnam = 1").unwrap_err(),
        RuleError::Parse(_)
    ));
}

#[test]
fn an_approval_binds_to_what_was_asked() {
    let asked = action("Write", EffectClass::Create, &["/mnt/work/a"]);
    let changed = action("Write", EffectClass::Create, &["/mnt/work/b"]);
    assert!(Permit::from_answer(&asked, &asked, &Answer::Allow).is_some());
    assert!(Permit::from_answer(&changed, &asked, &Answer::Allow).is_none());
    assert!(Permit::from_answer(&asked, &asked, &Answer::Deny { reason: None }).is_none());
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

proptest! {
    /// Whatever the mode: nothing outside the grants, no write to a read-only folder, no change in plan mode, and
    /// nothing that leaves the machine or cannot be undone without a question.
    #[test]
    fn floor_holds(effect in any_effect(), mode in prop::sample::select(vec![Mode::Plan, Mode::Manual, Mode::Auto, Mode::Skip]),
                   grant in prop::sample::select(vec![GrantMode::ReadOnly, GrantMode::ReadWriteNoDelete, GrantMode::ReadWrite]),
                   name in "[a-z]{1,8}", file in "[a-zA-Z0-9 ._-]{1,20}") {
        let path = format!("/mnt/{name}/{file}");
        let (got, _) = verdict(&action("T", effect, &[&path]), mode, grant);
        if name != "work" && name != "outputs" {
            prop_assert_eq!(got, Verdict::Deny);
        }
        if name == "work" && grant == GrantMode::ReadOnly && effect > EffectClass::Read {
            prop_assert_eq!(got, Verdict::Deny);
        }
        if mode == Mode::Plan && effect > EffectClass::Read {
            prop_assert_eq!(got, Verdict::Deny);
        }
        if effect > EffectClass::Delete {
            prop_assert_ne!(got, Verdict::Allow);
        }
    }
}
