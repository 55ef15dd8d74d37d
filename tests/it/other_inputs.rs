//! Inputs that are something else: told by content, named, refused with the command that converts them; and streams that
//! break off, which stay cut.

use std::{
    fs,
    io::Write,
    process::{Command, Stdio},
};

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};

use crate::{upload::project::eventually, workdir::Workdir};

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Lines of profiles with these numbers.
pub(crate) fn profiles(numbers: std::ops::Range<u32>) -> String {
    let line = |number| {
        format!(
            r#"{{"segment_id":"use_{number}","external_ids":[{{"id":"u{number}","type":"user_id"}}],"traits":{{"name":"N {number}"}}}}"#
        )
    };
    numbers.map(|number| line(number) + "\n").collect()
}

/// The transform of a file ends with 1 or 2, says these words, and leaves older batches as they are.
fn refused(bytes: &[u8], exit_code: i32, words: &[&str]) {
    let workdir = Workdir::new();
    fs::write(workdir.path("good"), profiles(0..3)).unwrap();
    workdir.run(&["transform", "good"], 0);
    let before = fs::read(workdir.path("batches/manifest.json")).unwrap();
    fs::write(workdir.path("input"), bytes).unwrap();
    let said = String::from_utf8(workdir.run(&["transform", "input"], exit_code).stderr).unwrap();
    for word in words {
        assert!(said.contains(word), "{word}: {said}");
    }
    assert_eq!(fs::read(workdir.path("batches/manifest.json")).unwrap(), before, "{said}");
    // The same through a pipe: what came before is cut.
    let piped = workdir.run(&["transform", "input", "-o", "-", "--plain"], exit_code);
    assert!(!piped.stdout.ends_with(b"\n"), "{said}");
    assert!(serde_json::from_slice::<Value>(&piped.stdout).is_err(), "{said}");
}

