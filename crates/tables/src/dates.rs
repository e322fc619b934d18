//! Dates and times as people write them.
//!
//! Rules: a four-digit year first is year-month-day; dots (`3.2.2026`) are day-month-year; a month's name settles the
//! order; with slashes or dashes a part over 12 settles it, otherwise the caller decides from the rest of the column.
//! Two-digit years are 1969 to 2068. Zone offsets are read and dropped: the clock stays as written.

mod words;

use jiff::civil::Date;

/// Which comes first when a date is written with slashes or dashes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Order {
    /// `31/12/2026`
    #[default]
    DayFirst,
    /// `12/31/2026`
    MonthFirst,
}

/// What a date's form says about the order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Evidence {
    /// Nothing: year first, dots or a month's name.
    None,
    /// It can only be this order.
    Proven(Order),
    /// Both parts are 12 or less; equal parts are no question.
    Open,
}

/// How a date is written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Form {
    /// `2026-03-01`, also with `/` or `.`
    YearFirst,
    /// `20260301`
    Compact,
    /// `1.3.2026`
    Dots,
    /// `1/3/2026`
    Slashes,
    /// `1-3-2026`
    Dashes,
    /// `1 Mar 2026`
    MonthName,
    /// `Mar 2026`, `2026-03`, `03/2026`: the first of that month
    MonthOnly,
    /// A date the spreadsheet itself knows as one
    Native,
    /// A spreadsheet's day number without its format
    Serial,
}

impl Form {
    /// The form as shown to people, given the order that was settled on.
    pub(crate) const fn label(self, order: Order) -> &'static str {
        match (self, order) {
            (Self::YearFirst, _) => "YYYY-MM-DD",
            (Self::Compact, _) => "YYYYMMDD",
            (Self::Dots, _) => "D.M.YYYY",
            (Self::Slashes, Order::DayFirst) => "D/M/YYYY",
            (Self::Slashes, Order::MonthFirst) => "M/D/YYYY",
            (Self::Dashes, Order::DayFirst) => "D-M-YYYY",
            (Self::Dashes, Order::MonthFirst) => "M-D-YYYY",
            (Self::MonthName, _) => "D MMM YYYY",
            (Self::MonthOnly, _) => "month only",
            (Self::Native, _) => "date cell",
            (Self::Serial, _) => "day number",
        }
    }
}

/// A point in time without a zone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Moment {
    pub(crate) date: Date,
    /// Seconds since midnight, where a time was written.
    pub(crate) seconds: Option<u32>,
}

/// A date found in text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Found {
    pub(crate) moment: Moment,
    pub(crate) evidence: Evidence,
    pub(crate) form: Form,
}

/// An ISO date, time or both, without an allocation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Iso {
    bytes: [u8; 19],
    length: u8,
}

impl Iso {
    const EMPTY: Self = Self {
        bytes: [b'0'; 19],
        length: 0,
    };

    pub(crate) fn as_str(&self) -> &str {
        let used = self.bytes.get(..usize::from(self.length)).unwrap_or_default();
        std::str::from_utf8(used).unwrap_or_default()
    }

    fn push(&mut self, byte: u8) {
        if let Some(slot) = self.bytes.get_mut(usize::from(self.length)) {
            *slot = byte;
            self.length += 1;
        }
    }

    fn two(mut self, value: u32) -> Self {
        self.push(b'0' + (value / 10 % 10) as u8);
        self.push(b'0' + (value % 10) as u8);
        self
    }

    fn sign(mut self, sign: u8) -> Self {
        self.push(sign);
        self
    }

    fn date(self, date: Date) -> Self {
        let year = u32::from(date.year().unsigned_abs());
        self.two(year / 100)
            .two(year % 100)
            .sign(b'-')
            .two(u32::from(date.month().unsigned_abs()))
            .sign(b'-')
            .two(u32::from(date.day().unsigned_abs()))
    }

    fn clock(self, seconds: u32) -> Self {
        self.two(seconds / 3600)
            .sign(b':')
            .two(seconds / 60 % 60)
            .sign(b':')
            .two(seconds % 60)
    }
}

impl std::fmt::Debug for Iso {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Moment {
    /// `2026-03-01`
    pub(crate) fn iso_date(&self) -> Iso {
        Iso::EMPTY.date(self.date)
    }

