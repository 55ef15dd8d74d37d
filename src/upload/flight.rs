//! Batches that the server has accepted and works on, and when to ask about them: the fewest questions that still learn
//! of an end soon. It works on them one after another in the order in which it accepted them (docs/api-facts.md C1).

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use crate::{
    batches::reader::{Body, Membership},
    failure::Failure,
    receipts::{Fingerprint, Receipt, fingerprint},
    voucherify::Action,
};

/// Time from acceptance to the first question about a small batch.
const FIRST_WAIT: Duration = Duration::from_millis(200);
/// And so much more for a large one: what no server is known to do in less.
const WAIT_PER_MEBIBYTE: Duration = Duration::from_millis(150);
/// First wait after a question that came too early; grows by half each time.
const AGAIN: Duration = Duration::from_millis(250);
/// Longest wait between two questions.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// How much later than expected to ask: a question too early is a call too many.
const MARGIN: Duration = Duration::from_millis(30);

/// What has to be remembered of a request while the server works on it.
#[derive(Debug)]
pub(super) struct RequestMembers {
    pub(super) sha256: String,
    pub(super) bytes: u64,
    pub(super) source_ids: Vec<String>,
    pub(super) memberships: Vec<Membership>,
    pub(super) fingerprints: Vec<Fingerprint>,
}

impl RequestMembers {
    /// Everything but the JSON.
    pub(super) fn of(body: &Body) -> Result<Self, Failure> {
        let customers = body.customers()?;
        let fingerprints = body.source_ids.iter().zip(customers).map(|(id, json)| fingerprint(id, json.get()));
        Ok(Self {
            sha256: body.sha256.clone(),
            bytes: body.json.len() as u64,
            fingerprints: fingerprints.collect(),
            source_ids: body.source_ids.clone(),
            memberships: body.memberships.clone(),
        })
    }
}

/// A request that was accepted.
#[derive(Debug)]
pub(super) struct Accepted {
    pub(super) members: RequestMembers,
    pub(super) receipt: Receipt,
    /// When it was accepted, or when this run took it up.
    pub(super) since: Instant,
    /// Questions that found no end.
    pub(super) questions: u32,
    /// When to ask, where an answer told.
    ask_at: Option<Instant>,
}

/// All requests that were accepted, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Flight {
    pub(super) queue: VecDeque<Accepted>,
    /// Seconds of work a byte, once it is known.
    pace: Option<f64>,
    /// When the server began with the oldest, as far as that is known.
    began: Option<Instant>,
}

impl Flight {
    pub(super) fn push(&mut self, members: RequestMembers, receipt: Receipt, now: Instant) {
        if self.queue.is_empty() {
            self.began = Some(now);
        }
        self.queue.push_back(Accepted { members, receipt, since: now, questions: 0, ask_at: None });
    }

    /// When to ask next; nothing where nobody is to be asked about.
    pub(super) fn next_question(&self) -> Option<Instant> {
        let oldest = self.queue.front()?;
        if let Some(at) = oldest.ask_at {
            return Some(at);
        }
        let begins = self.began.unwrap_or(oldest.since).max(oldest.since);
        if self.pace.is_none() {
            let mebibytes = u32::try_from(oldest.members.bytes >> 20).unwrap_or(u32::MAX);
            return Some(begins + FIRST_WAIT + WAIT_PER_MEBIBYTE.saturating_mul(mebibytes).min(LONGEST_WAIT));
        }
        // All that will be done before the longest wait are asked about in one go, each with one call.
        let mut end = begins;
        let mut ask_at = None;
        for accepted in &self.queue {
            let work = self.expected(accepted).unwrap_or(LONGEST_WAIT);
            end = end.max(accepted.since) + work;
            let asked = end + MARGIN + work.mul_f64(0.05);
            if ask_at.is_some() && asked > begins + LONGEST_WAIT {
                break;
            }
            ask_at = Some(asked);
        }
        ask_at
    }

