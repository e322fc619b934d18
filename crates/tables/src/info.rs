//! What is known about a table: where it is, what its columns hold, and what is wrong with it.

use deskhand_types::GuestPath;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One table found in a file, as it can be queried.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct TableInfo {
    /// Its name in SQL: stable for the same set of files, lower case, never needs quoting.
    pub name: String,
    /// The file.
    pub path: GuestPath,
    /// The sheet, for workbooks; for a JSON object of several lists, the list's key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// Where it is, header row included: `Orders!A3:H240`; for CSV `A1:F900`; for JSON `lines 1-90` or `items 1-90`.
    pub range: String,
    /// The title found above the table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The last row of the header, counted from 1; 0 when there is none.
    pub header_row: u32,
    /// The first row of data.
    pub first_row: u32,
    /// The last row of data.
    pub last_row: u32,
    /// The columns, left to right.
    pub columns: Vec<ColumnInfo>,
    /// Rows of data, summary rows not counted.
    pub rows: u64,
    /// Whether the sheet is hidden: its name then ends in `_hidden`.
    pub hidden: bool,
    /// Rows that state totals or averages of others. They are not in the table.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub summary_rows: Vec<SummaryRow>,
    /// What a reader of figures from this table should know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// How rows of the file are called.
    #[serde(default)]
    pub layout: Layout,
}

/// How the rows of a file are addressed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// Columns have letters, rows numbers (workbooks and delimited text).
    #[default]
    Cells,
    /// One JSON object a line; `_row` is the line's number.
    Lines,
    /// A JSON list; `_row` is the item's number, from 1.
    Items,
    /// Made by Deskhand, in no file (the table `files`).
    BuiltIn,
}

/// One column of a table.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ColumnInfo {
    /// Its name in SQL: lower case, never needs quoting, unique in the table.
    pub name: String,
    /// The header as in the file; several header rows joined by ` / `. Empty when there is none.
    pub header: String,
    /// The column's letters in the sheet; for JSON the field's path; empty for columns made here.
    pub letter: String,
    /// What the values are and how they are stored.
    pub kind: ColumnKind,
    /// What the column is good for.
    pub role: Role,
    /// Whether adding up its values means something (an amount does, a price or a percentage does not).
    pub additive: bool,
    /// The unit, from a units row or the header (`kg`, `EUR`, `%`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Rows without a value.
    pub nulls: u64,
    /// Different values.
    pub distinct: u64,
    /// The smallest value, as stored; `null` when there is none.
    pub min: Value,
    /// The largest value, as stored.
    pub max: Value,
    /// The sum, for numeric columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sum: Option<f64>,
    /// The first few different values, as stored.
    pub examples: Vec<Value>,
    /// How the values are written in the file, when there is more than one way or it matters (`D/M/YYYY`, `text`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub formats_seen: Vec<String>,
    /// Whether the column is hidden in the sheet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
}

/// What the values of a column are, and how SQLite stores them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ColumnKind {
    /// Whole numbers: INTEGER.
    Integer,
    /// Numbers: REAL.
    Number,
    /// Amounts of money: REAL.
    Money {
        /// ISO 4217 code where it is known (`EUR`), else the symbol as written (`$`), else none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        currency: Option<String>,
    },
    /// Shares: REAL, 12 % is 0.12.
    Percent,
    /// Days: TEXT `YYYY-MM-DD`.
    Date,
    /// Points in time without a zone: TEXT `YYYY-MM-DD HH:MM:SS`.
    DateTime,
    /// Times of day: TEXT `HH:MM:SS`.
    Time,
    /// Lengths of time: REAL, in hours.
    Duration,
    /// INTEGER, 1 is true, 0 is false.
    Boolean,
    /// TEXT, without surrounding spaces.
    Text,
}

impl ColumnKind {
    /// Whether the values are numbers that can be reckoned with.
    pub const fn is_numeric(&self) -> bool {
        matches!(
            self,
            Self::Integer | Self::Number | Self::Money { .. } | Self::Percent | Self::Duration
        )
    }

