//! In which order the keys of an object come. The profiles of a space have theirs in one order, so that the next key is
//! told by comparing it with the one that came at its place before, and what it means need not be looked for again.

use std::{borrow::Cow, collections::HashMap};

use crate::json::{Key, Malformed, Name, Place, Scanner, Stretch};

/// Keys of an object that are remembered; others are looked for each time.
const MOST: usize = 4_096;

/// Keys beyond which an object has others each time, so that little is gained by remembering them.
const MOST_KEPT: usize = 1_024;

/// Keys that are expected behind each: traits that many profiles lack have several others before them.
const EXPECTED: usize = 4;

/// A position that no key has.
const NONE: u32 = u32::MAX;

/// Positions of the keys that came after a key, the one that was learnt last first.
type Next = [u32; EXPECTED];

/// The keys that came in objects of one place, and what each means there.
#[derive(Debug)]
pub(super) struct Course<M> {
    known: Vec<Known<M>>,
    positions: HashMap<String, u32>,
    first: Next,
}

#[derive(Debug)]
struct Known<M> {
    key: Key,
    meaning: M,
    next: Next,
    /// How an object went on from here when nobody wanted to know it, and with which key that ended.
    stretch: Option<Box<(Stretch, At)>>,
}

/// Members of an object that nobody wants to know, as far as they follow each other, and the key that came last.
#[derive(Debug)]
pub(super) struct Unwanted {
    first: At,
    begin: Place,
    last: At,
    end: Place,
}

/// A key as it came.
#[derive(Debug)]
pub(super) enum Came<'a> {
    /// As it is remembered, at this place in the text.
    Known(Name),
    /// Another one, or one with escapes.
    Read(Cow<'a, str>),
}

impl<'a> Came<'a> {
    /// The key itself: of most nobody wants to know it.
    pub(super) fn text(&self, scanner: &Scanner<'a>) -> Cow<'a, str> {
        match self {
            Self::Known(name) => Cow::Borrowed(scanner.name(*name)),
            Self::Read(key) => key.clone(),
        }
    }
}

/// How far an object has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct At(u32);

impl At {
    /// At the begin.
    pub(super) const BEGIN: Self = Self(NONE);
}

impl Unwanted {
    /// Begins with a key that begins and ends at these places.
    pub(super) fn begin(key: At, begin: Place, end: Place) -> Self {
        Self { first: key, begin, last: key, end }
    }

    /// Goes on with another key, which ends at this place.
    pub(super) fn go_on(&mut self, key: At, end: Place) {
        (self.last, self.end) = (key, end);
    }
}

impl<M> Default for Course<M> {
    fn default() -> Self {
        Self { known: Vec::new(), positions: HashMap::new(), first: [NONE; EXPECTED] }
    }
}

impl<M: Copy> Course<M> {
    /// Takes the key that comes, with its colon; gives it with what it means and its place for [`Self::remember`], if it
    /// has one. What a new key means is told by `meaning`. Whether U+FFFD stands in the key for half a character is for the
    /// scanner to say.
    ///
    /// # Errors
    /// No key comes.
    #[inline]
    pub(super) fn key<'a>(
        &mut self,
        at: &mut At,
        scanner: &mut Scanner<'a>,
        meaning: impl FnOnce(&str) -> M,
    ) -> Result<(Came<'a>, M), Malformed> {
        let next = self.known.get(at.0 as usize).map_or(self.first, |known| known.next);
        for position in next {
            if let Some(known) = self.known.get(position as usize)
                && let Some(name) = scanner.comes(&known.key)
            {
                *at = At(position);
                return Ok((Came::Known(name), known.meaning));
            }
        }
        self.look_for(at, scanner, meaning)
    }

