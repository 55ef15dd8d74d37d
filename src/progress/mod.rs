//! What a phase has come to: a handle that is passed to the code that works, counted by many tasks at once.
//!
//! It knows no terminal. Who wants to watch hands in what [`Shows`] it, and looks at a [`Moment`] when it likes.

mod moment;

use std::{
    collections::VecDeque,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

pub use self::moment::{CALLS, Moment};

/// What counts as lately for a rate.
const LATELY: Duration = Duration::from_secs(30);

/// A phase's progress, handed to the code that makes it; cheap to clone, safe to share, gone when the last one is.
///
/// Beside `done` and `total` it carries further numbers by name, in the order of their first mention. The names that
/// phases share are `calls`, `retries` and `findings`; `calls` is what a [`limit`](Self::limit) is about.
#[derive(Debug, Clone)]
pub struct Phase {
    figures: Arc<Figures>,
    shown: Arc<Shown>,
}

/// Something that shows a phase until it ends: a bar, or a thread that writes lines.
pub trait Shows: Send + Sync {
    /// Shows the end, or goes away; called once or more.
    fn end(&self);
}

/// What somebody who shows a phase may look at; cheap to clone.
#[derive(Debug, Clone)]
pub struct Watch {
    figures: Arc<Figures>,
}

impl Watch {
    /// What the phase has come to now.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.figures.now()
    }
}

/// How long a phase took, for its summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Took {
    /// From its beginning to its end.
    pub elapsed: Duration,
    /// What was done in that time.
    pub done: u64,
}

/// Who shows a phase, if anybody does; ends with it.
struct Shown(Option<Box<dyn Shows>>);

/// What a phase has come to.
#[derive(Debug)]
struct Figures {
    name: &'static str,
    started: Instant,
    done: AtomicU64,
    details: Mutex<Details>,
}

/// What changes less often than `done`.
#[derive(Debug, Default)]
struct Details {
    total: Option<u64>,
    done_before: u64,
    limit: Option<f64>,
    paused_until: Option<Instant>,
    not_before: Option<Instant>,
    gauges: Vec<(&'static str, u64)>,
    note: String,
    /// Moments with `done` and `calls`, at least a second apart, the oldest first.
    samples: VecDeque<(Instant, u64, u64)>,
}

impl Phase {
    /// A phase that nobody watches, for tests and quiet runs.
    #[must_use]
    pub fn hidden() -> Self {
        let figures = Arc::new(Figures::begun("", None));
        Self { figures, shown: Arc::new(Shown(None)) }
    }

    /// A phase that is shown by what `show` makes of a look at it; `total` where it is known.
    pub fn shown(name: &'static str, total: Option<u64>, show: impl FnOnce(Watch) -> Box<dyn Shows>) -> Self {
        let figures = Arc::new(Figures::begun(name, total));
        let shown = Shown(Some(show(Watch { figures: Arc::clone(&figures) })));
        Self { figures, shown: Arc::new(shown) }
    }

    /// Notes that `count` more are done.
    pub fn add(&self, count: u64) {
        self.figures.done.fetch_add(count, Ordering::Relaxed);
    }

    /// Notes that an earlier run did `count`: they are done, but say nothing about the pace of this run.
    pub fn already(&self, count: u64) {
        self.add(count);
        self.figures.details().done_before += count;
    }

    /// Notes how many there are, now that it is known.
    pub fn total(&self, total: u64) {
        self.figures.details().total = Some(total);
    }

    /// Shows a few words beside the numbers: waiting for what; empty words go away.
    pub fn note(&self, words: impl Into<String>) {
        self.figures.details().note = words.into();
    }

    /// Sets the number of that name, for instance `calls` from a transport's counters.
    pub fn gauge(&self, name: &'static str, number: u64) {
        *self.figures.details().gauge(name) = number;
    }

    /// Adds to the number of that name, for instance one to `findings`.
    pub fn count(&self, name: &'static str, more: u64) {
        *self.figures.details().gauge(name) += more;
    }

    /// Notes how many `calls` a second are allowed; the share in use is shown from then on.
    pub fn limit(&self, calls_per_second: f64) {
        self.figures.details().limit = Some(calls_per_second);
    }

    /// Notes that nobody may call for `wait` from now; it is shown, and counts in the time to the end.
    pub fn pause(&self, wait: Duration) {
        self.figures.details().paused_until = Some(Instant::now() + wait);
    }

