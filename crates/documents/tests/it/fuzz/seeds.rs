//! Valid documents to begin from.

use crate::fixtures::{
    binary, gzip, jpeg,
    office::{self, p, rels, run, shape},
    pdf as pdf_file, png, tar, zip_text, zlib,
};

pub fn text() -> Vec<Vec<u8>> {
    vec![
        "first line\nsecond \u{200d}line\r\nthird\u{e0041}\n"
            .repeat(5)
            .into_bytes(),
        "Größe und Maß\n".encode_utf16().flat_map(u16::to_le_bytes).collect(),
        b"\xef\xbb\xbfBOM\r\rold Mac\r".to_vec(),
    ]
}

pub fn csv() -> Vec<Vec<u8>> {
    vec![
        "a,b,\"c\nd\"\n1,\"2\"\"\",3\n".repeat(6).into_bytes(),
        "sep=;\nx;y\n1,5;\"2;3\"\n".to_owned().into_bytes(),
        "a\tb\n1\t2\n".to_owned().into_bytes(),
    ]
}

pub fn docx() -> Vec<Vec<u8>> {
    let body = [
        p("A paragraph"),
        run("<w:vanish/><w:sz w:val=\"4\"/><w:color w:val=\"FFFFFF\"/>", "hidden"),
        "<w:p><w:pPr><w:pStyle w:val=\"H\"/><w:numPr><w:ilvl w:val=\"0\"/><w:numId w:val=\"1\"/></w:numPr></w:pPr>\
         <w:hyperlink r:id=\"l\"><w:r><w:t>link</w:t></w:r></w:hyperlink><w:r><w:footnoteReference w:id=\"1\"/></w:r></w:p>"
            .to_owned(),
        format!("<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val=\"2\"/></w:tcPr>{}</w:tc></w:tr></w:tbl>", p("cell")),
        "<w:p><w:ins><w:r><w:t>new</w:t></w:r></w:ins><w:del><w:r><w:delText>old</w:delText></w:r></w:del></w:p>".to_owned(),
    ]
    .concat();
    let whole = office::docx_with(
        &body,
        &[
            (
                "styles.xml",
                "styles",
                "<w:style w:type=\"paragraph\" w:styleId=\"H\"><w:name w:val=\"heading 1\"/><w:basedOn w:val=\"H\"/></w:style>",
            ),
            (
                "numbering.xml",
                "numbering",
                "<w:abstractNum w:abstractNumId=\"0\"><w:lvl w:ilvl=\"0\"><w:numFmt w:val=\"upperRoman\"/><w:lvlText w:val=\"%1.\"/></w:lvl></w:abstractNum>\
                 <w:num w:numId=\"1\"><w:abstractNumId w:val=\"0\"/></w:num>",
            ),
            (
                "footnotes.xml",
                "footnotes",
                "<w:footnote w:id=\"1\"><w:p><w:r><w:t>note</w:t></w:r></w:p></w:footnote>",
            ),
            ("comments.xml", "comments", "<w:comment w:id=\"0\"/>"),
        ],
        &[("l", "https://example.org/")],
    );
    vec![whole, office::docx(&p("small"))]
}

pub fn pptx() -> Vec<Vec<u8>> {
    let transform = "<a:xfrm><a:off x=\"1\" y=\"2\"/><a:ext cx=\"3\" cy=\"4\"/></a:xfrm><a:solidFill><a:srgbClr val=\"FF0000\"/></a:solidFill>";
    vec![office::pptx_with(
        &[
            (
                "",
                &[shape("title", "", "Title"), shape("body", transform, "one\ntwo")].concat(),
            ),
            ("show=\"0\"", &shape("", "", "hidden")),
        ],
        &[(1, "notes")],
    )]
}

pub fn xlsx() -> Vec<Vec<u8>> {
    let sheet = "<cols><col min=\"2\" max=\"3\" hidden=\"1\"/></cols><sheetData>\
        <row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" s=\"1\"><v>45000.5</v></c></row>\
        <row r=\"2\" hidden=\"1\"><c r=\"A2\" t=\"b\"><v>1</v></c></row>\
        <row r=\"3\"><c r=\"A3\"><f t=\"shared\" si=\"0\" ref=\"A3:A4\">SUM($B1:B2)*2</f><v>7</v></c><c r=\"D3\" t=\"inlineStr\"><is><t>text</t></is></c></row>\
        <row r=\"4\"><c r=\"A4\"><f t=\"shared\" si=\"0\"/><v>1E3</v></c><c r=\"B4\" t=\"e\"><v>#N/A</v></c></row>\
        </sheetData><mergeCells><mergeCell ref=\"A1:B1\"/></mergeCells>";
    let styles = "<numFmts><numFmt numFmtId=\"164\" formatCode=\"dd/mm/yyyy;@\"/></numFmts><fonts><font><sz val=\"11\"/></font></fonts>\
        <fills><fill><patternFill patternType=\"none\"/></fill></fills><cellXfs><xf/><xf numFmtId=\"164\"/></cellXfs>";
    let mut book = rust_xlsxwriter::Workbook::new();
    let page = book.add_worksheet();
    page.write(0, 0, "made by a writer").unwrap();
    page.write(1, 1, 1.5).unwrap();
    vec![
        office::xlsx(
            &[("One", "", sheet), ("Two", "state=\"hidden\"", sheet)],
            styles,
            &["a string"],
        ),
        book.save_to_buffer().unwrap(),
    ]
}

