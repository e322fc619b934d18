//! Ids that a person shortens: the beginning of one names it as long as nothing else begins so. Which of several is meant is
//! never guessed, since an answer or a removal is of one thing.

/// What an id, or the beginning of one, names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Named<T> {
    /// This one.
    One(T),
    /// Nothing.
    Nothing,
    /// One of several, which have these ids.
    Several(Vec<String>),
}

/// What `id` names among `all`: the one with exactly this id, or the only one whose id begins so. Nothing is the beginning of
/// every id, and names none.
pub(crate) fn named<T>(id: &str, all: impl IntoIterator<Item = T>, id_of: impl Fn(&T) -> &str) -> Named<T> {
    let mut begin = Vec::new();
    for one in all {
        if id_of(&one) == id {
            return Named::One(one);
        }
        if !id.is_empty() && id_of(&one).starts_with(id) {
            begin.push(one);
        }
    }
    let ids = begin.iter().map(|one| id_of(one).to_owned()).collect();
    let mut begin = begin.into_iter();
    match (begin.next(), begin.next()) {
        (None, _) => Named::Nothing,
        (Some(one), None) => Named::One(one),
        (Some(_), Some(_)) => Named::Several(ids),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_one_id_begins_with_names_it() {
        let all = ["aa1", "aa12", "ab"];
        let of = |id| named(id, all, |one| one);
        assert_eq!(of("ab"), Named::One("ab"));
        assert_eq!(of("aa12"), Named::One("aa12"));
        // A whole id is that one, also where another goes on from it.
        assert_eq!(of("aa1"), Named::One("aa1"));
        assert_eq!(of("aa"), Named::Several(vec!["aa1".to_owned(), "aa12".to_owned()]));
        assert_eq!(
            (of(""), of("b"), of("abc")),
            (Named::Nothing, Named::Nothing, Named::Nothing)
        );
    }
}
