//! What the bulk endpoint takes: one Voucherify customer (docs/api-facts.md C1, C2).
//!
//! A customer is never a value in memory: it is written straight from the profile's text, since a million of them are.
//! Members come in one order, and none that has no value: a `null` would erase what Voucherify has.

use crate::json::plain_prefix;

/// The text fields of a customer, in the order in which they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The customer's identity; required, immutable.
    SourceId,
    /// First and last name in one.
    Name,
    /// Free text.
    Description,
    /// Not checked by Voucherify as far as is known.
    Email,
    /// Free form.
    Phone,
    /// `YYYY-MM-DD`.
    Birthdate,
    /// City, of the address.
    City,
    /// State or province, of the address.
    State,
    /// Street and number, or an address that came in one piece.
    Line1,
    /// What does not fit in the first line.
    Line2,
    /// Country, as text.
    Country,
    /// Postal code.
    PostalCode,
}

impl Field {
    /// Every text field.
    pub const ALL: [Self; 12] = [
        Self::SourceId,
        Self::Name,
        Self::Description,
        Self::Email,
        Self::Phone,
        Self::Birthdate,
        Self::City,
        Self::State,
        Self::Line1,
        Self::Line2,
        Self::Country,
        Self::PostalCode,
    ];

    /// Its name in findings, corrections and `--nulls`: members of the address begin with `address.`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SourceId => "source_id",
            Self::Name => "name",
            Self::Description => "description",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Birthdate => "birthdate",
            Self::City => "address.city",
            Self::State => "address.state",
            Self::Line1 => "address.line_1",
            Self::Line2 => "address.line_2",
            Self::Country => "address.country",
            Self::PostalCode => "address.postal_code",
        }
    }

    /// Its key in JSON.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::City => "city",
            Self::State => "state",
            Self::Line1 => "line_1",
            Self::Line2 => "line_2",
            Self::Country => "country",
            Self::PostalCode => "postal_code",
            top => top.name(),
        }
    }

    /// Whether it is a member of the address.
    #[must_use]
    pub fn is_of_address(self) -> bool {
        self >= Self::City
    }

    /// The field of that name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }
}

/// Writes one JSON object, member by member, into a buffer.
#[derive(Debug)]
pub struct ObjectWriter<'b> {
    output: &'b mut Vec<u8>,
    empty: bool,
}

impl<'b> ObjectWriter<'b> {
    /// Begins an object.
    pub fn begin(output: &'b mut Vec<u8>) -> Self {
        output.push(b'{');
        Self { output, empty: true }
    }

    /// Adds a text.
    pub fn text(&mut self, key: &str, value: &str) {
        self.key(key);
        quote(self.output, value);
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

    /// Ends the object.
    pub fn end(self) {
        self.output.push(b'}');
    }

    #[inline]
    fn key(&mut self, key: &str) {
        if !self.empty {
            self.output.push(b',');
        }
        self.empty = false;
        quote(self.output, key);
        self.output.push(b':');
    }
}

/// Appends a text as JSON.
pub fn quote(output: &mut Vec<u8>, text: &str) {
    if plain_prefix(text.as_bytes()) == text.len() {
        output.reserve(text.len() + 2);
        output.push(b'"');
        output.extend_from_slice(text.as_bytes());
        output.push(b'"');
    } else {
        // Text can always be written to memory.
        let _ = serde_json::to_writer(output, text);
    }
}
