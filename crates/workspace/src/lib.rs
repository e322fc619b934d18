//! The one door to granted folders: confined reads, search, change-sets, undo.
