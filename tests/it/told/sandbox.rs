//! The sandbox, on its own and with a migration inside.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use insta::assert_snapshot;

use super::timeless;
use crate::workdir::Workdir;

#[test]
fn a_rehearsal_shows_the_three_phases_and_what_landed() {
    let workdir = Workdir::new();
    let mut command = workdir.command();
    command.args(["migrate", "--sandbox", "--profiles", "60"]).env("TMPDIR", workdir.path(""));
    let output = workdir.check(&mut command, 0);
    let said = timeless(&[output.stdout, output.stderr].concat());
    let folder = std::fs::read_dir(workdir.path("")).unwrap().next().unwrap().unwrap().path();
    let said = said.replace(folder.to_str().unwrap(), "/tmp/sandbox-migration");
    let (_, port) = said.split_once("127.0.0.1_").unwrap();
    let said = said.replace(port.split_once('_').unwrap().0, "12345");
    assert_snapshot!(said, @r#"
    export: complete

      books    listed 60 = exported 60 + vanished 0 + failed 0
      calls    2 list, 61 external ids, 61 traits; 0 retries
      archive  /tmp/sandbox-migration/export, 1 part
      time     [time]

    transform: done

      books        read 60 = customers 56 + rejected 4
      batches      1 batch, 17.69 KiB of JSON, in
                   /tmp/sandbox-migration/batches
      left behind  203 traits that no rule takes: `average_order` 100%,
                   `big_spenders` 100%, `churn_risk` 100%, and 200 more
      time         [time]

      noticed               count  what to do
      missing_identifier        2  anonymous users; pick another `--identifier`, or
                                   fill in `corrected_value`
      blocked_identifier        1  a placeholder id; fill in the real one as
                                   `corrected_value`
      duplicate_source_id       1  two profiles claim one id; merge them in Segment,
                                   or correct one
      invalid_birthdate         6  correct it as `YYYY-MM-DD`, or name its form in a
                                   mapping file
      wrong_type                5  map another trait to the field
      prototype_key             1  rename the key in Segment, if its value is wanted
      converted                 3  nothing, unless the text form is not wanted
      invalid_email             2  correct it; Voucherify may refuse it
      inexact_number            1  make it text by `types` in a mapping file
      multiple_identifiers      1  check that the right id was taken

      /tmp/sandbox-migration/batches/rejects.csv
          4 rows: rejected profiles
      /tmp/sandbox-migration/batches/warnings.csv
          21 rows: other findings

    uploading to the project of application `sandbox-application` at 127.0.0.1:12345
    note: customers who enter a segment there may be sent messages and given points; pause those first
    upload: done

      books        sent 56 = done 56 + refused 0 + unknown 0
      batches      1, of which 0 done before
      calls        3, of which 1 bulk
      target       127.0.0.1_12345_sandbox-application
      left behind  203 traits that no rule takes: `average_order` 100%,
                   `big_spenders` 100%, `churn_risk` 100%, and 200 more
      time         [time]

    sandbox: what landed

      customers            56 of 60 profiles
      for instance         {"source_id": "user-0", "name": "美咲 Kierkegaard",
                           "email": "person0@example.com", "phone": "+46 70
                           0000000", "birthdate": "1950-01-10", "address": {"city":
                           "Springfield", "line_1": "Street 0", "country": "United
                           States", "postal_code": "00000"}, "metadata": {"tier":
                           "silver", "points": 803, "tags": ["a", "ü"], "nested":
                           {"b": true}}, "system_metadata": {"source": "segmentio"}}
      calls to Segment     124, 0 of them over the limit
      calls to Voucherify  3, of which 1 bulk

      /tmp/sandbox-migration/export
          the profiles, as Segment gave them
      /tmp/sandbox-migration/batches
          the customers, as they were sent; rejects.csv and warnings.csv
      /tmp/sandbox-migration/batches/receipts
          what the project answered to each batch

      next  cd /tmp/sandbox-migration && segment-to-voucherify status
      or    cd /tmp/sandbox-migration && segment-to-voucherify explain user-0
      or    cd /tmp/sandbox-migration && segment-to-voucherify report
    "#);
}

#[test]
fn a_sandbox_says_where_it_is_and_what_it_saw() {
    let workdir = Workdir::new();
    let mut command = workdir.command();
    command.args(["sandbox", "--profiles", "3"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut sandbox = command.spawn().unwrap();
    let mut lines = BufReader::new(sandbox.stdout.take().unwrap()).lines();
    let variables: Vec<String> = lines.by_ref().take(6).map(|line| line.unwrap() + "\n").collect();
    let urls = variables.concat();
    for port in urls.split("http://127.0.0.1:").skip(1).map(|url| url.split_once(['/', '\n']).unwrap().0) {
        assert!(port.parse::<u16>().is_ok_and(|port| port > 0), "{urls}");
    }
    assert!(Command::new("kill").args(["-INT", &sandbox.id().to_string()]).status().unwrap().success());
    let output = sandbox.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_snapshot!(String::from_utf8_lossy(&output.stderr), @"
    both APIs are there until Ctrl-C; the lines above point the tool at them
    sandbox: what both servers saw

      calls to Segment     0, 0 of them over the limit
      steady rate          too short to say
      calls to Voucherify  0, of which 0 bulk
      customers            0
    ");
}
