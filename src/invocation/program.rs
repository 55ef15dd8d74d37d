//! What the program was started as, so that a suggestion starts it again; and the command as it was typed.

use std::{
    env,
    ffi::{OsStr, OsString},
    fmt,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use super::quoting;

/// The name under which the program is installed.
const INSTALLED: &str = env!("CARGO_PKG_NAME");

static STARTED: OnceLock<Started> = OnceLock::new();

/// How the program was started.
#[derive(Debug)]
struct Started {
    /// What starts it again from the present folder.
    here: String,
    /// What starts it from any folder.
    elsewhere: String,
    /// What was typed behind its name.
    arguments: Vec<OsString>,
}

/// Notes how the program was started, name and arguments; the first note counts.
pub fn started(arguments: impl IntoIterator<Item = OsString>) {
    let mut arguments = arguments.into_iter();
    let name = arguments.next().unwrap_or_default();
    let (here, elsewhere) = names(&name, env::current_exe().ok().as_deref(), env::var_os("PATH").as_deref());
    let _ = STARTED.set(Started { here, elsewhere, arguments: arguments.collect() });
}

/// What starts the program again: its plain name where a shell finds it under that name, else the path to it.
pub(super) fn name() -> &'static str {
    STARTED.get().map_or(INSTALLED, |started| &started.here)
}

/// The same from another folder, where a relative path would lead astray.
pub(super) fn name_elsewhere() -> &'static str {
    STARTED.get().map_or(INSTALLED, |started| &started.elsewhere)
}

/// The names that start the program from here and from elsewhere, given what it was called, what runs, and the search path.
fn names(called: &OsStr, running: Option<&Path>, search: Option<&OsStr>) -> (String, String) {
    let Some(running) = running else { return (INSTALLED.into(), INSTALLED.into()) };
    let is_this = |path: &Path| same_file(path, running);
    let found =
        search.and_then(|search| env::split_paths(search).map(|folder| folder.join(INSTALLED)).find(|it| it.is_file()));
    if found.is_some_and(|found| is_this(&found)) {
        return (INSTALLED.into(), INSTALLED.into());
    }
    let whole = running.display().to_string();
    let called = PathBuf::from(called);
    let by_path = called.components().count() > 1 && is_this(&called);
    (if by_path { called.display().to_string() } else { whole.clone() }, whole)
}

fn same_file(one: &Path, other: &Path) -> bool {
    one.canonicalize().is_ok_and(|one| other.canonicalize().is_ok_and(|other| one == other))
}

/// The option that names a file of environment variables.
pub(super) const ENVIRONMENT_FILE: &str = "--env-file";

/// The file of environment variables that was typed, named so that it is found from another folder if asked for.
pub(super) fn environment_file(elsewhere: bool) -> Option<OsString> {
    let file = file_typed(&STARTED.get()?.arguments)?;
    if elsewhere { std::path::absolute(file).ok().map(Into::into) } else { Some(file) }
}

fn file_typed(arguments: &[OsString]) -> Option<OsString> {
    let mut words = arguments.iter().take_while(|word| *word != "--");
    while let Some(word) = words.next() {
        match word.to_str().and_then(|word| word.strip_prefix(ENVIRONMENT_FILE)) {
            Some("") => return words.next().cloned(),
            Some(assigned) if assigned.starts_with('=') => return Some(assigned[1..].into()),
            _ => {}
        }
    }
    None
}

/// The command as it was typed; no argument of it is ever secret.
#[must_use]
pub fn typed() -> Typed {
    Typed { words: STARTED.get().map(|started| started.arguments.clone()).unwrap_or_default() }
}

/// The command as it was typed, but that it reads standard input where it read `file`; nothing where that was not typed by
/// itself, but found in a folder or by a pattern.
#[must_use]
pub fn typed_reading_input_for(file: &str) -> Option<Typed> {
    let typed = typed();
    if typed.words.is_empty() {
        // Nobody typed anything: a test, or another program that has this one inside.
        return Some(Typed { words: ["transform", "-"].map(OsString::from).into() });
    }
    typed.reading_input_for(file)
}

