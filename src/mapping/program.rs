//! A source made ready: gives the text of a field from what was found on a line.

use std::borrow::Cow;

use chrono::DateTime;
use serde::{Deserialize, Serialize};

use super::{
    birthdate,
    change::Change,
    fields::{Target, as_it_is, invalid_birthdate, scalar, text, trimmed, whole_text, wrong_type},
    found::{ExternalId, Found},
};
use crate::{
    customer::Field,
    findings::{Finding, Reason},
    json::{Text, Written},
};

/// Which external id becomes `source_id` where a profile has several of the type.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum, strum::IntoStaticStr)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum IdentifierChoice {
    /// The first in the API's order
    #[default]
    First,
    /// The one that was made last
    Newest,
    /// The one that was made first
    Oldest,
}

impl IdentifierChoice {
    /// Whether nothing else was chosen.
    #[must_use]
    pub fn is_first(&self) -> bool {
        *self == Self::First
    }

    /// The word for it on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Where the text of a field comes from.
#[derive(Debug, Clone)]
pub(super) enum Program {
    /// The value in a slot.
    Slot {
        slot: usize,
        /// An object there has paths of its own below it, and is no wrong type.
        structure: bool,
    },
    /// Ids of a type, by its position among those that are looked for, and its name.
    ExternalId(usize, String),
    Join {
        parts: Vec<Vec<Program>>,
        separator: String,
    },
    Constant(String),
    Changed(Box<Program>, Change),
    Template {
        /// As it is written.
        text: String,
        /// Fixed texts and paths.
        pieces: Vec<Program>,
    },
}

/// What was found on a line, and how ids are chosen.
pub(super) type LineAndChoice<'f, 'a> = (&'f Found<'a>, IdentifierChoice);

/// The text of the first source that has one. That a template lacks a value is told where no source has one.
pub(super) fn first<'a>(
    programs: &[Program],
    target: Target<'_>,
    evidence: LineAndChoice<'_, 'a>,
    findings: &mut Vec<Finding<'a>>,
) -> Option<Cow<'a, str>> {
    let mut lacking = None;
    let is_date = target == Target::Field(Field::Birthdate);
    for program in programs {
        // Nearly always there is nothing at a place, or a text of which nothing is to be said.
        if let Program::Slot { slot, .. } = program {
            match evidence.0.values[*slot] {
                None => continue,
                Some(value) => {
                    if let Some(text) = as_it_is(value).filter(|_| !is_date) {
                        return Some(text.into());
                    }
                }
            }
        }
        if let Some(text) = program.text(target, evidence, findings, &mut lacking) {
            return Some(text);
        }
    }
    findings.extend(lacking);
    None
}

impl Program {
    /// Tells every slot that it looks at.
    pub(super) fn slots(&self, tell: &mut dyn FnMut(usize)) {
        match self {
            Self::Slot { slot, .. } => tell(*slot),
            Self::Changed(inner, _) => inner.slots(tell),
            Self::Join { parts, .. } => parts.iter().flatten().for_each(|part| part.slots(tell)),
            Self::Template { pieces, .. } => pieces.iter().for_each(|piece| piece.slots(tell)),
            Self::ExternalId(..) | Self::Constant(_) => {}
        }
    }

    /// The text; of a birthdate the date that is meant.
    fn text<'a>(
        &self,
        target: Target<'_>,
        evidence: LineAndChoice<'_, 'a>,
        findings: &mut Vec<Finding<'a>>,
        lacking: &mut Option<Finding<'a>>,
    ) -> Option<Cow<'a, str>> {
        if target != Target::Field(Field::Birthdate) {
            return self.plain(target, evidence, findings, lacking);
        }
        if let Self::Slot { slot, .. } = self {
            return date_of(evidence.0.values[*slot]?, findings);
        }
        let text = self.plain(target, evidence, findings, lacking)?;
        date(text, findings)
    }

    fn plain<'a>(
        &self,
        target: Target<'_>,
        evidence: LineAndChoice<'_, 'a>,
        findings: &mut Vec<Finding<'a>>,
        lacking: &mut Option<Finding<'a>>,
    ) -> Option<Cow<'a, str>> {
        match self {
            Self::Slot { slot, structure } => text(evidence.0.values[*slot]?, target, *structure, findings),
            Self::ExternalId(position, kind) => external_id((*position, kind), target, evidence, findings),
            Self::Join { parts, separator } => {
                let part = |part: &Vec<Self>| {
                    part.iter().find_map(|program| program.plain(target, evidence, findings, lacking))
                };
                let texts: Vec<Cow<'a, str>> = parts.iter().filter_map(part).collect();
                (!texts.is_empty()).then(|| texts.join(separator).into())
            }
            Self::Constant(text) => Some(text.clone().into()),
            Self::Changed(inner, change) => {
                let text = match &**inner {
                    Self::Slot { slot, structure } => scalar(evidence.0.values[*slot]?, target, *structure, findings)?,
                    other => other.plain(target, evidence, findings, lacking)?,
                };
                change.apply(text, target, findings)
            }
            Self::Template { text, pieces } => filled((text, pieces), target, evidence, findings, lacking),
        }
    }
}

