//! What each command says at its end: in a pipe as it stands here, and the same on a terminal of 80 columns.

use std::{
    fmt::Write,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use insta::assert_snapshot;
use segment_to_voucherify::sandbox::{
    APPLICATION_ID, Options, SECRET_KEY, SEGMENT_TOKEN, SPACE_ID, Sandbox, segment::options::SegmentOptions,
    voucherify::options::VoucherifyOptions,
};
use tokio::runtime::Runtime;

use crate::workdir::Workdir;

/// A dirty migration: somebody cannot be read, some are rejected, somebody is refused.
struct Migration {
    sandbox: Sandbox,
    _runtime: Runtime,
    workdir: Workdir,
}

impl Migration {
    fn dirty() -> Self {
        Self::start(SegmentOptions { poison: 1, ..SegmentOptions::default() })
    }

    fn start(segment: SegmentOptions) -> Self {
        let runtime = Runtime::new().unwrap();
        let options = Options {
            profiles: 120,
            segment_rate: 2_000,
            segment,
            voucherify: VoucherifyOptions { refuse: vec!["user-0".to_owned()], ..VoucherifyOptions::default() },
            ..Options::default()
        };
        let sandbox = runtime.block_on(Sandbox::start(options)).unwrap();
        Self { sandbox, _runtime: runtime, workdir: Workdir::new() }
    }

    fn with_environment<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.env("SEGMENT_API_URL", self.sandbox.segment_url()).env("SEGMENT_RATE_LIMIT", "1900");
        command.env("SEGMENT_SPACE_ID", SPACE_ID).env("SEGMENT_ACCESS_TOKEN", SEGMENT_TOKEN);
        command.env("VOUCHERIFY_API_URL", self.sandbox.voucherify_url());
        command.env("VOUCHERIFY_APPLICATION_ID", APPLICATION_ID).env("VOUCHERIFY_SECRET_KEY", SECRET_KEY)
    }

    /// Both streams of a command in a pipe.
    fn says(&self, arguments: &str, exit_code: i32) -> String {
        let mut command = self.workdir.command();
        let output = self.workdir.check(self.with_environment(command.args(arguments.split_whitespace())), exit_code);
        self.masked(&[output.stdout, output.stderr].concat())
    }

    /// What stays on a terminal of 80 columns, without colours; nothing where no terminal can be had.
    fn shows(&self, arguments: &str) -> Option<String> {
        let program = self.workdir.command().get_program().to_str()?.to_owned();
        let mut on_terminal = Command::new("script");
        on_terminal.args(["-qec", &format!("stty cols 80 rows 40; {program} {arguments}"), "/dev/null"]);
        on_terminal.current_dir(self.workdir.path("")).env_clear().env("TERM", "xterm");
        on_terminal.envs(std::env::vars().filter(|(name, _)| name == "PATH"));
        let output = self.with_environment(&mut on_terminal).stdin(Stdio::null()).output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout).replace("\r\n", "\n");
        assert!(text.contains("\u{1b}["), "neither a colour nor a bar: {text}");
        let plain = console::strip_ansi_codes(&text);
        let lines = plain.lines().map(|line| line.rsplit('\r').next().unwrap_or_default().trim_end());
        let lines: Vec<&str> = lines.collect();
        assert!(lines.iter().all(|line| line.chars().count() <= 80), "wider than 80 columns: {lines:#?}");
        Some(self.masked(lines.join("\n").as_bytes()))
    }

    /// Ports and times are others in each run.
    fn masked(&self, text: &[u8]) -> String {
        let urls = [self.sandbox.segment_url(), self.sandbox.voucherify_url()];
        let ports = urls.iter().filter_map(|url| url.rsplit(':').next()).map(|port| port.trim_matches('/').to_owned());
        ports.fold(timeless(text), |text, port| text.replace(&port, "12345"))
    }
}

/// The text without the times that runs take.
fn timeless(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let lines = text.lines().map(|line| match line.strip_prefix("  time  ") {
        Some(time) if time.ends_with('s') => line.replace(time.trim_start(), "[time]"),
        _ => line.to_owned(),
    });
    lines.map(|line| line + "\n").collect()
}

