//! The begin of a text that stands in JSON as it is.

/// How many bytes at the begin stand in a JSON text as they are: up to a quote, a backslash or a control character.
///
/// Eight bytes at a time: texts are short, so that wider steps would not pay.
#[must_use]
#[inline]
pub fn plain_prefix(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let zero = |word: u64| word.wrapping_sub(ONES) & !word;
    let (words, _) = bytes.as_chunks::<8>();
    for (number, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let quote = zero(word ^ (ONES * u64::from(b'"')));
        let backslash = zero(word ^ (ONES * u64::from(b'\\')));
        let control = word.wrapping_sub(ONES * 0x20) & !word;
        let special = (quote | backslash | control) & HIGH;
        if special != 0 {
            return number * 8 + special.trailing_zeros() as usize / 8;
        }
    }
    let begin = words.len() * 8;
    let special = |byte: &u8| *byte < 0x20 || matches!(byte, b'"' | b'\\');
    begin + bytes[begin..].iter().position(special).unwrap_or(bytes.len() - begin)
}
