//! The package around the body: content types, relationships, numbering, footer, properties.
//! ECMA-376 part 1 (WordprocessingML) and part 2 (packaging).

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::DocxOptions;
use super::body::Body;
use super::xml::escape;
use crate::write::WriteError;

/// A page in twentieths of a point.
#[derive(Clone, Copy)]
pub struct Page {
    pub width: u32,
    pub height: u32,
    pub margin: u32,
}

impl Page {
    /// Width of the text.
    pub const fn text(self) -> u32 {
        self.width - 2 * self.margin
    }
    /// Height of the text.
    pub const fn text_height(self) -> u32 {
        self.height - 2 * self.margin
    }
}

pub const A4: Page = Page {
    width: 11906,
    height: 16838,
    margin: 1304,
};
pub const LETTER: Page = Page {
    width: 12240,
    height: 15840,
    margin: 1304,
};

const STYLES: &str = include_str!("../../../assets/docx/styles.xml");
const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const W: &str = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"";
const REL: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const WML: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml";

/// Numbering instance of bullet lists; ordered lists follow, one instance each, so that each counts anew.
pub const BULLETS: usize = 1;

pub fn package(body: &Body, options: &DocxOptions, page: Page) -> Result<Vec<u8>, WriteError> {
    let title = options.title.as_deref().or(body.title.as_deref()).unwrap_or_default();
    let footer_text = options.footer.as_deref().unwrap_or(title);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut add = |name: &str, bytes: &[u8], compress: bool| -> Result<(), WriteError> {
        let method = if compress {
            CompressionMethod::Deflated
        } else {
            CompressionMethod::Stored
        };
        // A fixed time: the same content gives the same bytes.
        let entry = SimpleFileOptions::default()
            .compression_method(method)
            .last_modified_time(DateTime::DEFAULT);
        zip.start_file(name, entry)
            .map_err(|error| WriteError::format("docx", error))?;
        zip.write_all(bytes).map_err(|error| WriteError::format("docx", error))
    };
    add("[Content_Types].xml", content_types().as_bytes(), true)?;
    add("_rels/.rels", package_relations().as_bytes(), true)?;
    add("docProps/core.xml", core(title, options).as_bytes(), true)?;
    add("docProps/app.xml", app().as_bytes(), true)?;
    add("word/document.xml", document(body, page).as_bytes(), true)?;
    add("word/_rels/document.xml.rels", relations(body).as_bytes(), true)?;
    add("word/styles.xml", STYLES.as_bytes(), true)?;
    add("word/settings.xml", settings().as_bytes(), true)?;
    add("word/numbering.xml", numbering(body).as_bytes(), true)?;
    add("word/footer1.xml", footer(footer_text, page).as_bytes(), true)?;
    for media in &body.media {
        add(&format!("word/media/{}", media.name), &media.bytes, false)?;
    }
    let cursor = zip.finish().map_err(|error| WriteError::format("docx", error))?;
    Ok(cursor.into_inner())
}

fn content_types() -> String {
    format!(
        "{HEAD}<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
         <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
         <Default Extension=\"xml\" ContentType=\"application/xml\"/>\
         <Default Extension=\"png\" ContentType=\"image/png\"/>\
         <Default Extension=\"jpeg\" ContentType=\"image/jpeg\"/>\
         <Default Extension=\"gif\" ContentType=\"image/gif\"/>\
         <Override PartName=\"/word/document.xml\" ContentType=\"{WML}.document.main+xml\"/>\
         <Override PartName=\"/word/styles.xml\" ContentType=\"{WML}.styles+xml\"/>\
         <Override PartName=\"/word/settings.xml\" ContentType=\"{WML}.settings+xml\"/>\
         <Override PartName=\"/word/numbering.xml\" ContentType=\"{WML}.numbering+xml\"/>\
         <Override PartName=\"/word/footer1.xml\" ContentType=\"{WML}.footer+xml\"/>\
         <Override PartName=\"/docProps/core.xml\" ContentType=\"application/vnd.openxmlformats-package.core-properties+xml\"/>\
         <Override PartName=\"/docProps/app.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.extended-properties+xml\"/>\
         </Types>"
    )
}

fn package_relations() -> String {
    format!(
        "{HEAD}<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
         <Relationship Id=\"rId1\" Type=\"{REL}/officeDocument\" Target=\"word/document.xml\"/>\
         <Relationship Id=\"rId2\" Type=\"http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties\" Target=\"docProps/core.xml\"/>\
         <Relationship Id=\"rId3\" Type=\"{REL}/extended-properties\" Target=\"docProps/app.xml\"/>\
         </Relationships>"
    )
}

fn core(title: &str, options: &DocxOptions) -> String {
    let mut inner = format!("<dc:title>{}</dc:title>", escape(title));
    if let Some(author) = &options.author {
        let _ = write!(inner, "<dc:creator>{}</dc:creator>", escape(author));
    }
    format!(
        "{HEAD}<cp:coreProperties xmlns:cp=\"http://schemas.openxmlformats.org/package/2006/metadata/core-properties\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\">{inner}</cp:coreProperties>"
    )
}

fn app() -> String {
    format!(
        "{HEAD}<Properties xmlns=\"http://schemas.openxmlformats.org/officeDocument/2006/extended-properties\"><Application>Deskhand</Application></Properties>"
    )
}

