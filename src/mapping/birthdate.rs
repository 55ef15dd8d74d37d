//! A birthdate as it is written: no time zone moves it.

use std::borrow::Cow;

use chrono::NaiveDate;

/// There is no year 0 in the calendar: programs write `0000-01-01` where they have no date.
const FIRST_YEAR: u16 = 1;

/// The first year that a text of eight digits may begin with: before it, day, month and year would look alike.
const FIRST_YEAR_OF_DIGITS: i32 = 1300;

/// English names of months, of which three letters are enough.
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// The date of a text whose day is plain as it is written, as `YYYY-MM-DD`; `None` for anything else.
///
/// Taken are `1990-01-31`, `1990/1/31`, `1990.01.31`, `19900131`, `19900131101112`, `31 January 1990`, `Jan 31, 1990`, each perhaps with
/// a weekday in front and a time behind; `01/02/1990` is not, since nobody knows which of the two is the month.
#[must_use]
pub fn parse(text: &str) -> Option<Cow<'_, str>> {
    if let Some((date, rest)) = iso(text) {
        return is_time(rest).then_some(Cow::Borrowed(date));
    }
    let (date, rest) = numeric(text).or_else(|| named(text).map(|(date, rest)| (Cow::Owned(date), rest)))?;
    is_time(rest).then_some(date)
}

