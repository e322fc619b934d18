//! Office Open XML packages: parts and the relationships between them (ECMA-376 part 2).
//!
//! Relationships are looked up, never followed on their own: a part is read because the code that reads its parent
//! asks for it, one level at a time, so cycles among them lead nowhere.

use crate::{
    DocumentError, Kind, Limits, NoteKind,
    archive::{Archive, Entry, part_name},
    reading::{Notes, plural},
    xml,
};

/// A package.
pub(crate) struct Package<'a> {
    pub(crate) kind: Kind,
    pub(crate) archive: Archive<'a>,
    pub(crate) limits: Limits,
}

/// A relationship from one part to another, or to outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Relationship {
    pub(crate) id: String,
    /// The last segment of the type's URI: `worksheet`, `hyperlink`.
    pub(crate) kind: String,
    /// The name of the part, or the address outside.
    pub(crate) target: String,
    pub(crate) external: bool,
}

impl<'a> Package<'a> {
    pub(crate) fn open(kind: Kind, bytes: &'a [u8], limits: &Limits) -> Result<Self, DocumentError> {
        Ok(Self {
            kind,
            archive: Archive::open(kind, bytes, limits)?,
            limits: *limits,
        })
    }

    /// The entry of a part that must be there.
    pub(crate) fn entry(&self, part: &str) -> Result<&Entry, DocumentError> {
        self.archive
            .find(part)
            .ok_or_else(|| DocumentError::damaged(self.kind, format!("{} is missing", part_name(part))))
    }

    /// The text of a part that must be there.
    pub(crate) fn text(&self, part: &str) -> Result<String, DocumentError> {
        let bytes = self.archive.read(self.entry(part)?)?;
        Ok(xml::part_text(&bytes).into_owned())
    }

    /// The text of a part, if it is there.
    pub(crate) fn optional_text(&self, part: &str) -> Result<Option<String>, DocumentError> {
        match self.archive.find(part) {
            Some(entry) => Ok(Some(xml::part_text(&self.archive.read(entry)?).into_owned())),
            None => Ok(None),
        }
    }

    /// Parses a part's text.
    pub(crate) fn tree<'t>(&self, part: &str, text: &'t str) -> Result<roxmltree::Document<'t>, DocumentError> {
        xml::tree(self.kind, part, text, &self.limits)
    }

    /// The part the package is about.
    pub(crate) fn main_part(&self, usual: &str) -> Result<String, DocumentError> {
        let relationships = self.relationships("")?;
        Ok(relationships
            .into_iter()
            .find(|relationship| relationship.kind == "officeDocument" && !relationship.external)
            .map_or_else(|| usual.to_owned(), |relationship| relationship.target))
    }

    /// The relationships of a part; of the package for an empty name.
    pub(crate) fn relationships(&self, part: &str) -> Result<Vec<Relationship>, DocumentError> {
        let (folder, file) = part.rsplit_once('/').unwrap_or(("", part));
        let rels = if folder.is_empty() {
            format!("_rels/{file}.rels")
        } else {
            format!("{folder}/_rels/{file}.rels")
        };
        let Some(text) = self.optional_text(&rels)? else {
            return Ok(Vec::new());
        };
        let document = self.tree(&rels, &text)?;
        let found = document
            .root_element()
            .children()
            .filter(|node| node.tag_name().name() == "Relationship")
            .filter_map(|node| {
                let target = xml::attr(node, "Target")?;
                let external = xml::attr(node, "TargetMode") == Some("External");
                Some(Relationship {
                    id: xml::attr(node, "Id")?.to_owned(),
                    kind: xml::attr(node, "Type")?.rsplit('/').next()?.to_owned(),
                    target: if external {
                        target.to_owned()
                    } else {
                        resolve(folder, target)
                    },
                    external,
                })
            })
            .collect();
        Ok(found)
    }

    /// Tells of macros, embedded objects and links that would fetch something.
    pub(crate) fn note_active(&self, notes: &mut Notes) {
        let names = || {
            self.archive
                .entries()
                .iter()
                .map(|entry| entry.name.to_ascii_lowercase())
        };
        if names().any(|name| name.ends_with("vbaproject.bin")) {
            notes.add(NoteKind::Active, "the file carries macros; they were not run", 0);
        }
        let embedded = names()
            .filter(|name| name.contains("/embeddings/") || name.contains("/activex/"))
            .count() as u64;
        if embedded > 0 {
            notes.add(
                NoteKind::Active,
                format!(
                    "{} not opened",
                    plural(embedded, "embedded object was", "embedded objects were")
                ),
                embedded,
            );
        }
    }

    /// Tells of data that the package carries beside what it shows (`customXml/item1.xml`), where there are words in it.
    pub(crate) fn note_custom_xml(&self, notes: &mut Notes) -> Result<(), DocumentError> {
        let mut texts = Vec::new();
        for entry in self.archive.entries() {
            let name = entry.name.to_ascii_lowercase();
            let item = name.strip_prefix("customxml/");
            if item.is_none_or(|item| item.starts_with("itemprops") || item.starts_with("_rels/")) {
                continue;
            }
            let text = self.text(&entry.name)?;
            // No program shows it, so it may be as broken as it likes.
            let Ok(tree) = self.tree(&entry.name, &text) else {
                continue;
            };
            let words = tree
                .descendants()
                .filter(roxmltree::Node::is_text)
                .filter_map(|node| node.text());
            texts.extend(
                words
                    .filter(|text| text.contains(char::is_alphabetic))
                    .map(str::to_owned),
            );
        }
        notes.beside("custom XML", texts);
        Ok(())
    }
}

/// The alternative texts below a node: of pictures, shapes and tables, each once.
pub(crate) fn alternative_texts(root: roxmltree::Node<'_, '_>, texts: &mut Vec<String>) {
    for node in root.descendants() {
        let names: &[&str] = match node.tag_name().name() {
            "docPr" | "cNvPr" => &["title", "descr"],
            "shape" | "rect" | "group" => &["alt"],
            "tblCaption" | "tblDescription" => &["val"],
            _ => continue,
        };
        let told = names.iter().filter_map(|name| xml::attr(node, name));
        for text in told.filter(|text| text.contains(char::is_alphabetic)) {
            // A picture and its frame have the same.
            if texts.last().is_none_or(|last| last != text) {
                texts.push(text.to_owned());
            }
        }
    }
}

/// What alternative texts are called in a note.
pub(crate) const ALTERNATIVE_TEXTS: &str = "alternative texts of pictures, shapes and tables";

/// The name of a part from a target that is relative to `folder`.
fn resolve(folder: &str, target: &str) -> String {
    let mut segments: Vec<&str> = if target.starts_with('/') {
        Vec::new()
    } else {
        folder.split('/').filter(|segment| !segment.is_empty()).collect()
    };
    for segment in target.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            name => segments.push(name),
        }
    }
    segments.join("/")
}

#[cfg(test)]
mod tests {
    use super::resolve;

    #[test]
    fn targets() {
        assert_eq!(resolve("xl", "worksheets/sheet1.xml"), "xl/worksheets/sheet1.xml");
        assert_eq!(resolve("xl/worksheets", "../comments1.xml"), "xl/comments1.xml");
        assert_eq!(resolve("xl", "/xl/workbook.xml"), "xl/workbook.xml");
        assert_eq!(resolve("xl", "../../../../etc/passwd"), "etc/passwd");
    }
}
