//! What the bulk endpoint takes: one Voucherify customer (docs/api-facts.md C1, C2).
//!
//! A customer is never a value in memory: it is written straight from the profile's text, since a million of them are.
//! Members come in one order, and none that has no value: a `null` would erase what Voucherify has.

use crate::json::plain_prefix;

/// The text fields of a customer, in the order in which they are written.
///
/// Each has the name that findings, corrections and `--nulls` use.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[strum(serialize_all = "snake_case")]
pub enum Field {
    /// The customer's identity; required, immutable.
    SourceId,
    /// First and last name in one.
    Name,
    /// Free text about the customer.
    Description,
    /// Not checked by Voucherify as far as is known.
    Email,
    /// A phone number in whatever form it was given.
    Phone,
    /// A date of the calendar, as `YYYY-MM-DD`.
    Birthdate,
    /// Town, of the address.
    #[strum(serialize = "address.city")]
    City,
    /// State or province, of the address.
    #[strum(serialize = "address.state")]
    State,
    /// Street and number, or an address that came in one piece.
    #[strum(serialize = "address.line_1")]
    Line1,
    /// What does not fit in the first line.
    #[strum(serialize = "address.line_2")]
    Line2,
    /// Country of the address; any text, not a code alone.
    #[strum(serialize = "address.country")]
    Country,
    /// Postal code of the address.
    #[strum(serialize = "address.postal_code")]
    PostalCode,
}

impl Field {
    /// Every text field, in the order in which a customer has them.
    pub const ALL: &[Self] = <Self as strum::VariantArray>::VARIANTS;

    /// Its name in findings, corrections and `--nulls`: members of the address begin with `address.`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Its key in JSON.
    #[must_use]
    pub fn key(self) -> &'static str {
        let name = self.name();
        name.strip_prefix("address.").unwrap_or(name)
    }

    /// How its member begins in JSON where it holds a text, with the comma before it.
    fn begin(self) -> &'static str {
        match self {
            Self::SourceId => r#","source_id":""#,
            Self::Name => r#","name":""#,
            Self::Description => r#","description":""#,
            Self::Email => r#","email":""#,
            Self::Phone => r#","phone":""#,
            Self::Birthdate => r#","birthdate":""#,
            Self::City => r#","city":""#,
            Self::State => r#","state":""#,
            Self::Line1 => r#","line_1":""#,
            Self::Line2 => r#","line_2":""#,
            Self::Country => r#","country":""#,
            Self::PostalCode => r#","postal_code":""#,
        }
    }

    /// The field of that name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        name.parse().ok()
    }
}

/// Writes one JSON object, member by member, into a buffer.
#[derive(Debug)]
pub struct ObjectWriter<'b> {
    output: &'b mut Vec<u8>,
    empty: bool,
}

impl<'b> ObjectWriter<'b> {
    /// Begins an object of JSON.
    pub fn begin(output: &'b mut Vec<u8>) -> Self {
        output.push(b'{');
        Self { output, empty: true }
    }

    /// Adds a member that is text, escaped as JSON asks.
    pub fn text(&mut self, key: &str, value: &str) {
        self.key(key);
        quote(self.output, value);
    }

    /// Adds a field whose text stood in JSON as it is, without escapes.
    pub fn plain(&mut self, field: Field, text: &str) {
        debug_assert_eq!(plain_prefix(text.as_bytes()), text.len(), "{text}");
        // The first member has no comma.
        let begin = &field.begin().as_bytes()[usize::from(self.empty)..];
        self.empty = false;
        self.output.reserve(begin.len() + text.len() + 1);
        self.output.extend_from_slice(begin);
        self.output.extend_from_slice(text.as_bytes());
        self.output.push(b'"');
    }

    /// Adds a value that is JSON already.
    pub fn json(&mut self, key: &str, value: &[u8]) {
        self.key(key);
        self.output.extend_from_slice(value);
    }

    /// Begins a member that is an object of its own.
    pub fn object(&mut self, key: &str) -> ObjectWriter<'_> {
        self.key(key);
        ObjectWriter::begin(self.output)
    }

    /// Ends the object of JSON.
    pub fn end(self) {
        self.output.push(b'}');
    }

    #[inline]
    fn comma(&mut self) {
        if !self.empty {
            self.output.push(b',');
        }
        self.empty = false;
    }

    #[inline]
    fn key(&mut self, key: &str) {
        self.comma();
        quote(self.output, key);
        self.output.push(b':');
    }
}

/// Appends a text as JSON.
pub fn quote(output: &mut Vec<u8>, text: &str) {
    if plain_prefix(text.as_bytes()) == text.len() {
        put_plain(output, text);
    } else {
        // Text can always be written to memory.
        let _ = serde_json::to_writer(output, text);
    }
}

fn put_plain(output: &mut Vec<u8>, text: &str) {
    output.reserve(text.len() + 2);
    output.push(b'"');
    output.extend_from_slice(text.as_bytes());
    output.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_text_is_written_as_any_other() {
        let (mut plain, mut text) = (Vec::new(), Vec::new());
        let (mut one, mut other) = (ObjectWriter::begin(&mut plain), ObjectWriter::begin(&mut text));
        for field in Field::ALL {
            one.plain(*field, "Zoë");
            other.text(field.key(), "Zoë");
        }
        one.end();
        other.end();
        assert!(plain.starts_with("{\"source_id\":\"Zoë\",\"name\":\"Zoë\"".as_bytes()));
        assert_eq!(plain, text);
    }
}
