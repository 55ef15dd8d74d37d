//! Finds the values at many JSON Pointers in one pass over a line, without building what nobody asked for.

use std::{collections::HashMap, fmt};

use serde::{
    Deserializer as _,
    de::{IgnoredAny, MapAccess, Visitor},
};

use super::{
    course::{At, Course},
    found::{Collection, Found, Meaning, Members, note_again},
    ids::external_ids,
};
use crate::json::{Malformed, Scanner, Written};

/// So many children of one object are told apart where it is asked which of them came.
const BITS: usize = 256;

/// Paths to look for, as a tree of keys.
#[derive(Debug, Clone, Default)]
pub(super) struct Tree {
    /// Where the value at this place goes.
    slot: Option<usize>,
    /// What lies at this place.
    kind: Kind,
    /// Members that no path leads to are counted by name.
    counts_unmapped: bool,
    /// Which course its members take.
    course: usize,
    /// How many courses there are, at the root.
    courses: usize,
    /// What paths lead to below it, by key.
    children: Vec<(String, Tree)>,
}

/// What lies at a place, if it is more than a value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Value,
    /// An object of which all members are wanted, for each of these collections.
    Members(Vec<Collection>),
    /// External ids, of which these types are wanted.
    ExternalIds(Vec<String>),
}

impl Tree {
    /// Looks for the value at a path (its keys, unescaped), and puts it into a slot.
    pub(super) fn add(&mut self, path: &[String], slot: usize) {
        self.at(path).slot = Some(slot);
    }

    /// Wants all members of the object at a path; tells whether it will get them: external ids are walked over otherwise.
    pub(super) fn add_every(&mut self, path: &[String], collection: Collection) -> bool {
        match &mut self.at(path).kind {
            Kind::ExternalIds(_) => return false,
            Kind::Members(collections) => collections.push(collection),
            kind @ Kind::Value => *kind = Kind::Members(vec![collection]),
        }
        true
    }

    /// Wants the external ids at a path that are of some types.
    pub(super) fn add_external_ids(&mut self, path: &[String], types: Vec<String>) {
        self.at(path).kind = Kind::ExternalIds(types);
    }

    /// Counts the members at a path that no other path leads to, by name.
    pub(super) fn count_unmapped(&mut self, path: &[String]) {
        self.at(path).counts_unmapped = true;
    }

    /// Whether there are paths below a path: an object there is structure, and no value of a wrong type.
    pub(super) fn has_below(&self, path: &[String]) -> bool {
        let below = path.iter().try_fold(self, |tree, key| tree.child(key));
        below.is_some_and(|tree| !tree.children.is_empty())
    }

    /// Gives a course of its own to every place that may be an object; comes when all paths are known.
    pub(super) fn give_courses(&mut self) {
        let mut given = 0;
        self.give_courses_from(&mut given);
        self.courses = given;
    }

    fn give_courses_from(&mut self, given: &mut usize) {
        self.course = *given;
        *given += 1;
        self.children.iter_mut().for_each(|(_, child)| child.give_courses_from(given));
    }

    fn at(&mut self, path: &[String]) -> &mut Self {
        let Some((key, rest)) = path.split_first() else { return self };
        let position = self.position(key).unwrap_or_else(|| {
            self.children.push((key.clone(), Self::default()));
            self.children.len() - 1
        });
        self.children[position].1.at(rest)
    }

    /// Forgets what was found below: of several values under one key the last one counts, as a whole.
    fn forget(&self, found: &mut Found<'_>) {
        match &self.kind {
            Kind::Value => {}
            Kind::Members(collections) => {
                for collection in collections {
                    found.members[*collection as usize].clear();
                }
                if collections.contains(&Collection::Copied) {
                    found.mended_copied.clear();
                }
            }
            Kind::ExternalIds(_) => found.external_ids.clear(),
        }
        for (_, child) in &self.children {
            if let Some(slot) = child.slot {
                found.values[slot] = None;
            }
            child.forget(found);
        }
    }

    fn position(&self, key: &str) -> Option<usize> {
        self.children.iter().position(|(name, _)| name == key)
    }

    fn child(&self, key: &str) -> Option<&Self> {
        self.position(key).map(|position| &self.children[position].1)
    }

    fn meaning(&self, key: &str) -> Meaning {
        self.position(key).map_or(Meaning::Nothing, Meaning::Child)
    }

