//! `explain` of people whom the batches know by another id than the archive does, and where files are missing.

use std::fs;

use segment_to_voucherify::sandbox::voucherify::options::VoucherifyOptions;
use serde_json::{Value, json};

use crate::{verify::Migration, workdir::Workdir};

fn explained(workdir: &Workdir, arguments: &[&str], exit_code: i32) -> (Value, String) {
    let mut command = workdir.command();
    command.args(["explain", "--json"]).args(arguments);
    if !arguments.contains(&"--archive") {
        command.args(["--archive", "people.ndjson"]);
    }
    let output = workdir.check(&mut command, exit_code);
    (serde_json::from_slice(&output.stdout).unwrap_or_default(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn whoever_has_a_corrected_id_or_email_is_found_in_the_archive_by_it() {
    let workdir = Workdir::new();
    let person = |number: u32, id: &str| {
        json!({"segment_id": format!("use_{number}"), "external_ids": [{"type": "user_id", "id": id}],
               "traits": {"email": format!("p{number}@example.com"), "plan": "gold"}})
        .to_string()
    };
    let people = [person(1, "u1"), person(2, "anonymous"), person(3, "null"), person(4, "U-4")];
    fs::write(workdir.path("people.ndjson"), people.join("\n")).unwrap();
    let sheet = concat!(
        "segment_id,field,corrected_value\nuse_1,source_id,new-1\nuse_2,email,Other@Example.com\nuse_2,source_id,new-2\n",
        "use_3,source_id,undefined\n"
    );
    fs::write(workdir.path("sheet.csv"), sheet).unwrap();
    fs::write(
        workdir.path("mapping.toml"),
        "[customer]\nsource_id = { path = \"/external_ids/user_id\", case = \"lower\" }\nemail = \"/traits/email\"\n",
    )
    .unwrap();
    workdir.run(&["transform", "people.ndjson", "--corrections", "sheet.csv", "--mapping", "mapping.toml"], 0);
    for (wanted, segment_id, line, fate) in [
        ("new-1", "use_1", 1, "not_sent"),
        ("new-2", "use_2", 2, "not_sent"),
        ("other@example.com", "use_2", 2, "not_sent"),
        ("u-4", "use_4", 4, "not_sent"),
        ("undefined", "use_3", 3, "rejected"),
        ("u1", "use_1", 1, "not_sent"),
    ] {
        let (told, _) = explained(&workdir, &[wanted], 0);
        let found = json!([told["segment_id"], told["found"]["line"], told["fate"]]);
        assert_eq!(found, json!([segment_id, line, fate]), "{wanted}: {told}");
        assert!(told["trace"]["left_behind"].to_string().contains("/traits/plan"), "{wanted}: {told}");
    }
    let (_, said) = explained(&workdir, &["new-3"], 1);
    assert!(said.contains("nobody has the id or email `new-3`"), "{said}");
}

#[test]
fn what_can_be_told_is_told_where_origins_are_missing() {
    let migration = Migration::uploaded(25, VoucherifyOptions::default());
    let workdir = &migration.workdir;
    fs::remove_file(workdir.path("batches/origins-000002.csv.gz")).unwrap();
    for (wanted, batch, doubts) in [
        // In a batch whose origins are there, and in the one whose are not: by profile, by customer, by email.
        ("use_003", "batch-000001.json.gz", 0),
        ("use_013", "batch-000002.json.gz", 1),
        ("u013", "batch-000002.json.gz", 1),
        ("p13@example.com", "batch-000002.json.gz", 1),
        ("use_023", "batch-000003.json.gz", 0),
    ] {
        let (told, _) = explained(workdir, &[wanted], 0);
        let found = json!([told["place"]["batch"], told["fate"], told["doubts"].as_array().unwrap().len()]);
        assert_eq!(found, json!([batch, "came_over", doubts]), "{wanted}: {told}");
        if doubts > 0 {
            let doubt = told["doubts"][0].as_str().unwrap();
            assert!(doubt.contains("cannot read `batches/origins-000002.csv.gz`: No such file"), "{doubt}");
        }
    }
    // Without an archive, too.
    let (told, said) = explained(workdir, &["u013", "--archive", "nowhere"], 0);
    let words =
        "`nowhere` is not there, so that no traits are shown; where they came from: `segment-to-voucherify explain ";
    assert!(said.contains(words) && said.contains("--archive people.ndjson"), "{said}");
    assert_eq!(told["place"]["batch"], "batch-000002.json.gz", "{told}");
    // Who may be in what is damaged is not said to be nobody.
    fs::write(workdir.path("batches/batch-000002.json.gz"), "no batch").unwrap();
    let (told, _) = explained(workdir, &["u003", "--archive", "nowhere"], 0);
    assert_eq!(told["place"]["batch"], "batch-000001.json.gz", "{told}");
    for wanted in ["u013", "use_013", "nobody"] {
        let (_, said) = explained(workdir, &[wanted, "--archive", "nowhere"], 1);
        assert!(said.contains("cannot read `batches/") && said.contains("status --checksums"), "{wanted}: {said}");
    }
}
