//! `--help`, completions and man pages: one source, every command.

use insta::assert_snapshot;

use crate::workdir::Workdir;

const COMMANDS: [&str; 16] = [
    "export",
    "transform",
    "upload",
    "verify",
    "undo",
    "diff",
    "migrate",
    "inspect",
    "status",
    "schema",
    "explain",
    "report",
    "warehouse",
    "gather",
    "sandbox",
    "completions",
];

fn text(workdir: &Workdir, arguments: &[&str]) -> String {
    String::from_utf8(workdir.run(arguments, 0).stdout).expect("text")
}

#[test]
fn the_first_page_fits_a_screen() {
    assert_snapshot!(text(&Workdir::new(), &["-h"]), @r"
Bring every Segment profile over to Voucherify: export, transform, upload

Usage: segment-to-voucherify [OPTIONS] <COMMAND>

Commands:
  export       Segment Profile API -> archive
  transform    Archive -> batches, rejects and warnings; works offline
  upload       Batches -> Voucherify customers
  verify       What a project holds, field by field, against what was sent
  undo         A project back to what it held before an upload
  diff         What another transform would change, customer by customer
  migrate      Export, transform and upload in a row
  inspect      What an archive holds: coverage of every trait and id type
  status       What is done and what is left, from the files alone
  schema       Save the project's customer metadata schema, for transform
  explain      One customer end to end: traits, rules, findings, batch, answer
  report       One self-contained HTML page of the whole migration
  warehouse    SQL that unloads Profiles Sync tables as profiles
  gather       Batches that were made apart -> one folder
  sandbox      Both APIs emulated on loopback
  completions  Completions for a shell, or man pages
  help         Print this message or the help of the given subcommand(s)

Options:
  -h, --help     Print help (see more with '--help')
  -V, --version  Print version

Output:
      --json               Print the final summary as JSON on stdout
  -q, --quiet              Say nothing but warnings and errors
  -v, --verbose...         Say more: -v every retry, -vv every call
      --log-format <FORM>  Form of log lines on stderr [default: text] [possible values: text, json]
      --color <WHEN>       When to use colours [default: auto] [possible values: auto, always,
                           never]
      --env-file <FILE>    Read environment variables from this file [default: .env]

Examples:
  segment-to-voucherify migrate --sandbox      see it work; needs no account
  segment-to-voucherify export                 Segment -> export/
  segment-to-voucherify transform              export/ -> batches/
  segment-to-voucherify upload                 batches/ -> Voucherify
  segment-to-voucherify status                 did everybody come over?

Exit codes:
  0    done
  1    could not finish; run it again to continue
  2    wrong usage or configuration; nothing was started
  3    finished, but some records were left out; a file that is named lists them
  130  interrupted; state is saved
");
}

#[test]
fn every_command_has_examples_that_name_it_and_fit_80_columns() {
    let workdir = Workdir::new();
    for command in COMMANDS {
        let help = text(&workdir, &[command, "--help"]);
        let (_, examples) = help.split_once("Examples:\n").unwrap_or_else(|| panic!("{command} has no examples"));
        assert!(examples.contains(&format!("segment-to-voucherify {command}")), "{command}");
        for line in examples.lines() {
            assert!(line.chars().count() <= 80, "{command}: {line}");
        }
    }
}

#[test]
fn completions_know_every_command_in_every_shell() {
    let workdir = Workdir::new();
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let script = text(&workdir, &["completions", shell]);
        for command in COMMANDS {
            assert!(script.contains(command), "{shell}: {command}");
        }
    }
}

#[test]
fn every_command_has_a_man_page() {
    let workdir = Workdir::new();
    assert!(text(&workdir, &["completions", "man"]).contains(".TH segment-to-voucherify 1"));
    workdir.run(&["completions", "man", "-o", "man1"], 0);
    for command in COMMANDS {
        let page = std::fs::read_to_string(workdir.path(format!("man1/segment-to-voucherify-{command}.1"))).unwrap();
        assert!(page.contains("Examples:"), "{command}");
    }
}
