//! Arguments as words, and whether a file counts them from 0 or from 1.

/// Splits as a shell does: quotes group, a backslash takes the next quote, space or backslash as it is. A quote that nothing
/// closes is a letter (`don't`).
pub fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut token: Option<String> = None;
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        rest = rest.get(letter.len_utf8()..).unwrap_or_default();
        match letter {
            '\'' | '"' => match rest.find(letter) {
                Some(end) => {
                    token
                        .get_or_insert_default()
                        .push_str(rest.get(..end).unwrap_or_default());
                    rest = rest.get(end + 1..).unwrap_or_default();
                }
                None => token.get_or_insert_default().push(letter),
            },
            '\\' if rest.starts_with([' ', '"', '\'', '\\']) => {
                if let Some(next) = rest.chars().next() {
                    token.get_or_insert_default().push(next);
                    rest = rest.get(next.len_utf8()..).unwrap_or_default();
                }
            }
            _ if letter.is_whitespace() => tokens.extend(token.take()),
            _ => token.get_or_insert_default().push(letter),
        }
    }
    tokens.extend(token);
    tokens
}

/// `$` and digits at the beginning of `rest`, in a place where they are a placeholder and not money: the number, and how many
/// bytes it takes. `before` is the character in front.
pub fn number(before: Option<char>, rest: &str) -> Option<(usize, usize)> {
    if before.is_some_and(|letter| is_word(letter) || letter == '$') {
        return None;
    }
    let digits = rest.strip_prefix('$')?;
    let end = digits
        .find(|letter: char| !letter.is_ascii_digit())
        .unwrap_or(digits.len());
    let (digits, after) = digits.split_at(end);
    let mut next = after.chars();
    match next.next() {
        Some(letter) if is_word(letter) => return None,
        Some('.' | ',') if next.next().is_some_and(|letter| letter.is_ascii_digit()) => return None,
        _ => {}
    }
    Some((digits.parse().ok()?, end + 1))
}

/// The number of the first argument in `text`: 1 where the single digit 1 stands as a placeholder and 0 does not, else 0.
/// Ten published skills count from 1 although the reference counts from 0; under its rule they attach nothing.
pub fn first(text: &str, quirk: Option<usize>) -> usize {
    let (mut zero, mut one) = (false, false);
    for (at, _) in text.match_indices('$') {
        let head = text.get(..at).unwrap_or_default();
        if backslashes(head) == 1 {
            continue;
        }
        match number(head.chars().next_back(), text.get(at..).unwrap_or_default()) {
            Some((number, 2)) if Some(number) != quirk => {
                zero |= number == 0;
                one |= number == 1;
            }
            _ => {}
        }
    }
    usize::from(one && !zero)
}

/// How many backslashes `text` ends with.
pub fn backslashes(text: &str) -> usize {
    text.len() - text.trim_end_matches('\\').len()
}

/// Letters, digits, `_`.
pub fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}
