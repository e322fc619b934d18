//! What is painted on a page, in order: the ground that text stands on, and what covers it.

use hayro_interpret::kurbo::{Point, Rect};

use crate::colour;

/// Painted areas that are kept; beyond, colours are not compared any more.
const MAX_AREAS: usize = 20_000;

/// Something painted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Area {
    pub(super) rect: Rect,
    pub(super) paint: Ground,
    /// When, counted over all that is drawn on the page.
    pub(super) order: u64,
}

/// What an area looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ground {
    /// A rectangle of one opaque colour.
    Solid([u8; 3]),
    /// Another shape of one colour; its outline is not known.
    Shape([u8; 3]),
    /// A picture, a pattern, something transparent.
    Unknown,
}

/// All that is painted on a page.
#[derive(Debug, Default)]
pub(super) struct Grounds {
    areas: Vec<Area>,
    full: bool,
}

impl Grounds {
    pub(super) fn add(&mut self, area: Area) {
        if self.areas.len() >= MAX_AREAS {
            self.full = true;
        } else if area.rect.area() > 0.0 {
            self.areas.push(area);
        }
    }

    /// Whether text of a colour, drawn now, cannot be told from what is under it.
    pub(super) fn swallows(&self, point: Point, text: [u8; 3]) -> bool {
        if self.full {
            return false;
        }
        for area in self.areas.iter().rev().filter(|area| area.rect.contains(point)) {
            match area.paint {
                Ground::Solid(ground) => return colour::close_rgb(text, ground),
                // Under a shape may be the shape or what is below it: hidden only when like both.
                Ground::Shape(ground) if colour::close_rgb(text, ground) => {}
                Ground::Shape(_) | Ground::Unknown => return false,
            }
        }
        colour::close_rgb(text, [255; 3])
    }

    /// The areas that cover what was drawn before them.
    pub(super) fn covers(&self) -> Vec<Area> {
        self.areas
            .iter()
            .filter(|area| matches!(area.paint, Ground::Solid(_)))
            .copied()
            .collect()
    }
}
