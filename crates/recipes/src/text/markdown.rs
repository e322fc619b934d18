//! Texts from files inside Markdown: whatever they hold, they stay text.

use serde_json::Value;

use super::{cut, numbers};

/// A text for one line of Markdown, also inside a table: nothing in it is markup any more. Cut to `chars`.
pub fn escape(text: &str, chars: usize) -> String {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|w| !w.is_empty())
        .collect();
    let line: String = cut(&words.join(" "), chars)
        .chars()
        .filter(|c| !is_invisible(*c))
        .collect();
    let mut out = String::with_capacity(line.len() + 8);
    let mut at_start = true;
    let mut before = ' ';
    for (place, character) in line.char_indices() {
        let rest = line.get(place + character.len_utf8()..).unwrap_or_default();
        let markup = match character {
            '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '|' | '~' => true,
            // Only what could be an entity.
            '&' => is_entity(rest),
            // Inside a word an underscore is no markup; file names stay readable.
            '_' => !(before.is_alphanumeric() && rest.starts_with(char::is_alphanumeric)),
            '#' | '+' | '-' | '=' => at_start,
            '!' => rest.starts_with('['),
            // "1." and "1)" begin a list; a bare address becomes a link only with "://" or "www.".
            '.' | ')' => {
                let after_number = line
                    .get(..place)
                    .is_some_and(|head| !head.is_empty() && head.bytes().all(|b| b.is_ascii_digit()));
                after_number && (rest.is_empty() || rest.starts_with(' '))
            }
            ':' => rest.starts_with("//"),
            _ => false,
        };
        if markup {
            out.push('\\');
        }
        out.push(character);
        at_start = false;
        before = character;
    }
    out
}

/// Whether `&` before this text begins an entity: `lt;`, `#60;`, `#x3c;`.
fn is_entity(rest: &str) -> bool {
    let name = rest.strip_prefix('#').unwrap_or(rest);
    let end = name.find(|c: char| !c.is_ascii_alphanumeric());
    end.is_some_and(|end| end > 0 && name.get(end..).is_some_and(|tail| tail.starts_with(';')))
}

/// Characters that change how the text around them is read, or hide text: direction marks, tags, zero width.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}'
        | '\u{e0000}'..='\u{e007f}')
}

/// One value as the text of a cell. Numbers with separators, `null` as a dash.
pub fn cell(value: &Value, chars: usize) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::String(text) if text.trim().is_empty() => "–".to_owned(),
        Value::String(text) => escape(text, chars),
        Value::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        Value::Number(number) => number.as_f64().map_or_else(|| number.to_string(), numbers::auto),
        other => escape(&other.to_string(), chars),
    }
}

/// A Markdown table. Cells are values from files; headers too.
pub fn table(columns: &[Value], rows: &[Value], chars: usize) -> String {
    if columns.is_empty() {
        return String::new();
    }
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut out = line(columns.iter().map(|name| cell(name, 60)).collect());
    out.push_str(&line(vec!["---".to_owned(); columns.len()]));
    for row in rows {
        let cells = row.as_array().map(Vec::as_slice).unwrap_or_default();
        let shown = (0..columns.len()).map(|index| cell(cells.get(index).unwrap_or(&Value::Null), chars));
        out.push_str(&line(shown.collect()));
    }
    out
}

/// Lines of CSV (RFC 4180) from values.
pub fn csv(columns: &[Value], rows: &[Value]) -> String {
    let field = |value: &Value| {
        let text = match value {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        if text.contains([',', '"', '\n', '\r', ';', '\t', '|']) || text.starts_with(' ') || text.ends_with(' ') {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text
        }
    };
    let line = |cells: &[Value]| cells.iter().map(field).collect::<Vec<_>>().join(",") + "\n";
    let mut out = line(columns);
    for row in rows {
        out.push_str(&line(row.as_array().map(Vec::as_slice).unwrap_or_default()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_stays_markup() {
        let cases = [
            ("a|b `c` *d* _e_ f_g", r"a\|b \`c\` \*d\* \_e\_ f_g"),
            ("# head\n- list", r"\# head - list"),
            ("1. list", r"1\. list"),
            ("v 1.5", "v 1.5"),
            ("<script>![x](http://e)", r"\<script\>\!\[x\](http\://e)"),
            ("{{ 7*7 }} R&D &lt;", r"{{ 7\*7 }} R&D \&lt;"),
            ("a\u{202e}b\u{0}c\u{e0041}", "ab c"),
            ("---", r"\---"),
        ];
        for (text, expected) in cases {
            assert_eq!(escape(text, 100), expected, "{text}");
        }
        assert_eq!(escape(&"x".repeat(1000), 10), "xxxxxxxxx…");
    }

    #[test]
    fn tables_keep_their_columns() {
        let rows = [serde_json::json!(["a|b\nc", null, 1234.5]), serde_json::json!([true])];
        let columns = [Value::from("n"), Value::from("x"), Value::from("v")];
        let expected = "| n | x | v |\n| --- | --- | --- |\n| a\\|b c | – | 1,234.50 |\n| yes | – | – |\n";
        assert_eq!(table(&columns, &rows, 50), expected);
        assert_eq!(csv(&columns, &rows), "n,x,v\n\"a|b\nc\",,1234.5\ntrue\n");
    }
}
