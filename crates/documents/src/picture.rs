//! Images: checked, turned upright, and made as small as a model can use.
//!
//! `data`: `{"format", "width", "height"}`.

use std::io::Cursor;

use base64::Engine as _;
use deskhand_types::Block;
use image::{DynamicImage, ImageDecoder as _, ImageEncoder as _, ImageFormat, ImageReader, imageops::FilterType};
use serde_json::json;

use crate::{DocumentError, Kind, Limits, NoteKind, Part, Reading, Unit, reading::Notes};

/// Models shrink what is larger (Claude: 1568 pixels on the longer side).
const MAX_SIDE: u32 = 1568;
/// Providers refuse images of more than 5 MB of base64.
const MAX_BYTES: usize = 3_500_000;

/// An image ready for a model.
pub(crate) struct Picture {
    pub(crate) block: Block,
    format: ImageFormat,
    width: u32,
    height: u32,
    resized: Option<(u32, u32)>,
}

/// Reads an image file.
pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Reading, DocumentError> {
    let picture = prepare(bytes, limits)?;
    let mut notes = Notes::default();
    if let Some((width, height)) = picture.resized {
        notes.add(
            NoteKind::Remark,
            format!(
                "shown at {width}×{height}; the file has {}×{}",
                picture.width, picture.height
            ),
            0,
        );
    }
    let format = format!("{:?}", picture.format).to_ascii_uppercase();
    Ok(Reading {
        kind: Kind::Image,
        blocks: vec![picture.block],
        notes: notes.finish(),
        part: Part {
            shown: 1,
            total: 1,
            unit: Unit::Images,
            next: None,
        },
        data: json!({"format": format, "width": picture.width, "height": picture.height}),
        summary: format!("{format} image, {}×{}", picture.width, picture.height),
    })
}

/// Checks an image and makes a block of it.
pub(crate) fn prepare(bytes: &[u8], limits: &Limits) -> Result<Picture, DocumentError> {
    let damaged = |what: &str| DocumentError::damaged(Kind::Image, what);
    let reader = || {
        let mut reader = ImageReader::new(Cursor::new(bytes))
            .with_guessed_format()
            .map_err(|_| damaged("its format is not known"))?;
        let mut own = image::Limits::default();
        own.max_alloc = Some(limits.max_pixels.saturating_mul(8));
        reader.limits(own);
        Ok::<_, DocumentError>(reader)
    };
    let probe = reader()?;
    let format = probe
        .format()
        .filter(|format| media_type(*format).is_some())
        .ok_or_else(|| damaged("its format is not known"))?;
    let (width, height) = probe.into_dimensions().map_err(|_| damaged("its header is broken"))?;
    if width == 0 || height == 0 {
        return Err(damaged("it has no pixels"));
    }
    if u64::from(width) * u64::from(height) > limits.max_pixels {
        return Err(DocumentError::TooMany {
            part: "the image".to_owned(),
            what: "pixels",
            limit: limits.max_pixels,
        });
    }
    // Decoded even when it is passed on as it is: providers refuse a whole request for one broken image.
    let mut decoder = reader()?.into_decoder().map_err(|_| damaged("its header is broken"))?;
    let orientation = decoder.orientation().ok();
    let mut image = DynamicImage::from_decoder(decoder).map_err(|_| damaged("its pixels cannot be decoded"))?;
    let upright = orientation.is_none_or(|orientation| orientation == image::metadata::Orientation::NoTransforms);
    if upright && width.max(height) <= MAX_SIDE && bytes.len() <= MAX_BYTES {
        let media_type = media_type(format).unwrap_or_default();
        return Ok(Picture {
            block: block(media_type, bytes),
            format,
            width,
            height,
            resized: None,
        });
    }
    if let Some(orientation) = orientation {
        image.apply_orientation(orientation);
    }
    let (upright_width, upright_height) = (image.width(), image.height());
    if upright_width.max(upright_height) > MAX_SIDE {
        image = image.resize(MAX_SIDE, MAX_SIDE, FilterType::Triangle);
    }
    let resized = (image.width(), image.height());
    Ok(Picture {
        block: encode(&image, format)?,
        format,
        width: upright_width,
        height: upright_height,
        resized: (resized != (upright_width, upright_height)).then_some(resized),
    })
}

const fn media_type(format: ImageFormat) -> Option<&'static str> {
    match format {
        ImageFormat::Png => Some("image/png"),
        ImageFormat::Jpeg => Some("image/jpeg"),
        ImageFormat::Gif => Some("image/gif"),
        ImageFormat::WebP => Some("image/webp"),
        _ => None,
    }
}

/// Photographs stay JPEG; drawings and screenshots stay PNG unless that is too large.
fn encode(image: &DynamicImage, format: ImageFormat) -> Result<Block, DocumentError> {
    let failed = |_| DocumentError::damaged(Kind::Image, "it cannot be made smaller");
    if format != ImageFormat::Jpeg {
        let rgba = image.to_rgba8();
        let mut out = Vec::new();
        image::codecs::png::PngEncoder::new(&mut out)
            .write_image(&rgba, rgba.width(), rgba.height(), image::ExtendedColorType::Rgba8)
            .map_err(failed)?;
        if out.len() <= MAX_BYTES {
            return Ok(block("image/png", &out));
        }
    }
    let rgb = image.to_rgb8();
    let mut out = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut out, 85)
        .write_image(&rgb, rgb.width(), rgb.height(), image::ExtendedColorType::Rgb8)
        .map_err(failed)?;
    Ok(block("image/jpeg", &out))
}

fn block(media_type: &str, bytes: &[u8]) -> Block {
    Block::Image {
        media_type: media_type.to_owned(),
        data: base64::engine::general_purpose::STANDARD.encode(bytes),
    }
}
