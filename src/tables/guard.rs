//! Which texts a spreadsheet program makes something else of when it opens a CSV: a formula that it runs, or a number,
//! date, boolean or error that it writes back differently. Better one text too many than one too few: a guarded cell
//! only looks odd, and is read back as it was.

use super::words::{BOOLEANS, MONTHS, UNITS};

/// What makes a formula of a cell; the wide forms do so in East Asian editions.
const RUNS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// Characters of numbers, dates, times, amounts and fractions, in any country.
const NUMERIC: &str = ".,-/:+%()'’−–年月日时時分秒년월일";

/// What a byte says of the text that it is in.
const CLASSES: [u8; 256] = classes();
/// A digit, or the begin of a character that may be one: the text may be a number.
const MAYBE_NUMBER: u8 = 1;
/// In no number, date, time or amount.
const NEVER_IN_NUMBERS: u8 = 1 << 1;
/// In no word.
const NEVER_IN_WORDS: u8 = 1 << 2;
/// At the begin of a text it may be what makes a formula or an error, or has to be passed over first.
const DOUBTFUL_BEGIN: u8 = 1 << 3;
/// Splits cells or lines, or stands around cells.
pub(super) const SPLITS: u8 = 1 << 4;
/// Splits cells for spreadsheet programs only.
pub(super) const SPLITS_SHEETS: u8 = 1 << 5;

const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut byte = 0_u8;
    loop {
        let blank = matches!(byte, b'\t'..=b'\r' | b' ');
        let numeric = matches!(byte, b'.' | b',' | b'-' | b'/' | b':' | b'+' | b'%' | b'(' | b')' | b'\'' | b'$');
        let mut class = 0;
        if !byte.is_ascii() {
            class |= DOUBTFUL_BEGIN;
            // Nothing from U+00C0 to U+037F counts: the letters of Latin and its marks.
            if matches!(byte, b'\xc2' | b'\xce'..) {
                class |= MAYBE_NUMBER;
            }
        } else if byte.is_ascii_digit() {
            class |= MAYBE_NUMBER | NEVER_IN_WORDS;
        } else if !byte.is_ascii_alphabetic() && !blank {
            class |= NEVER_IN_WORDS;
            if !numeric {
                class |= NEVER_IN_NUMBERS;
            }
        }
        if blank || matches!(byte, b'=' | b'+' | b'-' | b'@' | b'#' | b'\'') {
            class |= DOUBTFUL_BEGIN;
        }
        if matches!(byte, b',' | b'"' | b'\r' | b'\n') {
            class |= SPLITS;
        }
        if matches!(byte, b';' | b'\t') {
            class |= SPLITS_SHEETS;
        }
        classes[byte as usize] = class;
        if byte == u8::MAX {
            return classes;
        }
        byte += 1;
    }
}

/// What the bytes of a text say of it, all together.
pub(super) fn classes_of(text: &str) -> u8 {
    text.bytes().fold(0, |classes, byte| classes | CLASSES[usize::from(byte)])
}

/// Whether a spreadsheet program makes something else of a text.
pub(super) fn is_rewritten(text: &str) -> bool {
    is_rewritten_of(text, classes_of(text))
}

/// The same, where it is known what its bytes say.
pub(super) fn is_rewritten_of(text: &str, classes: u8) -> bool {
    let Some(begin) = text.bytes().next().map(|byte| CLASSES[usize::from(byte)]) else { return false };
    let no_number = classes & NEVER_IN_NUMBERS != 0 || classes & MAYBE_NUMBER == 0;
    // Most texts are told by their bytes.
    if begin & DOUBTFUL_BEGIN == 0 && no_number && classes & NEVER_IN_WORDS != 0 {
        return false;
    }
    let trimmed = text.trim();
    text.starts_with(['\t', '\r'])
        || trimmed.starts_with(RUNS)
        || is_word_of_theirs(trimmed)
        || !no_number && !is_whole_number(text) && is_number_like(trimmed)
}

/// Whole numbers come back as they are, up to the 15 digits that spreadsheets keep.
fn is_whole_number(text: &str) -> bool {
    text.len() <= 15 && text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'))
}

