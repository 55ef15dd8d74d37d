//! Many machines share the work: partitions and what becomes of them, folders of engines, spellings of lines. Held against
//! a truth that is worked out here, apart from the program.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Read,
    path::Path,
};

use serde_json::{Value, json};

use crate::workdir::Workdir;

/// Profiles with every dirt; the same number gives the same profile.
fn profile(number: u32) -> Value {
    let id = format!("u{number}");
    let ids = match number % 11 {
        0 => json!([]),
        1 => json!([{"id": format!(" {id}\t"), "type": "user_id"}]),
        2 => json!([{"id": "  ", "type": "user_id"}, {"id": id, "type": "user_id"}]),
        3 => json!([{"id": id, "type": "user_id"}, {"id": "other", "type": "user_id"}]),
        // Claims the id of somebody else.
        4 => json!([{"id": format!("u{}", number - 1), "type": "user_id"}]),
        5 => json!([{"id": "null", "type": "user_id"}]),
        _ => json!([{"id": format!("m{number}@example.com"), "type": "email"}, {"id": id, "type": "user_id"}]),
    };
    let traits = match number % 7 {
        0 => json!({}),
        1 => json!({"name": format!("Quote \" backslash \\ tab \t {number}"), "email": null}),
        2 => json!({"name": "line\nbreak", "description": "emoji 🎉"}),
        3 => json!({"name": "12 Main Street", "phone": "+1 212 555 0100", "birthdate": "1990-02-30"}),
        _ => {
            json!({"firstName": "Ada", "address": {"city": "Köln", "line_1": "true story"}, "email": format!("m{number}@example.com")})
        }
    };
    json!({"segment_id": format!("use_{number:06}"), "external_ids": ids, "traits": traits})
}

/// The partition of a profile, by the rule and not by the program.
fn partition_of(profile: &Value, count: u32) -> u32 {
    let ids = profile["external_ids"].as_array().unwrap().iter();
    let mut ids = ids.filter(|id| id["type"] == "user_id").map(|id| id["id"].as_str().unwrap().trim());
    let key = ids.find(|id| !id.is_empty()).unwrap_or_else(|| profile["segment_id"].as_str().unwrap());
    let output = std::process::Command::new("sh").args(["-c", "printf %s \"$0\" | md5sum", key]).output().unwrap();
    let hash = String::from_utf8(output.stdout).unwrap();
    u32::from_str_radix(&hash[..7], 16).unwrap() % count
}

/// Every customer of a folder, by `source_id`, and how many batches there are.
fn customers(folder: &Path) -> (BTreeMap<String, Value>, usize) {
    let mut all = BTreeMap::new();
    let manifest = manifest(folder);
    let batches = manifest["batches"].as_array().unwrap();
    for batch in batches {
        let mut json = String::new();
        let file = fs::File::open(folder.join(batch["file"].as_str().unwrap())).unwrap();
        flate2::read::GzDecoder::new(file).read_to_string(&mut json).unwrap();
        for customer in serde_json::from_str::<Vec<Value>>(&json).unwrap() {
            let before = all.insert(customer["source_id"].as_str().unwrap().to_owned(), customer);
            assert!(before.is_none(), "{before:?}");
        }
    }
    (all, batches.len())
}

fn manifest(folder: &Path) -> Value {
    serde_json::from_slice(&fs::read(folder.join("manifest.json")).unwrap()).unwrap()
}

/// Rows of a table without file, line and words, since those name places.
fn rows(folder: &Path, table: &str) -> BTreeSet<Vec<String>> {
    let mut rows = csv::Reader::from_path(folder.join(table)).unwrap();
    let row = |row: csv::StringRecord| [0, 1, 4, 5, 6].map(|column| row[column].to_owned()).to_vec();
    rows.records().map(|record| row(record.unwrap())).collect()
}

fn write_lines(path: &Path, profiles: &[Value]) {
    let lines: Vec<String> = profiles.iter().map(Value::to_string).collect();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, lines.join("\n") + "\n").unwrap();
}

