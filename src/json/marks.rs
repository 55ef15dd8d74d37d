//! Every byte of a text that may end a JSON text, marked by a bit: most texts are short, and a loop through each costs more
//! than to go through all bytes once, many at a time, and to look for the next bit.

use wide::u8x16;

/// Bytes in a word of marks.
const WORD: usize = u64::BITS as usize;
/// Bytes that are looked at in one step.
const STEP: usize = 16;

/// Room for the marks of one text after another.
#[derive(Debug, Default)]
pub struct Room(Vec<u64>);

/// The marks of a text: a bit for each quote, backslash and control character. The default marks nothing.
#[derive(Debug, Clone, Default)]
pub(super) struct Marks(Vec<u64>);

impl Marks {
    /// Marks a text.
    pub(super) fn of(bytes: &[u8], room: Room) -> Self {
        let mut words = room.0;
        words.clear();
        let (whole, rest) = bytes.as_chunks::<WORD>();
        words.extend(whole.iter().map(marks));
        let mut last = [b' '; WORD];
        last[..rest.len()].copy_from_slice(rest);
        // A word behind the last one, so that each has one behind it.
        words.extend([marks(&last), 0]);
        Self(words)
    }

    pub(super) fn into_room(self) -> Room {
        Room(self.0)
    }

    /// The first mark from a place on, if it is one of the next 64 bytes, as nearly always.
    #[inline]
    pub(super) fn near(&self, at: usize) -> Option<usize> {
        let (word, bit) = (at / WORD, at % WORD);
        let [here, behind] = *self.0.get(word..word + 2)?.first_chunk::<2>()?;
        let ahead = here >> bit | behind << 1 << (WORD - 1 - bit);
        (ahead != 0).then(|| at + ahead.trailing_zeros() as usize)
    }

    /// The first mark from a place on; `None` where none is known.
    pub(super) fn next(&self, at: usize) -> Option<usize> {
        let (begin, bit) = (at / WORD, at % WORD);
        let ahead = *self.0.get(begin)? >> bit;
        if ahead != 0 {
            return Some(at + ahead.trailing_zeros() as usize);
        }
        let behind = begin + 1;
        let word = behind + self.0.get(behind..)?.iter().position(|marks| *marks != 0)?;
        Some(word * WORD + self.0[word].trailing_zeros() as usize)
    }
}

fn marks(bytes: &[u8; WORD]) -> u64 {
    let (quote, backslash, control) = (u8x16::splat(b'"'), u8x16::splat(b'\\'), u8x16::splat(0x1f));
    let (steps, _) = bytes.as_chunks::<STEP>();
    let mut marks = 0;
    for (number, step) in steps.iter().enumerate() {
        let step = u8x16::new(*step);
        let marked = step.simd_eq(quote) | step.simd_eq(backslash) | step.min(control).simd_eq(step);
        marks |= u64::from(marked.to_bitmask()) << (STEP * number);
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::plain_prefix;

    proptest::proptest! {
        #[test]
        fn marks_lead_where_a_look_at_each_byte_leads(
            bytes in proptest::collection::vec(proptest::sample::select(&b"aaaaaaaaaaaaaaaaaaaa\"\\\x1f \x7f\xff\x00"[..]), 0..300),
        ) {
            let marks = Marks::of(&bytes, Room(vec![7; 3]));
            for at in 0..bytes.len() {
                let expected = at + plain_prefix(&bytes[at..]);
                let expected = (expected < bytes.len()).then_some(expected);
                proptest::prop_assert_eq!(marks.next(at), expected);
                proptest::prop_assert_eq!(marks.near(at), expected.filter(|mark| mark - at < 64));
            }
        }
    }
}
