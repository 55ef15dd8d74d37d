//! Several long files, each packed otherwise, are inflated at a time: what comes of them is that of one plain file, line for
//! line, and what is wrong is told of the right one.

use std::{fs, io::Write};

use flate2::{Compression, write::GzEncoder};
use serde_json::Value;

use crate::workdir::Workdir;

/// Lines of a file: more than is read in one go.
const LINES: usize = 17_500;
/// A file has a profile in each of these lines; all others are blank.
const PROFILES: [usize; 5] = [1, 2, 9_000, 17_499, 17_500];

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

/// The lines of the file of this number; the profile in line 9,000 is cut.
fn lines(file: usize) -> String {
    let blank = " ".repeat(1_000) + "\n";
    let line = |line: usize| {
        let id = format!("{file}-{line}");
        match line {
            9_000 => format!("{{\"segment_id\":\"use_{id}\",\n"),
            _ if PROFILES.contains(&line) => {
                format!(
                    "{{\"segment_id\":\"use_{id}\",\"external_ids\":[{{\"id\":\"{id}\",\"type\":\"user_id\"}}],\"traits\":{{}}}}\n"
                )
            }
            _ => blank.clone(),
        }
    };
    (1..=LINES).map(line).collect()
}

/// One member, members that meet in a line, frames and what is skipped between them, and plain.
fn packed(file: usize) -> Vec<u8> {
    let lines = lines(file).into_bytes();
    let (begin, end) = lines.split_at(30);
    match file {
        0 => gzip(&lines),
        1 => [gzip(begin), gzip(end), vec![0; 512]].concat(),
        2 => [b"\x50\x2a\x4d\x18\x03\0\0\0abc".to_vec(), zstd(begin), b"\x5f\x2a\x4d\x18\0\0\0\0".to_vec(), zstd(end)]
            .concat(),
        3 => zstd(&lines),
        _ => lines,
    }
}

fn write(workdir: &Workdir) {
    fs::create_dir_all(workdir.path("in")).unwrap();
    for file in 0..5 {
        fs::write(workdir.path(format!("in/{file}")), packed(file)).unwrap();
    }
}

#[test]
fn files_that_are_inflated_at_a_time_come_in_their_order() {
    let workdir = Workdir::new();
    write(&workdir);
    for threads in ["1", "2", "5"] {
        let said = workdir
            .run(&["transform", "in", "-o", "-", "--plain", "--threads", threads, "--rejects", "rejects.csv"], 0);
        let customers: Vec<Value> = serde_json::from_slice(&said.stdout).unwrap();
        let found: Vec<&str> = customers.iter().map(|customer| customer["source_id"].as_str().unwrap()).collect();
        let expected: Vec<String> =
            (0..5).flat_map(|file| [1, 2, 17_499, 17_500].map(|line| format!("{file}-{line}"))).collect();
        assert_eq!(found, expected, "{threads}");
        let rejects = fs::read_to_string(workdir.path("rejects.csv")).unwrap();
        let places: Vec<&str> = rejects.lines().skip(1).map(|row| row.rsplit_once(",,").unwrap().1).collect();
        assert_eq!(places, ["in/0,9000", "in/1,9000", "in/2,9000", "in/3,9000", "in/4,9000"], "{threads}");
    }
    // Each line belongs to one partition, however it was read.
    workdir.run(&["transform", "in", "-o", "p0", "--partition", "0/2"], 0);
    workdir.run(&["transform", "in", "-o", "p1", "--partition", "1/2"], 0);
    workdir.run(&["gather", "p0", "p1", "-o", "gathered"], 0);
    let manifest: Value = serde_json::from_slice(&fs::read(workdir.path("gathered/manifest.json")).unwrap()).unwrap();
    assert_eq!(
        [&manifest["books"]["read"], &manifest["books"]["customers"], &manifest["books"]["rejected"]],
        [25, 20, 5]
    );
}

