//! Sending again: what changed, what was refused, to one target or another; and what became of every customer.

use std::{collections::HashMap, fs};

use serde_json::{Value, json};

use super::project::{Project, Says, Script, input, summary, table, write_input};
use crate::workdir::Workdir;

#[test]
fn three_changed_customers_are_sent_to_the_target_that_had_the_others() {
    let workdir = Workdir::new();
    workdir.run(&["sandbox", "--profiles", "300", "--write", "people"], 0);
    workdir.run(&["transform", "people", "--batch-customers", "40"], 0);
    let (first, second) = (Project::good(), Project::good());
    // Before the first upload there is nothing to compare with: everything is to be sent.
    for flag in ["--changed-only", "--retry-refused"] {
        let plan = summary(&workdir.check(&mut first.upload_of(&workdir, "batches", &[flag, "--dry-run"]), 0).stdout);
        assert_eq!((&plan["posts"], plan["sent"] == plan["customers"]), (&json!(7), true), "{flag}: {plan}");
    }
    for project in [&first, &second] {
        workdir.check(&mut project.upload_of(&workdir, "batches", &[]), 0);
        assert!(project.posts() > 5);
    }
    let changed = change(&workdir, 3);
    let before = first.posts();
    let plan = workdir.check(&mut first.upload_of(&workdir, "batches", &["--changed-only", "--dry-run"]), 0);
    let plan = summary(&plan.stdout);
    assert_eq!((&plan["posts"], &plan["sent"]), (&json!(1), &json!(3)));
    let again = workdir.check(&mut first.upload_of(&workdir, "batches", &["--changed-only"]), 0);
    let again = summary(&again.stdout);
    assert_eq!((&again["sent"], &again["done"], &again["posts"]), (&json!(3), &json!(3), &json!(1)), "{again}");
    let sent: Vec<Value> = first.bodies()[before..].concat();
    let ids: Vec<&str> = sent.iter().map(|customer| customer["source_id"].as_str().unwrap()).collect();
    assert_eq!(ids, changed);

    let total = summary(&workdir.check(&mut first.upload_of(&workdir, "batches", &[]), 0).stdout);
    assert_eq!((first.posts(), total["sent"].as_u64()), (before + 1, Some(first.landed().len() as u64)));
    let third = summary(&workdir.check(&mut second.upload_of(&workdir, "batches", &["--changed-only"]), 0).stdout);
    assert_eq!(third["sent"], 3, "the other target has a state of its own");
}

/// Changes the e-mail of so many profiles of the archive and transforms again; gives the ids of their customers.
fn change(workdir: &Workdir, count: usize) -> Vec<String> {
    use std::io::{Read, Write};
    let part = workdir.path("people/profiles-000001.ndjson.gz");
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(fs::File::open(&part).unwrap()).read_to_string(&mut text).unwrap();
    let (mut ids, mut lines) = (Vec::new(), String::new());
    let customers = batch_of(workdir);
    for line in text.lines() {
        let mut profile: Value = serde_json::from_str(line).unwrap_or_default();
        let customer = customers.get(profile["segment_id"].as_str().unwrap_or_default());
        if let Some(id) = customer.filter(|_| ids.len() < count && !lines.is_empty()) {
            profile["traits"]["email"] = json!("changed@example.com");
            ids.push(id.clone());
            lines.push_str(&profile.to_string());
        } else {
            lines.push_str(line);
        }
        lines.push('\n');
    }
    let mut file = flate2::write::GzEncoder::new(
        fs::File::create(workdir.path("changed.ndjson.gz")).unwrap(),
        flate2::Compression::fast(),
    );
    file.write_all(lines.as_bytes()).unwrap();
    file.finish().unwrap();
    workdir.run(&["transform", "changed.ndjson.gz", "--batch-customers", "40"], 0);
    ids
}