/// The text of a template all of whose values are there.
fn filled<'a>(
    (template, pieces): (&str, &[Program]),
    target: Target<'_>,
    evidence: LineAndChoice<'_, 'a>,
    findings: &mut Vec<Finding<'a>>,
    lacking: &mut Option<Finding<'a>>,
) -> Option<Cow<'a, str>> {
    let (mut text, mut value, mut whole) = (String::new(), None, true);
    for piece in pieces {
        match piece {
            Program::Constant(fixed) => text.push_str(fixed),
            path => match path.plain(target, evidence, findings, lacking) {
                Some(there) => {
                    text.push_str(&there);
                    value = Some(there);
                }
                None => whole = false,
            },
        }
    }
    if whole {
        return trimmed(text.into());
    }
    if let Some(value) = value {
        let message = format!("the template `{template}` lacks one of its values");
        *lacking = Some(Finding::new(Reason::IncompleteTemplate, target.name(), value, message));
    }
    None
}

/// The external id of a type that is chosen; tells of others where it becomes the customer's identity.
fn external_id<'a>(
    (position, kind): (usize, &str),
    target: Target<'_>,
    (found, choice): LineAndChoice<'_, 'a>,
    findings: &mut Vec<Finding<'a>>,
) -> Option<Cow<'a, str>> {
    let ids = found.external_ids.iter().filter(|id| id.kind == position);
    let mut texts = ids.filter_map(|id| text(id.id, target, false, findings).map(|text| (text, id)));
    let first = texts.next()?;
    // Nearly everybody has one.
    let Some(second) = texts.next() else { return Some(first.0) };
    let mut all = vec![first, second];
    all.extend(texts);
    if all.iter().all(|(text, _)| *text == all[0].0) {
        return all.into_iter().next().map(|(text, _)| text);
    }
    let (chosen, how) = chosen(&all, choice);
    let chosen = all[chosen].0.clone();
    if target == Target::Field(Field::SourceId) {
        let mut others: Vec<&str> = all.iter().map(|(text, _)| &**text).filter(|text| *text != chosen).collect();
        others.dedup();
        let message = format!("{how} of several `{kind}`; the others: {}", others.join(", "));
        findings.push(Finding::new(Reason::MultipleIdentifiers, target.name(), chosen.clone(), message));
    }
    Some(chosen)
}

/// Which of several ids is taken, and how that is called.
fn chosen(ids: &[(Cow<'_, str>, &ExternalId<'_>)], choice: IdentifierChoice) -> (usize, &'static str) {
    let moment = |id: &ExternalId<'_>| {
        let text = Text::of(id.created_at?)?.text;
        DateTime::parse_from_rfc3339(text.trim()).ok()
    };
    let moments: Option<Vec<_>> = ids.iter().map(|(_, id)| moment(id)).collect();
    let by = |better: fn(std::cmp::Ordering) -> bool, moments: &[DateTime<_>]| {
        (1..moments.len()).fold(0, |best, at| if better(moments[at].cmp(&moments[best])) { at } else { best })
    };
    match (choice, moments) {
        (IdentifierChoice::First, _) => (0, "the first"),
        (_, None) => (0, "the first, since not all of them say when they were made,"),
        (IdentifierChoice::Newest, Some(moments)) => (by(std::cmp::Ordering::is_gt, &moments), "the newest"),
        (IdentifierChoice::Oldest, Some(moments)) => (by(std::cmp::Ordering::is_lt, &moments), "the oldest"),
    }
}

/// A date as text; a number is none, since nobody knows what it counts.
fn date_of<'a>(value: Written<'a>, findings: &mut Vec<Finding<'a>>) -> Option<Cow<'a, str>> {
    let json = value.json;
    match json.as_bytes().first()? {
        b'n' => None,
        b'"' => date(trimmed(whole_text(value, || Field::Birthdate.name().into(), findings)?)?, findings),
        b'{' | b'[' => {
            findings.push(wrong_type(Field::Birthdate.name(), json, "a date"));
            None
        }
        _ => {
            findings.push(invalid_birthdate(json.into(), NO_DATE));
            None
        }
    }
}

/// What is wrong with a birthdate of no form that is known.
const NO_DATE: &str = "no date whose day is plain as it is written, such as `YYYY-MM-DD`, or none of the calendar";

/// The date that a text means.
pub(super) fn date<'a>(text: Cow<'a, str>, findings: &mut Vec<Finding<'a>>) -> Option<Cow<'a, str>> {
    let date = match &text {
        Cow::Borrowed(text) => birthdate::parse(text),
        Cow::Owned(text) => birthdate::parse(text).map(|date| Cow::Owned(date.into_owned())),
    };
    if date.is_none() {
        findings.push(invalid_birthdate(text, NO_DATE));
    }
    date
}
