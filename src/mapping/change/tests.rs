//! Each function on what it is for, on what it must not touch, and on anything at all.

use proptest::prelude::*;

use super::*;

const NOTE: Target<'static> = Target::Metadata("note");
const BIRTHDATE: Target<'static> = Target::Field(Field::Birthdate);

/// What a change makes of a text, and the reason that is told.
fn changed(change: &Change, target: Target<'_>, text: &str) -> (Option<String>, Option<Reason>) {
    let mut findings = Vec::new();
    let text = change.apply(text.to_owned().into(), target, &mut findings).map(Cow::into_owned);
    assert!(findings.len() < 2);
    (text, findings.first().map(|finding| finding.reason))
}

fn date(form: &str) -> Change {
    Change::Date(DateForm::try_from(form.to_owned()).unwrap())
}

fn phone_of(region: &str) -> Change {
    Change::Phone(Region::try_from(region.to_owned()).unwrap())
}

#[test]
fn dates_of_a_form_are_taken_as_written() {
    for (form, text, expected) in [
        ("%d/%m/%Y", "31/12/1990", Some("1990-12-31")),
        ("%d/%m/%Y", "1/2/1990", Some("1990-02-01")),
        ("%m/%d/%Y", "1/2/1990", Some("1990-01-02")),
        ("%d.%m.%Y %H:%M", "31.12.1990 23:59", Some("1990-12-31")),
        ("%d/%m/%Y %H:%M %z", "31/12/1990 23:59 -0800", Some("1990-12-31")),
        ("%d %B %Y", "31 december 1990", Some("1990-12-31")),
        ("%Y%m%d", "19901231", Some("1990-12-31")),
        ("%d/%m/%Y", "31/12/90", None),
        ("%d/%m/%Y", "12/31/1990", None),
        ("%d/%m/%Y", "30/02/1990", None),
        ("%d/%m/%Y", "31/12/1990 x", None),
        ("%d/%m/%Y", "", None),
    ] {
        let (birthdate, told) = changed(&date(form), BIRTHDATE, text);
        assert_eq!((birthdate.as_deref(), told.is_some()), (expected, expected.is_none()), "{form} {text}");
        // Elsewhere nothing is lost.
        let kept = changed(&date(form), NOTE, text);
        assert_eq!(kept.0.as_deref(), Some(expected.unwrap_or(text)), "{form} {text}");
        assert_eq!(kept.1, expected.is_none().then_some(Reason::UnreadableValue));
    }
    for form in ["", "%d/%m", "%d/%m/%y", "%q", "%s", "%D", "31/12/1990", "%H:%M"] {
        assert!(DateForm::try_from(form.to_owned()).is_err(), "{form}");
    }
}

#[test]
fn moments_are_counted_from_1970_in_utc() {
    for (unit, text, day, moment) in [
        (Unit::S, "0", Some("1970-01-01"), "1970-01-01T00:00:00.000Z"),
        (Unit::Ms, "662688000000", Some("1991-01-01"), "1991-01-01T00:00:00.000Z"),
        (Unit::Ms, "-1", Some("1969-12-31"), "1969-12-31T23:59:59.999Z"),
        (Unit::S, "-86400.5", Some("1969-12-30"), "1969-12-30T23:59:59.500Z"),
        (Unit::Us, "1", Some("1970-01-01"), "1970-01-01T00:00:00.000001Z"),
        (Unit::S, "662688000000", None, "662688000000"),
        (Unit::Ms, "6.6e11", None, "6.6e11"),
        (Unit::S, "1990-12-31", None, "1990-12-31"),
        (Unit::S, "99999999999999999999999999", None, "99999999999999999999999999"),
        (Unit::S, "", None, ""),
    ] {
        let (birthdate, told) = changed(&Change::Epoch(unit), BIRTHDATE, text);
        assert_eq!((birthdate.as_deref(), told.is_some()), (day, day.is_none()), "{text}");
        assert_eq!(changed(&Change::Epoch(unit), NOTE, text).0.as_deref(), Some(moment), "{text}");
    }
}