/// The customer of each profile that is in a batch.
fn batch_of(workdir: &Workdir) -> HashMap<String, String> {
    let mut customers = HashMap::new();
    for number in 1.. {
        let batch = workdir.path(format!("batches/batch-{number:06}.json.gz"));
        let Ok(file) = fs::File::open(batch) else { break };
        let body: Vec<Value> = serde_json::from_reader(flate2::read::MultiGzDecoder::new(file)).unwrap();
        let origins = fs::File::open(workdir.path(format!("batches/origins-{number:06}.csv.gz"))).unwrap();
        let mut origins = csv::Reader::from_reader(flate2::read::MultiGzDecoder::new(origins));
        for (customer, origin) in body.iter().zip(origins.records()) {
            customers.insert(origin.unwrap()[0].to_owned(), customer["source_id"].as_str().unwrap().to_owned());
        }
    }
    customers
}

/// Refuses these customers wherever they come, by name.
fn refusing(ids: &'static [&'static str]) -> Project {
    let bodies: std::sync::Arc<std::sync::Mutex<HashMap<usize, Vec<String>>>> = std::sync::Arc::default();
    let seen = bodies.clone();
    Project::start(Script {
        posted: Box::new(move |number, customers| {
            let ids = customers.iter().map(|customer| customer["source_id"].as_str().unwrap().to_owned()).collect();
            seen.lock().unwrap().insert(number, ids);
            None
        }),
        asked: Box::new(move |_, action| {
            let number: usize = action.split('_').nth(1).unwrap().parse().unwrap();
            let body = bodies.lock().unwrap()[&number].clone();
            let refused: Vec<&String> = body.iter().filter(|id| ids.contains(&id.as_str())).collect();
            let errors: Vec<Value> =
                refused.iter().map(|id| json!({"source_id": id, "key": "k", "message": "m", "details": "d"})).collect();
            let result = json!({"done_count": body.len() - refused.len(), "failed_count": refused.len(), "errors": errors, "reports": ["/report"]});
            Some(Says::status(200, &json!({"status": "DONE", "result": result})))
        }),
        report: Some(Says::Answer(
            200,
            vec![],
            "source_id,found,updated\nu1,false,true\nu2,true,true\nu3,true,false\nu4,false,true\n".into(),
        )),
        ..Script::default()
    })
}

#[test]
fn refused_customers_of_several_batches_are_tried_again_in_one_request() {
    let (workdir, project) = (input(&[&[1, 2, 3], &[4, 5, 6], &[7, 8]]), refusing(&["u2", "u6"]));
    workdir.check(&mut project.upload(&workdir, &["--tables", "xlsx"]), 3);
    let rows = |workdir: &Workdir| table(&workdir.path(format!("receipts/{}/refused.csv", project.target())));
    assert_eq!(rows(&workdir).len(), 2);
    let workbook = workdir.path(format!("receipts/{}/refused.xlsx", project.target()));
    let refused = &crate::workbooks::sheets(&workbook)["refused"];
    assert_eq!(refused[1..], [["", "u2", "-", "k", "m", "d", "", ""], ["", "u6", "-", "k", "m", "d", "", ""]]);
    let plan = summary(&workdir.check(&mut project.upload(&workdir, &["--retry-refused", "--dry-run"]), 0).stdout);
    assert_eq!((&plan["posts"], &plan["sent"], &plan["done"]), (&json!(1), &json!(2), &json!(1)));
    let still = summary(&workdir.check(&mut project.upload(&workdir, &["--retry-refused"]), 3).stdout);
    assert_eq!((project.posts(), &still["sent"], &still["refused"]), (4, &json!(8), &json!(2)));
    let ids: Vec<Value> = project.bodies()[3].iter().map(|customer| customer["source_id"].clone()).collect();
    assert_eq!(ids, ["u2", "u6"]);
    project.heal();
    let well = summary(&workdir.check(&mut project.upload(&workdir, &["--retry-refused"]), 0).stdout);
    assert_eq!((&well["done"], &well["refused"]), (&json!(8), &json!(0)));
    assert!(rows(&workdir).is_empty() && !workbook.exists(), "the one of an earlier run would be taken for this one's");
}

