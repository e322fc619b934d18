use super::*;
use proptest::prelude::*;

fn iso(text: &str, order: Order) -> Option<String> {
    let found = parse(text, order, false)?;
    Some(match found.moment.seconds {
        Some(_) => found.moment.iso_datetime().as_str().to_owned(),
        None => found.moment.iso_date().as_str().to_owned(),
    })
}

#[test]
fn what_reads_one_way_only() {
    for (text, want) in [
        ("2026-03-01", "2026-03-01"),
        ("2026/3/1", "2026-03-01"),
        ("2026.03.01", "2026-03-01"),
        ("1.3.2026", "2026-03-01"),
        ("01.03.26", "2026-03-01"),
        ("31/12/2026", "2026-12-31"),
        ("12/31/2026", "2026-12-31"),
        ("31-12-1999", "1999-12-31"),
        ("5/5/26", "2026-05-05"),
        ("3 Mar 2026", "2026-03-03"),
        ("3. März 2026", "2026-03-03"),
        ("3-Mar-26", "2026-03-03"),
        ("March 3, 2026", "2026-03-03"),
        ("Mar 3rd 2026", "2026-03-03"),
        ("Tue, 3 March 2026", "2026-03-03"),
        ("Di, 03.03.2026", "2026-03-03"),
        ("3 de marzo de 2026", "2026-03-03"),
        ("2026-Mar-03", "2026-03-03"),
        ("DEC 24 2025", "2025-12-24"),
        ("Mar 2026", "2026-03-01"),
        ("Mar-26", "2026-03-01"),
        ("März '26", "2026-03-01"),
        ("2026-03", "2026-03-01"),
        ("03/2026", "2026-03-01"),
        ("2026-03-01 10:30", "2026-03-01 10:30:00"),
        ("2026-03-01T10:30:15Z", "2026-03-01 10:30:15"),
        ("2026-03-01T10:30:15.123+01:00", "2026-03-01 10:30:15"),
        ("31/12/2026 10:30 PM", "2026-12-31 22:30:00"),
        ("1.3.2026, 9:05 Uhr", "2026-03-01 09:05:00"),
        ("3 Mar 2026 12:00 am", "2026-03-03 00:00:00"),
    ] {
        for order in [Order::DayFirst, Order::MonthFirst] {
            assert_eq!(iso(text, order).as_deref(), Some(want), "{text}");
        }
    }
}

#[test]
fn what_reads_two_ways_is_for_the_caller() {
    assert_eq!(iso("3/4/2026", Order::DayFirst).as_deref(), Some("2026-04-03"));
    assert_eq!(iso("3/4/2026", Order::MonthFirst).as_deref(), Some("2026-03-04"));
    for (text, want) in [
        ("3/4/2026", Evidence::Open),
        ("4/4/2026", Evidence::None),
        ("13/4/2026", Evidence::Proven(Order::DayFirst)),
        ("4-13-2026", Evidence::Proven(Order::MonthFirst)),
    ] {
        assert_eq!(parse(text, Order::DayFirst, false).unwrap().evidence, want, "{text}");
    }
}

#[test]
fn what_is_no_date() {
    for text in [
        "",
        "2026",
        "12.5",
        "1.2",
        "30/2/2026",
        "13/13/2026",
        "2026-13-01",
        "5 Mar",
        "Mar 45 2026",
        "v1.2.3",
        "1.2.3.4",
        "March",
        "3 apples 2026",
        "10:30",
        "2026-03-01 25:00",
        "20260301",
        "1-2",
        "A-1-2026",
        "May be 2026",
        "12/31/2026/5",
        "2026-03-01-04",
        "+49 170 123",
    ] {
        assert_eq!(iso(text, Order::DayFirst), None, "{text}");
    }
    assert!(parse("20260301", Order::DayFirst, true).is_some());
    assert!(parse("20261301", Order::DayFirst, true).is_none());
}

#[test]
fn clocks() {
    for (text, want) in [
        ("10:30", Some(37_800)),
        ("7:05 pm", Some(68_700)),
        ("12:00 AM", Some(0)),
        ("37:30", Some(135_000)),
        ("0:00:59", Some(59)),
        ("13:00 pm", None),
        ("10:75", None),
        ("a:b", None),
    ] {
        assert_eq!(parse_clock(text), want, "{text}");
    }
}

#[test]
fn day_numbers() {
    for (serial, want) in [
        (1.0, "1900-01-01"),
        (59.0, "1900-02-28"),
        (61.0, "1900-03-01"),
        (25_569.0, "1970-01-01"),
        (45_943.541, "2025-10-13"),
        (2_958_465.0, "9999-12-31"),
    ] {
        assert_eq!(from_serial(serial).unwrap().iso_date().as_str(), want, "{serial}");
    }
    assert_eq!(
        from_serial(45_943.541_666_666_7).unwrap().iso_datetime().as_str(),
        "2025-10-13 13:00:00"
    );
    assert_eq!(
        from_serial(45_943.999_999_9).unwrap().iso_datetime().as_str(),
        "2025-10-14 00:00:00"
    );
    for bad in [-1.0, 1e9, f64::NAN, f64::INFINITY] {
        assert_eq!(from_serial(bad), None);
    }
    assert_eq!(days_of_iso_duration("PT36H30M00S"), Some(1.520_833_333_333_333_3));
    assert_eq!(days_of_iso_duration("PT1X"), None);
}

proptest! {
    #[test]
    fn every_way_of_writing_reads_back(days in 0_i64..72_686, clock in proptest::option::of(0_u32..86_400)) {
        let day = Date::constant(1970, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap();
        let (y, m, d) = (day.year(), day.month(), day.day());
        let month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][m as usize - 1];
        let time = clock.map_or(String::new(), |s| format!(" {}", super::clock(s).as_str()));
        let want = Moment { date: day, seconds: clock };
        for (text, order) in [
            (format!("{y:04}-{m:02}-{d:02}{time}"), Order::MonthFirst),
            (format!("{d}/{m}/{y}{time}"), Order::DayFirst),
            (format!("{m}/{d}/{y}{time}"), Order::MonthFirst),
            (format!("{d:02}.{m:02}.{y}{time}"), Order::MonthFirst),
            (format!("{d} {month} {y}{time}"), Order::DayFirst),
            (format!("{month} {d}, {y}{time}"), Order::DayFirst),
        ] {
            prop_assert_eq!(parse(&text, order, false).map(|f| f.moment), Some(want), "{}", &text);
        }
        let serial = serial_of_iso(&format!("{y:04}-{m:02}-{d:02}{}", time.replace(' ', "T"))).unwrap();
        let back = from_serial(serial).unwrap();
        prop_assert_eq!((back.date, back.seconds.unwrap_or(0)), (day, clock.unwrap_or(0)));
    }

    #[test]
    fn any_text_is_safe(text in "[0-9a-zA-Z./:, \\-+'ä]{0,42}|\\PC{0,30}") {
        let _ = parse(&text, Order::DayFirst, true);
        let _ = parse_clock(&text);
        let _ = days_of_iso_duration(&text);
    }
}
