//! Which column of an export is which field: by position, held against the labels as far as they are known (docs/api-facts.md
//! C6).

use csv::StringRecord;

/// What is asked for to compare; `metadata` has to be the last, since nobody knows how many columns it becomes.
pub(super) const FIELDS: [&str; 16] = joined(&[&CUSTOMER, &[METADATA]]);

/// The same, with what customers have that a deletion would take from them: [`HISTORY`].
pub const FIELDS_AND_HISTORY: [&str; 20] = joined(&[&CUSTOMER, &HISTORY, &[METADATA]]);

/// Orders, redemptions and points.
pub const HISTORY: [&str; 4] =
    ["orders_total_count", "redemptions_total_redeemed", "redemptions_total_succeeded", "loyalty_points"];

/// What both begin with.
const CUSTOMER: [&str; 15] = [
    "source_id",
    "created_at",
    "updated_at",
    "id",
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
];
const METADATA: &str = "metadata";

/// Place of `source_id` in either list.
pub const SOURCE_ID: usize = 0;
/// Place of `created_at` in either list.
pub(super) const CREATED_AT: usize = 1;

/// Labels that are not the field's name with other spaces and capitals.
const ALIASES: [(&str, &str); 9] = [
    ("creationdate", "created_at"),
    ("lastupdatedate", "updated_at"),
    ("city", "address_city"),
    ("state", "address_state"),
    ("country", "address_country"),
    ("postalcode", "address_postal_code"),
    ("totalorderscount", "orders_total_count"),
    ("totalredeemed", "redemptions_total_redeemed"),
    ("totalsucceededredemptions", "redemptions_total_succeeded"),
];

/// Lists of names behind one another; does not compile where they are not `N` together.
const fn joined<const N: usize>(lists: &[&[&'static str]]) -> [&'static str; N] {
    let (mut names, mut filled, mut list) = ([""; N], 0, 0);
    while list < lists.len() {
        let mut next = 0;
        while next < lists[list].len() {
            names[filled] = lists[list][next];
            (filled, next) = (filled + 1, next + 1);
        }
        list += 1;
    }
    assert!(filled == N, "as many names as were announced");
    names
}

/// The columns of one export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    /// The fields that were asked for, `metadata` last.
    pub(super) fields: &'static [&'static str],
    /// How many columns there are.
    pub(super) width: usize,
    /// Whether the label of the ids is one that we know; else what is in the column has to prove it.
    pub(super) ids_are_labelled: bool,
    /// In which of the columns metadata is, and in which form.
    pub metadata: Metadata,
}

/// Where the metadata of a row is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Metadata {
    /// A column a key, behind the others, in this order.
    Keys(Vec<String>),
    /// One cell, as JSON with these keys at least.
    Cell(Vec<String>),
    /// Nowhere, or in columns whose labels nobody knows.
    Unknown,
}

impl Columns {
    /// Reads the header of an export of `fields`; `defined` are the keys of the project's metadata schema.
    ///
    /// # Errors
    /// In words: a column that is not what was asked for at its place.
    pub(super) fn of(
        header: &StringRecord,
        fields: &'static [&'static str],
        defined: &[String],
    ) -> Result<Self, String> {
        let fixed = fields.len() - 1;
        if header.len() < fixed {
            return Err(format!("it has {} columns, and at least {fixed} were asked for", header.len()));
        }
        let mut known = 0;
        for (place, (label, field)) in header.iter().zip(fields).take(fixed).enumerate() {
            match field_of(label) {
                Some(found) if found == *field => known += 1,
                Some(_) => {
                    let label = label.escape_debug();
                    return Err(format!("its column {} is `{label}`, and `{field}` was asked for there", place + 1));
                }
                None => {}
            }
        }
        let rest: Vec<&str> = header.iter().skip(fixed).collect();
        Ok(Self {
            fields,
            width: header.len(),
            ids_are_labelled: header.get(SOURCE_ID).and_then(field_of) == Some(fields[SOURCE_ID]),
            metadata: metadata(&rest, defined, (fixed, known > 0))?,
        })
    }

    /// The cell of a field that is a column of its own.
    #[must_use]
    pub fn cell<'a>(&self, cells: &[&'a str], field: &str) -> Option<&'a str> {
        let place = self.fields.iter().position(|name| *name == field)?;
        (place + 1 < self.fields.len()).then(|| cells.get(place).copied()).flatten()
    }

    /// The cells of the metadata.
    #[must_use]
    pub fn metadata_cells<'a, 'b>(&self, cells: &'b [&'a str]) -> &'b [&'a str] {
        cells.get(self.fields.len() - 1..).unwrap_or_default()
    }
}

/// What the columns behind the others are; where labels are known at all, each of them has to be.
fn metadata(rest: &[&str], defined: &[String], (fixed, labels_are_known): (usize, bool)) -> Result<Metadata, String> {
    let is_defined = |label: &&str| defined.iter().any(|key| key == label);
    match rest {
        [] => Ok(Metadata::Unknown),
        [label] if !is_defined(label) && plain(label) == "metadata" => Ok(Metadata::Cell(defined.to_vec())),
        _ => match rest.iter().position(|label| !is_defined(label)) {
            None => Ok(Metadata::Keys(rest.iter().map(|label| (*label).to_owned()).collect())),
            Some(_) if !labels_are_known => Ok(Metadata::Unknown),
            Some(place) => {
                let label = rest[place].escape_debug();
                Err(format!("its column {} is `{label}`, which was not asked for", fixed + place + 1))
            }
        },
    }
}

fn field_of(label: &str) -> Option<&'static str> {
    let label = plain(label);
    let alias = || ALIASES.iter().find(|(alias, _)| *alias == label).map(|(_, field)| *field);
    FIELDS_AND_HISTORY.into_iter().find(|field| plain(field) == label).or_else(alias)
}

/// A label without what labels differ in.
fn plain(label: &str) -> String {
    label.chars().filter(char::is_ascii_alphanumeric).map(|one| one.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIXED: usize = FIELDS.len() - 1;

    const LABELS: [&str; 15] = [
        "Source ID",
        "Creation Date",
        "Last Update Date",
        "ID",
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
        Columns::of(&header, &FIELDS, &["tier".into(), "points".into()])
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
            (&strange, &["Customer Property 16", "Customer Property 17"], Metadata::Unknown),
            (&strange, &["Metadata"], Metadata::Cell(vec!["tier".into(), "points".into()])),
        ] {
            let found = columns(fixed, rest).unwrap();
            assert_eq!((found.width, found.metadata), (FIXED + rest.len(), metadata), "{fixed:?} {rest:?}");
            assert_eq!(found.ids_are_labelled, fixed != strange);
        }
        let mut swapped = LABELS;
        swapped.swap(4, 6);
        for (fixed, rest, words) in [
            (&swapped[..], &[][..], "its column 5 is `Email`, and `name` was asked for there"),
            (&LABELS[..14], &[], "it has 14 columns, and at least 15 were asked for"),
            (&LABELS, &["tier", "Consents"], "its column 17 is `Consents`, which was not asked for"),
        ] {
            assert_eq!(columns(fixed, rest), Err(words.to_owned()));
        }
    }
}
