//! `verify`: what a project holds against what was sent, through whatever the vendor's exports may be like.

use std::{fs, path::PathBuf, process::Command};

use reqwest::{Client, Method};
use segment_to_voucherify::sandbox::{
    APPLICATION_ID, SECRET_KEY, Sandbox, SandboxOptions,
    voucherify::{
        faults::FaultKind,
        options::{ExportColumns, ExportLabels, ExportMetadata, ExportOptions, VoucherifyOptions},
    },
};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::{
    upload::project::{side_by_side, table},
    workdir::Workdir,
};

/// Batches of people, and the project that they are sent to.
pub(crate) struct Migration {
    pub(crate) workdir: Workdir,
    pub(crate) sandbox: Sandbox,
    client: Client,
    runtime: Runtime,
}

impl Migration {
    /// Transforms so many people in batches of ten, for a project with these knobs that defines `tier` and `points`.
    pub(crate) fn of(people: u32, options: VoucherifyOptions) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let workdir = Workdir::new();
        let schema = json!({"object": "list", "schemas": [{"related_object": "customer", "properties": {
            "tier": {"type": "string", "optional": true}, "points": {"type": "number", "optional": true}}}]});
        fs::write(workdir.path("schema.json"), schema.to_string()).unwrap();
        let line = |number| {
            json!({"segment_id": format!("use_{number:03}"), "external_ids": {"user_id": format!("u{number:03}")},
                "traits": {"name": format!("Person, {number} \"x\"\nline"), "email": format!("p{number}@example.com"),
                    "birthdate": "1990-02-28", "address": {"city": "Bath", "street": "1 High Street"},
                    "metadata": {"tier": "gold", "points": number, "free": true}}})
            .to_string()
        };
        let lines: Vec<String> = (1..=people).map(line).collect();
        fs::write(workdir.path("people.ndjson"), lines.join("\n")).unwrap();
        workdir.run(&["transform", "people.ndjson", "--batch-customers", "10"], 0);
        let voucherify =
            VoucherifyOptions { queue_ms: 0, metadata_schema: Some(workdir.path("schema.json")), ..options };
        let runtime = Runtime::new().unwrap();
        let options = SandboxOptions { profiles: 0, voucherify, ..SandboxOptions::default() };
        let sandbox = runtime.block_on(Sandbox::start(options)).unwrap();
        Self { workdir, sandbox, client: Client::builder().no_proxy().build().unwrap(), runtime }
    }

    /// The same, uploaded.
    pub(crate) fn uploaded(people: u32, options: VoucherifyOptions) -> Self {
        let migration = Self::of(people, options);
        migration.workdir.check(&mut migration.command(&["upload"]), 0);
        migration
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.workdir.command();
        command.args(arguments).env("VOUCHERIFY_APPLICATION_ID", APPLICATION_ID);
        command.env("VOUCHERIFY_SECRET_KEY", SECRET_KEY).env("VOUCHERIFY_API_URL", self.sandbox.voucherify_url());
        command
    }

    fn verify(&self, flags: &[&str], exit_code: i32) -> Value {
        let run = self.workdir.check(self.command(&["verify", "--json", "--csv", "plain"]).args(flags), exit_code);
        serde_json::from_slice(&run.stdout).unwrap_or_default()
    }

    fn words(&self, flags: &[&str], exit_code: i32) -> String {
        String::from_utf8(self.workdir.check(self.command(&["verify"]).args(flags), exit_code).stderr).unwrap()
    }

    /// Calls the project as somebody else.
    pub(crate) fn call(&self, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
        let url = format!("{}{path}", self.sandbox.voucherify_url());
        let mut request = self.client.request(method, url);
        request = request.header("X-App-Id", APPLICATION_ID).header("X-App-Token", SECRET_KEY);
        if let Some(body) = body {
            request = request.header("Content-Type", "application/json").body(body.to_string());
        }
        self.runtime.block_on(async {
            let response = request.send().await.unwrap();
            let (status, body) = (response.status().as_u16(), response.bytes().await.unwrap());
            (status, serde_json::from_slice(&body).unwrap_or_default())
        })
    }

    pub(crate) fn target(&self) -> PathBuf {
        let targets = fs::read_dir(self.workdir.path("batches/receipts")).unwrap();
        targets.map(|entry| entry.unwrap().path()).find(|path| path.is_dir()).unwrap()
    }

    /// `source_id verdict field held` of each row of the table.
    fn rows(&self) -> Vec<String> {
        let rows = table(&self.target().join("verify.csv"));
        rows.iter().map(|row| [&row[1], &row[2], &row[3], &row[5]].map(String::as_str).join(" ")).collect()
    }

    pub(crate) fn exports(&self) -> usize {
        self.call(Method::GET, "/v1/exports", None).1["exports"].as_array().unwrap().len()
    }
}

