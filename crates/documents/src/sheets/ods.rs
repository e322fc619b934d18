//! OpenDocument spreadsheets (ODF 1.3 part 3), streamed.
//!
//! Rows and cells are run-length coded, with counts as large as the sheet: they are counted, and copied only into the
//! window that was asked for.

use std::collections::HashMap;

use quick_xml::events::{BytesStart, Event};
use serde_json::json;

use crate::{
    DocumentError, Kind, Limits, NoteKind, colour,
    guard::Clock,
    package::Package,
    reading::{Notes, plural},
    sheets::{MAX_COLUMNS, MAX_ROWS, Request, Sheet, grid, number},
    xml::{self, Events, Failure},
};

const CONTENT: &str = "content.xml";

pub(super) fn load(
    bytes: &[u8],
    request: &Request,
    limits: &Limits,
    clock: &Clock,
    notes: &mut Notes,
) -> Result<Vec<Sheet>, DocumentError> {
    let package = Package::open(Kind::Ods, bytes, limits)?;
    if let Some(manifest) = package.optional_text("META-INF/manifest.xml")?
        && manifest.contains("encryption-data")
    {
        return Err(DocumentError::Protected(Kind::Ods));
    }
    let entry = package.entry(CONTENT)?;
    let stream = package.archive.stream(entry)?;
    let mut events = Events::new(stream, Kind::Ods, CONTENT, limits, *clock);
    let mut reader = Reader::new(request);
    reader
        .run(&mut events)
        .map_err(|failure| package.archive.failure(entry, failure))?;
    let count = reader.comments.len() as u64;
    if count > 0 {
        let what = plural(count, "cell comment", "cell comments");
        notes.left_out(
            NoteKind::Comments,
            &what,
            "",
            count,
            std::mem::take(&mut reader.comments),
        );
    }
    Ok(reader.sheets)
}

/// What an automatic style says.
#[derive(Default, Clone, Copy)]
struct Style {
    /// A table that is not displayed.
    undisplayed: bool,
    colour: Option<[u8; 3]>,
    ground: Option<[u8; 3]>,
    tiny: bool,
}

impl Style {
    fn hides_text(self) -> bool {
        let ground = self.ground.unwrap_or([255; 3]);
        self.tiny || self.colour.is_some_and(|colour| colour::close_rgb(colour, ground))
    }
}

#[derive(Default)]
struct Draft {
    repeat: u64,
    cell: grid::Cell,
    paragraphs: u32,
    span: Option<(u64, u64)>,
}

struct Reader<'r> {
    request: &'r Request,
    sheets: Vec<Sheet>,
    styles: HashMap<String, Style>,
    style: Option<String>,
    comments: Vec<String>,
    left: usize,
    /// Tables inside cells are passed over.
    table_depth: u32,
    /// Comments inside cells are passed over.
    annotation_depth: u32,
    hidden_columns: Vec<(u64, u64)>,
    next_column_style: u64,
    row: u64,
    row_repeat: u64,
    row_hidden: bool,
    cells: Vec<(u32, grid::Cell)>,
    column: u64,
    draft: Option<Draft>,
    in_paragraph: u32,
}

impl<'r> Reader<'r> {
    fn new(request: &'r Request) -> Self {
        Self {
            request,
            sheets: Vec::new(),
            styles: HashMap::new(),
            style: None,
            comments: Vec::new(),
            left: request.max_chars,
            table_depth: 0,
            annotation_depth: 0,
            hidden_columns: Vec::new(),
            next_column_style: 0,
            row: 0,
            row_repeat: 1,
            row_hidden: false,
            cells: Vec::new(),
            column: 0,
            draft: None,
            in_paragraph: 0,
        }
    }