/// The command as it was typed, for a suggestion with options of `phase`: where the three phases were run by one command,
/// which has none of them, it is that phase's own.
#[must_use]
pub fn typed_for(phase: Phase) -> Typed {
    typed().of_phase(phase)
}

/// A phase that `migrate` runs beside others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Profiles are fetched from Segment.
    Export,
    /// Batches are made of them.
    Transform,
    /// The batches are sent to Voucherify.
    Upload,
}

impl Phase {
    /// Its command, and the option of `migrate` that stands for its `--region`.
    fn words(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Export => ("export", Some("--segment-region")),
            Self::Transform => ("transform", None),
            Self::Upload => ("upload", Some("--voucherify-region")),
        }
    }
}

/// The command as it was typed, or changed in what is to be different the next time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed {
    words: Vec<OsString>,
}

impl Typed {
    /// With another value for an option, or with an option that was not there.
    #[must_use]
    pub fn with(self, name: &'static str, value: impl fmt::Display) -> Self {
        self.dropping(name, true).adding([name.into(), value.to_string().into()])
    }

    /// With an option that takes no value.
    #[must_use]
    pub fn with_flag(self, name: &'static str) -> Self {
        self.dropping(name, false).adding([name.into()])
    }

    /// Without an option that takes no value.
    #[must_use]
    pub fn without(self, name: &'static str) -> Self {
        self.dropping(name, false)
    }

    /// Without an option that takes a value.
    #[must_use]
    pub fn without_value(self, name: &'static str) -> Self {
        self.dropping(name, true)
    }

    fn reading_input_for(mut self, file: &str) -> Option<Self> {
        let places: Vec<usize> = (0..self.words.len()).filter(|place| self.words[*place] == file).collect();
        // Behind an option it may be the value of that.
        let is_behind_an_option = |place: usize| {
            let before = place.checked_sub(1).and_then(|before| self.words[before].to_str()).unwrap_or_default();
            before.starts_with('-') && !["-", "--"].contains(&before)
        };
        let place = places.iter().find(|place| !is_behind_an_option(**place)).or(places.first())?;
        self.words[*place] = "-".into();
        Some(self)
    }

    /// Whether it is the command that runs the three phases.
    #[must_use]
    pub fn is_migrate(&self) -> bool {
        self.words.iter().any(|word| word == "migrate")
    }

    fn of_phase(self, phase: Phase) -> Self {
        if !self.is_migrate() {
            return self;
        }
        let (command, region) = phase.words();
        let mut words = Vec::new();
        let mut typed = self.words.into_iter();
        while let Some(word) = typed.next() {
            let text = word.to_str().unwrap_or_default();
            let (name, value) =
                text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value.to_owned())));
            if name == "migrate" {
                words.push(command.into());
            } else if ["--segment-region", "--voucherify-region"].contains(&name) {
                let is_ours = region == Some(name);
                let value = value.map(OsString::from).or_else(|| typed.next());
                if let Some(value) = value.filter(|_| is_ours) {
                    words.extend(["--region".into(), value]);
                }
            } else {
                words.push(word);
            }
        }
        Self { words }
    }

    fn dropping(self, name: &str, takes_value: bool) -> Self {
        let mut kept = Vec::new();
        let mut words = self.words.into_iter();
        while let Some(word) = words.next() {
            // Behind it there are no options.
            if word == "--" {
                kept.push(word);
                kept.extend(words);
                break;
            }
            match word.to_str().and_then(|text| text.strip_prefix(name)) {
                Some("") if takes_value => drop(words.next()),
                Some("") => {}
                Some(assigned) if takes_value && assigned.starts_with('=') => {}
                _ => kept.push(word),
            }
        }
        Self { words: kept }
    }

    fn adding(mut self, words: impl IntoIterator<Item = OsString>) -> Self {
        let end = self.words.iter().position(|word| word == "--").unwrap_or(self.words.len());
        self.words.splice(end..end, words);
        self
    }
}

