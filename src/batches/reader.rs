//! Reads batches one at a time: folders by their manifest, single files, or lines from standard input.

use std::{
    collections::{HashSet, VecDeque},
    fs,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use bytes::Bytes;
use flate2::{bufread::MultiGzDecoder, read::MultiGzDecoder as GzipReader};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::manifest::{Batch, Manifest};
use crate::{digest, failure::Failure};

/// One batch, ready to be posted as it is.
#[derive(Debug, Clone)]
pub struct Body {
    /// File name, or `-` for standard input.
    pub name: String,
    /// The JSON array.
    pub json: Bytes,
    /// SHA-256 of it, in hexadecimal: the batch's name in receipts.
    pub sha256: String,
    /// `source_id` of each customer, in order.
    pub source_ids: Vec<String>,
    /// Where the table of its origins is, if there is one.
    pub origins: Option<PathBuf>,
}

/// Where one customer of a batch comes from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct OriginRow {
    /// The profile.
    pub segment_id: String,
    /// File of the archive.
    pub file: String,
    /// Line in that file, counted from 1.
    pub line: u64,
}

/// The batches of some inputs, read one at a time.
pub struct Batches {
    waiting: VecDeque<Source>,
    stdin: Option<Box<dyn BufRead>>,
}

enum Source {
    Listed { folder: PathBuf, batch: Batch },
    File(PathBuf),
    Stdin,
}

#[derive(Deserialize)]
struct Identity {
    source_id: String,
}

impl Batches {
    /// Finds the batches of folders, files and `-`.
    ///
    /// # Errors
    /// An input that is not there, or a folder whose transform did not finish.
    pub fn open(inputs: &[PathBuf]) -> Result<Self, Failure> {
        let mut waiting = VecDeque::new();
        for input in inputs {
            if input.as_os_str() == "-" {
                waiting.push_back(Source::Stdin);
            } else if input.is_dir() {
                let manifest = Manifest::read(input)?.ok_or_else(|| {
                    Failure::stopped(format!(
                        "`{}` has no `manifest.json`: its transform did not finish",
                        input.display()
                    ))
                    .hint("run `segment-to-voucherify transform` again")
                })?;
                let listed = manifest.batches.into_iter();
                waiting.extend(listed.map(|batch| Source::Listed { folder: input.clone(), batch }));
            } else if input.is_file() {
                waiting.push_back(Source::File(input.clone()));
            } else {
                return Err(Failure::stopped(format!("there is no file or folder `{}`", input.display()))
                    .hint("`segment-to-voucherify transform` makes the folder `batches`"));
            }
        }
        Ok(Self { waiting, stdin: None })
    }

    /// The next batch; `None` at the end.
    ///
    /// # Errors
    /// A batch that is cut, damaged, or other than its manifest says.
    pub fn read_next(&mut self) -> Result<Option<Body>, Failure> {
        if let Some(stdin) = &mut self.stdin {
            let mut line = Vec::new();
            stdin.read_until(b'\n', &mut line).map_err(|error| damaged("-", error))?;
            if !line.is_empty() {
                return body("-".into(), line, None).map(Some);
            }
            self.stdin = None;
        }
        match self.waiting.pop_front() {
            None => Ok(None),
            Some(Source::Listed { folder, batch }) => listed(&folder, &batch).map(Some),
            Some(Source::File(path)) => {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                body(name, plain(&path)?, None).map(Some)
            }
            Some(Source::Stdin) => {
                let mut input = BufReader::new(io::stdin());
                let gzip = input.fill_buf().map_err(|error| damaged("-", error))?.starts_with(&[0x1f, 0x8b]);
                let decoded = |input| Box::new(BufReader::new(MultiGzDecoder::new(input)));
                self.stdin = Some(if gzip { decoded(input) } else { Box::new(input) });
                self.read_next()
            }
        }
    }
}

