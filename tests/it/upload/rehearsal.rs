//! The sandbox as users start it: each of its knobs changes what an upload through the binary comes to.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};

use super::project::{side_by_side, summary, table};
use crate::workdir::Workdir;

/// A sandbox in a process of its own, and the environment that points at it.
struct Sandbox {
    child: Child,
    environment: Vec<(String, String)>,
}

impl Sandbox {
    fn start(workdir: &Workdir, flags: &[&str]) -> Self {
        let mut command = workdir.command();
        command.args(["sandbox", "--profiles", "40"]).args(flags);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap).take(6);
        let pair = |line: String| {
            let (name, value) = line.strip_prefix("export ").unwrap().split_once('=').unwrap();
            (name.to_owned(), value.to_owned())
        };
        Self { environment: lines.map(pair).collect(), child }
    }

    fn command(&self, workdir: &Workdir, arguments: &[&str]) -> Command {
        let mut command = workdir.command();
        command.args(arguments).envs(self.environment.iter().cloned());
        command
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Flags of the sandbox, flags of the upload, exit code, and what is then true of the summary.
type Case = (&'static [&'static str], &'static [&'static str], i32, fn(&Value) -> bool);

const CASES: &[Case] = &[
    (&[], &[], 0, |told| told["posts"] == 4 && told["calls"] == 9),
    (&["--plan", "sandbox"], &["--dry-run"], 0, |told| told["limit"] == 100 && told["remaining"] == 99),
    (&["--plan", "business"], &["--dry-run"], 0, |told| told["limit"] == 100),
    (&["--plan", "organization"], &["--dry-run"], 0, |told| told["limit"] == 2_000),
    (&["--plan", "sandbox", "--minute-limit", "3", "--window-seconds", "1"], &[], 0, |told| told["done"] == 36),
    (&["--bulk-limit", "2", "--window-seconds", "1"], &[], 0, |told| told["done"] == 36 && told["posts"] == 4),
    (&["--cycle-limit", "3", "--bulk-counts", "all"], &[], 1, |_| true),
    (&["--refuse", "user-0"], &[], 3, |told| told["refused"] == 1 && told["done"] == 35),
    (&["--refuse-percent", "20"], &[], 3, |told| told["refused"].as_u64() > Some(1)),
    (&["--poison-customer", "user-0"], &[], 3, |told| told["refused"] == 1 && told["posts"].as_u64() > Some(8)),
    (&["--body-limit", "1000"], &[], 0, |told| told["posts"].as_u64() > Some(8)),
    (&["--record-cap", "5"], &[], 0, |told| told["posts"] == 12),
    (&["--queue-ms", "700"], &[], 0, |told| told["calls"].as_u64() < Some(16)),
    (&["--answer-ms", "50"], &[], 0, |told| told["done"] == 36),
    (&["--voucherify-fault", "lost502:1"], &[], 0, |told| told["posts"] == 5),
    (&["--voucherify-fault", "lost504:1"], &[], 0, |told| told["posts"] == 5),
    (&["--voucherify-fault", "lost-reset:1"], &[], 0, |told| told["posts"] == 5),
    (&["--voucherify-fault", "lost-id:1"], &[], 3, |told| told["unknown"] == 10),
    (&["--voucherify-fault", "reset:1"], &[], 0, |told| told["posts"] == 5),
    (&["--voucherify-fault", "error500:1"], &[], 0, |told| told["posts"] == 5),
    (&["--voucherify-fault", "error503:1"], &[], 0, |told| told["posts"] == 5),
    (&["--voucherify-fault", "payment402:@2"], &[], 1, |_| true),
    (&["--voucherify-fault", "forbidden403:@2"], &[], 1, |_| true),
    (&["--voucherify-fault", "metadata400:1"], &[], 0, |told| told["posts"] == 6),
    (&["--voucherify-fault", "payload400:1"], &[], 0, |told| told["posts"] == 6),
    (&["--voucherify-fault", "framework400:1"], &[], 0, |told| told["posts"] == 6),
    (&["--voucherify-fault", "large413:1"], &[], 0, |told| told["posts"] == 6),
    (&["--voucherify-fault", "failed:1"], &[], 3, |told| told["refused"] == 10),
    (&["--voucherify-fault", "operation-failed:1"], &[], 3, |told| told["refused"] == 10),
    (&["--voucherify-fault", "unknown-status:1"], &[], 0, |told| told["done"] == 36),
    (&["--voucherify-fault", "no-result:1"], &[], 3, |told| told["unknown"] == 10),
    (&["--voucherify-fault", "old-result", "--refuse", "user-0"], &[], 3, |told| told["unknown"] == 1),
    (&["--voucherify-fault", "no-errors", "--refuse", "user-0"], &[], 3, |told| told["refused"] == 1),
    (&["--voucherify-fault", "gone:1"], &[], 3, |told| told["unknown"] == 10),
    (&["--voucherify-fault", "expired-report"], &["--outcomes", "outcomes.csv"], 0, |told| told["done"] == 36),
    (&["--voucherify-fault", "read500:2"], &[], 0, |told| told["done"] == 36),
    (&["--voucherify-fault", "read-reset:2"], &[], 0, |told| told["done"] == 36),
    (&["--voucherify-fault", "read-cut:2"], &[], 0, |told| told["done"] == 36),
];