#[test]
fn partitions_gathered_are_as_good_as_one_machine() {
    let workdir = Workdir::new();
    let profiles: Vec<Value> = (0..2_000).map(profile).collect();
    write_lines(&workdir.path("all.ndjson"), &profiles);
    for (at, piece) in profiles.chunks(300).enumerate() {
        write_lines(&workdir.path(format!("pieces/part-{at}")), piece);
    }
    fs::write(workdir.path("pieces/_SUCCESS"), "").unwrap();
    let mut by_partition: BTreeMap<u32, Vec<Value>> = (0..4).map(|index| (index, Vec::new())).collect();
    for one in &profiles {
        by_partition.get_mut(&partition_of(one, 4)).unwrap().push(one.clone());
    }
    let options = ["--csv", "plain", "--batch-customers", "400"];
    let run = |input: &str, output: &str, more: &[&str]| {
        workdir.run(&[&["transform", input, "-o", output], &options[..], more].concat(), 0);
    };
    run("all.ndjson", "whole", &[]);
    let whole = customers(&workdir.path("whole")).0;
    assert!(whole.len() > 1_200, "{}", whole.len());

    for index in 0..4 {
        let (share, folder) = (format!("{index}/4"), format!("apart-{index}"));
        run("pieces", &folder, &["--partition", &share]);
        let books = &manifest(&workdir.path(&folder))["books"];
        let taken = by_partition[&index].len() as u64;
        assert_eq!((&books["read"], &books["passed_over"]), (&json!(2_000), &json!(2_000 - taken)));
        write_lines(&workdir.path(format!("shares/{index}")), &by_partition[&index]);
        run(&format!("shares/{index}"), &format!("share-{index}"), &["--partition", &share]);
        assert_eq!(manifest(&workdir.path(format!("share-{index}")))["books"]["read"], taken);
    }
    for kind in ["apart", "share"] {
        let folders: Vec<String> = [2, 0, 3, 1].map(|index| format!("{kind}-{index}")).to_vec();
        let output = format!("gathered-{kind}");
        let arguments =
            [&["gather"][..], &folders.iter().map(String::as_str).collect::<Vec<_>>(), &["-o", &output, "--json"]]
                .concat();
        let said: Value = serde_json::from_slice(&workdir.run(&arguments, 0).stdout).unwrap();
        let (gathered, posts) = customers(&workdir.path(&output));
        assert_eq!(gathered, whole, "{kind}");
        assert_eq!((&said["posts"], &said["posts_before"]), (&json!(posts), &json!(4)), "{kind}");
        for table in ["rejects.csv", "warnings.csv"] {
            assert_eq!(rows(&workdir.path(&output), table), rows(&workdir.path("whole"), table), "{kind} {table}");
        }
        let (books, one) =
            (manifest(&workdir.path(&output))["books"].clone(), manifest(&workdir.path("whole"))["books"].clone());
        assert_eq!(books, one, "{kind}");
        workdir.run(&["status", &output], 0);
        workdir.run(&["explain", "u13", "--archive", "all.ndjson", "--batches", &output], 0);
        // The same again is the same, byte by byte.
        let before = fs::read(workdir.path(&output).join("manifest.json")).unwrap();
        workdir.run(&arguments, 0);
        assert_eq!(fs::read(workdir.path(&output).join("manifest.json")).unwrap(), before);
    }
}

#[test]
fn what_does_not_belong_together_is_not_gathered() {
    let workdir = Workdir::new();
    let profiles: Vec<Value> = (0..50).map(profile).collect();
    write_lines(&workdir.path("all"), &profiles);
    write_lines(&workdir.path("fewer"), &profiles[..49]);
    for (input, output, more) in [
        ("all", "p0", &["--partition", "0/2"][..]),
        ("all", "p1", &["--partition", "1/2"]),
        ("fewer", "f1", &["--partition", "1/2"]),
        ("all", "strict", &["--partition", "1/2", "--strict"]),
        ("all", "third", &["--partition", "1/3"]),
        ("all", "one", &[]),
        ("all", "first-of-one", &["--partition", "0/1"]),
    ] {
        workdir.run(&[&["transform", input, "-o", output], more].concat(), 0);
    }
    workdir.run(&["transform", "all", "-o", "sent", "--partition", "1/2"], 0);
    fs::create_dir(workdir.path("sent/receipts")).unwrap();
    let mut other = manifest(&workdir.path("p1"));
    other["tool"] = "segment-to-voucherify 0.0.9".into();
    workdir.run(&["transform", "all", "-o", "older", "--partition", "1/2"], 0);
    fs::write(workdir.path("older/manifest.json"), other.to_string()).unwrap();
    fs::create_dir(workdir.path("unfinished")).unwrap();
    for (folders, words) in [
        (&["p0"][..], "of 2 partitions these are missing: 1/2"),
        (&["p0", "p1", "p1"], "`p1` and `p1` are both partition 1/2"),
        (&["p0", "third"], "`third` is one of 3 partitions, and the others are of 2"),
        (&["p0", "f1"], "comes from 50 profiles, and `f1` from 49"),
        (&["p0", "strict"], "were made with other `--strict`"),
        (&["p0", "sent"], "`sent` has receipts"),
        (&["p0", "older"], "by `segment-to-voucherify 0.0.9`"),
        (&["p0", "nowhere"], "`nowhere` is not there"),
        (&["p0", "all"], "`all` is a file, no folder of batches"),
        (&["p0", "unfinished"], "`unfinished` has no `manifest.json`"),
        (&["one", "first-of-one"], "are both partition 0/1"),
    ] {
        let arguments = [&["gather"][..], folders, &["-o", "out"]].concat();
        let said = String::from_utf8(workdir.run(&arguments, 2).stderr).unwrap();
        assert!(said.contains(words), "{words}: {said}");
        assert!(!workdir.path("out").exists());
    }
    for alone in ["one", "first-of-one"] {
        workdir.run(&["gather", alone, "-o", "out"], 0);
        assert_eq!(customers(&workdir.path("out")), customers(&workdir.path("one")));
    }
    // A partition may be empty, and still is one.
    fs::write(workdir.path("nobody"), "").unwrap();
    workdir.run(&["transform", "nobody", "-o", "empty", "--partition", "0/2"], 0);
    workdir.run(&["transform", "nobody", "-o", "empty-too", "--partition", "1/2"], 0);
    workdir.run(&["gather", "empty", "empty-too", "-o", "nothing"], 0);
    assert_eq!(customers(&workdir.path("nothing")).1, 0);
}

