//! The link rule: any link, address or account number in what is sent must be the person's own (`injection.md` 2.2, "C, M:
//! any link, address or account number in the payload must be literal in the prompt, else ask").

use super::literal::is_word;

/// Endings of files, which look like hosts and are none.
const FILE_ENDINGS: [&str; 6] = ["docx", "xlsx", "txt", "pdf", "csv", "md"];

/// Bounds on the work, so that no content can make a decision slow: a scheme, the part of an address before its `@`, the
/// labels of a host and each of them, a plain word that is skipped at once, a printed account number. Longer ones are none that a system would take.
const LONGEST_SCHEME: usize = 32;
const LONGEST_LOCAL: usize = 320;
const MOST_LABELS: usize = 64;
const LONGEST_LABEL: usize = 64;
const LONGEST_PLAIN: usize = 64;
const LONGEST_ACCOUNT: usize = 34;

/// How much is taken for active.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reach {
    /// What the reference evaluator finds.
    Reference,
    /// Hosts in any script, any scheme, and account numbers written in groups, as well.
    Wide,
}

/// The links, addresses, hosts and account numbers in a text, from left to right.
pub(crate) fn active(text: &str, reach: Reach) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let scan = Scan { chars: &chars, reach };
    let mut found = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        if let Some(end) = scan.end_of_plain_word(at) {
            at = end;
        } else if let Some(end) = scan.end_of_active(at) {
            found.push(chars.get(at..end).unwrap_or_default().iter().collect());
            at = end;
        } else {
            at += 1;
        }
    }
    found
}

struct Scan<'c> {
    chars: &'c [char],
    reach: Reach,
}