#[test]
fn what_changed_and_is_refused_is_known_by_its_batch_and_origin() {
    let workdir = Workdir::new();
    fs::write(
        workdir.path("people.ndjson"),
        (1..=4).fold(String::new(), |lines, number| {
            lines + &json!({"segment_id": format!("use_{number}"), "external_ids": {"user_id": format!("u{number}")}, "traits": {"name": "n"}}).to_string() + "\n"
        }),
    )
    .unwrap();
    workdir.run(&["transform", "people.ndjson", "--batch-customers", "2"], 0);
    let project = refusing(&["u3"]);
    workdir.check(&mut project.upload_of(&workdir, "batches", &[]), 3);
    let changed = fs::read_to_string(workdir.path("people.ndjson")).unwrap();
    let changed: String = changed.lines().map(|line| if line.contains("u2") || line.contains("u3") { line.replace(r#""name":"n""#, r#""name":"new""#) } else { line.to_owned() } + "\n").collect();
    fs::write(workdir.path("people.ndjson"), changed).unwrap();
    workdir.run(&["transform", "people.ndjson", "--batch-customers", "2"], 0);
    let again = summary(
        &workdir
            .check(&mut project.upload_of(&workdir, "batches", &["--changed-only", "--outcomes", "outcomes.csv"]), 3)
            .stdout,
    );
    assert_eq!((&again["sent"], &again["done"], &again["refused"]), (&json!(2), &json!(1), &json!(1)), "{again}");
    let rows = table(&workdir.path(format!("batches/receipts/{}/refused.csv", project.target())));
    let new = rows.iter().find(|row| row[2] == "batch-000002.json.gz").unwrap();
    assert_eq!(new[..8], ["use_3", "u3", "batch-000002.json.gz", "k", "m", "d", "people.ndjson", "3"]);
    let outcomes: Vec<String> =
        table(&workdir.path("outcomes.csv")).iter().map(|row| format!("{} {} {}", row[0], row[1], row[3])).collect();
    assert_eq!(outcomes, ["use_1 u1 unchanged", "use_2 u2 updated", "use_3 u3 refused", "use_4 u4 unchanged"]);
    let known = summary(&workdir.check(&mut project.upload_of(&workdir, "batches", &[]), 3).stdout);
    assert_eq!(
        (&known["sent"], &known["done"], &known["posts"]),
        (&json!(4), &json!(3), &json!(0)),
        "batches have receipts"
    );
}

#[test]
fn outcomes_tell_of_every_customer_and_balance_with_the_books() {
    let (workdir, project) = (input(&[&[1, 2, 3], &[4, 5]]), refusing(&["u3"]));
    let run = summary(&workdir.check(&mut project.upload(&workdir, &["--outcomes", "outcomes.csv"]), 3).stdout);
    let told = |workdir: &Workdir| -> Vec<String> {
        table(&workdir.path("outcomes.csv"))
            .iter()
            .map(|row| [&row[1], &row[3], &row[4]].map(String::as_str).join(" "))
            .collect()
    };
    let first = told(&workdir);
    assert_eq!(first, ["u1 created ", "u2 updated ", "u3 refused k", "u4 created ", "u5 taken "]);
    assert_eq!((&run["done"], &run["refused"]), (&json!(4), &json!(1)));
    fs::remove_file(workdir.path("outcomes.csv")).unwrap();
    workdir.check(&mut project.upload(&workdir, &["--outcomes", "outcomes.csv"]), 3);
    assert_eq!((told(&workdir), project.posts()), (first, 2), "a later run knows it, too");
    // What an earlier run did without being asked for outcomes is told as far as its receipts know.
    write_input(&workdir.path("input.ndjson"), &[&[1, 2, 3], &[6]], |_| "n".into());
    let waiting = workdir.check(&mut project.upload(&workdir, &["--no-wait", "--outcomes", "outcomes.csv"]), 3);
    assert_eq!(summary(&waiting.stdout)["waiting"], 1);
    assert_eq!(told(&workdir)[3], "u6 unknown ");
}

#[test]
fn what_was_packed_and_left_is_collected_by_any_later_run() {
    let (workdir, project) = (input(&[&[1, 2, 3], &[4, 5]]), Project::good());
    workdir.check(&mut project.upload(&workdir, &[]), 0);
    let new = |number| if number == 2 { "new".to_owned() } else { "n".into() };
    write_input(&workdir.path("input.ndjson"), &[&[1, 2, 3], &[4, 5]], new);
    let left = summary(&workdir.check(&mut project.upload(&workdir, &["--changed-only", "--no-wait"]), 0).stdout);
    assert_eq!((&left["sent"], &left["waiting"], &left["unchanged"]), (&json!(1), &json!(1), &json!(4)));
    let known = summary(&workdir.check(&mut project.upload(&workdir, &[]), 0).stdout);
    assert_eq!((&known["sent"], &known["done"]), (&json!(5), &json!(5)));
    assert_eq!(project.posts(), 3, "the batch learned its end from the request that was left");
}

#[test]
fn a_batch_that_comes_twice_is_sent_once() {
    let (workdir, project) = (input(&[&[1, 2], &[3], &[1, 2]]), Project::good());
    let run = summary(&workdir.check(&mut project.upload(&workdir, &[]), 0).stdout);
    assert_eq!((project.posts(), &run["sent"]), (2, &json!(3)));
}

#[test]
fn batches_that_are_older_than_their_archive_are_told() {
    let (workdir, project) = (Workdir::new(), Project::good());
    workdir.run(&["sandbox", "--profiles", "60", "--write", "people"], 0);
    workdir.run(&["transform", "people"], 0);
    let upload = |flags: &[&str], code| {
        let run = workdir.check(&mut project.upload_of(&workdir, "batches", flags), code);
        String::from_utf8(run.stderr).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert!(!upload(&["--dry-run"], 0).contains("archive"), "it is as it was");
    std::fs::rename(workdir.path("people"), workdir.path("elsewhere")).unwrap();
    assert!(upload(&["--dry-run"], 0).contains("whether it has changed since is not checked"));
    workdir.run(&["sandbox", "--profiles", "70", "--write", "people"], 0);
    assert!(upload(&["--dry-run"], 3).contains("`people` holds other profiles than when these batches were made"));
    let words = upload(&[], 3);
    let (before, after) = words.split_once("upload: done").unwrap();
    let told = "`people` holds other profiles than when these batches were made";
    assert!(before.contains(told), "before anything is sent: {words}");
    assert!(after.contains(told), "and in the summary: {words}");
    workdir.run(&["transform", "people"], 0);
    assert!(!upload(&["--changed-only"], 0).contains("holds other profiles"));
}

#[test]
fn the_tables_of_an_upload_have_no_cell_that_a_spreadsheet_rewrites() {
    let workdir = Workdir::new();
    let ids = ["=1+1", "+46701740605", "007", "u1"];
    let person = |(number, id): (usize, &&str)| {
        json!({"segment_id": format!("use_{number}"), "external_ids": {"user_id": id}, "traits": {}}).to_string() + "\n"
    };
    fs::write(workdir.path("people"), ids.iter().enumerate().map(person).collect::<String>()).unwrap();
    workdir.run(&["transform", "people"], 0);
    let project = refusing(&["=1+1", "007"]);
    for (dialect, guard) in [("excel", "'"), ("plain", "")] {
        let flags = ["--outcomes", "outcomes.csv", "--csv", dialect, "--force"];
        workdir.check(&mut project.upload_of(&workdir, "batches", &flags), 3);
        let refused = workdir.path(format!("batches/receipts/{}/refused.csv", project.target()));
        let [refused, outcomes] = [refused, workdir.path("outcomes.csv")].map(|path| fs::read_to_string(path).unwrap());
        for id in &ids[..3] {
            assert!(outcomes.contains(&format!(",{guard}{id},batch-000001.json.gz,")), "{dialect} {id}\n{outcomes}");
            let listed = refused.contains(&format!(",{guard}{id},batch-000001.json.gz,"));
            assert_eq!(listed, *id != "+46701740605", "{dialect} {id}\n{refused}");
        }
        assert!(outcomes.contains(",u1,batch-000001.json.gz,"), "{outcomes}");
    }
}
