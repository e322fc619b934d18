//! Tables: what to ask of them, and how two of them differ. All statements are built from the facts of `DESCRIBE`;
//! names of tables and columns come from there and are quoted.

pub mod analysis;
pub mod compare;
pub mod describe;
pub mod meaning;
pub mod quality;
pub mod report;
pub mod sheets;

/// A name in SQL.
pub fn sql_name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