#[test]
fn what_would_make_another_source_id_goes_with_no_partition() {
    let workdir = Workdir::new();
    write_lines(&workdir.path("all"), &[profile(12)]);
    fs::write(
        workdir.path("by-email.toml"),
        "[customer]\nsource_id = [\"/external_ids/{identifier}\", \"/traits/email\"]\n",
    )
    .unwrap();
    fs::write(
        workdir.path("other.toml"),
        "[customer]\nsource_id = \"/external_ids/{identifier}\"\nname = \"/traits/n\"\n",
    )
    .unwrap();
    fs::write(workdir.path("ids.csv"), "segment_id,field,value,corrected_value\nuse_000012,source_id,u12,u13\n")
        .unwrap();
    fs::write(workdir.path("names.csv"), "segment_id,field,value,corrected_value\nuse_000012,name,,Ada\n").unwrap();
    let run = |more: &[&str], exit_code| {
        let arguments = [&["transform", "all", "-o", "out", "--partition", "0/1"], more].concat();
        String::from_utf8(workdir.run(&arguments, exit_code).stderr).unwrap()
    };
    assert!(run(&["--mapping", "by-email.toml"], 2).contains("this mapping makes `source_id` of something else"));
    assert!(run(&["--corrections", "ids.csv"], 2).contains("a correction changes a `source_id`"));
    for choice in ["newest", "oldest"] {
        assert!(run(&["--identifier-choice", choice], 2).contains("`--identifier-choice` takes another"));
    }
    run(&["--identifier-choice", "first"], 0);
    for fine in [
        &["--mapping", "other.toml"][..],
        &["--corrections", "names.csv"],
        &["--identifier", "email"],
        &["--preset", "segment-actions"],
    ] {
        run(fine, 0);
    }
}

/// A profile as others spell it.
fn spelt(how: &str, one: &Value) -> Value {
    let (id, ids, traits) = (&one["segment_id"], &one["external_ids"], &one["traits"]);
    let text = |value: &Value| match value {
        Value::String(text) if how == "plain" => json!(text),
        value => json!(value.to_string()),
    };
    let (each_id, each_trait) = (ids.as_array().unwrap().iter(), traits.as_object().unwrap().iter());
    match how {
        "text" => json!({"segment_id": id, "external_ids": ids.to_string(), "traits": traits.to_string()}),
        "upper" => json!({"SEGMENT_ID": id, "EXTERNAL_IDS": ids, "TRAITS": traits}),
        "arrays" => {
            let mut by_type: BTreeMap<String, Vec<Value>> = BTreeMap::new();
            for id in each_id {
                by_type.entry(id["type"].as_str().unwrap().into()).or_default().push(id["id"].clone());
            }
            json!({"canonical_segment_id": id, "external_ids": by_type, "traits": traits})
        }
        "pairs" => {
            let ids: Vec<Value> = each_id.map(|id| json!({"value": id["id"], "type": id["type"]})).collect();
            let pairs: Vec<Value> = each_trait.map(|(name, value)| json!({"name": name, "value": value})).collect();
            json!({"segment_id": id, "external_ids": ids, "traits": pairs})
        }
        _ => {
            let texts = each_trait.filter(|(_, value)| !value.is_null());
            let texts: Value = texts.map(|(name, value)| (name.clone(), text(value))).collect();
            json!({"segment_id": id, "external_ids": ids, "trait_texts": texts})
        }
    }
}

