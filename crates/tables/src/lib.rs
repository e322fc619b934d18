//! SQL over the tables in granted files, with provenance to sheet and cells.
