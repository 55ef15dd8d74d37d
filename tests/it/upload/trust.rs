//! What a server or a folder says is data: it steers no call, names no path, and asks for no wait that nobody would make.

use std::{fs, time::Instant};

use serde_json::{Value, json};

use super::project::{Project, Says, Script, input, side_by_side, summary, table};

fn says(workdir: &crate::workdir::Workdir, project: &Project, flags: &[&str], exit_code: i32) -> String {
    String::from_utf8(workdir.check(&mut project.upload(workdir, flags), exit_code).stderr).unwrap()
}

fn limited(headers: Vec<(&'static str, &'static str)>) -> Project {
    Project::posting(move |number, _| (number == 1).then(|| Says::Answer(429, headers.clone(), "{}".into())))
}

#[test]
fn every_form_of_a_wait_is_kept_to_by_the_servers_clock() {
    let then = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
    for (headers, least, most) in [
        (vec![("retry-after", "0")], 0.9, 4.0),
        (vec![("retry-after", "1.5")], 1.4, 5.0),
        (vec![then, ("retry-after", "Sun, 06 Nov 1994 08:49:39 GMT")], 1.9, 6.0),
        (vec![then, ("retry-after", "Sunday, 06-Nov-94 08:49:39 GMT")], 1.9, 6.0),
        (vec![("date", "Sun, 09 Sep 2001 01:46:40 GMT"), ("x-rate-limit-retry", "1000000002")], 1.9, 6.0),
        (vec![("date", "Sun, 09 Sep 2001 01:46:40 GMT"), ("retry-after", "1000000002")], 1.9, 6.0),
    ] {
        let (workdir, project, started) = (input(&[&[1, 2]]), limited(headers.clone()), Instant::now());
        workdir.check(&mut project.upload(&workdir, &[]), 0);
        let took = started.elapsed().as_secs_f64();
        assert!(took >= least && took < most + 20.0, "{headers:?}: {took}");
        assert_eq!(project.posts(), 2, "{headers:?}");
    }
}

#[test]
fn a_wait_that_nobody_would_make_ends_the_run_and_is_told() {
    let cases = [
        ("86400", "1 d 0 h"),
        ("3601", "1 h 0 min"),
        ("18446744073709551615", "3650 d 0 h"),
        ("1e99", "3650 d 0 h"),
        ("Sun, 06 Nov 1994 10:49:37 GMT", "2 h 0 min"),
    ];
    side_by_side(&cases, |(asked, told)| {
        for status in [429, 503] {
            let headers = vec![("date", "Sun, 06 Nov 1994 08:49:37 GMT"), ("retry-after", *asked)];
            let project = Project::posting(move |_, _| Some(Says::Answer(status, headers.clone(), "{}".into())));
            let workdir = input(&[&[1, 2]]);
            let words = says(&workdir, &project, &[], 1);
            assert!(words.contains(&format!("asks to wait {told}")), "{status} {asked}: {words}");
            assert!(!words.contains("kept:"), "nothing was sent: {words}");
            assert_eq!(project.posts(), 1, "{status} {asked}");
        }
    });
}

/// One batch whose action tells of a report at this address.
fn reporting(address: &'static str, report: Option<Says>) -> Project {
    let done =
        json!({"status": "DONE", "result": {"done_count": 2, "failed_count": 0, "errors": [], "reports": [address]}});
    Project::start(Script { asked: Box::new(move |_, _| Some(Says::status(200, &done))), report, ..Script::default() })
}

#[test]
fn a_report_is_fetched_from_the_apis_own_hosts_only() {
    let table_of = |rows: &str| Some(Says::Answer(200, vec![], format!("source_id,found,updated\n{rows}")));
    let elsewhere = Says::Answer(302, vec![("location", "/report?again")], String::new());
    for (address, report, outcomes, fetched) in [
        ("/report", table_of("u1,true,true\nu2,false,true\nstranger,true,true\n"), ["updated", "created"], true),
        ("/report", table_of("u1,true,false\nu2,false,true\n"), ["as it was", "created"], true),
        ("/report", Some(elsewhere), ["taken", "taken"], true),
        ("http://192.0.2.1/report", None, ["taken", "taken"], false),
        ("https://storage.example.com/report", None, ["taken", "taken"], false),
        ("file:///etc/passwd", None, ["taken", "taken"], false),
        ("http://[", None, ["taken", "taken"], false),
    ] {
        let (workdir, project) = (input(&[&[1, 2]]), reporting(address, report));
        workdir.check(&mut project.upload(&workdir, &["--outcomes", "outcomes.csv"]), 0);
        let found: Vec<String> = table(&workdir.path("outcomes.csv")).iter().map(|row| row[3].clone()).collect();
        assert_eq!(found, outcomes, "{address}");
        let asked = project.take_asked().iter().filter(|asked| *asked == "report").count();
        assert_eq!(asked, usize::from(fetched), "{address}");
    }
}

