//! Folders as engines leave them: each odd thing in them is told, or refused by name; and every form that is not read.

use std::{
    fs,
    os::unix::fs::symlink,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::workdir::Workdir;

/// Lines of profiles with these numbers.
fn profiles(numbers: std::ops::Range<u32>) -> String {
    let line = |number| {
        format!(
            r#"{{"segment_id":"use_{number}","external_ids":[{{"id":"u{number}","type":"user_id"}}],"traits":{{"name":"N {number}"}}}}"#
        )
    };
    numbers.map(|number| line(number) + "\n").collect()
}

fn put(workdir: &Workdir, path: &str, bytes: impl AsRef<[u8]>) {
    let path = workdir.path(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// What a transform of `input` says; its exit code is that.
fn said(workdir: &Workdir, input: &str, exit_code: i32) -> String {
    String::from_utf8(workdir.run(&["transform", input, "-o", "out"], exit_code).stderr).unwrap()
}

fn customers(workdir: &Workdir) -> u64 {
    let manifest: Value = serde_json::from_slice(&fs::read(workdir.path("out/manifest.json")).unwrap()).unwrap();
    manifest["books"]["customers"].as_u64().unwrap()
}

#[test]
fn what_engines_leave_beside_their_files_is_no_data() {
    let workdir = Workdir::new();
    put(&workdir, "plain/b.txt", profiles(2..4));
    put(&workdir, "plain/a.txt", profiles(0..2));
    put(&workdir, "plain/c.txt", "");
    put(&workdir, "plain/d.txt", "\n\n");
    for name in
        [".a.txt.crc", "_SUCCESS", "_committed_123", "_started_123", "_delta_log/0.json", "manifest", "x_manifest"]
    {
        put(&workdir, &format!("plain/{name}"), "no profile\n");
    }
    said(&workdir, "plain", 0);
    assert_eq!(customers(&workdir), 4);
    // Folders by key and value, one in another, as partitioned writes have them.
    put(&workdir, "keyed/part=1/day=2/data_0.json", profiles(0..3));
    put(&workdir, "keyed/part=0/day=1/data_0.json", profiles(3..5));
    put(&workdir, "keyed/part=0/day=2/data_0.json.zst", zstd::encode_all(profiles(5..9).as_bytes(), 3).unwrap());
    said(&workdir, "keyed", 0);
    assert_eq!(customers(&workdir), 9);
    let inputs: Value = serde_json::from_slice(&fs::read(workdir.path("out/manifest.json")).unwrap()).unwrap();
    assert_eq!(inputs["inputs"][0]["file"], "keyed/part=0/day=1/data_0.json");
    // A link to a file is as good as the file, and one to a folder by key as good as that.
    put(&workdir, "elsewhere/file", profiles(0..6));
    fs::create_dir_all(workdir.path("links")).unwrap();
    symlink(workdir.path("elsewhere/file"), workdir.path("links/file")).unwrap();
    said(&workdir, "links", 0);
    assert_eq!(customers(&workdir), 6);
}

#[test]
fn what_no_engine_leaves_is_refused_by_name() {
    let workdir = Workdir::new();
    for (folder, path, words) in [
        ("deep", "deep/inner/file", "`deep/inner` is a folder in a folder, and not of the form `key=value`"),
        ("archive", "archive/profiles-000001.ndjson.gz", "`archive` has no `manifest.json`, so it is no archive"),
        ("batches", "batches/batch-000001.json.gz", "`batches` has no `manifest.json`, so it is no archive"),
        ("listed", "listed/listing.ndjson", "`listed` has no `manifest.json`, so it is no archive"),
        ("staged", "staged/.staging/x", "`staged` has no `manifest.json`, so it is no archive"),
        ("inside", "inside/part=1/profiles-000001.ndjson.gz", "`inside/part=1` has no `manifest.json`"),
    ] {
        put(&workdir, path, profiles(0..3));
        let said = said(&workdir, folder, 2);
        assert!(said.contains(words) && said.contains("hint: "), "{words}: {said}");
    }
    fs::create_dir(workdir.path("nothing")).unwrap();
    assert!(said(&workdir, "nothing", 2).contains("it holds no files either"));
    fs::create_dir(workdir.path("hidden")).unwrap();
    put(&workdir, "hidden/.x", "");
    assert!(said(&workdir, "hidden", 2).contains("it holds no files either"));
    fs::create_dir(workdir.path("dangling")).unwrap();
    symlink("nowhere", workdir.path("dangling/file")).unwrap();
    assert!(said(&workdir, "dangling", 1).contains("cannot read `dangling/file`"));
    fs::create_dir(workdir.path("piped")).unwrap();
    assert!(Command::new("mkfifo").arg(workdir.path("piped/file")).status().unwrap().success());
    assert!(said(&workdir, "piped", 2).contains("`piped/file` is no regular file"));
    fs::create_dir(workdir.path("circle")).unwrap();
    symlink(workdir.path("circle"), workdir.path("circle/a=b")).unwrap();
    let circle = said(&workdir, "circle", 1);
    assert!(circle.contains("a=b") && circle.len() < 20_000, "{circle}");
}

#[test]
fn doubts_about_a_folder_are_told_by_transform_and_inspect() {
    let workdir = Workdir::new();
    let part = |write: u8| format!("part-00000-0f0f0f0f-1a1a-4b4b-8c8c-00000000000{write}-c000.txt");
    put(&workdir, &format!("open/{}", part(1)), profiles(0..2));
    put(&workdir, &format!("twice/{}", part(1)), profiles(0..2));
    put(&workdir, &format!("twice/{}", part(2)), profiles(2..4));
    put(&workdir, "twice/_SUCCESS", "");
    put(&workdir, &format!("broken/{}", part(1)), profiles(0..2));
    put(&workdir, "broken/_temporary/0/x", "");
    for (folder, words) in [
        ("open", "`open` has no `_SUCCESS` beside its `part-` files"),
        ("twice", "`twice` holds the files of 2 writes"),
        ("broken", "`broken` holds `_temporary`"),
    ] {
        assert!(said(&workdir, folder, 3).contains(words));
        let told = String::from_utf8(workdir.run(&["inspect", folder], 0).stderr).unwrap();
        assert!(told.contains(words), "{told}");
    }
}

#[test]
fn a_share_of_the_profiles_may_be_empty() {
    let workdir = Workdir::new();
    put(&workdir, "none/_SUCCESS", "");
    assert!(said(&workdir, "none", 1).contains("holds no profiles"));
    workdir.run(&["transform", "none", "-o", "p0", "--partition", "0/2"], 0);
    put(&workdir, "some/_SUCCESS", "");
    put(&workdir, "some/part-00000", "");
    workdir.run(&["transform", "some", "-o", "p1", "--partition", "1/2"], 0);
    workdir.run(&["gather", "p0", "p1", "-o", "out"], 0);
    assert_eq!(customers(&workdir), 0);
    // Whoever has no texts says nothing of what they are.
    let text = r#"{"segment_id":"use_1","external_ids":[{"type":"user_id","id":"u1"}],"trait_texts":{"age":"7"}}"#;
    put(&workdir, "texts", text);
    workdir.run(&["transform", "texts", "-o", "t1", "--partition", "1/2", "--values", "plain"], 0);
    workdir.run(&["gather", "p0", "t1", "-o", "with-texts"], 0);
    let gathered = fs::read_to_string(workdir.path("with-texts/manifest.json")).unwrap();
    assert!(gathered.contains(r#""values": "plain""#), "{gathered}");
}

#[test]
fn a_form_that_is_not_read_is_named_wherever_it_lies() {
    let mut tar = vec![0; 600];
    tar[..4].copy_from_slice(b"file");
    tar[257..262].copy_from_slice(b"ustar");
    let utf16: Vec<u8> = profiles(0..2).encode_utf16().flat_map(u16::to_be_bytes).collect();
    for (bytes, name, remedy) in [
        (&b"\xfd7zXZ\0\0\x04"[..], "compressed by xz", "xz -dc "),
        (b"BZh91AY&SY", "compressed by bzip2", "bzip2 -dc "),
        (b"\x04\x22\x4d\x18\x64\x40", "compressed by lz4", "lz4 -dc "),
        (b"\xff\x06\0\0sNaPpY\x01", "compressed by snappy", "snzip -dc "),
        (b"7z\xbc\xaf\x27\x1c\0\x04", "a 7z archive", "7z x -so "),
        (b"PK\x03\x04\x14\0", "a zip archive or a workbook", "unzip -p "),
        (b"PK\x05\x06\0\0", "a zip archive or a workbook", "unzip -p "),
        (b"PAR1\x15\x04\x15", "Parquet", "read_parquet"),
        (b"Obj\x01\x04\x14avro", "Avro", "read_avro"),
        (b"ARROW1\0\0", "Arrow", "unload lines of JSON instead"),
        (b"ORC\x08\x03", "ORC", "unload lines of JSON instead"),
        (&tar, "a tar archive", "tar -xOf "),
        (&utf16, "text in UTF-16", "iconv -f UTF-16BE "),
        (b"[\n{\"segment_id\":\"a\"}]\n", "one JSON array", "jq -c '.[]' "),
        (b"{\n  \"segment_id\": \"a\"\n}\n", "JSON over several lines", "jq -c . "),
        (b"{\"segment_id\":\"a\"}\r{\"segment_id\":\"b\"}\r", "lines that end in carriage returns", "tr "),
        (b"segment_id\temail\na\tb\n", "a table of text (CSV)", "read_csv"),
    ] {
        let workdir = Workdir::new();
        put(&workdir, "mixed/a.txt", profiles(0..9));
        put(&workdir, "mixed/b it's", bytes);
        put(&workdir, "mixed/c.txt", profiles(9..12));
        let said = said(&workdir, "mixed", 1);
        assert!(said.contains("`mixed/b it's` is ") && said.contains(name), "{name}: {said}");
        assert!(said.contains(remedy) && said.contains("hint: "), "{remedy}: {said}");
        assert!(!Path::new(&workdir.path("out/manifest.json")).exists());
        // The same through a pipe: nothing says that it came from a file.
        let mut command = workdir.command();
        command.args(["transform", "-", "-o", "out"]).stderr(Stdio::piped());
        let output = command.stdin(fs::File::open(workdir.path("mixed/b it's")).unwrap()).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(1) && said.contains(&format!("`-` is {name}")), "{said}");
    }
}

#[test]
fn a_line_that_is_an_empty_array_is_a_line_and_no_form() {
    let workdir = Workdir::new();
    put(&workdir, "lines/a.txt", format!("[]\n{}", profiles(0..9)));
    put(&workdir, "lines/b.txt", profiles(9..12));
    said(&workdir, "lines", 0);
    assert_eq!(customers(&workdir), 12);
}
