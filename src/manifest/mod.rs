//! How every `manifest.json` of ours begins: its kind, its format and who wrote it. They are checked before anything else
//! in it is read, in one place for archives and batches alike.

#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod counts;
pub mod names;

use std::{
    fs::File,
    io::{self, BufReader},
    path::Path,
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

pub use self::counts::Counts;

use crate::{
    failure::Failure,
    invocation::{Invocation, Transform, Upload},
};

/// Name of the manifest in its folder.
pub const FILE_NAME: &str = "manifest.json";

/// Version of the layout of both kinds of folder. New members leave it as it is; a reader refuses a later one.
pub const FORMAT: u32 = 1;

/// Most bytes of a manifest: enough for 300,000 parts. A larger file is none of ours, and would fill the memory.
const MOST_BYTES: u64 = 64 << 20;

/// Tells the two kinds of manifest apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An archive of profiles.
    Archive,
    /// Batches of customers, as `transform` makes them.
    Batches,
}

/// What is read before anything else; the other members may be of any version.
#[derive(Debug, Deserialize)]
struct Header {
    #[serde(default)]
    kind: Option<String>,
    #[serde(default)]
    format: Option<u64>,
    #[serde(default)]
    tool: Option<String>,
}

impl Kind {
    /// The word in the manifest.
    fn as_str(self) -> &'static str {
        match self {
            Self::Archive => "archive",
            Self::Batches => "batches",
        }
    }

    /// What people call such a folder.
    fn what(self) -> &'static str {
        match self {
            Self::Archive => "an archive",
            Self::Batches => "a folder of batches",
        }
    }

    fn of(word: &str) -> Option<Self> {
        [Self::Archive, Self::Batches].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// What the manifest in `folder` says that the folder is; `None` where there is no manifest.
///
/// # Errors
/// A manifest that is none of ours, or of a later format.
pub fn kind(folder: &Path) -> Result<Option<Kind>, Failure> {
    header(folder, None)
}

/// Reads the manifest in `folder`, which has to be of this kind; `None` where there is none.
///
/// # Errors
/// A manifest that cannot be read, is of the other kind or of a later format, or is damaged.
pub fn read<M: DeserializeOwned>(folder: &Path, wanted: Kind) -> Result<Option<M>, Failure> {
    let Some(found) = header(folder, Some(wanted))? else { return Ok(None) };
    if found != wanted {
        let reader: Invocation = match found {
            Kind::Archive => Transform::of([folder]).into(),
            Kind::Batches => Upload::of(folder).into(),
        };
        return Err(Failure::usage(format!("`{}` is {}, not {}", folder.display(), found.what(), wanted.what()))
            .command("give another folder here; this one is read by", reader));
    }
    let path = folder.join(FILE_NAME);
    let file = open(&path)?;
    let Some(file) = file else { return Ok(None) };
    serde_json::from_reader(Counts::new(file)).map(Some).map_err(|error| damaged(&path, Some(wanted), error))
}

fn header(folder: &Path, wanted: Option<Kind>) -> Result<Option<Kind>, Failure> {
    let path = folder.join(FILE_NAME);
    let Some(file) = open(&path)? else { return Ok(None) };
    let header: Header = serde_json::from_reader(file).map_err(|error| damaged(&path, wanted, error))?;
    let kind = header.kind.as_deref().and_then(Kind::of).ok_or_else(|| {
        let ours = wanted.map_or_else(|| "an archive or of batches".into(), |kind| kind.what().to_owned());
        Failure::stopped(format!("`{}` is not the manifest of {ours}", path.display()))
            .hint("it was written by something else; give another folder, or move this one away")
    })?;
    match header.format {
        Some(format) if format == u64::from(FORMAT) => Ok(Some(kind)),
        Some(format) if format > u64::from(FORMAT) => {
            let by = header.tool.map_or_else(|| "a later version".into(), |tool| format!("`{}`", plain(&tool)));
            let ours = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"));
            Err(Failure::usage(format!("`{}` has format {format}, written by {by}", path.display()))
                .hint(format!("this is `{ours}`, which reads format {FORMAT}; use the version that wrote it")))
        }
        _ => Err(Failure::stopped(format!("`{}` names no format", path.display()))
            .hint("it was damaged; bring the original back, or make the folder again")),
    }
}

/// Opens a manifest, if there is one.
fn open(path: &Path) -> Result<Option<BufReader<File>>, Failure> {
    let unreadable = |error| Failure::stopped(format!("cannot read `{}`", path.display())).because(error);
    let file = match names::open(path) {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(unreadable(error)),
    };
    let length = file.metadata().map_err(unreadable)?.len();
    if length > MOST_BYTES {
        let message =
            format!("`{}` has {length} bytes: no manifest of ours is larger than {MOST_BYTES}", path.display());
        return Err(Failure::stopped(message).hint("it was damaged; bring the original back, or make the folder again"));
    }
    Ok(Some(BufReader::with_capacity(1 << 16, file)))
}

fn damaged(path: &Path, kind: Option<Kind>, error: serde_json::Error) -> Failure {
    let ours = kind.map_or("an archive or of batches", Kind::what);
    Failure::stopped(format!("`{}` is not the manifest of {ours}", path.display()))
        .because(error)
        .hint("it was damaged or changed; bring the original back, or make the folder again")
}

/// The name of a program as it may be shown: what somebody else wrote is no command for a terminal.
fn plain(tool: &str) -> String {
    tool.chars().filter(|letter| !letter.is_control()).take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kind_and_format_are_checked_before_the_rest() {
        let folder = tempfile::tempdir().unwrap();
        let said = |text: &str| {
            std::fs::write(folder.path().join(FILE_NAME), text).unwrap();
            match read::<serde_json::Value>(folder.path(), Kind::Archive) {
                Ok(_) => "read".to_owned(),
                Err(failure) => failure.message.replace(&folder.path().display().to_string(), "F"),
            }
        };
        for (text, words) in [
            (r#"{"kind":"archive","format":1,"parts":7}"#, "read"),
            (r#"{"kind":"batches","format":1}"#, "`F` is a folder of batches, not an archive"),
            (r#"{"format":2,"kind":"archive","tool":"it 9"}"#, "`F/manifest.json` has format 2, written by `it 9`"),
            (
                r#"{"kind":"archive","format":18446744073709551615}"#,
                "`F/manifest.json` has format 18446744073709551615, written by a later version",
            ),
            (r#"{"kind":"archive","format":0}"#, "`F/manifest.json` names no format"),
            (r#"{"kind":"archive"}"#, "`F/manifest.json` names no format"),
            (r#"{"entries":[]}"#, "`F/manifest.json` is not the manifest of an archive"),
            (r#"{"kind":"other","format":1}"#, "`F/manifest.json` is not the manifest of an archive"),
            ("[", "`F/manifest.json` is not the manifest of an archive"),
            ("", "`F/manifest.json` is not the manifest of an archive"),
        ] {
            assert_eq!(said(text), words, "{text}");
        }
    }

    #[test]
    fn a_manifest_that_is_a_link_or_too_large_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/dev/zero", folder.path().join(FILE_NAME)).unwrap();
        assert!(kind(folder.path()).unwrap_err().message.starts_with("cannot read"));
        std::fs::remove_file(folder.path().join(FILE_NAME)).unwrap();
        File::create(folder.path().join(FILE_NAME)).unwrap().set_len(MOST_BYTES + 1).unwrap();
        assert!(kind(folder.path()).unwrap_err().message.contains("has 67108865 bytes"));
    }
}
