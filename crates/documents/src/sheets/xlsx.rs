//! xlsx and xlsm (ECMA-376 part 1, SpreadsheetML), streamed.

use std::collections::{BTreeSet, HashMap};

use quick_xml::events::{BytesStart, Event};
use serde_json::{Value, json};

use crate::{
    DocumentError, Kind, Limits, NoteKind,
    guard::Clock,
    package::{ALTERNATIVE_TEXTS, Package, alternative_texts},
    reading::{Notes, plural},
    sheets::{
        MAX_COLUMNS, MAX_ROWS, Request, Sheet, grid,
        number::{self, Format},
        styles::{self, Style},
    },
    xml::{self, Events, Failure},
};

/// Characters kept of one cell; Excel itself allows 32 767.
const MAX_CELL_CHARS: usize = 32_767;
/// Characters kept of one formula; Excel itself allows 8192.
const MAX_FORMULA_CHARS: usize = 8192;

struct Book<'a> {
    package: Package<'a>,
    styles: Vec<Style>,
    epoch_1904: bool,
    clock: Clock,
}

pub(super) fn load(
    kind: Kind,
    bytes: &[u8],
    request: &Request,
    limits: &Limits,
    clock: &Clock,
    notes: &mut Notes,
) -> Result<Vec<Sheet>, DocumentError> {
    let package = Package::open(kind, bytes, limits)?;
    package.note_active(notes);
    let main = package.main_part("xl/workbook.xml")?;
    let text = package.text(&main)?;
    let workbook = package.tree(&main, &text)?;
    let root = workbook.root_element();
    let relationships = package.relationships(&main)?;
    let styles = match relationships.iter().find(|relationship| relationship.kind == "styles") {
        Some(relationship) => match package.optional_text(&relationship.target)? {
            Some(text) => styles::load(package.tree(&relationship.target, &text)?.root_element()),
            None => Vec::new(),
        },
        None => Vec::new(),
    };
    let external = relationships
        .iter()
        .filter(|relationship| relationship.kind == "externalLink")
        .count() as u64;
    if external > 0 {
        let what = plural(external, "other workbook is", "other workbooks are");
        notes.add(
            NoteKind::Active,
            format!("{what} linked; values from there are as last saved"),
            external,
        );
    }
    let strings = relationships
        .iter()
        .find(|relationship| relationship.kind == "sharedStrings")
        .map(|relationship| relationship.target.clone());
    let epoch_1904 = xml::child(root, "workbookPr")
        .and_then(|properties| xml::attr(properties, "date1904"))
        .is_some_and(|value| matches!(value, "1" | "true"));
    let book = Book {
        package,
        styles,
        epoch_1904,
        clock: *clock,
    };
    let mut sheets = Vec::new();
    let mut left = request.max_chars;
    let (mut comments, mut alternatives) = (Vec::new(), Vec::new());
    let list = xml::child(root, "sheets")
        .into_iter()
        .flat_map(|sheets| sheets.children());
    for (index, node) in list.filter(|node| node.tag_name().name() == "sheet").enumerate() {
        let name = xml::attr(node, "name").unwrap_or("(no name)").to_owned();
        let visible = !matches!(xml::attr(node, "state"), Some("hidden" | "veryHidden"));
        let mut sheet = Sheet::new(index, name, visible, left, request);
        if sheet.skipped {
            sheets.push(sheet);
            continue;
        }
        let id = node
            .attributes()
            .find(|attribute| attribute.name() == "id")
            .map(|attribute| attribute.value());
        let target = id.and_then(|id| relationships.iter().find(|relationship| relationship.id == id));
        match target {
            Some(target) if target.kind == "worksheet" => {
                book.worksheet(&target.target, &mut sheet)?;
                comments.extend(book.comments(&target.target, &sheet.name)?);
                book.described(&target.target, &mut alternatives)?;
                left = sheet.grid.left();
            }
            Some(target) => sheet.other = Some(format!("a {}, not a table", target.kind)),
            None => notes.add(
                NoteKind::Damaged,
                format!(
                    "sheet '{}' is missing from the file",
                    crate::markdown::excerpt(&sheet.name, 60)
                ),
                0,
            ),
        }
        sheets.push(sheet);
    }
    if let Some(strings) = strings {
        book.resolve_strings(&strings, &mut sheets)?;
    }
    let count = comments.len() as u64;
    if count > 0 {
        let what = plural(count, "cell comment", "cell comments");
        notes.left_out(NoteKind::Comments, &what, "", count, comments);
    }
    notes.beside(ALTERNATIVE_TEXTS, alternatives);
    Ok(sheets)
}

