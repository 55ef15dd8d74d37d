//! One run's talk with a project: a call goes out when the limits allow it, and what its answer says of them is noted.

use std::{
    cell::{Cell, RefCell},
    time::{Duration, Instant},
};

use super::{
    CallKind, LimitStanding, Voucherify, VoucherifyError,
    pace::{OwnLimits, Pace, TooLong},
};
use crate::{interrupt::Interrupt, progress::Phase};

/// How long the answer to a call that is under way is waited for once the user asks to stop.
const DRAINED: Duration = Duration::from_secs(5);

/// A client together with the limits that its calls keep to, and with who may stop it. Several calls of one task may be
/// under way at once.
#[derive(Debug)]
pub struct Session<'a> {
    client: &'a Voucherify,
    pace: RefCell<Pace>,
    interrupt: &'a Interrupt,
    phase: &'a Phase,
    /// What the last answer that told it said of the limit of ordinary calls.
    standing: Cell<Option<LimitStanding>>,
}

impl<'a> Session<'a> {
    /// A session that has made no call yet; its waits are shown in `phase`.
    #[must_use]
    pub fn new(client: &'a Voucherify, limits: OwnLimits, interrupt: &'a Interrupt, phase: &'a Phase) -> Self {
        Self { client, pace: RefCell::new(Pace::new(limits)), interrupt, phase, standing: Cell::new(None) }
    }

    /// The client, for what costs no call.
    #[must_use]
    pub fn client(&self) -> &'a Voucherify {
        self.client
    }

    /// Where the progress of the run is told.
    #[must_use]
    pub fn phase(&self) -> &'a Phase {
        self.phase
    }

    /// Who may stop the run.
    #[must_use]
    pub fn interrupt(&self) -> &'a Interrupt {
        self.interrupt
    }

    /// What is left of the limit of ordinary calls, as the last answer that told it said.
    #[must_use]
    pub fn standing(&self) -> Option<LimitStanding> {
        self.standing.get()
    }

    /// Calls of this kind that are left before only those of others are, as the last answer that told it said.
    #[must_use]
    pub fn room(&self, kind: CallKind) -> Option<u64> {
        self.pace.borrow().room(kind)
    }

    /// How long a call of this kind has to wait from `now`; zero where it may go out.
    ///
    /// # Errors
    /// A limit that is not worth waiting for.
    pub fn wait(&self, kind: CallKind, now: Instant) -> Result<Duration, VoucherifyError> {
        self.pace.borrow_mut().wait(kind, now).map_err(|TooLong(wait)| VoucherifyError::LimitedForLong(wait))
    }

    /// Waits, or until the user asks to stop; `for_limit` tells the user that a limit is waited for.
    pub async fn rest(&self, wait: Duration, for_limit: bool) {
        if for_limit {
            self.phase.pause(wait);
        }
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = self.interrupt.wait() => {}
        }
    }

    /// Makes a call now, whatever the limits, and notes what the answer says of them.
    ///
    /// # Errors
    /// That of the call; [`VoucherifyError::LimitedForLong`] for a limit that is not worth waiting for.
    pub async fn once<T>(
        &self,
        kind: CallKind,
        call: impl AsyncFnOnce(&Voucherify) -> Result<T, VoucherifyError>,
    ) -> Result<T, VoucherifyError> {
        self.pace.borrow_mut().sent(kind, Instant::now());
        let answer = call(self.client).await;
        let now = Instant::now();
        self.phase.gauge("calls", self.client.calls());
        if let Some(standing) = self.client.take_standing(kind) {
            self.pace.borrow_mut().told(kind, standing, now);
            if kind == CallKind::Ordinary {
                self.standing.set(Some(standing));
            }
        }
        match answer {
            Err(VoucherifyError::Limited { class, wait }) => {
                let wait = self.pace.borrow_mut().refused(kind, class, wait, now);
                let wait = wait.map_err(|TooLong(wait)| VoucherifyError::LimitedForLong(wait))?;
                Err(VoucherifyError::Limited { class, wait })
            }
            answer => {
                self.pace.borrow_mut().answered(kind);
                answer
            }
        }
    }

    /// Makes a call now; nothing where the user asks to stop and the answer does not come soon after.
    pub async fn once_or_stopped<T>(
        &self,
        kind: CallKind,
        call: impl AsyncFnOnce(&Voucherify) -> Result<T, VoucherifyError>,
    ) -> Option<Result<T, VoucherifyError>> {
        let interrupt = self.interrupt;
        tokio::select! {
            answer = self.once(kind, call) => Some(answer),
            () = async { interrupt.wait().await; tokio::time::sleep(DRAINED).await } => None,
        }
    }

    /// Makes a call once the limits allow it, as often as they refuse it; nothing where the user asks to stop.
    ///
    /// # Errors
    /// That of the call, where it is no limit that is worth waiting for.
    pub async fn patiently<T>(
        &self,
        kind: CallKind,
        mut call: impl AsyncFnMut(&Voucherify) -> Result<T, VoucherifyError>,
    ) -> Result<Option<T>, VoucherifyError> {
        while !self.interrupt.asked() {
            let wait = self.wait(kind, Instant::now())?;
            if !wait.is_zero() {
                self.rest(wait, true).await;
                continue;
            }
            match self.once_or_stopped(kind, &mut call).await {
                None => return Ok(None),
                Some(Err(VoucherifyError::Limited { .. })) => {}
                Some(answer) => return answer.map(Some),
            }
        }
        Ok(None)
    }
}
