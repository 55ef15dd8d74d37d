//! `undo`: a project back to what it held before an upload, and everybody in exactly one book.

mod answers;
mod kill;
mod limits;
mod refused;

use std::{fs, path::PathBuf, time::Duration};

use reqwest::Method;
use segment_to_voucherify::sandbox::voucherify::options::VoucherifyOptions;
use serde_json::{Value, json};

use crate::{upload::project::table, verify::Migration};

/// A project in which some of the people are there already, in another state, and one who is nobody of them.
pub(crate) fn with_customers(people: u32, options: VoucherifyOptions) -> Migration {
    let migration = Migration::of(people, options);
    for number in 1..=5 {
        let customer = json!({
            "source_id": format!("u{number:03}"), "name": format!("Old {number}"), "phone": "+1 212 555 0100",
            "address": {"city": "York", "country": "UK"}, "metadata": {"points": 7, "shoe": 42},
        });
        put(&migration, Method::POST, "/v1/customers", &customer);
    }
    // Just as the upload has it, but for what no export shows.
    put(
        &migration,
        Method::POST,
        "/v1/customers",
        &json!({"source_id": "u006", "name": "Person, 6 \"x\"\nline",
        "email": "p6@example.com", "birthdate": "1990-02-28", "address": {"city": "Bath", "line_1": "1 High Street"},
        "metadata": {"tier": "gold", "points": 6}}),
    );
    put(&migration, Method::POST, "/v1/customers", &json!({"source_id": "nobody", "name": "Nobody"}));
    migration
}

pub(crate) fn put(migration: &Migration, method: Method, path: &str, body: &Value) {
    let (status, answer) = migration.call(method, path, Some(body));
    assert_eq!(status, 200, "{path}: {answer}");
}

/// The summary of a command.
pub(crate) fn summary(migration: &Migration, arguments: &[&str], exit_code: i32) -> Value {
    let run = migration.workdir.check(migration.command(arguments).arg("--json"), exit_code);
    serde_json::from_slice(&run.stdout).unwrap_or_default()
}

pub(crate) fn words(migration: &Migration, arguments: &[&str], exit_code: i32) -> String {
    String::from_utf8(migration.workdir.check(&mut migration.command(arguments), exit_code).stderr).unwrap()
}

/// restored, deleted, kept, failed.
pub(crate) fn books(summary: &Value) -> [u64; 4] {
    let books = &summary["books"];
    let four = ["restored", "deleted", "kept", "failed"].map(|name| books[name].as_u64().unwrap());
    assert_eq!(four.iter().sum::<u64>(), books["touched"].as_u64().unwrap(), "{summary}");
    four
}

/// Rows of a table of the last plan, some of their cells.
fn rows(migration: &Migration, file: &str, cells: &[usize]) -> Vec<String> {
    let rows = table(&migration.target().join("undo-000001").join(file));
    rows.iter().map(|row| cells.iter().map(|cell| row[*cell].as_str()).collect::<Vec<_>>().join(" ")).collect()
}

/// What others do counts as done after an upload only behind what is known of the server's clock: two seconds.
pub(crate) fn time_passes() {
    std::thread::sleep(Duration::from_millis(2_400));
}

/// What others do meanwhile.
fn others(migration: &Migration) {
    time_passes();
    put(migration, Method::PUT, "/v1/customers/u002", &json!({"name": "Married"}));
    assert_eq!(migration.call(Method::DELETE, "/v1/customers/u003", None).0, 204);
    for (id, did) in [("u010", "orders"), ("u011", "redemptions"), ("u012", "points")] {
        put(migration, Method::PUT, &format!("/sandbox/customers/{id}"), &json!({did: 1}));
    }
    put(migration, Method::PUT, "/v1/customers/u013", &json!({"email": "new@example.com"}));
    assert_eq!(migration.call(Method::DELETE, "/v1/customers/u014", None).0, 204);
}

fn before_image(migration: &Migration) -> PathBuf {
    migration.target().join("before-000001/customers.csv.gz")
}