/// same, differs, missing, refused, not checkable.
fn books(summary: &Value) -> [u64; 5] {
    let verified = &summary["verified"];
    let books = ["same", "differs", "missing", "refused", "not_checkable"].map(|name| verified[name].as_u64().unwrap());
    assert_eq!(books.iter().sum::<u64>(), verified["customers"].as_u64().unwrap(), "{summary}");
    books
}

fn with_exports(exports: ExportOptions) -> VoucherifyOptions {
    VoucherifyOptions { exports, ..VoucherifyOptions::default() }
}

/// Changes what others may change, and gives the rows that are to be found.
fn spoil(migration: &Migration) -> Vec<&'static str> {
    let put = |id: &str, change: Value| {
        assert_eq!(migration.call(Method::PUT, &format!("/v1/customers/{id}"), Some(&change)).0, 200, "{id}");
    };
    put("u003", json!({"name": "Somebody"}));
    put("u007", json!({"email": null}));
    put("u011", json!({"metadata": {"tier": "silver", "points": 11, "free": true}}));
    put("u012", json!({"address": {"city": "Rome", "line_1": "1 High Street"}}));
    put("u029", json!({"birthdate": "1990-03-01", "name": ""}));
    for id in ["u001", "u030"] {
        assert_eq!(migration.call(Method::DELETE, &format!("/v1/customers/{id}"), None).0, 204);
    }
    vec![
        "u001 missing  ",
        "u003 differs name Somebody",
        "u007 differs email ",
        "u011 differs metadata.tier silver",
        "u012 differs address.city Rome",
        "u029 differs name ",
        "u029 differs birthdate 1990-03-01",
        "u030 missing  ",
    ]
}

#[test]
fn exactly_what_was_spoiled_is_found_with_its_fields_and_origins() {
    let migration = Migration::uploaded(30, VoucherifyOptions::default());
    let same = migration.verify(&[], 0);
    assert_eq!(books(&same), [30, 0, 0, 0, 0]);
    let hidden = json!({"metadata.free": 30, "system_metadata": 30});
    assert_eq!((&same["verified"]["fields_not_checkable"], &same["rows"]), (&hidden, &json!(0)));
    let expected = spoil(&migration);
    let before = migration.sandbox.counts().voucherify_calls;
    let found = migration.verify(&["--tables", "xlsx"], 3);
    assert_eq!(books(&found), [23, 5, 2, 0, 0]);
    assert_eq!(migration.rows(), expected);
    let workbook = crate::workbooks::sheets(&migration.target().join("verify.xlsx"));
    assert_eq!(workbook["verify"][1..], table(&migration.target().join("verify.csv"))[..]);
    let calls = migration.sandbox.counts().voucherify_calls - before;
    assert_eq!((found["calls"].as_u64(), calls), (Some(4), 4), "schema, export, question, deletion");
    let rows = table(&migration.target().join("verify.csv"));
    assert_eq!(
        (&*rows[1][0], &*rows[1][6], &*rows[1][7], &*rows[1][8]),
        ("use_003", "batch-000001.json.gz", "people.ndjson", "3")
    );
    assert_eq!(migration.exports(), 0, "nothing is left at the vendor's");
}

#[test]
fn exports_of_every_form_say_the_same() {
    let options = ExportOptions::default;
    let cases = [
        ("labels of fields", ExportOptions { export_labels: ExportLabels::Fields, ..options() }, 0),
        ("one cell", ExportOptions { export_metadata: ExportMetadata::Cell, ..options() }, 0),
        ("all metadata", ExportOptions { export_metadata: ExportMetadata::Whole, ..options() }, 0),
        ("slow", ExportOptions { export_scheduled_ms: Some(700), export_in_progress_ms: 500, ..options() }, 0),
        ("others", ExportOptions { crowd: 3_000, ..options() }, 3_000),
    ];
    side_by_side(&cases, |(name, exports, others)| {
        let migration = Migration::uploaded(30, with_exports(exports.clone()));
        let expected = spoil(&migration);
        let found = migration.verify(&[], 3);
        assert_eq!((books(&found), &found["verified"]["others"]), ([23, 5, 2, 0, 0], &json!(others)), "{name}");
        assert_eq!(migration.rows(), expected, "{name}");
    });
    // Labels that nobody knows: metadata cannot be told apart, and that is said.
    let exports = ExportOptions { export_labels: ExportLabels::Unknown, ..options() };
    let migration = Migration::uploaded(30, with_exports(exports));
    let expected: Vec<_> = spoil(&migration).into_iter().filter(|row| !row.contains("metadata")).collect();
    let found = migration.verify(&[], 3);
    assert_eq!(
        (books(&found), migration.rows()),
        ([24, 4, 2, 0, 0], expected.iter().map(ToString::to_string).collect())
    );
    assert_eq!(found["verified"]["fields_not_checkable"]["metadata.tier"], 28);
}

