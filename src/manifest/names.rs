//! Names that come out of files: one plain component, or 64 hexadecimal digits, and never a way to another place.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

use serde::{
    Deserialize, Deserializer,
    de::{Error, Unexpected},
};

/// Most bytes of a mapping file or a schema; either is a thousandth of that.
const LONGEST_TEXT: u64 = 32 << 20;

/// Whether a text names a file in the folder itself, and nothing else.
#[must_use]
pub fn is_plain(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && !name.contains(['/', '\\']) && !name.chars().any(char::is_control)
}

/// Whether a text is a SHA-256 as ours are written.
#[must_use]
pub fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Reads the name of a file in the same folder.
///
/// # Errors
/// Any other text.
pub fn file_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let name = String::deserialize(deserializer)?;
    if is_plain(&name) { Ok(name) } else { Err(wrong(&name, "the name of a file in this folder")) }
}

/// Reads a SHA-256 in hexadecimal.
///
/// # Errors
/// Any other text.
pub fn sha256<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if is_sha256(&text) { Ok(text) } else { Err(wrong(&text, "a SHA-256: 64 hexadecimal digits")) }
}

fn wrong<E: Error>(text: &str, expected: &str) -> E {
    let shown: String = text.chars().take(80).flat_map(char::escape_debug).collect();
    E::invalid_value(Unexpected::Other(&format!("`{shown}`")), &expected)
}

/// Opens a file inside one of our own folders: a regular file, and no link to one elsewhere.
///
/// # Errors
/// A file that is not there, is something else, or cannot be read.
pub fn open(path: &Path) -> io::Result<File> {
    if fs::symlink_metadata(path)?.is_file() {
        return File::open(path);
    }
    let what = "a folder of ours holds regular files only, and this is a link, a device, a pipe or a folder";
    Err(io::Error::new(io::ErrorKind::InvalidInput, what))
}

/// Reads a file inside one of our own folders, which holds at most `most` bytes.
///
/// # Errors
/// A file that is not there, is something else, cannot be read, or is longer.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    up_to(open(path)?, most)
}

fn up_to(input: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("it holds more than {most} bytes")));
    }
    Ok(bytes)
}

/// Reads a text that the user names: it may come from a pipe, and is no larger than 32 MiB.
///
/// # Errors
/// A file that is not there, cannot be read, is longer, or is no UTF-8.
pub fn read_typed(path: &Path) -> io::Result<String> {
    let no_text = |error| io::Error::new(io::ErrorKind::InvalidData, format!("it is no UTF-8: {error}"));
    String::from_utf8(up_to(File::open(path)?, LONGEST_TEXT)?).map_err(no_text)
}

/// Reads a file whose path came out of a file: a regular file, be it behind a link, and nothing that never ends.
///
/// # Errors
/// A file that is not there, is something else, or cannot be read.
pub fn read_recorded(path: impl AsRef<Path>) -> io::Result<Vec<u8>> {
    let path = path.as_ref();
    if fs::metadata(path)?.is_file() {
        return up_to(File::open(path)?, LONGEST_TEXT);
    }
    Err(io::Error::other("it is no regular file"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_plain_component() {
        for name in ["profiles-000001.ndjson.gz", "a b", "..a", "ü"] {
            assert!(is_plain(name), "{name}");
        }
        for name in ["", ".", "..", "/etc/passwd", "../x", "a/b", "a\\b", "a\nb", "\u{1b}[2J", "a\0"] {
            assert!(!is_plain(name), "{name:?}");
        }
        assert!(is_sha256(&"0f".repeat(32)));
        for text in [String::new(), "0F".repeat(32), "0".repeat(63), format!("{}/", "0".repeat(63)), "é".repeat(32)] {
            assert!(!is_sha256(&text), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        #[derive(Debug, Deserialize)]
        struct One {
            #[serde(deserialize_with = "file_name")]
            #[expect(dead_code, reason = "only that it is read")]
            file: String,
        }
        let error = serde_json::from_str::<One>("{\n\"file\":\"../x\"}").unwrap_err().to_string();
        assert!(
            error.starts_with("invalid value: `../x`, expected the name of a file in this folder at line 2"),
            "{error}"
        );
    }
}
