//! Which recipe answers which words.

use std::collections::BTreeMap;

use deskhand_recipes::{Choice, Facts, choose};

fn chosen(prompt: &str) -> String {
    match choose(prompt, &Facts::default()) {
        Choice::One(id) => id,
        Choice::Unsure(candidates) => {
            let ids: Vec<String> = candidates.into_iter().map(|candidate| candidate.id).collect();
            format!("unsure: {}", ids.join(", "))
        }
        Choice::None { .. } => "none".to_owned(),
    }
}

#[test]
fn free_words_find_their_recipe() {
    let cases = [
        (
            "Analyse these spreadsheets and draft a summary report",
            "analyse-spreadsheets",
        ),
        ("analyze the sales data in this folder", "analyse-spreadsheets"),
        (
            "Please look at the numbers in my Excel files and tell me what stands out",
            "analyse-spreadsheets",
        ),
        (
            "I need a report with charts on the data in orders.xlsx",
            "analyse-spreadsheets",
        ),
        ("What is our revenue by month?", "analyse-spreadsheets"),
        ("check the data quality of these csv files", "analyse-spreadsheets"),
        ("Crunch the numbers in the workbooks please", "analyse-spreadsheets"),
        ("give me an overview of the data", "analyse-spreadsheets"),
        (
            "Make a table of all invoices with date, vendor and total",
            "table-from-documents",
        ),
        ("put the receipts into a spreadsheet", "table-from-documents"),
        (
            "extract the due dates from the contracts into a table",
            "table-from-documents",
        ),
        ("Pull the invoice numbers out of these PDFs", "table-from-documents"),
        ("Build an expense report from the receipts", "table-from-documents"),
        ("Sort my downloads", "sort-into-folders"),
        ("tidy up this folder please", "sort-into-folders"),
        ("Organize these documents into folders by topic", "sort-into-folders"),
        ("put the photos into folders by month", "sort-into-folders"),
        ("my desktop is a mess, clean up the folder", "sort-into-folders"),
        ("Move the files into subfolders by type", "sort-into-folders"),
        ("Rename all photos so the date comes first", "rename"),
        ("replace spaces with underscores in the filenames", "rename"),
        ("Add a prefix to the file names", "rename"),
        ("give these files better names", "rename"),
        ("When does the lease end?", "find-an-answer"),
        ("Who signed the contract with Blue Harbor?", "find-an-answer"),
        ("What does the handbook say about holidays?", "find-an-answer"),
        (
            "search my documents for the warranty of the dishwasher",
            "find-an-answer",
        ),
        ("How much did we pay for the new boiler?", "find-an-answer"),
        ("Convert these Word documents to Markdown", "convert"),
        ("turn data.xlsx into csv", "convert"),
        ("export the notes as docx", "convert"),
        ("I want all PDFs as plain text, convert them", "convert"),
        ("summarise the presentation, thank you", "summarise"),
        (
            "sort the files into folders called Taxes and Health",
            "sort-into-folders",
        ),
        ("find the wifi password in my notes", "find-an-answer"),
        ("convert the web pages to markdown", "convert"),
        ("Summarise the documents in this folder", "summarise"),
        ("tl;dr of the report", "summarise"),
        ("Give me the key points of the meeting notes", "summarise"),
        ("What is this PDF about?", "summarise"),
        ("Make a checklist from the meeting notes", "checklist"),
        ("What do I have to do according to these mails?", "checklist"),
        ("collect the action items", "checklist"),
        ("Compare contract_v1.docx with contract_v2.docx", "compare-two-versions"),
        ("What changed between the two budgets?", "compare-two-versions"),
        ("show me the differences between the drafts", "compare-two-versions"),
        ("Find duplicate files", "find-duplicates"),
        (
            "which photos do I have twice? delete the extra copies",
            "find-duplicates",
        ),
        ("are there identical files here", "find-duplicates"),
        ("recipe find-duplicates", "find-duplicates"),
        ("Write a poem about spreadsheets", "none"),
        ("Send an e-mail to Anna", "none"),
        ("Translate this letter to French", "none"),
        ("What's the weather tomorrow?", "none"),
        ("Build me a website", "none"),
        ("hello", "none"),
        ("", "none"),
        ("🙂", "none"),
        ("Book a flight to Lisbon", "none"),
    ];
    let wrong: Vec<String> = cases
        .iter()
        .filter(|(prompt, expected)| chosen(prompt) != *expected)
        .map(|(prompt, expected)| format!("{prompt}: {} instead of {expected}", chosen(prompt)))
        .collect();
    assert!(
        wrong.is_empty(),
        "{} of {} wrong:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

#[test]
fn what_could_mean_several_is_not_guessed() {
    for prompt in [
        "do something with the files",
        "the invoices",
        "a list of the photos",
        "help me with the report",
        "folder and names",
    ] {
        let choice = chosen(prompt);
        assert!(choice.starts_with("unsure") || choice == "none", "{prompt}: {choice}");
    }
}

#[test]
fn files_decide_between_recipes() {
    let kinds = |list: &[(&str, usize)]| Facts {
        kinds: list
            .iter()
            .map(|(kind, count)| ((*kind).to_owned(), *count))
            .collect::<BTreeMap<_, _>>(),
        known: true,
    };
    let prompt = "overview of the data files";
    assert!(matches!(choose(prompt, &Facts::default()), Choice::Unsure(_)));
    assert_eq!(
        choose(prompt, &kinds(&[("document", 3)])),
        Choice::One("summarise".to_owned())
    );
    assert_eq!(
        choose(prompt, &kinds(&[("spreadsheet", 3)])),
        Choice::One("analyse-spreadsheets".to_owned())
    );
}