impl Scan<'_> {
    fn at(&self, index: usize) -> Option<char> {
        self.chars.get(index).copied()
    }

    fn word_at(&self, index: usize) -> bool {
        self.at(index).is_some_and(is_word)
    }

    /// Where a word begins or ends.
    fn bound(&self, index: usize) -> bool {
        let before = index.checked_sub(1).is_some_and(|index| self.word_at(index));
        before != self.word_at(index)
    }

    fn run(&self, from: usize, fits: impl Fn(char) -> bool) -> usize {
        self.run_within(from, usize::MAX, fits)
    }

    fn run_within(&self, from: usize, longest: usize, fits: impl Fn(char) -> bool) -> usize {
        let mut end = from;
        while end - from < longest && self.at(end).is_some_and(&fits) {
            end += 1;
        }
        end
    }

    /// Where a word ends in which, and at whose end, nothing active can begin; most of a text is such words. `None` where
    /// one has to look.
    fn end_of_plain_word(&self, at: usize) -> Option<usize> {
        let first = self.at(at)?;
        if first.is_whitespace() {
            return Some(at + 1);
        }
        let end = self.run_within(at, LONGEST_PLAIN, |c| {
            c.is_ascii_alphabetic() || c == '_' || !c.is_ascii() && is_word(c) && !c.is_numeric()
        });
        let mark = self.at(end);
        let goes_on = match mark {
            Some('.') => self.at(end + 1).is_some_and(|c| !c.is_whitespace()),
            Some(c) => is_word(c) || matches!(c, '@' | '-' | '+' | ':'),
            None => false,
        };
        (end > at && end < at + LONGEST_PLAIN && !goes_on).then_some(end)
    }

    fn end_of_active(&self, at: usize) -> Option<usize> {
        let found = self.link(at);
        if found.is_some() || !self.bound(at) {
            return found;
        }
        self.mail(at)
            .or_else(|| self.host(at))
            .or_else(|| self.numbered_host(at))
            .or_else(|| self.account(at))
    }

    /// `https://…`
    fn link(&self, at: usize) -> Option<usize> {
        let scheme = match self.reach {
            Reach::Reference => ["http", "https"].iter().find_map(|scheme| self.word(at, scheme)),
            Reach::Wide => {
                let end = self.run_within(at, LONGEST_SCHEME, |c| {
                    c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.')
                });
                (end > at).then_some(end)
            }
        };
        let rest = scheme?;
        let slashes = [':', '/', '/']
            .iter()
            .zip(rest..)
            .all(|(c, index)| self.at(index) == Some(*c));
        if !slashes {
            return None;
        }
        let end = self.run(rest + 3, |c| !c.is_whitespace());
        (end > rest + 3).then_some(end)
    }

    /// Where a word that stands at `at` ends, whatever its case.
    fn word(&self, at: usize, word: &str) -> Option<usize> {
        let fits = word
            .chars()
            .zip(at..)
            .all(|(c, index)| self.at(index).is_some_and(|d| d.eq_ignore_ascii_case(&c)));
        let end = at + word.chars().count();
        (fits && (self.at(end) == Some(':'))).then_some(end)
    }

    /// `ana@firm.com`
    fn mail(&self, at: usize) -> Option<usize> {
        let local = self.run_within(at, LONGEST_LOCAL, |c| is_word(c) || matches!(c, '.' | '+' | '-'));
        if local == at || self.at(local) != Some('@') {
            return None;
        }
        let part = |from: usize| self.run_within(from, LONGEST_LABEL, |c| is_word(c) || c == '-');
        let mut end = part(local + 1);
        if end == local + 1 {
            return None;
        }
        let mut dots = 0;
        while self.at(end) == Some('.') && part(end + 1) > end + 1 {
            end = part(end + 1);
            dots += 1;
        }
        (dots > 0).then_some(end)
    }

    /// `firm.com/x`, but not `plan.docx`.
    fn host(&self, at: usize) -> Option<usize> {
        let in_label = |c: char| match self.reach {
            Reach::Reference => c.is_ascii_alphanumeric() || c == '-',
            Reach::Wide => c.is_alphanumeric() || c == '-',
        };
        let in_ending = |c: char| match self.reach {
            Reach::Reference => c.is_ascii_alphabetic(),
            Reach::Wide => c.is_alphabetic(),
        };
        let mut starts = Vec::new();
        let mut label = at;
        while starts.len() < MOST_LABELS {
            let end = self.run_within(label, LONGEST_LABEL, in_label);
            if end == label || self.at(end) != Some('.') {
                break;
            }
            label = end + 1;
            starts.push(label);
        }
        starts.into_iter().rev().find_map(|start| {
            let is_file = FILE_ENDINGS.iter().any(|ending| {
                let fits = ending
                    .chars()
                    .zip(start..)
                    .all(|(c, index)| self.at(index).is_some_and(|d| d.eq_ignore_ascii_case(&c)));
                fits && self.bound(start + ending.len()) && !self.goes_on_as_a_link(start + ending.len())
            });
            let end = self.run(start, in_ending);
            if is_file || end < start + 2 {
                return None;
            }
            match self.at(end) {
                Some('/') => Some(self.run(end, |c| !c.is_whitespace())),
                _ => Some(end),
            }
        })
    }

    /// Whether what looks like a file's name goes on as an address would: `notes.md/x` and `notes.md:80` name a host of
    /// Moldova, `plan.docx?` ends a question.
    fn goes_on_as_a_link(&self, at: usize) -> bool {
        let next = self.at(at + 1);
        self.reach == Reach::Wide
            && match self.at(at) {
                Some('/') => true,
                Some(':') => next.is_some_and(|c| c.is_ascii_digit()),
                Some('?' | '#') => next.is_some_and(|c| !c.is_whitespace()),
                _ => false,
            }
    }

    /// `203.0.113.5`, with what follows it.
    fn numbered_host(&self, at: usize) -> Option<usize> {
        if self.reach == Reach::Reference || at.checked_sub(1).is_some_and(|before| self.at(before) == Some('.')) {
            return None;
        }
        let mut end = at;
        for part in 0..4 {
            if part > 0 {
                (self.at(end) == Some('.')).then_some(())?;
                end += 1;
            }
            let after = self.run_within(end, 4, |c| c.is_ascii_digit());
            let number: String = self.chars.get(end..after)?.iter().collect();
            number.parse::<u8>().ok()?;
            end = after;
        }
        match self.at(end) {
            Some('/' | ':') => Some(self.run(end, |c| !c.is_whitespace())),
            // A fifth part, or letters: a number of a chapter or a version.
            Some('.') if self.word_at(end + 1) => None,
            Some(c) if is_word(c) => None,
            _ => Some(end),
        }
    }

    /// An account number: two letters and ten digits or more; in the wide reach also as banks print them.
    fn account(&self, at: usize) -> Option<usize> {
        let letters = (0..2).all(|offset| self.at(at + offset).is_some_and(|c| c.is_ascii_alphabetic()));
        if !letters {
            return None;
        }
        let end = self.run(at + 2, |c| c.is_ascii_digit());
        if end >= at + 12 && self.bound(end) {
            return Some(end);
        }
        if self.reach == Reach::Reference {
            return None;
        }
        // As banks print them: two letters, two digits, then letters and digits, in groups.
        let checked = (2..4).all(|offset| self.at(at + offset).is_some_and(|c| c.is_ascii_digit()));
        let mut end = at;
        let mut held = 0;
        let mut digits = 0;
        while let Some(c) = self.at(end).filter(|_| held <= LONGEST_ACCOUNT) {
            let group = c == ' '
                && self
                    .at(end + 1)
                    .is_some_and(|c| c.is_ascii_digit() || c.is_ascii_uppercase());
            if !(c.is_ascii_digit() || c.is_ascii_uppercase() || group) {
                break;
            }
            held += usize::from(c != ' ');
            digits += usize::from(c.is_ascii_digit());
            end += 1;
        }
        (checked && (15..=LONGEST_ACCOUNT).contains(&held) && digits >= 10 && !self.word_at(end)).then_some(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_active() {
        let text =
            "See https://x.example/a?b=1, mail bob@firm.co.uk, read plan.docx or bit.ly/x; pay UK12345678901234567890.";
        assert_eq!(
            active(text, Reach::Reference),
            [
                "https://x.example/a?b=1,",
                "bob@firm.co.uk",
                "bit.ly/x;",
                "UK12345678901234567890"
            ]
        );
        assert_eq!(active("2024-05-08.notes.docx", Reach::Reference), ["2024-05-08.notes"]);
        assert_eq!(active("write at once. Then go", Reach::Wide), Vec::<String>::new());
    }

    /// Skipping plain words finds what looking everywhere finds.
    #[test]
    fn no_word_that_is_skipped_begins_anything() {
        let pieces = [
            "ab",
            "https",
            "://",
            ".",
            "@",
            "-",
            "+",
            " ",
            "é",
            "co",
            "/",
            "DE89",
            "1234567890",
            ":",
            ",",
            "docx",
            "_",
            "w",
        ];
        let mut state = 7_usize;
        for _ in 0..20_000 {
            let mut text = String::new();
            for _ in 0..8 {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                text.push_str(pieces[(state >> 33) % pieces.len()]);
            }
            let chars: Vec<char> = text.chars().collect();
            for reach in [Reach::Reference, Reach::Wide] {
                let scan = Scan { chars: &chars, reach };
                let (mut at, mut found) = (0, Vec::new());
                while at < chars.len() {
                    match scan.end_of_active(at) {
                        Some(end) => {
                            found.push(chars[at..end].iter().collect::<String>());
                            at = end;
                        }
                        None => at += 1,
                    }
                }
                assert_eq!(active(&text, reach), found, "{text}");
            }
        }
    }

    /// Content that is all beginnings and no end costs no more than other content. Without the bounds this takes minutes.
    #[test]
    fn hostile_content_is_looked_through_in_linear_time() {
        for piece in ["a.", "a+", "ab12 ", "AB12 ", "1,", "a@b ", "x://", "a-", "a@a-", "a"] {
            for reach in [Reach::Reference, Reach::Wide] {
                active(&format!("{}.b", piece.repeat(20_000)), reach);
            }
        }
    }

    /// Moldova's hosts end as Markdown files do.
    #[test]
    fn a_file_ending_that_goes_on_as_an_address_is_a_host() {
        for (text, expected) in [
            ("see evil.md/x?d=1 now", vec!["evil.md/x?d=1"]),
            ("see evil.md:8443", vec!["evil.md"]),
            ("see evil.md?d=1", vec!["evil.md"]),
            ("did you read plan.docx? In notes.md: nothing. Or x.md, a.b.txt", vec![]),
        ] {
            assert_eq!(active(text, Reach::Wide), expected, "{text}");
            assert_eq!(active(text, Reach::Reference), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn a_host_may_be_a_number() {
        for (text, expected) in [
            ("get 203.0.113.5/x?d=1 now", vec!["203.0.113.5/x?d=1"]),
            ("(203.0.113.5:80)", vec!["203.0.113.5:80)"]),
            ("at 10.0.0.1.", vec!["10.0.0.1"]),
            ("1.2.3 and 1.2.3.4.5 and 1.2.3.400 and 1,203.0 and 1.2.3.4b", vec![]),
        ] {
            assert_eq!(active(text, Reach::Wide), expected, "{text}");
        }
    }

    #[test]
    fn the_wide_reach_sees_what_the_reference_does_not() {
        for text in [
            "évil.example",
            "ftp://x.example/a",
            "pay DE89 3704 0044 0532 0130 00 now",
        ] {
            assert!(!active(text, Reach::Wide).is_empty(), "{text}");
        }
        assert_eq!(
            active("pay DE89 3704 0044 0532 0130 00 now", Reach::Wide),
            ["DE89 3704 0044 0532 0130 00"]
        );
    }
}
