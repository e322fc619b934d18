//! From bytes to text: byte order marks, UTF-8, UTF-16, and the legacy encodings exports still use.

use std::borrow::Cow;

use crate::TableError;

/// The text, and the encoding's name where it was not UTF-8.
pub(super) fn decode<'a>(
    bytes: &'a [u8],
    kind: &'static str,
) -> Result<(Cow<'a, str>, Option<&'static str>), TableError> {
    if let Some((encoding, skip)) = encoding_rs::Encoding::for_bom(bytes) {
        let body = bytes.get(skip..).unwrap_or_default();
        let (text, _) = encoding.decode_without_bom_handling(body);
        let named = (encoding != encoding_rs::UTF_8).then(|| encoding.name());
        return checked(text, named, kind);
    }
    if let Some(encoding) = utf16_without_mark(bytes) {
        let (text, _) = encoding.decode_without_bom_handling(bytes);
        return checked(text, Some(encoding.name()), kind);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return checked(Cow::Borrowed(text), None, kind);
    }
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    detector.feed(bytes.get(..bytes.len().min(1 << 20)).unwrap_or(bytes), true);
    let encoding = detector.guess(None, chardetng::Utf8Detection::Deny);
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    checked(text, Some(encoding.name()), kind)
}

/// Text with NUL characters is not text.
fn checked<'a>(
    text: Cow<'a, str>,
    encoding: Option<&'static str>,
    kind: &'static str,
) -> Result<(Cow<'a, str>, Option<&'static str>), TableError> {
    if memchr::memchr(0, text.as_bytes()).is_some() {
        return Err(TableError::Malformed {
            kind,
            reason: "it holds binary data, not text".to_owned(),
        });
    }
    Ok((text, encoding))
}

/// ASCII in UTF-16 has a zero in every other byte.
fn utf16_without_mark(bytes: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    let sample = bytes.get(..bytes.len().min(4096) & !1).unwrap_or_default();
    let zeros = |odd: usize| sample.iter().skip(odd).step_by(2).filter(|&&byte| byte == 0).count();
    let pairs = sample.len() / 2;
    if pairs < 4 {
        return None;
    }
    let (even, odd) = (zeros(0), zeros(1));
    if odd * 10 > pairs * 7 && even * 10 < pairs {
        Some(encoding_rs::UTF_16LE)
    } else if even * 10 > pairs * 7 && odd * 10 < pairs {
        Some(encoding_rs::UTF_16BE)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_exports_are_written_in() {
        let utf16: Vec<u8> = "name;Grüße\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let marked: Vec<u8> = [0xFF, 0xFE].into_iter().chain(utf16.iter().copied()).collect();
        let cases: [(&[u8], &str, Option<&str>); 5] = [
            ("name,Grüße\n".as_bytes(), "name,Grüße\n", None),
            (b"\xEF\xBB\xBFname,x\n", "name,x\n", None),
            (&utf16, "name;Grüße\n", Some("UTF-16LE")),
            (&marked, "name;Grüße\n", Some("UTF-16LE")),
            (
                b"Stra\xDFe;M\xFCnchen;Stra\xDFe\n",
                "Straße;München;Straße\n",
                Some("windows-1252"),
            ),
        ];
        for (bytes, text, encoding) in cases {
            assert_eq!(decode(bytes, "text").unwrap(), (Cow::from(text), encoding));
        }
    }

    #[test]
    fn binary_is_refused() {
        let error = decode(b"a,b\n1,\0\x01\x02\n", "delimited text").unwrap_err();
        assert!(matches!(error, TableError::Malformed { .. }), "{error}");
    }
}
