//! Which parts of an archive need not be read for one person: the transform left an index of who is in which.

use std::path::Path;

use super::search::SearchedFor;
use crate::{
    archive::reader::LineSource,
    batches::{index, manifest::BatchesManifest},
    transform::recorded::Run,
};

/// The sources that may hold who is wanted.
///
/// The index of the batches tells it of parts that it knows by their hash; all others are read. It knows source ids as the
/// mapping of that run makes them, and of one of several partitions only its own people: otherwise everything is read, and so
/// it is where the index is damaged or gone, which costs time alone.
#[must_use]
pub fn worth_reading(
    sources: Vec<LineSource>,
    wanted: &SearchedFor<'_>,
    batches: Option<(&Path, &BatchesManifest)>,
    run: &Run,
) -> Vec<LineSource> {
    let without = batches.and_then(|(folder, manifest)| {
        let is_ours = manifest.tool == concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"));
        let is_whole = run.is_recorded && is_ours && manifest.options.partition.is_none();
        let listed = manifest.index.as_ref().filter(|_| is_whole)?;
        index::parts_without(folder, listed, wanted.text()).ok()
    });
    let Some(without) = without else { return sources };
    let may_hold = |source: &LineSource| source.part_sha256().is_none_or(|sha256| !without.contains(sha256));
    sources.into_iter().filter(may_hold).collect()
}
