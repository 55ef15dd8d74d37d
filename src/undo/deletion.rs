//! Customers that the upload made, deleted as fast as the limits allow. Each is looked at right before it goes, and its end
//! is a line of a journal, in the order of the list: what a crash leaves open is asked about again.

use std::{
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use futures_util::{StreamExt, stream::FuturesOrdered};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::decide::Why;
use crate::{
    compare::moment,
    failure::Failure,
    gzip,
    publish::{self, Journal},
    receipts::UndoRecord,
    tables::{Dialect, TableFile},
    voucherify::{CallKind, Customer, Session, Voucherify, VoucherifyError},
};

/// So many ends at most are lost where the power goes; those customers are then found gone.
const LINES_AT_RISK: u64 = 200;
/// So many have their turn at once: at a tenth of a second for an answer they are 40 deletions a second, more than the
/// limits of most plans allow.
const AT_ONCE: usize = 8;
/// Calls that one of them takes: a look and the deletion.
const CALLS_EACH: u64 = 2;
/// A server whose answers about one customer nobody understands is asked so often.
const TRIES: u32 = 3;

/// Somebody who may go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Deletion {
    source_id: String,
    /// The vendor's own id.
    id: String,
    /// Whatever happened to the customer behind this moment, others did.
    limit: DateTime<Utc>,
}

/// What became of one of them: a line of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ended {
    source_id: String,
    outcome: Outcome,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    why: String,
}

/// In a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    /// By this program, or before it came to it.
    Deleted,
    Kept,
    Failed,
}

/// Sums of a journal.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) deleted: u64,
    pub(super) kept: u64,
    pub(super) failed: u64,
}

impl Deletion {
    pub(super) fn of(source_id: &str, id: String, limit: DateTime<Utc>) -> Self {
        Self { source_id: source_id.to_owned(), id, limit }
    }

    /// Why the customer has to stay after all.
    fn objection(&self, Customer(members): &Customer, force: bool) -> Option<Why> {
        let held = Value::Object(members.clone());
        let some = |pointer: &str| held.pointer(pointer).is_some_and(|it| !it.is_null() && it.as_f64() != Some(0.0));
        let behind = |member: &str| match &held[member] {
            Value::Null => false,
            Value::String(text) => moment(text).is_none_or(|at| at > self.limit),
            _ => true,
        };
        let another = held["id"].as_str().is_some_and(|id| !self.id.is_empty() && id != self.id);
        let history = [
            "/summary/orders/total_count",
            "/summary/redemptions/total_redeemed",
            "/summary/redemptions/total_succeeded",
            "/loyalty/points",
        ];
        if history.iter().any(|pointer| some(pointer)) {
            Some(Why::History)
        } else if another || behind("created_at") {
            Some(Why::MadeAnew)
        } else {
            (behind("updated_at") && !force).then_some(Why::ChangedSince)
        }
    }
}

/// The list of those who may go.
pub(super) fn list(folder: &Path) -> PathBuf {
    folder.join("deletions.ndjson.gz")
}

fn journal(folder: &Path) -> PathBuf {
    folder.join("deleted.ndjson")
}

/// Deletes them, from where an earlier run stopped; tells whether all had their turn.
///
/// # Errors
/// A server that refuses or cannot be reached, or a disk that fails.
pub(super) async fn delete(session: &Session<'_>, folder: &Path, force: bool) -> Result<bool, Failure> {
    let disk = |error: io::Error| unusable(folder, error);
    let (ended, length) = read_journal(folder).map_err(disk)?;
    let mut journal = Journal::open(journal(folder), length).map_err(disk)?;
    let mut left = read_list(folder).map_err(disk)?;
    for line in ended {
        if left.next().transpose().map_err(disk)?.is_none_or(|deletion| deletion.source_id != line.source_id) {
            return Err(unusable(folder, io::Error::other("its journal is of another plan")));
        }
        session.phase().already(1);
    }
    let (mut under_way, mut answered, mut since_sync) = (FuturesOrdered::new(), 0_u64, 0);
    let all = loop {
        while is_room(session, under_way.len(), answered) {
            let Some(deletion) = left.next().transpose().map_err(disk)? else { break };
            under_way.push_back(async move {
                let outcome = one(session, &deletion, force).await?;
                Ok::<_, Failure>(outcome.map(|(outcome, why)| Ended { source_id: deletion.source_id, outcome, why }))
            });
        }
        let Some(line) = under_way.next().await else { break true };
        // Whoever is under way still is found gone by the run that goes on, or as the plan has it.
        let Some(line) = line? else { break false };
        answered += 1;
        journal.append(&serde_json::to_vec(&line).map_err(|error| disk(error.into()))?).map_err(disk)?;
        since_sync += 1;
        if since_sync == LINES_AT_RISK {
            journal.sync().map_err(disk)?;
            since_sync = 0;
        }
        session.phase().add(1);
    };
    journal.sync().map_err(disk)?;
    Ok(all)
}