#[test]
fn every_spelling_of_an_engine_gives_the_same_customers() {
    let workdir = Workdir::new();
    let profiles: Vec<Value> = (0..300).map(profile).collect();
    write_lines(&workdir.path("usual"), &profiles);
    workdir.run(&["transform", "usual", "-o", "expected", "--csv", "plain"], 0);
    for name in ["text", "arrays", "upper", "pairs", "json", "plain"] {
        let lines: Vec<Value> = profiles.iter().map(|one| spelt(name, one)).collect();
        for (at, piece) in lines.chunks(70).enumerate() {
            write_lines(&workdir.path(format!("{name}/day={}/file-{at}", at / 2)), piece);
        }
        let said = workdir.run(&["transform", name, "-o", "out", "--csv", "plain", "--json"], 0);
        assert_eq!(customers(&workdir.path("out")), customers(&workdir.path("expected")), "{name}");
        assert_eq!(rows(&workdir.path("out"), "rejects.csv"), rows(&workdir.path("expected"), "rejects.csv"), "{name}");
        let values = manifest(&workdir.path("out"))["options"]["values"].clone();
        let expected = match name {
            "json" | "plain" => json!(name),
            _ => Value::Null,
        };
        assert_eq!(values, expected, "{name}: {}", String::from_utf8_lossy(&said.stderr));
        let inspected = |input: &str| {
            let told: Value = serde_json::from_slice(&workdir.run(&["inspect", input, "--json"], 0).stdout).unwrap();
            (told["profiles"].clone(), told["external_ids"].clone())
        };
        assert_eq!(inspected(name), inspected("usual"), "{name}");
    }
    // A share of the lines must not decide by itself what texts are.
    let said =
        String::from_utf8(workdir.run(&["transform", "json", "-o", "out", "--partition", "0/2"], 2).stderr).unwrap();
    assert!(said.contains("`--values json` or `--values plain`"), "{said}");
    workdir.run(&["transform", "json", "-o", "out", "--partition", "0/2", "--values", "json"], 0);
}

#[test]
fn odd_folders_are_told_and_end_with_3() {
    let workdir = Workdir::new();
    let profiles: Vec<Value> = (6..10).map(profile).collect();
    let part = |write: u8| format!("part-00000-0f0f0f0f-1a1a-4b4b-8c8c-00000000000{write}-c000.txt");
    write_lines(&workdir.path("whole").join(part(1)), &profiles);
    fs::write(workdir.path("whole/_SUCCESS"), "").unwrap();
    fs::write(workdir.path("whole/.hidden.crc"), "x").unwrap();
    workdir.run(&["transform", "whole", "-o", "out", "--expect-profiles", "4"], 0);
    let told = |arguments: &[&str], exit_code, words: &str| {
        let said =
            String::from_utf8(workdir.run(&[&["transform"], arguments, &["-o", "out"]].concat(), exit_code).stderr)
                .unwrap();
        assert!(said.contains(words), "{words}: {said}");
    };
    told(&["whole", "--expect-profiles", "5"], 3, "4 profiles were read, not the 5 of `--expect-profiles`");
    write_lines(&workdir.path("no-success").join(part(1)), &profiles);
    told(&["no-success"], 3, "has no `_SUCCESS` beside its `part-` files");
    write_lines(&workdir.path("under-way").join(part(1)), &profiles);
    fs::create_dir(workdir.path("under-way/_temporary")).unwrap();
    told(&["under-way"], 3, "holds `_temporary`");
    write_lines(&workdir.path("twice").join(part(1)), &profiles[..2]);
    write_lines(&workdir.path("twice").join(part(2)), &profiles[2..]);
    fs::write(workdir.path("twice/_SUCCESS"), "").unwrap();
    told(&["twice"], 3, "holds the files of 2 writes");
    write_lines(&workdir.path("deep/inner/file"), &profiles);
    told(&["deep"], 2, "not of the form `key=value`");
    write_lines(&workdir.path("ours/profiles-000001.ndjson.gz"), &profiles);
    told(&["ours"], 2, "no `manifest.json`");
}
