//! Words of a request: folded, so that case, accents, plurals and common endings do not matter.

/// The words of a text in order, folded. Paths and file names stay one word each (`report.docx`).
pub fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | '%' | '&')))
        .map(|word| word.trim_matches(|c: char| matches!(c, '.' | '-' | '_' | '/')))
        .filter(|word| !word.is_empty())
        .flat_map(|word| {
            // "to-do" and "side-by-side" are as good as "to do"; file names are not taken apart.
            if word.contains('.') || word.contains('/') || word.contains('_') {
                vec![word.to_lowercase()]
            } else {
                word.split('-').filter(|part| !part.is_empty()).map(fold).collect()
            }
        })
        .collect()
}

/// One word folded: lower case, without accents, without plural and verb endings.
pub fn fold(word: &str) -> String {
    let lower: String = word.to_lowercase().chars().map(without_accent).collect();
    let stem = stem(&lower);
    // British and American spelling meet: organis(e), analys(e).
    match stem
        .strip_suffix("is")
        .map(|rest| (rest, "iz"))
        .or_else(|| stem.strip_suffix("ys").map(|rest| (rest, "yz")))
    {
        Some((rest, ending)) if rest.chars().count() >= 4 => format!("{rest}{ending}"),
        _ => stem,
    }
}

fn without_accent(character: char) -> char {
    match character {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => 'a',
        'è' | 'é' | 'ê' | 'ë' => 'e',
        'ì' | 'í' | 'î' | 'ï' => 'i',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' => 'o',
        'ù' | 'ú' | 'û' | 'ü' => 'u',
        'ç' => 'c',
        'ñ' => 'n',
        other => other,
    }
}

/// A light stemmer: enough that "files", "sorting" and "converted" meet "file", "sort" and "convert".
fn stem(word: &str) -> String {
    let cut = |ending: &str, least: usize| word.strip_suffix(ending).filter(|rest| rest.chars().count() >= least);
    if let Some(rest) = cut("ies", 3) {
        return format!("{rest}y");
    }
    if let Some(rest) = cut("ing", 4).or_else(|| cut("ed", 4)) {
        return undouble(rest);
    }
    if let Some(rest) = cut("sses", 2)
        .or_else(|| cut("ches", 2))
        .or_else(|| cut("shes", 2))
        .or_else(|| cut("xes", 2))
    {
        return format!(
            "{rest}{}",
            word.strip_prefix(rest)
                .and_then(|end| end.strip_suffix("es"))
                .unwrap_or_default()
        );
    }
    if word.ends_with("ss") || word.ends_with("us") || word.ends_with("is") {
        return word.to_owned();
    }
    let base = cut("s", 3).unwrap_or(word);
    // "rename" and "renam(ing)" must meet.
    base.strip_suffix('e')
        .filter(|rest| rest.chars().count() >= 4)
        .unwrap_or(base)
        .to_owned()
}

fn undouble(word: &str) -> String {
    let mut characters = word.chars().rev();
    match (characters.next(), characters.next()) {
        (Some(a), Some(b)) if a == b && !matches!(a, 'l' | 's' | 'z') => {
            word.strip_suffix(a).unwrap_or(word).to_owned()
        }
        (Some('e'), _) => word.to_owned(),
        _ => word.strip_suffix('e').unwrap_or(word).to_owned(),
    }
}

/// Whether a phrase stands in `text` (both folded). `…` in the phrase stands for up to four words.
pub fn contains(text: &[String], phrase: &[String]) -> bool {
    (0..text.len()).any(|start| text.get(start..).is_some_and(|rest| starts_with(rest, phrase)))
}

fn starts_with(text: &[String], phrase: &[String]) -> bool {
    let Some((first, rest)) = phrase.split_first() else {
        return true;
    };
    if first == GAP {
        return (0..=4).any(|skip| text.get(skip..).is_some_and(|after| starts_with(after, rest)));
    }
    text.split_first()
        .is_some_and(|(word, after)| word == first && starts_with(after, rest))
}

/// Stands for up to four words in a phrase.
pub const GAP: &str = "…";

/// A phrase of a recipe as folded words.
pub fn phrase(text: &str) -> Vec<String> {
    text.split_whitespace()
        .flat_map(|word| if word == GAP { vec![GAP.to_owned()] } else { words(word) })
        .collect()
}

/// Words that carry no meaning of their own in a request or a question.
pub fn is_filler(word: &str) -> bool {
    const FILLER: &[&str] = &[
        "a", "about", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be", "by", "can", "could", "did",
        "do", "does", "each", "every", "for", "from", "get", "give", "had", "has", "have", "he", "her", "here", "his",
        "how", "i", "if", "in", "into", "is", "it", "its", "let", "me", "my", "no", "not", "of", "on", "or", "our",
        "out", "please", "say", "she", "so", "some", "tell", "that", "the", "their", "them", "then", "there", "these",
        "they", "this", "those", "to", "up", "us", "want", "was", "we", "were", "what", "when", "where", "which",
        "who", "whom", "whose", "why", "will", "with", "would", "you", "your", "many", "much",
    ];
    FILLER.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_meet() {
        for group in [
            &["sort", "sorting", "sorted", "sorts", "Sort"][..],
            &["file", "files"],
            &["rename", "renaming", "renames"][..],
            &["analyse", "analyze", "analysing", "analyzed"][..],
            &["organise", "organize", "organising"][..],
            &["summarise", "summarize", "summarizing"][..],
            &["duplicate", "duplicates"][..],
            &["copy", "copies"][..],
            &["invoice", "invoices"][..],
            &["compare", "comparing", "compared"][..],
            &["résumé", "resume"][..],
        ] {
            let folded: Vec<String> = group.iter().map(|word| fold(word)).collect();
            assert!(folded.windows(2).all(|pair| pair.first() == pair.last()), "{folded:?}");
        }
    }

    #[test]
    fn phrases_are_found_with_gaps() {
        let text = words("Please turn all of these reports into PDFs");
        assert!(contains(&text, &phrase("turn … into")));
        assert!(!contains(&text, &phrase("turn into")));
        assert!(!contains(&text, &phrase("into … turn")));
        assert_eq!(words("to-do in a/b.txt, R&D."), ["to", "do", "in", "a/b.txt", "r&d"]);
    }
}
