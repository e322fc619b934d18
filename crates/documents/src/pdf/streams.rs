//! A look at the streams of a PDF before it is interpreted.
//!
//! hayro unpacks without a limit, and a few kilobytes of Flate in Flate unpack to gigabytes. So every stream that looks
//! packed is unpacked once into nothing, with limits. Packed images need not be (they are never unpacked here), but
//! their bytes are taken out, so that no stream that only calls itself an image can be used as something else.
//! Streams that are encrypted or packed by other filters first cannot be looked into; those have a smaller size limit.

use std::io::Read;

use flate2::read::ZlibDecoder;
use memchr::memmem;

use crate::{DocumentError, Limits, guard::Clock};

/// How far before `stream` its dictionary is looked for.
const DICTIONARY_BYTES: usize = 4096;
/// Packed bytes of a stream that cannot be looked into.
const MAX_OPAQUE: usize = 4 << 20;
/// Flate in Flate in Flate has no use but harm.
const MAX_PACKINGS: u32 = 2;

/// A copy of the file that is safe to unpack.
pub(super) fn checked(bytes: &[u8], limits: &Limits, clock: &Clock) -> Result<Vec<u8>, DocumentError> {
    let mut copy = bytes.to_vec();
    let mut total = 0u64;
    let mut previous_end = 0usize;
    for at in memmem::find_iter(bytes, b"stream") {
        if at < previous_end || bytes.get(at.saturating_sub(3)..at) == Some(b"end") {
            continue;
        }
        clock.check()?;
        let start = match bytes.get(at + 6..at + 8) {
            Some([b'\r', b'\n']) => at + 8,
            Some([b'\n' | b'\r', _]) => at + 7,
            _ => continue,
        };
        let body = bytes.get(start..).unwrap_or_default();
        let len = memmem::find(body, b"endstream").unwrap_or(body.len());
        let body = body.get(..len).unwrap_or_default();
        previous_end = start + len;
        let dictionary = dictionary_before(bytes, at);
        if is_packed_image(dictionary) {
            if let Some(target) = copy.get_mut(start..start + len) {
                target.fill(0);
            }
            continue;
        }
        if looks_like_zlib(body) {
            let room = limits.max_unpacked.saturating_sub(total);
            total += unpacked_size(body, room, 1).map_err(|()| bomb(limits))?;
        } else if is_packed(dictionary) && body.len() > MAX_OPAQUE {
            return Err(bomb(limits));
        }
        if packings(dictionary) > MAX_PACKINGS {
            return Err(bomb(limits));
        }
    }
    Ok(copy)
}

fn bomb(limits: &Limits) -> DocumentError {
    DocumentError::Bomb {
        part: "a stream of the PDF".to_owned(),
        limit: limits.max_unpacked,
    }
}

/// What stands between the beginning of the object and the stream.
fn dictionary_before(bytes: &[u8], at: usize) -> &[u8] {
    let window = bytes.get(at.saturating_sub(DICTIONARY_BYTES)..at).unwrap_or_default();
    let start = memmem::rfind(window, b" obj")
        .or_else(|| memmem::rfind(window, b"endobj"))
        .unwrap_or(0);
    window.get(start..).unwrap_or_default()
}

fn has(dictionary: &[u8], word: &[u8]) -> bool {
    memmem::find(dictionary, word).is_some()
}

/// An image whose bytes are packed by general means. Image codecs (JPEG and the like) are only unpacked as images.
fn is_packed_image(dictionary: &[u8]) -> bool {
    let image = has(dictionary, b"/Image") && !has(dictionary, b"/ObjStm") && !has(dictionary, b"/XRef");
    let codec = [&b"/DCT"[..], b"/JPX", b"/JBIG2", b"/CCF", b"/CCITT"]
        .iter()
        .any(|codec| has(dictionary, codec));
    image && is_packed(dictionary) && !codec
}

fn is_packed(dictionary: &[u8]) -> bool {
    packings(dictionary) > 0
}

/// How many times the stream is packed.
fn packings(dictionary: &[u8]) -> u32 {
    [&b"/Fl"[..], b"/LZW", b"/RunLength", b"/RL"]
        .iter()
        .map(|filter| memmem::find_iter(dictionary, filter).count() as u32)
        .sum()
}

fn looks_like_zlib(bytes: &[u8]) -> bool {
    match bytes {
        [first, second, ..] => first & 0x0f == 8 && (u16::from(*first) << 8 | u16::from(*second)).is_multiple_of(31),
        _ => false,
    }
}

/// The size after unpacking, what is packed inside included.
fn unpacked_size(packed: &[u8], room: u64, depth: u32) -> Result<u64, ()> {
    /// What is packed twice is looked into when the first unpacking gives no more than this.
    const NESTED: u64 = 32 << 20;
    let mut decoder = ZlibDecoder::new(packed);
    let mut buffer = vec![0; 64 << 10];
    let mut size = 0u64;
    let mut nested: Option<Vec<u8>> = None;
    loop {
        // Damaged streams are the interpreter's affair; what they gave until then counts.
        let count = match decoder.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(count) => count,
        };
        let chunk = buffer.get(..count).unwrap_or_default();
        if size == 0 && looks_like_zlib(chunk) {
            nested = Some(Vec::new());
        }
        size += count as u64;
        if size > room {
            return Err(());
        }
        if let Some(nested) = &mut nested {
            if size > NESTED {
                return Err(());
            }
            nested.extend_from_slice(chunk);
        }
    }
    match nested {
        Some(_) if depth > MAX_PACKINGS => Err(()),
        Some(inner) => Ok(size + unpacked_size(&inner, room.saturating_sub(size), depth + 1)?),
        None => Ok(size),
    }
}
