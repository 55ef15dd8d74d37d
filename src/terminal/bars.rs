//! What shows a phase: a bar that is redrawn, or lines that a thread writes now and then.

use std::{
    fmt,
    sync::{
        Mutex, PoisonError,
        mpsc::{self, RecvTimeoutError},
    },
    thread::JoinHandle,
    time::Duration,
};

use indicatif::{MultiProgress, ProgressBar, ProgressState, ProgressStyle};

use super::moment::bar_line;
use crate::progress::{Moment, Phase, Shows};

/// How often a bar is drawn.
const REDRAW: Duration = Duration::from_millis(200);

/// A bar among others.
struct Bar(ProgressBar);

impl Shows for Bar {
    fn end(&self) {
        self.0.finish_and_clear();
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.end();
    }
}

/// The thread that writes lines, and what ends it.
struct Lines(Mutex<Option<(mpsc::Sender<()>, JoinHandle<()>)>>);

impl Shows for Lines {
    fn end(&self) {
        let thread = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((end, thread)) = thread {
            // Its last line must come before what is said next. A thread that has ended already is fine.
            let _ = end.send(());
            let _ = thread.join();
        }
    }
}

/// A phase that is a line among `bars`.
pub(super) fn drawn(name: &'static str, total: Option<u64>, bars: &MultiProgress) -> Phase {
    Phase::shown(name, total, |watch| {
        let line = move |_: &ProgressState, out: &mut dyn fmt::Write| {
            let width = usize::from(console::Term::stderr().size().1);
            // The sink is a string in memory.
            let _ = out.write_str(&bar_line(&watch.now(), width.saturating_sub(1)));
        };
        let style = ProgressStyle::default_spinner().with_key("line", line);
        let style = style.template("{line}").unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bar = bars.add(ProgressBar::no_length().with_style(style));
        bar.enable_steady_tick(REDRAW);
        Box::new(Bar(bar))
    })
}

/// A phase that `write` tells of every `interval`, and once more at its end if it ever did or `always`.
pub(super) fn told(
    name: &'static str,
    total: Option<u64>,
    interval: Duration,
    always: bool,
    write: impl Fn(&Moment) + Send + 'static,
) -> Phase {
    Phase::shown(name, total, |watch| {
        let (lines, ended) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            let mut told = always;
            while ended.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
                write(&watch.now());
                told = true;
            }
            if told {
                write(&watch.now());
            }
        });
        Box::new(Lines(Mutex::new(Some((lines, thread)))))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminal::moment::plain_line;

    #[test]
    fn lines_are_told_at_each_interval_and_at_the_end() {
        let (lines, heard) = mpsc::channel();
        let interval = Duration::from_millis(5);
        let phase = told("upload", Some(3), interval, false, move |moment| {
            let _ = lines.send(plain_line(moment));
        });
        phase.add(3);
        assert!(heard.recv().is_ok());
        drop(phase);
        assert_eq!(heard.iter().last().unwrap().split(',').next(), Some("upload: 3 of 3"));
    }

    #[test]
    fn a_short_phase_leaves_no_line_unless_always() {
        for (always, expected) in [(false, 0), (true, 1)] {
            let (lines, heard) = mpsc::channel();
            let phase = told("upload", None, Duration::from_mins(1), always, move |moment| {
                let _ = lines.send(plain_line(moment));
            });
            phase.finish();
            drop(phase);
            assert_eq!(heard.iter().count(), expected);
        }
    }
}
