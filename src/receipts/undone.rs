//! How far an undo has come: `undo-000001/undo.json`, beside its plan. The file is the plan's commit point.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::before::numbered;
use crate::{
    failure::Failure,
    publish,
    wording::{count, counted},
};

/// How the folders are named, before their number.
const PREFIX: &str = "undo-";
const FILE: &str = "undo.json";

/// Where an undo is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UndoState {
    /// There is a plan, and nothing was changed: it may be replaced by a newer one.
    Planned,
    /// It is on its way, and goes on until it is done.
    Begun,
    /// Every customer is in a book, and the receipts say so.
    Done,
}

/// Customers that an upload touched, each in one book.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoBooks {
    /// Customers that the upload touched = restored + deleted + kept + failed.
    pub touched: u64,
    /// Customers who hold what they held before.
    pub restored: u64,
    /// Customers whom the upload created and who are gone.
    pub deleted: u64,
    /// Customers who were left as they are.
    pub kept: u64,
    /// Customers with whom it was tried in vain.
    pub failed: u64,
}

/// A plan and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoRecord {
    /// Its number, that of the folder.
    pub number: u64,
    /// Name of the target.
    pub target: String,
    /// Number of the before-image that it goes back to.
    pub before: u64,
    /// Where it is in its life.
    pub state: UndoState,
    /// When the plan was made, by the clock of this machine.
    pub planned_at: DateTime<Utc>,
    /// When it was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<DateTime<Utc>>,
    /// Whether customers are put back whom others changed or deleted since.
    pub force: bool,
    /// Whether customers are deleted whom the upload created.
    pub delete_created: bool,
    /// Customers that the upload touched.
    pub touched: u64,
    /// Customers whose old values are in the batches of the plan.
    pub to_restore: u64,
    /// Customers who hold already what they held before.
    pub as_before: u64,
    /// Customers that the upload created and that may be deleted, as far as the plan can tell.
    pub to_delete: u64,
    /// Customers that are kept whatever is asked for, by reason.
    pub kept: BTreeMap<String, u64>,
    /// Those who were deleted by others and are made again, with another id.
    #[serde(default)]
    pub made_again: u64,
    /// Fields that cannot be put back since no export shows them, with the number of customers.
    pub not_restorable: BTreeMap<String, u64>,
    /// What it came to, by book; nothing while it is not done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub books: Option<UndoBooks>,
}

impl UndoBooks {
    /// Whether every customer is in one book.
    #[must_use]
    pub fn balance(&self) -> bool {
        let books = [self.restored, self.deleted, self.kept, self.failed];
        self.touched == books.into_iter().fold(0, u64::saturating_add)
    }

    /// The sum in words.
    #[must_use]
    pub fn in_words(&self) -> String {
        let books = [self.touched, self.restored, self.deleted, self.kept, self.failed];
        let [touched, restored, deleted, kept, failed] = books.map(count);
        format!("touched {touched} = restored {restored} + deleted {deleted} + kept {kept} + failed {failed}")
    }
}

impl UndoRecord {
    /// Where the undo with this number is, below the target's folder.
    #[must_use]
    pub fn folder(target: &Path, number: u64) -> PathBuf {
        target.join(format!("{PREFIX}{number:06}"))
    }

    /// All undos of a target, in the order of their numbers.
    ///
    /// # Errors
    /// One that is there and cannot be read.
    pub fn all(target: &Path) -> Result<Vec<Self>, Failure> {
        let numbers = numbered(target, PREFIX).map_err(|error| super::unreadable(target, error))?;
        let mut records = Vec::new();
        for number in numbers {
            let path = Self::folder(target, number).join(FILE);
            match publish::read_own(&path) {
                Ok(text) => records.push(serde_json::from_str(&text).map_err(|error| damaged(&path, error))?),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(damaged(&path, error)),
            }
        }
        Ok(records)
    }

    /// Publishes it: from here on there is a plan, or it is a step further.
    ///
    /// # Errors
    /// Any I/O error.
    pub fn publish(&self, target: &Path) -> io::Result<()> {
        publish::json(&Self::folder(target, self.number).join(FILE), self)
    }

    /// Takes a plan back, before it is replaced.
    ///
    /// # Errors
    /// Any I/O error.
    pub fn withdraw(target: &Path, number: u64) -> io::Result<()> {
        publish::remove(&Self::folder(target, number).join(FILE))
    }

    /// In a few words: when, and the four books.
    #[must_use]
    pub fn in_words(&self) -> String {
        let at = self.finished_at.unwrap_or(self.planned_at).format("%F %H:%M UTC");
        match (&self.books, self.state) {
            (Some(books), _) => format!("undone {at}: {}", books.in_words()),
            (None, UndoState::Planned) => {
                format!("an undo of {} was planned {at}, and not begun", counted(self.touched, "customer"))
            }
            (None, _) => format!("an undo of {} was begun, and is not finished", counted(self.touched, "customer")),
        }
    }
}

fn damaged(path: &Path, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Failure {
    Failure::stopped(format!("the undo `{}` cannot be read", path.display()))
        .because(error)
        .hint("bring that file back from a backup: it says how far the undo has come")
}
