//! JSON lists and JSON lines as sheets: fields become columns in the order they first appear, nested objects become
//! `outer.inner` columns, other nested values stay JSON text.

use std::{collections::HashMap, fmt};

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::{Sheet, encoding};
use crate::{
    Layout, Limits, TableError,
    grid::{Cell, Grid, GridBuilder},
    limits::{Deadline, within},
};

/// How deep nested objects are spread into columns.
const SPREAD: usize = 3;

fn malformed(reason: impl fmt::Display) -> TableError {
    TableError::Malformed {
        kind: "JSON",
        reason: reason.to_string(),
    }
}

/// A JSON value that keeps the order of fields.
#[derive(Clone, Debug, PartialEq)]
enum Json {
    Null,
    Bool(bool),
    Number(serde_json::Number),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct JsonVisitor;
        impl<'de> Visitor<'de> for JsonVisitor {
            type Value = Json;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON value")
            }
            fn visit_unit<E>(self) -> Result<Json, E> {
                Ok(Json::Null)
            }
            fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
                Ok(Json::Bool(value))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
                Ok(Json::Number(value.into()))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
                Ok(Json::Number(value.into()))
            }
            fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
                Ok(serde_json::Number::from_f64(value).map_or(Json::Null, Json::Number))
            }
            fn visit_str<E>(self, value: &str) -> Result<Json, E> {
                Ok(Json::Text(value.to_owned()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element()? {
                    list.push(item);
                }
                Ok(Json::List(list))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
                let mut object = Vec::new();
                while let Some(entry) = entries.next_entry()? {
                    object.push(entry);
                }
                Ok(Json::Object(object))
            }
        }
        deserializer.deserialize_any(JsonVisitor)
    }
}

impl serde::Serialize for Json {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(value) => value.serialize(serializer),
            Self::Text(value) => serializer.serialize_str(value),
            Self::List(items) => serializer.collect_seq(items),
            Self::Object(entries) => serializer.collect_map(entries.iter().map(|(key, value)| (key, value))),
        }
    }
}

pub(super) fn read(bytes: &[u8], limits: &Limits, deadline: Deadline) -> Result<Vec<Sheet>, TableError> {
    // Values take several times their text in memory.
    within("bytes of JSON", bytes.len() as u64, limits.max_file_bytes / 2)?;
    let (text, _) = encoding::decode(bytes, "JSON")?;
    let value: Json = match serde_json::from_str(&text) {
        Ok(value) => value,
        // JSON lines under the wrong name.
        Err(error) if text.trim_start().starts_with('{') => {
            return read_lines(bytes, limits, deadline).map_err(|_| malformed(error));
        }
        Err(error) => return Err(malformed(error)),
    };
    deadline.check()?;
    let sheets = match value {
        Json::List(items) => vec![(None, items)],
        // GeoJSON and API answers: lists of objects under keys.
        Json::Object(entries) => {
            let lists: Vec<_> = entries
                .iter()
                .filter_map(|(key, value)| match value {
                    Json::List(items) if items.iter().any(|item| matches!(item, Json::Object(_))) => {
                        Some((Some(key.clone()), items.clone()))
                    }
                    _ => None,
                })
                .collect();
            if lists.is_empty() {
                vec![(None, vec![Json::Object(entries)])]
            } else {
                lists
            }
        }
        _ => {
            return Err(TableError::NotTable(
                "JSON that is neither a list nor an object".to_owned(),
            ));
        }
    };
    let sheets = sheets.into_iter().map(|(name, items)| {
        let rows = items.into_iter().zip(1..).map(|(item, row)| (row, item));
        Ok(sheet(name, Layout::Items, records(rows, limits, deadline)?))
    });
    sheets.collect()
}

pub(super) fn read_lines(bytes: &[u8], limits: &Limits, deadline: Deadline) -> Result<Vec<Sheet>, TableError> {
    within("bytes of JSON", bytes.len() as u64, limits.max_file_bytes / 2)?;
    let (text, _) = encoding::decode(bytes, "JSON lines")?;
    let mut broken = Vec::new();
    let mut rows = Vec::new();
    for (line, number) in text.lines().zip(1_u32..) {
        if number % 4096 == 0 {
            deadline.check()?;
        }
        if line.trim().is_empty() {
            continue;
        }
        match serde_json::from_str::<Json>(line) {
            Ok(value) => rows.push((number, value)),
            Err(_) => broken.push(number),
        }
    }
    if rows.is_empty() {
        return Err(malformed("no line of it is JSON"));
    }
    let mut grid = records(rows.into_iter(), limits, deadline)?;
    if !broken.is_empty() {
        grid.remarks.push(format!(
            "{} lines are not JSON and were left out: {}.",
            broken.len(),
            crate::address::row_runs(&broken, 10)
        ));
    }
    Ok(vec![sheet(None, Layout::Lines, grid)])
}

fn sheet(name: Option<String>, layout: Layout, grid: Grid) -> Sheet {
    Sheet {
        name,
        hidden: false,
        layout,
        named_fields: true,
        grid,
    }
}

/// Records as a grid: row 0 holds the fields' names.
fn records(rows: impl Iterator<Item = (u32, Json)>, limits: &Limits, deadline: Deadline) -> Result<Grid, TableError> {
    let mut builder = GridBuilder::new(limits, deadline);
    let mut columns: HashMap<String, u16> = HashMap::new();
    let mut names = Vec::new();
    let mut fields = Vec::new();
    for (row, value) in rows {
        builder.row(row)?;
        fields.clear();
        match value {
            Json::Object(entries) => spread("", entries, 1, &mut fields),
            Json::List(items) => {
                for (item, number) in items.into_iter().zip(1..) {
                    fields.push((format!("column_{number}"), item));
                }
            }
            other => fields.push(("value".to_owned(), other)),
        }
        for (name, value) in fields.drain(..) {
            let column = if let Some(column) = columns.get(&name) {
                *column
            } else {
                let column = builder.column(names.len() as u64)?;
                columns.insert(name.clone(), column);
                names.push(name);
                column
            };
            match value {
                Json::Null => {}
                Json::Bool(value) => builder.push(Cell::Bool { column, value })?,
                Json::Number(number) => match number.as_f64() {
                    // Whole numbers a double cannot hold are names, not quantities.
                    Some(value) if value.abs() < 9.0e15 || !number.is_i64() && !number.is_u64() => {
                        builder.push(Cell::Number { column, hint: 0, value })?;
                    }
                    _ => builder.text(column, &number.to_string())?,
                },
                Json::Text(text) => builder.text(column, &text)?,
                nested => builder.text(column, &serde_json::to_string(&nested).map_err(malformed)?)?,
            }
        }
    }
    builder.row(0)?;
    for (column, name) in names.iter().enumerate() {
        let column = builder.column(column as u64)?;
        builder.text(column, name)?;
    }
    Ok(builder.finish())
}

fn spread(prefix: &str, entries: Vec<(String, Json)>, depth: usize, fields: &mut Vec<(String, Json)>) {
    for (key, value) in entries {
        let name = if prefix.is_empty() {
            key
        } else {
            format!("{prefix}.{key}")
        };
        match value {
            Json::Object(inner) if depth < SPREAD && !inner.is_empty() => spread(&name, inner, depth + 1, fields),
            other => fields.push((name, other)),
        }
    }
}
