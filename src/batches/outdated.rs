//! Whether the archives are still what batches were made from: whoever sends older ones should know.

use super::manifest::BatchesManifest;
use crate::archive::manifest::ArchiveManifest;

/// What is known of the archives that batches were made from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outdated {
    /// Archives that hold other profiles now, as they were typed.
    pub changed: Vec<String>,
    /// Archives that are not here, or cannot be read.
    pub not_checked: Vec<String>,
}

impl Outdated {
    /// Looks for the archives where they were typed, from the present folder.
    #[must_use]
    pub fn of(manifest: &BatchesManifest) -> Self {
        let mut outdated = Self::default();
        for given in &manifest.given {
            let Some(parts) = &given.parts_sha256 else { continue };
            match ArchiveManifest::read(given.input.as_ref()) {
                Ok(Some(archive)) if archive.parts_sha256() == *parts => {}
                Ok(Some(_)) => outdated.changed.push(given.input.clone()),
                Ok(None) | Err(_) => outdated.not_checked.push(given.input.clone()),
            }
        }
        outdated
    }

    /// In words for people, where there is something to say.
    #[must_use]
    pub fn in_words(&self) -> Option<String> {
        let list = |names: &[String]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        match (self.changed.is_empty(), self.not_checked.is_empty()) {
            (false, _) => Some(format!(
                "{} holds other profiles than when these batches were made: transform again to send them",
                list(&self.changed)
            )),
            (true, false) => {
                Some(format!("{} is not here: whether it has changed since is not checked", list(&self.not_checked)))
            }
            (true, true) => None,
        }
    }
}
