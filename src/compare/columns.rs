//! Which column of an export is which field: by position, held against the labels as far as they are known (docs/api-facts.md
//! C6).

use csv::StringRecord;

/// What is asked for to compare; `metadata` has to be the last, since nobody knows how many columns it becomes.
pub(super) const FIELDS: [&str; 15] = [
    "source_id",
    "created_at",
    "updated_at",
    "name",
    "description",
    "email",
    "phone",
    "birthdate",
    "address_city",
    "address_state",
    "address_line_1",
    "address_line_2",
    "address_country",
    "address_postal_code",
    "metadata",
];

/// Place of `source_id` in [`FIELDS`].
pub(super) const SOURCE_ID: usize = 0;
/// Place of `created_at` in [`FIELDS`].
pub(super) const CREATED_AT: usize = 1;

/// Columns before those of the metadata.
const FIXED: usize = FIELDS.len() - 1;

/// Labels that are not the field's name with other spaces and capitals.
const ALIASES: [(&str, &str); 6] = [
    ("creationdate", "created_at"),
    ("lastupdatedate", "updated_at"),
    ("city", "address_city"),
    ("state", "address_state"),
    ("country", "address_country"),
    ("postalcode", "address_postal_code"),
];

/// The columns of one export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Columns {
    /// How many there are.
    pub(super) width: usize,
    /// Whether the label of the ids is one that we know; else what is in the column has to prove it.
    pub(super) ids_are_labelled: bool,
    /// Where metadata is.
    pub(super) metadata: Metadata,
}

/// Where the metadata of a row is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Metadata {
    /// A column a key, behind the others, in this order.
    Keys(Vec<String>),
    /// One cell, as JSON with these keys at least.
    Cell(Vec<String>),
    /// Nowhere, or in columns whose labels nobody knows.
    Unknown,
}

impl Columns {
    /// Reads a header; `defined` are the keys of the project's metadata schema.
    ///
    /// # Errors
    /// In words: a column that is not what was asked for at its place.
    pub(super) fn of(header: &StringRecord, defined: &[String]) -> Result<Self, String> {
        if header.len() < FIXED {
            return Err(format!("it has {} columns, and at least {FIXED} were asked for", header.len()));
        }
        let mut known = 0;
        for (place, (label, field)) in header.iter().zip(FIELDS).take(FIXED).enumerate() {
            match field_of(label) {
                Some(found) if found == field => known += 1,
                Some(_) => {
                    let label = label.escape_debug();
                    return Err(format!("its column {} is `{label}`, and `{field}` was asked for there", place + 1));
                }
                None => {}
            }
        }
        let rest: Vec<&str> = header.iter().skip(FIXED).collect();
        Ok(Self {
            width: header.len(),
            ids_are_labelled: header.get(SOURCE_ID).and_then(field_of) == Some(FIELDS[SOURCE_ID]),
            metadata: metadata(&rest, defined, known > 0)?,
        })
    }
}

/// What the columns behind the others are; where labels are known at all, each of them has to be.
fn metadata(rest: &[&str], defined: &[String], labels_are_known: bool) -> Result<Metadata, String> {
    let is_defined = |label: &&str| defined.iter().any(|key| key == label);
    match rest {
        [] => Ok(Metadata::Unknown),
        [label] if !is_defined(label) && plain(label) == "metadata" => Ok(Metadata::Cell(defined.to_vec())),
        _ => match rest.iter().position(|label| !is_defined(label)) {
            None => Ok(Metadata::Keys(rest.iter().map(|label| (*label).to_owned()).collect())),
            Some(_) if !labels_are_known => Ok(Metadata::Unknown),
            Some(place) => {
                let label = rest[place].escape_debug();
                Err(format!("its column {} is `{label}`, which was not asked for", FIXED + place + 1))
            }
        },
    }
}

fn field_of(label: &str) -> Option<&'static str> {
    let label = plain(label);
    let alias = || ALIASES.iter().find(|(alias, _)| *alias == label).map(|(_, field)| *field);
    FIELDS.into_iter().find(|field| plain(field) == label).or_else(alias)
}

/// A label without what labels differ in.
fn plain(label: &str) -> String {
    label.chars().filter(char::is_ascii_alphanumeric).map(|one| one.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LABELS: [&str; 14] = [
        "Source ID",
        "Creation Date",
        "Last Update Date",
        "Name",
        "Description",
        "Email",
        "Phone",
        "Birthdate",
        "City",
        "State",
        "Address Line 1",
        "Address Line 2",
        "Country",
        "Postal Code",
    ];

    fn columns(fixed: &[&str], rest: &[&str]) -> Result<Columns, String> {
        let header: StringRecord = fixed.iter().chain(rest).collect();
        Columns::of(&header, &["tier".into(), "points".into()])
    }

    #[test]
    fn columns_are_known_by_their_place_and_no_label_may_contradict() {
        let keys = |keys: &[&str]| Metadata::Keys(keys.iter().map(|key| (*key).to_owned()).collect());
        let names = &FIELDS[..FIXED];
        let strange: Vec<String> = (0..FIXED).map(|place| format!("Customer Property {place}")).collect();
        let strange: Vec<&str> = strange.iter().map(String::as_str).collect();
        for (fixed, rest, metadata) in [
            (&LABELS[..], &["tier", "points"][..], keys(&["tier", "points"])),
            (names, &["points"], keys(&["points"])),
            (&LABELS, &["Metadata"], Metadata::Cell(vec!["tier".into(), "points".into()])),
            (&LABELS, &[], Metadata::Unknown),
            (&strange, &["Customer Property 15", "Customer Property 16"], Metadata::Unknown),
            (&strange, &["Metadata"], Metadata::Cell(vec!["tier".into(), "points".into()])),
        ] {
            let found = columns(fixed, rest).unwrap();
            assert_eq!((found.width, found.metadata), (FIXED + rest.len(), metadata), "{fixed:?} {rest:?}");
            assert_eq!(found.ids_are_labelled, fixed != strange);
        }
        let mut swapped = LABELS;
        swapped.swap(3, 5);
        for (fixed, rest, words) in [
            (&swapped[..], &[][..], "its column 4 is `Email`, and `name` was asked for there"),
            (&LABELS[..13], &[], "it has 13 columns, and at least 14 were asked for"),
            (&LABELS, &["tier", "Consents"], "its column 16 is `Consents`, which was not asked for"),
        ] {
            assert_eq!(columns(fixed, rest), Err(words.to_owned()));
        }
    }
}