/// What stands in a cell's value until the shared strings are read: they are many, and few are needed.
fn pending(index: u64) -> Value {
    json!({ "shared": index })
}

fn pending_index(value: Option<&Value>) -> Option<u64> {
    value?.get("shared")?.as_u64()
}

/// The cell being read.
#[derive(Default)]
struct Draft {
    column: u32,
    kind: CellKind,
    style: usize,
    /// Whether the cell is shown. Of the others it matters that they are not empty.
    wanted: bool,
    filled: bool,
    value: String,
    inline: String,
    formula: Option<String>,
    /// The number of a shared formula.
    shared: Option<u64>,
}

/// `ST_CellType`
#[derive(Clone, Copy, Default)]
enum CellKind {
    #[default]
    Number,
    Shared,
    Text,
    Inline,
    Bool,
    Error,
}

impl CellKind {
    fn of(name: &str) -> Self {
        match name {
            "s" => Self::Shared,
            "str" | "d" => Self::Text,
            "inlineStr" => Self::Inline,
            "b" => Self::Bool,
            "e" => Self::Error,
            _ => Self::Number,
        }
    }
}

/// Where text goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Nothing,
    Value,
    Formula,
    InlineText,
}

impl Book<'_> {
    /// The comments on a sheet's cells, each with its address. Threaded comments stand in the file a second time as plain
    /// ones: the fuller list counts.
    fn comments(&self, part: &str, sheet: &str) -> Result<Vec<String>, DocumentError> {
        let mut fullest = Vec::new();
        for relationship in self.package.relationships(part)? {
            if matches!(relationship.kind.as_str(), "comments" | "threadedComment")
                && let Some(text) = self.package.optional_text(&relationship.target)?
            {
                let tree = self.package.tree(&relationship.target, &text)?;
                let comments: Vec<String> = tree
                    .descendants()
                    .filter(|node| matches!(node.tag_name().name(), "comment" | "threadedComment"))
                    .map(|comment| {
                        let cell = xml::attr(comment, "ref").unwrap_or("?");
                        format!("{sheet}!{cell}: {}", xml::texts(comment, &["t", "text"]))
                    })
                    .collect();
                if comments.len() > fullest.len() {
                    fullest = comments;
                }
            }
        }
        Ok(fullest)
    }

    /// The alternative texts of what is drawn over a sheet's cells: pictures, shapes and charts.
    fn described(&self, part: &str, texts: &mut Vec<String>) -> Result<(), DocumentError> {
        for relationship in self.package.relationships(part)? {
            if matches!(relationship.kind.as_str(), "drawing" | "vmlDrawing")
                && let Some(text) = self.package.optional_text(&relationship.target)?
                // Drawings of old are written by hand, and not always well: they hide nothing from who cannot read them.
                && let Ok(tree) = self.package.tree(&relationship.target, &text)
            {
                alternative_texts(tree.root_element(), texts);
            }
        }
        Ok(())
    }

    fn worksheet(&self, part: &str, sheet: &mut Sheet) -> Result<(), DocumentError> {
        let entry = self.package.entry(part)?;
        let stream = self.package.archive.stream(entry)?;
        let mut events = Events::new(stream, self.package.kind, part, &self.package.limits, self.clock);
        self.rows(&mut events, sheet)
            .map_err(|failure| self.package.archive.failure(entry, failure))
    }

    fn rows<R: std::io::BufRead>(&self, events: &mut Events<R>, sheet: &mut Sheet) -> Result<(), Failure> {
        let mut hidden_columns: Vec<(u32, u32)> = Vec::new();
        let mut masters: HashMap<u64, (String, u64, u32)> = HashMap::new();
        let (mut row, mut row_hidden, mut wanted) = (0u64, false, false);
        let mut phonetic = false;
        let mut cells: Vec<(u32, grid::Cell)> = Vec::new();
        let mut next_column = 0u32;
        let mut draft: Option<Draft> = None;
        let mut inside = Inside::Nothing;
        let part = sheet.name.clone();
        let too_many = move |what: &'static str, limit: u64| {
            Failure::Document(DocumentError::TooMany {
                part: format!("sheet '{}'", crate::markdown::excerpt(&part, 60)),
                what,
                limit,
            })
        };
        loop {
            let event = events.next()?;
            let (start, empty) = match &event {
                Event::Start(start) => (Some(start), false),
                Event::Empty(start) => (Some(start), true),
                _ => (None, false),
            };
            if let Some(start) = start {
                match start.local_name().as_ref() {
                    "col" => {
                        let number = |name| xml::attribute(start, name).and_then(|value| value.parse::<u32>().ok());
                        let thin = measure(start, "width").is_some_and(|width| width < 0.1);
                        if (thin || flag(start, "hidden"))
                            && let (Some(min), Some(max)) = (number("min"), number("max"))
                            && hidden_columns.len() < MAX_COLUMNS as usize
                        {
                            hidden_columns.push((min.saturating_sub(1), max.saturating_sub(1)));
                        }
                    }
                    "row" => {
                        row = match xml::attribute(start, "r").and_then(|number| number.parse().ok()) {
                            Some(number) => number,
                            None => row + 1,
                        };
                        if row > MAX_ROWS {
                            return Err(too_many("rows", MAX_ROWS));
                        }
                        row_hidden = flag(start, "hidden") || measure(start, "ht").is_some_and(|points| points < 1.0);
                        wanted = (!row_hidden || sheet.with_hidden) && sheet.wants_row(row);
                        next_column = 0;
                        cells.clear();
                    }
                    "c" => {
                        let found = cell_start(start, next_column, wanted);
                        if u64::from(found.column) >= MAX_COLUMNS {
                            return Err(too_many("columns", MAX_COLUMNS));
                        }
                        next_column = found.column + 1;
                        draft = (!empty).then_some(found);
                    }
                    "f" => {
                        if let Some(draft) = &mut draft {
                            draft.formula = Some(String::new());
                            if xml::attribute(start, "t").as_deref() == Some("shared")
                                && let Some(index) = xml::attribute(start, "si").and_then(|index| index.parse().ok())
                            {
                                draft.shared = Some(index);
                            }
                            if !empty {
                                inside = Inside::Formula;
                            }
                        }
                    }
                    "v" if !empty => inside = Inside::Value,
                    "t" if !empty && !phonetic => inside = Inside::InlineText,
                    // Phonetic runs repeat the text.
                    "rPh" => phonetic = !empty,
                    "mergeCell" => {
                        if let Some(range) = xml::attribute(start, "ref")
                            && sheet.merged.len() < 10_000
                            && range.len() < 32
                        {
                            sheet.merged.push(range.into_owned());
                        }
                    }
                    _ => {}
                }
                continue;
            }
            match &event {
                Event::Text(text) => append(draft.as_mut(), inside, &text.xml10_content()),
                Event::CData(text) => append(draft.as_mut(), inside, &text.xml10_content()),
                Event::GeneralRef(reference) => {
                    if let Some(c) = xml::reference(reference) {
                        append(draft.as_mut(), inside, c.encode_utf8(&mut [0; 4]));
                    }
                }
                Event::End(end) => match end.local_name().as_ref() {
                    "v" | "f" | "t" => inside = Inside::Nothing,
                    "rPh" => phonetic = false,
                    "c" => {
                        inside = Inside::Nothing;
                        if let Some(draft) = draft.take() {
                            if cells.len() as u64 >= MAX_COLUMNS {
                                return Err(too_many("cells in a row", MAX_COLUMNS));
                            }
                            cells.push(self.finish(row, draft, &mut masters));
                        }
                    }
                    "row" => {
                        let is_hidden =
                            |column: u32| hidden_columns.iter().any(|(min, max)| (*min..=*max).contains(&column));
                        sheet.survey(row..=row, row_hidden, is_hidden, &cells);
                        sheet.take_row(row, row_hidden, is_hidden, std::mem::take(&mut cells));
                    }
                    _ => {}
                },
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
    }

    fn finish(&self, row: u64, draft: Draft, masters: &mut HashMap<u64, (String, u64, u32)>) -> (u32, grid::Cell) {
        let style = self.styles.get(draft.style).copied().unwrap_or_default();
        let column = draft.column;
        let formula = match (draft.formula, draft.shared) {
            (Some(text), Some(index)) if text.is_empty() => masters.get(&index).map(|(master, at_row, at_column)| {
                super::formula::shifted(
                    master,
                    row as i64 - *at_row as i64,
                    i64::from(column) - i64::from(*at_column),
                )
            }),
            (Some(text), shared) => {
                if let Some(index) = shared
                    && masters.len() < 100_000
                {
                    masters.insert(index, (text.clone(), row, column));
                }
                (!text.is_empty()).then_some(text)
            }
            (None, _) => None,
        };
        if !draft.wanted {
            let filled = draft.filled || formula.is_some();
            let cell = grid::Cell {
                value: filled.then_some(Value::Null),
                hidden: filled && style.hidden,
                ..grid::Cell::default()
            };
            return (column, cell);
        }
        let (text, value) = match draft.kind {
            CellKind::Shared => match draft.value.trim().parse::<u64>() {
                Ok(index) => (String::new(), Some(pending(index))),
                Err(_) => (String::new(), None),
            },
            CellKind::Text => (draft.value, None),
            CellKind::Inline => (draft.inline, None),
            CellKind::Bool => {
                let on = draft.value.trim() == "1";
                (if on { "TRUE" } else { "FALSE" }.to_owned(), Some(json!(on)))
            }
            CellKind::Error => (draft.value.clone(), Some(json!({ "error": draft.value }))),
            CellKind::Number => match draft.value.trim().parse::<f64>() {
                Ok(number) => {
                    let text = number::formatted(number, style.format, self.epoch_1904);
                    let value = match style.format {
                        Format::Number | Format::Percent => json!(number),
                        _ => json!(text),
                    };
                    (text, Some(value))
                }
                Err(_) => (draft.value, None),
            },
        };
        let cell = grid::Cell {
            text,
            value,
            formula,
            hidden: style.hidden,
        };
        (column, cell)
    }

    /// Puts the shared strings that the gathered cells need into them.
    fn resolve_strings(&self, part: &str, sheets: &mut [Sheet]) -> Result<(), DocumentError> {
        let needed: BTreeSet<u64> = sheets
            .iter()
            .flat_map(|sheet| sheet.grid.iter())
            .filter_map(|(_, _, cell)| pending_index(cell.value.as_ref()))
            .collect();
        if needed.is_empty() {
            return Ok(());
        }
        let entry = self.package.entry(part)?;
        let stream = self.package.archive.stream(entry)?;
        let mut events = Events::new(stream, self.package.kind, part, &self.package.limits, self.clock);
        let found = strings(&mut events, &needed).map_err(|failure| self.package.archive.failure(entry, failure))?;
        for cell in sheets.iter_mut().flat_map(|sheet| sheet.grid.cells_mut()) {
            if let Some(index) = pending_index(cell.value.as_ref()) {
                cell.value = None;
                cell.text = found.get(&index).cloned().unwrap_or_default();
            }
        }
        Ok(())
    }
}

