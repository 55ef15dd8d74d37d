//! Progress, summaries, questions and errors: the only place that draws on the terminal.
//!
//! All of it goes to stderr; stdout is for data.

mod bars;
mod layout;
mod moment;
mod options;
mod paint;
mod summary;
mod visible;

use std::{
    fs,
    io::{self, BufRead, IsTerminal, Write},
    os::unix::fs::FileTypeExt,
    process::ExitCode,
    thread,
    time::Duration,
};

use chrono::{SecondsFormat, Utc};
use indicatif::MultiProgress;
use serde_json::{Map, Value};

use self::visible::{visible, visible_line};
pub use self::{
    layout::{aligned, aligned_whole},
    options::{Colour, LogFormat, OutputOptions},
    paint::Paint,
    summary::{Noticed, Summary},
};
use crate::{
    failure::{Failure, Kind},
    invocation,
    progress::Phase,
};

/// How often a phase writes a line where no bar can be drawn.
const LINE_INTERVAL: Duration = Duration::from_secs(10);
/// How long a signal may take after the end of what is typed.
const AFTER_THE_LAST_WORD: Duration = Duration::from_millis(200);
/// Columns where there is no terminal to ask.
const DEFAULT_WIDTH: u16 = 80;
/// Widest summary: beyond it the eye loses its line.
const WIDEST: u16 = 120;

/// How a program run talks to its user.
#[derive(Debug, Clone)]
pub struct Terminal {
    manner: Manner,
    json: bool,
    /// Whether another phase follows in the same run.
    amid: bool,
    paint: Paint,
    paint_stdout: Paint,
    bars: MultiProgress,
}

/// In which form stderr is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// Bars that are redrawn, and text above them.
    Bars,
    /// Lines of text: no terminal, or one that is shared with the other processes of a pipe.
    Lines,
    /// One JSON object a line.
    JsonLines,
    /// Nothing but warnings and errors, as text.
    Quiet,
    /// Nothing but warnings and errors, as JSON.
    QuietJsonLines,
}

impl Terminal {
    /// Sets up stderr, and the log that goes there, as the options ask.
    #[must_use]
    pub fn new(options: &OutputOptions) -> Self {
        let manner = match (options.quiet, options.log_format) {
            (true, LogFormat::Text) => Manner::Quiet,
            (true, LogFormat::Json) => Manner::QuietJsonLines,
            (false, LogFormat::Json) => Manner::JsonLines,
            (false, LogFormat::Text) if io::stderr().is_terminal() && !is_dumb() && !within_pipe() => Manner::Bars,
            (false, LogFormat::Text) => Manner::Lines,
        };
        let paint = |terminal: bool| match options.color {
            Colour::Always => Paint::Coloured,
            Colour::Auto if terminal && !is_dumb() && std::env::var_os("NO_COLOR").is_none() => Paint::Coloured,
            Colour::Auto | Colour::Never => Paint::Plain,
        };
        let terminal = Self {
            manner,
            json: options.json,
            amid: false,
            paint: paint(io::stderr().is_terminal()),
            paint_stdout: paint(io::stdout().is_terminal()),
            bars: MultiProgress::new(),
        };
        terminal.start_log(options);
        terminal
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
            .with_writer(BesideBars { bars: self.bars.clone(), coloured: self.paint == Paint::Coloured })
            .with_ansi(self.paint == Paint::Coloured)
            .with_target(false);
        // A second call, as in tests, finds a log in place and leaves it.
        let _ = match options.log_format {
            LogFormat::Text => log.without_time().try_init(),
            LogFormat::Json => log.json().flatten_event(true).try_init(),
        };
    }

    /// Begins a phase; `total` where it is known.
    #[must_use]
    pub fn phase(&self, name: &'static str, total: Option<u64>) -> Phase {
        let this = self.clone();
        match self.manner {
            Manner::Bars => bars::drawn(name, total, &self.bars),
            Manner::Lines => bars::told(name, total, LINE_INTERVAL, false, move |now| {
                this.write(&moment::plain_line(now));
            }),
            Manner::JsonLines => bars::told(name, total, LINE_INTERVAL, true, move |now| {
                this.write_json("INFO", "progress", moment::members(now));
            }),
            Manner::Quiet | Manner::QuietJsonLines => Phase::hidden(),
        }
    }

