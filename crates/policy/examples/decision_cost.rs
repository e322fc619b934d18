//! What a decision costs in contexts of many blocks: `cargo run --release -p deskhand-policy --example decision_cost`.
//!
//! Each block is an output of a connector with ten records. Making the index is paid when a block arrives, once; the
//! columns are the median and the slowest hundredth of a decision, with everything that changes from call to call.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout)]

use std::{hint::black_box, time::Instant};

use deskhand_policy::flow::{Directory, Intent, Kind, Lexicons, Output, RecordKind, Seen, Sink, Target, Words};
use deskhand_policy::{Context, Flow, Rules, decide};
use deskhand_types::{Action, CallId, Confidentiality, EffectClass, Hash, Integrity, Label, Mode, SourceKind};
use serde_json::{Value, json};

const PROMPT: &str = "Please look at the file 'report 7.docx' and the minutes of May 24th, 2026, then send a summary to \
                      ana@firm.example and delete report-12-3.docx. Do not forget the figures of Acme Corp (1,200.50).";

fn block(number: usize) -> (Value, Label) {
    let records: Vec<Value> = (0..10)
        .map(|row| {
            json!({
                "id": format!("{number}-{row}"), "filename": format!("report-{number}-{row}.docx"), "subject": format!("Minutes {number} {row}"),
                "body": "Lorem ipsum dolor sit amet. ".repeat(20), "sender": format!("p{row}@firm{number}.example"),
                "shared_with": {"bo@firm.example": "rw"},
            })
        })
        .collect();
    let source = format!("server {}", number % 90);
    let label = Label::from_source(
        Integrity::Connector,
        Confidentiality::Private,
        SourceKind::Connector,
        &source,
    );
    (json!(records), label)
}

fn sink(effect: EffectClass, targets: &[(&str, Kind)], payload: &[&str], intent: &str) -> Sink {
    let target = |(param, kind): &(&str, Kind)| Target {
        param: (*param).to_owned(),
        kind: kind.clone(),
        required: true,
    };
    Sink {
        effect,
        targets: targets.iter().map(target).collect(),
        payload: payload.iter().map(|param| (*param).to_owned()).collect(),
        intent: Intent::Lexicon(vec![intent.to_owned()]),
        journalled: false,
    }
}

fn main() {
    let lexicons = Lexicons::shipped().unwrap();
    let rules = Rules::shipped().unwrap();
    let words = Words::new(PROMPT, &lexicons, &[]);
    let mail = sink(
        EffectClass::Outward,
        &[("to", Kind::Email), ("cc", Kind::Email)],
        &["body"],
        "mail",
    );
    let delete = sink(
        EffectClass::Irreversible,
        &[("id", Kind::Id(RecordKind::File))],
        &[],
        "delete",
    );
    let text = "The figures are up; nothing else changed. ".repeat(50);
    let cases = [
        ("mail, bound", &mail, json!({"to": "ana@firm.example", "body": text})),
        (
            "mail, not bound",
            &mail,
            json!({"to": "p3@firm5.example", "body": text}),
        ),
        (
            "mail, 4 kB with links",
            &mail,
            json!({"to": "ana@firm.example", "body": format!("{}https://x.example", text.repeat(2))}),
        ),
        ("delete, by id", &delete, json!({"id": "12-3"})),
        ("delete, other id", &delete, json!({"id": "5-5"})),
    ];
    println!(
        "{:>7}  {:<22} {:<7} {:>10} {:>10}",
        "blocks", "call", "verdict", "median", "p99"
    );
    let mut slowest = 0.0_f64;
    for blocks in [10, 100, 1_000, 10_000] {
        let mut seen = Seen::new(Directory::default(), []);
        let outputs: Vec<(Value, Label)> = (0..blocks).map(block).collect();
        let begun = Instant::now();
        for (value, label) in &outputs {
            seen.observe(&Output {
                value,
                label,
                address_book: false,
                echo: false,
            });
        }
        let taken_in = begun.elapsed() / u32::try_from(blocks).unwrap();
        let taint = seen.label().clone();
        for (name, sink, arguments) in &cases {
            let action = Action {
                call: CallId::new("c"),
                tool: "t".to_owned(),
                effect: sink.effect,
                paths: vec![],
                summary: String::new(),
                tier: None,
                hash: Hash::of(name.as_bytes()),
            };
            let flow = Some(Flow {
                sink: Some(sink),
                arguments,
                seen: &seen,
                words: &words,
            });
            let context = Context {
                mode: Mode::Auto,
                grants: &[],
                taint: &taint,
                rules: &rules,
                flow,
            };
            let mut times: Vec<f64> = (0..2_000)
                .map(|_| {
                    let begun = Instant::now();
                    black_box(decide(black_box(&action), black_box(&context)));
                    begun.elapsed().as_secs_f64() * 1e6
                })
                .collect();
            times.sort_by(f64::total_cmp);
            let verdict = decide(&action, &context).verdict.as_str();
            if blocks == 1_000 {
                slowest = slowest.max(times[1_000]);
            }
            println!(
                "{blocks:>7}  {name:<22} {verdict:<7} {:>7.1} µs {:>7.1} µs",
                times[1_000], times[1_980]
            );
        }
        println!(
            "{blocks:>7}  {:<22} {:<7} {:>7.1} µs",
            "taking a block in",
            "",
            taken_in.as_secs_f64() * 1e6
        );
    }
    let begun = Instant::now();
    for _ in 0..100 {
        black_box(Words::new(black_box(PROMPT), &lexicons, &[]));
    }
    println!(
        "{:>7}  {:<22} {:<7} {:>7.1} µs",
        "",
        "the person's words",
        "",
        begun.elapsed().as_secs_f64() * 1e4
    );
    println!("slowest median at 1,000 blocks: {slowest:.1} µs (target 50 µs)");
    if std::env::args().any(|argument| argument == "--enforce") && slowest > 50.0 {
        std::process::exit(1);
    }
}