/// The strings with the needed numbers. Stops after the last of them.
fn strings<R: std::io::BufRead>(
    events: &mut Events<R>,
    needed: &BTreeSet<u64>,
) -> Result<HashMap<u64, String>, Failure> {
    let last = needed.last().copied().unwrap_or(0);
    let mut found = HashMap::new();
    let mut index = 0u64;
    let mut text: Option<String> = None;
    let (mut inside, mut phonetic) = (false, false);
    loop {
        match events.next()? {
            Event::Start(start) => match start.local_name().as_ref() {
                "si" => text = needed.contains(&index).then(String::new),
                "t" => inside = !phonetic,
                "rPh" => phonetic = true,
                _ => {}
            },
            Event::Empty(start) if start.local_name().as_ref() == "si" => index += 1,
            Event::Text(piece) if inside => push(text.as_mut(), &piece.xml10_content()),
            Event::CData(piece) if inside => push(text.as_mut(), &piece.xml10_content()),
            Event::GeneralRef(reference) if inside => {
                if let Some(c) = xml::reference(&reference) {
                    push(text.as_mut(), c.encode_utf8(&mut [0; 4]));
                }
            }
            Event::End(end) => match end.local_name().as_ref() {
                "t" => inside = false,
                "rPh" => phonetic = false,
                "si" => {
                    if let Some(text) = text.take() {
                        found.insert(index, text);
                    }
                    if index >= last {
                        return Ok(found);
                    }
                    index += 1;
                }
                _ => {}
            },
            Event::Eof => return Ok(found),
            _ => {}
        }
    }
}