#[test]
fn everybody_ends_in_one_book_and_the_next_upload_sends_again() {
    let migration = with_customers(20, VoucherifyOptions::default());
    let before = migration.sandbox.customers();
    let said = words(&migration, &["upload", "--keep-before"], 0);
    let told = "6 of 20 customers are there already, 5 of them with other values than are sent: `address.city` 5, \
                `address.line_1` 5, `birthdate` 5, `email` 5, `metadata.points` 5, `metadata.tier` 5, and 1 more field";
    assert!(said.contains(&format!("before-image 1 kept: {told}")), "{said}");
    let status = String::from_utf8(migration.workdir.run(&["status", "batches"], 0).stdout).unwrap();
    let status = status.split_whitespace().collect::<Vec<_>>().join(" ");
    let told = "before the upload 6 customers were there, 5 of them with other values than are sent: `address.city` 5,";
    assert!(status.contains(told), "{status}");
    assert!(before_image(&migration).is_file());
    others(&migration);
    let uploaded = migration.sandbox.customers();
    let calls = migration.sandbox.counts().voucherify_calls;
    let plan = summary(&migration, &["undo", "--csv", "plain", "--delete-created"], 0);
    let figures = ["touched", "to_restore", "as_before", "to_delete"].map(|name| plan["plan"][name].as_u64().unwrap());
    // Who was there in no other state, and who was not there and is not there.
    assert_eq!(figures, [20, 3, 2, 9]);
    let kept = json!({"changed by others since": 2, "deleted by others since": 1,
        "has orders, redemptions or points": 3});
    assert_eq!(plan["plan"]["kept"], kept);
    assert_eq!(plan["calls"], 21, "keys, a request and a question for the old values, two for each deletion");
    assert_eq!(migration.sandbox.counts().voucherify_calls - calls, 4, "an export");
    assert_eq!((migration.sandbox.customers(), migration.exports()), (uploaded, 0), "it was a plan");
    assert_eq!(
        rows(&migration, "kept.csv", &[0, 1, 2, 4])[..2],
        ["use_002 u002 changed by others since 2", "use_003 u003 deleted by others since 3"]
    );
    // Those whom the upload made stay, without the flag.
    let done = summary(&migration, &["undo", "--csv", "plain", "--yes"], 3);
    assert_eq!(books(&done), [5, 0, 15, 0]);
    let now = migration.sandbox.customers();
    for id in ["u001", "u004", "u005"] {
        let held = &now[id];
        assert_eq!((&held["name"], &held["phone"]), (&before[id]["name"], &before[id]["phone"]), "{id}: {held}");
        assert_eq!((&held["email"], &held["birthdate"]), (&Value::Null, &Value::Null), "{id}");
        assert_eq!(held["address"], json!({"city": "York", "line_1": null, "country": "UK"}), "{id}");
        // What no schema defines is in no export: it stays as it was sent.
        let metadata = json!({"points": 7, "shoe": 42, "tier": null, "free": true});
        assert_eq!(held["metadata"], metadata, "{id}");
    }
    assert_eq!(now["u002"]["name"], "Married");
    assert_eq!(now["nobody"], before["nobody"]);
    assert_eq!(done["undo"]["not_restorable"], json!({"metadata.free": 4, "system_metadata": 4}));
    let again = summary(&migration, &["undo", "--yes"], 0);
    assert_eq!(again["nothing_left"], true, "a second undo does nothing");
    // With the flag, now.
    let calls = migration.sandbox.counts().voucherify_calls;
    let deleted = summary(&migration, &["undo", "--csv", "plain", "--yes", "--delete-created"], 3);
    assert_eq!(books(&deleted), [5, 9, 6, 0]);
    assert_eq!(migration.sandbox.counts().voucherify_calls - calls, 18);
    let gone: Vec<String> =
        ["u007", "u008", "u009", "u015", "u016", "u017", "u018", "u019", "u020"].map(String::from).into();
    let expected: Vec<String> = gone.iter().map(|id| format!("{id} deleted")).collect();
    assert_eq!(rows(&migration, "created.csv", &[0, 2]), expected);
    let now = migration.sandbox.customers();
    assert!(
        gone.iter().all(|id| !now.contains_key(id)) && ["u010", "u011", "u012"].iter().all(|id| now.contains_key(*id))
    );
    // The image says the same.
    let checked = summary(&migration, &["verify", "--before", "1", "--csv", "plain"], 3);
    let figures = ["same", "differs", "missing", "added"].map(|name| checked["checked"][name].as_u64().unwrap());
    assert_eq!(figures, [14, 1, 1, 4], "u002; u003; u010 to u013");
    let status = String::from_utf8(migration.workdir.run(&["status", "batches"], 0).stdout).unwrap();
    let status = status.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(status.contains("touched 20 = restored 5 + deleted 9 + kept 6 + failed 0"), "{status}");
    let nothing = summary(&migration, &["undo", "--yes", "--delete-created"], 0);
    assert_eq!(nothing["nothing_left"], true);
    let posts = migration.sandbox.counts().bulk_posts;
    let sent = summary(&migration, &["upload"], 0);
    assert_eq!((&sent["done"], migration.sandbox.counts().bulk_posts - posts), (&json!(20), 2));
}

