//! A hook's command as a command of the task's room.

use deskhand_plugins::format::hooks::Prepared;
use deskhand_plugins::format::variables::Variables;

use crate::shell::quoted;

/// Ends the input; JSON on one line never holds it as a line of its own.
const END: &str = "DESKHAND_END_OF_INPUT";

/// The text for `bash -c`: the environment, the command, and its input. `None` for a shell there is not.
pub(super) fn script(prepared: &Prepared, variables: &Variables, input: &str) -> Option<String> {
    let line = match prepared {
        Prepared::Shell { shell, .. } if shell.as_deref().is_some_and(|shell| shell != "bash") => return None,
        Prepared::Shell { line, .. } => line.clone(),
        Prepared::Exec { program, args } => {
            let words = std::iter::once(program).chain(args);
            words.map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
        }
    };
    let mut script = String::new();
    for (name, value) in variables.environment() {
        // A name comes from a manifest's keys, which are identifiers; anything else would be a command.
        if name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        {
            script.push_str(&format!("export {name}={}\n", quoted(&value)));
        }
    }
    script.push_str("[ -z \"$CLAUDE_PLUGIN_DATA\" ] || mkdir -p \"$CLAUDE_PLUGIN_DATA\"\n");
    script.push_str(&format!("{{\n{line}\n}} <<'{END}'\n{input}\n{END}\n"));
    Some(script)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_arguments_are_words_whatever_they_hold() {
        let variables = Variables {
            plugin_root: Some("/mnt/.skills/a'b".into()),
            ..Variables::default()
        };
        let exec = Prepared::Exec {
            program: "echo".to_owned(),
            args: vec!["$(id); 'x'".to_owned()],
        };
        let script = script(&exec, &variables, "{}").unwrap();
        assert!(script.contains("CLAUDE_PLUGIN_ROOT='/mnt/.skills/a'\\''b'"), "{script}");
        assert!(script.contains("'echo' '$(id); '\\''x'\\'''"), "{script}");
    }

    #[test]
    fn another_shell_is_not_run_as_bash() {
        let line = Prepared::Shell {
            line: "Get-Item".to_owned(),
            shell: Some("powershell".to_owned()),
        };
        assert_eq!(script(&line, &Variables::default(), "{}"), None);
    }
}