    /// One or two words for people.
    pub fn label(&self) -> String {
        match self {
            Self::Integer => "integer".to_owned(),
            Self::Number => "number".to_owned(),
            Self::Money { currency: Some(code) } => format!("money {code}"),
            Self::Money { currency: None } => "money".to_owned(),
            Self::Percent => "percent (0.12 = 12 %)".to_owned(),
            Self::Date => "date".to_owned(),
            Self::DateTime => "datetime".to_owned(),
            Self::Time => "time".to_owned(),
            Self::Duration => "duration in hours".to_owned(),
            Self::Boolean => "boolean (1/0)".to_owned(),
            Self::Text => "text".to_owned(),
        }
    }

    /// The storage class in SQLite.
    pub(crate) const fn sql_type(&self) -> &'static str {
        match self {
            Self::Integer | Self::Boolean => "INTEGER",
            Self::Number | Self::Money { .. } | Self::Percent | Self::Duration => "REAL",
            Self::Date | Self::DateTime | Self::Time | Self::Text => "TEXT",
        }
    }
}

/// What a column is good for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A quantity to add up or average.
    Measure,
    /// A value to group by: it repeats.
    Category,
    /// When.
    Date,
    /// An identifier, code or number that names something: to join by, never to add up.
    Key,
    /// Free text.
    Text,
}

/// A row of the file that states totals, subtotals or averages.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SummaryRow {
    /// The row's number.
    pub row: u32,
    /// What it says ("Total North"); empty when it has no label.
    pub label: String,
    /// First and last row it sums up.
    pub covers: (u32, u32),
    /// The figures it states, against the rows above.
    pub checks: Vec<SummaryCheck>,
}

/// One figure of a summary row against what the rows say.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SummaryCheck {
    /// The column, by SQL name.
    pub column: String,
    /// The cell (`F241`).
    pub cell: String,
    /// What it states.
    pub stated: f64,
    /// What the rows add up to (or their average or count, where that is what is stated).
    pub computed: f64,
    /// Whether the two agree to a rounding of half a hundredth.
    pub agrees: bool,
}

/// Something a reader of figures from a table should know.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Note {
    /// What kind of finding.
    pub kind: NoteKind,
    /// The sentence for people.
    pub text: String,
    /// The column, by SQL name, when it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The cells or rows concerned, at most [`Note::MAX_CELLS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cells: Vec<String>,
    /// How many cells or rows are concerned.
    pub count: u64,
}

impl Note {
    /// How many cells a note names.
    pub const MAX_CELLS: usize = 20;
}

/// Kinds of findings, worst first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoteKind {
    /// A stated total is not what the rows add up to.
    TotalMismatch,
    /// A column holds more than one currency.
    MixedCurrencies,
    /// Cells of a numeric or date column that could not be read; they are NULL.
    Unreadable,
    /// Cells with a formula error (`#N/A`); they are NULL.
    ErrorCells,
    /// Dates that can be read two ways; which one was chosen is in the text.
    AmbiguousDates,
    /// Numbers that can be read two ways (`1.234`).
    AmbiguousNumbers,
    /// Dates written in more than one way.
    MixedDates,
    /// Numbers stored as text, or in more than one style.
    MixedNumbers,
    /// Text that nobody sees in the sheet; it is left out (see [`TableFile::veil`](crate::TableFile::veil)).
    Withheld,
    /// The sheet is hidden.
    HiddenSheet,
    /// Rows hidden or filtered out in the sheet; they are in the table.
    HiddenRows,
    /// Columns hidden in the sheet; they are in the table.
    HiddenColumns,
    /// Rows that are equal in every column.
    DuplicateRows,
    /// Rows left out because they sum up others.
    SummaryRows,
    /// Rows left out for another reason (repeated header, footnote, section heading).
    SkippedRows,
    /// There is no header row; columns are named by position.
    NoHeader,
    /// A column without a header, two with the same, or one without values.
    Header,
    /// Values that differ only in case or spaces.
    SpellingVariants,
    /// Merged cells, filled into every cell they cover.
    MergedCells,
    /// How the file was read (encoding, delimiter).
    Reading,
}