/// Whether one more may have its turn while so many have theirs: as long as the limit has room for what all of them need.
fn is_room(session: &Session<'_>, under_way: usize, answered: u64) -> bool {
    let others = under_way as u64;
    match session.room(CallKind::Ordinary) {
        _ if under_way == 0 => true,
        // What the limits are is in the first answer.
        _ if answered == 0 || under_way >= AT_ONCE => false,
        // An answer that was overtaken by those of the others does not count their calls.
        Some(calls) => calls >= CALLS_EACH * (others + 1) + others,
        None => true,
    }
}

/// What becomes of one; nothing where the user asks to stop.
async fn one(session: &Session<'_>, deletion: &Deletion, force: bool) -> Result<Option<(Outcome, String)>, Failure> {
    let Deletion { id, source_id, .. } = deletion;
    let mut tries = 0;
    let (call, error) = loop {
        let look = async |client: &Voucherify| client.customer(id, source_id).await;
        match session.patiently(CallKind::Ordinary, look).await {
            Ok(None) => return Ok(None),
            Ok(Some(customer)) => {
                if let Some(why) = deletion.objection(&customer, force) {
                    return Ok(Some((Outcome::Kept, why.as_str().to_owned())));
                }
            }
            Err(VoucherifyError::Missing) => return Ok(Some((Outcome::Deleted, "was gone already".to_owned()))),
            Err(VoucherifyError::Unreadable(_)) if tries < TRIES => {
                tries += 1;
                continue;
            }
            Err(error) => break ("looked at", error),
        }
        // It is taken for what the plan says, and for nothing that came after it.
        crate::publish::crash_point();
        let delete = async |client: &Voucherify| client.delete_customer(id, source_id).await;
        match session.patiently(CallKind::Ordinary, delete).await {
            Ok(None) => return Ok(None),
            Ok(Some(())) | Err(VoucherifyError::Missing) => return Ok(Some((Outcome::Deleted, String::new()))),
            Err(error) => break ("deleted", error),
        }
    };
    // What is the fault of one customer must not keep the others waiting; what is the server's ends the run.
    if !error.is_about_one() {
        return Err(error.into_failure());
    }
    let why = format!("could not be {call}: {}", error.into_failure());
    match session.patiently(CallKind::Ordinary, async |client| client.check_keys().await).await {
        Ok(None) => Ok(None),
        Ok(Some(())) => Ok(Some((Outcome::Failed, why))),
        Err(error) => Err(error.into_failure()),
    }
}

/// Sums up what the journal says.
pub(super) fn sums(folder: &Path) -> Result<Sums, Failure> {
    let (ended, _) = read_journal(folder).map_err(|error| unusable(folder, error))?;
    let count = |outcome: Outcome| ended.iter().filter(|line| line.outcome == outcome).count() as u64;
    Ok(Sums { deleted: count(Outcome::Deleted), kept: count(Outcome::Kept), failed: count(Outcome::Failed) })
}

/// Publishes `created.csv`: those whom the upload made and who may go, and what became of them so far.
pub(super) fn publish_table(folder: &Path, record: &UndoRecord, dialect: Dialect) -> Result<(), Failure> {
    let write = || -> io::Result<()> {
        let (ended, _) = read_journal(folder)?;
        let path = folder.join("created.csv");
        let mut table = TableFile::create(&path, dialect, &["source_id", "id", "outcome", "why"])?;
        let open = if record.delete_created { ("to be deleted", "") } else { ("kept", "`--delete-created`") };
        for (number, deletion) in read_list(folder)?.enumerate() {
            let deletion = deletion?;
            let (outcome, why) = match ended.get(number) {
                Some(Ended { outcome: Outcome::Deleted, why, .. }) => ("deleted", why.as_str()),
                Some(Ended { outcome: Outcome::Kept, why, .. }) => ("kept", why.as_str()),
                Some(Ended { outcome: Outcome::Failed, why, .. }) => ("failed", why.as_str()),
                None => open,
            };
            table.row([&deletion.source_id, &deletion.id, outcome, why])?;
        }
        table.publish().map(drop)
    };
    write().map_err(|error| unusable(folder, error))
}

fn read_list(folder: &Path) -> io::Result<impl Iterator<Item = io::Result<Deletion>>> {
    let lines = gzip::content(publish::open_own(&list(folder))?)?.lines();
    Ok(lines.map(|line| serde_json::from_str(&line?).map_err(io::Error::from)))
}

/// The whole lines of the journal, and their bytes; what a crash left of a last line is none.
fn read_journal(folder: &Path) -> io::Result<(Vec<Ended>, u64)> {
    let file = match publish::open_own(&journal(folder)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((Vec::new(), 0)),
        file => file?,
    };
    let (mut file, mut lines, mut length) = (BufReader::new(file), Vec::new(), 0);
    loop {
        let mut line = Vec::new();
        let read = file.read_until(b'\n', &mut line)? as u64;
        match serde_json::from_slice(&line) {
            Ok(ended) if line.ends_with(b"\n") => lines.push(ended),
            _ => return Ok((lines, length)),
        }
        length += read;
    }
}

fn unusable(folder: &Path, error: io::Error) -> Failure {
    Failure::disk(format!("the plan `{}` cannot be used", folder.display()), error)
}
