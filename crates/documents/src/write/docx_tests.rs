use std::io::Read as _;

use super::*;

fn none(_: &str) -> Option<Vec<u8>> {
    None
}

fn part(docx: &[u8], name: &str) -> String {
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(docx)).unwrap();
    let mut text = String::new();
    zip.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

/// Whether tags nest rightly; a checker of its own, so that the writer's habits are not assumed.
fn well_formed(xml: &str) -> Result<(), String> {
    let mut open = Vec::new();
    for piece in xml.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').ok_or("a tag does not end")?;
        if text.contains('&')
            && !text
                .split('&')
                .skip(1)
                .all(|e| ["amp;", "lt;", "gt;", "quot;"].iter().any(|n| e.starts_with(n)))
        {
            return Err(format!("bad entity in {text}"));
        }
        if tag.starts_with('?') || tag.ends_with('/') {
            continue;
        }
        let name = tag.split(' ').next().unwrap_or_default();
        if let Some(closed) = name.strip_prefix('/') {
            let last: Option<String> = open.pop();
            if last.as_deref() != Some(closed) {
                return Err(format!("{closed} closes {last:?}"));
            }
        } else {
            open.push(name.to_owned());
        }
    }
    if open.is_empty() {
        Ok(())
    } else {
        Err(format!("{open:?} stay open"))
    }
}

#[test]
fn the_checker_of_nesting_catches_a_fault() {
    assert!(well_formed("<a><b></a></b>").is_err());
    assert!(well_formed("<a>x & y</a>").is_err());
    assert!(well_formed("<a><b/>x &amp; y</a>").is_ok());
}

const SAMPLE: &str = "# Report\n\nHello **bold** and *it* `code` [site](https://example.org/?a=1&b=2) [bad](javascript:x).\n\n\
    ## Part\n\n- one\n- two\n  1. inner\n  2. inner two\n\n> quoted\n\n| Name | Amount |\n| --- | --- |\n| A\\|B | 1,200.50 |\n| C | −3 |\n\n\
    ```chart\n{\"type\":\"bar\",\"title\":\"T\",\"categories\":[\"a\",\"b\"],\"series\":[{\"name\":\"s\",\"values\":[1,2]}]}\n```\n\n\
    ![gone](x.png)\n\n---\n\n- [x] done\n- [ ] open\n";

#[test]
fn a_report_has_real_styles_a_table_an_image_with_text_and_a_link() {
    let bytes = docx(SAMPLE, &none, &DocxOptions::default()).unwrap();
    let body = part(&bytes, "word/document.xml");
    well_formed(&body).unwrap();
    for expected in [
        "<w:pStyle w:val=\"Title\"/></w:pPr><w:r><w:t xml:space=\"preserve\">Report</w:t>",
        "<w:pStyle w:val=\"Heading1\"/></w:pPr><w:r><w:t xml:space=\"preserve\">Part</w:t>",
        "<w:r><w:rPr><w:b/></w:rPr><w:t xml:space=\"preserve\">bold</w:t></w:r>",
        "<w:numPr><w:ilvl w:val=\"1\"/><w:numId w:val=\"2\"/></w:numPr>",
        "<w:tblHeader/>",
        "A|B",
        "<w:jc w:val=\"right\"/></w:pPr><w:r><w:t xml:space=\"preserve\">1,200.50</w:t>",
        "descr=\"Bar chart: T; 2 categories from a to b\"",
        "[image: gone]",
        "☑ ",
    ] {
        assert!(body.contains(expected), "{expected} in {body}");
    }
    let relations = part(&bytes, "word/_rels/document.xml.rels");
    assert!(
        relations.contains("Target=\"https://example.org/?a=1&amp;b=2\" TargetMode=\"External\""),
        "{relations}"
    );
    assert!(relations.contains("Target=\"media/image1.png\""), "{relations}");
    assert!(!relations.contains("javascript"));
    assert!(part(&bytes, "docProps/core.xml").contains("<dc:title>Report</dc:title>"));
}

#[test]
fn the_same_text_gives_the_same_bytes() {
    let make = || docx(SAMPLE, &none, &DocxOptions::default()).unwrap();
    assert_eq!(make(), make());
}

