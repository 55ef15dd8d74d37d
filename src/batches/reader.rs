//! Reads batches one at a time: folders by their manifest, single files, or lines from standard input.

use std::{
    fmt, fs,
    io::{self, BufRead, Read},
    path::{Path, PathBuf},
};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{
    manifest::{Batch, BatchesManifest},
    packing::Limits,
};
use crate::{
    digest,
    failure::Failure,
    gzip,
    invocation::{Transform, Upload, quoted},
    manifest::names,
    publish,
};

/// Most bytes of JSON in a batch that is read: six times what the API takes, since a request that it refuses as too large
/// is halved. More than that is no batch, whatever a small file inflates to.
pub const MOST_BYTES: usize = 64 << 20;

/// The body of one bulk request: a batch as it was read, a piece of one, or customers of several.
#[derive(Debug, Clone)]
pub struct Body {
    /// File name of the batch, or `-` for what has none.
    pub name: String,
    /// The JSON array of customers, without a line break behind it.
    pub json: Bytes,
    /// SHA-256 of it, in hexadecimal: its name in receipts.
    pub sha256: String,
    /// `source_id` of each customer, in order.
    pub source_ids: Vec<String>,
    /// The batches that its customers were read from; their positions, one after another, are its customers.
    pub memberships: Vec<Membership>,
}

/// A batch as it was read, and which of its customers are meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// SHA-256 of its JSON, in hexadecimal.
    pub sha256: String,
    /// Its file name, or `-`.
    pub batch: String,
    /// Customers in the whole batch.
    pub customers: u64,
    /// Where the table of its origins is, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origins: Option<PathBuf>,
    /// Places of those that are meant, counted from 0.
    pub positions: Vec<u64>,
}

/// Where batches are read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BatchSource {
    /// A batch that the manifest of a folder lists.
    Listed {
        /// The folder.
        folder: PathBuf,
        /// What the manifest says of it.
        batch: Batch,
        /// How large the batches of that folder may be.
        limits: Limits,
    },
    /// A file with one batch.
    File(PathBuf),
    /// Standard input: a batch a line.
    Stdin,
}

/// The batches of standard input, one a line.
pub struct Lines {
    lines: Box<dyn BufRead + Send>,
    /// Number of the line that was read last, from 1.
    number: u64,
}

/// Why something is no batch.
type Why = Box<dyn std::error::Error + Send + Sync>;

#[derive(Deserialize)]
struct Identity {
    source_id: String,
}

impl BatchSource {
    /// The file that is read; `-` for standard input.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        match self {
            Self::Listed { folder, batch, .. } => folder.join(&batch.file),
            Self::File(path) => path.clone(),
            Self::Stdin => "-".into(),
        }
    }
}

/// Finds the batches of folders, files and `-`.
///
/// # Errors
/// An input that is not there, or a folder whose transform did not finish.
pub fn sources(inputs: &[PathBuf]) -> Result<Vec<BatchSource>, Failure> {
    let mut sources = Vec::new();
    for input in inputs {
        if input.as_os_str() == "-" {
            sources.push(BatchSource::Stdin);
        } else if input.is_dir() {
            let manifest = BatchesManifest::needed(input)?;
            let (limits, listed) = (manifest.options.limits(), manifest.batches.into_iter());
            sources.extend(listed.map(|batch| BatchSource::Listed { folder: input.clone(), batch, limits }));
        } else if input.is_file() {
            sources.push(BatchSource::File(input.clone()));
        } else if input.try_exists().map_err(|error| no_batches(input).because(error))? {
            let from_there = format!("{} < {}", Upload::of("-"), quoted(&input.to_string_lossy()));
            return Err(Failure::usage(format!("`{}` is neither a file nor a folder", input.display()))
                .hint(format!("batches that come through a pipe are read from standard input: `{from_there}`")));
        } else {
            return Err(Failure::usage(format!("there is no file or folder `{}`", input.display()))
                .command("name a folder of batches, or make one:", Transform::default()));
        }
    }
    Ok(publish::once_each(sources, BatchSource::path))
}