    #[cold]
    fn look_for<'a>(
        &mut self,
        at: &mut At,
        scanner: &mut Scanner<'a>,
        meaning: impl FnOnce(&str) -> M,
    ) -> Result<(Came<'a>, M), Malformed> {
        let begin = scanner.place();
        let key = scanner.key()?;
        let position = match self.positions.get(&*key) {
            Some(position) => *position,
            None => match Key::of(&key, scanner.since(begin)) {
                Some(written) if self.known.len() < MOST => {
                    let position = u32::try_from(self.known.len()).unwrap_or(NONE);
                    self.positions.insert(key.clone().into_owned(), position);
                    self.known.push(Known {
                        key: written,
                        meaning: meaning(&key),
                        next: [NONE; EXPECTED],
                        stretch: None,
                    });
                    position
                }
                _ => {
                    *at = At(NONE);
                    let meaning = meaning(&key);
                    return Ok((Came::Read(key), meaning));
                }
            },
        };
        let before = self.known.get_mut(at.0 as usize).map_or(&mut self.first, |known| &mut known.next);
        // It is in front now, and the one that was learnt first goes, unless it was known behind another one.
        let known = before.iter().position(|known| *known == position).unwrap_or(EXPECTED - 1);
        before[..=known].rotate_right(1);
        before[0] = position;
        *at = At(position);
        let meaning = self.known[position as usize].meaning;
        Ok((Came::Read(key), meaning))
    }

    /// The same as [`Self::key`] where members of which nothing is wanted do not matter: those that come as they came before
    /// are passed over in one step, with the key behind them. Gives what that key means.
    #[inline]
    pub(super) fn wanted_key(
        &mut self,
        at: &mut At,
        scanner: &mut Scanner<'_>,
        meaning: impl FnOnce(&str) -> M,
    ) -> Result<M, Malformed> {
        let next = self.known.get(at.0 as usize).map_or(self.first, |known| known.next)[0];
        if let Some(known) = self.known.get(next as usize)
            && let Some((stretch, behind)) = known.stretch.as_deref()
            && scanner.comes_again(stretch)
            && let Some(known) = self.known.get(behind.0 as usize)
        {
            *at = *behind;
            return Ok(known.meaning);
        }
        self.key(at, scanner, meaning).map(|(_, meaning)| meaning)
    }

    /// Remembers members that nobody wanted to know, for [`Self::wanted_key`].
    pub(super) fn remember_unwanted(&mut self, unwanted: &Unwanted, scanner: &Scanner<'_>) {
        let Unwanted { first, begin, last, end } = *unwanted;
        if first == last || last == At::BEGIN {
            return;
        }
        if let Some(known) = self.known.get_mut(first.0 as usize) {
            known.stretch = Stretch::of(scanner.between(begin, end)).map(|stretch| Box::new((stretch, last)));
        }
    }

    /// Whether so many keys came that the next ones will be others.
    pub(super) fn is_full(&self) -> bool {
        self.known.len() > MOST_KEPT
    }

    /// Puts another meaning to the key that came last, if it is remembered.
    pub(super) fn remember(&mut self, at: At, meaning: M) {
        if let Some(known) = self.known.get_mut(at.0 as usize) {
            known.meaning = meaning;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The keys of an object, each with its meaning: its length, or what was remembered of it.
    fn walked(course: &mut Course<usize>, json: &str) -> Vec<(String, usize)> {
        let (mut scanner, mut at, mut keys) = (Scanner::new(json), At::BEGIN, Vec::new());
        let walked = scanner.members(|scanner| {
            let (key, meaning) = course.key(&mut at, scanner, str::len)?;
            course.remember(at, meaning + 100);
            keys.push((key.text(scanner).into_owned(), meaning));
            scanner.value().map(drop)
        });
        assert_eq!(walked.and_then(|()| scanner.end()), Ok(()), "{json}");
        keys
    }

    #[test]
    fn keys_come_in_any_order_and_spelling() {
        let mut course = Course::default();
        let long = "l".repeat(50);
        let texts = [
            r#"{"a":1,"bb":2,"LONG":3}"#,
            r#"{"a":1,"LONG":3}"#,
            r#"{"bb":1,"a":2}"#,
            r#"{ "a" : 1 , "b\u0062":2}"#,
            r#"{"ab":1,"a":2,"aé":3}"#,
        ];
        let expected: [&[(&str, usize)]; 5] = [
            &[("a", 1), ("bb", 2), (&long, 50)],
            &[("a", 101), (&long, 150)],
            &[("bb", 102), ("a", 201)],
            &[("a", 301), ("bb", 202)],
            &[("ab", 2), ("a", 401), ("aé", 3)],
        ];
        for (text, expected) in texts.iter().zip(expected) {
            let expected: Vec<_> = expected.iter().map(|(key, meaning)| ((*key).to_owned(), *meaning)).collect();
            assert_eq!(walked(&mut course, &text.replace("LONG", &long)), expected, "{text}");
        }
    }

    #[test]
    fn however_many_keys_come_each_is_told() {
        let mut course = Course::default();
        for number in 0..MOST + 9 {
            let key = format!("k{number}");
            assert_eq!(walked(&mut course, &format!("{{\"{key}\":1}}")), [(key.clone(), key.len())]);
        }
        assert_eq!(walked(&mut course, "{\"k7\":1,\"k4100\":2}"), [("k7".to_owned(), 102), ("k4100".to_owned(), 5)]);
    }
}
