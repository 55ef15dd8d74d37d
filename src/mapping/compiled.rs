//! A definition made ready for many lines: every path is a slot of one tree, every source a small program.

use std::borrow::Cow;

use super::{
    MappingOptions,
    definition::{Definition, Path, Piece, Source, Test},
    extract::Tree,
    fields::{Target, is_one_of_the_items, scalar, trimmed},
    found::{Collection, Found},
    program::{self, IdentifierChoice, Program},
};
use crate::{customer::Field, findings::Finding, json::Written};

/// Slot of the profile's id.
pub(super) const SEGMENT_ID: usize = 0;
/// Slot of all traits.
pub(super) const TRAITS: usize = 1;
/// Slot of all external ids.
pub(super) const EXTERNAL_IDS: usize = 2;

/// Path of the email that Segment knows.
const EMAIL: [&str; 2] = ["traits", "email"];

/// Stands in paths for the identifier's type.
const IDENTIFIER: &str = "{identifier}";

/// All fields of a mapping.
#[derive(Debug)]
pub(super) struct Compiled {
    pub(super) tree: Tree,
    pub(super) slots: usize,
    pub(super) metadata_object: Option<usize>,
    /// Its members are collected in the walk over the line.
    pub(super) collects_object: bool,
    /// Metadata is nothing but that object, as far as the mapping goes.
    pub(super) only_copies: bool,
    /// Keys of metadata that have sources of their own.
    pub(super) metadata_fields: Vec<(String, Vec<Program>)>,
    /// The trait `email`, where something is made of it.
    pub(super) email: Option<usize>,
    fields: Vec<(Field, Vec<Program>)>,
    skip: Vec<(Program, Test)>,
    choice: IdentifierChoice,
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
    pub(super) fn new(definition: &Definition, options: &MappingOptions) -> Self {
        let mut slots = Slots { tree: Tree::default(), paths: Vec::new(), id_types: Vec::new() };
        for member in ["segment_id", "traits", "external_ids"] {
            slots.of(&[member.into()]);
        }
        let metadata = &definition.metadata;
        let own = || metadata.fields.iter().map(|(key, sources)| (key, &sources.0));
        let all = definition.fields.iter().map(|(_, sources)| sources).chain(own().map(|(_, sources)| sources));
        all.for_each(|sources| give_slots(sources, &mut slots));
        let skip: Vec<Source> = definition.skip.iter().map(|rule| Source::Path(rule.path.clone())).collect();
        give_slots(&skip, &mut slots);
        let metadata_object = metadata.object.as_ref().map(|Path(path)| slots.of(path));
        let mut program = |sources: &[Source]| compile(sources, &mut slots, &options.identifier);
        let fields = definition.fields.iter().map(|(field, sources)| (*field, program(sources))).collect();
        let metadata_fields = own().map(|(key, sources)| (key.clone(), program(sources))).collect();
        let skip = program(&skip).into_iter().zip(definition.skip.iter().map(|rule| rule.test.clone())).collect();
        slots.tree.add_external_ids(&["external_ids".into()], slots.id_types);
        if !metadata.include.is_empty() {
            slots.tree.add_every(&["traits".into()], Collection::Chosen);
        }
        let object = metadata.object.as_ref();
        let collects_object = object.is_some_and(|Path(path)| slots.tree.add_every(path, Collection::Copied));
        slots.tree.count_unmapped(&["traits".into()]);
        slots.tree.give_courses();
        Self {
            slots: slots.paths.len(),
            email: slots.paths.iter().position(|path| path == &EMAIL),
            tree: slots.tree,
            metadata_object,
            collects_object,
            only_copies: collects_object && metadata.only_copies(),
            metadata_fields,
            fields,
            skip,
            choice: options.identifier_choice,
        }
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
                None => program::first(programs, Target::Field(*field), (found, self.choice), findings),
            };
        }
        texts
    }

    /// How ids are chosen where there are several.
    pub(super) fn choice(&self) -> IdentifierChoice {
        self.choice
    }

    /// The rule that skips the profile, counted from 1 in the order of the file.
    pub(super) fn skipped_by(&self, found: &Found<'_>) -> Option<usize> {
        let passes = |(program, test): &(Program, Test)| match (program, test) {
            (Program::Slot { slot, .. }, test) => passes(found.values[*slot], test),
            (Program::ExternalId(kind, _), Test::Exists(wanted)) => {
                found.external_ids.iter().any(|id| id.kind == *kind) == *wanted
            }
            (Program::ExternalId(kind, _), test) => {
                found.external_ids.iter().any(|id| id.kind == *kind && passes(Some(id.id), test))
            }
            _ => false,
        };
        self.skip.iter().position(passes).map(|position| position + 1)
    }
}

