//! The whole way from the sandbox's space to its project, against what its people are expected to become.

use std::{
    collections::BTreeMap,
    fs,
    process::{Command, Stdio},
};

use segment_to_voucherify::sandbox::{
    APPLICATION_ID, SECRET_KEY, SEGMENT_TOKEN, SPACE_ID, Sandbox, SandboxOptions,
    people::{self, Expected},
    voucherify::options::VoucherifyOptions,
};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::workdir::Workdir;

const PROFILES: u64 = 160;

/// A sandbox that is there for as long as its runtime.
struct Running {
    sandbox: Sandbox,
    _runtime: Runtime,
}

fn start(options: SandboxOptions) -> Running {
    let runtime = Runtime::new().unwrap();
    let sandbox = runtime.block_on(Sandbox::start(SandboxOptions { segment_rate: 2_000, ..options })).unwrap();
    Running { sandbox, _runtime: runtime }
}

impl Running {
    fn export(&self, workdir: &Workdir) -> Command {
        let mut command = workdir.command();
        command.args(["export", "--rate", "1900", "--part-size", "40"]);
        command.env("SEGMENT_API_URL", self.sandbox.segment_url());
        command.env("SEGMENT_SPACE_ID", SPACE_ID).env("SEGMENT_ACCESS_TOKEN", SEGMENT_TOKEN);
        command
    }

    fn upload(&self, workdir: &Workdir) -> Command {
        let mut command = workdir.command();
        command.arg("upload").env("VOUCHERIFY_API_URL", self.sandbox.voucherify_url());
        command.env("VOUCHERIFY_APPLICATION_ID", APPLICATION_ID).env("VOUCHERIFY_SECRET_KEY", SECRET_KEY);
        command
    }