#[test]
fn what_others_did_is_overruled_only_by_force_and_orders_never_are() {
    let migration = with_customers(20, VoucherifyOptions::default());
    words(&migration, &["upload", "--keep-before"], 0);
    let before = migration.call(Method::GET, "/v1/customers/u003", None).1["id"].clone();
    others(&migration);
    let done = summary(&migration, &["undo", "--yes", "--force", "--delete-created"], 3);
    assert_eq!((books(&done), &done["undo"]["made_again"]), ([7, 10, 3, 0], &json!(1)));
    let now = migration.sandbox.customers();
    assert_eq!((&now["u002"]["name"], &now["u003"]["name"]), (&json!("Old 2"), &json!("Old 3")));
    assert_eq!(now["u003"]["metadata"], json!({"points": 7}));
    assert_ne!(migration.call(Method::GET, "/v1/customers/u003", None).1["id"], before, "made again");
    assert!(["u010", "u011", "u012"].iter().all(|id| now.contains_key(*id)) && !now.contains_key("u013"));
}

#[test]
fn an_upload_that_goes_on_takes_no_second_image() {
    let migration = with_customers(20, VoucherifyOptions::default());
    let plan = words(&migration, &["upload", "--keep-before", "--dry-run"], 0);
    assert!(plan.contains("to be taken: 4 calls"), "{plan}");
    words(&migration, &["upload", "--keep-before", "--no-wait"], 0);
    let image = fs::read(before_image(&migration)).unwrap();
    let said = words(&migration, &["undo"], 1);
    assert!(said.contains("2 batches accepted and not finished: nothing can be undone yet"), "{said}");
    words(&migration, &["upload", "--keep-before"], 0);
    assert!(!migration.target().join("before-000002").exists());
    assert_eq!(fs::read(before_image(&migration)).unwrap(), image);
    // After an undo there is one for what is sent then.
    summary(&migration, &["undo", "--yes", "--delete-created"], 0);
    words(&migration, &["upload", "--keep-before"], 0);
    assert!(migration.target().join("before-000002/about.json").exists());
    let done = summary(&migration, &["undo", "--yes", "--delete-created"], 0);
    assert_eq!((books(&done), &done["undo"]["before"], &done["undo"]["number"]), ([6, 14, 0, 0], &json!(2), &json!(2)));
}

#[test]
fn a_plan_can_be_looked_at_as_batches_and_verified_after() {
    let migration = with_customers(20, VoucherifyOptions::default());
    words(&migration, &["upload", "--keep-before"], 0);
    summary(&migration, &["undo"], 0);
    let plan = migration.target().join("undo-000001");
    let name = plan.to_str().unwrap();
    let status = String::from_utf8(migration.workdir.run(&["status", name], 0).stdout).unwrap();
    assert!(status.contains("nothing was sent yet"), "{status}");
    summary(&migration, &["undo", "--yes"], 0);
    let verified = summary(&migration, &["verify", name], 0);
    assert_eq!(verified["verified"]["same"], 5);
    let page = migration.workdir.run(&["report", "-o", "-"], 0).stdout;
    let page = String::from_utf8(page).unwrap();
    let changed =
        "Before the upload 6 customers were there, 5 of them with other values than are sent: address.city 5,";
    assert!(page.contains(changed), "{page}");
    assert!(page.contains("touched 20 = restored 6 + deleted 0 + kept 14 + failed 0"), "{page}");
}
