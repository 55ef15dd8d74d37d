//! A key as it is written, to be compared with what comes in one step.

/// Bytes that are compared in one step.
const WIDTH: usize = 16;

/// A key with its quotes and its colon, without blanks and escapes: `"email":`.
#[derive(Debug, Clone)]
pub struct Key {
    written: Box<[u8]>,
    /// The first 32 bytes, and which of them count.
    begin: [u128; 2],
    mask: [u128; 2],
}

/// Where a key stands in a text, without its quotes.
#[derive(Debug, Clone, Copy)]
pub struct Name {
    pub(super) begin: usize,
    pub(super) end: usize,
}

impl Key {
    /// The key, if it is written so.
    #[must_use]
    pub fn of(key: &str, written: &str) -> Option<Self> {
        let inner = written.strip_prefix('"')?.strip_suffix("\":")?;
        if inner != key {
            return None;
        }
        let (mut begin, mut mask) = ([0; 2 * WIDTH], [0; 2 * WIDTH]);
        for (place, byte) in written.bytes().take(2 * WIDTH).enumerate() {
            begin[place] = byte;
            mask[place] = u8::MAX;
        }
        let halves = |bytes: [u8; 2 * WIDTH]| {
            let (halves, _) = bytes.as_chunks::<WIDTH>();
            [halves[0], halves[1]].map(u128::from_le_bytes)
        };
        Some(Self { written: written.as_bytes().into(), begin: halves(begin), mask: halves(mask) })
    }

    /// How many bytes it takes at the begin of a text, if it stands there.
    #[inline]
    pub(super) fn begins(&self, text: &[u8]) -> Option<usize> {
        let length = self.written.len();
        // Nearly every key is short, and more than its own bytes come after it.
        if let Some(bytes) = text.first_chunk::<{ 2 * WIDTH }>()
            && length <= 2 * WIDTH
        {
            let (halves, _) = bytes.as_chunks::<WIDTH>();
            let other = |half: usize| (u128::from_le_bytes(halves[half]) ^ self.begin[half]) & self.mask[half];
            return (other(0) | other(1) == 0).then_some(length);
        }
        text.starts_with(&self.written).then_some(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_told_by_all_of_its_bytes_and_no_others() {
        for length in [0, 1, 12, 13, 14, 28, 29, 30, 31, 70] {
            let name = "k".repeat(length);
            let written = format!("\"{name}\":");
            let key = Key::of(&name, &written).unwrap();
            for behind in ["", "1", "\"a text that is longer than any step\""] {
                assert_eq!(key.begins(format!("{written}{behind}").as_bytes()), Some(length + 3));
            }
            for place in 0..written.len() {
                let mut other = format!("{written}\"a text that is longer than any step\"").into_bytes();
                other[place] ^= 1;
                assert_eq!(key.begins(&other), None, "{length} {place}");
                assert_eq!(key.begins(&written.as_bytes()[..place]), None);
            }
        }
    }

    #[test]
    fn what_is_written_otherwise_is_none() {
        for (key, written) in [("a", "\"a\" :"), ("a", "\"\\u0061\":"), ("a", "a:"), ("a\u{fffd}", "\"a\\ud83d\":")] {
            assert!(Key::of(key, written).is_none(), "{written}");
        }
    }
}
