//! Numbers compared by their digits: none passes through a float, and `1e999` takes no more memory than its text.

use std::cmp::Ordering;

/// A decimal number in its text: sign, significant digits, and where the point stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Decimal<'a> {
    negative: bool,
    /// Digits before the point, without leading zeros of the whole number.
    whole: &'a str,
    /// Digits after the point.
    fraction: &'a str,
    /// Power of ten of the first significant digit; meaningless for zero.
    magnitude: i64,
}

/// Which of two numbers is greater; `None` where a text is no JSON number.
pub(in crate::mapping) fn compare(left: &str, right: &str) -> Option<Ordering> {
    let (left, right) = (Decimal::parse(left)?, Decimal::parse(right)?);
    Some(match (left.sign(), right.sign()) {
        (0, 0) => Ordering::Equal,
        (left_sign, right_sign) if left_sign != right_sign => left_sign.cmp(&right_sign),
        (sign, _) => {
            let absolute = left.magnitude.cmp(&right.magnitude).then_with(|| left.digits().cmp(right.digits()));
            if sign < 0 { absolute.reverse() } else { absolute }
        }
    })
}

/// Whether a text is a number as JSON writes it.
pub(super) fn is_number(text: &str) -> bool {
    Decimal::parse(text).is_some()
}

impl<'a> Decimal<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (negative, unsigned) = text.strip_prefix('-').map_or((false, text), |unsigned| (true, unsigned));
        let (digits, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((digits, exponent)) => (digits, parse_exponent(exponent)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = match digits.split_once('.') {
            Some((whole, fraction)) if all_digits(fraction) => (whole, fraction),
            Some(_) => return None,
            None => (digits, ""),
        };
        if !all_digits(whole) || (whole.len() > 1 && whole.starts_with('0')) {
            return None;
        }
        let whole = whole.trim_start_matches('0');
        let zeros = if whole.is_empty() { fraction.len() - fraction.trim_start_matches('0').len() } else { 0 };
        let magnitude = exponent.saturating_add(signed(whole.len())).saturating_sub(signed(zeros));
        Some(Self { negative, whole, fraction, magnitude })
    }

    /// -1, 0 or 1.
    fn sign(&self) -> i8 {
        match (self.digits().next(), self.negative) {
            (None, _) => 0,
            (_, true) => -1,
            (_, false) => 1,
        }
    }

    /// Significant digits, from the first that is not zero to the last that is not zero.
    fn digits(&self) -> impl Iterator<Item = u8> {
        let fraction = self.fraction.trim_end_matches('0');
        let whole = if fraction.is_empty() { self.whole.trim_end_matches('0') } else { self.whole };
        whole.bytes().chain(fraction.bytes()).skip_while(|digit| *digit == b'0')
    }
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// An exponent; one that is too large for 64 bits counts as the largest.
fn parse_exponent(text: &str) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let size = all_digits(digits).then(|| digits.parse().unwrap_or(i64::MAX))?;
    Some(if negative { -size } else { size })
}

fn signed(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_compared_by_their_digits() {
        for (left, right, expected) in [
            ("0", "-0.00e7", Ordering::Equal),
            ("1", "1.0", Ordering::Equal),
            ("100", "1e2", Ordering::Equal),
            ("0.001", "1E-3", Ordering::Equal),
            ("-1", "1", Ordering::Less),
            ("0", "1e-999", Ordering::Less),
            ("-1", "0", Ordering::Less),
            ("-2", "-1", Ordering::Less),
            ("9", "10", Ordering::Less),
            ("1.05", "1.5", Ordering::Less),
            ("0.05", "0.5", Ordering::Less),
            ("1e999", "1e998", Ordering::Greater),
            ("1e99999999999999999999", "1", Ordering::Greater),
            ("1e-99999999999999999999", "1", Ordering::Less),
            ("1234567890123456789012345678901234567891", "1234567890123456789012345678901234567890", Ordering::Greater),
        ] {
            assert_eq!(compare(left, right), Some(expected), "{left} {right}");
            assert_eq!(compare(right, left), Some(expected.reverse()), "{right} {left}");
        }
    }

    #[test]
    fn only_numbers_of_json_are_numbers() {
        for text in ["", "-", "+1", "01", "1.", ".5", "1e", "1e+", "0x1", "1,5", " 1", "NaN", "१"] {
            assert!(!is_number(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn whole_numbers_compare_as_integers(left: i64, right: i64) {
            prop_assert_eq!(compare(&left.to_string(), &right.to_string()), Some(left.cmp(&right)));
        }

        #[test]
        fn no_text_stops_it(text in "[-+0-9.eE]{0,12}") {
            let json = serde_json::from_str::<serde_json::Number>(&text).is_ok();
            prop_assert_eq!(is_number(&text), json, "{}", text);
        }
    }
}
