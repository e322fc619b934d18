#![no_main]
//! A skill's file and the arguments it is called with, divided by a zero byte.

use deskhand_plugins::format::skill::{Scope, skill};
use deskhand_plugins::format::substitute::{Call, substitute};
use deskhand_plugins::format::variables::Variables;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut halves = bytes.splitn(2, |byte| *byte == 0);
    let (file, arguments) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
    let scope = Scope::Plugin("fuzz".to_owned());
    if let Some(skill) = skill(file, "fuzz/SKILL.md".as_ref(), &scope, &mut Vec::new()) {
        let arguments = String::from_utf8_lossy(arguments);
        let variables = Variables::default();
        let call = Call { arguments: &arguments, variables: &variables, session_id: "s", effort: None, commands: true };
        let _ = substitute(&skill, &call);
    }
});
