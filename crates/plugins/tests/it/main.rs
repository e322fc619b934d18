//! Plugins at their boundary: folders as they are found in the wild.
