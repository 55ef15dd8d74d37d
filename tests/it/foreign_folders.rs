//! Folders from elsewhere: what they name stays inside them, and what they inflate to fills no memory.

use std::{fs, io::Write, os::unix::fs::symlink, path::Path, process::Command};

use flate2::{Compression, write::GzEncoder};
use serde_json::Value;

use crate::{fixtures, workdir::Workdir};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A manifest with a member set to another value; the pointer leads to it.
fn change(path: &Path, pointer: &str, value: Value) {
    let mut manifest: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    *manifest.pointer_mut(pointer).unwrap() = value;
    fs::write(path, manifest.to_string()).unwrap();
}

#[test]
fn a_name_in_a_manifest_is_a_name_and_a_hash_is_a_hash() {
    for (folder, pointer, value) in [
        ("export", "/parts/0/file", "../profiles-000001.ndjson.gz"),
        ("export", "/parts/0/file", "/etc/passwd"),
        ("export", "/parts/1/file", "a/b"),
        ("export", "/parts/0/file", "a\u{1b}[2J"),
        ("export", "/parts/0/sha256", "../../x"),
        ("batches", "/batches/0/file", "../batch-000001.json.gz"),
        ("batches", "/batches/0/sha256", "../../../../tmp/x"),
        ("batches", "/batches/0/file_sha256", ""),
        ("batches", "/batches/2/origins/file", "/dev/zero"),
        ("batches", "/rejects/file", ".."),
        ("batches", "/warnings/sha256", "ABCDEF"),
    ] {
        let workdir = fixtures::of_version_0_1_0();
        change(&workdir.path(folder).join("manifest.json"), pointer, value.into());
        for arguments in [&["status"][..], &["explain", "user-7"], &["transform", "-o", "batches"]] {
            if arguments[0] == "transform" && folder == "batches" {
                continue;
            }
            let said = String::from_utf8(workdir.run(arguments, 1).stderr).unwrap();
            assert!(said.contains(&format!("{folder}/manifest.json")), "{arguments:?} {pointer}: {said}");
            assert!(!said.contains('\u{1b}'), "{said}");
        }
    }
}

#[test]
fn folders_of_the_wrong_kind_and_of_later_formats_are_named() {
    let workdir = fixtures::of_version_0_1_0();
    let said = |arguments: &[&str]| String::from_utf8(workdir.run(arguments, 2).stderr).unwrap();
    let mut upload = workdir.command();
    upload.args(["upload", "export", "--dry-run"]).envs([
        ("VOUCHERIFY_API_URL", "http://127.0.0.1:9"),
        ("VOUCHERIFY_APPLICATION_ID", "app"),
        ("VOUCHERIFY_SECRET_KEY", "secret"),
    ]);
    let archive = String::from_utf8(workdir.check(&mut upload, 2).stderr).unwrap();
    assert!(archive.contains("`export` is an archive, not a folder of batches"), "{archive}");
    let batches = said(&["transform", "batches", "-o", "other"]);
    assert!(batches.contains("`batches` is a folder of batches, not an archive"), "{batches}");
    assert!(batches.contains("segment-to-voucherify upload"), "{batches}");
    let output = said(&["transform", "-o", "export"]);
    assert!(output.contains("`export`"), "{output}");
    for folder in ["export", "batches"] {
        let path = workdir.path(folder).join("manifest.json");
        change(&path, "/format", 2.into());
        change(&path, "/tool", "segment-to-voucherify 7.1.0".into());
        // A later format may have no member that this one knows.
        change(&path, "/books", Value::Null);
    }
    for arguments in [&["status"][..], &["transform"], &["inspect"], &["explain", "user-7"], &["report"]] {
        let told = said(arguments);
        assert!(told.contains("has format 2, written by `segment-to-voucherify 7.1.0`"), "{arguments:?}: {told}");
    }
}

#[test]
fn nothing_in_a_folder_of_ours_is_followed_elsewhere() {
    let workdir = fixtures::of_version_0_1_0();
    for (file, arguments) in [
        ("export/profiles-000001.ndjson.gz", &["transform", "-o", "new"][..]),
        ("batches/batch-000001.json.gz", &["gather", "batches", "-o", "gathered"]),
    ] {
        let path = workdir.path(file);
        fs::rename(&path, workdir.path("moved")).unwrap();
        symlink(workdir.path("moved"), &path).unwrap();
        fs::remove_dir_all(workdir.path("batches/receipts")).ok();
        let mut manifest: Value =
            serde_json::from_slice(&fs::read(workdir.path("batches/manifest.json")).unwrap()).unwrap();
        manifest["options"].as_object_mut().unwrap().remove("corrections");
        fs::write(workdir.path("batches/manifest.json"), manifest.to_string()).unwrap();
        let said = String::from_utf8(workdir.run(arguments, 1).stderr).unwrap();
        assert!(said.contains(file.rsplit('/').next().unwrap()), "{said}");
        fs::remove_file(&path).unwrap();
        fs::rename(workdir.path("moved"), &path).unwrap();
    }
    // What a manifest recorded may be a device by now: it is told, and not read without end.
    let path = workdir.path("batches/manifest.json");
    change(&path, "/options/mapping/name", "/dev/zero".into());
    let said = String::from_utf8(workdir.run(&["explain", "user-7"], 0).stdout).unwrap();
    assert!(said.contains("/dev/zero"), "{said}");
}

