//! The organisation's rules above the person's: a refusal wins wherever it stands, else the higher file.

use deskhand_policy::{Context, Decision, Origin, Rules, Verdict, decide};
use deskhand_types::{Action, CallId, EffectClass, Hash, Label, Mode};
use proptest::prelude::*;

/// A rule: verdict, the tool it is about (any when empty), its effects (any when empty).
type Plain = (&'static str, &'static str, Vec<&'static str>);

const EFFECTS: [(&str, EffectClass); 4] = [
    ("read", EffectClass::Read),
    ("create", EffectClass::Create),
    ("outward", EffectClass::Outward),
    ("exec", EffectClass::Exec),
];

fn toml(rules: &[Plain]) -> String {
    let rule = |(index, (verdict, tool, effects)): (usize, &Plain)| {
        let tool = if tool.is_empty() {
            String::new()
        } else {
            format!("tool = [{tool:?}], ")
        };
        format!(
            "[[rule]]\nname = \"r{index}\"\nverdict = {verdict:?}\nreason = \"because\"\nwhen = {{ {tool}effect = {effects:?} }}\n"
        )
    };
    rules.iter().enumerate().map(rule).collect()
}

/// What a file alone says of a call, worked out without the crate.
fn says(rules: &[Plain], tool: &str, effect: &str) -> Option<Verdict> {
    let matches = |(_, about, effects): &&Plain| {
        (about.is_empty() || *about == tool) && (effects.is_empty() || effects.contains(&effect))
    };
    rules.iter().find(matches).map(|(verdict, ..)| match *verdict {
        "allow" => Verdict::Allow,
        "ask" => Verdict::Ask,
        _ => Verdict::Deny,
    })
}

fn decided(rules: &Rules, tool: &str, effect: EffectClass, mode: Mode) -> Decision {
    let action = Action {
        call: CallId::new("c"),
        tool: tool.to_owned(),
        effect,
        paths: Vec::new(),
        summary: String::new(),
        tier: None,
        hash: Hash::ZERO,
    };
    let taint = Label::person();
    decide(
        &action,
        &Context {
            mode,
            grants: &[],
            taint: &taint,
            rules,
            flow: None,
        },
    )
}

fn stacked(first: &[Plain], second: &[Plain], own: &[Plain]) -> Rules {
    let rules = |plain: &[Plain], origin, file| Rules::parse(&toml(plain)).unwrap().of(origin, file);
    rules(first, Origin::Managed, "/first").above(
        rules(second, Origin::Managed, "/second")
            .above(rules(own, Origin::Own, "/own").then(Rules::shipped().unwrap())),
    )
}

fn any_file() -> impl Strategy<Value = Vec<Plain>> {
    let verdict = prop::sample::select(vec!["allow", "ask", "deny"]);
    let tool = prop::sample::select(vec!["", "a", "b"]);
    let effects = prop::sample::subsequence(EFFECTS.map(|(word, _)| word).to_vec(), 0..3);
    prop::collection::vec((verdict, tool, effects), 0..5)
}

proptest! {
    #[test]
    fn a_refusal_wins_then_the_higher_file(
        first in any_file(), second in any_file(), own in any_file(),
        tool in prop::sample::select(vec!["a", "b"]), effect in prop::sample::select(EFFECTS.to_vec()),
        mode in prop::sample::select(vec![Mode::Plan, Mode::Manual, Mode::Auto, Mode::Skip]),
    ) {
        let (word, effect) = effect;
        let decision = decided(&stacked(&first, &second, &own), tool, effect, mode);
        let said = [says(&first, tool, word), says(&second, tool, word), says(&own, tool, word)];
        let files = ["/first", "/second", "/own"];
        let refusing = said.iter().position(|verdict| *verdict == Some(Verdict::Deny));
        let managed = said.iter().take(2).flatten().next();
        if let Some(at) = refusing {
            prop_assert_eq!(decision.verdict, Verdict::Deny);
            prop_assert_eq!(&decision.file, files[at]);
        } else if let Some(verdict) = managed {
            // Only a mode that changes nothing at all is stricter than what the organisation allows.
            let plan = decision.rule == "plan-only" && decision.verdict == Verdict::Deny;
            prop_assert!(plan || decision.verdict == *verdict, "{:?} {:?}", decision, verdict);
        } else if said.iter().all(Option::is_none) {
            prop_assert_eq!(&decision, &decided(&Rules::shipped().unwrap(), tool, effect, mode));
            prop_assert_eq!(&decision.file, "");
        }
        // Whatever a person writes, and whatever further file they name, an organisation's no stays no and its question
        // stays a question or becomes a no.
        match said[0] {
            Some(Verdict::Deny) => prop_assert_eq!(decision.verdict, Verdict::Deny),
            Some(Verdict::Ask) => prop_assert_ne!(decision.verdict, Verdict::Allow),
            _ => {}
        }
    }
}

/// The organisation's question is asked in the mode without questions, where a person's own rule would be silent.
#[test]
fn the_organisations_question_is_asked_in_every_mode() {
    let ask = [("ask", "a", Vec::new())];
    let of = |rules: &Rules, mode| decided(rules, "a", EffectClass::Create, mode).verdict;
    assert_eq!(of(&stacked(&ask, &[], &[]), Mode::Skip), Verdict::Ask);
    assert_eq!(of(&stacked(&[], &[], &ask), Mode::Skip), Verdict::Allow);
}

/// Within a file the order is the author's: an exception stands before the rule it is one of.
#[test]
fn within_a_file_the_first_rule_decides() {
    let file = [("allow", "a", Vec::new()), ("deny", "", Vec::new())];
    let rules = stacked(&file, &[], &[]);
    assert_eq!(
        decided(&rules, "a", EffectClass::Create, Mode::Auto).verdict,
        Verdict::Allow
    );
    assert_eq!(
        decided(&rules, "b", EffectClass::Create, Mode::Auto).verdict,
        Verdict::Deny
    );
}