#[test]
fn other_forms_are_named_with_the_command_that_converts_them() {
    let (lines, array) = (profiles(0..40), format!("[\n{}]\n", profiles(0..40).replace("}\n{", "},\n{")));
    let utf16: Vec<u8> = lines.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf32: Vec<u8> = lines.chars().flat_map(|letter| u32::from(letter).to_be_bytes()).collect();
    let each = |change: &dyn Fn(&str) -> String| lines.lines().map(change).collect::<Vec<_>>().join("\n");
    let in_json = each(&|line| Value::from(line).to_string());
    let in_csv = each(&|line| format!("\"{}\"", line.replace('"', "\"\"")));
    for (bytes, words) in [
        (lines.replace('\n', "").as_bytes(), ["several JSON objects on a line", "jq -c . input | "]),
        (lines.replace('\n', " ").as_bytes(), ["several JSON objects on a line", "jq -c . input | "]),
        (
            each(&|line| format!("\x1e{line}")).as_bytes(),
            ["a JSON text sequence (RFC 7464)", "tr -d '\\036' < input | "],
        ),
        (in_json.as_bytes(), ["JSON in JSON strings", "jq -c fromjson input | "]),
        (in_csv.as_bytes(), ["JSON in a table of text (CSV)", "csv.reader(sys.stdin)]' < input | "]),
        (format!("to_json\n{in_csv}").as_bytes(), ["JSON in a table of text (CSV)", "csv.reader"]),
        (
            format!("{{\"data\":[{}]}}", lines.trim().replace('\n', ",")).as_bytes(),
            ["around an array", "jq -c '.[] | arrays[]' "],
        ),
        (lines.replace("\",\"", "\",\n\"").as_bytes(), ["JSON over several lines", "jq -c . input | "]),
        (lines.replace('"', "'").as_bytes(), ["what Python prints of dictionaries", "ast.literal_eval"]),
        (&utf32, ["UTF-32", "iconv -f UTF-32BE -t UTF-8 input | "]),
        (b"\x1f\x9d\x90\x7b", ["compressed by compress", "gzip -dc input | "]),
        (b"\x78\x9c\x95\xce", ["compressed by zlib", "pigz -dc input | "]),
        (b"\x5d\0\0\x80\0\xff", ["compressed by xz", "xz -dc input | "]),
        (array.as_bytes(), ["`input` is one JSON array", "jq -c '.[]' input | segment-to-voucherify transform -"]),
        (b"[{\"segment_id\":\"a\"}]", ["one JSON array", "jq"]),
        (b"{\n  \"segment_id\": \"a\",\n  \"traits\": {}\n}\n", ["JSON over several lines", "jq -c . input"]),
        (&gzip(&gzip(lines.as_bytes())), ["compressed twice", "gzip -dc input | "]),
        (&gzip(array.as_bytes()), ["one JSON array", "jq"]),
        (b"\xfd7zXZ\0\0\x04", ["xz", "xz -dc input | "]),
        (b"BZh91AY&SY", ["bzip2", "bzip2 -dc input | "]),
        (b"PK\x03\x04\x14\0", ["zip", "unzip -p input | "]),
        (b"PAR1\x15\x04\x15", ["Parquet", "read_parquet"]),
        (b"Obj\x01\x04\x14avro", ["Avro", "read_avro"]),
        (&utf16, ["UTF-16", "iconv -f UTF-16LE -t UTF-8 input | "]),
        // What is packed as well is unpacked first.
        (
            &gzip(array.as_bytes()),
            ["`input` is one JSON array", "gzip -dc input | jq -c '.[]' | segment-to-voucherify"],
        ),
        (
            &zstd::encode_all(&utf16[..], 1).unwrap(),
            ["UTF-16", "zstd -dc input | iconv -f UTF-16LE -t UTF-8 | segment"],
        ),
        (&gzip(b"PAR1\x15\x04\x15"), ["Parquet", "gzip -dc input > unpacked && duckdb -c"]),
        (&[&[0xff, 0xfe][..], &utf16].concat(), ["UTF-16", "iconv -f UTF-16 -t UTF-8 input | "]),
        (&gzip(&tar(b"people")), ["a tar archive", "gzip -dc input | tar -xOf - | segment"]),
        (&tar(b"people"), ["a tar archive", "`tar -xOf - < input | segment"]),
        (&gzip(b"PK\x03\x04\x14\0"), ["zip", "gzip -dc input > unpacked && unzip -p unpacked | "]),
        (lines.replace('\n', ",\n").as_bytes(), ["with commas between", "sed 's/},[[:space:]]*$/}/' input | "]),
        (
            format!("{{\"cursor\":{{\"next\":\"\"}},\"data\":[{}]}}", lines.trim().replace('\n', ",")).as_bytes(),
            ["around an array", "jq -c '.[] | arrays[]' input"],
        ),
        (
            format!("{{\n \"data\": [\n{}]\n}}", lines.trim().replace('\n', ",\n")).as_bytes(),
            ["around an array", "jq -c '.[] | arrays[]' input"],
        ),
        (&wide_zstd(lines.as_bytes()), ["a window of more than 32 MiB", "zstd -dc --long=31 input | segment"]),
        (b"\x28\xb5\x2f\xfd\x01\x58\x07\0\0", ["with a dictionary", "zstd -dc -D DICTIONARY input | segment"]),
        (&zstd::encode_all(&gzip(lines.as_bytes())[..], 1).unwrap(), ["compressed twice", "`zstd -dc input | segment"]),
        (b"id;mail\nuse_1;a@b.c\n", ["a table of text (CSV)", "read_csv"]),
        (lines.replace('\n', "\r").as_bytes(), ["carriage returns", "tr '\\r' '\\n' < input | "]),
        (b"segment_id,email\nuse_1,a@b.c\n", ["a table of text (CSV)", "read_csv"]),
        (b"Segment_Id;E-Mail\nuse_1;a@b.c\n", ["a table of text (CSV)", "read_csv"]),
    ] {
        refused(bytes, 1, &words);
    }
}