/// Runs a command and gives its exit code and the most memory that it had, in MB.
fn peak(workdir: &Workdir, arguments: &[&str]) -> (Option<i32>, u64) {
    let mut command = workdir.command();
    let mut child = command
        .args(arguments)
        .stderr(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    let code = loop {
        // Of a process that has just ended there is no peak any more: it is asked again and again.
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes =
            line.and_then(|line| line.trim().strip_suffix(" kB")).and_then(|number| number.parse::<u64>().ok());
        most = most.max(kilobytes.unwrap_or(0));
        if let Some(code) = child.try_wait().unwrap() {
            break code;
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    };
    (code.code(), most / 1_024)
}

#[test]
fn a_folder_of_files_that_inflate_to_much_fills_no_memory_on_many_threads() {
    let long = format!(
        r#"{{"segment_id":"use_1","external_ids":[{{"id":"u1","type":"user_id"}}],"traits":{{"note":"{}"}}}}"#,
        "x".repeat(15 << 20)
    );
    let (workdir, bytes) = (Workdir::new(), gzip(long.as_bytes()));
    fs::create_dir(workdir.path("in")).unwrap();
    for file in 10..26 {
        fs::write(workdir.path(format!("in/{file}")), &bytes).unwrap();
    }
    let (ended, most) = peak(&workdir, &["transform", "in", "--values", "json", "--threads", "8"]);
    assert_eq!(ended, Some(0));
    assert!(most < 220, "{most} MB");
}

#[test]
fn a_little_that_inflates_to_much_fills_no_memory() {
    let size = 100 << 20;
    let one_line = gzip(&vec![b'x'; size]);
    let short_lines = gzip(&b"x\n".repeat(500_000));
    let members = gzip(&b"y\n".repeat(1 << 16)).repeat(8);
    for (name, bytes) in [("one line", &one_line), ("short lines", &short_lines), ("members", &members)] {
        assert!(bytes.len() < 1 << 20, "{name}: {}", bytes.len());
        let workdir = Workdir::new();
        fs::write(workdir.path("input"), bytes).unwrap();
        let (code, most) = peak(&workdir, &["transform", "input", "--threads", "2"]);
        assert_eq!(code, Some(1), "{name}");
        assert!(most < 300, "{name} as input: {most} MB");

        // As a part of an archive, which its manifest lists as it is.
        let workdir = fixtures::of_version_0_1_0();
        fs::write(workdir.path("export/profiles-000001.ndjson.gz"), bytes).unwrap();
        let manifest = workdir.path("export/manifest.json");
        change(&manifest, "/parts/0/bytes", bytes.len().into());
        let hash = Command::new("sha256sum").arg(workdir.path("export/profiles-000001.ndjson.gz")).output().unwrap();
        change(&manifest, "/parts/0/sha256", String::from_utf8(hash.stdout).unwrap()[..64].into());
        let (_, most) = peak(&workdir, &["transform", "-o", "new", "--threads", "2"]);
        assert!(most < 300, "{name} as part: {most} MB");

        // As a batch, and as its origins.
        for file in ["batch-000001.json.gz", "origins-000001.csv.gz"] {
            let workdir = fixtures::of_version_0_1_0();
            fs::write(workdir.path("batches").join(file), bytes).unwrap();
            let (_, most) = peak(&workdir, &["explain", "user-7"]);
            assert!(most < 300, "{name} as {file}: {most} MB");
        }
    }
}

#[test]
fn a_manifest_of_100_megabytes_is_none_of_ours() {
    let workdir = fixtures::of_version_0_1_0();
    let path = workdir.path("batches/manifest.json");
    let text =
        fs::read_to_string(&path).unwrap().replacen("\"rows\"", &format!("{}\"rows\"", " ".repeat(100 << 20)), 1);
    fs::write(&path, text).unwrap();
    let (code, most) = peak(&workdir, &["status"]);
    assert_eq!(code, Some(1));
    assert!(most < 100, "{most} MB");
}
