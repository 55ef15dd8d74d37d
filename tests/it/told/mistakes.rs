//! Mistakes, and what they are answered with.

use std::fmt::Write;

use insta::assert_snapshot;

use crate::workdir::Workdir;

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
    error: invalid value '0' for '--rate <N>': a number of calls a second from 1 to 4294967295

    For more information, try '--help'.

    $ transform
    error: there is no file or folder `export`
    hint: name an archive or its files, or make one: `segment-to-voucherify export`

    $ transform empty
    error: `empty` has no `manifest.json`, so it is no archive
    hint: it holds no files either; name an archive, or a folder of what an engine unloaded

    $ transform nowhere/*.gz
    error: there is no file or folder `nowhere/*.gz`
    hint: name an archive or its files, or make one: `segment-to-voucherify export`

    $ transform profiles.ndjson --mapping mapping.toml
    error: `mapping.toml` line 2, `customer.emial`: unknown field `emial`, expected one of `source_id`, `name`, `description`, `email`, `phone`, `birthdate`, `address`
    hint: `transform --print-mapping` prints a mapping file with explanations

    $ transform profiles.ndjson --corrections sheet.csv
    error: `sheet.csv` has no column `field`; of the columns of our tables it has only `segment_id`
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
    hint: name the folders, or begin with: `segment-to-voucherify export`

    $ status empty
    error: `empty` holds neither an archive nor batches
    hint: name the folder that `export` or `transform` wrote: the one with `manifest.json`

    $ explain ada@example.com
    error: there is no file or folder `export`
    hint: name an archive or its files, or make one: `segment-to-voucherify export`

    $ report
    error: there is neither an archive in `export` nor batches in `batches`
    hint: name them with `--archive` and `--batches`, or begin with: `segment-to-voucherify export`

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

#[test]
fn an_input_that_is_not_there_is_2_for_every_command_and_named_with_how_to_make_it() {
    let workdir = Workdir::new();
    std::fs::create_dir(workdir.path("empty")).unwrap();
    let finish = "hint: finish it: `segment-to-voucherify transform -o empty`\n";
    let no_manifest = "error: `empty` has no `manifest.json`: its transform did not finish\n";
    let make = "hint: name a folder of batches, or make one: `segment-to-voucherify transform`\n";
    let elsewhere = "hint: what was sent from a pipe or from single files leaves nothing to compare with\n";
    for (arguments, words) in [
        ("upload gone", format!("error: there is no file or folder `gone`\n{make}")),
        ("upload gone.json.gz --dry-run", format!("error: there is no file or folder `gone.json.gz`\n{make}")),
        ("upload empty", format!("{no_manifest}{finish}")),
        ("upload empty --dry-run", format!("{no_manifest}{finish}")),
        ("upload empty --keep-before", format!("{no_manifest}{finish}")),
        ("verify empty", format!("{no_manifest}{finish}")),
        ("undo empty", format!("{no_manifest}{finish}")),
        ("verify gone", format!("error: there is no folder of batches `gone`\n{elsewhere}")),
        ("undo gone", format!("error: there is no folder of batches `gone`\n{elsewhere}")),
        (
            "diff empty empty",
            "error: `empty` holds no batches: it has no `manifest.json`\n\
             hint: make them: `segment-to-voucherify transform -o empty`\n"
                .into(),
        ),
        (
            "gather gone -o all",
            "error: `gone` is not there\n\
             hint: name the folders that `transform --partition I/N -o FOLDER` made\n"
                .into(),
        ),
    ] {
        let mut command = workdir.command();
        command.args(arguments.split(' ')).env("VOUCHERIFY_APPLICATION_ID", "x").env("VOUCHERIFY_SECRET_KEY", "x");
        let said = workdir.check(command.env("VOUCHERIFY_API_URL", "http://127.0.0.1:9"), 2).stderr;
        assert_eq!(String::from_utf8(said).unwrap(), words, "{arguments}");
    }
    assert_eq!(std::fs::read_dir(workdir.path("")).unwrap().count(), 1, "nothing is made");
}