/// The text of a value; what is odd about it is no matter here.
fn one_text(value: Written<'_>) -> Option<Cow<'_, str>> {
    scalar(value, Target::Metadata(""), true, &mut Vec::new())
}

/// Whether a value passes a test; of a list, whether one of its items does.
fn passes(value: Option<Written<'_>>, test: &Test) -> bool {
    // What is odd about the value is no matter here.
    let holds = |test: &dyn Fn(&str) -> bool| match value {
        Some(value) if value.json.starts_with('[') => {
            is_one_of_the_items(value.json, |item| one_text(item).is_some_and(|text| test(&text)))
        }
        Some(value) if value.json.starts_with('{') => false,
        Some(value) => one_text(value).is_some_and(|text| test(&text)),
        None => false,
    };
    match test {
        Test::Among(texts) => holds(&|text| texts.iter().any(|wanted| wanted == text)),
        Test::Matches(pattern) => holds(&|text| pattern.matches(text)),
        Test::Exists(wanted) => {
            let exists = value.is_some_and(|value| value.json.starts_with(['{', '[']) || one_text(value).is_some());
            exists == *wanted
        }
    }
}

/// A person's value passes the same checks.
fn corrected_text<'a>(field: Field, value: String, findings: &mut Vec<Finding<'a>>) -> Option<Cow<'a, str>> {
    let value = trimmed(Cow::Owned(value))?;
    if field == Field::Birthdate { program::date(value, findings) } else { Some(value) }
}

fn give_slots(sources: &[Source], slots: &mut Slots) {
    for source in sources {
        match source {
            Source::Path(Path(path)) | Source::Changed(Path(path), _) if path[0] != "external_ids" => {
                slots.of(path);
            }
            Source::Join { parts, .. } => parts.iter().for_each(|part| give_slots(part, slots)),
            Source::Template(template) => {
                let paths = template.pieces.iter().filter_map(|piece| match piece {
                    Piece::Path(path) => Some(Source::Path(path.clone())),
                    Piece::Fixed(_) => None,
                });
                give_slots(&paths.collect::<Vec<_>>(), slots);
            }
            Source::Path(_) | Source::Changed(..) | Source::Constant(_) => {}
        }
    }
}

/// Comes after all slots are given, so that it is known what has paths below it.
fn compile(sources: &[Source], slots: &mut Slots, identifier: &str) -> Vec<Program> {
    let at = |path: &Path, slots: &mut Slots| match path.0.as_slice() {
        [first, kind] if first == "external_ids" => {
            let kind = kind.replace(IDENTIFIER, identifier);
            Program::ExternalId(slots.of_id_type(&kind), kind)
        }
        path => Program::Slot { slot: slots.of(path), structure: slots.tree.has_below(path) },
    };
    let one = |source: &Source| match source {
        Source::Path(path) => at(path, slots),
        Source::Changed(path, change) => Program::Changed(Box::new(at(path, slots)), change.clone()),
        Source::Join { parts, separator } => Program::Join {
            parts: parts.iter().map(|part| compile(part, slots, identifier)).collect(),
            separator: separator.clone(),
        },
        Source::Template(template) => {
            let piece = |piece: &Piece| match piece {
                Piece::Fixed(text) => Program::Constant(text.clone()),
                Piece::Path(path) => at(path, slots),
            };
            Program::Template { text: template.text.clone(), pieces: template.pieces.iter().map(piece).collect() }
        }
        Source::Constant(text) => Program::Constant(text.clone()),
    };
    sources.iter().map(one).collect()
}
