//! A definition made ready for many lines: every path is a slot of one tree, every source a small program.

use std::borrow::Cow;

use super::{
    Options, birthdate,
    definition::{Definition, Path, Source},
    extract::{Found, Tree},
    fields::{Target, text, trimmed, whole_text, wrong_type},
};
use crate::{
    customer::Field,
    findings::{Finding, Reason},
};

/// Slot of the profile's id.
pub(super) const SEGMENT_ID: usize = 0;
/// Slot of all traits.
pub(super) const TRAITS: usize = 1;
/// Slot of all external ids.
pub(super) const EXTERNAL_IDS: usize = 2;

/// Stands in paths for the identifier's type.
const IDENTIFIER: &str = "{identifier}";

/// Where the text of a field comes from.
#[derive(Debug, Clone)]
enum Program {
    Slot {
        slot: usize,
        /// An object there has paths of its own below it, and is no wrong type.
        structure: bool,
    },
    /// Ids of a type, by its position among those that are looked for.
    ExternalId(usize, String),
    Join {
        parts: Vec<Vec<Program>>,
        separator: String,
    },
    Constant(String),
}

/// All fields of a mapping.
#[derive(Debug)]
pub(super) struct Compiled {
    pub(super) tree: Tree,
    pub(super) slots: usize,
    pub(super) metadata_object: Option<usize>,
    fields: Vec<(Field, Vec<Program>)>,
}

/// Texts by field, as [`Field::ALL`] orders them.
pub(super) type Texts<'a> = [Option<Cow<'a, str>>; Field::ALL.len()];

/// Slots by path and positions by external id type, while they are given out.
struct Slots {
    tree: Tree,
    paths: Vec<Vec<String>>,
    id_types: Vec<String>,
}

impl Slots {
    fn of(&mut self, path: &[String]) -> usize {
        self.paths.iter().position(|known| known == path).unwrap_or_else(|| {
            self.tree.add(path, self.paths.len());
            self.paths.push(path.to_vec());
            self.paths.len() - 1
        })
    }

    fn of_id_type(&mut self, kind: &str) -> usize {
        self.id_types.iter().position(|known| known == kind).unwrap_or_else(|| {
            self.id_types.push(kind.to_owned());
            self.id_types.len() - 1
        })
    }
}

impl Compiled {
    pub(super) fn new(definition: &Definition, options: &Options) -> Self {
        let mut slots = Slots { tree: Tree::default(), paths: Vec::new(), id_types: Vec::new() };
        for member in ["segment_id", "traits", "external_ids"] {
            slots.of(&[member.into()]);
        }
        for (_, sources) in &definition.fields {
            give_slots(sources, &mut slots);
        }
        let metadata_object = definition.metadata.object.as_ref().map(|Path(path)| slots.of(path));
        let program = |sources: &Vec<Source>| compile(sources, &mut slots, &options.identifier);
        let mut programs: Vec<Vec<Program>> = Vec::new();
        programs.extend(definition.fields.iter().map(|(_, sources)| sources).map(program));
        let fields = definition.fields.iter().map(|(field, _)| *field).zip(programs).collect();
        if !definition.metadata.include.is_empty() {
            slots.tree.add_every(&["traits".into()]);
        }
        slots.tree.count_unmapped(&["traits".into()]);
        slots.tree.add_external_ids(&["external_ids".into()], slots.id_types);
        Self { slots: slots.paths.len(), tree: slots.tree, metadata_object, fields }
    }

    /// The texts of all fields; a corrected one is taken as it is, and its sources are not looked at.
    pub(super) fn texts<'a>(
        &self,
        found: &Found<'a>,
        corrected: impl Fn(&str) -> Option<String>,
        findings: &mut Vec<Finding<'a>>,
    ) -> Texts<'a> {
        let mut texts = Texts::default();
        for (field, programs) in &self.fields {
            texts[*field as usize] = match corrected(field.name()) {
                Some(value) => corrected_text(*field, value, findings),
                None => programs.iter().find_map(|program| program.text(*field, found, findings)),
            };
        }
        texts
    }
}

/// A person's value passes the same checks.
fn corrected_text<'a>(field: Field, value: String, findings: &mut Vec<Finding<'a>>) -> Option<Cow<'a, str>> {
    let value = trimmed(Cow::Owned(value))?;
    if field == Field::Birthdate { date(value, findings) } else { Some(value) }
}

