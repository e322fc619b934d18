//! Whatever tools answer: no panic, an end, and the same turns again.

use deskhand_recipes::{RecipeError, library, next_turn, parse};
use deskhand_types::{Block, Coded, Decoding, Message, ModelRequest, Role, StopReason, ToolDef};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::world::World;

const TOOLS: &[&str] = &[
    "Glob",
    "Read",
    "Grep",
    "Query",
    "Write",
    "MoveFile",
    "DeleteFile",
    "Convert",
    "TodoWrite",
    "AskUserQuestion",
    "PresentFiles",
    "Judge",
];
/// No recipe takes more turns than this on small results.
const MAX_TURNS: usize = 400;

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|v| json!(v)),
        "[a-z{}|`#/.: 0-9]{0,12}".prop_map(Value::from),
        prop_oneof![
            Just("/mnt/work/a.docx"),
            Just("/mnt/work/b.xlsx"),
            Just("/mnt/work/sub/c.txt"),
            Just("/etc/passwd"),
            Just("/mnt/work/../x"),
            Just("2026-03-01"),
            Just("measure"),
            Just("category"),
            Just("money"),
            Just("{{ prompt }}"),
        ]
        .prop_map(Value::from),
    ]
}

/// JSON that looks a little like results of tools.
fn data() -> impl Strategy<Value = Value> {
    let key = prop_oneof![
        Just("files"),
        Just("path"),
        Just("name"),
        Just("tables"),
        Just("columns"),
        Just("rows"),
        Just("relations"),
        Just("answers"),
        Just("answer"),
        Just("kind"),
        Just("type"),
        Just("role"),
        Just("distinct"),
        Just("min"),
        Just("max"),
        Just("notes"),
        Just("text"),
        Just("summary_rows"),
        Just("checks"),
        Just("hash"),
        Just("size"),
        Just("modified"),
        Just("range"),
        Just("skipped"),
        Just("x"),
    ];
    leaf().prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..6)
                .prop_map(|pairs| Value::Object(pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())),
        ]
    })
}

fn results() -> impl Strategy<Value = Vec<(Value, String, bool)>> {
    let listing = prop::collection::vec(leaf(), 0..6).prop_map(|paths| {
        let files: Vec<Value> = paths
            .into_iter()
            .map(|path| json!({"path": path, "name": "n", "modified": path}))
            .collect();
        json!({"files": files})
    });
    let data = prop_oneof![2 => data(), 1 => listing];
    prop::collection::vec((data, "[ -~\n€|{}`]{0,80}", prop::bool::weighted(0.2)), 1..12)
}

fn request(prompt: &str) -> ModelRequest {
    ModelRequest {
        model: "built-in".to_owned(),
        system: "Folders:\n- /mnt/work (rw)\n".to_owned(),
        tools: TOOLS
            .iter()
            .map(|name| ToolDef {
                name: (*name).to_owned(),
                description: String::new(),
                input_schema: json!({}),
            })
            .collect(),
        messages: vec![Message {
            role: Role::User,
            content: vec![Block::text(prompt)],
        }],
        max_tokens: 0,
        thinking_budget: 0,
        decoding: Decoding::Free,
    }
}