    /// How long the server works on a request, once that is known of others.
    fn expected(&self, accepted: &Accepted) -> Option<Duration> {
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let seconds = self.pace? * accepted.members.bytes as f64;
        Some(Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST_WAIT))
    }

    /// Notes an answer that is no end, about the request at this place.
    pub(super) fn not_yet(&mut self, place: usize, action: Option<&Action>, now: Instant) {
        let began = self.began.unwrap_or(now);
        let Some(accepted) = self.queue.get_mut(place) else { return };
        accepted.questions += 1;
        let grown = AGAIN.mul_f64(1.5_f64.powi(i32::try_from(accepted.questions.min(40)).unwrap_or(40)));
        let progress = action.and_then(|action| action.progress).filter(|progress| (1.0..100.0).contains(progress));
        let spent = now.duration_since(began.max(accepted.since));
        // What it says of its progress is believed, but for no longer than twice the time that it has had.
        let left = progress.map(|progress| spent.mul_f64(100.0 / progress - 1.0).clamp(AGAIN, (spent * 2).max(AGAIN)));
        let wait = left.unwrap_or(grown).min(LONGEST_WAIT);
        accepted.ask_at = Some(now + wait + MARGIN);
    }

    /// Takes out the request at this place, whose end is known, and learns from how long it took.
    pub(super) fn land(&mut self, place: usize, action: Option<&Action>, now: Instant) -> Option<Accepted> {
        let landed = self.queue.remove(place)?;
        if place > 0 {
            return Some(landed);
        }
        let began = self.began.unwrap_or(landed.since).max(landed.since);
        let spent = now.duration_since(began);
        let told = action.and_then(|action| action.processing_time).filter(|time| *time >= 0.0);
        let told = told.and_then(|milliseconds| Duration::try_from_secs_f64(milliseconds / 1_000.0).ok());
        // An end that is found at the first question may have been there for a while: less is expected next time.
        let early = || self.expected(&landed).filter(|_| landed.questions == 0).map(|work| work.mul_f64(0.95));
        let work = told.or_else(early).unwrap_or(spent).min(spent);
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let bytes = landed.members.bytes.max(1) as f64;
        self.pace = Some(work.as_secs_f64() / bytes);
        // The next one was begun as this one ended, not as that was learned.
        self.began = Some(began + work);
        if let Some(next) = self.queue.front_mut() {
            next.ask_at = None;
        }
        Some(landed)
    }
}

#[cfg(test)]
mod tests {
    use chrono::Utc;

    use super::*;
    use crate::receipts::ReceiptState;

    fn accepted(flight: &mut Flight, bytes: u64, now: Instant) {
        let members = RequestMembers {
            sha256: String::new(),
            bytes,
            source_ids: vec![],
            memberships: vec![],
            fingerprints: vec![],
        };
        let receipt = Receipt {
            sha256: String::new(),
            batch: "-".into(),
            target: None,
            customers: 0,
            state: ReceiptState::Submitted,
            async_action_id: None,
            lost: false,
            pieces: vec![],
            submitted_at: Some(Utc::now()),
            finished_at: None,
            finished_there: None,
            attempts: 1,
            done_count: 0,
            failed_count: 0,
            unknown_count: 0,
            errors: vec![],
        };
        flight.push(members, receipt, now);
    }

    /// Questions until a server that needs `work` for each of `batches` is done, and how long after it that is known.
    fn questions(batches: u32, bytes: u64, work: Duration, tells: bool) -> (u32, Duration) {
        let start = Instant::now();
        let mut flight = Flight::default();
        for _ in 0..batches {
            accepted(&mut flight, bytes, start);
        }
        let (mut asked, mut now, mut done) = (0, start, 0);
        while let Some(at) = flight.next_question() {
            now = now.max(at);
            asked += 1;
            let (begin, end) = (start + work * done, start + work * (done + 1));
            if now < end {
                let progress = now.duration_since(begin).as_secs_f64() / work.as_secs_f64() * 100.0;
                let action = Action { progress: tells.then_some(progress.floor()), ..Action::default() };
                flight.not_yet(0, Some(&action), now);
            } else {
                let took = f64::from(u32::try_from(work.as_millis()).unwrap());
                flight.land(0, Some(&Action { processing_time: tells.then_some(took), ..Action::default() }), now);
                done += 1;
            }
        }
        (asked, now - (start + work * batches))
    }

    #[test]
    fn few_questions_are_asked_and_an_end_is_known_soon() {
        for (batches, milliseconds, more) in [
            (4, 20, 0),
            (4, 1_000, 0),
            (4, 5_000, 3),
            (10, 5_000, 3),
            (100, 20, 0),
            (100, 2_000, 4),
            (100, 10_000, 5),
            (100, 60_000, 8),
        ] {
            let work = Duration::from_millis(milliseconds);
            let (asked, late) = questions(batches, 9 << 20, work, true);
            assert!(asked - batches <= more, "{batches} batches of {work:?}: {asked} questions");
            let prompt = Duration::from_secs(2) + work.mul_f64(0.25);
            assert!(late < prompt, "{batches} batches of {work:?}: known {late:?} later");
        }
    }

    #[test]
    fn a_server_that_tells_nothing_of_its_progress_costs_little_more() {
        for (batches, milliseconds, more) in [(10, 5_000, 8), (100, 10_000, 12)] {
            let work = Duration::from_millis(milliseconds);
            let (asked, late) = questions(batches, 9 << 20, work, false);
            assert!(asked - batches <= more, "{batches} batches of {work:?}: {asked} questions");
            assert!(late < work * batches / 5, "{late:?}");
        }
    }
}