/// What a command said in a pipe stays on the terminal, too, after whatever bars there were.
fn stays(shown: Option<String>, said: &str) {
    if let Some(shown) = shown {
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words(&shown).ends_with(&words(said)), "--- on a terminal\n{shown}\n--- in a pipe\n{said}");
    }
}

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

      books    read 119 = customers 107 + rejected 12
      batches  1 batch, 33.48 KiB of JSON, in batches
      time     [time]

      noticed               count  what to do
      missing_identifier        6  anonymous users; pick another `--identifier`, or
                                   fill in `corrected_value`
      blocked_identifier        3  a placeholder id; fill in the real one as
                                   `corrected_value`
      duplicate_source_id       3  two profiles claim one id; merge them in Segment,
                                   or correct one
      invalid_birthdate         9  correct it as `YYYY-MM-DD`
      wrong_type                9  map another trait to the field
      converted                 3  nothing, unless the text form is not wanted
      invalid_email             3  correct it; Voucherify may refuse it
      multiple_identifiers      3  check that the first id is the right one

      file                  what it holds
      batches/rejects.csv   12 rows: rejected profiles
      batches/warnings.csv  27 rows: other findings

      next  segment-to-voucherify upload
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

      next  the same command without `--dry-run`
    ");
    let upload = migration.says("upload", 3);
    assert_snapshot!(upload, @"
    upload: done

      books    sent 107 = done 106 + refused 1 + unknown 0
      batches  1, of which 0 done before
      calls    3, of which 1 bulk
      target   127.0.0.1_12345_sandbox-application
      time     [time]

      batches/receipts/127.0.0.1_12345_sandbox-application/refused.csv
          1 customer that the server refused, in its words

      next  correct them in Segment or in a sheet of corrections, transform and
            upload again
      or    try them again as they are, with `--retry-refused`
    ");

    // Nothing is left to do now but what failed, and that is what is said.
    let again = migration.says("upload", 3);
    let nothing =
        upload.replace("upload: done", "upload: nothing left to send").replace("which 0 done", "which 1 done");
    assert_eq!(again, nothing.replace("3, of which 1 bulk", "0, of which 0 bulk"));
    stays(migration.shows("upload"), &again);
    let again = migration.says("transform", 0);
    assert_eq!(again, transform.replace("transform: done", "transform: done; nothing changed"));
    stays(migration.shows("transform"), &again);
    questions_are_answered_in_the_same_manner(&migration);
}

