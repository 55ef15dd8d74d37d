//! What the last comparison of a target with the batches came to: `verify/summary.json`, and `verify.csv` with what is not
//! the same.

use std::{collections::BTreeMap, io, path::Path};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    manifest::{Counts, names},
    publish,
    wording::{count, counted},
};

/// Folder below a target's; the name keeps it apart from receipts.
const FOLDER: &str = "verify";
const FILE: &str = "summary.json";
/// Most bytes of it: a line a field.
const MOST_BYTES: u64 = 8 << 20;

/// What a target held when it was last compared with the batches: customers = same + differs + missing + refused + not
/// checkable.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Verified {
    /// When the comparison was made.
    pub at: DateTime<Utc>,
    /// Batches of the folder.
    pub batches: u64,
    /// Those of them that were done, and so compared.
    pub compared: u64,
    /// Customers in them, each once.
    pub customers: u64,
    /// Customers all of whose fields that can be seen are as they were sent.
    pub same: u64,
    /// Customers with a field that holds something else.
    pub differs: u64,
    /// Customers that the project does not have.
    pub missing: u64,
    /// Customers that the server had refused.
    pub refused: u64,
    /// Customers that are there, and of whom no field that was sent can be seen.
    pub not_checkable: u64,
    /// Customers that were looked at one by one, beside the export.
    pub sampled: u64,
    /// Customers that were to be looked at, and of whom the server did not tell; they are counted by what the export shows.
    pub not_looked_at: u64,
    /// Customers of the project that were not sent.
    pub others: u64,
    /// Fields that hold something else, with the number of customers.
    pub fields_that_differ: BTreeMap<String, u64>,
    /// Fields that an export does not show, with the number of customers.
    pub fields_not_checkable: BTreeMap<String, u64>,
}

impl Verified {
    /// Reads what was found at the target whose receipts are in `folder`; nothing where it was never compared.
    ///
    /// # Errors
    /// A file that is there and cannot be read.
    pub fn read(folder: &Path) -> io::Result<Option<Self>> {
        match names::read(&folder.join(FOLDER).join(FILE), MOST_BYTES) {
            Ok(text) => serde_json::from_reader(Counts::new(&text[..])).map(Some).map_err(io::Error::from),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Publishes it for the target whose receipts are in `folder`, which the caller has locked.
    ///
    /// # Errors
    /// Any I/O error.
    pub fn publish(&self, folder: &Path) -> io::Result<()> {
        let own = folder.join(FOLDER);
        publish::folder(&own)?;
        publish::sweep_temporary(&own)?;
        publish::json(&folder.join(FOLDER).join(FILE), self)
    }

    /// Forgets what was found: it is not so any more.
    ///
    /// # Errors
    /// Any I/O error.
    pub fn forget(folder: &Path) -> io::Result<()> {
        match publish::remove(&folder.join(FOLDER).join(FILE)) {
            // The folder that it would be in is not there either.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }

    /// In a few words: when, and what was not as it was sent.
    #[must_use]
    pub fn in_words(&self) -> String {
        let at = self.at.format("%F %H:%M UTC");
        let part = (self.compared < self.batches)
            .then(|| format!("{} of {} compared", count(self.compared), counted(self.batches, "batch")));
        let wrong = [
            (self.differs, "other than sent"),
            (self.missing, "missing"),
            (self.not_looked_at, "that could not be looked at"),
        ];
        let wrong = wrong.iter().filter(|(number, _)| *number > 0);
        let wrong: Vec<String> =
            wrong.map(|(number, what)| format!("{} {what}", counted(*number, "customer"))).collect();
        let found = if wrong.is_empty() {
            format!("{} as sent, as far as an export shows them", counted(self.same, "customer"))
        } else {
            wrong.join(", ")
        };
        format!("verified {at}: {}", part.into_iter().chain([found]).collect::<Vec<_>>().join(", "))
    }

    /// Whether every customer is accounted for.
    #[must_use]
    pub fn balances(&self) -> bool {
        let parts = [self.differs, self.missing, self.refused, self.not_checkable];
        self.customers == parts.into_iter().fold(self.same, u64::saturating_add)
    }
}
