//! Writes the people out: as an archive, as one gzipped file, or what is expected of them.

use std::{io, io::Write, ops::Range, path::Path};

use chrono::Utc;
use flate2::{Compression, GzBuilder};
use rayon::prelude::*;
use serde_json::{Value, json};

use super::{Expected, Person, person};
use crate::{
    archive::{
        manifest::{ArchiveManifest, ArchiveOptions, Calls, ExportBooks, FORMAT, Kind, Listing, Part, Verdict},
        writer::PartWriter,
    },
    publish::{self, Unpublished},
    sandbox::SPACE_ID,
};

/// Profiles in a part, and in a block of the pipeline.
const BLOCK: u64 = 1_000;

/// The made-up profiles that are to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct People {
    /// How many profiles to make up.
    pub profiles: u64,
    /// Stands for the space.
    pub seed: u64,
}

/// What was written, for the summary.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// Bytes of JSON, line breaks included.
    pub json: u64,
    /// Bytes of the gzip files.
    pub gzip: u64,
}

impl People {
    /// Writes an archive into `folder`, its parts on all cores.
    ///
    /// # Errors
    /// A folder that holds an archive already, or any I/O error.
    pub fn write_archive(self, folder: &Path) -> io::Result<Written> {
        publish::folder(folder)?;
        if ArchiveManifest::path(folder).exists() {
            let message = format!("`{}` holds an archive already", folder.display());
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, message));
        }
        let written: Vec<(Part, u64)> = (0..self.profiles.div_ceil(BLOCK))
            .into_par_iter()
            .map(|block| self.write_part(folder, block))
            .collect::<io::Result<_>>()?;
        let json = written.iter().map(|(_, json)| json).sum();
        let parts: Vec<Part> = written.into_iter().map(|(part, _)| part).collect();
        let gzip = parts.iter().map(|part| part.bytes).sum();
        self.manifest(parts).publish(folder)?;
        Ok(Written { json, gzip })
    }

    /// Writes one file of a single gzip member.
    ///
    /// # Errors
    /// Any I/O error.
    pub fn write_file(self, path: &Path) -> io::Result<Written> {
        let mut gzip = GzBuilder::new().write(Unpublished::typed(path)?, Compression::default());
        let json = self.pipe(profile_line, &mut gzip)?;
        let file = gzip.finish()?.commit_and_reopen()?;
        Ok(Written { json, gzip: file.metadata()?.len() })
    }

    /// Writes what must become of each of them: `{"segment_id":…,"customer":…}` or `{"segment_id":…,"rejected":…}` a line.
    ///
    /// # Errors
    /// Any I/O error.
    pub fn write_expectation(self, path: &Path) -> io::Result<()> {
        let mut file = Unpublished::typed(path)?;
        self.pipe(expectation_line, &mut file)?;
        file.commit()
    }

    fn write_part(self, folder: &Path, block: u64) -> io::Result<(Part, u64)> {
        let number = usize::try_from(block).map_err(io::Error::other)? + 1;
        let mut part = PartWriter::create(folder, number)?;
        let mut json = 0;
        for number in self.block(block) {
            let line = profile_line(&person(self.seed, number));
            json += line.len() as u64 + 1;
            part.write_line(&line)?;
        }
        Ok((part.commit()?, json))
    }

    /// Makes lines on all cores, and writes them in order meanwhile; gives the bytes written.
    fn pipe(self, line: fn(&Person) -> Vec<u8>, output: &mut (impl Write + Send)) -> io::Result<u64> {
        let (blocks, stride) = (self.profiles.div_ceil(BLOCK), 2 * rayon::current_num_threads() as u64);
        let make = |from: u64| -> Vec<Vec<u8>> {
            (from..blocks.min(from + stride)).into_par_iter().map(|block| self.lines(block, line)).collect()
        };
        let (mut total, mut ready) = (0, make(0));
        for next in (stride..blocks + stride).step_by(usize::try_from(stride).map_err(io::Error::other)?) {
            let write = || ready.iter().try_for_each(|lines| output.write_all(lines));
            let (result, following) = rayon::join(write, || make(next));
            result?;
            total += ready.iter().map(|lines| lines.len() as u64).sum::<u64>();
            ready = following;
        }
        Ok(total)
    }

    fn lines(self, block: u64, line: fn(&Person) -> Vec<u8>) -> Vec<u8> {
        let mut lines = Vec::new();
        for number in self.block(block) {
            lines.extend(line(&person(self.seed, number)));
            lines.push(b'\n');
        }
        lines
    }

    fn block(self, block: u64) -> Range<u64> {
        block * BLOCK..self.profiles.min((block + 1) * BLOCK)
    }

    fn manifest(self, parts: Vec<Part>) -> ArchiveManifest {
        let now = Utc::now();
        ArchiveManifest {
            kind: Kind::Archive,
            format: FORMAT,
            tool: concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"), " sandbox").into(),
            options: ArchiveOptions {
                api_url: format!("sandbox:{}", self.seed),
                space_id: SPACE_ID.into(),
                id_types: Vec::new(),
                identified_only: Vec::new(),
                part_size: BLOCK,
                from_cursor: None,
                max_profiles: None,
                ids_from_sha256: None,
                warehouse: None,
            },
            started_at: now,
            updated_at: now,
            listing: Listing { complete: true, ..Listing::default() },
            parts,
            books: ExportBooks { listed: self.profiles, exported: self.profiles, ..ExportBooks::default() },
            failures: Vec::new(),
            vanished: Vec::new(),
            warehouse: None,
            calls: Calls::default(),
            verdict: Some(Verdict::Complete),
        }
    }
}

fn profile_line(person: &Person) -> Vec<u8> {
    let Person { segment_id, external_ids, traits, .. } = person;
    json!({"segment_id": segment_id, "external_ids": external_ids, "traits": traits}).to_string().into_bytes()
}

fn expectation_line(person: &Person) -> Vec<u8> {
    let (key, value) = match &person.expected {
        Expected::Customer(customer) => ("customer", customer.clone()),
        Expected::Rejected(reason) => ("rejected", Value::from(*reason)),
    };
    json!({"segment_id": person.segment_id, key: value}).to_string().into_bytes()
}
