//! What the files of a plugin say, read leniently: one bad file never costs the others.