#[test]
fn outcomes_are_kept_unless_nobody_wants_them() {
    let report = Says::Answer(200, vec![], "source_id,found,updated\nu1,true,true\nu2,false,true\n".into());
    for (flags, reports) in [(&[][..], 1), (&["--no-outcomes"], 0)] {
        let (workdir, project) = (input(&[&[1, 2]]), reporting("/report", Some(report.clone())));
        workdir.check(&mut project.upload(&workdir, flags), 0);
        assert_eq!(project.take_asked().iter().filter(|asked| *asked == "report").count(), reports, "{flags:?}");
        assert_eq!(workdir.path(format!("receipts/{}/outcomes", project.target())).exists(), reports == 1);
    }
}

#[test]
fn an_actions_id_is_one_element_of_a_path() {
    for id in ["../customers/bulk?x=1#y", "a/b", "%2e%2e", "aa 1"] {
        let answer = json!({"async_action_id": id}).to_string();
        let project = Project::start(Script {
            posted: Box::new(move |_, _| Some(Says::Answer(202, vec![], answer.clone()))),
            asked: Box::new(|_, _| {
                Some(Says::status(200, &json!({"status": "DONE", "result": {"done_count": 1, "failed_count": 0}})))
            }),
            ..Script::default()
        });
        let workdir = input(&[&[1]]);
        workdir.check(&mut project.upload(&workdir, &[]), 0);
        assert_eq!(project.take_asked(), ["list", id]);
        assert_eq!(project.posts(), 1);
    }
}