/// `YYYY-MM-DD` and what follows: nearly always that is it.
fn iso(text: &str) -> Option<(&str, &str)> {
    let (date, rest) = text.split_at_checked(10)?;
    let number = |range: std::ops::Range<usize>| date.get(range).and_then(|digits| digits.parse::<u16>().ok());
    let shaped = date.bytes().enumerate().all(|(position, byte)| match position {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let real = shaped && year >= FIRST_YEAR && NaiveDate::from_ymd_opt(year.into(), month.into(), day.into()).is_some();
    real.then_some((date, rest))
}

/// Year, month and day in figures, and what follows.
fn numeric(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let (year, rest) = digits(text)?;
    if year.len() == 8 || year.len() == 14 && is_clock(&year[8..]) {
        let date = calendar(&year[..4], &year[4..6], &year[6..8])?;
        let plain = year[..4].parse::<i32>().is_ok_and(|year| year >= FIRST_YEAR_OF_DIGITS);
        return plain.then_some((Cow::Owned(date), rest));
    }
    let separator = rest.chars().next().filter(|first| matches!(first, '-' | '/' | '.'))?;
    let (month, rest) = digits(&rest[1..])?;
    let (day, rest) = digits(rest.strip_prefix(separator)?)?;
    if year.len() != 4 || month.len() > 2 || day.len() > 2 {
        return None;
    }
    Some((calendar(year, month, day)?.into(), rest))
}

/// Day, month by its name, and year in either order of the first two, and what follows.
fn named(text: &str) -> Option<(String, &str)> {
    let mut rest = text;
    let mut word = || {
        let begin = rest.trim_start_matches([' ', ',', '-', '.']);
        let end = begin.find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap_or(begin.len());
        let (word, after) = begin.split_at(end);
        rest = after;
        (!word.is_empty()).then_some(word)
    };
    let mut first = word()?;
    if is_weekday(first) {
        first = word()?;
    }
    let (second, year) = (word()?, word()?);
    let (month, day) = month(first).zip(ordinal(second)).or_else(|| month(second).zip(ordinal(first)))?;
    if year.len() != 4 {
        return None;
    }
    Some((calendar(year, &month.to_string(), day)?, rest))
}

fn month(word: &str) -> Option<usize> {
    let word = word.to_ascii_lowercase();
    let name = MONTHS.iter().position(|name| *name == word || (word.len() == 3 && name.starts_with(&word)))?;
    Some(name + 1)
}

fn is_weekday(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    days.iter().any(|day| *day == word || (word.len() == 3 && day.starts_with(&word)))
}

/// A day of the month, perhaps as `31st`.
fn ordinal(word: &str) -> Option<&str> {
    let (day, ending) = digits(word)?;
    (day.len() <= 2 && ["", "st", "nd", "rd", "th"].contains(&ending)).then_some(day)
}

/// The digits at the begin of a text, at least one, and what follows.
fn digits(text: &str) -> Option<(&str, &str)> {
    let end = text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// A date of the calendar, as `YYYY-MM-DD`.
fn calendar(year: &str, month: &str, day: &str) -> Option<String> {
    let year = year.parse().ok().filter(|year| *year >= i32::from(FIRST_YEAR))?;
    let date = NaiveDate::from_ymd_opt(year, month.parse().ok()?, day.parse().ok()?)?;
    Some(date.to_string())
}

/// Whether what follows a date is nothing, a zone, or a time of day, perhaps with a zone.
fn is_time(text: &str) -> bool {
    // A zone alone is XML's; without its colon it might be a part of the date.
    if matches!(text.as_bytes(), [] | [b'Z'] | [b'+' | b'-', _, _, b':', _, _]) {
        return is_zone(text);
    }
    let Some(time) = text.strip_prefix(['T', 't', ' ']) else { return false };
    let end = time.find(|letter: char| !(letter.is_ascii_digit() || ":.,".contains(letter))).unwrap_or(time.len());
    let (clock, zone) = time.split_at(end);
    is_clock(clock) && is_zone(zone)
}

/// `10:11`, `10:11:12`, `10:11:12.345`, or the same without colons.
fn is_clock(clock: &str) -> bool {
    let (clock, fraction) = clock.split_once(['.', ',']).map_or((clock, None), |(clock, rest)| (clock, Some(rest)));
    let compact = clock.replace(':', "");
    let colons = clock.bytes().filter(|byte| *byte == b':').count();
    let shaped = match (compact.len(), colons) {
        (2 | 4 | 6, 0) => true,
        (4, 1) => clock.as_bytes().get(2) == Some(&b':'),
        (6, 2) => clock.as_bytes().get(2) == Some(&b':') && clock.as_bytes().get(5) == Some(&b':'),
        _ => false,
    };
    let part = |from: usize| compact.get(from..from + 2).map_or(Some(0), |part| part.parse::<u8>().ok());
    let within = |from, most| part(from).is_some_and(|part| part <= most);
    let fraction = fraction.is_none_or(|digits| {
        compact.len() == 6 && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    });
    // A second of 60 is a leap second; an hour of 24 is midnight.
    shaped && fraction && within(0, 24) && within(2, 59) && within(4, 60)
}

/// Nothing, `Z`, `+01:00`, `+0100`, `+01`, `UTC`, `GMT+0100 (Central European Standard Time)`.
fn is_zone(zone: &str) -> bool {
    let zone = zone.trim();
    let zone = ["AM", "PM", "am", "pm"].iter().find_map(|half| zone.strip_prefix(half)).unwrap_or(zone).trim();
    let zone = zone.split_once('(').map_or(zone, |(zone, name)| if name.ends_with(')') { zone.trim() } else { "?" });
    let zone = ["UTC", "GMT"].iter().find_map(|name| zone.strip_prefix(name)).unwrap_or(zone);
    if matches!(zone, "" | "Z" | "z") {
        return true;
    }
    let Some(offset) = zone.strip_prefix(['+', '-', '\u{2212}']) else { return false };
    let compact = match offset.as_bytes() {
        [_, _, b':', _, _] => offset.replace(':', ""),
        _ => offset.to_owned(),
    };
    let digits = compact.bytes().all(|byte| byte.is_ascii_digit());
    digits && matches!(compact.len(), 2 | 4) && compact[..2] <= *"23"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_taken_as_written() {
        for (text, expected) in [
            ("1990-01-31", Some("1990-01-31")),
            ("1990-01-01T00:00:00Z", Some("1990-01-01")),
            ("1990-01-01T23:30:00-08:00", Some("1990-01-01")),
            ("2000-02-29T12:00:00.123456Z", Some("2000-02-29")),
            ("1990-01-01T10:11:12+0000", Some("1990-01-01")),
            ("1990-01-01T10:11:12+01", Some("1990-01-01")),
            ("1990-01-01T00:00:00", Some("1990-01-01")),
            ("1990-01-01T10:11", Some("1990-01-01")),
            ("1990-01-01 10:11:12", Some("1990-01-01")),
            ("1990-01-01 00:00:00.000 -0800", Some("1990-01-01")),
            ("1990-01-01 10:11:12 UTC", Some("1990-01-01")),
            ("1990-01-01t23:59:60z", Some("1990-01-01")),
            ("1990-01-01 10:11 PM", Some("1990-01-01")),
            ("19900102", Some("1990-01-02")),
            ("19900102T101112Z", Some("1990-01-02")),
            ("19900102101112", Some("1990-01-02")),
            ("1990-01-02Z", Some("1990-01-02")),
            ("1990-01-02+02:00", Some("1990-01-02")),
            ("1990-01-02-11:30", Some("1990-01-02")),
            ("1990/1/2", Some("1990-01-02")),
            ("1990.12.31", Some("1990-12-31")),
            ("1990-1-2", Some("1990-01-02")),
            ("31 January 1990", Some("1990-01-31")),
            ("31-Jan-1990", Some("1990-01-31")),
            ("Jan 31, 1990", Some("1990-01-31")),
            ("January 31st, 1990", Some("1990-01-31")),
            ("Wed Jan 31 1990 23:30:00 GMT-0800 (Pacific Standard Time)", Some("1990-01-31")),
            ("Wed, 31 Jan 1990 00:00:00 +0000", Some("1990-01-31")),
            ("1990", None),
            ("1990-01", None),
            ("1990-W01", None),
            ("1990-01-31-05", None),
            ("1990-01/31", None),
            ("31121990", None),
            ("12011201", None),
            ("199001", None),
            ("19900102251112", None),
            ("1990010210", None),
            ("1990-01-02+25:00", None),
            ("1990-01-02+0200", None),
            ("1990-02-30", None),
            ("1900-02-29T00:00:00Z", None),
            ("31.01.1990", None),
            ("01/02/1990", None),
            ("90-01-31", None),
            ("1990-01-0१", None),
            ("1990-01-01T", None),
            ("1990-01-01T25:00", None),
            ("1990-01-01T10:1", None),
            ("1990-01-01T10:11:12+1", None),
            ("1990-01-01 about noon", None),
            ("1990-01-01x", None),
            ("Jan 1990", None),
            ("31 Foo 1990", None),
            ("30 February 1990", None),
            ("January 31, 90", None),
            ("-1990-01-01", None),
            ("", None),
        ] {
            assert_eq!(parse(text).as_deref(), expected, "{text}");
        }
        assert!(matches!(parse("1990-01-31T00:00:00Z"), Some(Cow::Borrowed(_))), "no copy of what is written so");
    }

    proptest::proptest! {
        #[test]
        fn nothing_moves_a_date_and_no_text_stops_it(
            (year, month, day) in (1300_i32..2200, 1_u32..13, 1_u32..29), zone in "Z|[+-][01][0-9]:?[0-5]0| UTC|",
            hour in 0_u32..24, any in "\\PC{0,40}",
        ) {
            let date = format!("{year:04}-{month:02}-{day:02}");
            for text in [
                format!("{date}T{hour:02}:30:00{zone}"),
                format!("{date} {hour:02}:30{zone}"),
                format!("{year:04}{month:02}{day:02}"),
                format!("{year:04}/{month}/{day}"),
            ] {
                let parsed = parse(&text).map(Cow::into_owned);
                proptest::prop_assert_eq!(parsed.as_ref(), Some(&date), "{}", text);
            }
            let _ = parse(&any);
        }
    }
}
