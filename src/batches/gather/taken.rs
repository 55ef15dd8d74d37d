//! Takes over what folders hold, each file held against its manifest first, on all cores.

use std::{
    io::{self, Read as _},
    iter, mem,
    ops::Range,
    path::Path,
    sync::mpsc::sync_channel,
    thread,
};

use rayon::prelude::*;
use serde_json::value::RawValue;

use super::Part;
use crate::{
    batches::{
        manifest::{Batch, BatchesManifest, Table},
        origins,
        packing::{Limits, Packer},
        reader,
        writer::{BatchesWriter, Files},
    },
    digest::{self, Hashed},
    failure::Failure,
    findings::FindingsTable,
    manifest::names,
};

/// Batches for each thread that are held against their manifests before those before them are taken over.
const AHEAD: usize = 2;

/// Bytes of a table that are read at once.
const PIECE: usize = 1 << 18;
/// So many of those wait to be written.
const PIECES: usize = 4;

/// What was read of a table.
enum Read {
    Some(Vec<u8>),
    /// Its end: its SHA-256, or why it cannot be read.
    All(io::Result<String>),
}

/// What a batch is, when it was held against its manifest.
enum Checked {
    /// To be taken over as it is.
    Whole,
    /// To be packed anew: requests are scarce.
    Anew(Customers),
}

/// The customers of a batch.
struct Customers {
    json: Vec<u8>,
    /// Rows of origins, one behind the other.
    origins: Vec<u8>,
    /// Where each customer is in either.
    each: Vec<(Range<usize>, Range<usize>)>,
}

/// Takes over the rows of tables of findings, each of which must be as its manifest lists it: what somebody wrote into it
/// since would otherwise be nowhere. They are read and hashed beside what writes them.
pub(super) fn tables(
    table: &mut FindingsTable,
    parts: &[Part],
    listed: fn(&BatchesManifest) -> &Table,
    go_on: impl Fn() -> Result<(), Failure>,
) -> Result<(), Failure> {
    thread::scope(|scope| {
        let (send, come) = sync_channel(PIECES);
        let paths: Vec<_> = parts.iter().map(|part| part.folder.join(&listed(&part.manifest).file)).collect();
        let to_read = paths.clone();
        // It ends where nobody takes them any more.
        scope.spawn(move || to_read.iter().flat_map(|path| pieces(path)).try_for_each(|piece| send.send(piece)));
        for (part, path) in parts.iter().zip(&paths) {
            go_on()?;
            let unreadable =
                |error: io::Error| damaged(format!("cannot take over `{}`", path.display())).because(error);
            let (listed, mut read) = (listed(&part.manifest), None);
            let some = iter::from_fn(|| match come.recv().ok()? {
                Read::Some(bytes) => Some(bytes),
                Read::All(sha256) => {
                    read = Some(sha256);
                    None
                }
            });
            let taken = table.take_over(some, listed.rows);
            match (taken, read) {
                (_, Some(Err(error))) => return Err(unreadable(error)),
                // That there is no room is said of the table that is written, never of the one that is read.
                (Err(error), _) if Failure::of_writing(&error).is_some() => {
                    return Err(Failure::disk("cannot write the tables of all partitions", error));
                }
                (Err(error), _) => return Err(unreadable(error)),
                (Ok(()), Some(Ok(sha256))) if sha256 == listed.sha256 => {}
                (Ok(()), _) => return Err(edited(path)),
            }
        }
        Ok(())
    })
}

/// What a table holds, and its end.
fn pieces(path: &Path) -> impl Iterator<Item = Read> {
    let mut left = Some(names::open(path).map(Hashed::new));
    iter::from_fn(move || {
        let read = left.take()?.and_then(|mut file| {
            let mut bytes = Vec::with_capacity(PIECE);
            (&mut file).take(PIECE as u64).read_to_end(&mut bytes)?;
            Ok((bytes, file))
        });
        Some(match read {
            Ok((bytes, file)) if bytes.is_empty() => Read::All(Ok(file.finish().2)),
            Ok((bytes, file)) => {
                left = Some(Ok(file));
                Read::Some(bytes)
            }
            Err(error) => Read::All(Err(error)),
        })
    })
}