    fn run<R: std::io::BufRead>(&mut self, events: &mut Events<R>) -> Result<(), Failure> {
        loop {
            match events.next()? {
                Event::Start(start) => self.start(&start, false),
                Event::Empty(start) => {
                    self.start(&start, true);
                    self.end(start.local_name().as_ref())?;
                }
                Event::End(end) => self.end(end.local_name().as_ref())?,
                Event::Text(text) => self.text(&text.xml10_content()),
                Event::CData(text) => self.text(&text.xml10_content()),
                Event::GeneralRef(reference) => {
                    if let Some(c) = xml::reference(&reference) {
                        self.text(c.encode_utf8(&mut [0; 4]));
                    }
                }
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
    }

    fn start(&mut self, start: &BytesStart<'_>, empty: bool) {
        let name = start.local_name();
        match name.as_ref() {
            "style" => {
                self.style = xml::attribute(start, "name").map(std::borrow::Cow::into_owned);
                if let Some(style) = &self.style
                    && self.styles.len() < 100_000
                {
                    self.styles.insert(style.clone(), Style::default());
                }
            }
            "table-properties" | "text-properties" | "table-cell-properties" => self.style_properties(start),
            "table" => {
                self.table_depth += 1;
                if self.table_depth == 1 {
                    self.begin_sheet(start);
                }
            }
            _ if self.table_depth != 1 => {}
            "table-column" => {
                let repeat = number_of(start, "number-columns-repeated");
                if matches!(
                    xml::attribute(start, "visibility").as_deref(),
                    Some("collapse" | "filter")
                ) && self.hidden_columns.len() < MAX_COLUMNS as usize
                {
                    self.hidden_columns
                        .push((self.next_column_style, self.next_column_style.saturating_add(repeat)));
                }
                self.next_column_style = self.next_column_style.saturating_add(repeat);
            }
            "table-row" => {
                self.row_repeat = number_of(start, "number-rows-repeated");
                self.row_hidden = matches!(
                    xml::attribute(start, "visibility").as_deref(),
                    Some("collapse" | "filter")
                );
                self.column = 0;
                self.cells.clear();
            }
            "table-cell" | "covered-table-cell" => self.draft = Some(self.begin_cell(start)),
            "annotation" => {
                if !empty {
                    self.annotation_depth += 1;
                }
                self.comments.push(String::new());
            }
            "p" | "h" if self.annotation_depth == 0 => {
                if !empty {
                    self.in_paragraph += 1;
                }
                if let Some(draft) = &mut self.draft {
                    draft.paragraphs += 1;
                    // Numbers have their text too; only the text of text cells is taken, see `text`.
                    if draft.paragraphs > 1 && draft.cell.value.is_none() {
                        draft.cell.text.push('\n');
                    }
                }
            }
            "s" => {
                let spaces = number_of(start, "c").min(100);
                self.text(&" ".repeat(spaces as usize));
            }
            "tab" => self.text("\t"),
            "line-break" => self.text("\n"),
            _ => {}
        }
    }

    fn style_properties(&mut self, start: &BytesStart<'_>) {
        let Some(style) = self.style.as_ref().and_then(|name| self.styles.get_mut(name)) else {
            return;
        };
        if xml::attribute(start, "display").as_deref() == Some("false") {
            // `text:display="none"` exists too, on other elements.
            style.undisplayed = true;
        }
        if let Some(colour) = xml::attribute(start, "color") {
            style.colour = colour::parse(&colour);
        }
        if let Some(ground) = xml::attribute(start, "background-color") {
            style.ground = colour::parse(&ground);
        }
        if let Some(points) =
            xml::attribute(start, "font-size").and_then(|size| size.strip_suffix("pt")?.parse::<f64>().ok())
        {
            style.tiny = points < 4.0;
        }
    }

    fn begin_sheet(&mut self, start: &BytesStart<'_>) {
        let name = xml::attribute(start, "name").unwrap_or_default().into_owned();
        let style = xml::attribute(start, "style-name").and_then(|style| self.styles.get(style.as_ref()));
        let visible = !style.is_some_and(|style| style.undisplayed);
        let sheet = Sheet::new(self.sheets.len(), name, visible, self.left, self.request);
        self.sheets.push(sheet);
        self.hidden_columns.clear();
        self.next_column_style = 0;
        self.row = 0;
    }

    fn begin_cell(&self, start: &BytesStart<'_>) -> Draft {
        let get = |name: &str| xml::attribute(start, name);
        let parsed = |name: &str| get(name).and_then(|value| value.parse::<f64>().ok());
        let mut cell = grid::Cell::default();
        match get("value-type").as_deref() {
            Some("float" | "currency") => {
                if let Some(value) = parsed("value") {
                    cell.text = number::plain(value);
                    cell.value = Some(json!(value));
                }
            }
            Some("percentage") => {
                if let Some(value) = parsed("value") {
                    cell.text = number::formatted(value, number::Format::Percent, false);
                    cell.value = Some(json!(value));
                }
            }
            Some("date") => {
                if let Some(date) = get("date-value") {
                    cell.text = date.replacen('T', " ", 1);
                    cell.value = Some(json!(cell.text));
                }
            }
            Some("time") => {
                if let Some(time) = get("time-value") {
                    cell.text = time.into_owned();
                    cell.value = Some(json!(cell.text));
                }
            }
            Some("boolean") => {
                let on = get("boolean-value").as_deref() == Some("true");
                cell.text = String::from(if on { "TRUE" } else { "FALSE" });
                cell.value = Some(json!(on));
            }
            _ => {}
        }
        cell.formula = get("formula").map(|formula| plain_formula(&formula));
        cell.hidden = get("style-name")
            .and_then(|style| self.styles.get(style.as_ref()))
            .is_some_and(|style| style.hides_text());
        let spans = (
            number_of(start, "number-rows-spanned"),
            number_of(start, "number-columns-spanned"),
        );
        Draft {
            repeat: number_of(start, "number-columns-repeated"),
            cell,
            paragraphs: 0,
            span: (spans != (1, 1)).then_some(spans),
        }
    }

    fn end(&mut self, name: &str) -> Result<(), Failure> {
        match name {
            "style" => self.style = None,
            "table" => {
                self.table_depth = self.table_depth.saturating_sub(1);
                if self.table_depth == 0
                    && let Some(sheet) = self.sheets.last()
                {
                    self.left = self.left.min(sheet.grid.left());
                }
            }
            _ if self.table_depth != 1 => {}
            "annotation" => self.annotation_depth = self.annotation_depth.saturating_sub(1),
            "p" | "h" => self.in_paragraph = self.in_paragraph.saturating_sub(1),
            "table-cell" | "covered-table-cell" => {
                if let Some(draft) = self.draft.take() {
                    self.end_cell(&draft)?;
                }
            }
            "table-row" => self.end_row()?,
            _ => {}
        }
        Ok(())
    }

    fn end_cell(&mut self, draft: &Draft) -> Result<(), Failure> {
        let filled = !draft.cell.text.is_empty() || draft.cell.formula.is_some();
        if filled {
            if self.column.saturating_add(draft.repeat) > MAX_COLUMNS {
                return Err(self.too_many("columns", MAX_COLUMNS));
            }
            if let Some((rows, columns)) = draft.span
                && let Some(sheet) = self.sheets.last_mut()
                && sheet.merged.len() < 10_000
            {
                let last_column = (self.column + columns - 1).min(MAX_COLUMNS) as u32;
                sheet.merged.push(format!(
                    "{}{}:{}{}",
                    grid::column_name(self.column as u32),
                    self.row + 1,
                    grid::column_name(last_column),
                    self.row.saturating_add(rows)
                ));
            }
            for offset in 0..draft.repeat {
                self.cells.push(((self.column + offset) as u32, draft.cell.clone()));
            }
        }
        self.column = self.column.saturating_add(draft.repeat);
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), Failure> {
        let first = self.row + 1;
        self.row = self.row.saturating_add(self.row_repeat);
        if self.cells.is_empty() {
            return Ok(());
        }
        if self.row > MAX_ROWS {
            return Err(self.too_many("rows", MAX_ROWS));
        }
        let hidden = |column: u32| {
            self.hidden_columns
                .iter()
                .any(|(from, to)| (*from..*to).contains(&u64::from(column)))
        };
        let Some(sheet) = self.sheets.last_mut() else {
            return Ok(());
        };
        if sheet.skipped {
            return Ok(());
        }
        let cells = std::mem::take(&mut self.cells);
        sheet.survey(first..=self.row, self.row_hidden, hidden, &cells);
        let window_end = sheet.first_row.saturating_add(sheet.limit);
        let mut number = first;
        while number <= self.row {
            sheet.take_row(number, self.row_hidden, hidden, cells.clone());
            number += 1;
            // What lies before or behind the window is counted at once.
            if number < sheet.first_row {
                let until = self.row.min(sheet.first_row - 1);
                sheet.repeat_row(until + 1 - number, self.row_hidden, true);
                number = until + 1;
            } else if number >= window_end {
                sheet.repeat_row(self.row + 1 - number, self.row_hidden, false);
                break;
            }
        }
        Ok(())
    }

    fn text(&mut self, piece: &str) {
        const MAX_CELL_CHARS: usize = 32_767;
        if self.annotation_depth > 0
            && let Some(comment) = self.comments.last_mut()
            && comment.len() < MAX_CELL_CHARS
        {
            comment.push_str(piece);
        }
        if self.in_paragraph == 0 || self.annotation_depth > 0 || self.table_depth != 1 {
            return;
        }
        if let Some(draft) = &mut self.draft
            && draft.cell.value.is_none()
            && draft.cell.text.len() < MAX_CELL_CHARS
        {
            draft.cell.text.push_str(piece);
        }
    }

    fn too_many(&self, what: &'static str, limit: u64) -> Failure {
        let name = self.sheets.last().map_or("", |sheet| sheet.name.as_str());
        Failure::Document(DocumentError::TooMany {
            part: format!("sheet '{}'", crate::markdown::excerpt(name, 60)),
            what,
            limit,
        })
    }
}

/// A count that is at least one.
fn number_of(start: &BytesStart<'_>, name: &str) -> u64 {
    xml::attribute(start, name)
        .and_then(|value| value.parse().ok())
        .unwrap_or(1)
        .max(1)
}

/// `of:=SUM([.A1:.B2])` as a spreadsheet shows it: `SUM(A1:B2)`.
fn plain_formula(formula: &str) -> String {
    const MAX_CHARS: usize = 8192;
    let formula = formula.split_once(":=").map_or(formula, |(_, formula)| formula);
    let formula = formula.strip_prefix('=').unwrap_or(formula);
    let mut out = String::new();
    let mut in_text = false;
    let mut in_reference = false;
    let mut previous = ' ';
    for c in formula.chars().take(MAX_CHARS) {
        match c {
            '"' => {
                in_text = !in_text;
                out.push(c);
            }
            _ if in_text => out.push(c),
            '[' => in_reference = true,
            ']' => in_reference = false,
            '.' if in_reference && matches!(previous, '[' | ':') => {}
            '.' if in_reference => out.push('!'),
            ';' => out.push(','),
            _ => out.push(c),
        }
        previous = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::plain_formula;

    #[test]
    fn formulas() {
        assert_eq!(plain_formula("of:=SUM([.B2:.B9])"), "SUM(B2:B9)");
        assert_eq!(
            plain_formula("of:=IF([.A1]=\"a;[.b\";[Sheet2.C3];1.5)"),
            "IF(A1=\"a;[.b\",Sheet2!C3,1.5)"
        );
    }
}
