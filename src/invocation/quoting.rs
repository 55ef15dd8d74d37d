//! Words as a shell takes them, on one line and with nothing in them that a terminal would act on.

use std::{ffi::OsStr, fmt::Write};

/// Words behind a program, each quoted where a shell asks for it.
pub(super) fn line(program: &str, words: impl IntoIterator<Item = impl AsRef<OsStr>>) -> String {
    let mut line = word(OsStr::new(program));
    for each in words {
        line.push(' ');
        line.push_str(&word(each.as_ref()));
    }
    line
}

/// One word. What cannot be shown as it is (control characters, bytes that are no text) is written in `$'…'`, which
/// shells turn back into the same bytes.
pub(super) fn word(word: &OsStr) -> String {
    let plain = word.to_str().filter(|text| !text.chars().any(is_invisible));
    match plain.and_then(|text| shlex::try_quote(text).ok()) {
        Some(quoted) => quoted.into_owned(),
        None => escaped(word.as_encoded_bytes()),
    }
}

/// Control characters, and those that turn the direction of a line.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn escaped(bytes: &[u8]) -> String {
    let mut quoted = String::from("$'");
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\'' | '\\' => quoted.extend(['\\', character]),
                '\n' => quoted.push_str("\\n"),
                '\t' => quoted.push_str("\\t"),
                '\r' => quoted.push_str("\\r"),
                hidden if is_invisible(hidden) => octal(&mut quoted, hidden.encode_utf8(&mut [0; 4]).as_bytes()),
                shown => quoted.push(shown),
            }
        }
        octal(&mut quoted, chunk.invalid());
    }
    quoted.push('\'');
    quoted
}

/// Three octal digits a byte: unlike hexadecimal ones they end by themselves.
fn octal(quoted: &mut String, bytes: &[u8]) {
    for byte in bytes {
        // Writing into a string cannot fail.
        let _ = write!(quoted, "\\{byte:03o}");
    }
}

#[cfg(test)]
mod tests {
    use std::{os::unix::ffi::OsStrExt, process::Command};

    use super::*;

    const WORDS: [&[u8]; 14] = [
        b"plain",
        b"",
        b"it's",
        b"\"both'",
        b"$(touch harm) `touch harm` ${HOME}",
        b"a\\b !c ^d ~e *f ?g [h] {i,j} #k =l",
        b"two\nlines\tand\rmore",
        b"\x1b[2J\x07bell",
        "\u{202e}txt.exe".as_bytes(),
        "zażółć 1\u{9b}0;t".as_bytes(),
        b"\xff\xfe0",
        b"\x011",
        b"-o",
        b"a;b|c&d>e<f",
    ];

    #[test]
    fn a_shell_gives_every_word_back_as_it_was() {
        for bytes in WORDS {
            let quoted = word(OsStr::from_bytes(bytes));
            assert!(!quoted.chars().any(is_invisible), "{quoted:?}");
            let script = format!("printf '%s|' {quoted}");
            let output = Command::new("bash").args(["-c", &script]).output().unwrap();
            assert_eq!(output.stdout, [bytes, b"|"].concat(), "{quoted}");
        }
    }

    #[test]
    fn what_needs_no_quotes_has_none() {
        assert_eq!(line("program", ["upload", "batches/b-1", "a b"]), "program upload batches/b-1 'a b'");
        assert_eq!(word(OsStr::from_bytes(b"\x1b[0m")), r"$'\033[0m'");
    }
}