    /// What landed is what the people say, field by field, number by number; the others are rejected as they say.
    fn check(&self, rejects: &[u8]) {
        let landed = self.sandbox.customers();
        let mut expected = BTreeMap::new();
        let mut rejected = Vec::new();
        for person in (0..PROFILES).map(|number| people::person(1, number)) {
            match person.expected {
                Expected::Customer(customer) => {
                    expected.insert(customer["source_id"].as_str().unwrap().to_owned(), customer);
                }
                Expected::Rejected(reason) => rejected.push((person.segment_id, reason.to_owned())),
            }
        }
        assert_eq!(landed.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
        for (source_id, customer) in &expected {
            assert_eq!(&landed[source_id], customer, "{source_id}");
        }
        let table = rejects.strip_prefix("\u{feff}".as_bytes()).unwrap();
        let rows = csv::Reader::from_reader(table).into_records().map(|row| {
            let row = row.unwrap();
            (row[0].to_owned(), row[4].to_owned())
        });
        assert_eq!(rows.collect::<Vec<_>>(), rejected);
    }
}

fn sandbox() -> Running {
    start(SandboxOptions { profiles: PROFILES, ..SandboxOptions::default() })
}

#[test]
fn everybody_lands_exactly_as_expected() {
    let (running, workdir) = (sandbox(), Workdir::new());
    workdir.check(&mut running.export(&workdir), 0);
    let manifest: Value = serde_json::from_slice(&fs::read(workdir.path("export/manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["books"]["exported"], PROFILES);
    assert_eq!(manifest["verdict"]["state"], "complete");
    // Two lists of two pages; a second page of traits and of external ids for 4 of 160 each.
    assert_eq!(running.sandbox.counts().segment_calls, 4 + 2 * PROFILES + 4 + 4);
    workdir.run(&["transform"], 0);
    workdir.check(&mut running.upload(&workdir), 0);
    running.check(&fs::read(workdir.path("batches/rejects.csv")).unwrap());

    let before = running.sandbox.counts();
    workdir.check(&mut running.export(&workdir), 0);
    workdir.check(&mut running.upload(&workdir), 0);
    assert_eq!(running.sandbox.counts(), before, "a second run has nothing to do");
}

#[test]
fn pipes_do_the_same_with_each_its_own_credentials() {
    let (running, workdir) = (sandbox(), Workdir::new());
    let mut export = running.export(&workdir).args(["-o", "-"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut transform = workdir.command();
    transform.args(["transform", "-", "-o", "-"]).stdin(export.stdout.take().unwrap()).stdout(Stdio::piped());
    let mut transform = transform.spawn().unwrap();
    let mut upload = running.upload(&workdir);
    workdir.check(upload.arg("-").stdin(transform.stdout.take().unwrap()), 0);
    assert!(export.wait().unwrap().success() && transform.wait().unwrap().success());
    running.check(&fs::read(workdir.path("rejects.csv")).unwrap());
}

#[test]
fn refused_customers_are_listed_with_the_servers_words() {
    let voucherify = VoucherifyOptions { refuse: vec!["user-4".to_owned()], ..VoucherifyOptions::default() };
    let options = SandboxOptions { profiles: PROFILES, voucherify, ..SandboxOptions::default() };
    let (running, workdir) = (start(options), Workdir::new());
    workdir.check(&mut running.export(&workdir), 0);
    workdir.run(&["transform"], 0);
    workdir.check(&mut running.upload(&workdir), 3);
    let target = fs::read_dir(workdir.path("batches/receipts")).unwrap().next().unwrap().unwrap().path();
    let refused = fs::read_to_string(target.join("refused.csv")).unwrap();
    let segment_id = people::person(1, 4).segment_id;
    assert!(
        refused.contains(&format!("{segment_id},user-4,batch-000001.json.gz,metadata_validation_failed,")),
        "{refused}"
    );
    assert!(refused.contains(",profiles-000001.ndjson.gz,5"), "{refused}");
}

#[test]
fn death_at_any_write_changes_nothing_in_the_end() {
    let running = sandbox();
    let whole = Workdir::new();
    workdir_parts(&running, &whole, None);
    let mut at = 1;
    loop {
        let workdir = Workdir::new();
        let survived = workdir_parts(&running, &workdir, Some(at));
        for part in ["profiles-000001.ndjson.gz", "profiles-000004.ndjson.gz"] {
            let bytes = |workdir: &Workdir| fs::read(workdir.path("export").join(part)).unwrap();
            assert!(bytes(&workdir) == bytes(&whole), "{part} after death at write {at}");
        }
        if survived {
            break;
        }
        at += 3;
    }
    assert!(at > 20, "only {at} places to die at");
}

/// Exports, dying at a write if asked to, and exports again; tells whether it did not die.
fn workdir_parts(running: &Running, workdir: &Workdir, die_at: Option<u64>) -> bool {
    let mut first = running.export(workdir);
    if let Some(at) = die_at {
        first.env("DIE_AT_WRITE", at.to_string());
    }
    let survived = first.output().unwrap().status.success();
    workdir.check(&mut running.export(workdir), 0);
    survived
}

#[test]
fn no_secret_is_in_any_file_or_output() {
    let (running, workdir) = (sandbox(), Workdir::new());
    let mut said = Vec::new();
    let mut keep = |output: std::process::Output| said.extend([output.stdout, output.stderr].concat());
    keep(workdir.check(running.export(&workdir).arg("-vv"), 0));
    keep(workdir.run(&["transform"], 0));
    keep(workdir.check(running.upload(&workdir).arg("-vv"), 0));
    keep(workdir.check(running.export(&workdir).args(["-o", "other"]).env("SEGMENT_ACCESS_TOKEN", "canary-token"), 1));
    keep(workdir.check(running.upload(&workdir).arg("--force").env("VOUCHERIFY_SECRET_KEY", "canary-key"), 1));
    for folder in ["export", "batches"] {
        for entry in fs::read_dir(workdir.path(folder)).unwrap() {
            said.extend(fs::read(entry.unwrap().path()).unwrap_or_default());
        }
    }
    let said = String::from_utf8_lossy(&said);
    assert!(said.contains("The access token is invalid.") && said.contains("Unauthorized"), "the server's words");
    for secret in [SEGMENT_TOKEN, SECRET_KEY, "canary-token", "canary-key"] {
        assert!(!said.contains(secret), "{secret}");
    }
}

#[test]
fn the_first_command_of_the_readme_needs_nothing() {
    let workdir = Workdir::new();
    let output = workdir.run(&["migrate", "--sandbox", "--profiles", "40", "--json"], 0);
    let last: Value =
        serde_json::from_slice(output.stdout.trim_ascii().rsplit(|byte| *byte == b'\n').next().unwrap()).unwrap();
    assert_eq!(last["customers"], 36);
    fs::remove_dir_all(last["folder"].as_str().unwrap()).unwrap();
}

#[test]
fn missing_configuration_is_named_with_its_place() {
    let workdir = Workdir::new();
    for (command, variable, place) in [
        ("export", "SEGMENT_ACCESS_TOKEN", "Unify settings, API access"),
        ("upload", "VOUCHERIFY_APPLICATION_ID", "Project settings, application keys"),
    ] {
        let stderr = String::from_utf8(workdir.run(&[command], 2).stderr).unwrap();
        assert!(stderr.contains(variable) && stderr.contains(place), "{stderr}");
    }
}
