//! Keys as they are written, to be compared with what comes in one step, alone or with members before them.

/// Bytes that are compared in one step.
const WIDTH: usize = 16;

/// Bytes that are compared with what comes, many at a time.
#[derive(Debug, Clone)]
struct Expected<const STEPS: usize> {
    written: Box<[u8]>,
    /// The first of them, and which of those count.
    begin: [u128; STEPS],
    mask: [u128; STEPS],
}

/// A key with its quotes and its colon, without blanks and escapes: `"email":`.
#[derive(Debug, Clone)]
pub struct Key(Expected<2>);

/// Members that follow each other in an object, and the key behind them with its colon: `"source_id":"s1","id":`.
#[derive(Debug, Clone)]
pub struct Stretch(Expected<4>);

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
        (inner == key).then(|| Self(Expected::of(written.as_bytes())))
    }

    /// How many bytes it takes at the begin of a text, if it stands there.
    #[inline]
    pub(super) fn begins(&self, text: &[u8]) -> Option<usize> {
        self.0.begins(text)
    }
}

impl Stretch {
    /// A stretch as it stood in a text, unless it is long.
    #[must_use]
    pub fn of(written: &str) -> Option<Self> {
        (written.len() <= 4 * WIDTH).then(|| Self(Expected::of(written.as_bytes())))
    }

    /// How many bytes it takes at the begin of a text, if it stands there.
    #[inline]
    pub(super) fn begins(&self, text: &[u8]) -> Option<usize> {
        self.0.begins(text)
    }
}

impl<const STEPS: usize> Expected<STEPS> {
    fn of(written: &[u8]) -> Self {
        let (mut begin, mut mask) = ([0; STEPS], [0; STEPS]);
        for ((begin, mask), bytes) in begin.iter_mut().zip(&mut mask).zip(written.chunks(WIDTH)) {
            for byte in bytes.iter().rev() {
                *begin = *begin << u8::BITS | u128::from(*byte);
                *mask = *mask << u8::BITS | u128::from(u8::MAX);
            }
        }
        Self { written: written.into(), begin, mask }
    }

    #[inline]
    fn begins(&self, text: &[u8]) -> Option<usize> {
        let length = self.written.len();
        let (steps, _) = text.as_chunks::<WIDTH>();
        // Nearly always it is short, and more than its own bytes come after it.
        if let Some(steps) = steps.first_chunk::<STEPS>()
            && length <= STEPS * WIDTH
        {
            let other = |step: usize| (u128::from_le_bytes(steps[step]) ^ self.begin[step]) & self.mask[step];
            return ((0..STEPS).fold(0, |others, step| others | other(step)) == 0).then_some(length);
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
    fn a_stretch_is_told_by_all_of_its_bytes() {
        for length in [0, 1, 15, 16, 31, 32, 48, 63, 64] {
            let written = "s".repeat(length);
            let stretch = Stretch::of(&written).unwrap();
            assert_eq!(stretch.begins(format!("{written}{}", "more".repeat(20)).as_bytes()), Some(length));
            assert_eq!(stretch.begins(written.as_bytes()), Some(length));
            for place in 0..length {
                let mut other = format!("{written}{}", "more".repeat(20)).into_bytes();
                other[place] ^= 1;
                assert_eq!(stretch.begins(&other), None, "{length} {place}");
                assert_eq!(stretch.begins(&written.as_bytes()[..place]), None);
            }
        }
        assert!(Stretch::of(&"s".repeat(65)).is_none());
    }

    #[test]
    fn what_is_written_otherwise_is_none() {
        for (key, written) in [("a", "\"a\" :"), ("a", "\"\\u0061\":"), ("a", "a:"), ("a\u{fffd}", "\"a\\ud83d\":")] {
            assert!(Key::of(key, written).is_none(), "{written}");
        }
    }
}