fn no_batches(input: &Path) -> Failure {
    Failure::usage(format!("cannot read `{}`", input.display()))
}

impl fmt::Debug for Lines {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Lines").finish_non_exhaustive()
    }
}

impl Lines {
    /// Standard input, gzipped or not.
    ///
    /// # Errors
    /// Input that cannot be read, or that holds no byte: a stream without batches has an end of its own, so that whoever was
    /// to write this one wrote nothing.
    pub fn stdin() -> Result<Self, Failure> {
        let unread = |error| damaged("-", error);
        if io::stdin().lock().fill_buf().map_err(unread)?.is_empty() {
            return Err(Failure::stopped(
                "standard input held nothing at all, not even the end of a stream without batches",
            )
            .hint(
                "whatever was to write into the pipe ended before it wrote: look at what it said, and run both again",
            ));
        }
        gzip::content(io::stdin()).map(|lines| Self { lines, number: 0 }).map_err(unread)
    }

    /// The next batch; `None` at the end. Blank lines are none.
    ///
    /// # Errors
    /// A line that is no batch.
    pub fn read_next(&mut self) -> Result<Option<Body>, Failure> {
        loop {
            let mut line = Vec::new();
            self.number += 1;
            let number = self.number;
            let odd = |error| not_a_batch(&format!("line {number} of `-`"), error);
            let mut bounded = (&mut self.lines).take(MOST_BYTES as u64 + 1);
            if bounded.read_until(b'\n', &mut line).map_err(|error| broken_off(error.into()))? == 0 {
                return Ok(None);
            }
            if line.len() > MOST_BYTES {
                return Err(odd(format!("it is longer than {MOST_BYTES} bytes").into()));
            }
            if !line.trim_ascii().is_empty() {
                let is_last = !line.ends_with(b"\n");
                let ends_early = |error: &Why| error.downcast_ref().is_some_and(serde_json::Error::is_eof);
                return whole("-".into(), line, None)
                    .map(Some)
                    .map_err(|error| if is_last && ends_early(&error) { broken_off(error) } else { odd(error) });
            }
        }
    }
}

/// Insists that the file of a batch is the one that its manifest lists, without inflating it.
///
/// # Errors
/// A file that is missing, damaged or changed.
pub fn check(folder: &Path, batch: &Batch) -> Result<(), Failure> {
    let path = folder.join(&batch.file);
    let sha256 = names::open(&path).and_then(digest::of_open).map_err(|error| {
        mend(Failure::stopped(format!("the batch `{}` cannot be read", path.display())).because(error), folder)
    })?;
    if sha256 == batch.file_sha256 { Ok(()) } else { Err(changed(folder, &path)) }
}

/// Reads a batch that its manifest lists.
///
/// # Errors
/// A batch that is cut, damaged, or other than its manifest says.
pub fn listed(folder: &Path, batch: &Batch) -> Result<Body, Failure> {
    let path = folder.join(&batch.file);
    let origins = Some(folder.join(&batch.origins.file));
    let body = whole(batch.file.clone(), plain(&path, names::open(&path))?, origins);
    let body = body.map_err(|error| damaged(&batch.file, error))?;
    if body.sha256 == batch.sha256 { Ok(body) } else { Err(changed(folder, &path)) }
}

/// The JSON of a batch that its manifest lists, not taken apart. Whether it is that one is asked by [`is_listed`].
///
/// # Errors
/// A batch that is cut or damaged.
pub fn content(folder: &Path, batch: &Batch) -> Result<Vec<u8>, Failure> {
    let path = folder.join(&batch.file);
    let packed = names::open(&path).and_then(|file| {
        let mut packed = Vec::new();
        file.take(MOST_BYTES as u64).read_to_end(&mut packed).map(|_| packed)
    });
    // Other files take the long way, and get its words.
    let whole = packed.ok().and_then(|packed| gzip::at_once(&packed, MOST_BYTES));
    let mut json = whole.map_or_else(|| plain(&path, names::open(&path)), Ok)?;
    json.truncate(json.trim_ascii_end().len());
    Ok(json)
}