/// Whether a text has digits and nothing beside them but what numbers, dates, times and amounts have: `007`, `1e5`, `(5)`,
/// `$5`, `5 PM`, `May-22`, `1990-02-28T10:11:12Z`, and ids of more digits than spreadsheets keep.
fn is_number_like(text: &str) -> bool {
    let mut rest = text;
    let mut digits = false;
    while let Some(first) = rest.chars().next() {
        let is_letter = first.is_ascii_alphabetic();
        let length = if !is_letter && (NUMERIC.contains(first) || first.is_whitespace() || is_currency(first)) {
            first.len_utf8()
        } else if first.is_numeric() {
            digits = true;
            first.len_utf8()
        } else if is_letter || first.is_alphabetic() {
            let ascii = rest.bytes().position(|byte| !byte.is_ascii_alphabetic()).unwrap_or(rest.len());
            let more = || rest.find(|character: char| !character.is_alphabetic()).unwrap_or(rest.len());
            let run = if rest.as_bytes().get(ascii).is_none_or(u8::is_ascii) { ascii } else { more() };
            if !is_unit(&rest[..run], &text[..text.len() - rest.len()], &rest[run..]) {
                return false;
            }
            run
        } else {
            return false;
        };
        rest = &rest[length..];
    }
    digits
}

/// Whether a run of letters stands in numbers, dates, times or amounts, given what is before and after it.
fn is_unit(letters: &str, before: &str, after: &str) -> bool {
    // `5 a` is five in the morning, `5a` a house.
    let half_day = |letters: &[u8]| matches!(letters, b"a" | b"p") && before.ends_with(char::is_whitespace);
    // `R$`, `US$`
    let amount = letters.len() <= 3 && after.starts_with('$');
    // No word of theirs is longer.
    if letters.len() > 16 {
        return false;
    }
    if amount {
        return true;
    }
    let (mut ascii, other);
    let lower = if letters.is_ascii() {
        ascii = [0; 16];
        let ascii = &mut ascii[..letters.len()];
        ascii.copy_from_slice(letters.as_bytes());
        ascii.make_ascii_lowercase();
        &*ascii
    } else {
        other = letters.to_lowercase();
        other.as_bytes()
    };
    let is_unit = lower.len() <= LONGEST_UNIT
        && may_begin(&UNIT_PAIRS, lower)
        && (half_day(lower) || UNITS.iter().any(|unit| unit.as_bytes() == lower));
    is_unit
        || lower.len() >= 3
            && may_begin(&MONTH_PAIRS, lower)
            && MONTHS.iter().any(|name| name.as_bytes().starts_with(lower))
}

/// Bytes of the longest unit.
const LONGEST_UNIT: usize = 3;

/// Which letters come second after which first ones in some words.
type Pairs = [u32; 32];

const UNIT_PAIRS: Pairs = pairs(&UNITS);
const MONTH_PAIRS: Pairs = pairs(&MONTHS);
const BOOLEAN_PAIRS: Pairs = pairs(&BOOLEANS);

const fn pairs(words: &[&str]) -> Pairs {
    let (mut pairs, mut at) = ([0; 32], 0);
    while at < words.len() {
        let word = words[at].as_bytes();
        if word.len() > 1 && word[1].is_ascii() {
            pairs[pair(word[0])] |= 1 << pair(word[1]);
        }
        at += 1;
    }
    pairs
}

/// Whether one of the words may begin as these letters do: there are many words, and two letters tell nearly all.
fn may_begin(pairs: &Pairs, letters: &[u8]) -> bool {
    match letters {
        [first, second, ..] if first.is_ascii() && second.is_ascii() => pairs[pair(*first)] & 1 << pair(*second) != 0,
        _ => true,
    }
}

/// The number of an ASCII letter, large or small.
const fn pair(letter: u8) -> usize {
    (letter & 31) as usize
}

fn is_currency(character: char) -> bool {
    matches!(character, '$' | '¢'..='¥' | '\u{20a0}'..='\u{20cf}' | '＄' | '￠' | '￡' | '￥' | '￦' | '﷼' | '฿')
}

