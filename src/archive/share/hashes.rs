//! MD5 of several short keys at a time: each machine needs it of every line, and a key at a time takes four times as long.

use md5::{Digest, Md5};
use wide::u32x8;

/// Keys that are hashed together.
pub(super) const LANES: usize = 8;
/// Bytes that MD5 takes at a time, and the most of a key that fits into one with its end and its length (RFC 1321).
const BLOCK: usize = 64;
const MOST: usize = BLOCK - 9;

/// The state that MD5 begins with.
const BEGIN: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];

/// What is added in each step: the sines of 1 to 64.
const SINES: [u32; 64] = [
    0xd76a_a478,
    0xe8c7_b756,
    0x2420_70db,
    0xc1bd_ceee,
    0xf57c_0faf,
    0x4787_c62a,
    0xa830_4613,
    0xfd46_9501, //
    0x6980_98d8,
    0x8b44_f7af,
    0xffff_5bb1,
    0x895c_d7be,
    0x6b90_1122,
    0xfd98_7193,
    0xa679_438e,
    0x49b4_0821, //
    0xf61e_2562,
    0xc040_b340,
    0x265e_5a51,
    0xe9b6_c7aa,
    0xd62f_105d,
    0x0244_1453,
    0xd8a1_e681,
    0xe7d3_fbc8, //
    0x21e1_cde6,
    0xc337_07d6,
    0xf4d5_0d87,
    0x455a_14ed,
    0xa9e3_e905,
    0xfcef_a3f8,
    0x676f_02d9,
    0x8d2a_4c8a, //
    0xfffa_3942,
    0x8771_f681,
    0x6d9d_6122,
    0xfde5_380c,
    0xa4be_ea44,
    0x4bde_cfa9,
    0xf6bb_4b60,
    0xbebf_bc70, //
    0x289b_7ec6,
    0xeaa1_27fa,
    0xd4ef_3085,
    0x0488_1d05,
    0xd9d4_d039,
    0xe6db_99e5,
    0x1fa2_7cf8,
    0xc4ac_5665, //
    0xf429_2244,
    0x432a_ff97,
    0xab94_23a7,
    0xfc93_a039,
    0x655b_59c3,
    0x8f0c_cc92,
    0xffef_f47d,
    0x8584_5dd1, //
    0x6fa8_7e4f,
    0xfe2c_e6e0,
    0xa301_4314,
    0x4e08_11a1,
    0xf753_7e82,
    0xbd3a_f235,
    0x2ad7_d2bb,
    0xeb86_d391, //
];

/// The first 32 bits of the MD5 of each key.
pub(super) fn first_bits(keys: &[&[u8]; LANES]) -> [u32; LANES] {
    if keys.iter().any(|key| key.len() > MOST) {
        return keys.map(first_bits_of);
    }
    let mut words = [[0; LANES]; BLOCK / 4];
    for (lane, key) in keys.iter().enumerate() {
        let mut block = [0; BLOCK];
        block[..key.len()].copy_from_slice(key);
        block[key.len()] = 0x80;
        block[BLOCK - 8..].copy_from_slice(&(8 * key.len() as u64).to_le_bytes());
        let (block, _) = block.as_chunks::<4>();
        for (word, bytes) in words.iter_mut().zip(block) {
            word[lane] = u32::from_le_bytes(*bytes);
        }
    }
    let state = compressed(&words.map(u32x8::new));
    state.to_array().map(u32::swap_bytes)
}

/// The same of one key, of any length.
pub(super) fn first_bits_of(key: &[u8]) -> u32 {
    let [a, b, c, d, ..] = Md5::digest(key).0;
    u32::from_be_bytes([a, b, c, d])
}

/// The first word of the state after one block.
fn compressed(words: &[u32x8; BLOCK / 4]) -> u32x8 {
    let begin = BEGIN.map(u32x8::splat);
    let mut state = begin;
    round(&mut state, words, 0, |step| step, [7, 12, 17, 22], |b, c, d| d ^ (b & (c ^ d)));
    round(&mut state, words, 16, |step| 5 * step + 1, [5, 9, 14, 20], |b, c, d| c ^ (d & (b ^ c)));
    round(&mut state, words, 32, |step| 3 * step + 5, [4, 11, 16, 23], |b, c, d| b ^ c ^ d);
    round(&mut state, words, 48, |step| 7 * step, [6, 10, 15, 21], |b, c, d| c ^ (b | !d));
    state[0] + begin[0]
}

/// Sixteen steps, four at a time, after which each word is at its place again.
#[inline]
fn round(
    state: &mut [u32x8; 4],
    words: &[u32x8; BLOCK / 4],
    first: usize,
    word: impl Fn(usize) -> usize,
    [one, two, three, four]: [u32; 4],
    mix: impl Fn(u32x8, u32x8, u32x8) -> u32x8,
) {
    let [mut a, mut b, mut c, mut d] = *state;
    let turned = |sum: u32x8, by: u32| sum << by | sum >> (32 - by);
    for step in (0..16).step_by(4) {
        let added = |step: usize| words[word(step) % 16] + u32x8::splat(SINES[first + step]);
        a = b + turned(a + mix(b, c, d) + added(step), one);
        d = a + turned(d + mix(a, b, c) + added(step + 1), two);
        c = d + turned(c + mix(d, a, b) + added(step + 2), three);
        b = c + turned(b + mix(c, d, a) + added(step + 3), four);
    }
    *state = [a, b, c, d];
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn many_at_a_time_are_as_one_after_another(
            keys in proptest::array::uniform8(proptest::collection::vec(proptest::prelude::any::<u8>(), 0..60)),
            length in 0_usize..56,
        ) {
            for most in [length, 55, 60] {
                let keys = keys.each_ref().map(|key| &key[..key.len().min(most)]);
                proptest::prop_assert_eq!(first_bits(&keys), keys.map(first_bits_of));
            }
        }
    }

    #[test]
    fn they_are_those_of_the_standard() {
        let keys: [&[u8]; LANES] =
            [b"", b"a", b"abc", b"message digest", b"u1", b"", b"abcdefghijklmnopqrstuvwxyz", b"a"];
        let expected =
            [0xd41d_8cd9, 0x0cc1_75b9, 0x9001_5098, 0xf96b_697d, 0xe477_4cdd, 0xd41d_8cd9, 0xc3fc_d3d7, 0x0cc1_75b9];
        assert_eq!(first_bits(&keys), expected);
    }
}