#[test]
fn an_export_that_is_not_what_was_asked_for_compares_nothing() {
    let columns = |export_columns| with_exports(ExportOptions { export_columns, ..ExportOptions::default() });
    let fault =
        |kind: FaultKind| VoucherifyOptions { voucherify_fault: vec![kind.into()], ..VoucherifyOptions::default() };
    let cases = [
        (columns(ExportColumns::Alphabetical), "was asked for there"),
        (columns(ExportColumns::OneMore), "`Consents`, which was not asked for"),
        (fault(FaultKind::ExportStuck), "the export is not finished after"),
        (fault(FaultKind::ExportError), "the server gave the export up"),
        (fault(FaultKind::ExportUnknownStatus), "its status is `SUSPENDED`"),
        (fault(FaultKind::ExportNoUrl), "it is done, and has no address"),
        (fault(FaultKind::ExportGone), "answers 404"),
        (fault(FaultKind::DownloadToken), "fresh addresses in a row were refused"),
        (fault(FaultKind::Download500), "500"),
        (fault(FaultKind::DownloadReset), "the export cannot be fetched"),
        (fault(FaultKind::DownloadCut), "the export cannot be fetched"),
        (fault(FaultKind::DownloadShort), "the export is cut"),
        (fault(FaultKind::DownloadHtml), "it has 1 columns"),
    ];
    side_by_side(&cases, |(options, words)| {
        let migration = Migration::uploaded(20, options.clone());
        let said = migration.words(&["--patience", "8"], 1);
        assert!(said.contains(words), "{words}: {said}");
        assert!(!migration.target().join("verify.csv").exists() && !migration.target().join("verify").exists());
        assert!(migration.exports() <= 1, "{words}");
    });
}

#[test]
fn a_fault_that_passes_is_survived() {
    let once = |kind: FaultKind| {
        let fault = format!("{}:1", clap::ValueEnum::to_possible_value(&kind).unwrap().get_name());
        VoucherifyOptions { voucherify_fault: vec![fault.parse().unwrap()], ..VoucherifyOptions::default() }
    };
    let kinds = [
        FaultKind::ExportUnknownStatus,
        FaultKind::DownloadToken,
        FaultKind::Download500,
        FaultKind::DownloadReset,
        FaultKind::DownloadCut,
        FaultKind::DownloadShort,
    ];
    side_by_side(&kinds, |kind| {
        if matches!(kind, FaultKind::ExportUnknownStatus) {
            return;
        }
        let migration = Migration::uploaded(20, once(*kind));
        assert_eq!(books(&migration.verify(&[], 0)), [20, 0, 0, 0, 0], "{kind:?}");
        assert_eq!(migration.exports(), 0, "{kind:?}");
    });
}

#[test]
fn what_was_not_sent_is_not_compared_and_what_was_refused_is_not_missing() {
    let migration =
        Migration::of(20, VoucherifyOptions { refuse: vec!["u002".into()], ..VoucherifyOptions::default() });
    let said = migration.words(&[], 2);
    assert!(said.contains("there is nothing to compare") && said.contains("segment-to-voucherify upload"), "{said}");
    assert!(migration.words(&["nowhere"], 2).contains("there is no folder of batches `nowhere`"));
    migration.workdir.check(&mut migration.command(&["upload", "--no-wait"]), 0);
    let said = migration.words(&[], 1);
    assert!(said.contains("2 batches accepted and not finished") && said.contains("voucherify upload"), "{said}");
    migration.workdir.check(&mut migration.command(&["upload"]), 3);
    let found = migration.verify(&[], 0);
    assert_eq!(books(&found), [19, 0, 0, 1, 0]);
    assert_eq!(migration.rows(), ["u002 refused  "]);
    let receipt = migration.target().join("batch-000002.json");
    fs::remove_file(receipt).unwrap();
    let part = migration.verify(&[], 3);
    assert_eq!((&part["verified"]["compared"], &part["verified"]["batches"]), (&json!(1), &json!(2)));
    assert_eq!(books(&part), [9, 0, 0, 1, 0]);
}

#[test]
fn a_sample_shows_what_no_export_does() {
    let migration = Migration::uploaded(20, VoucherifyOptions::default());
    for number in 1..=20 {
        let change = json!({"metadata": {"tier": "gold", "points": number, "free": false}});
        migration.call(Method::PUT, &format!("/v1/customers/u{number:03}"), Some(&change));
    }
    assert_eq!(books(&migration.verify(&[], 0)), [20, 0, 0, 0, 0], "no export shows it");
    let found = migration.verify(&["--sample", "5"], 3);
    assert_eq!((books(&found), &found["verified"]["sampled"]), ([15, 5, 0, 0, 0], &json!(5)));
    assert!(migration.rows().iter().all(|row| row.ends_with("differs metadata.free false")), "{:?}", migration.rows());
    assert_eq!(found["calls"], 9);
}

