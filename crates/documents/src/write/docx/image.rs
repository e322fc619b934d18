//! Image formats and sizes, read from the first bytes.

/// An image that Word can show.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Picture {
    /// `png`, `jpeg` or `gif`.
    pub extension: &'static str,
    /// In pixels, not zero.
    pub width: u32,
    /// In pixels, not zero.
    pub height: u32,
}

/// Recognises PNG, JPEG and GIF. `None` for anything else, and for images without area.
pub fn recognise(bytes: &[u8]) -> Option<Picture> {
    let picture = png(bytes).or_else(|| gif(bytes)).or_else(|| jpeg(bytes))?;
    (picture.width > 0 && picture.height > 0).then_some(picture)
}

fn be16(bytes: &[u8], at: usize) -> Option<u32> {
    let two: [u8; 2] = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
    Some(u32::from(u16::from_be_bytes(two)))
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn png(bytes: &[u8]) -> Option<Picture> {
    bytes.starts_with(b"\x89PNG\r\n\x1a\n").then_some(())?;
    Some(Picture {
        extension: "png",
        width: be32(bytes, 16)?,
        height: be32(bytes, 20)?,
    })
}

fn gif(bytes: &[u8]) -> Option<Picture> {
    (bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a")).then_some(())?;
    let le16 = |at: usize| be16(bytes, at).map(|v| u32::from((v as u16).swap_bytes()));
    Some(Picture {
        extension: "gif",
        width: le16(6)?,
        height: le16(8)?,
    })
}

/// Walks the segments of a JPEG to its start-of-frame (ITU-T T.81, B.1).
fn jpeg(bytes: &[u8]) -> Option<Picture> {
    bytes.starts_with(&[0xff, 0xd8]).then_some(())?;
    let mut at = 2usize;
    loop {
        while *bytes.get(at)? == 0xff {
            at += 1;
        }
        let marker = *bytes.get(at)?;
        if !(0xc0..=0xfe).contains(&marker) || marker == 0xd9 || marker == 0xda {
            return None;
        }
        let frame = (0xc0..=0xcf).contains(&marker) && !matches!(marker, 0xc4 | 0xc8 | 0xcc);
        if frame {
            return Some(Picture {
                extension: "jpeg",
                height: be16(bytes, at + 4)?,
                width: be16(bytes, at + 6)?,
            });
        }
        at = at.checked_add(1)?.checked_add(be16(bytes, at + 1)? as usize)?;
        if *bytes.get(at)? != 0xff {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_from_the_headers() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x05\xa0\0\0\x03\x2a";
        assert_eq!(
            recognise(png).map(|p| (p.extension, p.width, p.height)),
            Some(("png", 1440, 810))
        );
        let gif = b"GIF89a\x10\x01\x20\x00";
        assert_eq!(
            recognise(gif).map(|p| (p.extension, p.width, p.height)),
            Some(("gif", 272, 32))
        );
        let jpeg = [0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xc0, 0, 17, 8, 0, 100, 1, 44];
        assert_eq!(
            recognise(&jpeg).map(|p| (p.extension, p.width, p.height)),
            Some(("jpeg", 300, 100))
        );
        let mut cut = jpeg.to_vec();
        while cut.pop().is_some() {
            assert_eq!(recognise(&cut), None);
        }
        assert_eq!(recognise(b"<svg/>"), None);
    }
}
