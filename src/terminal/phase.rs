//! A phase's progress: counted by many tasks, shown by one thread.

use std::{
    collections::VecDeque,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use indicatif::{MultiProgress, ProgressBar, ProgressState, ProgressStyle};

use super::progress::{CALLS, Progress};

/// How often a bar is drawn.
const REDRAW: Duration = Duration::from_millis(200);
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

/// How long a phase took, for its summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Took {
    /// From its beginning to its end.
    pub elapsed: Duration,
    /// What was done in that time.
    pub done: u64,
}

/// Who shows a phase; ends with it.
struct Shown {
    bar: ProgressBar,
    /// The thread that writes lines, and what ends it.
    lines: Mutex<Option<(mpsc::Sender<()>, JoinHandle<()>)>>,
}

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
        Self::new("", None, |_| Shown { bar: ProgressBar::hidden(), lines: Mutex::default() })
    }

    /// A phase that is a line among `bars`.
    pub(super) fn drawn(name: &'static str, total: Option<u64>, bars: &MultiProgress) -> Self {
        Self::new(name, total, |figures| {
            let figures = Arc::clone(figures);
            let line = move |_: &ProgressState, out: &mut dyn fmt::Write| {
                let width = usize::from(console::Term::stderr().size().1);
                // The sink is a string in memory.
                let _ = out.write_str(&figures.now().bar_line(width.saturating_sub(1)));
            };
            let style = ProgressStyle::default_spinner().with_key("line", line);
            let style = style.template("{line}").unwrap_or_else(|_| ProgressStyle::default_spinner());
            let bar = bars.add(ProgressBar::no_length().with_style(style));
            bar.enable_steady_tick(REDRAW);
            Shown { bar, lines: Mutex::default() }
        })
    }

    /// A phase that `write` tells of every `interval`, and once more at its end if it ever did or `always`.
    pub(super) fn told(
        name: &'static str,
        total: Option<u64>,
        interval: Duration,
        always: bool,
        write: impl Fn(&Progress) + Send + 'static,
    ) -> Self {
        Self::new(name, total, |figures| {
            let (lines, ended) = mpsc::channel();
            let figures = Arc::clone(figures);
            let thread = std::thread::spawn(move || {
                let mut told = always;
                while ended.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
                    write(&figures.now());
                    told = true;
                }
                if told {
                    write(&figures.now());
                }
            });
            Shown { bar: ProgressBar::hidden(), lines: Mutex::new(Some((lines, thread))) }
        })
    }

    fn new(name: &'static str, total: Option<u64>, show: impl FnOnce(&Arc<Figures>) -> Shown) -> Self {
        let details = Mutex::new(Details { total, ..Details::default() });
        let figures = Arc::new(Figures { name, started: Instant::now(), done: AtomicU64::new(0), details });
        let shown = Arc::new(show(&figures));
        Self { figures, shown }
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
        self.bar.finish_and_clear();
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((end, thread)) = lines {
            // Its last line must come before what is said next. A thread that has ended already is fine.
            let _ = end.send(());
            let _ = thread.join();
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
    fn details(&self) -> MutexGuard<'_, Details> {
        // Numbers for the eye are never worth a second panic.
        self.details.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Progress {
        let now = Instant::now();
        let done = self.done.load(Ordering::Relaxed);
        let mut details = self.details();
        let (rate, call_rate) = details.rates(self.started, now, done);
        let until = |moment: Option<Instant>| moment.map(|end| end.saturating_duration_since(now)).unwrap_or_default();
        Progress {
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

    #[test]
    fn lines_are_told_at_each_interval_and_at_the_end() {
        let (lines, told) = mpsc::channel();
        let interval = Duration::from_millis(5);
        let phase = Phase::told("upload", Some(3), interval, false, move |progress| {
            let _ = lines.send(progress.plain_line());
        });
        phase.add(3);
        assert!(told.recv().is_ok());
        drop(phase);
        assert_eq!(told.iter().last().unwrap().split(',').next(), Some("upload: 3 of 3"));
    }

    #[test]
    fn a_short_phase_leaves_no_line_unless_always() {
        for (always, expected) in [(false, 0), (true, 1)] {
            let (lines, told) = mpsc::channel();
            let phase = Phase::told("upload", None, Duration::from_mins(1), always, move |progress| {
                let _ = lines.send(progress.plain_line());
            });
            phase.finish();
            drop(phase);
            assert_eq!(told.iter().count(), expected);
        }
    }
}
