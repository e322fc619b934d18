//! Read, inspect and write office documents, PDF, HTML, mail, images and text.

pub mod write;
