//! Which changes of tasks the person is told about: that a task waits for them, is done, or could not go on.

use std::collections::HashMap;

use serde::Deserialize;

use crate::words::notice;

/// Where a task stands, as far as it matters here.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It is being worked on.
    Working,
    /// It waits for the person.
    Waiting,
    /// It is done.
    Done,
    /// It could not go on.
    Failed,
    /// A budget was reached.
    Budget,
    /// The policy refused what it is for.
    Refused,
    /// Anything else: nothing the person does not know already.
    #[serde(other)]
    Quiet,
}

/// What the service says about a task; the rest of its line is left out.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Head {
    /// The task.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub status: Status,
    /// Open questions.
    pub waiting: usize,
}

/// What is on the application's stream, as far as it matters here.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Update {
    Task {
        head: Head,
    },
    #[serde(other)]
    Other,
}

/// The task that an update of the application's stream is about.
pub fn head_of(data: &str) -> Option<Head> {
    match serde_json::from_str(data).ok()? {
        Update::Task { head } => Some(head),
        Update::Other => None,
    }
}

/// Something the person is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Notice {
    /// The task to be opened.
    pub task: String,
    /// What happened, in a few words.
    pub title: String,
    /// Which task: its title. What is in the task stays in the task: notifications stand on locked screens.
    pub body: String,
}

/// What is known of tasks, so that only changes are told.
#[derive(Default, Debug)]
pub struct Notices {
    known: Option<HashMap<String, (Status, usize)>>,
}

impl Notices {
    /// Takes the list of all tasks: at the beginning, when nothing is told, and after the stream was interrupted.
    pub fn list(&mut self, heads: Vec<Head>) -> Vec<Notice> {
        let first = self.known.is_none();
        let notices = heads.iter().filter_map(|head| self.head(head)).collect();
        if first { Vec::new() } else { notices }
    }

    /// Takes a task's line, old or new.
    pub fn head(&mut self, head: &Head) -> Option<Notice> {
        let known = self.known.get_or_insert_default();
        let before = known.insert(head.id.clone(), (head.status, head.waiting));
        let title = match head.status {
            Status::Waiting => {
                // One more question is news, one less is the person's own answer.
                let asked = matches!(before, Some((Status::Waiting, asked)) if asked >= head.waiting);
                (!asked).then_some(notice::WAITING)
            }
            status if before.is_some_and(|(before, _)| before == status) => None,
            Status::Done => Some(notice::DONE),
            Status::Failed => Some(notice::FAILED),
            Status::Budget => Some(notice::BUDGET),
            Status::Refused => Some(notice::REFUSED),
            Status::Working | Status::Quiet => None,
        };
        title.map(|title| Notice {
            task: head.id.clone(),
            title: title.to_owned(),
            body: shortened(&head.title),
        })
    }

    /// How many tasks are being worked on.
    pub fn working(&self) -> usize {
        let known = self.known.iter().flat_map(HashMap::values);
        known.filter(|(status, _)| *status == Status::Working).count()
    }

    /// Forgets everything: another service is listened to.
    pub fn forget(&mut self) {
        self.known = None;
    }
}

/// A title in one line that notifications show whole.
fn shortened(title: &str) -> String {
    const LONGEST: usize = 120;
    let line = title.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default().trim_end()),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(id: &str, status: Status, waiting: usize) -> Head {
        Head {
            id: id.to_owned(),
            title: format!("Task\n {id}"),
            status,
            waiting,
        }
    }

    fn titles(notices: &mut Notices, heads: &[(&str, Status, usize)]) -> Vec<String> {
        heads
            .iter()
            .filter_map(|(id, status, waiting)| notices.head(&head(id, *status, *waiting)))
            .map(|notice| format!("{}: {}", notice.task, notice.title))
            .collect()
    }

    #[test]
    fn updates_are_read_as_the_service_sends_them() {
        let data = r#"{"type":"task","head":{"id":"01J","title":"Sum up","status":"waiting","doing":"x","pinned":false,
            "archived":false,"model":"a/b","mode":"auto","started_at":1,"updated_at":2,"waiting":2,"changed":0,"outputs":0,
            "cost_usd":0.0,"plan_done":0,"plan_total":3}}"#;
        let expected = Head {
            id: "01J".to_owned(),
            title: "Sum up".to_owned(),
            status: Status::Waiting,
            waiting: 2,
        };
        assert_eq!(head_of(data), Some(expected));
        let stopped = data.replace("\"waiting\",", "\"stopped\",");
        assert_eq!(head_of(&stopped).map(|head| head.status), Some(Status::Quiet));
        for data in [
            r#"{"type":"settings"}"#,
            r#"{"type":"inbox","entries":[]}"#,
            r#"{"type":"later"}"#,
            r#"{"type":"task"}"#,
            "x",
        ] {
            assert_eq!(head_of(data), None, "{data}");
        }
    }

    #[test]
    fn what_was_so_before_is_not_told() {
        let mut notices = Notices::default();
        let list = vec![head("a", Status::Done, 0), head("b", Status::Waiting, 1)];
        assert_eq!(notices.list(list.clone()), []);
        // A renamed task sends its line again; so does the list after an interruption.
        assert_eq!(
            titles(&mut notices, &[("a", Status::Done, 0), ("b", Status::Waiting, 1)]),
            [] as [&str; 0]
        );
        assert_eq!(notices.list(list), []);
    }

    #[test]
    fn changes_are_told_once() {
        use Status::{Budget, Done, Failed, Quiet, Refused, Waiting, Working};
        let mut notices = Notices::default();
        assert_eq!(notices.list(vec![head("a", Working, 0)]), []);
        assert_eq!(
            titles(
                &mut notices,
                &[
                    ("a", Waiting, 1),
                    ("a", Waiting, 2),
                    ("a", Waiting, 1),
                    ("a", Working, 0),
                    ("a", Done, 0),
                    ("a", Done, 0),
                    ("a", Working, 0),
                    ("a", Quiet, 0),
                    ("new", Working, 0),
                    ("new", Failed, 0),
                    ("b", Budget, 0),
                    ("c", Refused, 0),
                ]
            ),
            [
                "a: Deskhand needs your answer",
                "a: Deskhand needs your answer",
                "a: Done",
                "new: A task could not go on",
                "b: A task reached its budget",
                "c: A task was refused by your rules",
            ]
        );
    }

    #[test]
    fn what_happened_during_an_interruption_is_told() {
        let mut notices = Notices::default();
        assert_eq!(notices.list(vec![head("a", Status::Working, 0)]), []);
        assert_eq!(notices.working(), 1);
        assert_eq!(
            notices.list(vec![head("a", Status::Done, 0)]),
            [Notice {
                task: "a".to_owned(),
                title: "Done".to_owned(),
                body: "Task a".to_owned()
            }]
        );
        assert_eq!(notices.working(), 0);
        notices.forget();
        assert_eq!(notices.list(vec![head("a", Status::Failed, 0)]), []);
    }

    #[test]
    fn long_titles_are_cut() {
        let mut notices = Notices::default();
        let mut long = head("a", Status::Done, 0);
        long.title = "ä".repeat(200);
        assert_eq!(
            notices.head(&long).map(|notice| notice.body),
            Some(format!("{}…", "ä".repeat(120)))
        );
    }
}
