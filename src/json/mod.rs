//! Walks over JSON text and checks it, without building anything: a value is a slice of the text.
//!
//! Nearly all of a profile is passed over, and numbers must keep their digits, so neither a tree of values nor a
//! deserializer fits. What this accepts is what `serde_json` accepts; for the words of an error, ask that.

mod key;
mod marks;
mod nested;
mod open;
mod plain;
mod shallow;
mod text;
mod values;

use std::borrow::Cow;

pub use self::{
    key::{Key, Name, Stretch},
    marks::Room,
    plain::plain_prefix,
    shallow::tree,
    text::{Text, mended},
    values::holds_more_values,
};
use self::{marks::Marks, text::escape};

/// The text is no JSON, or not of the shape that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

/// A place in a text.
#[derive(Debug, Clone)]
pub struct Scanner<'a> {
    text: &'a str,
    at: usize,
    /// The key that came last held half a character.
    mended: bool,
    /// Where texts may end; nothing where they are looked through one by one.
    marks: Marks,
}

/// A value as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written<'a> {
    /// The JSON of the value, without blanks around it.
    pub json: &'a str,
    /// There may be escapes in it; there are, in a text.
    pub escapes: bool,
}

impl<'a> Written<'a> {
    /// What stands between the quotes of a text without escapes.
    #[must_use]
    #[inline]
    pub fn plain_text(self) -> Option<&'a str> {
        if self.escapes { None } else { self.json.strip_prefix('"')?.strip_suffix('"') }
    }
}

/// What a value was that was passed over.
#[derive(Debug, Clone, Copy)]
struct Passed {
    /// Null, or a text without anything in it.
    nothing: bool,
    /// There may be escapes in it.
    escapes: bool,
}

/// Where a scanner was.
#[derive(Debug, Clone, Copy)]
pub struct Place(usize);

