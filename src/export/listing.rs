//! The list of a space, kept beside the parts, so that a run that continues does not list again.

use std::{
    collections::HashSet,
    fs,
    hash::{BuildHasher, RandomState},
    io,
    path::{Path, PathBuf},
};

use crate::{failure::Failure, publish};

/// Distinct segment ids in the order in which they were listed.
#[derive(Debug, Default)]
pub struct Listing {
    ids: Vec<String>,
    seen: HashSet<u128>,
    hasher: (RandomState, RandomState),
}

impl Listing {
    fn path(folder: &Path) -> PathBuf {
        folder.join("listing.txt")
    }

    /// Reads the list of the archive in `folder`; `None` where it was never finished.
    ///
    /// # Errors
    /// A list that cannot be read.
    pub fn read(folder: &Path) -> Result<Option<Self>, Failure> {
        let path = Self::path(folder);
        match fs::read_to_string(&path) {
            Ok(text) => {
                let mut listing = Self::default();
                listing.add(text.lines().map(str::to_owned));
                Ok(Some(listing))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Failure::stopped(format!("cannot read `{}`", path.display())).because(error)),
        }
    }

    /// Publishes the list, one id a line.
    ///
    /// # Errors
    /// Any I/O error; the list before this one is then still in place.
    pub fn publish(&self, folder: &Path) -> io::Result<()> {
        let mut text = self.ids.join("\n");
        text.push('\n');
        publish::bytes(&Self::path(folder), text.as_bytes())
    }

    /// Adds the ids that are new and gives their number. Ids are told apart by 128 bits of hash.
    pub fn add(&mut self, ids: impl IntoIterator<Item = String>) -> u64 {
        let before = self.ids.len();
        for id in ids.into_iter().filter(|id| !id.is_empty()) {
            let (first, second) = (self.hasher.0.hash_one(&id), self.hasher.1.hash_one(&id));
            if self.seen.insert(u128::from(first) << 64 | u128::from(second)) {
                self.ids.push(id);
            }
        }
        (self.ids.len() - before) as u64
    }

    /// Number of distinct ids.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.ids.len() as u64
    }

    /// Whether nothing was listed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The ids from a position on.
    #[must_use]
    pub fn from_position(&self, position: u64) -> &[String] {
        usize::try_from(position).ok().and_then(|position| self.ids.get(position..)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_distinct_in_the_order_listed_and_survive_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let mut listing = Listing::default();
        assert_eq!(listing.add(["b", "a", "b"].map(String::from)), 2);
        assert_eq!(listing.add(["a", "c"].map(String::from)), 1);
        listing.publish(folder.path()).unwrap();
        let read = Listing::read(folder.path()).unwrap().unwrap();
        assert_eq!(read.from_position(1), ["a", "c"]);
        assert_eq!(read.from_position(9), [""; 0]);
    }
}
