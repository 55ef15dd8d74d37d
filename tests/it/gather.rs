//! `gather` where people have been at work: corrections, tables that were filled in, folders that were sent or damaged.

use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::workdir::Workdir;

const PARTITIONS: usize = 3;

fn manifest(folder: &Path) -> Value {
    serde_json::from_slice(&fs::read(folder.join("manifest.json")).unwrap()).unwrap()
}

/// Forty people, of whom some have an email that is none, and some are to be skipped.
fn write_people(workdir: &Workdir) {
    let line = |number: u32| {
        let email = if number.is_multiple_of(3) { "nobody".into() } else { format!("m{number}@shop.example") };
        let traits = json!({"email": email, "birthdate": "1990-02-30", "staff": number % 10 == 9});
        let ids = json!([{"id": format!("u{number}"), "type": "user_id"}]);
        json!({"segment_id": format!("use_{number:02}"), "external_ids": ids, "traits": traits}).to_string() + "\n"
    };
    fs::write(workdir.path("all"), (0..40).map(line).collect::<String>()).unwrap();
}

/// One transform of everybody into `whole`, one of each partition into `p0` and so on.
fn transform(workdir: &Workdir, options: &[&str]) {
    workdir.run(&[&["transform", "all", "-o", "whole", "--csv", "plain"], options].concat(), 0);
    for index in 0..PARTITIONS {
        let (folder, share) = (format!("p{index}"), format!("{index}/{PARTITIONS}"));
        let of_share = ["transform", "all", "-o", &folder, "--csv", "plain", "--partition", &share];
        workdir.run(&[&of_share[..], options].concat(), 0);
    }
}

/// What gathering the partitions says; it ends with that.
fn gather(workdir: &Workdir, exit_code: i32) -> String {
    String::from_utf8(workdir.run(&["gather", "p2", "p0", "p1", "-o", "out"], exit_code).stderr).unwrap()
}

#[test]
fn corrections_go_to_every_partition_and_their_table_is_that_of_one_run() {
    let workdir = Workdir::new();
    write_people(&workdir);
    fs::write(
        workdir.path("sheet.csv"),
        "segment_id,field,value,corrected_value\nuse_03,email,nobody,three@shop.example\nuse_06,birthdate,1990-02-30,1990-02-31\n\
         use_09,nome,,x\nuse_99,email,,a@shop.example\nuse_01,birthdate,1990-02-30,1990-02-28\nuse_00,email,nobody,#N/A\n",
    )
    .unwrap();
    transform(&workdir, &["--corrections", "sheet.csv"]);
    gather(&workdir, 0);
    let table = |folder: &str| fs::read_to_string(workdir.path(folder).join("corrections.csv")).unwrap();
    assert_eq!(table("out"), table("whole"));
    let outcomes: Vec<String> =
        table("out").lines().skip(1).map(|row| row.split(',').nth(4).unwrap().to_owned()).collect();
    let expected = ["applied", "did_not_help", "matched_nothing", "matched_nothing", "applied", "did_not_help"];
    assert_eq!(outcomes, expected);
    assert_eq!(manifest(&workdir.path("out"))["books"], manifest(&workdir.path("whole"))["books"]);
    let said = workdir.run(&["explain", "u3", "--archive", "all", "--batches", "out"], 0);
    assert!(String::from_utf8(said.stdout).unwrap().contains("three@shop.example"));
    // Again, over what is there: the same, and nothing that people wrote is in its way.
    let before = fs::read(workdir.path("out/manifest.json")).unwrap();
    gather(&workdir, 0);
    assert_eq!(fs::read(workdir.path("out/manifest.json")).unwrap(), before);
    // A table that somebody changed since is no longer that of the other partitions.
    let edited = table("p1").replace("1990-02-28", "1990-02-27");
    fs::write(workdir.path("p1/corrections.csv"), edited).unwrap();
    let said = gather(&workdir, 2);
    assert!(said.contains("corrections.csv` have other rows: one of them was edited"), "{said}");
}