/// Compressed as `zstd --long=27` does it.
fn wide_zstd(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
    encoder.window_log(27).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The head of a tar archive with one file.
fn tar(name: &[u8]) -> Vec<u8> {
    let mut head = vec![0; 512];
    head[..name.len()].copy_from_slice(name);
    head[257..262].copy_from_slice(b"ustar");
    head
}

/// Windows programs, and `cat` of what they wrote, leave the mark of UTF-8 before lines that are as good as others.
#[test]
fn the_mark_of_utf_8_is_no_part_of_a_line() {
    let mark = |range| format!("\u{feff}{}", profiles(range));
    for bytes in [
        mark(0..5).into_bytes(),
        format!("\u{feff}\n{}", profiles(0..5)).into_bytes(),
        format!("{}{}", mark(0..2), mark(2..5)).into_bytes(),
        mark(0..5).replace('\n', "\r\n").into_bytes(),
        gzip(mark(0..5).as_bytes()),
        [gzip(mark(0..2).as_bytes()), gzip(mark(2..5).as_bytes())].concat(),
        zstd::encode_all(mark(0..5).as_bytes(), 3).unwrap(),
    ] {
        let workdir = Workdir::new();
        fs::create_dir(workdir.path("unloaded")).unwrap();
        fs::write(workdir.path("unloaded/a"), &bytes).unwrap();
        fs::write(workdir.path("unloaded/b"), mark(5..7)).unwrap();
        workdir.run(&["transform", "unloaded"], 0);
        let manifest: Value =
            serde_json::from_slice(&fs::read(workdir.path("batches/manifest.json")).unwrap()).unwrap();
        let books = &manifest["books"];
        assert_eq!(
            (&books["read"], &books["customers"]),
            (&json!(7), &json!(7)),
            "{}",
            String::from_utf8_lossy(&bytes)
        );
    }
}

#[test]
fn an_input_of_which_nearly_nothing_is_a_profile_ends_with_1_and_publishes_nothing() {
    let mostly = format!("{}{}", profiles(0..9), "no profile\n".repeat(91));
    for (bytes, words) in [
        (&b""[..], "`input` holds no profiles"),
        (b"\n\r\n\n", "`input` holds no profiles"),
        (&gzip(b""), "`input` holds no profiles"),
        (b"SEGMENT_SPACE_ID=abc\nSEGMENT_ACCESS_TOKEN=x\n", "seems to be lines of the form `NAME=value`"),
        (b"{\"userId\":\"a\"}\n{\"userId\":\"b\"}\n", "seems to be JSON lines of another shape"),
        (b"SQLite format 3\0\x10\0\x01\x01\0", "seems to be no text"),
        (b"INSERT INTO people VALUES ('a', 'b', 'c');\n", "seems to be statements of SQL"),
        (b"<!doctype html>\n<p>Sign in</p>\n", "seems to be HTML or XML"),
        (b"hello\n", "1 of 1 lines are no profiles"),
        (mostly.as_bytes(), "91 of 100 lines are no profiles"),
    ] {
        refused(bytes, 1, &[words]);
    }
    let workdir = Workdir::new();
    fs::write(workdir.path("input"), format!("{}{}", profiles(0..10), "no profile\n".repeat(90))).unwrap();
    workdir.run(&["transform", "input"], 0);
    // What the first line of a wrong file holds is nobody's business.
    fs::write(workdir.path("input"), "SEGMENT_ACCESS_TOKEN=secret\n").unwrap();
    let said = String::from_utf8(workdir.run(&["transform", "input", "-o", "-"], 1).stderr).unwrap();
    assert!(!said.contains("secret"), "{said}");
}

#[test]
fn behind_the_end_of_gzip_zeros_are_nothing_and_other_bytes_are_named() {
    let (one, two) = (gzip(profiles(0..3).as_bytes()), gzip(profiles(3..5).as_bytes()));
    let zstd = zstd::encode_all(profiles(0..5).as_bytes(), 3).unwrap();
    for (bytes, customers) in [
        ([&one[..], &two].concat(), 5),
        ([&one[..], &[0; 1]].concat(), 3),
        ([&one[..], &vec![0; 100_000]].concat(), 3),
        ([&one[..], &[0; 512], &two, &[0; 7]].concat(), 5),
        (zstd.clone(), 5),
        ([&zstd[..], &zstd::encode_all(profiles(5..7).as_bytes(), 19).unwrap()].concat(), 7),
    ] {
        let workdir = Workdir::new();
        fs::write(workdir.path("input"), bytes).unwrap();
        workdir.run(&["transform", "input"], 0);
        let manifest: Value =
            serde_json::from_slice(&fs::read(workdir.path("batches/manifest.json")).unwrap()).unwrap();
        assert_eq!(manifest["books"]["customers"], customers);
    }
    let mut wrong_checksum = one.clone();
    wrong_checksum[one.len() - 8] ^= 1;
    let cut = "`input` ends in the middle: it is cut";
    for (bytes, words) in [
        ([&one[..], b"\n"].concat(), "behind the end of the gzip data follow other bytes"),
        ([&one[..], b"profiles follow"].concat(), "behind the end of the gzip data follow other bytes"),
        ([&one[..], &[0, 0, 1]].concat(), "behind the end of the gzip data follow other bytes"),
        (one[..one.len() - 1].to_vec(), cut),
        (one[..one.len() - 9].to_vec(), cut),
        ([&one[..], &two[..8]].concat(), cut),
        (zstd[..zstd.len() - 3].to_vec(), cut),
        (wrong_checksum, "`input` is damaged"),
    ] {
        refused(&bytes, 1, &[words]);
    }
}

#[test]
fn a_stream_that_broke_off_makes_the_next_one_fail_too() {
    let workdir = Workdir::new();
    let whole = gzip(profiles(0..30_000).as_bytes());
    fs::write(workdir.path("cut.gz"), &whole[..whole.len() / 2]).unwrap();
    fs::write(workdir.path("nothing"), "").unwrap();
    for input in ["cut.gz", "nothing"] {
        for plain in [&[][..], &["--plain"]] {
            let arguments = [&["transform", input, "-o", "-", "--batch-customers", "100"], plain].concat();
            let first = workdir.run(&arguments, 1);
            let mut next = workdir.command();
            next.args(["upload", "-"]).envs([
                ("VOUCHERIFY_API_URL", "http://127.0.0.1:9"),
                ("VOUCHERIFY_APPLICATION_ID", "app"),
                ("VOUCHERIFY_SECRET_KEY", "secret"),
            ]);
            fs::write(workdir.path("piped"), &first.stdout).unwrap();
            let piped = fs::File::open(workdir.path("piped")).unwrap();
            let status = next.stdin(piped).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
            assert_eq!(status.code(), Some(1), "{arguments:?}");
            let last = if plain.is_empty() {
                let mut text = Vec::new();
                let read =
                    std::io::Read::read_to_end(&mut flate2::read::MultiGzDecoder::new(&first.stdout[..]), &mut text);
                assert!(read.is_err(), "{arguments:?}");
                continue;
            } else {
                first.stdout.rsplit(|byte| *byte == b'\n').next().unwrap()
            };
            assert!(!last.is_empty() && serde_json::from_slice::<Value>(last).is_err(), "{arguments:?}");
        }
    }
}

#[test]
fn a_reader_that_leaves_early_is_told_and_the_tables_are_written() {
    let workdir = Workdir::new();
    fs::write(workdir.path("input"), format!("{}no profile\n", profiles(0..30_000))).unwrap();
    let mut command = workdir.command();
    command.args(["transform", "input", "-o", "-", "--plain", "--csv", "plain", "--batch-customers", "10"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(1));
    let rejects = fs::read_to_string(workdir.path("rejects.csv")).unwrap();
    assert!(rejects.contains("malformed_line") && rejects.lines().count() == 2, "{rejects}");
}

#[test]
fn limits_and_threads_have_their_ranges() {
    let workdir = Workdir::new();
    fs::write(workdir.path("input"), profiles(0..3)).unwrap();
    for (option, value) in [
        ("--batch-bytes", "0"),
        ("--batch-bytes", "18"),
        ("--batch-bytes", "10485761"),
        ("--batch-bytes", "99999999"),
        ("--batch-bytes", "99999999999999999999"),
        ("--batch-customers", "0"),
        ("--threads", "257"),
        ("--threads", "100000"),
        ("--partition", "8/8"),
        ("--values", "xml"),
    ] {
        let said = String::from_utf8(workdir.run(&["transform", "input", option, value], 2).stderr).unwrap();
        assert!(said.contains(option), "{said}");
    }
    for value in ["19", "10485760"] {
        workdir.run(&["transform", "input", "--batch-bytes", value, "--threads", "256"], 0);
    }
}

#[test]
fn two_transforms_into_one_folder_do_not_meet() {
    let workdir = Workdir::new();
    let made = Command::new("mkfifo").arg(workdir.path("pipe")).status().unwrap();
    assert!(made.success());
    let mut first = workdir.command().args(["transform", "pipe", "-o", "out"]).stderr(Stdio::null()).spawn().unwrap();
    let mut pipe = fs::File::options().write(true).open(workdir.path("pipe")).unwrap();
    pipe.write_all(profiles(0..3).as_bytes()).unwrap();
    let lock = workdir.path("out/.lock");
    eventually("the first transform takes its lock", || fs::read_to_string(&lock).is_ok_and(|text| !text.is_empty()));
    fs::write(workdir.path("input"), profiles(0..5)).unwrap();
    let said = String::from_utf8(workdir.run(&["transform", "input", "-o", "out"], 1).stderr).unwrap();
    for word in [format!("process {} on ", first.id()), "transforming into this folder since 20".into()] {
        assert!(said.contains(&word), "{word}: {said}");
    }
    drop(pipe);
    assert!(first.wait().unwrap().success());
    // The lock of a process that has ended blocks nobody.
    assert!(lock.exists());
    workdir.run(&["transform", "input", "-o", "out"], 0);
    workdir.run(&["transform", "input", "-o", "out", "--no-lock"], 0);
}
