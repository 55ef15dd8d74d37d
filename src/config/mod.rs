//! Environment and `.env` become checked values, once; past this border nothing reads the environment.
//!
//! * `names`: the variables that there are; nothing else of a `.env` is looked at
//! * `dotenv`: the grammar of `.env`, that of Node's `dotenv`
//! * `access`: hosts and keys of the two APIs
//! * `base_url`: what may be a host

mod access;
mod base_url;
mod dotenv;
mod names;

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::OnceLock,
    time::SystemTime,
};

pub use self::access::{SegmentAccess, SegmentRegion, VoucherifyAccess, VoucherifyRegion};
use self::dotenv::Assigned;
use crate::failure::Failure;

/// File that is read when `--env-file` does not name another.
const DEFAULT_ENVIRONMENT_FILE: &str = ".env";

/// An environment file that is longer is none.
const LONGEST: u64 = 1 << 20;

/// What the environment file of this process says; set once, before any command runs.
static FILE: OnceLock<EnvironmentFile> = OnceLock::new();

/// An environment file that was read.
#[derive(Debug)]
struct EnvironmentFile {
    path: PathBuf,
    /// What it assigns, or why it cannot be read; nobody hears of that who needs nothing from it.
    content: Result<BTreeMap<&'static str, Assigned>, String>,
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// The environment of the process.
    Environment,
    /// The environment file.
    File,
}

/// Insists on a clock that can be reckoned with: times are counted from 1970 on, in certificates and receipts alike.
///
/// # Errors
/// A moment before that.
pub fn check_clock(now: SystemTime) -> Result<(), Failure> {
    if now >= SystemTime::UNIX_EPOCH {
        return Ok(());
    }
    Err(Failure::usage(
        "the clock of this machine stands before 1970: times of what is done would be wrong, and no certificate counts",
    )
    .again("set the clock, which `date` shows; then"))
}

/// Reads the file that `--env-file` names, or `.env` of the present folder where there is one. What is in the
/// environment wins, and nothing in there changes: no proxy and no certificate comes out of a file.
///
/// # Errors
/// A named file that is not there, or one that cannot be read.
pub fn load_environment_file(named: Option<&Path>) -> Result<(), Failure> {
    let path = named.unwrap_or(Path::new(DEFAULT_ENVIRONMENT_FILE));
    let content = match read(path) {
        Ok(text) => Ok(dotenv::assigned(&text, names::ALL)),
        Err(error) if named.is_none() && is_none_of_ours(&error) => return Ok(()),
        Err(error) if named.is_none() => Err(error.to_string()),
        Err(error) => return Err(unreadable(path, error.to_string())),
    };
    // Whoever calls this again in one process keeps what was read first.
    let _ = FILE.set(EnvironmentFile { path: path.to_owned(), content });
    Ok(())
}

/// The text of a file, in UTF-8 or with a mark that says which UTF it is.
fn read(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LONGEST).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == LONGEST {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it has more than {LONGEST} bytes")));
    }
    Ok(encoding_rs::UTF_8.decode(&bytes).0.into_owned())
}

fn unreadable(path: &Path, why: String) -> Failure {
    Failure::usage(format!("cannot read the environment file `{}`", path.display()))
        .because(why)
        .hint("see `.env-example` for what it may hold")
}

/// There is no file of that name; a folder of that name, such as Python's, is none either.
fn is_none_of_ours(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::IsADirectory)
}

/// The value of a variable; one that is empty or blank counts as not set, and the file is asked then.
///
/// # Errors
/// A line of the file that names the variable and is no assignment, or a value that is no text.
pub fn optional(name: &str) -> Result<Option<String>, Failure> {
    Ok(found(name)?.map(|(value, _)| value))
}

/// What was typed, or else the value of a variable.
///
/// # Errors
/// As for [`optional`].
pub fn chosen(typed: Option<&str>, name: &str) -> Result<Option<String>, Failure> {
    match typed {
        Some(typed) => Ok(Some(typed.trim().to_owned())),
        None => optional(name),
    }
}

/// The address of a warehouse, `WAREHOUSE_URL`.
///
/// # Errors
/// As for [`optional`], where it is not set, or where a file would choose the host that a password of the environment is
/// sent to.
pub fn warehouse_url() -> Result<String, Failure> {
    let form = "`WAREHOUSE_URL=postgres://USER:PASSWORD@HOST:5432/DATABASE`";
    let (url, origin) = found("WAREHOUSE_URL")?.ok_or_else(|| {
        Failure::usage("`WAREHOUSE_URL` is not set").hint(format!("put {form} into the environment or into `.env`"))
    })?;
    let holds_password = url::Url::parse(&url).is_ok_and(|url| url.password().is_some());
    if origin == Origin::File && !holds_password && of_other_programs("PGPASSWORD").is_some() {
        return Err(Failure::usage("`WAREHOUSE_URL` is from the environment file, and `PGPASSWORD` from elsewhere")
            .hint(
                "put both into the environment, or both into the URL: a file must not choose where a password goes",
            ));
    }
    Ok(url)
}

/// A variable that belongs to other programs, such as libpq's; `.env` does not set it.
#[must_use]
pub fn of_other_programs(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn found(name: &str) -> Result<Option<(String, Origin)>, Failure> {
    let not_blank = |value: String| Some(value.trim().to_owned()).filter(|value| !value.is_empty());
    match std::env::var(name) {
        Ok(value) => {
            if let Some(value) = not_blank(value) {
                return Ok(Some((value, Origin::Environment)));
            }
        }
        Err(std::env::VarError::NotUnicode(_)) => {
            return Err(Failure::usage(format!("`{name}` is no UTF-8 text")).hint("set it anew, or unset it"));
        }
        Err(std::env::VarError::NotPresent) => {}
    }
    let Some(file) = FILE.get() else { return Ok(None) };
    let assigned = file.content.as_ref().map_err(|why| unreadable(&file.path, why.clone()))?;
    match assigned.get(name) {
        Some(Assigned::Value(value)) => Ok(not_blank(value.clone()).map(|value| (value, Origin::File))),
        // The line is not shown: it may hold a secret.
        Some(Assigned::Odd { line, why }) => {
            Err(Failure::usage(format!("`{}`, line {line}: `{name}` {why}", file.path.display()))
                .hint(format!("write it as `{name}=value`, in quotes where the value holds blanks or `#`")))
        }
        None => Ok(None),
    }
}

/// The values of variables that must all be there; all that are missing are named at once.
fn required<const N: usize>(names: [&str; N], place: &str) -> Result<[(String, Origin); N], Failure> {
    let found = names.iter().map(|name| found(name)).collect::<Result<Vec<_>, _>>()?;
    let missing = names.iter().zip(&found).filter(|(_, value)| value.is_none());
    let missing: Vec<String> = missing.map(|(name, _)| format!("`{name}`")).collect();
    if let Ok(found) = <[_; N]>::try_from(found.into_iter().flatten().collect::<Vec<_>>()) {
        return Ok(found);
    }
    let (verb, whose) = if missing.len() == 1 { ("is", "its value") } else { ("are", "their values") };
    Err(Failure::usage(format!("{} {verb} not set", missing.join(" and ")))
        .hint(format!("find {whose} in {place}; put what is missing into the environment or into `.env`")))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_clock_before_1970_is_refused() {
        let epoch = SystemTime::UNIX_EPOCH;
        for (now, is_fine) in
            [(epoch, true), (epoch + Duration::from_nanos(1), true), (epoch - Duration::from_nanos(1), false)]
        {
            assert_eq!(check_clock(now).is_ok(), is_fine, "{now:?}");
        }
    }
}