    /// `2026-03-01 10:30:00`
    pub(crate) fn iso_datetime(&self) -> Iso {
        self.iso_date().sign(b' ').clock(self.seconds.unwrap_or(0))
    }
}

/// `10:30:00` of seconds since midnight.
pub(crate) fn clock(seconds: u32) -> Iso {
    Iso::EMPTY.clock(seconds)
}

/// The date of a spreadsheet's day number (1 = 1900-01-01). Excel believes in 29 February 1900; numbers before it
/// are moved by one so that every day keeps the date a person typed.
pub(crate) fn from_serial(serial: f64) -> Option<Moment> {
    if !(0.0..2_958_466.0).contains(&serial) {
        return None;
    }
    let mut days = serial.floor();
    let mut seconds = ((serial - days) * 86_400.0).round() as u32;
    if seconds == 86_400 {
        seconds = 0;
        days += 1.0;
    }
    let days = days as i64 + i64::from(days < 60.0);
    // 1899-12-30 is day 25,569 before 1970-01-01.
    let date = Date::constant(1899, 12, 30)
        .checked_add(jiff::Span::new().try_days(days).ok()?)
        .ok()?;
    Some(Moment {
        date,
        seconds: (seconds > 0).then_some(seconds),
    })
}

/// The day number of an ISO date or date-time, as OpenDocument stores them.
pub(crate) fn serial_of_iso(text: &str) -> Option<f64> {
    let found = parse(text, Order::DayFirst, false)?;
    if found.form != Form::YearFirst {
        return None;
    }
    let days = Date::constant(1899, 12, 30).until(found.moment.date).ok()?.get_days();
    Some(f64::from(days) + f64::from(found.moment.seconds.unwrap_or(0)) / 86_400.0)
}

/// The days of an ISO duration `PT10H30M00S`, as OpenDocument stores times.
pub(crate) fn days_of_iso_duration(text: &str) -> Option<f64> {
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let rest = rest.strip_prefix('P')?;
    let (days_part, time_part) = rest.split_once('T').unwrap_or((rest, ""));
    let mut days = 0.0;
    for (part, units) in [
        (days_part, &[('D', 1.0)][..]),
        (time_part, &[('H', 24.0), ('M', 1440.0), ('S', 86_400.0)]),
    ] {
        let mut number = String::new();
        for c in part.chars() {
            if c.is_ascii_digit() || c == '.' {
                number.push(c);
            } else {
                let (_, per_day) = units.iter().find(|(unit, _)| *unit == c)?;
                days += number.parse::<f64>().ok()? / per_day;
                number.clear();
            }
        }
        if !number.is_empty() {
            return None;
        }
    }
    Some(if negative { -days } else { days })
}

/// Reads `text` as a date, with or without a time. `order` decides what is open; `compact` allows `20260301`.
pub(crate) fn parse(text: &str, order: Order, compact: bool) -> Option<Found> {
    let text = text.trim();
    let bytes = text.as_bytes();
    if bytes.len() < 5 || bytes.len() > 40 || !bytes.iter().any(u8::is_ascii_digit) {
        return None;
    }
    if let Some(date) = iso_fast(bytes) {
        return Some(Found {
            moment: Moment { date, seconds: None },
            evidence: Evidence::None,
            form: Form::YearFirst,
        });
    }
    let mut tokens = Tokens::of(text)?;
    tokens.skip_weekday();
    let (date, evidence, form) = tokens.date(order, compact)?;
    let seconds = if tokens.at_end() {
        None
    } else {
        Some(tokens.time_of_day()?)
    };
    if seconds.is_some() && form == Form::MonthOnly {
        return None;
    }
    Some(Found {
        moment: Moment { date, seconds },
        evidence,
        form,
    })
}

/// Reads a time of day or a length of time: `10:30`, `7:05 pm`, `37:30:00`; in seconds.
pub(crate) fn parse_clock(text: &str) -> Option<u32> {
    let text = text.trim();
    if text.len() < 4 || text.len() > 14 || !text.contains(':') {
        return None;
    }
    Tokens::of(text)?.clock()
}

fn iso_fast(bytes: &[u8]) -> Option<Date> {
    let [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1] = bytes else {
        return None;
    };
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0_i16, |value, digit| {
            digit.is_ascii_digit().then(|| value * 10 + i16::from(digit - b'0'))
        })
    };
    date(
        number(&[*y0, *y1, *y2, *y3])?,
        number(&[*m0, *m1])?,
        number(&[*d0, *d1])?,
    )
}

