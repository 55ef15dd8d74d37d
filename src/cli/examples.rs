//! Examples at the end of each command's help.

/// Of the whole program.
pub(super) const PROGRAM: &str = "\
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
  130  interrupted; state is saved";

/// Of `export`.
pub(super) const EXPORT: &str = "\
Examples:
  # into export/; run again to continue
  segment-to-voucherify export
  # a trial
  segment-to-voucherify export --max-profiles 500
  # half the calls for anonymous profiles
  segment-to-voucherify export --identified-only user_id
  # these only, one `use_...` or `type:value` a line
  segment-to-voucherify export --ids-from ids.txt -o some
  # for a pipe
  segment-to-voucherify export -o - > profiles.ndjson.gz";

/// Of `gather`.
pub(super) const GATHER: &str = "\
Examples:
  # two machines, each with its share of the same files
  segment-to-voucherify transform unloaded --partition 0/2 -o share-0
  segment-to-voucherify transform unloaded --partition 1/2 -o share-1
  # and one folder of both, to be uploaded
  segment-to-voucherify gather share-0 share-1";

/// Of `transform`.
pub(super) const TRANSFORM: &str = "\
Examples:
  # export/ -> batches/
  segment-to-voucherify transform
  segment-to-voucherify transform 'backup/*.gz' -o trial
  # a mapping of your own: take the default one and change it
  segment-to-voucherify transform --print-mapping > mapping.toml
  segment-to-voucherify transform --mapping mapping.toml
  # find what the project would refuse, before anything is sent
  segment-to-voucherify schema
  segment-to-voucherify transform --metadata-schema metadata-schema.json
  # bring rejected profiles through, with what people filled in
  segment-to-voucherify transform --corrections batches/rejects.csv";

/// Of `upload`.
pub(super) const UPLOAD: &str = "\
Examples:
  # batches, bytes, calls
  segment-to-voucherify upload --dry-run
  # run again to continue
  segment-to-voucherify upload
  # leave a share of the limits to the shop; tell of every customer
  segment-to-voucherify upload --reserve 30% --outcomes outcomes.csv
  # only what was not taken like this before
  segment-to-voucherify upload --changed-only
  # only those that were refused before
  segment-to-voucherify upload --retry-refused
  # with a way back: see `undo`
  segment-to-voucherify upload --keep-before";

/// Of `verify`.
pub(super) const VERIFY: &str = "\
Examples:
  # what it takes; no call is made
  segment-to-voucherify verify --dry-run
  # one export of the project, compared with batches/
  segment-to-voucherify verify
  # and a hundred customers one by one, for what no export shows
  segment-to-voucherify verify --sample 100
  # against what was there before an upload that kept it
  segment-to-voucherify verify --before 1

Exit codes:
  0    everything that can be seen is as it was sent
  3    something differs or is missing, not all batches were sent yet,
       or the server did not tell of a customer of the sample";

/// Of `undo`.
pub(super) const UNDO: &str = "\
Examples:
  # beforehand: keep what the project holds of these customers
  segment-to-voucherify upload --keep-before
  # what would be put back, what stays, and what that costs
  segment-to-voucherify undo
  # old values back; those whom the upload created are kept
  segment-to-voucherify undo --yes
  # those deleted, too, but for who has orders, redemptions or points
  segment-to-voucherify undo --yes --delete-created
  # does the project hold what it held before?
  segment-to-voucherify verify --before 1

Exit codes:
  0    done, or a plan
  3    done, and somebody was left as they are, or it was tried in vain";

/// Of `diff`.
pub(super) const DIFF: &str = "\
Examples:
  # what another mapping would change
  segment-to-voucherify transform --mapping mapping.toml -o trial
  segment-to-voucherify diff batches trial
  # every difference as a row
  segment-to-voucherify diff batches trial -o diff.csv";

/// Of `migrate`.
pub(super) const MIGRATE: &str = "\
Examples:
  # see it work; needs no account
  segment-to-voucherify migrate --sandbox
  # export, transform and upload in a row
  segment-to-voucherify migrate";