#[test]
fn an_answer_that_no_api_gives_is_an_error_and_no_panic() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let cases: Vec<(&str, String, &str)> = vec![
        ("huge", "x".repeat(70 << 20), "larger than 64 MB"),
        ("crowded", format!("[{}1]", "1,".repeat(1_000_001)), "more than 1,000,000 values"),
        ("deep", format!(r#"{{"status":"DONE","result":{deep}}}"#), "cannot be understood"),
        ("no status", r#"{"status":18446744073709551616}"#.into(), "cannot be understood"),
    ];
    side_by_side(&cases, |(name, body, expected)| {
        let body = body.clone();
        let project = Project::asking(move |_, _| Some(Says::Answer(200, vec![], body.clone())));
        let workdir = input(&[&[1, 2]]);
        let words = says(&workdir, &project, &[], 1);
        assert!(words.contains(expected) && words.contains("kept: the receipts"), "{name}: {words}");
        project.heal();
        workdir.check(&mut project.upload(&workdir, &[]), 0);
        assert_eq!(project.posts(), 1, "{name}");
    });
    let huge = "99999999999999999999999999";
    let counts = format!(r#"{{"status":"DONE","result":{{"done_count":{huge},"failed_count":-1,"progress":1e999}}}}"#);
    let project = Project::asking(move |_, _| Some(Says::Answer(200, vec![], counts.clone())));
    let workdir = input(&[&[1, 2]]);
    let told = summary(&workdir.check(&mut project.upload(&workdir, &[]), 3).stdout);
    assert_eq!((&told["sent"], &told["unknown"]), (&json!(2), &json!(2)));
}

#[test]
fn what_a_receipt_calls_a_hash_is_one() {
    let (workdir, project) = (input(&[&[1, 2]]), Project::good());
    workdir.check(&mut project.upload(&workdir, &[]), 0);
    let folder = workdir.path(format!("receipts/{}", project.target()));
    let receipts: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    let [path] = &receipts[..] else { panic!("{receipts:?}") };
    let good: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    for (member, value) in [
        ("sha256", json!("../../victim")),
        ("sha256", json!("A".repeat(64))),
        ("pieces", json!(["/tmp/victim"])),
        ("pieces", json!([""])),
    ] {
        let mut bad = good.clone();
        bad[member] = value;
        fs::write(path, bad.to_string()).unwrap();
        let words = says(&workdir, &project, &[], 1);
        assert!(words.contains(path.file_name().unwrap().to_str().unwrap()) && words.contains(member), "{words}");
        assert_eq!(project.posts(), 1);
    }
    // A link among the receipts is none of them, and what it leads to stays as it is.
    fs::write(path, good.to_string()).unwrap();
    fs::write(workdir.path("elsewhere.json"), "theirs").unwrap();
    std::os::unix::fs::symlink(workdir.path("elsewhere.json"), folder.join("linked.json")).unwrap();
    workdir.check(&mut project.upload(&workdir, &["--force"]), 0);
    assert_eq!(fs::read_to_string(workdir.path("elsewhere.json")).unwrap(), "theirs");
}

#[test]
fn work_that_the_server_lost_is_asked_about_and_sent_again_only_by_force() {
    let missing = Says::status(404, &json!({"code": 404, "key": "not_found", "message": "m"}));
    let (workdir, project) = (input(&[&[1, 2]]), Project::asking(move |_, _| Some(missing.clone())));
    let lost = summary(&workdir.check(&mut project.upload(&workdir, &[]), 3).stdout);
    assert_eq!((&lost["waiting"], &lost["lost"]), (&json!(2), &json!(2)));
    for _ in 0..2 {
        project.take_asked();
        workdir.check(&mut project.upload(&workdir, &[]), 3);
        assert_eq!((project.posts(), project.take_asked().len()), (1, 1), "it is asked about once a run");
    }
    workdir.check(&mut project.upload(&workdir, &["--force"]), 3);
    assert_eq!(project.posts(), 2);
    project.heal();
    workdir.check(&mut project.upload(&workdir, &[]), 0);
    assert_eq!(project.posts(), 2);
}

#[test]
fn the_project_is_named_before_anything_is_sent() {
    let refusing = Project::posting(|_, _| Some(Says::status(403, &json!({"message": "no"}))));
    let workdir = input(&[&[1]]);
    let words = says(&workdir, &refusing, &[], 1);
    assert!(words.contains("uploading to the project of application `app` at 127.0.0.1:"), "{words}");
    assert!(words.contains("may be sent messages and given points; pause those first"), "{words}");
    refusing.heal();
    says(&workdir, &refusing, &[], 0);
    let again = says(&workdir, &refusing, &[], 0);
    assert!(!again.contains("pause those first"), "only the first time: {again}");
}

#[test]
fn an_action_that_is_not_known_yet_is_asked_about_again_and_nothing_is_posted_twice() {
    let unknown = || Says::status(404, &json!({"code": 404, "key": "not_found", "message": "m"}));
    let at_work = || Says::status(200, &json!({"status": "IN_PROGRESS"}));
    let odd = || Says::status(200, &json!({"status": "SUSPENDED"}));
    let broken = || Says::status(500, &json!({"key": "k", "message": "m"}));
    let cases = [
        ("three times", vec![unknown(), unknown(), unknown()]),
        ("as often as odd answers are borne", (0..7).map(|_| unknown()).collect()),
        ("between other odd answers", vec![unknown(), odd(), broken(), unknown()]),
        ("known, and then not", vec![at_work(), unknown(), unknown(), at_work()]),
    ];
    side_by_side(&cases, |(name, answers)| {
        let answers = answers.clone();
        let project = Project::asking(move |number, _| answers.get(number - 1).cloned());
        let workdir = input(&[&[1, 2], &[3]]);
        let told = summary(&workdir.check(&mut project.upload(&workdir, &[]), 0).stdout);
        assert_eq!((&told["done"], &told["unknown"], project.posts()), (&json!(3), &json!(0), 2), "{name}");
        workdir.check(&mut project.upload(&workdir, &[]), 0);
        assert_eq!(project.posts(), 2, "{name}");
    });
}
