//! The question that routes a free-worded request to a recipe.
//!
//! The wording is measured (`docs/local-model.md`): with examples and a long "none" the 1.5B model is right far more
//! often than without. A test keeps it the same as the one the measurement uses.

use deskhand_types::{AnswerType, Judge, JudgeKind};

/// The answer when no recipe fits.
pub const NO_RECIPE: &str = "none";

const NONE_PURPOSE: &str = "not a job on files: e-mail, calls, shopping, booking, web search, news, weather, \
                            programming, pictures, music, poems, small talk";
/// Requests with their recipes. An example is left out when its recipe is not on offer.
const EXAMPLES: [(&str, &str); 6] = [
    ("does the handbook allow dogs?", "find-an-answer"),
    ("book a table for two", NO_RECIPE),
    ("sum up the takings per shop in a report", "analyse-spreadsheets"),
    ("good morning", NO_RECIPE),
    ("list the vendor and total of each receipt", "table-from-documents"),
    ("condense the notes", "summarise"),
];

/// A recipe on offer: its id and what it is for, in a few words (about 15 at most: every word is read each time).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RouteOption<'a> {
    /// Its id.
    pub id: &'a str,
    /// What it is for.
    pub purpose: &'a str,
}

/// Asks which of the recipes serves a request. The answer is an id or [`NO_RECIPE`]; at a low confidence (below 0.5,
/// say) ask the person.
pub fn route(request: &str, options: &[RouteOption<'_>]) -> Judge {
    let mut question = String::from(
        "A person works with the files in a folder and asks for something. Choose the job that does it.\n",
    );
    for RouteOption { id, purpose } in options {
        question.push_str(&format!("- {id}: {purpose}\n"));
    }
    question.push_str(&format!("- {NO_RECIPE}: {NONE_PURPOSE}\nExamples:"));
    let mut ids: Vec<String> = options.iter().map(|option| option.id.to_owned()).collect();
    ids.push(NO_RECIPE.to_owned());
    for (request, id) in EXAMPLES
        .iter()
        .filter(|(_, id)| ids.iter().any(|offered| offered == id))
    {
        question.push_str(&format!("\n\"{request}\" -> {id}"));
    }
    Judge {
        kind: JudgeKind::Route,
        question,
        input: request.to_owned(),
        answer: AnswerType::Enum(ids),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn the_measured_wording_is_the_one_in_use() {
        let set = include_str!("../../../local-model/eval/routing.jsonl");
        let head: Value = serde_json::from_str(set.lines().next().unwrap()).unwrap();
        let options = [
            (
                "analyse-spreadsheets",
                "compute totals and trends from spreadsheet or CSV numbers, write a report with a chart",
            ),
            (
                "table-from-documents",
                "collect fields (vendor, date, amount) from many documents into one table",
            ),
            ("sort-into-folders", "tidy up, move files into folders"),
            ("rename", "change file names"),
            (
                "find-an-answer",
                "a question (who, what, when, how much) that the files answer",
            ),
            ("convert", "change the file format"),
            ("summarise", "short version of long texts"),
            ("checklist", "list of tasks, open points, things to do or bring"),
            ("compare-two-versions", "differences between an old and a new version"),
            ("find-duplicates", "the same file stored more than once"),
        ]
        .map(|(id, purpose)| RouteOption { id, purpose });
        let judge = route("tidy up", &options);
        assert_eq!(head["question"], judge.question);
        assert_eq!(head["answer"], serde_json::to_value(&judge.answer).unwrap());
        assert_eq!((judge.kind, judge.input.as_str()), (JudgeKind::Route, "tidy up"));
    }

    #[test]
    fn examples_of_absent_recipes_are_left_out() {
        let judge = route(
            "x",
            &[RouteOption {
                id: "rename",
                purpose: "names",
            }],
        );
        let examples: Vec<&str> = judge.question.lines().filter(|line| line.contains(" -> ")).collect();
        assert_eq!(
            examples,
            ["\"book a table for two\" -> none", "\"good morning\" -> none"]
        );
        assert_eq!(judge.answer, AnswerType::Enum(vec!["rename".into(), "none".into()]));
    }
}