/// Insists that some JSON is the batch that the manifest lists.
///
/// # Errors
/// A batch that was changed.
pub fn is_listed(folder: &Path, batch: &Batch, json: &[u8]) -> Result<(), Failure> {
    if digest::sha256(json) == batch.sha256 { Ok(()) } else { Err(changed(folder, &folder.join(&batch.file))) }
}

/// Says that something is no batch.
#[must_use]
pub fn no_batch(name: &str, error: impl Into<Why>) -> Failure {
    damaged(name, error)
}

/// Reads a file with one batch.
///
/// # Errors
/// A file that holds no batch.
pub fn file(path: &Path) -> Result<Body, Failure> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let content = plain(path, fs::File::open(path))?;
    let first = content.iter().position(|byte| *byte == b'\n').unwrap_or(content.len());
    let more = !content[first..].trim_ascii().is_empty();
    let is_batch = |json: &[u8]| whole(name.clone(), json.to_vec(), None).is_ok();
    if more && is_batch(&content[..first]) {
        let from_there = format!("{} < {}", Upload::of("-"), quoted(&path.to_string_lossy()));
        return Err(Failure::usage(format!("`{}` holds several batches, one a line", path.display()))
            .hint(format!("batches that were made for a pipe are read from standard input: `{from_there}`")));
    }
    whole(name.clone(), content, None).map_err(|error| damaged(&name, error))
}

impl Body {
    /// Customers of these memberships, in the order of their positions.
    ///
    /// # Errors
    /// JSON that is no array of customers.
    pub fn of_batches(json: Vec<u8>, memberships: Vec<Membership>) -> Result<Self, Failure> {
        parsed("-".into(), json, |_, _| memberships).map_err(|error| damaged("-", error))
    }

    /// Its customers as they are written, in order.
    ///
    /// # Errors
    /// JSON that is no array of customers; that was checked before.
    pub fn customers(&self) -> Result<Vec<&RawValue>, Failure> {
        serde_json::from_slice(&self.json).map_err(|error| damaged(&self.name, error))
    }

    /// Two halves, for what the server will not take whole.
    ///
    /// # Errors
    /// JSON that is no array of customers; that was checked before.
    pub fn halves(&self) -> Result<[Self; 2], Failure> {
        let customers = self.customers()?;
        let middle = customers.len() / 2;
        let (first, second) = customers.split_at(middle);
        let (first_memberships, second_memberships) = divided(&self.memberships, middle);
        let half = |customers: &[&RawValue], memberships| {
            let json = serde_json::to_vec(customers).map_err(|error| damaged(&self.name, error))?;
            Self::of_batches(json, memberships)
        };
        Ok([half(first, first_memberships)?, half(second, second_memberships)?])
    }
}

/// Divides memberships behind their first `count` customers.
fn divided(memberships: &[Membership], count: usize) -> (Vec<Membership>, Vec<Membership>) {
    let (mut first, mut second, mut left) = (Vec::new(), Vec::new(), count);
    for membership in memberships {
        let (here, there) = membership.positions.split_at(left.min(membership.positions.len()));
        left -= here.len();
        for (positions, side) in [(here, &mut first), (there, &mut second)] {
            if !positions.is_empty() {
                side.push(Membership { positions: positions.to_vec(), ..membership.clone() });
            }
        }
    }
    (first, second)
}

/// The content of a file, gzipped or not.
fn plain(path: &Path, file: io::Result<fs::File>) -> Result<Vec<u8>, Failure> {
    let name = path.display().to_string();
    let file = file.map_err(|error| damaged(&name, error))?;
    gzip::bounded(file, MOST_BYTES).map_err(|error| damaged(&name, error))
}

