//! What a run learns of every customer, brought into the tables beside the receipts; `--outcomes` copies them out.

use std::{collections::HashMap, io, path::Path};

use super::flight::RequestMembers;
use crate::{
    batches::{
        origins::{self, OriginRow},
        reader::Body,
    },
    receipts::{CustomerFate, CustomerOutcome, OutcomeRow, Receipt, Receipts, Refusal},
    tables::{Dialect, TableFile},
    voucherify::ReportRow,
};

/// The batches of a run whose customers are told of, where that is wanted.
#[derive(Debug, Default)]
pub(super) struct Outcomes {
    wanted: bool,
    /// Batches of the input, in its order.
    order: Vec<String>,
}

impl Outcomes {
    pub(super) fn new(wanted: bool) -> Self {
        Self { wanted, order: Vec::new() }
    }

    pub(super) fn wanted(&self) -> bool {
        self.wanted
    }

    /// Begins the table of a batch of the input. One that is there from an earlier run goes on, unless all of the batch
    /// is sent anew.
    pub(super) fn begin(
        &mut self,
        receipts: &Receipts,
        body: &Body,
        receipt: Option<&Receipt>,
        otherwise: CustomerOutcome,
    ) -> io::Result<()> {
        if !self.wanted {
            return Ok(());
        }
        self.order.push(body.sha256.clone());
        if receipts.has_outcomes(&body.sha256) && otherwise != CustomerOutcome::Unknown {
            return Ok(());
        }
        let refusals = refusals(receipt.map_or(&[], |receipt| &receipt.errors));
        let otherwise = receipt.map_or(otherwise, |receipt| fate(receipt, otherwise));
        let batch = body.memberships.first().map_or("-", |membership| membership.batch.as_str());
        let tables = body.memberships.iter().filter_map(|membership| {
            // A table that is not there, or is damaged, only adds to what is told.
            origins::there(membership.origins.as_deref()?, membership.customers)
        });
        let mut origins = tables.flatten().map(Some).chain(std::iter::repeat(None));
        let rows = body.source_ids.iter().map(|source_id| {
            let row = OutcomeRow { source_id: source_id.clone(), batch: batch.to_owned(), ..OutcomeRow::default() };
            let row = match origins.next().flatten() {
                Some(OriginRow { segment_id, file, line }) => OutcomeRow { segment_id, file, line: Some(line), ..row },
                None => row,
            };
            row.with(refusals.get(source_id.as_str()).copied(), otherwise)
        });
        receipts.publish_outcomes(&body.sha256, rows.map(Ok))
    }

    /// Notes what became of the members of a request in the tables of their batches.
    pub(super) fn tell(
        &self,
        receipts: &Receipts,
        members: &RequestMembers,
        receipt: &Receipt,
        report: &[ReportRow],
    ) -> io::Result<()> {
        if !self.wanted {
            return Ok(());
        }
        let refusals = refusals(&receipt.errors);
        let report: HashMap<&str, &ReportRow> = report.iter().map(|row| (row.source_id.as_str(), row)).collect();
        let mut ids = members.source_ids.iter();
        for membership in &members.memberships {
            let told: HashMap<u64, &String> = membership.positions.iter().copied().zip(ids.by_ref()).collect();
            if !receipts.has_outcomes(&membership.sha256) {
                continue;
            }
            let rows = receipts.outcomes(&membership.sha256)?.zip(0..).map(|(row, position)| {
                let row = row?;
                let Some(id) = told.get(&position) else { return Ok(row) };
                let outcome = outcome(report.get(id.as_str()).copied(), receipt);
                Ok(row.with(refusals.get(id.as_str()).copied(), outcome))
            });
            receipts.publish_outcomes(&membership.sha256, rows)?;
        }
        Ok(())
    }

    /// Publishes the tables of all batches as one.
    pub(super) fn publish(&self, receipts: &Receipts, destination: &Path, dialect: Dialect) -> io::Result<()> {
        let mut table = TableFile::typed(destination, dialect, &OutcomeRow::COLUMNS)?;
        for sha256 in &self.order {
            for row in receipts.outcomes(sha256)? {
                table.row(row?.cells().iter().map(String::as_str))?;
            }
        }
        table.publish().map(|_| ())
    }
}

/// What a report says of a customer that was not refused (docs/api-facts.md C3); else what the receipt does.
fn outcome(row: Option<&ReportRow>, receipt: &Receipt) -> CustomerOutcome {
    match (fate(receipt, CustomerOutcome::Unknown), row) {
        (_, Some(ReportRow { updated: Some(true), found: Some(true), .. })) => CustomerOutcome::Updated,
        (_, Some(ReportRow { updated: Some(true), found: Some(false), .. })) => CustomerOutcome::Created,
        // A row of one who was found counts as processed, whatever is known of the others.
        (CustomerOutcome::Taken, Some(ReportRow { updated: Some(false), .. }))
        | (CustomerOutcome::Unknown, Some(ReportRow { updated: Some(false), found: Some(true), .. })) => {
            CustomerOutcome::AsItWas
        }
        (fate, _) => fate,
    }
}

/// What a receipt says of a customer whom it does not name.
fn fate(receipt: &Receipt, otherwise: CustomerOutcome) -> CustomerOutcome {
    match receipt.fate(None) {
        CustomerFate::Refused(_) => CustomerOutcome::Refused,
        CustomerFate::Taken if otherwise == CustomerOutcome::Unchanged => CustomerOutcome::Unchanged,
        CustomerFate::Taken => CustomerOutcome::Taken,
        CustomerFate::Submitted | CustomerFate::Undone | CustomerFate::Unknown => CustomerOutcome::Unknown,
    }
}

fn refusals(errors: &[Refusal]) -> HashMap<&str, &Refusal> {
    errors.iter().filter_map(|error| Some((error.source_id.as_deref()?, error))).collect()
}

/// Each member of a request with the row of its batch's table of origins, where there is a whole one.
pub(super) fn origins_of(members: &RequestMembers) -> impl Iterator<Item = (&str, Option<OriginRow>)> {
    let mut found = Vec::with_capacity(members.source_ids.len());
    for membership in &members.memberships {
        let customers = membership.customers;
        let rows = membership.origins.as_deref().and_then(|path| origins::there(path, customers));
        let rows = rows.filter(|rows| rows.len() as u64 == customers).unwrap_or_default();
        let place = |place: &u64| usize::try_from(*place).ok().and_then(|place| rows.get(place).cloned());
        found.extend(membership.positions.iter().map(place));
    }
    members.source_ids.iter().map(String::as_str).zip(found)
}