fn give_slots(sources: &[Source], slots: &mut Slots) {
    for source in sources {
        match source {
            Source::Path(Path(path)) if path[0] != "external_ids" => drop(slots.of(path)),
            Source::Join { parts, .. } => parts.iter().for_each(|part| give_slots(part, slots)),
            Source::Path(_) | Source::Constant(_) => {}
        }
    }
}

/// Comes after all slots are given, so that it is known what has paths below it.
fn compile(sources: &[Source], slots: &mut Slots, identifier: &str) -> Vec<Program> {
    let one = |source: &Source| match source {
        Source::Path(Path(path)) if path[0] == "external_ids" => {
            let kind = path[1].replace(IDENTIFIER, identifier);
            Program::ExternalId(slots.of_id_type(&kind), kind)
        }
        Source::Path(Path(path)) => Program::Slot { slot: slots.of(path), structure: slots.tree.has_below(path) },
        Source::Join { parts, separator } => Program::Join {
            parts: parts.iter().map(|part| compile(part, slots, identifier)).collect(),
            separator: separator.clone(),
        },
        Source::Constant(text) => Program::Constant(text.clone()),
    };
    sources.iter().map(one).collect()
}

impl Program {
    fn text<'a>(&self, field: Field, found: &Found<'a>, findings: &mut Vec<Finding<'a>>) -> Option<Cow<'a, str>> {
        match self {
            Self::Slot { slot, structure } => {
                let json = found.values[*slot]?;
                if field == Field::Birthdate {
                    return date_of(json, findings);
                }
                text(json, Target::Field(field), *structure, findings)
            }
            Self::ExternalId(position, kind) => external_id((*position, kind), field, found, findings),
            Self::Join { parts, separator } => {
                let texts = parts
                    .iter()
                    .filter_map(|part| part.iter().find_map(|program| program.text(field, found, findings)));
                let texts: Vec<Cow<'a, str>> = texts.collect();
                (!texts.is_empty()).then(|| texts.join(separator).into())
            }
            Self::Constant(text) => Some(text.clone().into()),
        }
    }
}

/// The first external id of a type; tells of others where it becomes the customer's identity.
fn external_id<'a>(
    (position, kind): (usize, &str),
    field: Field,
    found: &Found<'a>,
    findings: &mut Vec<Finding<'a>>,
) -> Option<Cow<'a, str>> {
    let ids = found.external_ids.iter().filter(|(of, _)| *of == position);
    let mut texts = ids.filter_map(|(_, json)| text(json, Target::Field(field), false, findings));
    let first = texts.next()?;
    let others: Vec<_> = texts.filter(|other| *other != first).collect();
    if field == Field::SourceId && !others.is_empty() {
        let message = format!("the first of several `{kind}`; the others: {}", others.join(", "));
        findings.push(Finding::new(Reason::MultipleIdentifiers, field.name(), first.clone(), message));
    }
    Some(first)
}

/// A date as text; a number is none, since nobody knows what it counts.
fn date_of<'a>(json: &'a str, findings: &mut Vec<Finding<'a>>) -> Option<Cow<'a, str>> {
    match json.as_bytes().first()? {
        b'n' => None,
        b'"' => date(trimmed(whole_text(json, || Field::Birthdate.name().into(), findings)?)?, findings),
        b'{' | b'[' => {
            findings.push(wrong_type(Field::Birthdate.name(), json, "a date"));
            None
        }
        _ => {
            findings.push(invalid_birthdate(json.into()));
            None
        }
    }
}

fn date<'a>(text: Cow<'a, str>, findings: &mut Vec<Finding<'a>>) -> Option<Cow<'a, str>> {
    let date = match &text {
        Cow::Borrowed(text) => birthdate::parse(text),
        Cow::Owned(text) => birthdate::parse(text).map(|date| Cow::Owned(date.into_owned())),
    };
    if date.is_none() {
        findings.push(invalid_birthdate(text));
    }
    date
}

fn invalid_birthdate(value: Cow<'_, str>) -> Finding<'_> {
    let message = "no date whose day is plain as it is written, such as `YYYY-MM-DD`, or none of the calendar";
    Finding::new(Reason::InvalidBirthdate, Field::Birthdate.name(), value, message)
}