#[test]
fn phones_are_written_as_e164_or_left_alone() {
    for (region, text, expected) in [
        ("DE", "030 23125017", Ok("+493023125017")),
        ("DE", "+49 30 23125 017", Ok("+493023125017")),
        ("DE", "0049 30 23125017", Ok("+493023125017")),
        ("GB", "020 7946 0958", Ok("+442079460958")),
        ("DE", "+44 20 7946 0958", Ok("+442079460958")),
        ("US", "(212) 555-0100", Ok("+12125550100")),
        ("US", "tel:+1-212-555-0100", Ok("+12125550100")),
        ("SE", "070-174 06 05", Ok("+46701740605")),
        ("DE", "491713920017", Err(())),
        ("DE", "493023125017.0", Err(())),
        ("DE", "4.93023125017E+11", Err(())),
        ("US", "1-800-FLOWERS", Err(())),
        ("SE", "1990-02-28", Err(())),
        ("DE", "030 23125017 / 030 23125018", Err(())),
        ("DE", "+49 30 23125017 +49 30 23125018", Err(())),
        ("GB", "+44 7700 900123", Err(())),
        ("DE", "12", Err(())),
        ("DE", "none", Err(())),
    ] {
        let (sent, told) = changed(&phone_of(region), Target::Field(Field::Phone), text);
        assert_eq!(sent.as_deref(), Some(expected.unwrap_or(text)), "{region} {text}");
        assert_eq!(told, expected.err().map(|()| Reason::DoubtfulPhone), "{region} {text}");
    }
    let extension = changed(&phone_of("US"), NOTE, "+1 212 555 0100 ext. 17");
    assert_eq!(extension, (Some("+12125550100".into()), Some(Reason::DoubtfulPhone)));
    for region in ["", "XX", "DEU", "49"] {
        assert!(Region::try_from(region.to_owned()).is_err(), "{region}");
    }
}

#[test]
fn a_table_gives_other_texts_and_tells_of_those_that_it_lacks() {
    let texts = BTreeMap::from([("F".to_owned(), "female".to_owned())]);
    let without = Change::Map { texts: texts.clone(), default: None };
    let with = Change::Map { texts, default: Some("unknown".into()) };
    assert_eq!(changed(&without, NOTE, "F"), (Some("female".into()), None));
    assert_eq!(changed(&without, NOTE, "f"), (Some("f".into()), Some(Reason::UnmappedValue)));
    assert_eq!(changed(&with, NOTE, "f"), (Some("unknown".into()), Some(Reason::UnmappedValue)));
    assert_eq!(changed(&Change::Case(Case::Lower), NOTE, "ŁÓDŹ@X"), (Some("łódź@x".into()), None));
    assert_eq!(changed(&Change::Case(Case::Upper), NOTE, "de"), (Some("DE".into()), None));
}

proptest! {
    #[test]
    fn no_function_loses_a_text_without_a_word_or_is_stopped_by_one(text in "\\PC{1,30}|[+0-9 ().x/-]{1,20}") {
        let texts = BTreeMap::from([("F".to_owned(), "female".to_owned())]);
        for change in [
            date("%d/%m/%Y"),
            Change::Epoch(Unit::Ms),
            Change::Map { texts, default: Some("unknown".into()) },
            phone_of("PL"),
            phone_of("US"),
        ] {
            let (sent, told) = changed(&change, NOTE, &text);
            prop_assert!(sent.is_some());
            let read = match &change {
                Change::Date(form) => form.date(&text).is_some(),
                Change::Epoch(unit) => unit.moment(&text).is_some(),
                Change::Map { texts, .. } => texts.contains_key(&text),
                Change::Phone(region) => region.e164(&text).is_ok_and(|number| number.extension.is_none()),
                Change::Case(_) => true,
            };
            prop_assert_eq!(told.is_none(), read, "{:?} {}", change, text);
            let (_, told) = changed(&change, BIRTHDATE, &text);
            prop_assert_eq!(told.is_none(), read, "{:?} {}", change, text);
        }
    }

    #[test]
    fn no_function_moves_a_date(
        year in 1000_i32..10_000, month in 1_u32..13, day in 1_u32..29, second in 0_i64..86_400,
        zone in prop::sample::select(vec!["+0000", "-0800", "+1400"]),
    ) {
        let expected = format!("{year:04}-{month:02}-{day:02}");
        let text = format!("{day}/{month}/{year} 23:30 {zone}");
        prop_assert_eq!(changed(&date("%d/%m/%Y %H:%M %z"), BIRTHDATE, &text).0, Some(expected.clone()));
        let midnight = chrono::NaiveDate::from_ymd_opt(year, month, day).unwrap().and_hms_opt(0, 0, 0).unwrap();
        let count = (midnight.and_utc().timestamp() + second).to_string();
        prop_assert_eq!(changed(&Change::Epoch(Unit::S), BIRTHDATE, &count).0, Some(expected));
    }
}
