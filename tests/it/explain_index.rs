//! The index that a transform leaves: `explain` reads the parts that may hold somebody, and finds all that it found before.

use std::{
    collections::BTreeSet,
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};
use segment_to_voucherify::{
    archive::reader::{self, LineSource},
    batches::manifest::BatchesManifest,
    explain::{
        narrowing,
        search::{self, Found, SearchedFor},
    },
    progress::Phase,
    transform::recorded::{Chosen, Run},
};
use serde_json::{Value, json};

use crate::workdir::Workdir;

/// People whose ids and emails are written in odd ways, each in a part of their own, and what finds them.
const ODD: [(&str, &[&str]); 9] = [
    (
        r#"{"segment_id":"use_a","external_ids":[{"id":"A\u002f1 ","type":"user_id"},{"type":"phone","id":12125550100}],"traits":{"email":"Ada@Example.com"}}"#,
        &["use_a", "A/1", "12125550100", "ada@example.COM"],
    ),
    (
        r#"{"segment_id":" use_b ","external_ids":{"user_id":"b-1","email":"  B@example.com"},"traits":{"email":17}}"#,
        &["use_b", "b-1", "b@example.com", "17"],
    ),
    (r#"{"external_ids":[{"id":"c-1","type":"user_id"}],"traits":{"email":"c@example.com"}}"#, &["c-1"]),
    (
        r#"{"segment_id":"use_0","segment_id":"use_d","external_ids":[{"id":"d-0","id":"d-1","type":"user_id"}],"traits":{"email":"d-0@example.com","email":"d@example.com"}}"#,
        &["use_d", "d-1", "d@example.com"],
    ),
    (
        r#"{"segment_id":"use_e","external_ids":[],"traits":{"em\u0061il":"e@example.com"}}"#,
        &["use_e", "e@example.com"],
    ),
    (
        r#"{"traits":{"email":{"first":"f"}},"external_ids":{"user_id":["f-1","f-2"],"n":2e400},"segment_id":"use_f"}"#,
        &["use_f", r#"["f-1","f-2"]"#, r#"{"first":"f"}"#, "2e+400"],
    ),
    (
        r#"{"segment_id":"use_g\ud83d","external_ids":[{"id":"undefined","type":"user_id"},"g-2"],"traits":{"email":null}}"#,
        &["undefined", "null"],
    ),
    (
        r#"{"segment_id":"日本-h","external_ids":[{"id":"ÅSA-h","type":"user_id"}],"traits":["email"]}"#,
        &["日本-h", "ÅSA-h"],
    ),
    (
        r#"{"segment_id":"use_i","external_ids":[{"id":"i-1","type":"user_id"}],"traits":{"customer_no":"k-9"}}"#,
        &["i-1"],
    ),
];

/// Writes an archive with a part for each list of lines.
fn write_archive(folder: &Path, parts: &[Vec<String>]) {
    fs::create_dir_all(folder).unwrap();
    let mut listed = Vec::new();
    for (number, lines) in parts.iter().enumerate() {
        let mut part = GzEncoder::new(Vec::new(), Compression::fast());
        for line in lines {
            writeln!(part, "{line}").unwrap();
        }
        let (part, file) = (part.finish().unwrap(), format!("profiles-{:06}.ndjson.gz", number + 1));
        fs::write(folder.join(&file), &part).unwrap();
        let sha256 = segment_to_voucherify::digest::sha256(&part);
        listed.push(json!({"file": file, "profiles": lines.len(), "bytes": part.len(), "sha256": sha256}));
    }
    let count: usize = parts.iter().map(Vec::len).sum();
    let manifest = json!({
        "kind": "archive", "format": 1, "tool": "test", "started_at": "2026-03-01T09:00:00Z", "updated_at": "2026-03-01T09:00:00Z",
        "options": {"api_url": "https://profiles.segment.com/", "space_id": "spa_1", "id_types": [], "identified_only": [], "part_size": 1},
        "listing": {"sweeps": 1, "found_by_sweep": [0], "complete": true, "oddities": []},
        "parts": listed, "books": {"listed": count, "exported": count, "vanished": 0, "failed": 0},
        "calls": {"list": 1, "external_ids": 1, "traits": 1, "retries": 0}, "verdict": {"state": "complete"},
    });
    fs::write(folder.join("manifest.json"), manifest.to_string()).unwrap();
}

fn odd_people(workdir: &Workdir) {
    let parts: Vec<Vec<String>> = ODD.iter().map(|(line, _)| vec![(*line).to_owned()]).collect();
    write_archive(&workdir.path("export"), &parts);
}

/// Forty usual people, four a part.
fn usual_people(workdir: &Workdir) {
    let person = |number: usize| {
        let ids = json!([{"id": format!("u-{number}"), "type": "user_id"}, {"id": format!("a-{number}"), "type": "anonymous_id"}]);
        let traits = json!({"email": format!("m{number}@shop.example"), "customer_no": format!("no-{number}")});
        json!({"segment_id": format!("use_{number:02}"), "external_ids": ids, "traits": traits}).to_string()
    };
    let parts: Vec<Vec<String>> = (0..10).map(|part| (4 * part..4 * part + 4).map(person).collect()).collect();
    write_archive(&workdir.path("export"), &parts);
}

fn manifest(folder: &Path) -> Value {
    serde_json::from_slice(&fs::read(folder.join("manifest.json")).unwrap()).unwrap()
}

fn explained(workdir: &Workdir, arguments: &[&str]) -> Value {
    let output = workdir.run(&[&["explain", "--json"], arguments].concat(), 0);
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Damages all parts but one: what is read shows.
fn damage_all_but(workdir: &Workdir, kept: usize) -> Vec<(PathBuf, Vec<u8>)> {
    let parts = (1..=10).filter(|number| *number != kept);
    let damage = |number| {
        let path = workdir.path(format!("export/profiles-{number:06}.ndjson.gz"));
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, "damaged").unwrap();
        (path, bytes)
    };
    parts.map(damage).collect()
}

/// Texts that stand anywhere in a value.
fn texts(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => members.values().for_each(|value| texts(value, found)),
        Value::Array(items) => items.iter().for_each(|value| texts(value, found)),
        Value::String(text) if text.contains('@') => found.extend([text.to_uppercase()]),
        Value::String(text) => found.extend([text.clone()]),
        other => found.extend([other.to_string()]),
    }
}

/// The batches and the run that made them.
struct Made(PathBuf, BatchesManifest, Run);

impl Made {
    fn read(workdir: &Workdir) -> Self {
        let batches = workdir.path("batches");
        let manifest = BatchesManifest::read(&batches).unwrap().unwrap();
        let chosen = Chosen { batches: batches.clone(), ..Chosen::default() };
        let run = Run::of(&manifest.options, chosen).unwrap();
        Self(batches, manifest, run)
    }

    /// What a search finds in all sources, none of them in one that is not worth reading, and how many those are that are.
    fn find(&self, sources: &[LineSource], text: &str) -> (Vec<Found>, usize) {
        let Self(batches, manifest, run) = self;
        let wanted = SearchedFor::new(text);
        let found = search::search(sources, &wanted, (&run.mapper, run.texts), &Phase::hidden()).unwrap();
        let worth_reading = narrowing::worth_reading(sources.to_vec(), &wanted, Some((batches, manifest)), run);
        let names: BTreeSet<String> = worth_reading.iter().map(LineSource::name).collect();
        assert!(found.iter().all(|found| names.contains(&found.file)), "{text}: {found:?} {names:?}");
        (found, names.len())
    }
}

#[test]
fn whatever_the_spelling_the_same_people_are_found() {
    let workdir = Workdir::new();
    odd_people(&workdir);
    workdir.run(&["transform"], 0);
    let (made, sources) = (Made::read(&workdir), reader::sources(&[workdir.path("export")]).unwrap());
    for (place, (_, known_by)) in ODD.iter().enumerate() {
        for text in *known_by {
            let (found, _) = made.find(&sources, text);
            let lines: Vec<&str> = found.iter().map(|found| &*found.file).collect();
            assert_eq!(lines, [format!("profiles-{:06}.ndjson.gz", place + 1)], "{text}");
        }
    }
    // Of a line without an id it is not known what may be looked for.
    assert_eq!(made.find(&sources, "nobody-at-all").1, 1);
}

#[test]
fn every_text_of_every_odd_profile_is_looked_for_in_vain_where_it_is_not_read() {
    let workdir = Workdir::new();
    let cases = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/mapping")).unwrap();
    let profiles: Vec<Value> = cases
        .map(|case| {
            serde_json::from_slice::<Value>(&fs::read(case.unwrap().path()).unwrap()).unwrap()["profile"].take()
        })
        .collect();
    let (mut parts, mut wanted) = (Vec::new(), BTreeSet::new());
    for (number, mut profile) in profiles.into_iter().filter(Value::is_object).enumerate() {
        for known_by in ["/segment_id", "/external_ids", "/traits/email", "/traits/name", "/traits/customer_no"] {
            profile.pointer(known_by).into_iter().for_each(|value| texts(value, &mut wanted));
        }
        profile["segment_id"] = format!("use_{number}").into();
        parts.push(vec![profile.to_string()]);
    }
    write_archive(&workdir.path("export"), &parts);
    fs::write(
        workdir.path("mapping.toml"),
        "[customer]\nsource_id = [\"/traits/customer_no\", { template = \"{/external_ids/user_id}\" }, \"/traits/name\"]\nemail = \"/traits/email\"\n",
    )
    .unwrap();
    fs::write(
        workdir.path("sheet.csv"),
        "segment_id,field,corrected_value\nuse_3,source_id,other-3\nuse_7,source_id,other-7\n",
    )
    .unwrap();
    // This process is in another folder.
    let mapping = workdir.path("mapping.toml").display().to_string();
    for options in [&["transform"][..], &["transform", "--mapping", &mapping, "--corrections", "sheet.csv"]] {
        workdir.run(options, 0);
        let (made, sources) = (Made::read(&workdir), reader::sources(&[workdir.path("export")]).unwrap());
        wanted.retain(|text| !text.trim().is_empty());
        let left_out: usize = wanted.iter().map(|text| parts.len() - made.find(&sources, text).1).sum();
        assert!(left_out > wanted.len() * parts.len() / 2, "{left_out}");
    }
}

#[test]
fn parts_that_cannot_hold_somebody_are_not_read() {
    let workdir = Workdir::new();
    usual_people(&workdir);
    workdir.run(&["transform", "--threads", "1"], 0);
    let index = fs::read(workdir.path("batches/ids.index")).unwrap();
    workdir.run(&["transform", "--threads", "8"], 0);
    assert_eq!(fs::read(workdir.path("batches/ids.index")).unwrap(), index);
    let before = explained(&workdir, &["a-18"]);
    assert_eq!((&before["segment_id"], &before["found"]["line"]), (&json!("use_18"), &json!(3)));
    let whole = damage_all_but(&workdir, 5);
    assert_eq!(explained(&workdir, &["a-18"]), before);
    // Whoever is looked for in another way than the batches were made may be anywhere.
    for other in [&["a-18", "--identifier", "anonymous_id"][..], &["u-3"], &["a-18", "--batches", "none"]] {
        workdir.run(&[&["explain"], other].concat(), 1);
    }
    // Another part in the place of one that is known is read.
    for (path, bytes) in whole {
        fs::write(path, bytes).unwrap();
    }
    let mut parts = vec![vec![json!({"segment_id": "new", "external_ids": [{"id": "a-18", "type": "x"}]}).to_string()]];
    parts.push(vec![r#"{"segment_id":"use_18","external_ids":[],"traits":{}}"#.into()]);
    write_archive(&workdir.path("export"), &parts);
    let again = explained(&workdir, &["a-18"]);
    assert_eq!((&again["segment_id"], &again["fate"]), (&json!("new"), &json!("not_transformed")));
}

#[test]
fn without_a_sound_index_everything_is_read() {
    let workdir = Workdir::new();
    usual_people(&workdir);
    workdir.run(&["transform"], 0);
    let (expected, path) = (explained(&workdir, &["m9@shop.example"]), workdir.path("batches/ids.index"));
    assert_eq!(expected["segment_id"], "use_09");
    let index = fs::read(&path).unwrap();
    let last = index.len() - 1;
    for damaged in [&index[..last], &[&index[..last], &[index[last] ^ 1][..]].concat(), b""] {
        fs::write(&path, damaged).unwrap();
        assert_eq!(explained(&workdir, &["m9@shop.example"]), expected);
    }
    let said = String::from_utf8(workdir.run(&["status", "--checksums", "batches"], 3).stdout).unwrap();
    assert!(said.contains("ids.index"), "{said}");
    fs::remove_file(&path).unwrap();
    assert!(
        !String::from_utf8(workdir.run(&["status", "--checksums", "batches"], 0).stdout).unwrap().contains("ids.index")
    );
    assert_eq!(explained(&workdir, &["m9@shop.example"]), expected);
    // What another run made would be taken for this one's.
    fs::write(&path, &index).unwrap();
    fs::write(workdir.path("people"), ODD[0].0).unwrap();
    workdir.run(&["transform", "people"], 0);
    assert!(!path.exists() && manifest(&workdir.path("batches")).get("index").is_none());
}

#[test]
fn gathered_partitions_have_one_index_and_a_partition_alone_is_no_answer() {
    let workdir = Workdir::new();
    usual_people(&workdir);
    for (share, folder) in [("0/3", "p0"), ("1/3", "p1"), ("2/3", "p2")] {
        workdir.run(&["transform", "-o", folder, "--partition", share], 0);
        assert_eq!(explained(&workdir, &["u-17", "--batches", folder])["segment_id"], "use_17");
    }
    workdir.run(&["gather", "p0", "p1", "p2", "-o", "batches"], 0);
    let (made, sources) = (Made::read(&workdir), reader::sources(&[workdir.path("export")]).unwrap());
    for number in 0..40 {
        let (_, worth_reading) = made.find(&sources, &format!("a-{number}"));
        assert!((1..5).contains(&worth_reading), "{number}: {worth_reading}");
    }
    let expected = explained(&workdir, &["u-17"]);
    assert_eq!(expected["fate"], "not_sent");
    damage_all_but(&workdir, 5);
    assert_eq!(explained(&workdir, &["u-17"]), expected);
    fs::write(workdir.path("p1/ids.index"), "damaged").unwrap();
    workdir.run(&["gather", "p0", "p1", "p2", "-o", "batches"], 0);
    assert_eq!(manifest(&workdir.path("batches")).get("index"), None);
    assert!(!workdir.path("batches/ids.index").exists());
}