/// Booleans, and errors such as `#N/A`: a program that reads one writes its own language's word back.
fn is_word_of_theirs(text: &str) -> bool {
    let is_error = |name: &str| {
        name.contains(|character: char| character.is_ascii_uppercase())
            && name.chars().all(|character| character.is_ascii_uppercase() || "0123456789/!?_".contains(character))
    };
    // The longest boolean has 10 letters of at most two bytes.
    text.strip_prefix('#').is_some_and(is_error)
        || text.len() <= 20
            && may_begin(&BOOLEAN_PAIRS, text.as_bytes())
            && text.bytes().all(|byte| !byte.is_ascii() || byte.is_ascii_alphabetic())
            && if text.is_ascii() {
                BOOLEANS.iter().any(|word| word.eq_ignore_ascii_case(text))
            } else {
                BOOLEANS.contains(&text.to_lowercase().as_str())
            }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_spreadsheets_rewrite_is_guarded() {
        for text in [
            "=1+1",
            "+49 30 1",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "\r",
            " =1",
            "＝1",
            "007",
            "1e5",
            "1E+05",
            "3-4",
            "1.5",
            "1/2",
            "1 1/2",
            "(5)",
            "$5",
            "5 €",
            "£5.00",
            "R$ 5",
            "US$5",
            "5 kr",
            "EUR 5",
            "5%",
            "12:30",
            "5 PM",
            "5pm",
            "5 a",
            "10:00 p",
            "May-22",
            "22 May",
            "May 22, 1990",
            "Mär 22",
            "22. März 1990",
            "juin 2020",
            "3 maj",
            "Mon 5 May",
            "1990-02-30",
            "1990-02-28T10:11:12Z",
            "1990-02-28 10:11:12+00",
            "1,234",
            "1'234",
            "1 234",
            "true",
            "FALSE",
            "Wahr",
            "vrai",
            "fałsz",
            "#N/A",
            "#DIV/0!",
            "#NAME?",
            "#NV",
            "1234567890123456",
            "１２",
            "1990年2月28日",
            " 7",
            "7 ",
            ".5",
            "00",
            "0.0",
            "192.168.0.1",
        ] {
            assert!(is_rewritten(text), "{text}");
        }
    }

    #[test]
    fn what_spreadsheets_leave_alone_is_not_guarded() {
        for text in [
            "",
            "0",
            "7",
            "123456789012345",
            "use_1",
            "user-123",
            "3 Main Street",
            "12a",
            "5b",
            ".",
            "...",
            "May",
            "Mayfair 22",
            "(five)",
            "$",
            "a@b.c",
            "Zoë",
            "truely",
            "#1",
            "#hello",
            "# 5",
            "5e9f8f8f",
            "Ave 12",
            "u4 – Zoë",
            "No. 5",
            "e",
            "PM",
            "2 apples",
            "x=1",
            "{\"a\":1}",
            "1st",
        ] {
            assert!(!is_rewritten(text), "{text}");
        }
    }

    #[test]
    fn whatever_is_a_digit_may_be_a_number() {
        for character in ('\0'..=char::MAX).filter(|character| character.is_numeric()) {
            assert_ne!(classes_of(character.encode_utf8(&mut [0; 4])) & MAYBE_NUMBER, 0, "{character}");
        }
        assert_eq!(classes_of("Zoë Łukasiewicz") & MAYBE_NUMBER, 0);
    }

    proptest::proptest! {
        #[test]
        fn what_bytes_tell_is_what_the_whole_rule_says(
            text in "(Mai|May|mar|EUR|kr|R|#|true|sand|u|é|ł|年|Ⅳ|[0-9]{1,3}|[ \t.,:$€'=_@/-]){0,6}|\\PC{0,8}",
        ) {
            let trimmed = text.trim();
            let whole = text.starts_with(['\t', '\r'])
                || trimmed.starts_with(RUNS)
                || is_word_of_theirs(trimmed)
                || is_number_like(trimmed) && !is_whole_number(&text);
            proptest::prop_assert_eq!(is_rewritten(&text), whole);
        }
    }
}
