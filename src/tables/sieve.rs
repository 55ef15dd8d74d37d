//! The few rows of a table that hold some bytes, found without taking the others apart. That goes for tables that are as they
//! were written here: in others a quote may stand alone, or a text be encoded in another way.

use std::io::{self, Read};

use memchr::{memchr, memchr_iter, memchr2_iter, memrchr2_iter};

use crate::digest::Hashed;

/// Says where in some bytes something is found first.
pub type Finds<'a> = &'a dyn Fn(&[u8]) -> Option<usize>;

/// Bytes that are read at a time.
const BLOCK: u64 = 1 << 20;
/// Bytes of rows at most: of a table where most rows are wanted, each is read as it comes.
const MOST: usize = 4 << 20;

/// The header and all rows in which `next` finds something; it gets bytes and says where it does so first. `None` where the
/// table is another than the one of that SHA-256, or where that would be too much.
pub(super) fn rows(table: impl Read, sha256: &str, next: Finds<'_>) -> io::Result<Option<Vec<u8>>> {
    let mut table = Hashed::new(table);
    let (mut waiting, mut kept) = (Vec::new(), Vec::new());
    loop {
        if (&mut table).take(BLOCK).read_to_end(&mut waiting)? == 0 {
            keep(&waiting, next, &mut kept);
            return Ok((table.finish().2 == sha256).then_some(kept));
        }
        let whole = begin_of_last(&waiting, is_odd(&waiting));
        keep(&waiting[..whole], next, &mut kept);
        waiting.drain(..whole);
        if waiting.len() > MOST || kept.len() > MOST {
            return Ok(None);
        }
    }
}

/// Keeps the rows in which something is found, and the very first one.
fn keep(rows: &[u8], next: Finds<'_>, kept: &mut Vec<u8>) {
    let mut begin = 0;
    if kept.is_empty() {
        begin = end_of_first(rows, false);
        kept.extend_from_slice(&rows[..begin]);
    }
    while let Some(found) = next(&rows[begin..]).filter(|_| begin < rows.len() && kept.len() <= MOST) {
        let (before, behind) = rows[begin..].split_at(found);
        let odd = is_odd(before);
        let from = begin + begin_of_last(before, odd);
        begin += found + end_of_first(behind, odd);
        kept.extend_from_slice(&rows[from..begin]);
    }
}

/// Whether what follows is within quotes.
fn is_odd(rows: &[u8]) -> bool {
    memchr_iter(b'"', rows).count() % 2 == 1
}

/// Where the row begins that ends behind these bytes, which end within quotes or not.
fn begin_of_last(rows: &[u8], mut odd: bool) -> usize {
    for place in memrchr2_iter(b'"', b'\n', rows) {
        match rows[place] {
            b'"' => odd = !odd,
            _ if !odd => return place + 1,
            _ => {}
        }
    }
    0
}

/// Where the row ends with which these bytes begin, within quotes or not.
fn end_of_first(rows: &[u8], mut odd: bool) -> usize {
    if !odd && memchr(b'"', rows).is_none() {
        return memchr(b'\n', rows).map_or(rows.len(), |place| place + 1);
    }
    for place in memchr2_iter(b'"', b'\n', rows) {
        match rows[place] {
            b'"' => odd = !odd,
            _ if !odd => return place + 1,
            _ => {}
        }
    }
    rows.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest;

    fn sieved(table: &str, piece: &str) -> Option<String> {
        let next = |bytes: &[u8]| memchr::memmem::find(bytes, piece.as_bytes());
        let rows = rows(table.as_bytes(), &digest::sha256(table.as_bytes()), &next).unwrap();
        rows.map(|rows| String::from_utf8(rows).unwrap())
    }

    #[test]
    fn rows_are_kept_whole_whatever_their_cells_hold() {
        let table = "id,\"a\nb\"\r\none,\"x\n\"\"two\"\"\n\"\r\n\"two, \",\"\n\"\r\nthree,two\r\nfour,last";
        let header = "id,\"a\nb\"\r\n";
        let kept = |rows: &[&str]| Some(format!("{header}{}", rows.concat()));
        let two = ["one,\"x\n\"\"two\"\"\n\"\r\n", "\"two, \",\"\n\"\r\n", "three,two\r\n"];
        assert_eq!(sieved(table, "two"), kept(&two));
        assert_eq!(sieved(table, "one"), kept(&two[..1]));
        assert_eq!(sieved(table, "last"), kept(&["four,last"]));
        for nowhere in ["id", "nobody"] {
            assert_eq!(sieved(table, nowhere), kept(&[]), "{nowhere}");
        }
        assert_eq!(sieved(table, ""), Some(table.to_owned()));
        assert_eq!(sieved("", "two"), Some(String::new()));
        assert_eq!(rows(table.as_bytes(), &digest::sha256(b"another"), &|_| None).unwrap(), None);
    }

    #[test]
    fn rows_that_lie_in_two_blocks_are_kept_and_too_many_are_not() {
        let block = usize::try_from(BLOCK).unwrap();
        for quoted in [false, true] {
            for before in [block - 9, block - 4, block] {
                let row = if quoted { "\"wan\nted\"\n" } else { "a wanted one\n" };
                let rows = format!("id\n{}\n{row}{}\n", "x".repeat(before - 4), "y".repeat(block));
                let piece = if quoted { "ted" } else { "wanted" };
                assert_eq!(sieved(&rows, piece), Some(format!("id\n{row}")), "{before} {quoted}");
            }
        }
        assert_eq!(sieved(&format!("id\n{}", "same\n".repeat(MOST / 4)), "same"), None);
        assert_eq!(sieved(&format!("id\n{}", "x".repeat(MOST + 2 * block)), "x"), None);
    }
}
