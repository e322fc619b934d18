use super::*;

fn t(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

#[test]
fn columns_of_csv_are_typed_as_a_whole() {
    let csv = "id,code,amount,share,day,note\n1,007,\"1,234.50\",5%,2024-01-31,=SUM(A1)\n2,12,-3,12.5%,2024-02-01,\"a \"\"b\"\"\nc\"\n,,,,,\n";
    let sheets = sheets_from_csv(csv, "Data").unwrap();
    let expected = Sheet {
        name: "Data".to_owned(),
        columns: ["id", "code", "amount", "share", "day", "note"]
            .map(str::to_owned)
            .to_vec(),
        rows: vec![
            vec![
                Cell::Integer(1),
                t("007"),
                Cell::Number(1234.5),
                Cell::Percent(0.05),
                Cell::Date(2024, 1, 31),
                t("=SUM(A1)"),
            ],
            vec![
                Cell::Integer(2),
                t("12"),
                Cell::Number(-3.0),
                Cell::Percent(0.125),
                Cell::Date(2024, 2, 1),
                t("a \"b\"\nc"),
            ],
        ],
        totals: false,
    };
    assert_eq!(sheets, vec![expected]);
    assert!(matches!(sheets_from_csv("a\n\"b", "x"), Err(WriteError::Table(_))));
    assert!(matches!(sheets_from_csv("", "x"), Err(WriteError::Table(_))));
    let semicolons = sheets_from_csv("a;b\n1;2,5\n", "x").unwrap();
    assert_eq!(semicolons.first().unwrap().rows, vec![vec![Cell::Integer(1), t("2,5")]]);
}

#[test]
fn markdown_tables_become_sheets_named_by_their_headings() {
    let text =
        "# Book\n\n## Orders\n\n| a | b |\n|---|---|\n| x\\|y | `2` |\n\n## Customers\n\ntext\n\n| c |\n|---|\n| 3 |\n";
    let sheets = sheets_from_markdown(text).unwrap();
    let names: Vec<_> = sheets.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, ["Orders", "Customers"]);
    assert_eq!(sheets.first().unwrap().rows, vec![vec![t("x|y"), Cell::Integer(2)]]);
    assert!(matches!(sheets_from_markdown("no table"), Err(WriteError::Table(_))));
}

#[test]
fn sheet_names_obey_excel() {
    let mut taken = HashSet::new();
    let mut name = |wanted: &str| sheet_name(wanted, &mut taken);
    assert_eq!(name("A/B: [x]*?"), "A B x");
    assert_eq!(name("a/b: [X]"), "a b X 2");
    assert_eq!(name("'"), "Sheet");
    assert_eq!(name("history"), "Sheet 2");
    assert_eq!(name(&"é".repeat(40)).chars().count(), 31);
    assert_eq!(name(&"\u{1f600}".repeat(40)).chars().count(), 15);
}

#[test]
fn a_workbook_has_a_total_as_formula_and_stable_bytes() {
    let sheet = Sheet {
        name: "S".to_owned(),
        columns: vec!["Name".to_owned(), "Amount".to_owned()],
        rows: vec![
            vec![t("a"), Cell::Number(1.5)],
            vec![t("b"), Cell::Integer(2)],
            vec![t("c"), Cell::Number(f64::NAN)],
        ],
        totals: true,
    };
    let bytes = xlsx(std::slice::from_ref(&sheet)).unwrap();
    assert_eq!(xlsx(&[sheet]).unwrap(), bytes);
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let xml = std::io::read_to_string(zip.by_name("xl/worksheets/sheet1.xml").unwrap()).unwrap();
    assert!(xml.contains("<f>SUBTOTAL(109,B2:B4)</f><v>3.5</v>"), "{xml}");
    assert!(xml.contains("state=\"frozen\""), "{xml}");
    assert!(matches!(xlsx(&[]), Err(WriteError::Table(_))));
}
