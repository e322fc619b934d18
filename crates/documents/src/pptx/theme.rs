//! Colours of a slide: the theme's, and the ground the text stands on.

use std::collections::HashMap;

use roxmltree::Node;

use crate::{DocumentError, colour, package::Package, xml};

/// What text stands on: one colour, or nothing that can be compared (a picture, a gradient, not said).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Ground(pub(super) Option<[u8; 3]>);

/// What the master and theme behind a slide say about colours.
#[derive(Default)]
pub(super) struct Theme {
    /// `dk1`, `lt1`, `accent1`, … to channels.
    colours: HashMap<String, [u8; 3]>,
    /// `bg1`, `tx1`, … to the names of the theme.
    map: HashMap<String, String>,
    /// The ground of master and layout.
    pub(super) ground: Ground,
}

impl Theme {
    /// Loads what stands behind a slide: its layout, the master of that, the theme of that.
    pub(super) fn of_slide(package: &Package<'_>, slide: &str) -> Result<Self, DocumentError> {
        let target = |part: &str, kind: &str| -> Result<Option<String>, DocumentError> {
            let found = package
                .relationships(part)?
                .into_iter()
                .find(|each| each.kind == kind && !each.external);
            Ok(found.map(|each| each.target))
        };
        let mut theme = Self::default();
        let Some(layout) = target(slide, "slideLayout")? else {
            return Ok(theme);
        };
        let Some(master) = target(&layout, "slideMaster")? else {
            return Ok(theme);
        };
        if let Some(part) = target(&master, "theme")?
            && let Some(text) = package.optional_text(&part)?
        {
            let tree = package.tree(&part, &text)?;
            theme.load_colours(tree.root_element());
        }
        for part in [master, layout] {
            if let Some(text) = package.optional_text(&part)? {
                let tree = package.tree(&part, &text)?;
                let root = tree.root_element();
                if let Some(map) = xml::child(root, "clrMap") {
                    theme.map = map
                        .attributes()
                        .map(|attribute| (attribute.name().to_owned(), attribute.value().to_owned()))
                        .collect();
                }
                theme.ground = theme.ground_of(root).unwrap_or(theme.ground);
            }
        }
        Ok(theme)
    }

    fn load_colours(&mut self, root: Node<'_, '_>) {
        let Some(scheme) = xml::path(root, &["themeElements", "clrScheme"]) else {
            return;
        };
        for entry in scheme.children().filter(Node::is_element) {
            let value = entry
                .children()
                .find(Node::is_element)
                .and_then(|value| colour::parse(xml::attr(value, "lastClr").or_else(|| xml::attr(value, "val"))?));
            if let Some(value) = value {
                self.colours.insert(entry.tag_name().name().to_owned(), value);
            }
        }
    }

    /// The ground that a slide, layout or master declares, if it does.
    pub(super) fn ground_of(&self, root: Node<'_, '_>) -> Option<Ground> {
        let background = xml::path(root, &["cSld", "bg"])?;
        if let Some(properties) = xml::child(background, "bgPr") {
            return Some(Ground(
                xml::child(properties, "solidFill").and_then(|fill| self.solid(fill)),
            ));
        }
        Some(Ground(
            xml::child(background, "bgRef").and_then(|reference| self.solid(reference)),
        ))
    }

    /// The colour inside a `solidFill` or `bgRef`. None when it is changed by anything we do not compute.
    pub(super) fn solid(&self, fill: Node<'_, '_>) -> Option<[u8; 3]> {
        let colour = fill.children().find(Node::is_element)?;
        if colour.children().any(|change| change.is_element()) {
            return None;
        }
        let value = xml::attr(colour, "val")?;
        match colour.tag_name().name() {
            "srgbClr" => colour::parse(value),
            "sysClr" => xml::attr(colour, "lastClr").and_then(colour::parse),
            "schemeClr" => {
                let name = self.map.get(value).map_or(value, String::as_str);
                self.colours.get(name).copied()
            }
            "prstClr" => match value {
                "white" => Some([255; 3]),
                "black" => Some([0; 3]),
                _ => None,
            },
            _ => None,
        }
    }
}
