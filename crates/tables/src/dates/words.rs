//! Names of months and weekdays in the languages spreadsheets come in.

/// Months: the shortest form that is enough to tell, and the number. A word matches when it begins with the form
/// and continues only as one of the full names or abbreviations do.
const MONTHS: [(&str, u32); 88] = [
    ("jan", 1),
    ("january", 1),
    ("januar", 1),
    ("jänner", 1),
    ("janvier", 1),
    ("janv", 1),
    ("enero", 1),
    ("ene", 1),
    ("gennaio", 1),
    ("gen", 1),
    ("januari", 1),
    ("janeiro", 1),
    ("feb", 2),
    ("february", 2),
    ("februar", 2),
    ("février", 2),
    ("févr", 2),
    ("fév", 2),
    ("febrero", 2),
    ("febbraio", 2),
    ("februari", 2),
    ("fevereiro", 2),
    ("fev", 2),
    ("mar", 3),
    ("march", 3),
    ("märz", 3),
    ("mär", 3),
    ("mrz", 3),
    ("mars", 3),
    ("marzo", 3),
    ("maart", 3),
    ("mrt", 3),
    ("março", 3),
    ("apr", 4),
    ("april", 4),
    ("avril", 4),
    ("avr", 4),
    ("abril", 4),
    ("abr", 4),
    ("aprile", 4),
    ("may", 5),
    ("mai", 5),
    ("mayo", 5),
    ("maggio", 5),
    ("mag", 5),
    ("mei", 5),
    ("maio", 5),
    ("jun", 6),
    ("june", 6),
    ("juni", 6),
    ("juin", 6),
    ("junio", 6),
    ("giugno", 6),
    ("giu", 6),
    ("junho", 6),
    ("jul", 7),
    ("july", 7),
    ("juli", 7),
    ("juillet", 7),
    ("juil", 7),
    ("julio", 7),
    ("luglio", 7),
    ("lug", 7),
    ("julho", 7),
    ("aug", 8),
    ("august", 8),
    ("août", 8),
    ("agosto", 8),
    ("ago", 8),
    ("augustus", 8),
    ("sep", 9),
    ("sept", 9),
    ("september", 9),
    ("septembre", 9),
    ("septiembre", 9),
    ("settembre", 9),
    ("set", 9),
    ("oct", 10),
    ("okt", 10),
    ("october", 10),
    ("oktober", 10),
    ("octobre", 10),
    ("octubre", 10),
    ("ottobre", 10),
    ("nov", 11),
    ("november", 11),
    ("dec", 12),
    ("dez", 12),
];

/// Longer names that share a form above but not as a whole.
const MORE_MONTHS: [(&str, u32); 14] = [
    ("setembro", 9),
    ("out", 10),
    ("outubro", 10),
    ("ott", 10),
    ("novembre", 11),
    ("noviembre", 11),
    ("novembro", 11),
    ("december", 12),
    ("dezember", 12),
    ("décembre", 12),
    ("déc", 12),
    ("diciembre", 12),
    ("dicembre", 12),
    ("dic", 12),
];

/// The month a word names, in any of the languages known, whatever its case.
pub(super) fn month(word: &str) -> Option<u32> {
    if word.len() < 3 || word.len() > 12 {
        return None;
    }
    let lower = word.to_lowercase();
    MONTHS
        .iter()
        .chain(&MORE_MONTHS)
        .find(|(name, _)| *name == lower)
        .map(|(_, number)| *number)
        .or((lower == "dezembro").then_some(12))
}

/// Whether a word names a day of the week.
pub(super) fn is_weekday(word: &str) -> bool {
    const DAYS: [&str; 46] = [
        "mon",
        "monday",
        "tue",
        "tues",
        "tuesday",
        "wed",
        "wednesday",
        "thu",
        "thur",
        "thurs",
        "thursday",
        "fri",
        "friday",
        "sat",
        "saturday",
        "sun",
        "sunday",
        "mo",
        "montag",
        "di",
        "dienstag",
        "mi",
        "mittwoch",
        "do",
        "donnerstag",
        "fr",
        "freitag",
        "sa",
        "samstag",
        "sonnabend",
        "so",
        "sonntag",
        "lundi",
        "mardi",
        "mercredi",
        "jeudi",
        "vendredi",
        "samedi",
        "dimanche",
        "lunes",
        "martes",
        "miércoles",
        "jueves",
        "viernes",
        "sábado",
        "domingo",
    ];
    let lower = word.to_lowercase();
    DAYS.contains(&lower.as_str())
}

/// Words inside a written date that carry nothing: `3rd`, `1st of March`, `3 de marzo de 2026`, `le 1er mars`.
pub(super) fn is_filler(word: &str) -> bool {
    ["st", "nd", "rd", "th", "of", "de", "del", "er", "le"]
        .iter()
        .any(|filler| filler.eq_ignore_ascii_case(word))
}