fn questions_are_answered_in_the_same_manner(migration: &Migration) {
    let export = migration.says("export --dry-run", 0);
    assert_snapshot!(export, @"
    export: what it will cost

      profiles  1
      calls     4; more where profiles need a second page
      time      2 ms at 1,900 calls a second

      next  the same command without `--dry-run`
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
      why   6 missing_identifier, 3 blocked_identifier, 3 duplicate_source_id:
            `batches/rejects.csv`
      why   to bring them over: fill in `corrected_value` there, then transform with
            it
      next  segment-to-voucherify transform --corrections batches/rejects.csv

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

      books    read 60 = customers 56 + rejected 4
      batches  1 batch, 17.69 KiB of JSON, in
               /tmp/sandbox-migration/batches
      time     [time]

      noticed               count  what to do
      missing_identifier        2  anonymous users; pick another `--identifier`, or
                                   fill in `corrected_value`
      blocked_identifier        1  a placeholder id; fill in the real one as
                                   `corrected_value`
      duplicate_source_id       1  two profiles claim one id; merge them in Segment,
                                   or correct one
      invalid_birthdate         6  correct it as `YYYY-MM-DD`
      wrong_type                5  map another trait to the field
      converted                 2  nothing, unless the text form is not wanted
      invalid_email             2  correct it; Voucherify may refuse it
      multiple_identifiers      1  check that the first id is the right one

      /tmp/sandbox-migration/batches/rejects.csv
          4 rows: rejected profiles
      /tmp/sandbox-migration/batches/warnings.csv
          16 rows: other findings

    upload: done

      books    sent 56 = done 56 + refused 0 + unknown 0
      batches  1, of which 0 done before
      calls    3, of which 1 bulk
      target   127.0.0.1_12345_sandbox-application
      time     [time]

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

      next  cd /tmp/sandbox-migration && segment-to-voucherify
            status
      or    cd /tmp/sandbox-migration && segment-to-voucherify
            explain user-0
      or    cd /tmp/sandbox-migration && segment-to-voucherify
            report
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
      phase   done  left  left out  verdict     where
      export   120     0         0  incomplete  export

    export export: incomplete
      why   no sweep looked for profiles that the first listing missed
      next  segment-to-voucherify export --part-size 50 --sweeps 1
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

/// What a mistake is answered with, for each command: first what is wrong, then what to do.
#[test]
fn mistakes_are_answered_with_what_to_do() {
    let workdir = Workdir::new();
    let mut transcript = String::new();
    let mut mistake = |arguments: &str, environment: &[(&str, &str)], exit_code: i32| {
        let mut command = workdir.command();
        command.args(arguments.split_whitespace()).envs(environment.iter().copied());
        let output = workdir.check(&mut command, exit_code);
        assert!(output.stdout.is_empty(), "{arguments}: data on stdout");
        writeln!(transcript, "$ {arguments}\n{}", String::from_utf8_lossy(&output.stderr)).unwrap();
    };
    let segment = |token| [("SEGMENT_SPACE_ID", "spa_1"), ("SEGMENT_ACCESS_TOKEN", token)];
    let elsewhere = [("SEGMENT_API_URL", "http://segment.example"), segment("t")[0], segment("t")[1]];
    std::fs::write(workdir.path("mapping.toml"), "[customer]\nemial = [\"/traits/email\"]\n").unwrap();
    std::fs::write(workdir.path("sheet.csv"), "segment_id,reason\nuse_1,missing_identifier\n").unwrap();
    std::fs::write(workdir.path("profiles.ndjson"), "{\"segment_id\":\"use_1\"}\n").unwrap();
    std::fs::create_dir(workdir.path("empty")).unwrap();

    mistake("export", &[], 2);
    mistake("export", &elsewhere, 2);
    mistake("export --rate 0", &segment("t"), 2);
    mistake("transform", &[], 2);
    mistake("transform empty", &[], 2);
    mistake("transform nowhere/*.gz", &[], 2);
    mistake("transform profiles.ndjson --mapping mapping.toml", &[], 2);
    mistake("transform profiles.ndjson --corrections sheet.csv", &[], 2);
    mistake("transform profiles.ndjson --max-rejects many", &[], 2);
    mistake("upload", &[], 2);
    mistake("inspect", &[], 2);
    mistake("status", &[], 2);
    mistake("status empty", &[], 2);
    mistake("explain ada@example.com", &[], 2);
    mistake("report", &[], 2);
    mistake("schema", &[], 2);
    mistake("migrate", &[], 2);
    mistake("migrate --profiles 5", &[], 2);
    mistake("completions tcsh", &[], 2);
    mistake("uplaod", &[], 2);
    assert_snapshot!(transcript, @"
    $ export
    error: `SEGMENT_ACCESS_TOKEN` and `SEGMENT_SPACE_ID` are not set
    hint: find their values in Segment: Unify settings, API access; put what is missing into the environment or into `.env`

    $ export
    error: `SEGMENT_API_URL` must begin with `https://`
    hint: plain `http://` would send the keys in the clear; it is allowed to this machine only

    $ export --rate 0
    error: invalid value '0' for '--rate <N>': number would be zero for non-zero type

    For more information, try '--help'.

    $ transform
    error: there is no file or folder `export`
    hint: name an archive or its files, or make one: `segment-to-voucherify export`

    $ transform empty
    error: `empty` has no `manifest.json`, so it is no archive
    hint: name the files themselves, or run `segment-to-voucherify export` again to finish the archive

    $ transform nowhere/*.gz
    error: there is no file or folder `nowhere/*.gz`
    hint: name an archive or its files, or make one: `segment-to-voucherify export`

    $ transform profiles.ndjson --mapping mapping.toml
    error: `mapping.toml` line 2: `emial` is not known here; there are `source_id`, `name`, `description`, `email`, `phone`, `birthdate`, `address.city`, `address.state`, `address.line_1`, `address.line_2`, `address.country`, `address.postal_code`
    hint: `transform --print-mapping` prints a mapping file with explanations

    $ transform profiles.ndjson --corrections sheet.csv
    error: `sheet.csv` has no column `field`; its columns are `segment_id`, `reason`
    hint: keep the header of `rejects.csv`; columns may be moved, added and taken out, but not this one

    $ transform profiles.ndjson --max-rejects many
    error: invalid value 'many' for '--max-rejects <N|P%>': a number of profiles or a percentage, such as `100` or `0.5%`

    For more information, try '--help'.

    $ upload
    error: `VOUCHERIFY_APPLICATION_ID` and `VOUCHERIFY_SECRET_KEY` are not set
    hint: find their values in Voucherify: Project settings, application keys; put what is missing into the environment or into `.env`

    $ inspect
    error: there is no file or folder `export`
    hint: name an archive or its files, or make one: `segment-to-voucherify export`

    $ status
    error: there is neither an archive in `export` nor a folder of batches in `batches`
    hint: name the folders, or begin with `segment-to-voucherify export`

    $ status empty
    error: `empty` holds neither an archive nor batches
    hint: name the folder that `export` or `transform` wrote: the one with `manifest.json`

    $ explain ada@example.com
    error: there is no file or folder `export`
    hint: name an archive or its files, or make one: `segment-to-voucherify export`

    $ report
    error: there is neither an archive in `export` nor batches in `batches`
    hint: name them with `--archive` and `--batches`, or begin with `segment-to-voucherify export`

    $ schema
    error: `VOUCHERIFY_APPLICATION_ID` and `VOUCHERIFY_SECRET_KEY` are not set
    hint: find their values in Voucherify: Project settings, application keys; put what is missing into the environment or into `.env`

    $ migrate
    error: `SEGMENT_ACCESS_TOKEN` and `SEGMENT_SPACE_ID` are not set
    hint: find their values in Segment: Unify settings, API access; put what is missing into the environment or into `.env`

    $ migrate --profiles 5
    error: the following required arguments were not provided:
      --sandbox

    Usage: segment-to-voucherify migrate --sandbox --profiles <N>

    For more information, try '--help'.

    $ completions tcsh
    error: invalid value 'tcsh' for '<SHELL>'
      [possible values: bash, zsh, fish, powershell, man]

      tip: a similar value exists: 'zsh'

    For more information, try '--help'.

    $ uplaod
    error: unrecognized subcommand 'uplaod'

      tip: a similar subcommand exists: 'upload'

    Usage: segment-to-voucherify [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
}
