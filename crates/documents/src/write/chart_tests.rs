use super::*;

fn spec(json: &serde_json::Value) -> ChartSpec {
    ChartSpec::from_json(&json.to_string()).unwrap()
}

#[test]
fn every_kind_gives_a_png_of_its_size_and_the_same_bytes_again() {
    for kind in ["bar", "grouped_bar", "horizontal_bar", "stacked_bar", "line", "pie"] {
        let spec = spec(&serde_json::json!({
            "type": kind, "title": "Revenue", "categories": ["North", "South", "West"], "unit": "€",
            "series": [{"name": "2024", "values": [1200.5, null, 300]}, {"name": "2025", "values": [900, 40, 0]}],
        }));
        let png = chart(&spec).unwrap();
        assert_eq!(png.get(..8), Some(&b"\x89PNG\r\n\x1a\n"[..]), "{kind}");
        assert_eq!(png.get(16..20), Some(&1440u32.to_be_bytes()[..]), "{kind}");
        assert_eq!(chart(&spec).unwrap(), png, "{kind}");
    }
}

#[test]
fn what_cannot_be_drawn_faithfully_is_refused() {
    let code = |json| deskhand_types::Coded::code(&chart(&spec(&json)).unwrap_err()).to_string();
    let many: Vec<String> = (0..61).map(|i| i.to_string()).collect();
    let ones = vec![1; 61];
    assert_eq!(
        code(serde_json::json!({"categories": [], "series": []})),
        "documents.chart-data"
    );
    let uneven = serde_json::json!({"categories": ["a", "b"], "series": [{"name": "s", "values": [1]}]});
    assert_eq!(code(uneven), "documents.chart-data");
    let gaps = serde_json::json!({"categories": ["a"], "series": [{"name": "s", "values": [null]}]});
    assert_eq!(code(gaps), "documents.chart-data");
    let negative = serde_json::json!({"type": "pie", "categories": ["a"], "series": [{"values": [-1]}]});
    assert_eq!(code(negative), "documents.chart-data");
    let zero = serde_json::json!({"type": "pie", "categories": ["a"], "series": [{"values": [0]}]});
    assert_eq!(code(zero), "documents.chart-data");
    let bars = serde_json::json!({"categories": many, "series": [{"values": ones}]});
    assert_eq!(code(bars), "documents.write-too-large");
    assert!(matches!(ChartSpec::from_json("[1"), Err(WriteError::ChartSpec(_))));
}

#[test]
fn hostile_names_and_extreme_numbers_are_drawn() {
    let cases = [
        ("bar", 0.0),
        ("line", 1e-300),
        ("pie", 1e299),
        ("horizontal_bar", 0.1),
        ("stacked_bar", 123_456_789.123),
    ];
    for (kind, value) in cases {
        let spec = spec(&serde_json::json!({
            "type": kind, "title": "{{ x }} | ` \u{0}\u{202e}漢字 ".repeat(20), "x_label": "x".repeat(5000), "y_label": "\n\n",
            "categories": ["", "a b c d e f g h i j k l m n o p q r s t u v w x y z", "\u{1f600}"],
            "series": [{"name": "<&>".repeat(300), "values": [value, 1.0, null]}, {"values": [null, null, 2]}],
        }));
        assert!(chart(&spec).is_ok(), "{kind} {value}");
    }
}

#[test]
fn the_alternative_text_says_what_is_shown() {
    let spec = spec(&serde_json::json!({
        "type": "line", "title": "Orders by month", "categories": ["Jan", "Feb", "Mar"], "series": [{"values": [1, 2, 3]}],
    }));
    assert_eq!(
        spec.alt_text(),
        "Line chart: Orders by month; 3 categories from Jan to Mar"
    );
}