/// A batch as it was read: its own and only membership.
fn whole(name: String, json: Vec<u8>, origins: Option<PathBuf>) -> Result<Body, Why> {
    parsed(name.clone(), json, |sha256, customers| {
        let positions = (0..customers as u64).collect();
        vec![Membership { sha256: sha256.to_owned(), batch: name, customers: customers as u64, origins, positions }]
    })
}

fn parsed(
    name: String,
    mut json: Vec<u8>,
    memberships: impl FnOnce(&str, usize) -> Vec<Membership>,
) -> Result<Body, Why> {
    json.truncate(json.trim_ascii_end().len());
    // What is passed over has to be text, too: the server would refuse it, or take something else.
    if json.trim_ascii_start().starts_with(b"{") {
        return Err(
            format!("it is an object, as a profile is; `{}` makes batches of profiles", Transform::default()).into()
        );
    }
    let customers: Vec<Identity> = serde_json::from_str(std::str::from_utf8(&json)?)?;
    let source_ids: Vec<String> = customers.into_iter().map(|customer| customer.source_id).collect();
    let sha256 = digest::sha256(&json);
    let memberships = memberships(&sha256, source_ids.len());
    Ok(Body { name, json: json.into(), sha256, source_ids, memberships })
}

fn changed(folder: &Path, path: &Path) -> Failure {
    let failure = Failure::stopped(format!("`{}` is not the batch that the manifest lists", path.display()));
    mend(failure, folder)
}

/// The same input and options give the same bytes.
fn mend(failure: Failure, folder: &Path) -> Failure {
    let manifest = BatchesManifest::read(folder).ok().flatten();
    let transform = manifest.map_or_else(|| Transform::default().output(folder), |manifest| manifest.repeat(folder));
    failure.command("it was damaged or changed; bring it back, or make it again:", transform)
}

/// A pipe whose writer has failed is cut, so that whoever reads it fails, too.
fn broken_off(error: Why) -> Failure {
    Failure::stopped("`-` ends in the middle")
        .because(error)
        .hint("whatever was to write into the pipe ended before its end: look at what it said, and run both again")
}

fn damaged(name: &str, error: impl Into<Why>) -> Failure {
    not_a_batch(&format!("`{name}`"), error.into())
}

fn not_a_batch(what: &str, error: Why) -> Failure {
    Failure::stopped(format!("{what} is no batch of customers"))
        .because(error)
        .hint("a batch is a JSON array of customers, each with a `source_id`, on one line")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_text_are_no_batch() {
        let read = |name: &[u8]| {
            let json = [br#"[{"source_id":"a","name":""#, name, br#""}]"#].concat();
            Body::of_batches(json, Vec::new()).map(|body| body.customers().unwrap().len()).ok()
        };
        assert_eq!([read("Zoé".as_bytes()), read(b"Zo\xe9"), read(b"\xed\xa0\x80")], [Some(1), None, None]);
    }

    #[test]
    fn halves_know_where_their_customers_come_from() {
        let membership = |batch: &str, positions: &[u64]| Membership {
            sha256: batch.into(),
            batch: batch.into(),
            customers: 9,
            origins: None,
            positions: positions.to_vec(),
        };
        let json = br#"[{"source_id":"a"},{"source_id":"b"},{"source_id":"c"},{"source_id":"d"},{"source_id":"e"}]"#;
        let body =
            Body::of_batches(json.to_vec(), vec![membership("one", &[4]), membership("two", &[0, 2, 8, 1])]).unwrap();
        let [first, second] = body.halves().unwrap();
        assert_eq!(
            (&first.json[..], first.memberships),
            (&br#"[{"source_id":"a"},{"source_id":"b"}]"#[..], vec![membership("one", &[4]), membership("two", &[0])])
        );
        assert_eq!(
            (second.source_ids, second.memberships),
            (["c", "d", "e"].map(String::from).to_vec(), vec![membership("two", &[2, 8, 1])])
        );
    }
}