    /// Says one line, unless the user wants quiet.
    pub fn say(&self, line: &str) {
        match self.manner {
            Manner::Bars | Manner::Lines => self.write(line),
            Manner::JsonLines => self.write_json("INFO", line, Map::new()),
            Manner::Quiet | Manner::QuietJsonLines => {}
        }
    }

    /// Shows a summary, and prints its JSON on stdout where that was asked for.
    ///
    /// # Errors
    /// Stdout that cannot be written.
    pub fn summary(&self, summary: &Summary) -> io::Result<()> {
        self.summary_beside_data(summary);
        if self.json { print_json(&summary.machine_readable()) } else { Ok(()) }
    }

    /// The same terminal for a phase that is followed by another: what comes next need not be said.
    #[must_use]
    pub fn amid(&self) -> Self {
        Self { amid: true, ..self.clone() }
    }

    /// Says to whoever asked for JSON on stdout that lines have taken it.
    pub fn tell_of_taken_stdout(&self) {
        if self.json {
            tracing::warn!(
                "`--json` goes with a folder; beside `-o -`, `--log-format json` puts the summary on stderr as JSON"
            );
        }
    }

    /// Shows a summary where stdout carries data, so that its JSON has no place there.
    pub fn summary_beside_data(&self, summary: &Summary) {
        match self.manner {
            Manner::Bars | Manner::Lines => {
                let next = if self.amid { Vec::new() } else { summary.next.clone() };
                let summary = Summary { next, ..summary.clone() };
                self.write(&format!("{}\n", summary.render(width(&console::Term::stderr()), self.paint)));
            }
            Manner::JsonLines => {
                let members = Map::from_iter([("summary".to_owned(), summary.machine_readable())]);
                self.write_json("INFO", &summary.title, members);
            }
            Manner::Quiet | Manner::QuietJsonLines => {}
        }
    }

    /// Prints what a question was asked for on stdout: `json` where that was asked for, else what `text` makes of the
    /// columns and colours there are. For the commands that answer and change nothing.
    ///
    /// # Errors
    /// Stdout that cannot be written.
    pub fn answer(&self, json: &Value, text: impl FnOnce(u16, Paint) -> String) -> io::Result<()> {
        if self.json {
            return print_json(json);
        }
        let text = text(width(&console::Term::stdout()), self.paint_stdout);
        let text = self.paint_stdout.applied(&visible(&text));
        self.bars.suspend(|| data(format!("{}\n", text.trim_end_matches('\n')).as_bytes()))
    }

    /// Asks a question whose answer is no unless somebody says yes; without a terminal the answer is no.
    #[must_use]
    pub fn confirm(&self, question: &str) -> bool {
        if !(io::stderr().is_terminal() && io::stdin().is_terminal()) {
            return false;
        }
        // Bars stay away until the answer is there.
        self.bars.suspend(|| {
            let mut answer = String::new();
            let asked = write!(io::stderr(), "{} [y/N] ", visible(question));
            let read = asked.and_then(|()| io::stdin().lock().read_line(&mut answer));
            if answer.is_empty() {
                // A terminal that is closed ends what is read from it, and sends a signal, which may come a moment later.
                thread::sleep(AFTER_THE_LAST_WORD);
            }
            read.is_ok() && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
        })
    }

    /// Shows an error with its causes, what was kept and what to do next; gives the exit code it stands for.
    #[must_use]
    pub fn failed(&self, error: &anyhow::Error) -> ExitCode {
        let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
        let failure = error.chain().find_map(|cause| cause.downcast_ref::<Failure>());
        if failure.is_none() && is_broken_pipe(error) {
            return ExitCode::SUCCESS;
        }
        let kind = failure.map(|failure| failure.kind);
        let of_system =
            || error.chain().find_map(|cause| cause.downcast_ref::<io::Error>()).and_then(Failure::of_system);
        let next = failure.and_then(|failure| failure.next.clone()).or_else(of_system);
        self.write_error(
            kind,
            &causes.join(": "),
            failure.and_then(|failure| failure.kept.as_deref()),
            next.map(|next| next.told(&invocation::typed())).as_deref(),
        );
        match kind {
            Some(Kind::Usage) => ExitCode::from(2),
            Some(Kind::Interrupted) => ExitCode::from(130),
            Some(Kind::Stopped) | None => ExitCode::FAILURE,
        }
    }

