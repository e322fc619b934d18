//! A page someone else wrote, as it may be shown.
//!
//! The policy it is sent with stops every fetch, but not every connection: for `<link rel="preconnect">` and
//! `rel="dns-prefetch"`, and for a frame it then refuses to load, a browser looks a host name up and connects to it
//! whatever the policy says (seen with Chromium 156), and a host name carries data. A frame's `srcdoc` would moreover be
//! a page that was not looked at. Nothing else these elements can do is allowed by the policy, so pages are shown
//! without them.
//!
//! A tag's name stands in the text letter by letter (HTML Living Standard 13.2.5.8: no references, no escapes), so
//! renaming each in the text is complete however the page is nested. Each becomes an element that does nothing and that
//! the parser treats alike (13.2.6.4.4, 13.2.6.4.7), so that everything else on the page stays where it is.

use deskhand_documents::plain_text;

/// What stands before a name, the name, and what is written instead of both.
const RENAMED: [(&str, &str); 4] = [
    ("<link", "<basefont"),
    ("<frame", "<basefont"),
    // What is between the tags is not parsed in either.
    ("<iframe", "<noembed"),
    ("</iframe", "</noembed"),
];

/// The page in UTF-8, with the elements renamed that connect. UTF-8, since a byte-order mark of the file would win over
/// the charset it is sent with.
pub(super) fn page(bytes: &[u8]) -> Vec<u8> {
    let (text, _) = plain_text(bytes);
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_ref();
    while let Some(at) = rest.find('<') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let (tag, instead) = renamed(from).unwrap_or(("<", "<"));
        out.push_str(instead);
        rest = from.get(tag.len()..).unwrap_or_default();
    }
    out.push_str(rest);
    out.into_bytes()
}

/// The tag `text` begins with when it is one to be renamed; a longer name is another element.
fn renamed(text: &str) -> Option<(&'static str, &'static str)> {
    RENAMED.into_iter().find(|(tag, _)| {
        let bytes = text.as_bytes();
        bytes
            .get(..tag.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(tag.as_bytes()))
            && bytes
                .get(tag.len())
                .is_none_or(|next| next.is_ascii_whitespace() || matches!(next, b'/' | b'>'))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str) -> String {
        String::from_utf8(page(text.as_bytes())).unwrap()
    }

    #[test]
    fn no_element_is_left_that_connects_whatever_the_policy_says() {
        for (page, wanted) in [
            ("<link rel=preconnect href=//x>", "<basefont rel=preconnect href=//x>"),
            ("a<LiNk\nrel=dns-prefetch>b", "a<basefont\nrel=dns-prefetch>b"),
            ("<link/rel=preconnect>", "<basefont/rel=preconnect>"),
            ("<b title='<link '>", "<b title='<basefont '>"),
            ("<<link><link", "<<basefont><basefont"),
            (
                "<iFrame srcdoc='&lt;link rel=preconnect href=//x>'></IFRAME >",
                "<noembed srcdoc='&lt;link rel=preconnect href=//x>'></noembed >",
            ),
            (
                "<frameset><frame src=//x></frameset>",
                "<frameset><basefont src=//x></frameset>",
            ),
        ] {
            assert_eq!(shown(page), wanted);
        }
    }

    #[test]
    fn everything_else_stays_as_it_is() {
        for page in [
            "",
            "<p>Gr\u{fc}n &lt;link&gt;",
            "<linker>",
            "</link>",
            "< link>",
            "<li><nk>",
            "<framework>",
            "iframe",
        ] {
            assert_eq!(shown(page), page);
        }
    }

    #[test]
    fn another_encoding_hides_nothing() {
        for mark in ["\u{feff}", ""] {
            let text = format!("{mark}<!doctype html><link rel=preconnect href=//x>");
            let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
            for bytes in [text.as_bytes(), &little, &big] {
                assert_eq!(page(bytes), b"<!doctype html><basefont rel=preconnect href=//x>");
            }
        }
    }

    proptest! {
        #[test]
        fn no_tag_of_them_is_left(text in "(<|</|<li|nk|LINK|link|i|FRAME|frame|/|>|[ \n\u{0}x\u{e9}]){0,24}") {
            let once = shown(&text);
            let left = once.match_indices('<').any(|(at, _)| renamed(&once[at..]).is_some());
            prop_assert!(!left, "{once}");
            prop_assert_eq!(shown(&once), once.clone());
        }
    }
}