#[test]
fn what_is_wrong_with_one_of_several_files_is_told_of_that_one() {
    let cut = |file: usize| packed(file)[..packed(file).len() - 9].to_vec();
    let longer = |file: usize, with: &[u8]| [&packed(file), with].concat();
    let last_member = gzip(b"x");
    for (file, bytes, words) in [
        (0, cut(0), "`in/0` ends in the middle: it is cut"),
        (0, longer(0, b"text"), "`in/0` is damaged, or something follows its end"),
        (0, longer(0, &last_member[..4]), "`in/0` ends in the middle: it is cut"),
        // Other bytes that end as the member before them does.
        (
            0,
            longer(0, &[&b"text"[..], &packed(0)[packed(0).len() - 8..]].concat()),
            "`in/0` is damaged, or something follows",
        ),
        (1, longer(1, b"text"), "`in/1` is damaged, or something follows its end"),
        (2, cut(2), "`in/2` ends in the middle: it is cut"),
        (3, longer(3, b"text"), "`in/3` is damaged, or something follows its end"),
        (3, gzip(&gzip(b"x")), "`in/3` is compressed twice"),
        (4, b"PAR1".to_vec(), "`in/4` is Parquet"),
    ] {
        let workdir = Workdir::new();
        write(&workdir);
        fs::write(workdir.path(format!("in/{file}")), bytes).unwrap();
        let said = String::from_utf8(workdir.run(&["transform", "in"], 1).stderr).unwrap();
        assert!(said.contains(words), "{words}: {said}");
        assert!(!workdir.path("batches/manifest.json").exists(), "{words}");
    }
}

#[test]
fn short_files_of_gzip_are_whole_or_told() {
    let line = |id: &str| {
        format!(
            "{{\"segment_id\":\"{id}\",\"external_ids\":[{{\"id\":\"{id}\",\"type\":\"user_id\"}}],\"traits\":{{}}}}\n"
        )
    };
    let (one, two) = (gzip(line("a").as_bytes()), gzip(line("b").as_bytes()));
    let workdir = Workdir::new();
    fs::create_dir(workdir.path("in")).unwrap();
    fs::write(workdir.path("in/z"), line("z")).unwrap();
    let ids = |bytes: &[u8], exit_code: i32| {
        fs::write(workdir.path("in/a"), bytes).unwrap();
        let said = workdir.run(&["transform", "in", "-o", "-", "--plain", "--values", "json"], exit_code);
        let customers: Vec<Value> = serde_json::from_slice(&said.stdout).unwrap_or_default();
        let ids: Vec<String> =
            customers.iter().map(|customer| customer["source_id"].as_str().unwrap().to_owned()).collect();
        (ids.join(" "), String::from_utf8(said.stderr).unwrap())
    };
    for (bytes, expected) in [
        (one.clone(), "a z"),
        ([&one[..], &two].concat(), "a b z"),
        // Members of equal length.
        ([&two[..], &one, &two[..0]].concat(), "b a z"),
        ([&one[..], &gzip(b"")].concat(), "a z"),
        ([&one[..], &[0; 600]].concat(), "a z"),
        (gzip(b""), "z"),
        (gzip(format!("\u{feff}{}", line("a").trim_end()).as_bytes()), "a z"),
        (gzip(line("a").replace('\n', "\r\n").as_bytes()), "a z"),
    ] {
        let (found, said) = ids(&bytes, 0);
        assert_eq!(found, expected, "{said}");
    }
    let mut other_sum = one.clone();
    let at = other_sum.len() - 6;
    other_sum[at] ^= 1;
    for (bytes, words) in [
        (one[..one.len() - 1].to_vec(), "`in/a` ends in the middle: it is cut"),
        (other_sum, "`in/a` is damaged, or something follows its end"),
        ([&one[..], b"text", &one[one.len() - 8..]].concat(), "`in/a` is damaged, or something follows its end"),
    ] {
        let (_, said) = ids(&bytes, 1);
        assert!(said.contains(words), "{said}");
    }
}