impl Body {
    /// Two halves, for a batch that the server will not take whole.
    ///
    /// # Errors
    /// JSON that is no array of customers; that was checked before.
    pub fn halves(&self) -> Result<[Self; 2], Failure> {
        let customers: Vec<&RawValue> =
            serde_json::from_slice(&self.json).map_err(|error| damaged(&self.name, error))?;
        let (first, second) = customers.split_at(customers.len() / 2);
        let half = |customers: &[&RawValue]| {
            let json = serde_json::to_vec(customers).map_err(|error| damaged(&self.name, error))?;
            body(self.name.clone(), json, self.origins.clone())
        };
        Ok([half(first)?, half(second)?])
    }
}

impl Body {
    /// A batch of standard input made of these customers.
    ///
    /// # Errors
    /// Text that is no customer.
    pub fn packed(customers: &[String]) -> Result<Self, Failure> {
        body("-".into(), format!("[{}]", customers.join(",")).into_bytes(), None)
    }

    /// Its customers as they are written, in order.
    ///
    /// # Errors
    /// JSON that is no array of customers; that was checked before.
    pub fn customers(&self) -> Result<Vec<&RawValue>, Failure> {
        serde_json::from_slice(&self.json).map_err(|error| damaged(&self.name, error))
    }

    /// The customers of these `source_id`s, in the batch's order.
    ///
    /// # Errors
    /// JSON that is no array of customers; that was checked before.
    pub fn only(&self, source_ids: &HashSet<&str>) -> Result<Self, Failure> {
        let customers: Vec<&RawValue> =
            serde_json::from_slice(&self.json).map_err(|error| damaged(&self.name, error))?;
        let wanted = customers.into_iter().zip(&self.source_ids).filter(|(_, id)| source_ids.contains(id.as_str()));
        let wanted: Vec<&RawValue> = wanted.map(|(customer, _)| customer).collect();
        let json = serde_json::to_vec(&wanted).map_err(|error| damaged(&self.name, error))?;
        body(self.name.clone(), json, None)
    }
}

/// Reads a table of origins; empty where there is none, since it only adds to what is told.
#[must_use]
pub fn origins(path: &Path) -> Vec<OriginRow> {
    let Ok(file) = fs::File::open(path) else { return Vec::new() };
    csv::Reader::from_reader(GzipReader::new(file)).deserialize().filter_map(Result::ok).collect()
}

fn listed(folder: &Path, batch: &Batch) -> Result<Body, Failure> {
    let path = folder.join(&batch.file);
    let body = body(batch.file.clone(), plain(&path)?, Some(folder.join(&batch.origins.file)))?;
    if body.sha256 != batch.sha256 {
        return Err(Failure::stopped(format!("`{}` is not the batch that the manifest lists", path.display()))
            .hint("it was damaged or changed; run `segment-to-voucherify transform` again"));
    }
    Ok(body)
}

/// The content of a file, gzipped or not.
fn plain(path: &Path) -> Result<Vec<u8>, Failure> {
    let name = path.display().to_string();
    let bytes = fs::read(path).map_err(|error| damaged(&name, error))?;
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes);
    }
    let mut json = Vec::new();
    GzipReader::new(&bytes[..]).read_to_end(&mut json).map_err(|error| damaged(&name, error))?;
    Ok(json)
}

fn body(name: String, mut json: Vec<u8>, origins: Option<PathBuf>) -> Result<Body, Failure> {
    json.truncate(json.trim_ascii_end().len());
    let customers: Vec<Identity> = serde_json::from_slice(&json).map_err(|error| damaged(&name, error))?;
    let source_ids = customers.into_iter().map(|customer| customer.source_id).collect();
    let sha256 = digest::sha256(&json);
    Ok(Body { name, json: json.into(), sha256, source_ids, origins })
}

fn damaged(name: &str, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Failure {
    Failure::stopped(format!("`{name}` is no batch of customers"))
        .because(error)
        .hint("a batch is a JSON array of customers, each with a `source_id`, on one line")
}
