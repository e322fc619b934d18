//! Documents, made from their parts.

pub mod binary;
pub mod office;
pub mod pdf;

use std::io::{Cursor, Write as _};

use deskhand_documents::{DocumentError, Limits, ReadOptions, Reading, read};
use deskhand_types::{Block, Coded as _};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// A zip archive of deflated parts.
pub fn zip(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, bytes) in parts {
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A zip archive of text parts.
pub fn zip_text(parts: &[(&str, &str)]) -> Vec<u8> {
    let parts: Vec<(&str, &[u8])> = parts.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    zip(&parts)
}

/// Reads everything with the usual limits.
pub fn open(name: &str, bytes: &[u8]) -> Reading {
    read(name, bytes, &ReadOptions::default(), &Limits::default()).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The error of a reading.
pub fn refused(name: &str, bytes: &[u8]) -> DocumentError {
    match read(name, bytes, &ReadOptions::default(), &Limits::default()) {
        Ok(reading) => panic!("{name} was read: {:?}", reading.blocks),
        Err(error) => error,
    }
}

/// The code and text of a reading's error.
pub fn refusal(name: &str, bytes: &[u8]) -> String {
    let error = refused(name, bytes);
    assert!(error.hint().is_some_and(|hint| !hint.is_empty()));
    format!("{}: {error}", error.code())
}

/// All text of a reading; images by their type.
pub fn text(reading: &Reading) -> String {
    let blocks = reading.blocks.iter().map(|block| match block {
        Block::Text { text } => text.clone(),
        Block::Image { media_type, .. } => format!("<{media_type}>\n"),
        other => panic!("unexpected block {other:?}"),
    });
    blocks.collect::<Vec<_>>().join("\n")
}

/// What a reading shows, with its summary and part.
pub fn shown(name: &str, bytes: &[u8]) -> String {
    let reading = open(name, bytes);
    let part = &reading.part;
    format!(
        "{:?} · {} · {}/{} {:?}\n{}",
        reading.kind,
        reading.summary,
        part.shown,
        part.total,
        part.unit,
        text(&reading)
    )
}

/// A PNG image.
pub fn png(width: u32, height: u32) -> Vec<u8> {
    let image = image::RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, (x ^ y) as u8]));
    let mut out = Cursor::new(Vec::new());
    image.write_to(&mut out, image::ImageFormat::Png).unwrap();
    out.into_inner()
}

/// A JPEG image.
pub fn jpeg(width: u32, height: u32) -> Vec<u8> {
    let image = image::RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, 128]));
    let mut out = Cursor::new(Vec::new());
    image.write_to(&mut out, image::ImageFormat::Jpeg).unwrap();
    out.into_inner()
}

/// A tar archive.
pub fn tar(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, bytes) in entries {
        let mut header = [0u8; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[124..135].copy_from_slice(format!("{:011o}", bytes.len()).as_bytes());
        header[156] = if name.ends_with('/') { b'5' } else { b'0' };
        header[257..263].copy_from_slice(b"ustar\0");
        header[148..156].fill(b' ');
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        out.extend_from_slice(&header);
        out.extend_from_slice(bytes);
        out.resize(out.len().next_multiple_of(512), 0);
    }
    out.resize(out.len() + 1024, 0);
    out
}

/// Deflates bytes with zlib's frame.
pub fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Deflates bytes with gzip's frame.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
