//! Two folders of batches against each other, customer by customer: what sending the new one would change.

use std::{
    collections::{BTreeMap, HashSet},
    io,
    path::Path,
};

use rayon::prelude::*;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    sent::Place,
    spool::{Rows, Spool},
    written::{Customer, Written},
};
use crate::{
    batches::manifest::{Batch, BatchesManifest},
    digest,
    failure::Failure,
    progress::Phase,
};

/// What differs between two folders; customers of the new one = added + changed + unchanged, of the old one = removed +
/// changed + unchanged.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Customers that only the new folder has.
    pub added: u64,
    /// Customers that only the old folder has; Voucherify keeps them.
    pub removed: u64,
    /// Those of them whom a rule of the new mapping skips.
    pub now_skipped: u64,
    /// Customers with other content.
    pub changed: u64,
    /// Customers that both have just so.
    pub unchanged: u64,
    /// What changes in the changed ones, by field.
    pub fields: BTreeMap<String, FieldChange>,
}

/// How often a field changes.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    /// Customers that have it in the new folder only.
    pub set: u64,
    /// Customers that have another value.
    pub changed: u64,
    /// Customers that have it in the old folder only: nothing is sent, and Voucherify keeps what it has.
    pub left_out: u64,
    /// Values of the first customer, old and new; for those who may see them.
    #[serde(skip)]
    pub example: (String, String),
}

/// One row of `diff.csv`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangeRow<'a> {
    /// The customer, by `source_id`.
    pub source_id: &'a str,
    /// `added`, `removed`, `now skipped`, `set`, `changed`, `left out`.
    pub change: &'a str,
    /// The field; nothing where it is the whole customer.
    pub field: &'a str,
    /// Its old value; JSON where it is no text.
    pub old: &'a str,
    /// Its value in the new batches; empty where there is none.
    pub new: &'a str,
}

impl ChangeRow<'_> {
    /// Columns of the table.
    pub const COLUMNS: [&'static str; 5] = ["source_id", "change", "field", "old", "new"];

    /// Its cells, in the order of the columns.
    #[must_use]
    pub fn cells(&self) -> [&str; 5] {
        [self.source_id, self.change, self.field, self.old, self.new]
    }
}

/// A folder of batches.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// The folder of batches.
    pub folder: &'a Path,
    /// What its manifest lists.
    pub manifest: &'a BatchesManifest,
}

/// Batches of the new folder that are held in memory at a time.
const AT_A_TIME: usize = 4;

/// A customer of the old folder: hash of its id, hash of its content, its place, which is the byte where it begins.
type Known = (u64, u64, Place);

/// Where rows go.
type Tell<'a> = dyn FnMut(ChangeRow<'_>) -> io::Result<()> + Send + 'a;

/// Compares two folders; each difference is told as a row. Of those whom the new mapping skips, `skipped` are the hashes of
/// the ids ([`digest::short`]). What is needed on disk is in the folder for temporary files.
///
/// # Errors
/// A batch that is damaged, or a disk that fails.
pub fn difference<S: std::hash::BuildHasher>(
    old: Side<'_>,
    new: Side<'_>,
    skipped: &HashSet<u64, S>,
    tell: &mut Tell<'_>,
    phase: &Phase,
) -> Result<Difference, Failure> {
    let hashes = |side: Side<'_>| -> HashSet<String> {
        side.manifest.batches.iter().map(|batch| batch.sha256.clone()).collect()
    };
    let (old_hashes, new_hashes) = (hashes(old), hashes(new));
    let differing = |side: Side<'_>, other: &HashSet<String>| -> Vec<Batch> {
        side.manifest.batches.iter().filter(|batch| !other.contains(&batch.sha256)).cloned().collect()
    };
    let (old_batches, new_batches) = (differing(old, &new_hashes), differing(new, &old_hashes));
    let shared = old.manifest.batches.iter().filter(|batch| new_hashes.contains(&batch.sha256));
    let mut difference = Difference { unchanged: shared.map(|batch| batch.customers).sum(), ..Difference::default() };
    let customers = |batches: &[Batch]| batches.iter().map(|batch| batch.customers).sum::<u64>();
    phase.total(customers(&old_batches) + customers(&new_batches));
    let known = OldCustomers::of(known(old.folder, &old_batches, phase)?);
    let spool = Spool::new(&std::env::temp_dir(), old_batches.len()).map_err(disk)?;
    let mut walk = Walk { spool, met: vec![false; known.sorted.len()], difference: &mut difference, tell };
    // Several at a time, and told in their order.
    for batches in new_batches.chunks(AT_A_TIME) {
        let bodies = batches.par_iter().map(|batch| {
            let batch = Written::read(new.folder, batch)?;
            batch.customers()?.iter().map(|customer| Ok(Met::of(customer, &known))).collect::<Result<Vec<_>, Failure>>()
        });
        for met in bodies.collect::<Result<Vec<_>, Failure>>()? {
            phase.add(met.len() as u64);
            walk.meet(met, &known)?;
        }
    }
    let Walk { mut spool, met, .. } = walk;
    let mut gone: Vec<Place> =
        known.sorted.iter().zip(met).filter(|(_, met)| !met).map(|((_, _, place), _)| *place).collect();
    gone.sort_by_key(|place| (place.batch, place.position));
    difference.removed = gone.len() as u64;
    tell_old((old.folder, &old_batches), &mut spool, (&gone, skipped), &mut difference, tell)?;
    Ok(difference)
}

