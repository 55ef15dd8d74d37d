//! The export against the sandbox's space where it goes wrong in every way it knows, or shifts while it is read.

use segment_to_voucherify::sandbox::{
    SEGMENT_TOKEN, SPACE_ID, Sandbox, SandboxOptions, people, segment::options::SegmentOptions,
};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::{
    space::{manifest, profiles},
    workdir::Workdir,
};

const PROFILES: u64 = 160;

/// A space, and the folder into which it is exported.
struct Rehearsal {
    sandbox: Sandbox,
    _runtime: Runtime,
    workdir: Workdir,
}

impl Rehearsal {
    fn of(segment: SegmentOptions) -> Self {
        let runtime = Runtime::new().unwrap();
        let options = SandboxOptions { profiles: PROFILES, segment_rate: 2_000, segment, ..SandboxOptions::default() };
        let sandbox = runtime.block_on(Sandbox::start(options)).unwrap();
        Self { sandbox, _runtime: runtime, workdir: Workdir::new() }
    }

    /// Exports, and gives the manifest.
    fn export(&self, arguments: &[&str]) -> Value {
        let mut command = self.workdir.command();
        command.args(["export", "--rate", "1500", "--part-size", "50"]).args(arguments);
        command.env("SEGMENT_API_URL", self.sandbox.segment_url());
        command.env("SEGMENT_SPACE_ID", SPACE_ID).env("SEGMENT_ACCESS_TOKEN", SEGMENT_TOKEN);
        self.workdir.check(&mut command, 0);
        manifest(&self.workdir.path("export"))
    }

    /// Every exported profile, by its id.
    fn exported(&self) -> Vec<Value> {
        let mut profiles = profiles(&self.workdir.path("export"));
        profiles.sort_by_key(|profile| profile["segment_id"].to_string());
        profiles
    }
}

/// Everybody as the space knows them, by their id.
fn everybody() -> Vec<Value> {
    let people = (0..PROFILES).map(|number| people::person(1, number));
    let mut profiles: Vec<Value> = people
        .map(|person| {
            json!({"segment_id": person.segment_id, "external_ids": person.external_ids, "traits": person.traits})
        })
        .collect();
    profiles.sort_by_key(|profile| profile["segment_id"].to_string());
    profiles
}

#[test]
fn a_tenth_of_all_calls_may_fail_in_every_way_and_nobody_is_missing() {
    let rehearsal = Rehearsal::of(SegmentOptions { fault_rate: 10.0, ..SegmentOptions::default() });
    let manifest = rehearsal.export(&["--max-failures", "0"]);
    assert_eq!(rehearsal.exported(), everybody());
    assert_eq!(manifest["verdict"]["state"], "complete");
    let faults = &rehearsal.sandbox.report()["segment"]["faults"];
    assert!(faults.as_object().unwrap().len() >= 8, "too few kinds of faults came: {faults}");
    let calls = manifest["calls"].as_object().unwrap().values().filter_map(Value::as_u64).sum::<u64>();
    assert_eq!(calls, rehearsal.sandbox.counts().segment_calls, "what was counted here and there: {manifest}");
}

#[test]
fn a_sweep_finds_whom_a_list_that_shifts_has_hidden_and_without_one_nothing_is_promised() {
    let shifting = || Rehearsal::of(SegmentOptions { reorder: 30, ..SegmentOptions::default() });

    let rehearsal = shifting();
    let manifest = rehearsal.export(&["--sweeps", "0"]);
    let missed = PROFILES - manifest["books"]["listed"].as_u64().unwrap();
    assert!(missed > 10, "the first pass must miss somebody, or this proves nothing: {missed}");
    assert_eq!(manifest["verdict"]["state"], "incomplete", "{manifest}");

    let rehearsal = shifting();
    let manifest = rehearsal.export(&[]);
    assert_eq!(manifest["listing"]["found_by_sweep"], json!([missed]));
    assert_eq!(rehearsal.exported(), everybody());
    assert_eq!(manifest["verdict"]["state"], "incomplete", "a sweep that still finds somebody may have missed others");

    // Another sweep finds nobody.
    let manifest = rehearsal.export(&["--sweeps", "2"]);
    assert_eq!(manifest["listing"]["found_by_sweep"], json!([missed, 0]));
    assert_eq!(rehearsal.exported(), everybody());
    assert_eq!(manifest["verdict"]["state"], "complete");
}