/// Takes over full batches as they are, and packs those that are less than half full anew.
pub(super) fn batches(
    parts: &[Part],
    writer: &mut BatchesWriter,
    mut go_on: impl FnMut() -> Result<(), Failure>,
) -> Result<(), Failure> {
    let limits = parts[0].manifest.options.limits();
    let mut packer = Packer::new(limits);
    let below = parts.len().gt(&1).then_some(limits);
    let all: Vec<(&Path, &Batch)> =
        parts.iter().flat_map(|part| part.manifest.batches.iter().map(|batch| (&*part.folder, batch))).collect();
    for some in all.chunks(AHEAD * rayon::current_num_threads()) {
        let checked: Vec<_> = some.par_iter().map(|(folder, batch)| checked(folder, batch, below)).collect();
        for ((folder, batch), checked) in some.iter().zip(checked) {
            go_on()?;
            match checked? {
                Checked::Whole => writer.take_over(folder, batch)?,
                Checked::Anew(customers) => customers.pack(&mut packer, writer)?,
            }
        }
    }
    if let Some(packed) = packer.finish() {
        writer.write(Files::of(&packed))?;
    }
    Ok(())
}

/// Insists that a batch and its origins are what the manifest lists. Of what is packed anew the content is held against it, of
/// what is taken over the file: that is what will be there.
fn checked(folder: &Path, batch: &Batch, below: Option<Limits>) -> Result<Checked, Failure> {
    origins_are_whole(folder, batch)?;
    if below.is_some_and(|limits| limits.is_below_half(batch.bytes, batch.customers)) {
        return Customers::read(folder, batch).map(Checked::Anew);
    }
    reader::check(folder, batch)?;
    Ok(Checked::Whole)
}

fn origins_are_whole(folder: &Path, batch: &Batch) -> Result<(), Failure> {
    let path = folder.join(&batch.origins.file);
    let sha256 = names::open(&path)
        .and_then(digest::of_open)
        .map_err(|error| damaged(format!("cannot read `{}`", path.display())).because(error))?;
    if sha256 == batch.origins.sha256 {
        return Ok(());
    }
    Err(damaged(format!("`{}` is not the table that the manifest lists", path.display())))
}

pub(super) fn damaged(what: String) -> Failure {
    Failure::stopped(what).hint("run the transform that made it again, then gather")
}

pub(super) fn edited(path: &Path) -> Failure {
    Failure::usage(format!("`{}` was edited since it was made", path.display())).hint(
        "what is filled in goes to every partition's transform by `--corrections`; run those again with it, then gather",
    )
}

impl Customers {
    fn read(folder: &Path, batch: &Batch) -> Result<Self, Failure> {
        let json = reader::content(folder, batch)?;
        reader::is_listed(folder, batch, &json)?;
        let path = folder.join(&batch.origins.file);
        let unreadable = |error| damaged(format!("cannot read `{}`", path.display())).because(error);
        let rows = origins::read(&path, batch.customers).map_err(unreadable)?;
        let no_batch = |error: Box<dyn std::error::Error + Send + Sync>| reader::no_batch(&batch.file, error);
        let text = std::str::from_utf8(&json).map_err(|error| no_batch(error.into()))?;
        let customers: Vec<&RawValue> = serde_json::from_str(text).map_err(|error| no_batch(error.into()))?;
        if rows.len() != customers.len() {
            let (rows, customers) = (rows.len(), customers.len());
            return Err(damaged(format!("`{}` has {rows} rows for {customers} customers", path.display())));
        }
        let (mut origins, mut each) = (Vec::new(), Vec::with_capacity(rows.len()));
        for (customer, row) in customers.into_iter().zip(rows) {
            let begin = customer.get().as_ptr() as usize - text.as_ptr() as usize;
            let before = origins.len();
            origins::write_row(&mut origins, &row.segment_id, &row.file, row.line);
            each.push((begin..begin + customer.get().len(), before..origins.len()));
        }
        Ok(Self { json, origins, each })
    }

    fn pack(mut self, packer: &mut Packer, writer: &mut BatchesWriter) -> Result<(), Failure> {
        for (customer, origin) in mem::take(&mut self.each) {
            if let Some(packed) = packer.add(&self.json[customer], &self.origins[origin]) {
                writer.write(Files::of(&packed))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::batches::packing::Limits;

    #[test]
    fn a_batch_is_below_half_where_both_limits_leave_as_much_again() {
        let limits = Limits::new(1_000, Some(10));
        for (bytes, customers, below) in [(499, 4, true), (500, 4, false), (10, 5, false), (1_000, 10, false)] {
            assert_eq!(limits.is_below_half(bytes, customers), below, "{bytes} {customers}");
        }
        assert!(Limits::new(1_000, None).is_below_half(499, 1_000_000));
    }
}