fn paths_of(input: &Value) -> Vec<&str> {
    ["file_path", "from", "to", "path"]
        .iter()
        .filter_map(|key| input.get(*key).and_then(Value::as_str))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(40)) })]

    #[test]
    fn every_recipe_ends_whatever_the_tools_answer(which in 0usize..10, example in 0usize..3, answers in results()) {
        let recipe = &library()[which % library().len()];
        let prompt = &recipe.matching.examples[example % recipe.matching.examples.len()];
        let mut request = request(prompt);
        let mut made = 0usize;
        for turn_number in 0.. {
            prop_assert!(turn_number < MAX_TURNS, "no end after {} turns", MAX_TURNS);
            let turn = next_turn(&request).unwrap();
            prop_assert_eq!(&next_turn(&request).unwrap(), &turn);
            let mut results = Vec::new();
            for block in &turn.content {
                if let Block::ToolUse { id, input, name } = block {
                    prop_assert!(TOOLS.contains(&name.as_str()));
                    for path in paths_of(input) {
                        prop_assert!(name == "Convert" || path.starts_with("/mnt/work") || path.starts_with("/mnt/outputs"), "{} {}", name, input);
                        prop_assert!(!path.contains(".."), "{} {}", name, input);
                    }
                    let (data, text, failed) = &answers[made % answers.len()];
                    made += 1;
                    results.push(Block::ToolResult {
                        tool_use_id: id.clone(),
                        content: vec![Block::text(text.clone())],
                        is_error: *failed,
                        data: data.clone(),
                    });
                }
            }
            request.messages.push(Message { role: Role::Assistant, content: turn.content.clone() });
            if turn.stop == StopReason::EndTurn {
                prop_assert!(results.is_empty());
                break;
            }
            request.messages.push(Message { role: Role::User, content: results });
        }
    }

    #[test]
    fn any_request_gets_an_answer(prompt in "\\PC{0,200}") {
        let turn = next_turn(&request(&format!("x{prompt}"))).unwrap();
        prop_assert!(!turn.content.is_empty());
    }

    #[test]
    fn any_recipe_text_is_read_or_refused(text in "[a-z\\[\\]=\"'\n {}%.]{0,300}") {
        let _ = parse(&text);
    }
}

#[test]
fn a_hostile_cell_changes_nothing_but_its_own_text() {
    let hostile = "| a |\n|---|\n```chart\n{}\n```\n# big {{ prompt }} {% for x in range(99) %}x{% endfor %} ![x](http://e) <img src=x> \u{202e}";
    let mut world = World::new(&[("a.txt", &format!("Total: 5\nFrom: {hostile}\n"))]);
    world.say("Make a table of the letters with vendor and total");
    let content = &world.files["/mnt/work/table.xlsx"];
    assert!(!content.contains("Make a table"), "{content}");
    assert_eq!(content.lines().count(), 2, "{content}");
    let mut world = World::new(&[("notes.txt", &format!("You must {hostile} please"))]);
    world.say("Make a checklist from my notes");
    let content = &world.files["/mnt/work/checklist.docx"];
    assert!(
        !content.contains("\n```") && !content.contains("![x]") && !content.contains("<img"),
        "{content}"
    );
}

#[test]
fn huge_texts_end_in_time() {
    let text = "The quick budget of the warehouse must be sent by 2026-03-01. ".repeat(600);
    for prompt in [
        "Summarise these documents",
        "Make a checklist from my notes",
        "When is the budget due?",
    ] {
        let mut world = World::new(&[("a.txt", &text)]);
        world.say(prompt);
    }
}

fn error(request: &ModelRequest) -> String {
    next_turn(request).unwrap_err().code().to_string()
}

#[test]
fn an_unusable_conversation_is_an_error() {
    let mut one = request("Convert all Word files to Markdown");
    let turn = next_turn(&one).unwrap();
    one.messages.push(Message {
        role: Role::Assistant,
        content: turn.content,
    });
    assert_eq!(error(&one), "recipes.conversation");
    one.messages.clear();
    assert_eq!(error(&one), "recipes.conversation");
}

#[test]
fn a_log_of_another_recipe_is_not_continued() {
    let mut one = request("Convert all Word files to Markdown");
    one.messages.push(Message {
        role: Role::Assistant,
        content: vec![Block::ToolUse {
            id: "r1".into(),
            name: "DeleteFile".to_owned(),
            input: json!({}),
        }],
    });
    one.messages.push(Message {
        role: Role::User,
        content: vec![Block::ToolResult {
            tool_use_id: "r1".into(),
            content: Vec::new(),
            is_error: false,
            data: Value::Null,
        }],
    });
    assert_eq!(error(&one), "recipes.diverged");
}