/// What the old folder has, sorted by the hash of the id.
fn known(folder: &Path, batches: &[Batch], phase: &Phase) -> Result<Vec<Known>, Failure> {
    let each = batches.par_iter().enumerate().map(|(number, batch)| {
        let written = Written::read(folder, batch)?;
        let known = written.customers()?.into_iter().map(|Customer { at, source_id, json }| {
            (digest::short(source_id.as_bytes()), digest::short(json.as_bytes()), Place::new(number, at))
        });
        let known = known.collect::<Vec<Known>>();
        phase.add(batch.customers);
        Ok(known)
    });
    let mut known = each.collect::<Result<Vec<_>, Failure>>()?.concat();
    known.par_sort_unstable_by_key(|(id, _, place)| (*id, place.batch, place.position));
    // Of an id that is there twice, the last one is what a project would hold.
    known.reverse();
    known.dedup_by_key(|(id, ..)| *id);
    known.reverse();
    Ok(known)
}

/// Hashes that begin with the same bits are looked through together.
const FIRST_BITS: u32 = 16;

/// What the old folder has.
struct OldCustomers {
    /// By the hash of the id.
    sorted: Vec<Known>,
    /// Where those begin whose hashes begin with these bits; hashes are spread evenly, so there are few of each.
    begins: Vec<usize>,
}

impl OldCustomers {
    fn of(sorted: Vec<Known>) -> Self {
        let begins = (0..=1_u64 << FIRST_BITS)
            .map(|bits| sorted.partition_point(|(id, ..)| id >> (u64::BITS - FIRST_BITS) < bits))
            .collect();
        Self { sorted, begins }
    }

    fn find(&self, id: u64) -> Option<usize> {
        let bits = usize::try_from(id >> (u64::BITS - FIRST_BITS)).ok()?;
        let (begin, end) = (*self.begins.get(bits)?, *self.begins.get(bits + 1)?);
        self.sorted[begin..end].binary_search_by_key(&id, |(id, ..)| *id).ok().map(|found| begin + found)
    }
}

/// A customer of the new folder.
enum Met {
    /// The old folder does not have this id.
    Added(String),
    /// It is there just so, in this place among the known ones.
    Same(usize),
    /// It is there with other content than this.
    Changed(usize, String),
}

impl Met {
    fn of(customer: &Customer<'_>, known: &OldCustomers) -> Self {
        match known.find(digest::short(customer.source_id.as_bytes())) {
            None => Self::Added(customer.source_id.clone().into_owned()),
            Some(found) if known.sorted[found].1 == digest::short(customer.json.as_bytes()) => Self::Same(found),
            Some(found) => Self::Changed(found, customer.json.to_owned()),
        }
    }
}

struct Walk<'a, 'b> {
    spool: Spool,
    met: Vec<bool>,
    difference: &'a mut Difference,
    tell: &'a mut Tell<'b>,
}

impl Walk<'_, '_> {
    fn meet(&mut self, customers: Vec<Met>, known: &OldCustomers) -> Result<(), Failure> {
        for customer in customers {
            match customer {
                Met::Added(id) => {
                    self.difference.added += 1;
                    let row = ChangeRow { source_id: &id, change: "added", field: "", old: "", new: "" };
                    (self.tell)(row).map_err(disk)?;
                }
                Met::Same(number) => {
                    self.met[number] = true;
                    self.difference.unchanged += 1;
                }
                Met::Changed(number, json) => {
                    self.met[number] = true;
                    self.difference.changed += 1;
                    self.spool.add(known.sorted[number].2, std::iter::once(json.as_str())).map_err(disk)?;
                }
            }
        }
        Ok(())
    }
}

