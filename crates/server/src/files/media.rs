//! How exact bytes are sent.

use deskhand_documents::{Kind, kind_of};

use super::page;

/// A policy under which a browser runs nothing, loads nothing and belongs to nobody; only the interface may frame it.
const INERT: &str = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:; \
     frame-ancestors 'self'";

/// How exact bytes are sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Media {
    /// Content type.
    pub kind: &'static str,
    /// Whether a browser may show it; otherwise it is for keeping.
    pub shown: bool,
    /// Content security policy.
    pub policy: &'static str,
}

/// What a file is sent as: by its content, where the name does not say more.
pub(crate) fn media(name: &str, bytes: &[u8]) -> Media {
    let extension = name
        .rsplit_once('.')
        .map(|(_, extension)| extension.to_ascii_lowercase());
    let (kind, shown) = match (kind_of(name, bytes), extension.as_deref()) {
        (Kind::Image, _) if bytes.starts_with(b"\x89PNG") => ("image/png", true),
        (Kind::Image, _) if bytes.starts_with(b"\xff\xd8") => ("image/jpeg", true),
        (Kind::Image, _) if bytes.starts_with(b"GIF8") => ("image/gif", true),
        (Kind::Image, _) if bytes.starts_with(b"RIFF") => ("image/webp", true),
        (Kind::Pdf, _) => ("application/pdf", true),
        (Kind::Html, _) => ("text/html; charset=utf-8", true),
        // Drawn by an image element, which passes the disposition over and connects to nothing. By its own address it
        // would be a page, with elements that connect whatever the policy says (see `page`), so there it is kept.
        (Kind::Text, Some("svg")) => ("image/svg+xml", false),
        (Kind::Docx, _) => (
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            true,
        ),
        (Kind::Text | Kind::Csv | Kind::Tsv | Kind::Notebook, _) => ("text/plain; charset=utf-8", true),
        _ => ("application/octet-stream", false),
    };
    Media {
        kind,
        shown,
        policy: INERT,
    }
}

/// A file's bytes for a browser to show: as they are, but for pages.
pub(crate) fn as_shown(name: &str, bytes: Vec<u8>) -> Vec<u8> {
    if kind_of(name, &bytes) == Kind::Html {
        page::page(&bytes)
    } else {
        bytes
    }
}

/// The header that names a file (RFC 6266, with the name in RFC 8187's form where it is not plain).
pub(crate) fn disposition(name: &str, keep: bool) -> String {
    let kind = if keep { "attachment" } else { "inline" };
    let plain: String = name
        .chars()
        .map(|char| match char {
            ' '..='~' if !matches!(char, '"' | '\\' | '%') => char,
            _ => '_',
        })
        .collect();
    if plain == name {
        return format!("{kind}; filename=\"{plain}\"");
    }
    let encoded: String = name
        .bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect();
    format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_decides_what_is_shown() {
        let of = |name, bytes: &[u8]| {
            let media = media(name, bytes);
            (media.kind, media.shown)
        };
        assert_eq!(of("a.png", b"\x89PNG\r\n\x1a\n...."), ("image/png", true));
        assert_eq!(
            of("a.png", b"<!doctype html><script>1</script>").0,
            "text/html; charset=utf-8"
        );
        assert_eq!(
            of("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
            ("image/svg+xml", false)
        );
        assert_eq!(
            of("a.exe", b"MZ\x90\x00\x03\x00\x00\x00\x04\x00"),
            ("application/octet-stream", false)
        );
        assert_eq!(of("a.js", b"alert(1)"), ("text/plain; charset=utf-8", true));
    }

    #[test]
    fn whatever_is_sent_runs_nothing() {
        for (name, bytes) in [
            ("a.html", &b"<html>"[..]),
            ("a.svg", b"<svg>"),
            ("a.pdf", b"%PDF-1.7"),
            ("a", b"\0\0"),
        ] {
            let policy = media(name, bytes).policy;
            assert!(policy.starts_with("sandbox; default-src 'none'"), "{name}");
            assert!(!policy.contains("script"), "{name}");
        }
    }

    #[test]
    fn only_pages_are_changed_to_be_shown() {
        let link = b"<link rel=preconnect href=//x>";
        assert_eq!(as_shown("a.html", link.to_vec()), b"<basefont rel=preconnect href=//x>");
        assert_eq!(
            as_shown("a.txt", [b"see ", &link[..]].concat()),
            [b"see ", &link[..]].concat()
        );
    }

    #[test]
    fn names_cannot_break_out_of_the_header() {
        assert_eq!(disposition("a b.txt", false), "inline; filename=\"a b.txt\"");
        assert_eq!(
            disposition("a\"\r\nX: y.txt", true),
            "attachment; filename=\"a___X: y.txt\"; filename*=UTF-8''a%22%0D%0AX%3A%20y.txt"
        );
        assert_eq!(
            disposition("naïve.txt", true),
            "attachment; filename=\"na_ve.txt\"; filename*=UTF-8''na%C3%AFve.txt"
        );
    }
}
