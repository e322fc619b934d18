//! Canaries: a word that stands in a folder and nowhere else. Seen on its way out, it proves that the folder's content
//! is leaving, however it came there, and the task is stopped (`injection.md` 4.5 number 6).

use std::fmt::Write as _;

use base64::Engine as _;
use deskhand_types::{Grant, GuestPath};
use deskhand_workspace::Workspace;

/// The file of a granted folder that holds its canary: one word of 16 to 200 characters.
pub const FILE: &str = ".deskhand-canary";

/// The canaries of a task's folders, in every form they are looked for in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Canaries(Vec<(String, Vec<String>)>);

impl Canaries {
    /// Those of the folders of a task.
    pub fn of(workspace: &Workspace, grants: &[Grant]) -> Self {
        let canary = |grant: &Grant| {
            let path = GuestPath::new(format!("/mnt/{}/{FILE}", grant.name));
            let text = String::from_utf8(workspace.read(&path, 4096).ok()?).ok()?;
            let word = text.trim();
            let fits = (16..=200).contains(&word.len()) && !word.contains(char::is_whitespace);
            fits.then(|| (grant.folder.clone(), forms(word)))
        };
        Self(grants.iter().filter_map(canary).collect())
    }

    /// Every form, for whoever watches a stream.
    pub fn words(&self) -> impl Iterator<Item = Vec<u8>> {
        self.0
            .iter()
            .flat_map(|(_, forms)| forms)
            .map(|form| form.clone().into_bytes())
    }

    /// The folder whose canary stands in a text.
    pub fn folder_in(&self, text: &str) -> Option<&str> {
        if self.0.is_empty() {
            return None;
        }
        let lower = text.to_lowercase();
        let found = |forms: &[String]| {
            forms
                .iter()
                .any(|form| text.contains(form.as_str()) || lower.contains(form.as_str()))
        };
        let (folder, _) = self.0.iter().find(|(_, forms)| found(forms))?;
        Some(folder)
    }
}

/// The word as it is, in lower case, backwards, in hexadecimal, and in Base64 at each of the three offsets.
fn forms(word: &str) -> Vec<String> {
    let hex = word.bytes().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    let mut forms = vec![word.to_owned(), word.to_lowercase(), word.chars().rev().collect(), hex];
    for offset in 0..3 {
        let shifted: Vec<u8> = std::iter::repeat_n(0, offset).chain(word.bytes()).collect();
        let encoded = base64::engine::general_purpose::STANDARD_NO_PAD.encode(shifted);
        // Characters at both ends also hold bits of the neighbours.
        let middle = encoded.get(if offset == 0 { 0 } else { offset + 1 }..encoded.len().saturating_sub(2));
        forms.extend(middle.map(str::to_owned));
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_canary_is_seen_in_every_form() {
        let word = "canary-7f3a9c51e2b8";
        let canaries = Canaries(vec![("/home/me/private".to_owned(), forms(word))]);
        let base64 = |text: String| base64::engine::general_purpose::STANDARD.encode(text);
        for text in [
            format!("see {word}."),
            word.to_uppercase(),
            word.chars().rev().collect(),
            base64(format!("{word} and more")),
            base64(format!("a{word} and more")),
            base64(format!("ab{word} and more")),
            "63616e6172792d3766336139633531653262380a".to_owned(),
        ] {
            assert_eq!(canaries.folder_in(&text), Some("/home/me/private"), "{text}");
        }
        assert_eq!(canaries.folder_in("a canary in a mine"), None);
    }
}
