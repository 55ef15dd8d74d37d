//! A customer's metadata held against the schema, key by key: what is to be sent, and what is to be said about it.

use std::borrow::Cow;

use super::{
    MetadataSchema, Schema,
    definition::{Definition, Kind, Presence, Shape},
    members,
    value::{Verdict, judge, text_of},
};
use crate::{
    findings::{Finding, Reason},
    mapping::numbers,
};

/// Nested schemas that are followed; Voucherify has one level (docs/api-facts.md C4).
const DEEPEST: usize = 4;

/// Longest value that a message repeats, in characters; the table has the whole value in a column of its own.
const LONGEST_ACTUAL_VALUE: usize = 60;

/// What became of a value whose JSON was appended to the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    Kept,
    Converted(&'static str),
    Blank,
    Refused,
}

struct Check<'s, 'o, 'a> {
    schema: &'s MetadataSchema,
    output: &'o mut Vec<u8>,
    findings: &'o mut Vec<Finding<'a>>,
}

impl MetadataSchema {
    /// Holds metadata, as unescaped keys and JSON values in their order, against the schema. Appends the JSON object that
    /// is to be sent to `output`, or nothing where no key is left, and what was noticed to `findings`; what Voucherify
    /// would refuse is a finding that rejects the profile.
    pub fn check<'a>(
        &self,
        members: &[(Cow<'a, str>, Cow<'a, str>)],
        output: &mut Vec<u8>,
        findings: &mut Vec<Finding<'a>>,
    ) {
        let any = Schema::default();
        let schema = self.customer.as_ref().unwrap_or(&any);
        let start = output.len();
        let members = || members.iter().map(|(key, value)| (key.as_ref(), value.as_ref()));
        Check { schema: self, output, findings }.members(schema, members, "metadata", 0);
        if output.len() == start + 2 {
            output.truncate(start);
        }
    }
}

