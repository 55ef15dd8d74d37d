//! Before-images that are no use, and uploads in the middle of an undo.

use std::fs;

use segment_to_voucherify::sandbox::voucherify::options::VoucherifyOptions;

use super::{books, summary, with_customers, words};
use crate::upload::project::side_by_side;

#[test]
fn an_image_that_is_no_use_is_refused_with_the_reason() {
    let migration = with_customers(20, VoucherifyOptions::default());
    let said = words(&migration, &["undo"], 2);
    assert!(said.contains("there is nothing to undo") && said.contains("upload --keep-before"), "{said}");
    words(&migration, &["upload"], 0);
    let said = words(&migration, &["undo"], 2);
    assert!(said.contains("no before-image was taken for `127.0.0.1_"), "{said}");
    assert!(said.contains("can do so for batches that were not sent yet"), "{said}");
    let said = words(&migration, &["upload", "--keep-before"], 2);
    assert!(said.contains("of 2 batches, 2 went to `127.0.0.1_"), "{said}");

    let migration = with_customers(20, VoucherifyOptions::default());
    words(&migration, &["upload", "--keep-before"], 0);
    let image = migration.target().join("before-000001");
    let (table, about) = (image.join("customers.csv.gz"), image.join("about.json"));
    let (whole, told) = (fs::read(&table).unwrap(), fs::read_to_string(&about).unwrap());
    let other = |from: &str, to: &str| {
        let told = told.replace(from, to);
        assert_ne!(told.len() * 2, 0);
        fs::write(&about, told).unwrap();
    };
    fs::write(&table, &whole[..whole.len() / 2]).unwrap();
    for command in [&["undo", "--yes"][..], &["verify", "--before", "1"]] {
        let said = words(&migration, command, 1);
        assert!(said.contains("it is cut, or was changed since it was kept"), "{said}");
    }
    fs::remove_file(&table).unwrap();
    assert!(words(&migration, &["undo"], 1).contains("is no use: it is not there"));
    fs::write(&table, &whole).unwrap();
    other("\"target\": \"127", "\"target\": \"128");
    assert!(words(&migration, &["undo"], 2).contains("is of another target, `128.0.0.1_"));
    other("\"set\": \"", "\"set\": \"0");
    assert!(words(&migration, &["undo"], 2).contains("it was taken before other batches were sent"));
    other("\"taken_at\": \"2", "\"taken_at\": \"3");
    assert!(words(&migration, &["undo"], 2).contains("is younger than a part of this upload"));
    fs::write(&about, "{").unwrap();
    assert!(words(&migration, &["undo"], 1).contains("before-000001/about.json` cannot be read"));
    fs::write(&about, &told).unwrap();
    assert!(words(&migration, &["undo", "--before", "7"], 2).contains("no before-image 7"));
    words(&migration, &["undo", "--yes"], 0);

    // Sent again without an image: what there is, is older.
    words(&migration, &["upload"], 0);
    let said = words(&migration, &["undo"], 2);
    assert!(said.contains("is older than this upload: an undo went back to it"), "{said}");
}

#[test]
fn an_upload_waits_for_an_undo_that_was_begun() {
    let migration = with_customers(20, VoucherifyOptions::default());
    words(&migration, &["upload", "--keep-before"], 0);
    words(&migration, &["undo"], 0);
    let record = migration.target().join("undo-000001/undo.json");
    let told = fs::read_to_string(&record).unwrap();
    fs::write(&record, told.replace("\"planned\"", "\"begun\"")).unwrap();
    let said = words(&migration, &["upload"], 1);
    assert!(said.contains("was begun, and is not finished") && said.contains("undo --yes"), "{said}");
    let said = words(&migration, &["undo"], 0);
    assert!(said.contains("undo: begun, not finished"), "{said}");
    words(&migration, &["undo", "--yes"], 0);
    words(&migration, &["upload"], 0);
}

#[test]
fn an_undo_that_was_begun_goes_on_by_what_it_was_begun_with_or_not_at_all() {
    let cases = [
        (&["--delete-created"][..], &[][..], "with `--delete-created`", "undo --yes --delete-created"),
        (
            &["--delete-created", "--force"],
            &["--force"],
            "with `--delete-created`",
            "undo --yes --delete-created --force",
        ),
        (&["--force"], &[], "with `--force`", "undo --yes --force"),
        (&[], &["--force"], "without `--force`", "undo --yes"),
        (&[], &["--before", "7"], "with another `--before`", "undo --yes"),
    ];
    side_by_side(&cases, |(begun, typed, difference, command)| {
        let migration = with_customers(20, VoucherifyOptions::default());
        words(&migration, &["upload", "--keep-before"], 0);
        words(&migration, &[&["undo"], *begun].concat(), 0);
        let record = migration.target().join("undo-000001/undo.json");
        let told = fs::read_to_string(&record).unwrap();
        fs::write(&record, told.replace("\"planned\"", "\"begun\"")).unwrap();
        let hint = format!("`segment-to-voucherify {command}`");
        let said = words(&migration, &["upload"], 1);
        assert!(said.contains(&format!("hint: finish it first: {hint}\n")), "{said}");
        let said = words(&migration, &[&["undo", "--yes"], *typed].concat(), 2);
        assert_eq!(
            said,
            format!(
                "error: the undo that is to be finished was begun {difference}\n\
                 kept: everything: nothing more was put back or deleted\nhint: to go on with it: {hint}\n"
            )
        );
        assert_eq!(migration.sandbox.customers().len(), 21, "{command}: theirs, and a stranger");
        words(&migration, &command.split(' ').collect::<Vec<_>>(), 0);
        words(&migration, &["upload"], 0);
    });
}

/// The table of origins tells of which profile a customer is: cut, it stops the plan; removed, it is done without.
#[test]
fn origins_that_cannot_be_read_stop_the_plan_and_may_be_removed() {
    let migration = with_customers(20, VoucherifyOptions::default());
    words(&migration, &["upload", "--keep-before"], 0);
    let origins = migration.workdir.path("batches/origins-000001.csv.gz");
    let whole = fs::read(&origins).unwrap();
    for damaged in [&whole[..whole.len() / 2], b"no gzip", b""] {
        fs::write(&origins, damaged).unwrap();
        let said = words(&migration, &["undo", "--yes", "--delete-created"], 1);
        assert!(said.contains("origins-000001.csv.gz`: "), "{said}");
        assert!(said.contains("nothing was put back or deleted") && said.contains("or remove that table"), "{said}");
        assert!(!migration.target().join("undo-000001/undo.json").exists(), "{said}");
    }
    fs::remove_file(&origins).unwrap();
    let done = summary(&migration, &["undo", "--yes", "--delete-created"], 0);
    assert_eq!(books(&done), [6, 14, 0, 0]);
}