#[test]
fn what_people_wrote_is_never_gathered_away() {
    let workdir = Workdir::new();
    write_people(&workdir);
    transform(&workdir, &[]);
    gather(&workdir, 0);
    let table = workdir.path("out/warnings.csv");
    let text = fs::read_to_string(&table).unwrap();
    let row = text.lines().find(|row| row.contains("invalid_birthdate")).unwrap();
    let filled = row.replacen(",,all,", ",1990-02-28,all,", 1);
    assert_ne!(filled, row);
    fs::write(&table, text.replace(row, &filled)).unwrap();
    let said = gather(&workdir, 2);
    assert!(said.contains("`out/warnings.csv` would be replaced, and has 1 correction"), "{said}");
    // In a partition's own table it would be nowhere.
    fs::remove_dir_all(workdir.path("out")).unwrap();
    let table = workdir.path("p1/warnings.csv");
    let text = fs::read_to_string(&table).unwrap();
    fs::write(&table, text.replacen(",,all,", ",1990-02-28,all,", 1)).unwrap();
    let said = gather(&workdir, 2);
    assert!(said.contains("`p1/warnings.csv` was edited since it was made"), "{said}");
    assert!(said.contains("`--corrections`") && !workdir.path("out/manifest.json").exists(), "{said}");
    fs::write(&table, text).unwrap();
    gather(&workdir, 0);
}

#[test]
fn a_workbook_that_was_filled_in_is_not_passed_over() {
    let workdir = Workdir::new();
    write_people(&workdir);
    transform(&workdir, &["--tables", "xlsx"]);
    gather(&workdir, 0);
    assert!(workdir.path("out/warnings.xlsx").exists());
    let path = workdir.path("p2/warnings.xlsx");
    let whole = fs::read(&path).unwrap();
    fs::write(&path, [&whole[..], b"changed"].concat()).unwrap();
    let said = gather(&workdir, 2);
    assert!(said.contains("`p2/warnings.xlsx` was edited since it was made"), "{said}");
    fs::remove_file(&path).unwrap();
    gather(&workdir, 0);
}

#[test]
fn tables_come_over_letter_by_letter() {
    let workdir = Workdir::new();
    let line = |number: u32, email: &str| {
        let ids = json!([{"id": format!("u{number}"), "type": "user_id"}]);
        json!({"segment_id": format!("use_{number}"), "external_ids": ids, "traits": {"email": email}}).to_string()
    };
    let odd = ["'=1+1", "'007", "a \"b\", c", "line\nbreak", "; , \t", "=x"];
    let lines: Vec<String> = (1..).zip(odd).map(|(number, email)| line(number, email)).collect();
    fs::write(workdir.path("all"), lines.join("\n")).unwrap();
    for dialect in ["plain", "excel"] {
        for (folder, share) in [("one", "0/1"), ("p0", "0/2"), ("p1", "1/2")] {
            workdir.run(&["transform", "all", "-o", folder, "--partition", share, "--csv", dialect], 0);
        }
        workdir.run(&["gather", "p0", "p1", "-o", "two"], 0);
        workdir.run(&["gather", "one", "-o", "same"], 0);
        let read = |folder: &str| fs::read_to_string(workdir.path(folder).join("warnings.csv")).unwrap();
        assert_eq!(read("same"), read("one"), "{dialect}");
        let cells = |folder: &str| {
            let mut rows: Vec<Vec<String>> =
                csv::Reader::from_reader(read(folder).trim_start_matches('\u{feff}').as_bytes())
                    .records()
                    .map(|row| row.unwrap().iter().map(str::to_owned).collect())
                    .collect();
            rows.sort();
            rows
        };
        assert_eq!(cells("two"), cells("one"), "{dialect}");
        assert_eq!(cells("two").len(), odd.len());
    }
}

#[test]
fn skipped_profiles_are_in_the_books_and_damage_is_named() {
    let workdir = Workdir::new();
    write_people(&workdir);
    fs::write(
        workdir.path("m.toml"),
        "[customer]\nsource_id = \"/external_ids/{identifier}\"\nemail = \"/traits/email\"\n[[skip]]\npath = \"/traits/staff\"\nequals = true\n",
    )
    .unwrap();
    transform(&workdir, &["--mapping", "m.toml", "--batch-customers", "8"]);
    let said = gather(&workdir, 0);
    assert!(said.contains("read 40 = customers 36 + rejected 0 + skipped 4"), "{said}");
    assert_eq!(manifest(&workdir.path("out"))["books"], manifest(&workdir.path("whole"))["books"]);
    for file in ["batch-000001.json.gz", "origins-000001.csv.gz"] {
        let path = workdir.path("p0").join(file);
        let whole = fs::read(&path).unwrap();
        // A full batch and a tail that is packed anew are both looked at.
        for damaged in [whole[..whole.len() - 1].to_vec(), [&whole[..], b"x"].concat(), Vec::new()] {
            fs::write(&path, damaged).unwrap();
            let said = gather(&workdir, 1);
            assert!(said.contains(file) && said.contains("hint: "), "{file}: {said}");
        }
        fs::write(&path, whole).unwrap();
    }
    gather(&workdir, 0);
}

