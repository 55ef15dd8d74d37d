//! Progress, summaries, questions and errors: the only place that draws on the terminal.
//!
//! All of it goes to stderr; stdout is for data.

use std::{
    io::{self, BufRead, IsTerminal, Write},
    process::ExitCode,
};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget};
use serde_json::Value;

use crate::{
    cli::{Colour, LogFormat, OutputOptions},
    failure::{Failure, Kind},
};

/// How a program run talks to its user.
#[derive(Debug, Clone)]
pub struct Terminal {
    quiet: bool,
    json: bool,
    colour: bool,
    bars: MultiProgress,
}

/// A phase's progress, handed to the code that makes it; cheap to clone, safe to share.
#[derive(Debug, Clone)]
pub struct Phase {
    bar: ProgressBar,
}

/// What a command tells at its end.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// The phase and its result, in a few words.
    pub title: String,
    /// Label and value, in the order to show.
    pub rows: Vec<(String, String)>,
    /// What the user may do next, if possible a command.
    pub next: Option<String>,
    /// The same for machines (`--json`).
    pub json: Value,
}

impl Terminal {
    /// Sets up stderr, and the log that goes there, as the options ask.
    #[must_use]
    pub fn new(options: &OutputOptions) -> Self {
        let colour = match options.color {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
        };
        let bars = MultiProgress::new();
        if options.quiet || options.log_format == LogFormat::Json {
            bars.set_draw_target(ProgressDrawTarget::hidden());
        }
        let terminal = Self { quiet: options.quiet, json: options.json, colour, bars };
        terminal.start_log(options);
        terminal
    }

    /// Plain text on stderr, for errors before there are options.
    #[must_use]
    pub fn plain() -> Self {
        Self { quiet: false, json: false, colour: false, bars: MultiProgress::new() }
    }

    fn start_log(&self, options: &OutputOptions) {
        let level = match (options.quiet, options.verbose) {
            (true, _) => "warn",
            (false, 0) => "segment_to_voucherify=info,warn",
            (false, 1) => "segment_to_voucherify=debug,info",
            (false, _) => "segment_to_voucherify=trace,info",
        };
        let log = tracing_subscriber::fmt()
            .with_env_filter(tracing_subscriber::EnvFilter::new(level))
            .with_writer(BesideBars { bars: self.bars.clone() })
            .with_ansi(self.colour)
            .with_target(false);
        // A second call, as in tests, finds a log in place and leaves it.
        let _ = match options.log_format {
            LogFormat::Text => log.without_time().try_init(),
            LogFormat::Json => log.json().try_init(),
        };
    }

    /// Begins a phase; `total` where it is known.
    #[must_use]
    pub fn phase(&self, name: &'static str, total: Option<u64>) -> Phase {
        let bar = match total {
            Some(total) => ProgressBar::new(total),
            None => ProgressBar::no_length(),
        };
        Phase { bar: self.bars.add(bar.with_prefix(name)) }
    }

    /// Says one line, unless the user wants quiet.
    pub fn say(&self, line: &str) {
        if !self.quiet {
            self.write(line);
        }
    }

    /// Shows a summary, and prints its JSON on stdout where that was asked for.
    ///
    /// # Errors
    /// Stdout that cannot be written.
    pub fn summary(&self, summary: &Summary) -> io::Result<()> {
        let width = summary.rows.iter().map(|(label, _)| label.chars().count()).max().unwrap_or_default();
        self.say(&summary.title);
        for (label, value) in &summary.rows {
            self.say(&format!("  {label:width$}  {value}"));
        }
        if let Some(next) = &summary.next {
            self.say(&format!("  next: {next}"));
        }
        if self.json {
            let mut stdout = io::stdout().lock();
            serde_json::to_writer(&mut stdout, &summary.json)?;
            writeln!(stdout)?;
        }
        Ok(())
    }

    /// Asks a question whose answer is no unless somebody says yes; without a terminal the answer is no.
    #[must_use]
    pub fn confirm(&self, question: &str) -> bool {
        if !(io::stderr().is_terminal() && io::stdin().is_terminal()) {
            return false;
        }
        self.write(&format!("{question} [y/N]"));
        let mut answer = String::new();
        let read = io::stdin().lock().read_line(&mut answer);
        read.is_ok() && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
    }

    /// Shows an error with its causes, what was kept and what to do next; gives the exit code it stands for.
    #[must_use]
    pub fn failed(&self, error: &anyhow::Error) -> ExitCode {
        if is_broken_pipe(error) {
            return ExitCode::SUCCESS;
        }
        let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
        self.write(&format!("error: {}", causes.join(": ")));
        let failure = error.chain().find_map(|cause| cause.downcast_ref::<Failure>());
        if let Some(kept) = failure.and_then(|failure| failure.kept.as_ref()) {
            self.write(&format!("kept: {kept}"));
        }
        if let Some(hint) = failure.and_then(|failure| failure.hint.as_ref()) {
            self.write(&format!("hint: {hint}"));
        }
        match failure.map(|failure| failure.kind) {
            Some(Kind::Usage) => ExitCode::from(2),
            Some(Kind::Stopped) | None => ExitCode::FAILURE,
        }
    }

    fn write(&self, line: &str) {
        // A stderr that is gone must not end a run that still has files to write.
        self.bars.suspend(|| drop(writeln!(io::stderr(), "{line}")));
    }
}

impl Phase {
    /// A phase that nobody watches, for tests.
    #[must_use]
    pub fn hidden() -> Self {
        Self { bar: ProgressBar::hidden() }
    }

    /// Notes that `count` more are done.
    pub fn add(&self, count: u64) {
        self.bar.inc(count);
    }

    /// Notes how many there are, now that it is known.
    pub fn total(&self, total: u64) {
        self.bar.set_length(total);
    }

    /// Shows a few words beside the numbers: waiting for what, findings so far.
    pub fn note(&self, words: impl Into<String>) {
        self.bar.set_message(words.into());
    }

    /// Ends the phase; its bar goes away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// A log writer that lets the bars make room for its lines.
#[derive(Debug, Clone)]
struct BesideBars {
    bars: MultiProgress,
}

impl Write for BesideBars {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bars.suspend(|| io::stderr().write_all(bytes)).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

impl<'a> tracing_subscriber::fmt::MakeWriter<'a> for BesideBars {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// The reader of our stdout went away: for a pipe that is success.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
