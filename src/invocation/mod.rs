//! Every command line that is suggested to users: typed here, from typed options, and nowhere else.
//!
//! * `commands`: the phases, one type a command, with a method for each option that a suggestion may have
//! * `questions`: the same for the commands that ask and prepare
//! * `program`: what the program was started as, and the command as it was typed
//! * `quoting`: words as a shell takes them
//!
//! Whoever suggests something builds it (`Upload::of(folder).retry_refused()`) and shows it with `{}`: the program by the
//! name under which it can be started again, every word quoted, options by the names that are written here.

mod commands;
mod program;
mod questions;
mod quoting;

use std::{
    ffi::{OsStr, OsString},
    fmt,
    path::{Path, PathBuf},
};

use serde::{Serialize, Serializer};

pub use self::{
    commands::{Export, Transform, Undo, Upload, Verify},
    program::{Phase, Typed, started, typed, typed_for, typed_reading_input_for},
    questions::{Explain, Inspect, Report, Schema, Status, Warehouse},
};

/// Brings people over as a sheet has them; stands in workbooks, which travel, so it names the program by its own name.
pub const GIVE_BACK: &str = "segment-to-voucherify transform --corrections";
/// Sends every batch once more, in a workbook.
pub const SEND_ALL: &str = "segment-to-voucherify upload --force";
/// Sends those again whom Voucherify refused, in a workbook.
pub const RETRY_REFUSED: &str = "segment-to-voucherify upload --retry-refused";

/// A word of some other program's command line, as a shell takes it.
#[must_use]
pub fn quoted(word: &str) -> String {
    quoting::word(OsStr::new(word))
}

/// One command line, to be shown or compared; it is never run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// Name of the command.
    command: &'static str,
    /// What stands behind it without an option's name: inputs, folders, an id.
    places: Vec<OsString>,
    /// Options with their values, in the order in which they were added.
    options: Vec<(&'static str, Option<OsString>)>,
    /// The folder in which it is to be run, where that is not the present one.
    within: Option<PathBuf>,
}

impl Invocation {
    const fn new(command: &'static str) -> Self {
        Self { command, places: Vec::new(), options: Vec::new(), within: None }
    }

    /// Adds an option without a value.
    fn flag(mut self, name: &'static str) -> Self {
        self.options.push((name, None));
        self
    }

    /// Adds an option with its value.
    fn option(mut self, name: &'static str, value: impl AsRef<OsStr>) -> Self {
        self.options.push((name, Some(value.as_ref().to_owned())));
        self
    }

    /// Adds an option that names a place, where that is not where the command looks anyway.
    fn option_unless(self, default: &str, name: &'static str, place: &Path) -> Self {
        if place == Path::new(default) { self } else { self.option(name, place) }
    }

    /// Adds inputs; a single one that the command takes anyway is left out.
    fn places_unless<P: AsRef<Path>>(mut self, default: &str, places: impl IntoIterator<Item = P>) -> Self {
        let places: Vec<OsString> = places.into_iter().map(|place| path_word(place.as_ref())).collect();
        if places.iter().map(Path::new).ne([Path::new(default)]) {
            self.places.extend(places);
        }
        self
    }

    /// With the file from which this run has its configuration, where that was typed and the command reads any.
    fn configured(&self) -> Self {
        let reads_none = ["report", "status"].contains(&self.command);
        match program::environment_file(self.within.is_some()).filter(|_| !reads_none) {
            Some(file) => self.clone().option(program::ENVIRONMENT_FILE, file),
            None => self.clone(),
        }
    }

    /// Its words behind the program's name.
    fn words(&self) -> Vec<OsString> {
        let mut words = vec![self.command.into()];
        // Else a place that begins with a hyphen would be read as an option.
        let last = self.places.iter().any(|place| is_like_an_option(place));
        if !last {
            words.extend(self.places.iter().cloned());
        }
        for (name, value) in &self.options {
            match value {
                None => words.push((*name).into()),
                Some(value) if is_like_an_option(value) && name.starts_with("--") => {
                    let mut word = OsString::from(format!("{name}="));
                    word.push(value);
                    words.push(word);
                }
                Some(value) => words.extend([(*name).into(), value.clone()]),
            }
        }
        if last {
            words.push("--".into());
            words.extend(self.places.iter().cloned());
        }
        words
    }
}