    /// Says a line although something else may be about to draw: for the last moment of a run.
    pub fn last_word(&self, line: &str) {
        // Whoever holds the screen will not let go of it any more.
        let _ = writeln!(io::stderr(), "\n{}", visible(line));
    }

    fn write_error(&self, kind: Option<Kind>, message: &str, kept: Option<&str>, hint: Option<&str>) {
        if matches!(self.manner, Manner::JsonLines | Manner::QuietJsonLines) {
            let members = [("kept", kept), ("hint", hint)];
            let members = members.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?.into())));
            return self.write_json("ERROR", message, members.collect());
        }
        let label = match kind {
            Some(Kind::Interrupted) => self.paint.warning("interrupted:"),
            _ => self.paint.bad("error:"),
        };
        let labelled = [Some((label, message)), kept.map(|kept| (self.paint.good("kept:"), kept))];
        let hint = hint.map(|hint| (self.paint.hint("hint:"), hint));
        for (label, text) in labelled.into_iter().chain([hint]).flatten() {
            self.write(&format!("{label} {}", visible_line(text)));
        }
    }

    fn write(&self, line: &str) {
        // A stderr that is gone must not end a run that still has files to write.
        let line = self.paint.applied(&visible(line));
        self.bars.suspend(|| drop(writeln!(io::stderr(), "{line}")));
    }

    /// Writes one JSON line of the form that the log has.
    fn write_json(&self, level: &str, message: &str, members: Map<String, Value>) {
        let timestamp = Utc::now().to_rfc3339_opts(SecondsFormat::Micros, true);
        let head = [("timestamp", timestamp.as_str()), ("level", level), ("message", message)];
        let mut line: Map<String, Value> =
            head.into_iter().map(|(name, text)| (name.to_owned(), text.into())).collect();
        line.extend(members);
        self.write(&Value::Object(line).to_string());
    }
}

fn print_json(value: &Value) -> io::Result<()> {
    data(format!("{value}\n").as_bytes())
}

/// Writes data to stdout, whole and at once, so that a reader who leaves early is an ordinary error.
///
/// # Errors
/// Stdout that cannot be written; the error names it.
pub fn data(bytes: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(bytes).and_then(|()| stdout.flush());
    written.map_err(|error| io::Error::new(error.kind(), format!("standard output cannot be written: {error}")))
}

/// Columns of a terminal, within reason.
fn width(terminal: &console::Term) -> u16 {
    terminal.size_checked().map_or(DEFAULT_WIDTH, |(_, columns)| columns.clamp(40, WIDEST))
}

/// Whether the terminal understands nothing but text, as those of editors and of logs do.
fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|name| name == "dumb")
}

/// Whether stdin or stdout is a pipe: then other processes may draw on the same terminal, and a bar that moves the
/// cursor would wipe out theirs. Each then writes lines of its own.
fn within_pipe() -> bool {
    ["/dev/stdin", "/dev/stdout"]
        .iter()
        .any(|stream| fs::metadata(stream).is_ok_and(|metadata| metadata.file_type().is_fifo()))
}

/// A log writer that lets the bars make room for its lines.
#[derive(Debug, Clone)]
struct BesideBars {
    bars: MultiProgress,
    /// Lines with colours of the log's own, which escapes what is in them itself.
    coloured: bool,
}

impl Write for BesideBars {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let text = if self.coloured { text } else { visible(&text).into_owned().into() };
        self.bars.suspend(|| io::stderr().write_all(text.as_bytes())).map(|()| bytes.len())
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

/// The reader of our stdout went away: success where an answer was printed; a phase that writes to a pipe fails with
/// words of its own.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