fn settings() -> String {
    // Without the compatibility mode, Word opens the file as one of Word 2007.
    format!(
        "{HEAD}<w:settings {W}><w:zoom w:percent=\"100\"/><w:defaultTabStop w:val=\"708\"/><w:compat>\
         <w:compatSetting w:name=\"compatibilityMode\" w:uri=\"http://schemas.microsoft.com/office/word\" w:val=\"15\"/>\
         </w:compat></w:settings>"
    )
}

fn document(body: &Body, page: Page) -> String {
    format!(
        "{HEAD}<w:document {W} xmlns:r=\"{REL}\" \
         xmlns:wp=\"http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing\" \
         xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\" \
         xmlns:pic=\"http://schemas.openxmlformats.org/drawingml/2006/picture\"><w:body>{}\
         <w:sectPr><w:footerReference w:type=\"default\" r:id=\"rId4\"/>\
         <w:pgSz w:w=\"{}\" w:h=\"{}\"/>\
         <w:pgMar w:top=\"{m}\" w:right=\"{m}\" w:bottom=\"{m}\" w:left=\"{m}\" w:header=\"567\" w:footer=\"567\" w:gutter=\"0\"/>\
         </w:sectPr></w:body></w:document>",
        body.xml,
        page.width,
        page.height,
        m = page.margin
    )
}

/// The first relationships are fixed; those of the body follow.
pub const FIRST_BODY_RELATION: usize = 5;

fn relations(body: &Body) -> String {
    let mut out =
        format!("{HEAD}<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">");
    for (id, part) in [(1, "styles"), (2, "settings"), (3, "numbering")] {
        let _ = write!(
            out,
            "<Relationship Id=\"rId{id}\" Type=\"{REL}/{part}\" Target=\"{part}.xml\"/>"
        );
    }
    let _ = write!(
        out,
        "<Relationship Id=\"rId4\" Type=\"{REL}/footer\" Target=\"footer1.xml\"/>"
    );
    for (index, relation) in body.relations.iter().enumerate() {
        let (kind, mode) = if relation.external {
            ("hyperlink", " TargetMode=\"External\"")
        } else {
            ("image", "")
        };
        let _ = write!(
            out,
            "<Relationship Id=\"rId{}\" Type=\"{REL}/{kind}\" Target=\"{}\"{mode}/>",
            FIRST_BODY_RELATION + index,
            escape(&relation.target)
        );
    }
    out.push_str("</Relationships>");
    out
}

fn numbering(body: &Body) -> String {
    let mut out = format!("{HEAD}<w:numbering {W}>");
    for (id, ordered) in [(0, false), (1, true)] {
        let _ = write!(
            out,
            "<w:abstractNum w:abstractNumId=\"{id}\"><w:multiLevelType w:val=\"hybridMultilevel\"/>"
        );
        for level in 0..9usize {
            let (format, text) = match (ordered, level % 3) {
                (false, 0) => ("bullet", "•".to_owned()),
                (false, 1) => ("bullet", "–".to_owned()),
                (false, _) => ("bullet", "▪".to_owned()),
                (true, 0) => ("decimal", format!("%{}.", level + 1)),
                (true, 1) => ("lowerLetter", format!("%{}.", level + 1)),
                (true, _) => ("lowerRoman", format!("%{}.", level + 1)),
            };
            let _ = write!(
                out,
                "<w:lvl w:ilvl=\"{level}\"><w:start w:val=\"1\"/><w:numFmt w:val=\"{format}\"/><w:lvlText w:val=\"{text}\"/>\
                 <w:lvlJc w:val=\"left\"/><w:pPr><w:ind w:left=\"{}\" w:hanging=\"340\"/></w:pPr></w:lvl>",
                indent(level)
            );
        }
        out.push_str("</w:abstractNum>");
    }
    let _ = write!(
        out,
        "<w:num w:numId=\"{BULLETS}\"><w:abstractNumId w:val=\"0\"/></w:num>"
    );
    for (index, (level, start)) in body.ordered.iter().enumerate() {
        let _ = write!(
            out,
            "<w:num w:numId=\"{}\"><w:abstractNumId w:val=\"1\"/><w:lvlOverride w:ilvl=\"{level}\"><w:startOverride w:val=\"{start}\"/></w:lvlOverride></w:num>",
            BULLETS + 1 + index
        );
    }
    out.push_str("</w:numbering>");
    out
}

/// Left indent of a list level in twentieths of a point.
pub const fn indent(level: usize) -> usize {
    400 + level * 400
}

fn footer(text: &str, page: Page) -> String {
    let field = |name: &str| {
        format!(
            "<w:r><w:fldChar w:fldCharType=\"begin\"/></w:r><w:r><w:instrText xml:space=\"preserve\"> {name} </w:instrText></w:r>\
             <w:r><w:fldChar w:fldCharType=\"separate\"/></w:r><w:r><w:t>1</w:t></w:r><w:r><w:fldChar w:fldCharType=\"end\"/></w:r>"
        )
    };
    let short: String = text.chars().take(90).collect();
    format!(
        "{HEAD}<w:ftr {W}><w:p><w:pPr><w:pStyle w:val=\"Footer\"/><w:tabs><w:tab w:val=\"clear\" w:pos=\"9298\"/><w:tab w:val=\"right\" w:pos=\"{}\"/></w:tabs></w:pPr>\
         <w:r><w:t xml:space=\"preserve\">{}</w:t></w:r><w:r><w:tab/></w:r><w:r><w:t xml:space=\"preserve\">Page </w:t></w:r>{}\
         <w:r><w:t xml:space=\"preserve\"> of </w:t></w:r>{}</w:p></w:ftr>",
        page.text(),
        escape(&short),
        field("PAGE"),
        field("NUMPAGES")
    )
}