impl<'a> Scanner<'a> {
    /// Begins at the begin of a text.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0, mended: false, marks: Marks::default() }
    }

    /// Begins at the begin of a text in which all ends of texts are found in one go: for long ones.
    #[must_use]
    pub fn marking(text: &'a str, room: Room) -> Self {
        Self { text, at: 0, mended: false, marks: Marks::of(text.as_bytes(), room) }
    }

    /// Gives the room back.
    #[must_use]
    pub fn into_room(self) -> Room {
        self.marks.into_room()
    }

    /// Place of the next byte in the text.
    #[must_use]
    pub fn place(&self) -> Place {
        Place(self.at)
    }

    /// The first byte of the value that comes.
    pub fn peek(&mut self) -> Option<u8> {
        self.blanks();
        self.byte()
    }

    /// Passes over a value of any kind, and gives its text.
    ///
    /// # Errors
    /// What comes is no JSON.
    pub fn value(&mut self) -> Result<&'a str, Malformed> {
        self.written().map(|written| written.json)
    }

    /// The same, with what is known of it.
    ///
    /// # Errors
    /// What comes is no JSON.
    #[inline]
    pub fn written(&mut self) -> Result<Written<'a>, Malformed> {
        self.blanks();
        let begin = self.at;
        let Passed { escapes, .. } = self.any()?;
        Ok(Written { json: &self.text[begin..self.at], escapes })
    }

    /// Passes over a value of any kind; tells whether it is null or a text without anything in it.
    ///
    /// # Errors
    /// What comes is no JSON.
    #[inline]
    pub fn pass(&mut self) -> Result<bool, Malformed> {
        self.blanks();
        self.any().map(|passed| passed.nothing)
    }

    #[inline]
    fn any(&mut self) -> Result<Passed, Malformed> {
        if self.byte() != Some(b'"') {
            return self.no_text();
        }
        let begin = self.at;
        self.string().map(|escapes| Passed { nothing: self.at == begin + 2, escapes })
    }

    #[inline(never)]
    fn no_text(&mut self) -> Result<Passed, Malformed> {
        match self.byte() {
            Some(b'{' | b'[') => self.nested().map(|()| Passed { nothing: false, escapes: true }),
            Some(b'n') => self.word(b"null").map(|()| Passed { nothing: true, escapes: false }),
            _ => self.scalar().map(|()| Passed { nothing: false, escapes: false }),
        }
    }

    /// Passes over a number, a boolean or null.
    #[inline]
    fn scalar(&mut self) -> Result<(), Malformed> {
        match self.byte() {
            Some(b't') => self.word(b"true"),
            Some(b'f') => self.word(b"false"),
            Some(b'n') => self.word(b"null"),
            _ => self.number(),
        }
    }

    /// Walks over an object: `member` gets each key, and must pass over its value.
    ///
    /// # Errors
    /// What comes is no JSON or no object, or `member` failed.
    pub fn object(
        &mut self,
        mut member: impl FnMut(&mut Self, Cow<'a, str>) -> Result<(), Malformed>,
    ) -> Result<(), Malformed> {
        self.members(|scanner| {
            let key = scanner.key()?;
            member(scanner, key)
        })
    }

    /// Walks over an object: `member` must pass over each key, by [`Self::key`] or [`Self::comes`], and its value.
    ///
    /// # Errors
    /// What comes is no JSON or no object, or `member` failed.
    #[inline]
    pub fn members(&mut self, mut member: impl FnMut(&mut Self) -> Result<(), Malformed>) -> Result<(), Malformed> {
        self.blanks();
        self.take(b'{')?;
        self.blanks();
        if self.byte() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        loop {
            member(self)?;
            self.blanks();
            match self.byte() {
                Some(b',') => self.at += 1,
                _ => return self.take(b'}'),
            }
        }
    }

    /// Walks over an array: `item` must pass over each value.
    ///
    /// # Errors
    /// What comes is no JSON or no array, or `item` failed.
    pub fn array(&mut self, mut item: impl FnMut(&mut Self) -> Result<(), Malformed>) -> Result<(), Malformed> {
        self.blanks();
        self.take(b'[')?;
        self.blanks();
        if self.byte() == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            item(self)?;
            self.blanks();
            match self.byte() {
                Some(b',') => self.at += 1,
                _ => return self.take(b']'),
            }
        }
    }

    /// Nothing but blanks may come.
    ///
    /// # Errors
    /// Something comes.
    pub fn end(&mut self) -> Result<(), Malformed> {
        self.blanks();
        if self.at == self.text.len() { Ok(()) } else { Err(Malformed) }
    }

    /// The text between two earlier places.
    #[must_use]
    pub fn between(&self, begin: Place, end: Place) -> &'a str {
        &self.text[begin.0..end.0]
    }

    /// The text of what begins at an earlier place and ends here.
    #[must_use]
    pub fn since(&self, begin: Place) -> &'a str {
        self.text[begin.0..self.at].trim_ascii_start()
    }

    /// Whether U+FFFD stands for half a character in the key that came last. It is told once, while that key's value is
    /// still to come.
    pub fn key_was_mended(&mut self) -> bool {
        std::mem::take(&mut self.mended)
    }

    /// Takes a key with its colon, if it is the one that comes, and tells where it stands as it was written before.
    #[inline]
    pub fn comes(&mut self, key: &Key) -> Option<Name> {
        let length = key.begins(self.text.as_bytes().get(self.at..)?)?;
        let name = Name { begin: self.at + 1, end: self.at + length - 2 };
        self.at += length;
        Some(name)
    }

    /// Takes members that nobody wants to know, and the key behind them with its colon, if they come as they came before at
    /// such a place of an object.
    #[inline]
    pub fn comes_again(&mut self, stretch: &Stretch) -> bool {
        let length = self.text.as_bytes().get(self.at..).and_then(|text| stretch.begins(text));
        self.at += length.unwrap_or_default();
        length.is_some()
    }

    /// The key that stands at a place of this text.
    #[must_use]
    pub fn name(&self, name: Name) -> &'a str {
        &self.text[name.begin..name.end]
    }

    /// A key and its colon.
    ///
    /// # Errors
    /// No key comes.
    pub fn key(&mut self) -> Result<Cow<'a, str>, Malformed> {
        self.blanks();
        if self.byte() != Some(b'"') {
            return Err(Malformed);
        }
        let begin = self.at;
        let escaped = self.string()?;
        let quoted = &self.text[begin..self.at];
        self.blanks();
        self.take(b':')?;
        if escaped {
            let key = Text::of(quoted).ok_or(Malformed)?;
            self.mended = key.mended;
            return Ok(key.text);
        }
        Ok(Cow::Borrowed(&quoted[1..quoted.len() - 1]))
    }

    /// Passes over a text, whose first quote is here; tells whether there are escapes in it.
    #[inline]
    fn string(&mut self) -> Result<bool, Malformed> {
        if let Some(end) = self.marks.near(self.at + 1)
            && self.text.as_bytes().get(end) == Some(&b'"')
        {
            self.at = end + 1;
            return Ok(false);
        }
        self.far_string()
    }

    /// The same where the text is long, or has escapes, or its end is not marked.
    #[inline(never)]
    fn far_string(&mut self) -> Result<bool, Malformed> {
        let bytes = self.text.as_bytes();
        let at = self.at + 1;
        let plain = || at + plain_prefix(bytes.get(at..).unwrap_or_default());
        let end = self.marks.next(at).unwrap_or_else(plain);
        if bytes.get(end) == Some(&b'"') {
            self.at = end + 1;
            return Ok(false);
        }
        self.escaped_string(end)
    }

    #[cold]
    fn escaped_string(&mut self, mut at: usize) -> Result<bool, Malformed> {
        let bytes = self.text.as_bytes();
        while bytes.get(at) == Some(&b'\\') {
            at += escape(&bytes[at..])?;
            at += plain_prefix(bytes.get(at..).unwrap_or_default());
        }
        self.at = at + 1;
        if bytes.get(at) == Some(&b'"') { Ok(true) } else { Err(Malformed) }
    }

    #[inline]
    fn number(&mut self) -> Result<(), Malformed> {
        if self.byte() == Some(b'-') {
            self.at += 1;
        }
        match self.byte() {
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.byte() {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Malformed> {
        let begin = self.at;
        while let Some(b'0'..=b'9') = self.byte() {
            self.at += 1;
        }
        if self.at > begin { Ok(()) } else { Err(Malformed) }
    }

    fn word<const LENGTH: usize>(&mut self, word: &[u8; LENGTH]) -> Result<(), Malformed> {
        let comes = self.text.as_bytes()[self.at..].first_chunk() == Some(word);
        self.at += LENGTH;
        if comes { Ok(()) } else { Err(Malformed) }
    }

    #[inline]
    fn blanks(&mut self) {
        // Nearly always there are none.
        if self.byte().is_some_and(|byte| byte > b' ') {
            return;
        }
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.byte() {
            self.at += 1;
        }
    }

    #[inline]
    fn take(&mut self, byte: u8) -> Result<(), Malformed> {
        if self.byte() != Some(byte) {
            return Err(Malformed);
        }
        self.at += 1;
        Ok(())
    }

    #[inline]
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

#[cfg(test)]
mod tests;
