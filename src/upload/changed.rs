//! Sends only customers whose content is not what the target took last, packed anew.

use std::mem;

use super::{Report, Upload};
use crate::{
    batches::reader::{Batches, Body},
    failure::Failure,
};

/// Bytes of JSON in one request: below what the API takes (API_FACTS.md C1).
const REQUEST_BYTES: usize = 9 * 1024 * 1024;

impl Upload<'_> {
    /// Uploads what changed to its end.
    ///
    /// # Errors
    /// As those of [`run`](Self::run).
    pub async fn run_changed(mut self, mut batches: Batches) -> Result<Report, Failure> {
        let taken = self.receipts.taken()?;
        let (mut report, mut waiting, mut bytes) = (Report::default(), Vec::new(), 0);
        while let Some(body) = batches.read_next()? {
            for (source_id, customer) in body.source_ids.iter().zip(body.customers()?) {
                let json = customer.get();
                if taken.has(source_id, json) {
                    report.unchanged += 1;
                    continue;
                }
                if bytes + json.len() > REQUEST_BYTES {
                    bytes = 0;
                    self.send_changed(mem::take(&mut waiting), &mut report).await?;
                }
                bytes += json.len() + 1;
                waiting.push(json.to_owned());
            }
            if report.interrupted {
                return self.end(report);
            }
        }
        self.send_changed(waiting, &mut report).await?;
        self.end(report)
    }

    async fn send_changed(&mut self, customers: Vec<String>, report: &mut Report) -> Result<(), Failure> {
        if customers.is_empty() || report.interrupted || self.interrupt.asked() {
            report.interrupted |= self.interrupt.asked();
            return Ok(());
        }
        let body = Body::packed(&customers)?;
        match self.batch(&body, self.patience, report).await? {
            Some(receipt) => self.account(&receipt, report),
            None => report.interrupted = true,
        }
        Ok(())
    }
}