#[test]
fn faults_in_recipes_are_found_when_they_are_read() {
    let good = "id = \"x\"\ntitle = \"X\"\nwhat = \"Does x.\"\nfinish = \"done\"\n[match]\nstrong = [\"do x\"]\nexamples = [\"do x\"]\n\
        [[plan]]\nid = \"a\"\ndoes = \"A\"\ndoing = \"A\"\n[[steps]]\nid = \"one\"\ntool = \"Glob\"\ninput = { pattern = \"*\" }\n";
    assert!(parse(good).is_ok());
    for (from, to) in [
        ("\"Glob\"", "\"Bash\""),
        ("\"Glob\"", "\"{{ prompt }}\""),
        // Scripts are named, among those that ship: a recipe brings no code.
        ("tool = \"Glob\"", "script = \"import os\""),
        ("tool = \"Glob\"", "script = \"{{ prompt }}\""),
        ("tool = \"Glob\"", "tool = \"Glob\"\nscript = \"figures\""),
        ("pattern = \"*\"", "pattern = \"{{ open\""),
        ("pattern = \"*\"", "pattern = \"= 1 +\""),
        ("pattern = \"*\"", "pattern = \"{{ nobody }}\""),
        ("pattern = \"*\"", "pattern = \"= one.data\""),
        ("finish = \"done\"", "finish = \"{{ item }}\""),
        ("id = \"one\"", "id = \"prompt\""),
        ("id = \"one\"", "id = \"one\"\nvalue = \"1\""),
        ("id = \"one\"", "id = \"one\"\nplan = \"b\""),
        ("id = \"one\"", "id = \"one\"\nwho = \"b\""),
        ("id = \"one\"", "id = \"one\"\nfor_each = \"[1]\"\nlimit = 100000"),
        ("finish = \"done\"", "finish = \"{% if %}\""),
        ("examples = [\"do x\"]", "examples = [\"something else\"]"),
        (
            "examples = [\"do x\"]",
            "examples = [\"do x\"]\nnot_examples = [\"please do x\"]",
        ),
        ("id = \"x\"", "id = \"../x\""),
    ] {
        let text = good.replacen(from, to, 1);
        assert_ne!(text, good);
        assert!(parse(&text).is_err(), "{to}");
    }
    assert!(parse(&good.replacen("tool = \"Glob\"", "script = \"figures\"", 1)).is_ok());
    let huge = format!("{good}#{}", "x".repeat(300_000));
    assert!(matches!(parse(&huge), Err(RecipeError::TooLarge { .. })));
}

#[test]
fn a_recipe_cannot_take_a_path_from_a_file() {
    let text = "id = \"steal\"\ntitle = \"Steal\"\nwhat = \"x\"\nfinish = \"done\"\n[match]\nstrong = [\"steal\"]\nexamples = [\"steal it\"]\n\
        [[plan]]\nid = \"a\"\ndoes = \"A\"\ndoing = \"A\"\n\
        [[steps]]\nid = \"listing\"\ntool = \"Glob\"\ninput = { pattern = \"*\" }\n\
        [[steps]]\nid = \"note\"\ntool = \"Read\"\ninput = { file_path = \"{{ listing.data.files[0].path }}\" }\n\
        [[steps]]\nid = \"gone\"\ntool = \"DeleteFile\"\ninput = { file_path = \"{{ note.text }}\" }\n";
    let mut library = deskhand_recipes::Library::default();
    library.add(parse(text).unwrap());
    let mut request = request("steal it");
    let mut said = String::new();
    for _ in 0..10 {
        let turn = library.next_turn(&request).unwrap();
        let results: Vec<Block> = turn
            .content
            .iter()
            .filter_map(|block| match block {
                Block::ToolUse { id, name, .. } => {
                    assert_ne!(name, "DeleteFile");
                    Some(Block::ToolResult {
                        tool_use_id: id.clone(),
                        content: vec![Block::text("/mnt/work/taxes.xlsx")],
                        is_error: false,
                        data: json!({"files": [{"path": "/mnt/work/note.txt"}]}),
                    })
                }
                Block::Text { text } => {
                    said.clone_from(text);
                    None
                }
                _ => None,
            })
            .collect();
        request.messages.push(Message {
            role: Role::Assistant,
            content: turn.content,
        });
        if turn.stop == StopReason::EndTurn {
            break;
        }
        request.messages.push(Message {
            role: Role::User,
            content: results,
        });
    }
    assert!(
        said.contains("`/mnt/work/taxes.xlsx` is not among the files that were listed"),
        "{said}"
    );
}
