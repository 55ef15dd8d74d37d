//! What a target took last of each customer: hashes only, one file for each batch that was done, later files win.

use std::{
    fs,
    io::{self, BufRead, BufReader, BufWriter, Read, Write},
    path::{Path, PathBuf},
};

use super::Receipts;
use crate::{
    digest,
    failure::Failure,
    manifest::names,
    publish::{self, Unpublished},
};

/// More files than this become one.
const MANY: usize = 200;

/// Bytes of a line: two numbers of 16 digits, a blank and a line break.
const LONGEST_LINE: u64 = 34;

/// The first 64 bits of SHA-256: of a `source_id`, and of the customer's JSON.
///
/// Among ten million customers, two ids share one with a chance of one in 370,000; both would then be sent again.
pub type Fingerprint = (u64, u64);

/// Content of each customer that a target took: 16 bytes a customer.
#[derive(Debug, Default)]
pub struct LastSent(Vec<Fingerprint>);

impl LastSent {
    /// Whether the target took a customer with just this content last.
    #[must_use]
    pub fn has(&self, source_id: &str, json: &str) -> bool {
        let (id, content) = fingerprint(source_id, json);
        let position = self.0.binary_search_by_key(&id, |(id, _)| *id);
        position.is_ok_and(|position| self.0[position].1 == content)
    }

    /// Of several fingerprints of one id the last one counts.
    fn of(mut taken: Vec<Fingerprint>) -> Self {
        taken.sort_by_key(|(id, _)| *id);
        taken.reverse();
        taken.dedup_by_key(|(id, _)| *id);
        taken.reverse();
        Self(taken)
    }
}

/// What is noted of a customer.
#[must_use]
pub fn fingerprint(source_id: &str, json: &str) -> Fingerprint {
    (digest::short(source_id.as_bytes()), digest::short(json.as_bytes()))
}

impl Receipts {
    /// What this target took last of each customer; what cannot be understood counts as not taken, so it is sent again.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn last_sent(&self) -> Result<LastSent, Failure> {
        let mut taken = Vec::new();
        for number in self.numbers().map_err(|error| super::unreadable(self.folder(), error))? {
            let path = self.hashes(number);
            read(&path, &mut taken).map_err(|error| super::unreadable(&path, error))?;
        }
        Ok(LastSent::of(taken))
    }

    /// Notes customers that the target took.
    ///
    /// # Errors
    /// Any I/O error.
    pub fn note_last_sent(&self, taken: &[Fingerprint]) -> io::Result<()> {
        let numbers = self.numbers()?;
        if !taken.is_empty() {
            write(&self.hashes(behind(&numbers)?), taken)?;
        }
        if numbers.len() > MANY { self.put_together() } else { Ok(()) }
    }

    /// Forgets what the target took: it holds something else now.
    ///
    /// # Errors
    /// Any I/O error.
    pub fn forget_last_sent(&self) -> io::Result<()> {
        self.numbers()?.into_iter().try_for_each(|number| publish::remove(&self.hashes(number)))
    }

    /// Puts all files into one, with the highest number: whichever of the others a crash leaves, it wins.
    fn put_together(&self) -> io::Result<()> {
        let (numbers, mut taken) = (self.numbers()?, Vec::new());
        numbers.iter().try_for_each(|number| read(&self.hashes(*number), &mut taken))?;
        let LastSent(taken) = LastSent::of(taken);
        write(&self.hashes(behind(&numbers)?), &taken)?;
        numbers.iter().try_for_each(|number| publish::remove(&self.hashes(*number)))
    }

    /// The numbers of the files that there are, in order.
    fn numbers(&self) -> io::Result<Vec<u64>> {
        let mut numbers = Vec::new();
        let entries = match fs::read_dir(self.folder()) {
            // A plan is made before there is a folder: nothing was sent to that target.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(numbers),
            entries => entries?,
        };
        for entry in entries {
            let name = entry?.file_name();
            let number = name.to_str().and_then(|name| name.strip_prefix("taken-")?.strip_suffix(".hashes"));
            numbers.extend(number.and_then(|number| number.parse::<u64>().ok()));
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    fn hashes(&self, number: u64) -> PathBuf {
        self.folder().join(format!("taken-{number:06}.hashes"))
    }
}

/// The number of the next file.
fn behind(numbers: &[u64]) -> io::Result<u64> {
    let last = numbers.last().copied().unwrap_or_default();
    last.checked_add(1).ok_or_else(|| io::Error::other(format!("no file of hashes can follow `taken-{last}.hashes`")))
}

fn write(path: &Path, taken: &[Fingerprint]) -> io::Result<()> {
    let mut file = BufWriter::new(Unpublished::create(path)?);
    for (id, content) in taken {
        writeln!(file, "{id:016x} {content:016x}")?;
    }
    file.into_inner().map_err(io::IntoInnerError::into_error)?.commit()
}

fn read(path: &Path, taken: &mut Vec<Fingerprint>) -> io::Result<()> {
    let mut lines = BufReader::new(names::open(path)?);
    let mut line = Vec::new();
    loop {
        line.clear();
        // What is longer than a line of ours is none, and comes in pieces that are none either.
        if lines.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let Ok(line) = str::from_utf8(&line) else { continue };
        let pair = line.split_once(' ').map(|(id, content)| (parsed(id), parsed(content)));
        if let Some((Some(id), Some(content))) = pair {
            taken.push((id, content));
        }
    }
}

fn parsed(hexadecimal: &str) -> Option<u64> {
    u64::from_str_radix(hexadecimal.get(..16)?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_content_counts() {
        let noted = [("a", "1"), ("b", "1"), ("a", "2"), ("c", "1"), ("a", "3")];
        let taken = LastSent::of(noted.map(|(id, json)| fingerprint(id, json)).to_vec());
        for (id, json, expected) in [("a", "3", true), ("a", "1", false), ("b", "1", true), ("d", "1", false)] {
            assert_eq!(taken.has(id, json), expected, "{id} {json}");
        }
    }
}