fn date(year: i16, month: i16, day: i16) -> Option<Date> {
    // Years outside are typing errors or not dates at all.
    if !(1000..=2999).contains(&year) {
        return None;
    }
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Token<'a> {
    /// Value and number of digits.
    Number(u32, usize),
    Word(&'a str),
    Sign(char),
    Space,
}

/// The pieces of a date text; at most twenty-four.
struct Tokens<'a> {
    list: [Token<'a>; 24],
    length: usize,
    at: usize,
}

impl<'a> Tokens<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let mut tokens = Self {
            list: [Token::Space; 24],
            length: 0,
            at: 0,
        };
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let (token, length) = if c.is_ascii_digit() {
                let length = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
                (Token::Number(rest.get(..length)?.parse().ok()?, length), length)
            } else if c.is_alphabetic() {
                let length = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
                (Token::Word(rest.get(..length)?), length)
            } else if c.is_whitespace() {
                let length = rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len());
                (Token::Space, length)
            } else if matches!(c, '-' | '/' | '.' | ',' | ':' | '+' | '\'' | '\u{2019}') {
                (Token::Sign(c), c.len_utf8())
            } else {
                return None;
            };
            *tokens.list.get_mut(tokens.length)? = token;
            tokens.length += 1;
            rest = rest.get(length..)?;
        }
        Some(tokens)
    }

    fn peek(&self, ahead: usize) -> Option<Token<'a>> {
        let at = self.at + ahead;
        (at < self.length).then(|| self.list.get(at).copied()).flatten()
    }

    fn skip_while(&mut self, skip: impl Fn(Token<'_>) -> bool) {
        while self.peek(0).is_some_and(&skip) {
            self.at += 1;
        }
    }

    /// A leading `Mon`, `Monday,`, `Mo.`
    fn skip_weekday(&mut self) {
        if let Some(Token::Word(word)) = self.peek(0)
            && words::is_weekday(word)
            && self.length > 3
        {
            self.at += 1;
            self.skip_while(|token| matches!(token, Token::Space | Token::Sign(',' | '.')));
        }
    }

    fn date(&mut self, order: Order, compact: bool) -> Option<(Date, Evidence, Form)> {
        match (self.peek(0)?, self.peek(1), self.peek(2), self.peek(3), self.peek(4)) {
            // 2026-03-01
            (
                Token::Number(year, 4),
                Some(Token::Sign(a @ ('-' | '/' | '.'))),
                Some(Token::Number(month, 1..=2)),
                Some(Token::Sign(b)),
                Some(Token::Number(day, 1..=2)),
            ) if a == b => {
                self.at += 5;
                Some((calendar(year, month, day)?, Evidence::None, Form::YearFirst))
            }
            // 1.3.2026, 1/3/2026, 1-3-26
            (
                Token::Number(first, 1..=2),
                Some(Token::Sign(a @ ('-' | '/' | '.'))),
                Some(Token::Number(second, 1..=2)),
                Some(Token::Sign(b)),
                Some(Token::Number(year, digits @ (2 | 4))),
            ) if a == b => {
                self.at += 5;
                let year = full_year(year, digits);
                let form = match a {
                    '.' => return Some((calendar(year, second, first)?, Evidence::None, Form::Dots)),
                    '/' => Form::Slashes,
                    _ => Form::Dashes,
                };
                let (evidence, order) = match (first > 12, second > 12) {
                    (true, false) => (Evidence::Proven(Order::DayFirst), Order::DayFirst),
                    (false, true) => (Evidence::Proven(Order::MonthFirst), Order::MonthFirst),
                    _ if first == second => (Evidence::None, order),
                    _ => (Evidence::Open, order),
                };
                let (day, month) = match order {
                    Order::DayFirst => (first, second),
                    Order::MonthFirst => (second, first),
                };
                Some((calendar(year, month, day)?, evidence, form))
            }
            // 2026-03, 03/2026
            (Token::Number(year, 4), Some(Token::Sign('-')), Some(Token::Number(month, 2)), None, None)
            | (Token::Number(month, 1..=2), Some(Token::Sign('/')), Some(Token::Number(year, 4)), None, None) => {
                self.at += 3;
                Some((calendar(year, month, 1)?, Evidence::None, Form::MonthOnly))
            }
            // 20260301
            (Token::Number(all, 8), None | Some(Token::Space | Token::Word(_)), ..) if compact => {
                self.at += 1;
                let date = calendar(all / 10_000, all / 100 % 100, all % 100)?;
                Some((date, Evidence::None, Form::Compact))
            }
            _ => self.named(),
        }
    }

    /// `1 March 2026`, `March 1st, 2026`, `2026-Mar-01`, `Mar 2026`, `Mar-26`
    fn named(&mut self) -> Option<(Date, Evidence, Form)> {
        let mut month = None;
        let mut numbers: [Option<(u32, usize)>; 2] = [None, None];
        let mut month_first = false;
        let mut apostrophe = false;
        while let Some(token) = self.peek(0) {
            match token {
                Token::Word(word) => {
                    if let Some(found) = words::month(word) {
                        if month.is_some() {
                            return None;
                        }
                        month_first = numbers.first().is_some_and(Option::is_none);
                        month = Some(found);
                    } else if !words::is_filler(word) {
                        break;
                    }
                }
                // What follows two numbers is the time.
                Token::Number(value, digits) => match numbers.iter_mut().find(|slot| slot.is_none()) {
                    Some(slot) => {
                        let clock_follows = matches!(self.peek(1), Some(Token::Sign(':')));
                        if clock_follows {
                            break;
                        }
                        *slot = Some((value, digits));
                    }
                    None => break,
                },
                Token::Sign('\'' | '\u{2019}') => apostrophe = true,
                Token::Sign('-' | '/' | '.' | ',') | Token::Space => {}
                Token::Sign(_) => break,
            }
            self.at += 1;
        }
        let month = month?;
        match numbers {
            [Some((year, 4)), Some((day, 1..=2))] | [Some((day, 1..=2)), Some((year, 4))] => {
                Some((calendar(year, month, day)?, Evidence::None, Form::MonthName))
            }
            [Some((day, 1..=2)), Some((year, 2))] => {
                let date = calendar(full_year(year, 2), month, day)?;
                Some((date, Evidence::None, Form::MonthName))
            }
            [Some((year, 4)), None] => Some((calendar(year, month, 1)?, Evidence::None, Form::MonthOnly)),
            // "Mar-26" is March 2026 by long habit; "5 Mar" has no year and stays text.
            [Some((year, 2)), None] if month_first || apostrophe => {
                let date = calendar(full_year(year, 2), month, 1)?;
                Some((date, Evidence::None, Form::MonthOnly))
            }
            _ => None,
        }
    }

    /// Whether nothing is left but what may stand between a date and a time.
    fn at_end(&mut self) -> bool {
        self.skip_while(|token| matches!(token, Token::Space | Token::Sign(',')));
        self.peek(0).is_none()
    }

    /// The rest as a time of day.
    fn time_of_day(&mut self) -> Option<u32> {
        if let Some(Token::Word("T" | "t" | "um" | "at")) = self.peek(0) {
            self.at += 1;
            self.skip_while(|token| token == Token::Space);
        }
        self.clock().filter(|seconds| *seconds < 86_400)
    }

    /// `10:30[:15[.123]] [am|pm|Uhr] [Z|UTC|+01:00]` to the end.
    fn clock(&mut self) -> Option<u32> {
        let Token::Number(mut hours, 1..=4) = self.peek(0)? else {
            return None;
        };
        let (Token::Sign(':'), Token::Number(minutes @ 0..=59, 2)) = (self.peek(1)?, self.peek(2)?) else {
            return None;
        };
        self.at += 3;
        let mut seconds = 0;
        if let (Some(Token::Sign(':')), Some(Token::Number(value @ 0..=60, 2))) = (self.peek(0), self.peek(1)) {
            seconds = value.min(59);
            self.at += 2;
            if let (Some(Token::Sign('.' | ',')), Some(Token::Number(..))) = (self.peek(0), self.peek(1)) {
                self.at += 2;
            }
        }
        self.skip_while(|token| token == Token::Space);
        if let Some(Token::Word(word)) = self.peek(0) {
            let pm = word.eq_ignore_ascii_case("pm") || word.eq_ignore_ascii_case("p");
            let am = word.eq_ignore_ascii_case("am") || word.eq_ignore_ascii_case("a");
            if (pm || am) && !(1..=12).contains(&hours) {
                return None;
            }
            if pm || am {
                hours = hours % 12 + if pm { 12 } else { 0 };
            } else if !["z", "utc", "gmt", "uhr", "h"]
                .iter()
                .any(|zone| word.eq_ignore_ascii_case(zone))
            {
                return None;
            }
            self.at += 1;
            // "p.m."
            self.skip_while(|token| {
                matches!(
                    token,
                    Token::Sign('.') | Token::Space | Token::Word("m" | "M" | "UTC" | "Z")
                )
            });
        }
        if let Some(Token::Sign('+' | '-')) = self.peek(0) {
            self.at += 1;
            self.skip_while(|token| matches!(token, Token::Number(_, 2 | 4) | Token::Sign(':')));
        }
        if self.peek(0).is_some() {
            return None;
        }
        hours.checked_mul(3600)?.checked_add(minutes * 60 + seconds)
    }
}

fn calendar(year: u32, month: u32, day: u32) -> Option<Date> {
    date(
        i16::try_from(year).ok()?,
        i16::try_from(month).ok()?,
        i16::try_from(day).ok()?,
    )
}

const fn full_year(year: u32, digits: usize) -> u32 {
    match (digits, year) {
        (2, 0..=68) => 2000 + year,
        (2, _) => 1900 + year,
        _ => year,
    }
}

#[cfg(test)]
mod tests;