impl fmt::Display for Typed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&quoting::line(name(), &self.words))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Typed {
        Typed { words: text.split(' ').map(Into::into).collect() }
    }

    #[test]
    fn what_is_different_the_next_time_takes_the_place_of_what_was_typed() {
        for (shown, expected) in [
            (words("export --sweeps 1 -o a").with("--sweeps", 2), "export -o a --sweeps 2"),
            (words("export --sweeps=1").with("--sweeps", 2), "export --sweeps 2"),
            (words("export").with("--sweeps", 2), "export --sweeps 2"),
            (words("upload --dry-run b").without("--dry-run"), "upload b"),
            (words("upload -- --dry-run").without("--dry-run"), "upload -- --dry-run"),
            (words("upload -- -b").with_flag("--retry-refused"), "upload --retry-refused -- -b"),
            (words("upload --force-x b").without("--force"), "upload --force-x b"),
            (words("export --from-cursor c").without_value("--from-cursor"), "export"),
        ] {
            assert_eq!(shown.to_string(), format!("{INSTALLED} {expected}"));
        }
    }

    #[test]
    fn what_is_converted_takes_the_place_of_the_file() {
        let instead = |text, file| words(text).reading_input_for(file).map(|typed| typed.to_string());
        let typed = "transform one.gz two.xz -o people --strict";
        assert_eq!(
            instead(typed, "two.xz").as_deref(),
            Some("segment-to-voucherify transform one.gz - -o people --strict")
        );
        assert_eq!(instead("inspect -", "-").as_deref(), Some("segment-to-voucherify inspect -"));
        assert_eq!(instead("transform folder", "folder/a.xz"), None);
        // The value of an option is no input.
        for (typed, expected) in [
            ("-q transform --identifier a a c", "-q transform --identifier a - c"),
            ("transform -o a -- a", "transform -o a -- -"),
            ("transform -q a", "transform -q -"),
        ] {
            assert_eq!(instead(typed, "a"), Some(format!("{INSTALLED} {expected}")));
        }
    }

    #[test]
    fn what_one_phase_of_three_is_to_do_otherwise_is_typed_as_that_phase() {
        for (typed, phase, expected) in [
            ("migrate", Phase::Upload, "upload"),
            ("-q migrate --voucherify-region us --segment-region=eu", Phase::Upload, "-q upload --region us"),
            ("migrate --voucherify-region us --segment-region=eu", Phase::Export, "export --region eu"),
            ("migrate --voucherify-region=us --json", Phase::Transform, "transform --json"),
            ("upload batches --region us", Phase::Upload, "upload batches --region us"),
        ] {
            assert_eq!(words(typed).of_phase(phase).to_string(), format!("{INSTALLED} {expected}"));
        }
    }

    #[test]
    fn the_file_of_variables_is_the_one_that_was_typed() {
        for (typed, expected) in [
            ("export --env-file a.env -o b", Some("a.env")),
            ("--env-file=a.env export", Some("a.env")),
            ("export -- --env-file a.env", None),
            ("export --env-file", None),
            ("export --env-files a", None),
        ] {
            assert_eq!(file_typed(&words(typed).words), expected.map(OsString::from), "{typed}");
        }
    }

    #[test]
    fn a_program_that_is_not_found_by_its_name_is_named_by_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let (there, elsewhere) = (folder.path().join("bin"), folder.path().join("other"));
        for place in [&there, &elsewhere] {
            std::fs::create_dir(place).unwrap();
            std::fs::write(place.join(INSTALLED), "").unwrap();
        }
        let running = there.join(INSTALLED);
        let whole = running.display().to_string();
        let search = |folders: &[&Path]| env::join_paths(folders).unwrap();
        for (search, expected) in [
            (search(&[&there]), INSTALLED),
            (search(&[folder.path(), &there, &elsewhere]), INSTALLED),
            (search(&[&elsewhere, &there]), whole.as_str()),
            (search(&[folder.path()]), whole.as_str()),
            (OsString::new(), whole.as_str()),
        ] {
            let found = names(running.as_os_str(), Some(&running), Some(&search));
            assert_eq!(found, (expected.to_owned(), expected.to_owned()), "{}", search.display());
        }
        let by_name = names(OsStr::new("renamed"), Some(&running), None);
        assert_eq!(by_name, (whole.clone(), whole), "found by a shell under a name that we do not know");
    }
}
