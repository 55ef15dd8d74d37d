//! Finds the values at many JSON Pointers in one pass over a line, without building what nobody asked for.

use std::{borrow::Cow, fmt};

use serde::de::{DeserializeSeed, Deserializer as _, IgnoredAny, MapAccess, Visitor};
use serde_json::{Deserializer, value::RawValue};

/// Members of an object, in order: key and JSON text.
pub(super) type Members<'a> = Vec<(Cow<'a, str>, &'a str)>;

/// Paths to look for, as a tree of keys.
#[derive(Debug, Clone, Default)]
pub(super) struct Tree {
    /// Where the value at this place goes.
    slot: Option<usize>,
    /// All members of the object at this place are wanted.
    every: bool,
    children: Vec<(String, Tree)>,
}

/// What was found on one line.
#[derive(Debug, Default)]
pub(super) struct Found<'a> {
    /// JSON texts by slot.
    pub(super) values: Vec<Option<&'a str>>,
    /// Members of the object of which all are wanted.
    pub(super) members: Members<'a>,
}

impl Tree {
    /// Looks for the value at a path (its keys, unescaped), and puts it into a slot.
    pub(super) fn add(&mut self, path: &[String], slot: usize) {
        self.at(path).slot = Some(slot);
    }

    /// Wants all members of the object at a path.
    pub(super) fn add_every(&mut self, path: &[String]) {
        self.at(path).every = true;
    }

    /// Whether there are paths below a path: an object there is structure, and no value of a wrong type.
    pub(super) fn has_below(&self, path: &[String]) -> bool {
        let child = |tree: &Self, key: &String| tree.children.iter().position(|(name, _)| name == key);
        let mut tree = self;
        for key in path {
            let Some(position) = child(tree, key) else { return false };
            tree = &tree.children[position].1;
        }
        !tree.children.is_empty()
    }

    fn at(&mut self, path: &[String]) -> &mut Self {
        let Some((key, rest)) = path.split_first() else { return self };
        let position = self.children.iter().position(|(name, _)| name == key).unwrap_or_else(|| {
            self.children.push((key.clone(), Self::default()));
            self.children.len() - 1
        });
        self.children[position].1.at(rest)
    }

    fn is_leaf(&self) -> bool {
        self.children.is_empty() && !self.every
    }

    /// Looks at one line, which is an object.
    ///
    /// # Errors
    /// What makes it no JSON, or no object.
    pub(super) fn find<'a>(&self, line: &'a str, slots: usize) -> Result<Found<'a>, serde_json::Error> {
        let mut quick = Found::new(slots);
        if self.object(line, &mut quick, Descent::Direct).is_ok() {
            return Ok(quick);
        }
        // Something on the way is no object, or the line is no JSON: look again, one level after another.
        let mut found = Found::new(slots);
        self.object(line, &mut found, Descent::Careful)?;
        Ok(found)
    }

    fn object<'a>(&self, text: &'a str, found: &mut Found<'a>, descent: Descent) -> Result<(), serde_json::Error> {
        let mut deserializer = Deserializer::from_str(text);
        deserializer.deserialize_map(Object { tree: self, found, descent })?;
        deserializer.end()
    }

    /// Takes a value whose text is known.
    fn value<'a>(&self, text: &'a str, found: &mut Found<'a>) -> Result<(), serde_json::Error> {
        if let Some(slot) = self.slot {
            found.values[slot] = Some(text);
        }
        match text.as_bytes().first() {
            _ if self.is_leaf() => Ok(()),
            Some(b'{') => self.object(text, found, Descent::Careful),
            Some(b'[') => {
                let items: Vec<&RawValue> = serde_json::from_str(text)?;
                for (key, child) in &self.children {
                    if let Some(item) = key.parse::<usize>().ok().and_then(|position| items.get(position)) {
                        child.value(item.get(), found)?;
                    }
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

impl Found<'_> {
    fn new(slots: usize) -> Self {
        Self { values: vec![None; slots], members: Vec::new() }
    }
}

/// How to go into the objects of objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Descent {
    /// In the same pass; fails where something else than an object is.
    Direct,
    /// The value's text first, then the object in it.
    Careful,
}

/// An object whose members are looked at.
struct Object<'t, 'f, 'a> {
    tree: &'t Tree,
    found: &'f mut Found<'a>,
    descent: Descent,
}

impl<'a> DeserializeSeed<'a> for Object<'_, '_, 'a> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a> Visitor<'a> for Object<'_, '_, 'a> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { tree, found, descent } = self;
        if tree.every {
            while let Some(key) = map.next_key_seed(Key)? {
                let text = map.next_value::<&RawValue>()?.get();
                if let Some((_, child)) = tree.children.iter().find(|(name, _)| *name == key) {
                    child.value(text, found).map_err(serde::de::Error::custom)?;
                }
                found.members.push((key, text));
            }
            return Ok(());
        }
        while let Some(child) = map.next_key_seed(Child(tree))? {
            match child {
                None => drop(map.next_value::<IgnoredAny>()?),
                Some(child) if descent == Descent::Direct && child.slot.is_none() && !child.is_leaf() => {
                    map.next_value_seed(Object { tree: child, found, descent })?;
                }
                Some(child) => {
                    let text = map.next_value::<&RawValue>()?.get();
                    child.value(text, found).map_err(serde::de::Error::custom)?;
                }
            }
        }
        Ok(())
    }
}

/// A key that is looked up in a tree, and forgotten.
struct Child<'t>(&'t Tree);

impl<'a, 't> DeserializeSeed<'a> for Child<'t> {
    type Value = Option<&'t Tree>;

    fn deserialize<D: serde::Deserializer<'a>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'t> Visitor<'_> for Child<'t> {
    type Value = Option<&'t Tree>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.0.children.iter().find(|(name, _)| name == key).map(|(_, child)| child))
    }
}

/// A key that is kept.
struct Key;

impl<'a> DeserializeSeed<'a> for Key {
    type Value = Cow<'a, str>;

    fn deserialize<D: serde::Deserializer<'a>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'a> Visitor<'a> for Key {
    type Value = Cow<'a, str>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, key: &'a str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(key))
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(key.to_owned()))
    }
}

/// The members of an object, the last of equal keys at the place of the first.
///
/// # Errors
/// A text that is no object.
pub(super) fn members(text: &str) -> Result<Members<'_>, serde_json::Error> {
    let mut tree = Tree::default();
    tree.add_every(&[]);
    let mut found = Found::new(0);
    tree.object(text, &mut found, Descent::Careful)?;
    Ok(without_repeats(found.members))
}

/// The last of equal keys, at the place of the first.
pub(super) fn without_repeats(members: Members<'_>) -> Members<'_> {
    let mut once: Members<'_> = Vec::with_capacity(members.len());
    let mut places = std::collections::HashMap::with_capacity(members.len());
    for (key, text) in members {
        let place = *places.entry(key.clone()).or_insert(once.len());
        if place == once.len() { once.push((key, text)) } else { once[place].1 = text }
    }
    once
}
