//! A user's own archive as the content of the space, held in memory.

use std::{collections::HashMap, path::Path};

use serde_json::{Map, Value, json};

use super::profile::Profile;
use crate::{archive::reader, failure::Failure};

/// Most JSON that is held.
const MOST_BYTES: usize = 1 << 30;

/// The lines of an archive, and where to find each profile.
#[derive(Debug, Default)]
pub(super) struct Stock {
    lines: Vec<Box<[u8]>>,
    segment_ids: Vec<String>,
    by_segment_id: HashMap<String, u64>,
    by_external_id: HashMap<String, u64>,
}

impl Stock {
    /// Reads an archive, or any files that `transform` would read.
    ///
    /// # Errors
    /// One that cannot be read, is larger than what is held, or has a line that is no profile.
    pub(super) fn load(path: &Path) -> Result<Self, Failure> {
        let (mut stock, mut bytes) = (Self::default(), 0);
        for source in reader::sources(&[path.to_owned()])? {
            let mut lines = source.open()?;
            while let Some(block) = lines.block()? {
                bytes += block.bytes.len();
                if bytes > MOST_BYTES {
                    let failure = Failure::usage(format!("`{}` has more than 1 GiB of JSON", path.display()));
                    return Err(failure.hint("name fewer of its files; all of them are held in memory"));
                }
                for (number, line) in block.lines() {
                    stock.add(line).ok_or_else(|| {
                        Failure::usage(format!("`{}`, line {number}: not a profile", source.name()))
                            .hint("name a folder that `export` wrote, or files with one profile a line")
                    })?;
                }
            }
        }
        Ok(stock)
    }

    fn add(&mut self, line: &[u8]) -> Option<()> {
        let profile = read(line)?;
        let number = self.lines.len() as u64;
        for item in &profile.external_ids {
            if let (Some(kind), Some(id)) = (item["type"].as_str(), item["id"].as_str()) {
                self.by_external_id.entry(format!("{kind}:{}", id.to_lowercase())).or_insert(number);
            }
        }
        self.by_segment_id.entry(profile.segment_id.clone()).or_insert(number);
        self.segment_ids.push(profile.segment_id);
        self.lines.push(line.into());
        Some(())
    }

    pub(super) fn len(&self) -> u64 {
        self.lines.len() as u64
    }

    pub(super) fn segment_id(&self, number: u64) -> String {
        usize::try_from(number).ok().and_then(|number| self.segment_ids.get(number)).cloned().unwrap_or_default()
    }

    pub(super) fn by_segment_id(&self, id: &str) -> Option<u64> {
        self.by_segment_id.get(id).copied()
    }

    pub(super) fn by_external_id(&self, kind: &str, value: &str) -> Option<u64> {
        self.by_external_id.get(&format!("{kind}:{value}")).copied()
    }

    pub(super) fn profile(&self, number: u64) -> Option<Profile> {
        read(self.lines.get(usize::try_from(number).ok()?)?)
    }
}

fn read(line: &[u8]) -> Option<Profile> {
    let Ok(Value::Object(mut profile)) = serde_json::from_slice(line) else { return None };
    let segment_id = profile.get("segment_id")?.as_str()?.to_owned();
    let external_ids = match profile.remove("external_ids") {
        Some(Value::Array(items)) => items,
        Some(Value::Object(ids)) => ids.into_iter().map(|(kind, id)| json!({"type": kind, "id": id})).collect(),
        _ => Vec::new(),
    };
    let mut traits = match profile.remove("traits") {
        Some(Value::Object(traits)) => traits,
        _ => Map::new(),
    };
    traits.sort_keys();
    Some(Profile { segment_id, external_ids, traits })
}
