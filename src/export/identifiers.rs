//! Identifiers that are given instead of a list: one a line, `use_…` or `type:value`.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Seek, Write},
    path::Path,
};

use crate::{digest::Hashed, failure::Failure};

/// Identifiers in a file, and what names their content.
#[derive(Debug)]
pub struct Identifiers {
    file: File,
    /// SHA-256 of the file, in hexadecimal: other identifiers make another archive.
    pub sha256: String,
}

impl Identifiers {
    /// Opens a file, or takes all of stdin for `-`.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let read = || -> io::Result<Self> {
            let mut copy = Hashed::new(tempfile::tempfile()?);
            if path.as_os_str() == "-" {
                io::copy(&mut io::stdin().lock(), &mut copy)?;
            } else {
                io::copy(&mut File::open(path)?, &mut copy)?;
            }
            copy.flush()?;
            let (file, _, sha256) = copy.finish();
            Ok(Self { file, sha256 })
        };
        read().map_err(|error| {
            Failure::usage(format!("cannot read identifiers from `{}`", path.display()))
                .because(error)
                .hint("give a file with one identifier a line, `use_…` or `type:value`, or `-` for stdin")
        })
    }

    /// The identifiers, in their order; empty lines are none, and `segment_id:use_…` is the same as `use_…`.
    ///
    /// # Errors
    /// A file that cannot be read, or that is no text.
    pub fn lines(&self) -> io::Result<impl Iterator<Item = io::Result<String>>> {
        let mut file = self.file.try_clone()?;
        file.rewind()?;
        let lines = BufReader::new(file).lines().map(|line| line.map(|line| plain(&line)));
        Ok(lines.filter(|line| !matches!(line, Ok(text) if text.is_empty())))
    }
}

fn plain(line: &str) -> String {
    let line = line.trim_start_matches('\u{feff}').trim();
    line.strip_prefix("segment_id:").unwrap_or(line).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_identifiers_however_they_were_saved() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ids.txt");
        std::fs::write(&path, "\u{feff}use_1\r\n\r\n email:A@b.example \nsegment_id:use_2").unwrap();
        let identifiers = Identifiers::open(&path).unwrap();
        for _ in 0..2 {
            let lines: Vec<String> = identifiers.lines().unwrap().map(Result::unwrap).collect();
            assert_eq!(lines, ["use_1", "email:A@b.example", "use_2"]);
        }
    }
}