impl Check<'_, '_, '_> {
    /// Appends an object, perhaps an empty one.
    fn members<'m, M: Iterator<Item = (&'m str, &'m str)>>(
        &mut self,
        schema: &Schema,
        members: impl Fn() -> M,
        path: &str,
        depth: usize,
    ) {
        self.output.push(b'{');
        let start = self.output.len();
        for (key, raw) in members() {
            let before = self.output.len();
            if before > start {
                self.output.push(b',');
            }
            // Text can always be written to memory.
            let _ = serde_json::to_writer(&mut *self.output, key);
            self.output.push(b':');
            if !self.member(schema, key, raw, path, depth) {
                self.output.truncate(before);
            }
        }
        self.output.push(b'}');
        for (key, definition) in schema.required() {
            if members().all(|(present, raw)| present != key || is_no_value(definition, raw)) {
                let field = format!("{path}.{key}");
                self.findings.push(Finding::new(Reason::MetadataRequired, field, "", definition.demands.clone()));
            }
        }
    }

    /// Appends a value; says whether it is to be sent.
    fn member(&mut self, schema: &Schema, key: &str, raw: &str, path: &str, depth: usize) -> bool {
        let defined = schema.properties.get(key).filter(|definition| definition.presence != Presence::Deleted);
        let field = || format!("{path}.{key}");
        let Some(definition) = defined else {
            if schema.allow_defined_only == Some(true) {
                let message = "the metadata schema allows only defined keys, and this one is not defined";
                self.findings.push(Finding::new(Reason::MetadataUndefined, field(), shown(raw), message));
                return false;
            }
            self.output.extend_from_slice(raw.as_bytes());
            return true;
        };
        if raw == "null" {
            // Of a key that is required, it is told as missing; else null is a value that Voucherify stores.
            self.output.extend_from_slice(raw.as_bytes());
            return definition.presence != Presence::Required;
        }
        let outcome = match definition.shape {
            Shape::One => self.one(definition, raw, &field, depth),
            Shape::Array => self.array(definition, raw, &field, depth),
        };
        match outcome {
            Fit::Kept => true,
            Fit::Converted(why) => {
                self.findings.push(Finding::new(Reason::Converted, field(), shown(raw), why));
                true
            }
            Fit::Blank => {
                if definition.presence != Presence::Required {
                    let why = "blank text was taken as no value";
                    self.findings.push(Finding::new(Reason::Converted, field(), shown(raw), why));
                }
                false
            }
            Fit::Refused => {
                let value = shown(raw);
                let message = format!("{} (actual value is '{}')", definition.demands, shortened(&value));
                self.findings.push(Finding::new(Reason::MetadataInvalid, field(), value, message));
                false
            }
        }
    }

    fn one(&mut self, definition: &Definition, raw: &str, field: &dyn Fn() -> String, depth: usize) -> Fit {
        if definition.kind == Kind::Object {
            return self.object(definition, raw, field, depth);
        }
        match judge(definition, raw) {
            Verdict::Kept => {
                self.output.extend_from_slice(raw.as_bytes());
                Fit::Kept
            }
            Verdict::Rewritten(json, why) => {
                self.output.extend_from_slice(json.as_bytes());
                self.findings.extend(numbers::rounded(field(), json));
                Fit::Converted(why)
            }
            Verdict::Blank => Fit::Blank,
            Verdict::Refused => Fit::Refused,
        }
    }

    fn object(&mut self, definition: &Definition, raw: &str, field: &dyn Fn() -> String, depth: usize) -> Fit {
        let (json, outcome) = match as_json(raw, '{') {
            Ok(read) => read,
            Err(outcome) => return outcome,
        };
        let nested = definition.object_type.as_ref().and_then(|name| self.schema.nested.get(name));
        match nested.filter(|_| depth < DEEPEST) {
            Some(nested) => {
                let Some(members) = members::of_object(&json) else { return Fit::Refused };
                let members = || members.iter().map(|(key, raw)| (key.as_ref(), raw.get()));
                self.members(nested, members, &field(), depth + 1);
            }
            None => self.output.extend_from_slice(json.as_bytes()),
        }
        outcome
    }

    /// Every element by itself; the worst of them is what the whole array is.
    fn array(&mut self, definition: &Definition, raw: &str, field: &dyn Fn() -> String, depth: usize) -> Fit {
        let (json, mut outcome) = match as_json(raw, '[') {
            Ok(read) => read,
            Err(outcome) => return outcome,
        };
        let Some(elements) = members::of_array(&json) else { return Fit::Refused };
        self.output.push(b'[');
        for (position, element) in elements.iter().enumerate() {
            if position > 0 {
                self.output.push(b',');
            }
            match self.one(definition, element.get(), field, depth) {
                Fit::Kept => {}
                Fit::Converted(why) => outcome = Fit::Converted(why),
                Fit::Blank | Fit::Refused => return Fit::Refused,
            }
        }
        self.output.push(b']');
        outcome
    }
}

/// The JSON of an object or array that is given as such, or as text by somebody who filled in a cell.
fn as_json(raw: &str, begin: char) -> Result<(Cow<'_, str>, Fit), Fit> {
    if raw.starts_with(begin) {
        return Ok((Cow::Borrowed(raw), Fit::Kept));
    }
    let Some(text) = text_of(raw) else { return Err(Fit::Refused) };
    if text.trim().is_empty() {
        return Err(Fit::Blank);
    }
    if !text.trim_start().starts_with(begin) {
        return Err(Fit::Refused);
    }
    // Written anew, so that no line break comes into the line of a batch.
    match serde_json::from_str::<serde_json::Value>(&text) {
        Ok(value) => Ok((Cow::Owned(value.to_string()), Fit::Converted("text was read as JSON"))),
        Err(_) => Err(Fit::Refused),
    }
}

/// Null, or blank text where no text is expected.
fn is_no_value(definition: &Definition, raw: &str) -> bool {
    let text = definition.kind == Kind::String && definition.shape == Shape::One;
    raw == "null" || (!text && text_of(raw).is_some_and(|text| text.trim().is_empty()))
}

/// A value for the tables: text as it is, anything else as JSON.
fn shown(raw: &str) -> String {
    text_of(raw).map_or_else(|| raw.to_owned(), Cow::into_owned)
}

fn shortened(value: &str) -> Cow<'_, str> {
    match value.char_indices().nth(LONGEST_ACTUAL_VALUE) {
        Some((end, _)) => Cow::Owned(format!("{}…", &value[..end])),
        None => Cow::Borrowed(value),
    }
}