/// Whether a text is a command line that was typed here, and nothing else.
#[must_use]
pub fn is_shown_in(text: &str) -> bool {
    let begins = |text: &str, program| {
        text.strip_prefix(quoting::word(OsStr::new(program)).as_str()).is_some_and(|rest| rest.starts_with(' '))
    };
    let elsewhere = text.strip_prefix("cd ").and_then(|text| text.split_once(" && "));
    elsewhere.map_or_else(|| begins(text, program::name()), |(_, text)| begins(text, program::name_elsewhere()))
}

/// Whether a word in the place of a value would be taken for an option; `-` alone is standard input.
fn is_like_an_option(word: &OsStr) -> bool {
    word.as_encoded_bytes().starts_with(b"-") && word != "-"
}

/// A path as a word; one that begins with a hyphen is named from the present folder.
fn path_word(path: &Path) -> OsString {
    if is_like_an_option(path.as_os_str()) { Path::new(".").join(path).into() } else { path.into() }
}

impl fmt::Display for Invocation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let program = match &self.within {
            Some(folder) => {
                write!(formatter, "cd {} && ", quoting::word(&path_word(folder)))?;
                program::name_elsewhere()
            }
            None => program::name(),
        };
        formatter.write_str(&quoting::line(program, self.configured().words()))
    }
}

impl Serialize for Invocation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_default_is_left_out_and_everything_else_is_quoted() {
        for (shown, expected) in [
            (Upload::of("batches").into(), "segment-to-voucherify upload"),
            (Upload::of("batches/").into(), "segment-to-voucherify upload"),
            (
                Upload::of("my batches").retry_refused().into(),
                "segment-to-voucherify upload 'my batches' --retry-refused",
            ),
            (Upload::of("it's").into(), "segment-to-voucherify upload \"it's\""),
            (Upload::of("$(id)").into(), "segment-to-voucherify upload '$(id)'"),
            (Export::into("export").into(), "segment-to-voucherify export"),
            (Export::into("a;b").sweeps(2).into(), "segment-to-voucherify export -o 'a;b' --sweeps 2"),
            (
                Transform::of(["people", "more/*.gz"]).output("b").into(),
                "segment-to-voucherify transform people 'more/*.gz' -o b",
            ),
            (Transform::of(["export"]).output("batches").into(), "segment-to-voucherify transform"),
            (Transform::of(["export", "more"]).into(), "segment-to-voucherify transform export more"),
        ] as [(Invocation, &str); 10]
        {
            assert_eq!(shown.to_string(), expected);
        }
    }

    #[test]
    fn a_value_that_begins_with_a_hyphen_stays_a_value() {
        for (shown, expected) in [
            (Explain::who("-7").into(), "segment-to-voucherify explain -- -7"),
            (Explain::who("-7").batches("b").into(), "segment-to-voucherify explain --batches b -- -7"),
            (Upload::of("-x").into(), "segment-to-voucherify upload ./-x"),
            (Upload::of("-").into(), "segment-to-voucherify upload -"),
            (
                Transform::default().identifier("--strict").into(),
                "segment-to-voucherify transform '--identifier=--strict'",
            ),
        ] as [(Invocation, &str); 5]
        {
            assert_eq!(shown.to_string(), expected);
        }
    }

    #[test]
    fn elsewhere_is_where_the_command_goes_first() {
        let status = Invocation::from(Status::default()).within("/tmp/a b");
        assert!(status.to_string().starts_with("cd '/tmp/a b' && "), "{status}");
        assert!(status.to_string().ends_with(" status"), "{status}");
    }
}
