//! What a source may do to the text that it takes: read it as a date or a moment, look it up, change its case, write it
//! as a phone number. Each is pure, and has a finding for what it cannot do; only a birthdate is then not sent.

mod date;
mod phone;

use std::{borrow::Cow, collections::BTreeMap};

use serde::Deserialize;

pub(super) use self::{
    date::{DateForm, Unit},
    phone::Region,
};
use super::fields::{Target, invalid_birthdate};
use crate::{
    customer::Field,
    findings::{Finding, Reason, Severity},
};

/// What is done to a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// It is a date of this form.
    Date(DateForm),
    /// It counts from the first of January 1970.
    Epoch(Unit),
    /// It stands for another text.
    Map {
        /// By the text as it is written.
        texts: BTreeMap<String, String>,
        /// For every text that is not there.
        default: Option<String>,
    },
    /// All its letters become small or capital.
    Case(Case),
    /// It is a phone number, of this country where it names none.
    Phone(Region),
}

/// Small letters or capitals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Case {
    /// Small letters.
    Lower,
    /// Capitals.
    Upper,
}

impl Change {
    /// The changed text. What cannot be changed is told and kept as it is, but for a birthdate, which has one form.
    pub(super) fn apply<'a>(
        &self,
        text: Cow<'a, str>,
        target: Target<'_>,
        findings: &mut Vec<Finding<'a>>,
    ) -> Option<Cow<'a, str>> {
        let is_birthdate = target == Target::Field(Field::Birthdate);
        match self {
            Self::Date(form) => match form.date(&text) {
                Some(date) => Some(date.into()),
                None => unreadable(text, &format!("no date of the form `{form}`"), target, findings),
            },
            Self::Epoch(unit) => match unit.moment(&text) {
                Some(moment) if is_birthdate => Some(date::day(moment).into()),
                Some(moment) => Some(date::written(moment).into()),
                None => unreadable(text, &format!("no number of {} since 1970", unit.in_words()), target, findings),
            },
            Self::Map { texts, default } => Some(mapped(text, texts, default.as_deref(), target, findings)),
            Self::Case(Case::Lower) => Some(text.to_lowercase().into()),
            Self::Case(Case::Upper) => Some(text.to_uppercase().into()),
            Self::Phone(region) => Some(phone(text, *region, target, findings)),
        }
    }
}

fn unreadable<'a>(
    text: Cow<'a, str>,
    why: &str,
    target: Target<'_>,
    findings: &mut Vec<Finding<'a>>,
) -> Option<Cow<'a, str>> {
    if target == Target::Field(Field::Birthdate) {
        findings.push(invalid_birthdate(text, why));
        return None;
    }
    let message = format!("{why}; it is sent as it is");
    findings.push(Finding::new(Reason::UnreadableValue, target.name(), text.clone(), message));
    Some(text)
}

fn mapped<'a>(
    text: Cow<'a, str>,
    texts: &BTreeMap<String, String>,
    default: Option<&str>,
    target: Target<'_>,
    findings: &mut Vec<Finding<'a>>,
) -> Cow<'a, str> {
    if let Some(other) = texts.get(&*text) {
        return other.clone().into();
    }
    let (severity, message) = match default {
        Some(default) => {
            (Severity::Converted, format!("the mapping has no value for it; the default `{default}` is sent"))
        }
        None => (Severity::Kept, "the mapping has no value for it; it is sent as it is".to_owned()),
    };
    let finding = Finding::new(Reason::UnmappedValue, target.name(), text.clone(), message);
    findings.push(Finding { severity, ..finding });
    default.map_or(text, |default| default.to_owned().into())
}

fn phone<'a>(text: Cow<'a, str>, region: Region, target: Target<'_>, findings: &mut Vec<Finding<'a>>) -> Cow<'a, str> {
    match region.e164(&text) {
        Ok(number) => {
            if let Some(extension) = number.extension {
                let message = format!("the extension `{extension}` has no place in E.164 and is left out");
                let finding = Finding::new(Reason::DoubtfulPhone, target.name(), text, message);
                findings.push(Finding { severity: Severity::Converted, ..finding });
            }
            number.text.into()
        }
        Err(why) => {
            let message = format!("{why}; it is sent as it is");
            findings.push(Finding::new(Reason::DoubtfulPhone, target.name(), text.clone(), message));
            text
        }
    }
}

#[cfg(test)]
mod tests;