#[test]
fn every_part_is_well_formed_whatever_the_text() {
    let nested = format!("{}x", "> ".repeat(60));
    let lists = (0..30).fold(String::new(), |text, i| text + &"  ".repeat(i) + "- x\n");
    for text in [
        "",
        "# ",
        "- \n-\n",
        "<b>&nbsp;</b>\n\n<!-- hidden -->",
        "| a |\n|---|\n| <br> `x` |",
        "\u{0}\u{1b}[2J{{ 1 }} ]]>",
        "[![a](b.png)](https://e.org)",
        "**[x](https://e.org/\"onclick=)**",
        "# a\n# b\n\n#### c",
        "```\n<w:p>\n",
        &nested,
        &lists,
        "1. a\n\n   b\n\n   | x |\n   |---|\n   | 1 |\n\n2. c\n",
        "a  \nb\\\nc",
        "[^1]: x\n\n[^1]",
        "$$x$$",
    ] {
        let bytes = docx(
            text,
            &none,
            &DocxOptions {
                footer: Some("<&>".to_owned()),
                ..DocxOptions::default()
            },
        )
        .unwrap();
        for name in [
            "word/document.xml",
            "word/footer1.xml",
            "word/numbering.xml",
            "docProps/core.xml",
            "word/_rels/document.xml.rels",
            "word/styles.xml",
        ] {
            let xml = part(&bytes, name);
            well_formed(&xml).unwrap_or_else(|fault| panic!("{text:?} {name}: {fault}\n{xml}"));
        }
    }
}

#[test]
fn a_picture_is_embedded_with_its_caption() {
    let png = crate::write::chart(&ChartSpecs::one()).unwrap();
    let bytes = docx(
        "![A dot](dot.png \"Figure 1\")\n",
        &|name| (name == "dot.png").then(|| png.clone()),
        &DocxOptions::default(),
    )
    .unwrap();
    let body = part(&bytes, "word/document.xml");
    assert!(body.contains("descr=\"A dot\""), "{body}");
    assert!(
        body.contains("<w:pStyle w:val=\"Caption\"/></w:pPr><w:r><w:t xml:space=\"preserve\">Figure 1</w:t>"),
        "{body}"
    );
}

struct ChartSpecs;
impl ChartSpecs {
    fn one() -> crate::write::ChartSpec {
        crate::write::ChartSpec::from_json(r#"{"categories":["a"],"series":[{"values":[1]}]}"#).unwrap()
    }
}

#[test]
fn charts_are_found_with_their_places_and_resolved_from_rows() {
    let text = "a\n\n```chart\n{\"type\":\"line\",\"sql\":\"SELECT 1\"}\n```\n\nb\n";
    let mut charts = parse_charts(text).unwrap();
    let mut one = charts.remove(0);
    assert!(charts.is_empty());
    assert_eq!(one.sql.as_deref(), Some("SELECT 1"));
    assert!(text.get(one.range.clone()).unwrap().starts_with("```chart"));
    let rows = vec![
        vec![serde_json::json!("Jan"), serde_json::json!(2.5)],
        vec![serde_json::json!(null), serde_json::json!("7")],
        vec![serde_json::json!(3), serde_json::json!("x")],
    ];
    one.resolve(&["month".to_owned(), "total".to_owned()], &rows).unwrap();
    let again = parse_charts(&one.to_markdown()).unwrap().remove(0);
    assert_eq!(again.spec.categories, ["Jan", "(none)", "3"]);
    assert_eq!(again.spec.series.first().unwrap().values, [Some(2.5), Some(7.0), None]);
    assert!(matches!(
        parse_charts("```chart\nnope\n```"),
        Err(WriteError::ChartSpec(_))
    ));
    assert!(matches!(
        one.resolve(&["a".to_owned()], &rows),
        Err(WriteError::ChartData(_))
    ));
}

#[test]
fn a_table_wider_than_word_allows_is_refused() {
    let row = "| x ".repeat(70);
    let rule = "|---".repeat(70);
    let error = docx(&format!("{row}|\n{rule}|\n{row}|\n"), &none, &DocxOptions::default()).unwrap_err();
    assert!(
        matches!(
            error,
            WriteError::TooLarge {
                count: 70,
                limit: 63,
                ..
            }
        ),
        "{error}"
    );
}
