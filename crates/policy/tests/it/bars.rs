//! What searches do not come to is what may not simply be read, whatever the rules are.

use deskhand_policy::{Context, Origin, Rules, Verdict, decide};
use deskhand_types::{Action, CallId, EffectClass, Grant, GrantMode, GuestPath, Hash, Label, Mode};
use proptest::prelude::*;

const PATHS: [&str; 5] = [
    "/mnt/work/a.txt",
    "/mnt/work/hr/pay.xlsx",
    "/mnt/work/hr/public/map.txt",
    "/mnt/home/hr/x.txt",
    "/mnt/home/b.txt",
];
const GLOBS: [&str; 5] = [
    "/mnt/work/hr/**",
    "/mnt/*/hr/public/**",
    "/mnt/home/**",
    "**/*.xlsx",
    "",
];

fn rules(plain: &[(u8, u8, u8)], origin: Origin) -> Rules {
    let rule = |(index, (verdict, glob, effect)): (usize, &(u8, u8, u8))| {
        let verdict = ["allow", "ask", "deny"][usize::from(*verdict)];
        let path = match GLOBS[usize::from(*glob)] {
            "" => String::new(),
            glob => format!("path = [{glob:?}], "),
        };
        let effect = ["", "effect = [\"read\"]", "effect = [\"create\"]"][usize::from(*effect)];
        format!("[[rule]]\nname = \"r{index}\"\nverdict = {verdict:?}\nreason = \"x\"\nwhen = {{ {path}{effect} }}\n")
    };
    let text: String = plain.iter().enumerate().map(rule).collect();
    // A table must not end in a comma.
    Rules::parse(&text.replace(", }", " }"))
        .unwrap()
        .of(origin, "/rules.toml")
}

fn layer() -> impl Strategy<Value = Vec<(u8, u8, u8)>> {
    prop::collection::vec((0..3_u8, 0..5_u8, 0..3_u8), 0..5)
}

proptest! {
    #[test]
    fn cover_what_may_not_simply_be_read(own in layer(), managed in layer()) {
        let rules = rules(&managed, Origin::Managed)
            .above(rules(&own, Origin::Own).then(Rules::shipped().unwrap()));
        let taint = Label::person();
        let grants = ["work", "home"].map(|name| Grant {
            name: name.to_owned(),
            folder: String::new(),
            mode: GrantMode::ReadWrite,
            outside_home: false,
        });
        let context = Context { mode: Mode::Auto, grants: &grants, taint: &taint, rules: &rules, flow: None };
        let bars = rules.bars(Mode::Auto);
        for path in PATHS.map(GuestPath::new) {
            let action = Action {
                call: CallId::new("c"),
                tool: "Read".to_owned(),
                effect: EffectClass::Read,
                paths: vec![path.clone()],
                summary: String::new(),
                tier: None,
                hash: Hash::ZERO,
            };
            let verdict = decide(&action, &context).verdict;
            if let Some(bars) = &bars {
                prop_assert_eq!(bars.covers(&path), verdict != Verdict::Allow, "{}", path);
            } else {
                // Only rules without paths: they judge the search itself.
                let speaks = own.iter().chain(&managed).any(|(verdict, glob, effect)| {
                    *verdict != 0 && *glob != 4 && *effect != 2
                });
                prop_assert!(!speaks);
            }
        }
    }
}