#[test]
fn a_plan_makes_no_call() {
    let migration = Migration::uploaded(20, VoucherifyOptions::default());
    let before = migration.sandbox.counts();
    let plan = migration.verify(&["--dry-run", "--sample", "3"], 0);
    assert_eq!((&plan["customers"], &plan["calls"], migration.sandbox.counts()), (&json!(20), &json!(7), before));
}

#[test]
fn a_comparison_that_dies_at_any_write_leaves_nothing_behind() {
    let moments: Vec<u32> = (1..=16).collect();
    let survived = std::sync::atomic::AtomicUsize::new(0);
    side_by_side(&moments, |moment| {
        let migration = Migration::uploaded(20, VoucherifyOptions::default());
        let mut first = migration.command(&["verify"]);
        let first = first.env("DIE_AT_WRITE", moment.to_string()).output().unwrap();
        if first.status.code().is_some() {
            survived.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        }
        assert_eq!(books(&migration.verify(&[], 0)), [20, 0, 0, 0, 0], "died at write {moment}");
        // One that was asked for just before its id could be noted stays at the vendor.
        assert!(migration.exports() <= 1, "died at write {moment}: {}", migration.exports());
        let names = fs::read_dir(migration.target()).unwrap().map(|entry| entry.unwrap().file_name());
        let left: Vec<_> = names.filter(|name| name.to_string_lossy().starts_with(".unfinished-")).collect();
        assert!(left.is_empty(), "died at write {moment}: {left:?}");
    });
    assert!(survived.into_inner() > 0, "the moments go beyond the last write");
}

#[test]
fn a_comparison_that_is_killed_at_any_call_leaves_nothing_behind() {
    let calls: Vec<u64> = (1..=5).collect();
    side_by_side(&calls, |call| {
        let options = VoucherifyOptions { answer_ms: 40, ..VoucherifyOptions::default() };
        let migration = Migration::uploaded(20, options);
        let before = migration.sandbox.counts().voucherify_calls;
        let mut child = migration.command(&["verify"]).stderr(std::process::Stdio::null()).spawn().unwrap();
        while migration.sandbox.counts().voucherify_calls < before + call && child.try_wait().unwrap().is_none() {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(books(&migration.verify(&[], 0)), [20, 0, 0, 0, 0], "killed at call {call}");
        // One that was asked for just before its id could be noted stays at the vendor.
        // The signal may come a little later than the call.
        assert!(migration.exports() <= usize::from(*call <= 2), "killed at call {call}: {}", migration.exports());
    });
}

#[test]
fn the_last_comparison_is_told_by_status_and_by_the_report() {
    let migration = Migration::uploaded(30, VoucherifyOptions::default());
    let page = |migration: &Migration| {
        migration.workdir.run(&["report", "-o", "report.html"], 0);
        fs::read_to_string(migration.workdir.path("report.html")).unwrap()
    };
    assert!(page(&migration).contains("Not verified."));
    spoil(&migration);
    migration.verify(&[], 3);
    let status = String::from_utf8(migration.workdir.run(&["status", "batches"], 0).stdout).unwrap();
    let status = status.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(status.contains("UTC: 5 customers other than sent, 2 customers missing"), "{status}");
    let page = page(&migration);
    assert!(page.contains("5 customers other than sent, 2 customers missing (address.city 1, birthdate 1,"), "{page}");
}

/// Whoever has transformed again since an upload has not sent nothing.
#[test]
fn batches_that_were_made_anew_are_told_from_such_as_were_never_sent() {
    let migration = Migration::uploaded(25, VoucherifyOptions::default());
    let transform = |most: &str| migration.workdir.run(&["transform", "people.ndjson", "--batch-customers", most], 0);
    transform("7");
    for command in ["verify", "undo"] {
        let run = migration.workdir.check(&mut migration.command(&[command]), 2);
        let said = String::from_utf8(run.stderr).unwrap();
        assert!(said.contains("but 3 other batches were, which stood here before"), "{said}");
        assert!(said.contains("hint: make those again") && !said.contains("upload"), "{said}");
    }
    transform("10");
    assert_eq!(books(&migration.verify(&[], 0)), [25, 0, 0, 0, 0]);
    fs::remove_dir_all(migration.target()).unwrap();
    assert!(migration.words(&[], 2).contains("there is nothing to compare"));
}