#[test]
fn every_knob_changes_what_an_upload_comes_to() {
    let made = Workdir::new();
    made.run(&["sandbox", "--profiles", "40", "--write", "people"], 0);
    made.run(&["transform", "people", "--batch-customers", "10"], 0);
    let help = String::from_utf8(made.run(&["sandbox", "--help"], 0).stdout).unwrap();
    for (flags, ..) in CASES {
        for word in flags.iter().filter(|word| word.starts_with("--")) {
            assert!(help.contains(*word), "{word} is in the help");
        }
        let fault = flags.iter().position(|flag| *flag == "--voucherify-fault").map(|place| flags[place + 1]);
        assert!(fault.is_none_or(|fault| help.contains(fault.split(':').next().unwrap())), "{fault:?} is in the help");
    }
    side_by_side(CASES, |(flags, arguments, exit_code, expected)| {
        let workdir = Workdir::new();
        assert!(
            Command::new("cp")
                .arg("-r")
                .arg(made.path("batches"))
                .arg(workdir.path("batches"))
                .status()
                .unwrap()
                .success()
        );
        let sandbox = Sandbox::start(&workdir, flags);
        let upload = [&["upload", "batches", "--json"], *arguments].concat();
        let run = workdir.check(&mut sandbox.command(&workdir, &upload), *exit_code);
        if *exit_code != 1 {
            let told = summary(&run.stdout);
            assert!(expected(&told), "{flags:?}: {told}");
        }
    });
}

#[test]
fn ones_own_archive_is_rehearsed_with_ones_own_schema() {
    let workdir = Workdir::new();
    let profile = |number: u32, plan: Value| {
        json!({"segment_id": format!("use_{number}"), "external_ids": [{"type": "user_id", "id": format!("u{number}")}],
               "traits": {"name": "n", "metadata": {"plan": plan}}})
        .to_string()
    };
    let lines = [profile(1, json!("gold")), profile(2, json!(7)), profile(3, json!("silver"))].join("\n");
    std::fs::write(workdir.path("own.ndjson"), lines).unwrap();
    let schema = json!({"object": "list", "schemas": [{"related_object": "customer", "allow_defined_only": true,
        "properties": {"plan": {"type": "string", "optional": true, "eq": ["gold", "silver"]}}}]});
    std::fs::write(workdir.path("schema.json"), schema.to_string()).unwrap();
    let sandbox = Sandbox::start(&workdir, &["--archive", "own.ndjson", "--metadata-schema", "schema.json"]);
    workdir.check(&mut sandbox.command(&workdir, &["export"]), 0);
    workdir.check(&mut sandbox.command(&workdir, &["schema", "-o", "saved.json"]), 0);
    workdir.check(&mut sandbox.command(&workdir, &["transform"]), 0);
    let upload = ["upload", "--json", "--outcomes", "outcomes.csv"];
    let told = summary(&workdir.check(&mut sandbox.command(&workdir, &upload), 3).stdout);
    assert_eq!((&told["done"], &told["refused"]), (&json!(2), &json!(1)));
    let rows: Vec<String> =
        table(&workdir.path("outcomes.csv")).iter().map(|row| format!("{} {} {}", row[0], row[3], row[4])).collect();
    assert_eq!(rows, ["use_1 created ", "use_2 refused metadata_validation_failed", "use_3 created "]);
    workdir.run(&["transform", "--metadata-schema", "saved.json"], 0);
    let told = summary(&workdir.check(&mut sandbox.command(&workdir, &["upload", "--json"]), 0).stdout);
    assert_eq!((&told["done"], &told["refused"]), (&json!(2), &json!(0)), "transform knows the schema, too");
}

#[test]
fn reports_are_fetched_from_another_host_without_keys_and_count_as_no_calls() {
    use segment_to_voucherify::sandbox::{APPLICATION_ID, SECRET_KEY, Sandbox as Emulated, SandboxOptions};
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let sandbox = runtime.block_on(Emulated::start(SandboxOptions::default())).unwrap();
    let workdir = super::project::input(&[&[1, 2], &[3]]);
    let mut command = workdir.command();
    command.args(["upload", "-", "--json", "--outcomes", "outcomes.csv"]);
    command.stdin(std::fs::File::open(workdir.path("input.ndjson")).unwrap());
    command.env("VOUCHERIFY_APPLICATION_ID", APPLICATION_ID).env("VOUCHERIFY_SECRET_KEY", SECRET_KEY);
    command.env("VOUCHERIFY_API_URL", sandbox.voucherify_url());
    let told = summary(&workdir.check(&mut command, 0).stdout);
    assert_eq!((told["calls"].as_u64(), told["posts"].as_u64()), (Some(sandbox.counts().voucherify_calls), Some(2)));
    let downloads = sandbox.project().downloads();
    assert_eq!((downloads.len(), downloads.iter().filter(|download| !download.keys.is_empty()).count()), (2, 0));
    let outcomes: Vec<String> = table(&workdir.path("outcomes.csv")).iter().map(|row| row[3].clone()).collect();
    assert_eq!(outcomes, ["created"; 3]);
}