/// Of `inspect`.
pub(super) const INSPECT: &str = "\
Examples:
  # what export/ holds
  segment-to-voucherify inspect
  # lines for a mapping file, to pick from
  segment-to-voucherify inspect --show mapping
  # a metadata schema that would fit
  segment-to-voucherify inspect --show schema
  segment-to-voucherify inspect --show csv > traits.csv
  zcat backup.ndjson.gz | segment-to-voucherify inspect -";

/// Of `status`.
pub(super) const STATUS: &str = "\
Examples:
  # export/, batches/ and every target
  segment-to-voucherify status
  # every checksum again, and how to mend
  segment-to-voucherify status --checksums
  segment-to-voucherify status trial --json

Exit codes:
  0    nothing is wrong, though work may be left and profiles may be rejected
  3    a file is damaged, or somebody has to look at what was left out:
       profiles that could not be read, customers that were refused";

/// Of `schema`.
pub(super) const SCHEMA: &str = "\
Examples:
  # into metadata-schema.json
  segment-to-voucherify schema
  segment-to-voucherify transform --metadata-schema metadata-schema.json
  # to stdout
  segment-to-voucherify schema -o -";

/// Of `explain`.
pub(super) const EXPLAIN: &str = "\
Examples:
  # a segment_id
  segment-to-voucherify explain use_2RzCbYOqeJNUQJgGVAbUQ1bMYBC
  # a source_id
  segment-to-voucherify explain customer-4711
  # an email
  segment-to-voucherify explain ada@example.com";

/// Of `report`.
pub(super) const REPORT: &str = "\
Examples:
  # report.html, without personal data
  segment-to-voucherify report
  segment-to-voucherify report -o signed-off.html --title Go-live
  # names the records that were left out
  segment-to-voucherify report --with-examples";

/// Of `warehouse`.
pub(super) const WAREHOUSE: &str = "\
Examples:
  # PostgreSQL, to stdout; the script's first lines say how it is run
  segment-to-voucherify warehouse postgres --schema profiles > unload.sql
  # eight files, for eight transforms
  segment-to-voucherify warehouse duckdb --partitions 8 --to unloaded
  # an engine that writes to storage
  segment-to-voucherify warehouse snowflake --to @my_stage/profiles";

/// Of `sandbox`.
pub(super) const SANDBOX: &str = "\
Examples:
  # a made-up space and an empty project
  segment-to-voucherify sandbox
  # rehearse with your own profiles
  segment-to-voucherify sandbox --archive export
  # a dirty day: profiles that fail, customers that are refused, tight limits
  segment-to-voucherify sandbox --poison 3 --refuse-percent 2 --plan sandbox

All in one terminal, typed or pasted at once; it goes before any `.env`:
  rm -f sandbox.env
  segment-to-voucherify sandbox > sandbox.env &
  until grep -qs SECRET_KEY sandbox.env; do sleep 0.2; done
  . ./sandbox.env
  segment-to-voucherify migrate
  kill $!";

/// Of `completions`.
pub(super) const COMPLETIONS: &str = "\
Examples:
  segment-to-voucherify completions bash > ~/.bash_completion
  segment-to-voucherify completions zsh > ~/.zfunc/_segment-to-voucherify
  segment-to-voucherify completions fish > segment-to-voucherify.fish
  segment-to-voucherify completions man -o ~/.local/share/man/man1";

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn every_example_is_a_command_that_is_understood() {
        let all = [
            PROGRAM,
            EXPORT,
            TRANSFORM,
            UPLOAD,
            UNDO,
            MIGRATE,
            INSPECT,
            STATUS,
            SCHEMA,
            EXPLAIN,
            REPORT,
            WAREHOUSE,
            SANDBOX,
            COMPLETIONS,
        ];
        for line in all.iter().flat_map(|text| text.lines()).map(str::trim) {
            let Some(start) = line.find("segment-to-voucherify ") else { continue };
            // Beside it stand a remark, or what a shell does with the output.
            let command = line[start..].split("  ").next().unwrap();
            let command = command.split(" > ").next().unwrap();
            let arguments = command.split(' ').map(|argument| argument.trim_matches('\''));
            if let Err(error) = Cli::try_parse_from(arguments) {
                panic!("{line}: {error}");
            }
        }
    }
}