fn push(target: Option<&mut String>, piece: &str) {
    if let Some(target) = target
        && target.len() < MAX_CELL_CHARS
    {
        target.push_str(piece);
    }
}

fn append(draft: Option<&mut Draft>, inside: Inside, piece: &str) {
    let Some(draft) = draft else { return };
    draft.filled |= inside != Inside::Nothing;
    // Of a shared formula the text matters even where its first cell is not shown.
    if !draft.wanted && (inside != Inside::Formula || draft.shared.is_none()) {
        return;
    }
    let (target, limit) = match inside {
        Inside::Nothing => return,
        Inside::Value => (&mut draft.value, MAX_CELL_CHARS),
        Inside::InlineText => (&mut draft.inline, MAX_CELL_CHARS),
        Inside::Formula => match &mut draft.formula {
            Some(formula) => (formula, MAX_FORMULA_CHARS),
            None => return,
        },
    };
    if target.len() < limit {
        target.push_str(piece);
    }
}

/// The cell that a start tag begins: one look over its attributes, since there may be millions.
fn cell_start(start: &BytesStart<'_>, next_column: u32, wanted: bool) -> Draft {
    let mut draft = Draft {
        column: next_column,
        wanted,
        ..Draft::default()
    };
    for attribute in start.attributes().with_checks(false).flatten() {
        match attribute.key.local_name().as_ref() {
            "r" => draft.column = grid::address(&attribute.value).map_or(next_column, |(_, column)| column),
            "t" => draft.kind = CellKind::of(&attribute.value),
            "s" => draft.style = attribute.value.parse().unwrap_or(0),
            _ => {}
        }
    }
    draft
}

/// A height in points, or a width in characters.
fn measure(start: &BytesStart<'_>, name: &str) -> Option<f64> {
    xml::attribute(start, name)?.parse().ok()
}

fn flag(start: &BytesStart<'_>, name: &str) -> bool {
    matches!(xml::attribute(start, name).as_deref(), Some("1" | "true"))
}
