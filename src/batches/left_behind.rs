//! The traits that stayed behind when batches were made: in the manifest, and in the words of summaries.

use serde::{Deserialize, Serialize};

use crate::wording;

/// Traits of the profiles that no rule of the mapping takes, so that nobody learns of them after the upload.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftBehind {
    /// How many names there are; where there are very many, at least that many.
    pub traits: u64,
    /// The most common ones, at most [`LeftBehind::MOST`].
    pub most_common: Vec<LeftTrait>,
}

/// One trait that no rule takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftTrait {
    /// The trait's name, as the profiles spell it.
    pub name: String,
    /// Profiles that have a value.
    pub profiles: u64,
}

impl LeftBehind {
    /// Names that a manifest holds.
    pub const MOST: usize = 100;
    /// Names that a summary tells.
    const TOLD: usize = 3;

    /// Whether every trait is taken.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.traits == 0
    }

    /// How many there are and the most common ones, by share of the profiles read; `None` where there are none.
    #[must_use]
    pub fn in_words(&self, read: u64) -> Option<String> {
        let told: Vec<String> = self
            .most_common
            .iter()
            .take(Self::TOLD)
            .map(|left| format!("`{}` {}", left.name, wording::share(left.profiles, read)))
            .collect();
        let more = self.traits.saturating_sub(told.len() as u64);
        let more = if more > 0 { format!(", and {} more", wording::count(more)) } else { String::new() };
        let traits = wording::counted(self.traits, "trait");
        (!self.is_empty()).then(|| format!("{traits} that no rule takes: {}{more}", told.join(", ")))
    }
}