#[test]
fn what_is_gathered_over_other_batches_says_so_and_a_pipe_is_no_folder() {
    let workdir = Workdir::new();
    write_people(&workdir);
    transform(&workdir, &[]);
    workdir.run(&["transform", "all", "-o", "out", "--csv", "plain", "--batch-customers", "10"], 0);
    let said = gather(&workdir, 0);
    let words = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        words.contains("replaced 4 batches made with other `batch-customers`; 0 of them came out the same"),
        "{said}"
    );
    let said = gather(&workdir, 0);
    assert!(said.contains("nothing changed") && !said.contains("replaced"), "{said}");
    fs::create_dir(workdir.path("out/receipts")).unwrap();
    workdir.run(&["transform", "all", "-o", "out", "--csv", "plain", "--strict"], 0);
    let said = gather(&workdir, 0);
    assert!(said.contains("next  segment-to-voucherify upload out --changed-only"), "{said}");
    let refused = String::from_utf8(workdir.run(&["gather", "p0", "p1", "-o", "-"], 2).stderr).unwrap();
    assert!(refused.contains("`-o -` is no folder") && !workdir.path("-").exists(), "{refused}");
}

#[test]
fn in_one_partition_others_are_told_and_ids_are_corrected_elsewhere() {
    let workdir = Workdir::new();
    let line = |number: u32| {
        let ids = if number == 7 { json!([]) } else { json!([{"id": format!("u{number}"), "type": "user_id"}]) };
        json!({"segment_id": format!("use_{number:02}"), "external_ids": ids, "traits": {"email": format!("m{number}@shop.example")}})
            .to_string()
            + "\n"
    };
    fs::write(workdir.path("all"), (0..20).map(line).collect::<String>()).unwrap();
    let (mut fates, mut shown) = ([0, 0], Vec::new());
    for index in 0..2 {
        let (folder, share) = (format!("p{index}"), format!("{index}/2"));
        workdir.run(&["transform", "all", "-o", &folder, "--partition", &share], 0);
        let told = |arguments: &[&str]| String::from_utf8(workdir.run(arguments, 0).stdout).unwrap();
        let preview = told(&["transform", "all", "--partition", &share, "--preview", "20", "--json"]);
        let preview: Value = serde_json::from_str(&preview).unwrap();
        shown.extend(preview["people"].as_array().unwrap().iter().map(|person| person["line"].as_u64().unwrap()));
        let books = &manifest(&workdir.path(&folder))["books"];
        for number in 0..20 {
            let id = format!("use_{number:02}");
            let said = told(&["explain", &id, "--archive", "all", "--batches", &folder]);
            let (ours, theirs) =
                (said.contains(": in a batch, not sent yet"), said.contains(": passed over: of another"));
            let rejected = said.contains(": rejected by the transform");
            assert!(
                u32::from(ours) + u32::from(theirs) + u32::from(rejected) == 1 && !said.contains("transform all"),
                "{said}"
            );
            assert!(
                !rejected || said.contains("correct the id in a transform of everybody, without `--partition`"),
                "{said}"
            );
            fates[0] += u64::from(ours || rejected);
            fates[1] += u64::from(theirs && index == 0);
        }
        assert_eq!(fates[1], manifest(&workdir.path("p0"))["books"]["passed_over"]);
        if books["rejected"] == 1 {
            let said = told(&["status", &folder]);
            assert!(said.contains("correct their ids in a transform of everybody"), "{said}");
            assert!(!said.contains("--corrections"), "{said}");
        }
    }
    assert_eq!(fates[0], 20);
    shown.sort_unstable();
    assert_eq!(shown, (1..=20).collect::<Vec<u64>>());
}