pub fn ods() -> Vec<Vec<u8>> {
    let table = "<table:table table:name=\"T\" table:style-name=\"s\"><table:table-column table:number-columns-repeated=\"2\"/>\
        <table:table-row table:number-rows-repeated=\"2\"><table:table-cell office:value-type=\"float\" office:value=\"1.5\" \
        table:formula=\"of:=[.A1]*2\" table:number-columns-repeated=\"2\"><text:p>1,5</text:p></table:table-cell>\
        <table:table-cell table:number-columns-spanned=\"2\"><text:p>a<text:s text:c=\"3\"/>b</text:p></table:table-cell></table:table-row></table:table>";
    let styles = "<style:style style:name=\"s\"><style:table-properties table:display=\"true\"/></style:style>";
    vec![office::ods(styles, table)]
}

pub fn xls() -> Vec<Vec<u8>> {
    let records = [
        binary::hidden_row(1),
        binary::hidden_column(3),
        binary::number(0, 0, 1.5),
        binary::label(1, 0, "hidden"),
        binary::label(3, 2, "text"),
    ];
    vec![binary::xls(&[
        ("S", false, records.concat()),
        ("T", true, binary::number(9, 9, 1.0)),
    ])]
}

pub fn xlsb() -> Vec<Vec<u8>> {
    vec![binary::xlsb()]
}

pub fn pdf() -> Vec<Vec<u8>> {
    let content = "q 1 0 0 rg 10 10 50 50 re f Q BT /F1 12 Tf 20 250 Td (Hello) Tj 3 Tr [(a) -200 (b)] TJ ET /X Do";
    let form = pdf_file::stream(
        "/Type /XObject /Subtype /Form /BBox [0 0 9 9]",
        b"BT /F1 8 Tf (form) Tj ET",
    );
    let packed = pdf_file::objects(&[
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 300] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>".to_vec(),
        pdf_file::stream("/Filter /FlateDecode", &zlib(content.as_bytes())),
        b"<< /Type /Font /Subtype /TrueType /BaseFont /Arial /FirstChar 32 /LastChar 40 /Widths [1 2 3 4 5 6 7 8 9] >>".to_vec(),
    ]);
    vec![
        pdf_file::pages_with(&[content, content], "/XObject << /X 8 0 R >>", &[form]),
        packed,
    ]
}

pub fn html() -> Vec<Vec<u8>> {
    vec![
        "<!doctype html><style>.a > .b, #c{display:none;color:#fff}</style><h1>T</h1><p class=a style='color:rgb(1,2,3);font-size:1px'>x\
         <table><caption>c<tr><td colspan=3>1<td><ul><li>2<ol start=9><li>3</table><pre>  p `</pre><a href='https://x.y'>l</a><blockquote>q"
            .to_owned()
            .into_bytes(),
    ]
}

pub fn notebook() -> Vec<Vec<u8>> {
    vec![
        r#"{"nbformat":4,"metadata":{"kernelspec":{"language":"python"}},"cells":[{"cell_type":"code","source":["a\n","b"],
        "outputs":[{"output_type":"stream","text":"x"},{"output_type":"display_data","data":{"image/png":"iVBORw0KGgo="}}]}]}"#
            .to_owned()
            .into_bytes(),
    ]
}

pub fn mail() -> Vec<Vec<u8>> {
    vec![
        b"From: =?utf-8?q?A=C3=A4?= <a@b.c>\r\nTo: d@e.f, g\r\nSubject: =?iso-8859-1?B?5A==?=\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
        --b\r\nContent-Type: text/html; charset=utf-7\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>=C3=A4=\r\n</p>\r\n\
        --b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ntext\r\n--b\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--b--\r\n"
            .to_vec(),
    ]
}

pub fn image() -> Vec<Vec<u8>> {
    let gif = b"GIF89a\x02\0\x02\0\x80\0\0\xff\xff\xff\0\0\0,\0\0\0\0\x02\0\x02\0\0\x02\x03\x44\x02\x05\0;".to_vec();
    vec![png(20, 20), jpeg(20, 20), gif]
}

pub fn archive() -> Vec<Vec<u8>> {
    let inner = zip_text(&[("a.txt", "hello"), ("b/c.txt", "world"), ("_rels/.rels", &rels(&[]))]);
    let tar = tar(&[("a", b"x"), ("b/", b"")]);
    vec![inner, gzip(&tar), tar]
}