    /// Looks at one line, which is an object.
    ///
    /// # Errors
    /// The line is no JSON, or no object; [`objection`] has words for it.
    pub(super) fn find<'a>(&self, line: &'a str, slots: usize, found: &mut Found<'a>) -> Result<(), Malformed> {
        found.values.clear();
        found.values.resize(slots, None);
        found.members.iter_mut().for_each(Vec::clear);
        found.external_ids.clear();
        found.ids.clear();
        found.mended.clear();
        found.mended_copied.clear();
        found.repeated.clear();
        if found.learnt.courses.len() < self.courses {
            found.learnt.courses.resize_with(self.courses, Course::default);
        }
        let mut scanner = Scanner::marking(line, std::mem::take(&mut found.room));
        let walked = self.members(&mut scanner, found).and_then(|()| scanner.end());
        found.room = scanner.into_room();
        walked
    }

    fn members<'a>(&self, scanner: &mut Scanner<'a>, found: &mut Found<'a>) -> Result<(), Malformed> {
        // A bit for each child that came. Only of very many do two share one, and nobody can tell whether the same came again.
        let (mut came, mut at) = ([0_u64; BITS / 64], At::BEGIN);
        scanner.members(|scanner| {
            let (key, meaning) = found.learnt.courses[self.course].key(&mut at, scanner, |key| self.meaning(key))?;
            if scanner.key_was_mended() {
                let is_copied = matches!(&self.kind, Kind::Members(all) if all.contains(&Collection::Copied));
                let mended = if is_copied { &mut found.mended_copied } else { &mut found.mended };
                mended.push(key.text(scanner).into_owned());
            }
            let begin = scanner.place();
            if let Meaning::Child(position) = meaning {
                let child = &self.children[position].1;
                let (came, bit) = (&mut came[position / 64 % (BITS / 64)], 1 << (position % 64));
                if *came & bit != 0 {
                    child.forget(found);
                    if self.children.len() <= BITS {
                        found.comes_again(&key.text(scanner));
                    }
                }
                *came |= bit;
                child.value(scanner, found)?;
            } else {
                let is_nothing = scanner.pass()?;
                if self.counts_unmapped && !is_nothing {
                    if let Meaning::Counted(position) = meaning {
                        found.learnt.unmapped.again(position);
                    } else if let Some(position) = found.learnt.unmapped.count(&key.text(scanner)) {
                        found.learnt.courses[self.course].remember(at, Meaning::Counted(position));
                    }
                }
            }
            if let Kind::Members(collections) = &self.kind {
                for collection in collections {
                    found.members[*collection as usize].push((key.text(scanner), scanner.since(begin)));
                }
            }
            Ok(())
        })
    }

    /// Takes the value that comes.
    fn value<'a>(&self, scanner: &mut Scanner<'a>, found: &mut Found<'a>) -> Result<(), Malformed> {
        let begin = scanner.place();
        match (scanner.peek(), &self.kind) {
            (Some(b'{' | b'['), Kind::ExternalIds(types)) => external_ids(types, self.course, scanner, found)?,
            (Some(b'{'), Kind::Members(_)) => self.members(scanner, found)?,
            (Some(b'{'), _) if !self.children.is_empty() => self.members(scanner, found)?,
            (Some(b'['), _) if !self.children.is_empty() => self.items(scanner, found)?,
            _ => {
                let written = scanner.written()?;
                if let Some(slot) = self.slot {
                    found.values[slot] = Some(written);
                }
                return Ok(());
            }
        }
        if let Some(slot) = self.slot {
            found.values[slot] = Some(Written { json: scanner.since(begin), escapes: true });
        }
        Ok(())
    }

    /// The items of an array, whose keys are their positions.
    fn items<'a>(&self, scanner: &mut Scanner<'a>, found: &mut Found<'a>) -> Result<(), Malformed> {
        let mut position = 0_usize;
        scanner.array(|scanner| {
            let child = self.child(&position.to_string());
            position += 1;
            match child {
                Some(child) => child.value(scanner, found),
                None => scanner.value().map(drop),
            }
        })
    }
}

/// What is wrong with a text that is no object, in the parser's words.
pub(super) fn objection(text: &str) -> String {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    match deserializer.deserialize_map(AnyObject).and_then(|()| deserializer.end()) {
        Err(error) => error.to_string(),
        Ok(()) => "it is not written as JSON is".into(),
    }
}

/// An object of which nothing is wanted.
struct AnyObject;

impl<'a> Visitor<'a> for AnyObject {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

/// The members of an object, the last of equal keys at the place of the first; none of a text that is no object. Keys
/// that hold U+FFFD for half a character are added to `mended`, those that come twice to `repeated`.
pub(super) fn members<'a>(
    text: &'a str,
    members: &mut Members<'a>,
    (mended, repeated): (&mut Vec<String>, &mut Vec<String>),
) {
    members.clear();
    let walked = Scanner::new(text).object(|scanner, key| {
        if scanner.key_was_mended() {
            mended.push(key.clone().into_owned());
        }
        members.push((key, scanner.value()?));
        Ok(())
    });
    if walked.is_err() {
        members.clear();
    }
    drop_repeats(members, repeated);
}

/// Keeps the last of equal keys, at the place of the first; adds them to `repeated`.
pub(super) fn drop_repeats(members: &mut Members<'_>, repeated: &mut Vec<String>) {
    if !has_repeats(members.iter().map(|(key, _)| &**key)) {
        return;
    }
    let all = std::mem::take(members);
    let mut places = HashMap::with_capacity(all.len());
    for (key, text) in all {
        let place = *places.entry(key.clone()).or_insert(members.len());
        if place == members.len() {
            members.push((key, text));
        } else {
            note_again(repeated, &key);
            members[place].1 = text;
        }
    }
}

/// Whether a key comes twice; few keys are compared with each other, since that is faster than hashing them.
pub(super) fn has_repeats<'k>(keys: impl ExactSizeIterator<Item = &'k str> + Clone) -> bool {
    const FEW: usize = 24;
    if keys.len() > FEW {
        let mut seen = std::collections::HashSet::with_capacity(keys.len());
        return keys.into_iter().any(|key| !seen.insert(key));
    }
    keys.clone().enumerate().any(|(position, key)| keys.clone().take(position).any(|earlier| earlier == key))
}
