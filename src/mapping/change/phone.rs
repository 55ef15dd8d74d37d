//! Phone numbers as E.164, by Google's rules. What the rules would silently make another number of is refused before.

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberFormat};
use serde::Deserialize;

/// The country of numbers that name none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(in crate::mapping) struct Region(rlibphonenumber::Region);

impl TryFrom<String> for Region {
    type Error = String;

    fn try_from(code: String) -> Result<Self, String> {
        let region = code.parse::<rlibphonenumber::Region>().ok();
        let known = region.filter(|region| PHONE_NUMBER_UTIL.get_country_code_for_region(*region).is_some());
        known.map(Self).ok_or_else(|| format!("`{code}` is no country: two capital letters, such as `PL` or `DE`"))
    }
}

/// A number in E.164.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Number {
    pub(super) text: String,
    /// What had no place in it.
    pub(super) extension: Option<String>,
}

impl Region {
    /// The number that a text means.
    ///
    /// # Errors
    /// Why it is not plain which number that is.
    pub(super) fn e164(self, text: &str) -> Result<Number, &'static str> {
        if let Some(objection) = objection(text) {
            return Err(objection);
        }
        let valid = |text: &str| PHONE_NUMBER_UTIL.parse(text, Some(self.0)).ok().filter(PhoneNumber::is_valid);
        let number = valid(text).ok_or("it is no valid number of that country or any that it names")?;
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let code = PHONE_NUMBER_UTIL.get_country_code_for_region(self.0).unwrap_or_default().to_string();
        if !text.contains('+') && digits.starts_with(&code) {
            let abroad = valid(&format!("+{digits}"));
            if abroad.is_some_and(|abroad| written(&abroad) != written(&number)) {
                return Err("it may begin with the country's code, or be a number inside the country");
            }
        }
        Ok(Number { text: written(&number), extension: number.extension.clone().filter(|text| !text.is_empty()) })
    }
}

fn written(number: &PhoneNumber) -> String {
    number.format_as(PhoneNumberFormat::E164).into_owned()
}

/// What is read as a number by the rules, and hardly meant as that.
fn objection(text: &str) -> Option<&'static str> {
    let lower = text.to_lowercase();
    let bare = lower.strip_prefix("tel:").unwrap_or(&lower).replace("ext", "").replacen('x', "", 1);
    if bare.chars().any(char::is_alphabetic) {
        return Some("it holds letters");
    }
    let end: Vec<char> = text.trim_end().chars().rev().take(3).collect();
    if matches!(end[..], [last, '.', before] if last.is_ascii_digit() && before.is_ascii_digit()) {
        return Some("it is a decimal number");
    }
    if text.contains(['/', ',', ';']) || text.matches('+').count() > 1 {
        return Some("it may be several numbers");
    }
    if is_like_a_date(text) {
        return Some("it looks like a date");
    }
    None
}

/// `1990-02-28`, `28.02.1990` and the like.
fn is_like_a_date(text: &str) -> bool {
    let groups: Vec<&str> = text.trim().split(['-', '.', ' ']).collect();
    let all_digits = groups.iter().all(|group| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit()));
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    all_digits && matches!(lengths[..], [4, 1 | 2, 1 | 2] | [1 | 2, 1 | 2, 4])
}