    /// Notes that the limits allow no end before `wait` from now, whatever the pace so far.
    pub fn at_least(&self, wait: Duration) {
        self.figures.details().not_before = Some(Instant::now() + wait);
    }

    /// Ends the phase; its bar goes away.
    pub fn finish(&self) {
        self.shown.end();
    }

    /// Ends the phase; says how long it took.
    #[must_use]
    pub fn took(&self) -> Took {
        self.finish();
        let done = self.figures.done.load(Ordering::Relaxed) - self.figures.details().done_before;
        Took { elapsed: self.figures.started.elapsed(), done }
    }
}

impl Shown {
    fn end(&self) {
        if let Some(shows) = &self.0 {
            shows.end();
        }
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.end();
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Shown").finish_non_exhaustive()
    }
}

impl Figures {
    fn begun(name: &'static str, total: Option<u64>) -> Self {
        let details = Mutex::new(Details { total, ..Details::default() });
        Self { name, started: Instant::now(), done: AtomicU64::new(0), details }
    }

    fn details(&self) -> MutexGuard<'_, Details> {
        // Numbers for the eye are never worth a second panic.
        self.details.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Moment {
        let now = Instant::now();
        let done = self.done.load(Ordering::Relaxed);
        let mut details = self.details();
        let (rate, call_rate) = details.rates(self.started, now, done);
        let until = |moment: Option<Instant>| moment.map(|end| end.saturating_duration_since(now)).unwrap_or_default();
        Moment {
            name: self.name,
            done,
            done_before: details.done_before,
            total: details.total,
            elapsed: now - self.started,
            rate,
            call_rate,
            limit: details.limit,
            pause: until(details.paused_until),
            at_least: until(details.not_before),
            gauges: details.gauges.clone(),
            note: details.note.clone(),
        }
    }
}

impl Details {
    fn gauge(&mut self, name: &'static str) -> &mut u64 {
        let place = self.gauges.iter().position(|(present, _)| *present == name).unwrap_or_else(|| {
            self.gauges.push((name, 0));
            self.gauges.len() - 1
        });
        &mut self.gauges[place].1
    }

    /// Done and calls per second over what counts as lately; keeps the samples that this needs.
    #[expect(clippy::cast_precision_loss, reason = "rates for the eye")]
    fn rates(&mut self, started: Instant, now: Instant, done: u64) -> (f64, f64) {
        let calls = self.gauges.iter().find(|(name, _)| *name == CALLS).map_or(0, |(_, calls)| *calls);
        if self.samples.back().is_none_or(|(last, ..)| now - *last >= Duration::from_secs(1)) {
            self.samples.push_back((now, done, calls));
        }
        while self.samples.get(1).is_some_and(|(second, ..)| now - *second >= LATELY) {
            self.samples.pop_front();
        }
        let (mut since, mut done_then, mut calls_then) = (started, self.done_before, 0);
        if let Some((oldest, ..)) = self.samples.front().copied()
            && now - started > LATELY
        {
            since = oldest;
            (done_then, calls_then) = (self.samples[0].1, self.samples[0].2);
        }
        let seconds = (now - since).as_secs_f64().max(0.001);
        (done.saturating_sub(done_then) as f64 / seconds, calls.saturating_sub(calls_then) as f64 / seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_tasks_count_into_one_phase() {
        let phase = Phase::hidden();
        phase.total(10_000);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..1_000 {
                        phase.add(1);
                        phase.count("findings", 2);
                    }
                });
            }
        });
        let progress = phase.figures.now();
        assert_eq!((progress.done, progress.gauges), (8_000, vec![("findings", 16_000)]));
    }

    #[test]
    fn a_rate_is_that_of_the_last_half_minute() {
        let mut details = Details::default();
        let started = Instant::now();
        let at = |seconds| started + Duration::from_secs(seconds);
        for second in 0..=60 {
            *details.gauge(CALLS) = second * 2;
            details.rates(started, at(second), second);
        }
        for second in 61..=90 {
            details.rates(started, at(second), 60);
        }
        let (rate, call_rate) = details.rates(started, at(95), 60);
        assert!(rate.abs() < f64::EPSILON && call_rate.abs() < f64::EPSILON, "{rate} {call_rate}");
    }
}
