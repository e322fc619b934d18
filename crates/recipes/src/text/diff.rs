//! Differences of two texts, by lines and words.

use serde_json::{Value, json};
use similar::{ChangeTag, TextDiff};

use super::{bounded, cut};

/// The most differences that are listed one by one.
const MAX_CHANGES: usize = 200;
/// More lines than this are compared as they are, without looking for the best match.
const MAX_LINES: usize = 20_000;

/// What changed from one text to the other:
/// `{added, removed, changed, same, ratio, changes: [{kind, before, after, line}], cut}`.
pub fn compare(old: &str, new: &str) -> Value {
    let old = tidy(old);
    let new = tidy(new);
    let diff = TextDiff::configure().diff_lines(&old, &new);
    let (mut added, mut removed, mut changed, mut same) = (0usize, 0usize, 0usize, 0usize);
    let mut changes: Vec<Value> = Vec::new();
    for op in diff.ops() {
        let side = |tag: ChangeTag| -> Vec<String> {
            diff.iter_changes(op)
                .filter(|change| change.tag() == tag)
                .map(|change| change.value().trim_end().to_owned())
                .filter(|line| !line.is_empty())
                .collect()
        };
        let (gone, come) = (side(ChangeTag::Delete), side(ChangeTag::Insert));
        same += side(ChangeTag::Equal).len();
        let line = op.new_range().start + 1;
        let pairs = gone.len().min(come.len());
        changed += pairs;
        added += come.len() - pairs;
        removed += gone.len() - pairs;
        for index in 0..gone.len().max(come.len()) {
            let (before, after) = (gone.get(index), come.get(index));
            let kind = match (before, after) {
                (Some(_), Some(_)) => "changed",
                (Some(_), None) => "removed",
                _ => "added",
            };
            if changes.len() < MAX_CHANGES {
                let short = |text: Option<&String>| text.map(|text| cut(text, 400));
                changes
                    .push(json!({"kind": kind, "before": short(before), "after": short(after), "line": line + index}));
            }
        }
    }
    let total = added + removed + changed;
    let ratio = if same + total == 0 {
        1.0
    } else {
        same as f64 / (same + total) as f64
    };
    json!({
        "added": added, "removed": removed, "changed": changed, "same": same,
        "ratio": (ratio * 1000.0).round() / 1000.0, "changes": changes, "cut": total > MAX_CHANGES,
    })
}

/// Lines without trailing blanks, bounded.
fn tidy(text: &str) -> String {
    let lines: Vec<&str> = bounded(text).lines().map(str::trim_end).take(MAX_LINES).collect();
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_listed_in_order() {
        let diff = compare("a\nb  \nc\nd\n", "a\nB\nc\nd\ne\n");
        let expected = json!({
            "added": 1, "removed": 0, "changed": 1, "same": 3, "ratio": 0.6, "cut": false,
            "changes": [
                {"kind": "changed", "before": "b", "after": "B", "line": 2},
                {"kind": "added", "before": null, "after": "e", "line": 5},
            ],
        });
        assert_eq!(diff, expected);
        assert_eq!(compare("", "").get("ratio"), Some(&json!(1.0)));
    }
}
