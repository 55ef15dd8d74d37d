//! A migration of one's own: each phase, what is asked about it later, and what comes next.

use insta::assert_snapshot;
use segment_to_voucherify::sandbox::segment::options::SegmentOptions;

use super::{Migration, stays};

#[test]
fn each_phase_of_a_dirty_migration_sums_up_calmly() {
    let migration = Migration::dirty();
    let export = migration.says("export", 3);
    assert_snapshot!(export, @"
    export: finished, not known to be complete

      books       listed 120 = exported 119 + vanished 0 + failed 1
      calls       4 list, 123 external ids, 123 traits; 10 retries
      archive     export, 1 part
      incomplete  1 profile could not be read; see `failures.csv`
      time        [time]

      next  segment-to-voucherify export
      or    segment-to-voucherify transform
    ");
    let transform = migration.says("transform", 0);
    assert_snapshot!(transform, @"
    transform: done

      books        read 119 = customers 107 + rejected 12
      batches      1 batch, 33.48 KiB of JSON, in batches
      left behind  203 traits that no rule takes: `average_order` 100%,
                   `big_spenders` 100%, `churn_risk` 100%, and 200 more
      note         `export` is not known to be complete: 1 profile could not be
                   read; see `failures.csv`
      time         [time]

      noticed               count  what to do
      missing_identifier        6  anonymous users; pick another `--identifier`, or
                                   fill in `corrected_value`
      blocked_identifier        3  a placeholder id; fill in the real one as
                                   `corrected_value`
      duplicate_source_id       3  two profiles claim one id; merge them in Segment,
                                   or correct one
      invalid_birthdate         9  correct it as `YYYY-MM-DD`, or name its form in a
                                   mapping file
      wrong_type                9  map another trait to the field
      prototype_key             3  rename the key in Segment, if its value is wanted
      converted                 6  nothing, unless the text form is not wanted
      invalid_email             3  correct it; Voucherify may refuse it
      inexact_number            3  make it text by `types` in a mapping file
      multiple_identifiers      3  check that the right id was taken

      file                  what it holds
      batches/rejects.csv   12 rows: rejected profiles
      batches/warnings.csv  42 rows: other findings

      next  segment-to-voucherify upload
      or    segment-to-voucherify inspect
    ");
    assert_snapshot!(migration.says("upload --dry-run", 0), @"
    upload: plan, nothing was sent

      batches           1 with 107 customers
      done before       0
      submitted before  0, to be asked about
      to send           107 customers in 1 bulk request, 33.48 KiB
      other calls       2, more while the server is busy
      limit             1,999 of 2,000 calls are left now
      shortest time     as long as the server needs; no limit is in the way
      target            127.0.0.1_12345_sandbox-application
      sets off          segments, and whatever enters them: messages, points; pause
                        those first
      left behind       203 traits that no rule takes: `average_order` 100%,
                        `big_spenders` 100%, `churn_risk` 100%, and 200 more

      next  segment-to-voucherify upload
    ");
    let upload = upload_of_a_dirty_migration(&migration);
    nothing_is_left_to_do_but_what_failed(&migration, &transform, &upload);
    questions_are_answered_in_the_same_manner(&migration);
}

fn upload_of_a_dirty_migration(migration: &Migration) -> String {
    let upload = migration.says("upload", 3);
    assert_snapshot!(upload, @"
    uploading to the project of application `sandbox-application` at 127.0.0.1:12345
    note: customers who enter a segment there may be sent messages and given points; pause those first
    upload: done

      books        sent 107 = done 106 + refused 1 + unknown 0
      batches      1, of which 0 done before
      calls        3, of which 1 bulk
      target       127.0.0.1_12345_sandbox-application
      left behind  203 traits that no rule takes: `average_order` 100%,
                   `big_spenders` 100%, `churn_risk` 100%, and 200 more
      time         [time]

      noticed                     count  what to do
      metadata_validation_failed      1  save the project's `schema`, and transform
                                         with `--metadata-schema`

      batches/receipts/127.0.0.1_12345_sandbox-application/refused.csv
          1 customer that the server refused, in its words

      next  correct them in Segment or in a sheet of corrections, transform and
            upload again
      or    segment-to-voucherify upload --retry-refused
    ");
    upload
}

fn nothing_is_left_to_do_but_what_failed(migration: &Migration, transform: &str, upload: &str) {
    let again = migration.says("upload", 3);
    let nothing =
        upload.replace("upload: done", "upload: nothing left to send").replace("which 0 done", "which 1 done");
    let nothing: String = nothing.split_inclusive('\n').filter(|line| !line.starts_with("note: ")).collect();
    assert_eq!(again, nothing.replace("3, of which 1 bulk", "0, of which 0 bulk"));
    stays(migration.shows("upload"), &again);
    let again = migration.says("transform", 0);
    assert_eq!(again, transform.replace("transform: done", "transform: done; nothing changed"));
    stays(migration.shows("transform"), &again);
}

fn questions_are_answered_in_the_same_manner(migration: &Migration) {
    let export = migration.says("export --dry-run", 0);
    assert_snapshot!(export, @"
    export: what it will cost

      profiles  1
      calls     4; more where profiles need a second page
      time      2 ms at 1,900 calls a second

      next  segment-to-voucherify export
    ");
    stays(migration.shows("export --dry-run"), &export);
    let status = migration.says("status", 3);
    assert_snapshot!(status, @"
      phase      done  left  left out  verdict       where
      export      119     0         1  incomplete    export
      transform   107     0        12  with rejects  batches
      upload      106     0         1  incomplete
        127.0.0.1_12345_sandbox-application

    export export: incomplete
      why   1 profile could not be read: `export/failures.csv`
      next  segment-to-voucherify export

    transform batches: with rejects
      why    6 missing_identifier, 3 blocked_identifier, 3 duplicate_source_id:
             `batches/rejects.csv`
      first  to bring them over, fill in `corrected_value` in `batches/rejects.csv`
      then   segment-to-voucherify transform --corrections batches/rejects.csv

    upload 127.0.0.1_12345_sandbox-application: incomplete
      why   1 customer refused:
            `batches/receipts/127.0.0.1_12345_sandbox-application/refused.csv`
      next  segment-to-voucherify upload --retry-refused
    ");
    stays(migration.shows("status"), &status);
    let report = migration.says("report", 0);
    assert_snapshot!(report, @"
    report: written

      profiles                             120
      127.0.0.1_12345_sandbox-application  106 landed

      file         what it holds
      report.html  the page, without personal data
    ");
    stays(migration.shows("report"), &report);
}

#[test]
fn every_retry_is_told_to_whom_wants_to_know() {
    let migration = Migration::dirty();
    let told = migration.says("export -v", 3);
    let retries = told.lines().filter(|line| line.starts_with("DEBUG GET http://") && line.contains("; try ")).count();
    assert!(retries > 0 && told.contains(&format!("; {retries} retries")), "{told}");
    let all = migration.says("export -o other -vv", 3);
    let calls = all.lines().filter(|line| line.contains(" GET http://")).count();
    assert_eq!(calls, 4 + 123 + 123 + retries, "{all}");
}

#[test]
fn the_next_command_of_an_incomplete_export_is_one_that_helps() {
    let migration = Migration::start(SegmentOptions::default());
    let export = migration.says("export --sweeps 0 --part-size 50", 0);
    assert_snapshot!(export, @"
    export: finished, not known to be complete

      books       listed 120 = exported 120 + vanished 0 + failed 0
      calls       2 list, 123 external ids, 123 traits; 0 retries
      archive     export, 3 parts
      incomplete  no sweep looked for profiles that the first listing missed
      time        [time]

      next  segment-to-voucherify export --part-size 50 --sweeps 1
      or    segment-to-voucherify transform
    ");
    assert_snapshot!(migration.says("status", 3), @"
      phase      done  left  left out  verdict     where
      export      120     0         0  incomplete  export
      transform     0   120         0  unfinished  -

    export export: incomplete
      why   no sweep looked for profiles that the first listing missed
      next  segment-to-voucherify export --part-size 50 --sweeps 1

    transform: unfinished
      why   nothing was transformed yet
      next  segment-to-voucherify transform
    ");
    let (_, next) = export.split_once("next  segment-to-voucherify ").unwrap();
    assert!(migration.says(next.lines().next().unwrap(), 0).starts_with("export: complete"));

    // A trial stays one, whatever comes next.
    let trial = migration.says("export -o trial --max-profiles 10", 0);
    assert!(trial.ends_with("\n\n  next  segment-to-voucherify transform trial\n\n"), "{trial}");
    assert_snapshot!(migration.says("export -o trial", 2), @"
    error: `trial` holds another export: `--max-profiles` 10, not none
    hint: give the options of that export to continue it, or another folder with `-o`
    ");
}

#[test]
fn after_another_mapping_only_what_differs_need_be_sent() {
    let migration = Migration::start(SegmentOptions::default());
    for phase in ["export", "transform"] {
        migration.says(phase, 0);
    }
    migration.says("upload", 3);
    let transform = migration.says("transform --batch-customers 60", 0);
    let next = "next  segment-to-voucherify upload --changed-only\n  or    segment-to-voucherify upload\n";
    assert!(transform.contains(next), "{transform}");
    assert_snapshot!(migration.says("status", 0), @"
      phase      done  left  left out  verdict       where
      export      120     0         0  complete      export
      transform   108     0        12  with rejects  batches
      upload        0   108         0  unfinished
        127.0.0.1_12345_sandbox-application

    transform batches: with rejects
      why    6 missing_identifier, 3 blocked_identifier, 3 duplicate_source_id:
             `batches/rejects.csv`
      first  to bring them over, fill in `corrected_value` in `batches/rejects.csv`
      then   segment-to-voucherify transform --batch-customers 60 --corrections batches/rejects.csv

    upload 127.0.0.1_12345_sandbox-application: unfinished
      why   it took customers of batches that were replaced; only what differs need
            be sent
      next  segment-to-voucherify upload --changed-only
    ");
    assert_snapshot!(migration.says("upload --changed-only", 3), @"
    uploading to the project of application `sandbox-application` at 127.0.0.1:12345
    upload: done

      books        sent 1 = done 0 + refused 1 + unknown 0
      batches      1, of which 0 done before
      not sent     107 customers, unchanged
      calls        3, of which 1 bulk
      target       127.0.0.1_12345_sandbox-application
      left behind  203 traits that no rule takes: `average_order` 100%,
                   `big_spenders` 100%, `churn_risk` 100%, and 200 more
      time         [time]

      noticed                     count  what to do
      metadata_validation_failed      1  save the project's `schema`, and transform
                                         with `--metadata-schema`

      batches/receipts/127.0.0.1_12345_sandbox-application/refused.csv
          1 customer that the server refused, in its words

      next  correct them in Segment or in a sheet of corrections, transform and
            upload again
      or    segment-to-voucherify upload --retry-refused
    ");
    // What was said of a batch that is no more is not said again.
    let refused = migration.workdir.path("batches/receipts").read_dir().unwrap().next().unwrap().unwrap().path();
    assert_eq!(std::fs::read_to_string(refused.join("refused.csv")).unwrap().lines().count(), 2);
    assert_snapshot!(migration.says("status", 3), @"
      phase      done  left  left out  verdict       where
      export      120     0         0  complete      export
      transform   108     0        12  with rejects  batches
      upload      107     0         1  incomplete
        127.0.0.1_12345_sandbox-application

    transform batches: with rejects
      why    6 missing_identifier, 3 blocked_identifier, 3 duplicate_source_id:
             `batches/rejects.csv`
      first  to bring them over, fill in `corrected_value` in `batches/rejects.csv`
      then   segment-to-voucherify transform --batch-customers 60 --corrections batches/rejects.csv

    upload 127.0.0.1_12345_sandbox-application: incomplete
      why   1 customer refused:
            `batches/receipts/127.0.0.1_12345_sandbox-application/refused.csv`
      next  segment-to-voucherify upload --retry-refused
    ");
}
