//! What was found on a line, and what was learnt on the lines before it.

use std::borrow::Cow;

use super::{
    course::Course,
    unmapped::{Counted, Counting},
};
use crate::json::{Room, Written};

/// Members of an object, in order: key and JSON text.
pub(super) type Members<'a> = Vec<(Cow<'a, str>, &'a str)>;

/// Where all members of an object go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Collection {
    /// Those of the object that is copied.
    Copied,
    /// Those that are chosen by pattern.
    Chosen,
}

/// What was found on one line.
#[derive(Debug, Default)]
pub(super) struct Found<'a> {
    /// JSON texts by slot.
    pub(super) values: Vec<Option<Written<'a>>>,
    /// Members of the objects of which all are wanted, by [`Collection`]; keys may come twice.
    pub(super) members: [Members<'a>; 2],
    /// External ids of the types that are wanted, in the API's order.
    pub(super) external_ids: Vec<ExternalId<'a>>,
    /// JSON texts of all external ids, of whatever type.
    pub(super) ids: Vec<&'a str>,
    /// Keys that were looked at and hold U+FFFD for half a character.
    pub(super) mended: Vec<String>,
    /// The same of the object that is copied.
    pub(super) mended_copied: Vec<String>,
    /// Keys that were looked at and came twice in one object: the last value counts.
    pub(super) repeated: Vec<String>,
    /// Room that the walk over a line takes.
    pub(super) room: Room,
    pub(super) learnt: Learnt,
}

/// What was learnt on earlier lines, of one mapping.
#[derive(Debug, Default)]
pub struct Learnt {
    /// Of the keys at each place.
    pub(super) courses: Vec<Course<Meaning>>,
    /// How often each trait came that no path leads to.
    pub(super) unmapped: Counting,
}

impl Found<'_> {
    /// Notes a key that comes again in its object.
    #[cold]
    pub(super) fn comes_again(&mut self, key: &str) {
        note_again(&mut self.repeated, key);
    }
}

/// Adds a key that comes again to those that did, once.
pub(super) fn note_again(repeated: &mut Vec<String>, key: &str) {
    if !repeated.iter().any(|known| known == key) {
        repeated.push(key.to_owned());
    }
}

impl Learnt {
    /// Traits that no path of the mapping leads to, as far as they were counted since this was asked last. Where there are so
    /// many of them that the next lines will have others, all is forgotten.
    pub(super) fn unmapped(&mut self) -> Counted {
        let counted = self.unmapped.finish();
        if !self.unmapped.is_small() || self.courses.iter().any(Course::is_full) {
            *self = Self::default();
        }
        counted
    }
}

/// What a key means at its place.
#[derive(Debug, Clone, Copy)]
pub(super) enum Meaning {
    /// Nothing is wanted of it.
    Nothing,
    /// It is counted at this position.
    Counted(usize),
    /// A path leads to it: its position among the children.
    Child(usize),
    /// A member of an external id.
    Type,
    Id,
    CreatedAt,
}

/// One external id of a type that is wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct ExternalId<'a> {
    /// Position of its type.
    pub(super) kind: usize,
    /// Its JSON text.
    pub(super) id: Written<'a>,
    /// JSON text of the moment when it was made, where it says that.
    pub(super) created_at: Option<&'a str>,
}