/// Goes through the old folder once more, and tells who is gone and what changes in those who are not.
fn tell_old<S: std::hash::BuildHasher>(
    (folder, batches): (&Path, &[Batch]),
    spool: &mut Spool,
    (gone, skipped): (&[Place], &HashSet<u64, S>),
    difference: &mut Difference,
    tell: &mut Tell<'_>,
) -> Result<(), Failure> {
    let mut numbers = (0..batches.len()).peekable();
    while let Some(first) = numbers.next() {
        // Batches whose rows lie together.
        let mut these = vec![first];
        while let Some(number) = numbers.next_if(|number| spool.shares(first, *number)) {
            these.push(number);
        }
        let rows = spool.rows(first).map_err(disk)?;
        let looked_at: Vec<(usize, Vec<Place>)> = these
            .into_iter()
            .map(|number| (number, places(number, &rows, gone)))
            .filter(|(_, places)| !places.is_empty())
            .collect();
        for some in looked_at.chunks(AT_A_TIME) {
            let read = some.par_iter().map(|(number, _)| Written::again(folder, &batches[*number]));
            for (written, (_, places)) in read.collect::<Result<Vec<_>, Failure>>()?.iter().zip(some) {
                for place in places {
                    let old = written.at(usize::try_from(place.position).unwrap_or(usize::MAX))?;
                    tell_one(&old, rows.cells(*place), skipped, difference, tell).map_err(disk)?;
                }
            }
        }
    }
    Ok(())
}

/// Where in a batch those are of whom there is something to tell, in order.
fn places(number: usize, rows: &Rows, gone: &[Place]) -> Vec<Place> {
    let number = u32::try_from(number).unwrap_or(u32::MAX);
    let begin = gone.partition_point(|place| place.batch < number);
    let gone_here = gone[begin..].iter().copied().take_while(|place| place.batch == number);
    let mut places: Vec<Place> = gone_here.chain(rows.places(number)).collect();
    places.sort_unstable_by_key(|place| place.position);
    places
}

/// Somebody who is gone, or who changes to what `cells` hold.
fn tell_one<S: std::hash::BuildHasher>(
    old: &Customer<'_>,
    cells: Option<Vec<&str>>,
    skipped: &HashSet<u64, S>,
    difference: &mut Difference,
    tell: &mut Tell<'_>,
) -> io::Result<()> {
    let id = &*old.source_id;
    let Some(cells) = cells else {
        let now_skipped = skipped.contains(&digest::short(id.as_bytes()));
        difference.now_skipped += u64::from(now_skipped);
        let change = if now_skipped { "now skipped" } else { "removed" };
        return tell(ChangeRow { source_id: id, change, field: "", old: "", new: "" });
    };
    let new: Map<String, Value> = cells.first().and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
    let old: Map<String, Value> = serde_json::from_str(old.json).unwrap_or_default();
    tell_changes(id, &flat(&old), &flat(&new), difference, tell)
}

fn tell_changes(
    source_id: &str,
    old: &BTreeMap<String, String>,
    new: &BTreeMap<String, String>,
    difference: &mut Difference,
    tell: &mut Tell<'_>,
) -> io::Result<()> {
    let names: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for field in names {
        let (was, is) = (old.get(field), new.get(field));
        if was == is {
            continue;
        }
        let (was_text, is_text) = (was.map_or("", String::as_str), is.map_or("", String::as_str));
        let change = difference.fields.entry(field.clone()).or_default();
        if change.set + change.changed + change.left_out == 0 {
            change.example = (was_text.to_owned(), is_text.to_owned());
        }
        let (count, word) = match (was, is) {
            (None, _) => (&mut change.set, "set"),
            (_, None) => (&mut change.left_out, "left out"),
            _ => (&mut change.changed, "changed"),
        };
        *count += 1;
        tell(ChangeRow { source_id, change: word, field, old: was_text, new: is_text })?;
    }
    Ok(())
}

/// The fields of a customer by name, with address and metadata member by member; values as text, JSON where they are none.
fn flat(customer: &Map<String, Value>) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut fields = BTreeMap::new();
    for (name, value) in customer {
        match (name.as_str(), value) {
            ("source_id", _) => {}
            ("address" | "metadata", Value::Object(members)) => {
                fields.extend(members.iter().map(|(member, value)| (format!("{name}.{member}"), text(value))));
            }
            _ => drop(fields.insert(name.clone(), text(value))),
        }
    }
    fields
}

fn disk(error: io::Error) -> Failure {
    Failure::stopped("the differences cannot be written").because(error).again("make room for temporary files, then")
}
