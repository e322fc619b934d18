//! Where an attacker's text stands: real files of each kind, so that the real readers find it or withhold it.

use deskhand_documents::write;

/// A Word document whose only paragraph is hidden or not (`w:vanish`, ECMA-376 Part 1, 17.3.2.41).
pub fn docx(visible: &str, hidden: &str) -> Vec<u8> {
    let document = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body>\
         <w:p><w:r><w:t>{visible}</w:t></w:r></w:p>\
         <w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>{hidden}</w:t></w:r></w:p></w:body></w:document>"
    );
    zip(&[
        (
            "[Content_Types].xml",
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
             <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
             <Override PartName=\"/word/document.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/></Types>",
        ),
        (
            "_rels/.rels",
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
             <Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"word/document.xml\"/></Relationships>",
        ),
        ("word/document.xml", &document),
    ])
}

/// A workbook with a note in a cell.
pub fn xlsx(text: &str) -> Vec<u8> {
    let sheet = write::Sheet {
        name: "Bills".to_owned(),
        columns: vec!["item".to_owned(), "note".to_owned()],
        rows: vec![vec![
            write::Cell::Text("coffee".to_owned()),
            write::Cell::Text(text.to_owned()),
        ]],
        totals: false,
    };
    write::xlsx(&[sheet]).unwrap()
}

/// A page of text (ISO 32000-1, 7.5 and 9.4), uncompressed, wrapped by words.
pub fn pdf(text: &str) -> Vec<u8> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        if lines.last().unwrap().len() + word.len() > 70 {
            lines.push(String::new());
        }
        let line = lines.last_mut().unwrap();
        line.push_str(word);
        line.push(' ');
    }
    let shown: String = lines
        .iter()
        .map(|line| {
            format!(
                "({}) Tj T* ",
                line.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)")
            )
        })
        .collect();
    let content = format!("BT /F1 12 Tf 14 TL 50 800 Td {shown}ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>".to_owned(),
        format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned(),
    ];
    let mut out = "%PDF-1.4\n".to_owned();
    let mut places = Vec::new();
    for (number, object) in objects.iter().enumerate() {
        places.push(out.len());
        out.push_str(&format!("{} 0 obj\n{object}\nendobj\n", number + 1));
    }
    let table = out.len();
    out.push_str(&format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1));
    for place in places {
        out.push_str(&format!("{place:010} 00000 n \n"));
    }
    out.push_str(&format!(
        "trailer << /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n",
        objects.len() + 1
    ));
    out.into_bytes()
}

pub fn html(visible: &str, hidden: &str) -> Vec<u8> {
    format!("<html><body><h1>News</h1><p>{visible}</p><div style=\"display:none\">{hidden}</div></body></html>")
        .into_bytes()
}

pub fn eml(text: &str) -> Vec<u8> {
    format!(
        "From: Mallory <mallory@elsewhere.example>\r\nTo: me@firm.example\r\nSubject: Delivery\r\nDate: Tue, 24 Nov 2026 \
         09:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    )
    .into_bytes()
}

/// The text in characters no screen shows: U+E0000 plus ASCII.
pub fn tags(text: &str) -> String {
    text.chars()
        .filter_map(|c| char::from_u32(0xE0000 + u32::from(c)))
        .collect()
}

/// An archive of stored members (APPNOTE 4.3).
fn zip(members: &[(&str, &str)]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in members {
        let place = out.len() as u32;
        let mut facts = Vec::new();
        for half in [20_u16, 0, 0, 0, 0x21] {
            facts.extend(half.to_le_bytes());
        }
        for word in [crc32(content.as_bytes()), content.len() as u32, content.len() as u32] {
            facts.extend(word.to_le_bytes());
        }
        facts.extend((name.len() as u16).to_le_bytes());
        facts.extend(0_u16.to_le_bytes());
        out.extend(b"PK\x03\x04");
        out.extend(&facts);
        out.extend(name.as_bytes());
        out.extend(content.as_bytes());
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&facts);
        directory.extend([0_u8; 10]);
        directory.extend(place.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (place, count) = (out.len() as u32, members.len() as u16);
    out.extend(&directory);
    out.extend(b"PK\x05\x06\x00\x00\x00\x00");
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend((directory.len() as u32).to_le_bytes());
    out.extend(place.to_le_bytes());
    out.extend(0_u16.to_le_bytes());
    out
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                (crc >> 1) ^ 0xEDB8_8320
            } else {
                crc >> 1
            }
        })
    })
}
