//! `migrate`: export, transform and upload in a row, with their default folders.

use std::path::Path;

use anyhow::Result;
use clap::Args;
use serde_json::json;
use url::Url;

use super::{Outcome, block_on, export, transform, upload};
use crate::{
    config::{SegmentAccess, SegmentRegion, VoucherifyAccess, VoucherifyRegion},
    failure::{Failure, Next},
    invocation::{self, Explain, Invocation, Phase, Status, typed, typed_for},
    sandbox::{APPLICATION_ID, SECRET_KEY, SEGMENT_TOKEN, SPACE_ID, Sandbox, SandboxOptions},
    terminal::{Summary, Terminal},
    voucherify::{Voucherify, VoucherifyError},
    wording::{count, counted, spaced},
};

/// What only a real space and a real project have.
const OF_REAL_ONES: [&str; 2] = ["segment_region", "voucherify_region"];

/// Arguments of `migrate`.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Migrate from a made-up space to a made-up project on this machine, into a temporary folder that is named at the end
    #[arg(long, conflicts_with_all = OF_REAL_ONES)]
    pub sandbox: bool,
    /// With `--sandbox`: profiles in the space
    #[arg(long, value_name = "N", default_value_t = 500, requires = "sandbox", conflicts_with_all = OF_REAL_ONES)]
    pub profiles: u64,
    /// Region of the Segment workspace; `SEGMENT_API_URL` goes before it [default: us]
    #[arg(long, value_enum)]
    pub segment_region: Option<SegmentRegion>,
    /// Region of the Voucherify project; `VOUCHERIFY_API_URL` goes before it [default: eu]
    #[arg(long, value_enum)]
    pub voucherify_region: Option<VoucherifyRegion>,
}

/// Runs the command.
///
/// # Errors
/// Those of the three phases.
pub fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Outcome> {
    if arguments.sandbox {
        return rehearse(arguments.profiles, terminal);
    }
    // Both are asked for first, so that a missing or wrong key is known before hours of export.
    let segment = SegmentAccess::from_environment(arguments.segment_region)?;
    let voucherify = VoucherifyAccess::from_environment(arguments.voucherify_region)?;
    let client = Voucherify::new(&voucherify)?;
    match block_on(async { Ok(client.check_keys().await) })? {
        // Used up is not wrong: the upload waits for it.
        Ok(()) | Err(VoucherifyError::Limited { .. }) => {}
        Err(error) => return Err(error.into_failure().kept("everything: nothing was exported yet").into()),
    }
    phases(&segment, &voucherify, Path::new(""), terminal)
}

/// The three phases with their own defaults, in `folder`; ends early when one is interrupted.
fn phases(
    segment: &SegmentAccess,
    voucherify: &VoucherifyAccess,
    folder: &Path,
    terminal: &Terminal,
) -> Result<Outcome> {
    let mut exporting: export::Arguments = defaults()?;
    let mut transforming: transform::Arguments = defaults()?;
    let mut uploading: upload::Arguments = defaults()?;
    exporting.output = folder.join(exporting.output);
    transforming.inputs = vec![exporting.output.clone()];
    transforming.output = folder.join(transforming.output);
    uploading.inputs = vec![transforming.output.clone()];

    // What comes next is done here, and an interrupted run goes on by the command that was typed.
    let amid = terminal.amid();
    let exported = export::run_with(segment, &exporting, &amid).map_err(|error| of_phase(error, Phase::Export))?;
    if exported == Outcome::Interrupted {
        terminal.say(&format!("  next  {}", typed()));
        return Ok(exported);
    }
    let transformed = transform::run(&transforming, &amid).map_err(|error| of_phase(error, Phase::Transform))?;
    let uploaded =
        upload::run_with(voucherify, &uploading, terminal).map_err(|error| of_phase(error, Phase::Upload))?;
    Ok([uploaded, transformed].into_iter().find(|outcome| *outcome != Outcome::Done).unwrap_or(exported))
}

/// The error of a phase, in which it is said of options that are named whose they are: this command has none of them.
fn of_phase(mut error: anyhow::Error, phase: Phase) -> anyhow::Error {
    if let Some(failure) = error.downcast_mut::<Failure>()
        && let Some(Next::Advice(words) | Next::Again(words) | Next::Command(words, _)) = &mut failure.next
    {
        *words = with_owner(words, phase);
    }
    error
}

/// Words in which each option that they name is followed by the command that has it.
fn with_owner(words: &str, phase: Phase) -> String {
    let mut told = false;
    let pieces = words.split('`').enumerate().map(|(number, piece)| match (number % 2, phase) {
        (0, _) => piece.to_owned(),
        (_, Phase::Export) if piece == "--region" => "`--segment-region`".to_owned(),
        (_, Phase::Upload) if piece == "--region" => "`--voucherify-region`".to_owned(),
        _ if !told && piece.starts_with('-') && piece.len() > 1 && !piece.contains(' ') => {
            told = true;
            format!("`{piece}` (an option of `{}`)", typed_for(phase))
        }
        _ => format!("`{piece}`"),
    });
    pieces.collect()
}

/// What a command's arguments are when none is given.
fn defaults<A: Args>() -> Result<A, clap::Error> {
    let matches = A::augment_args(clap::Command::new("defaults")).try_get_matches_from(["defaults"])?;
    A::from_arg_matches(&matches)
}

fn rehearse(profiles: u64, terminal: &Terminal) -> Result<Outcome> {
    // The sandbox lives on a runtime of its own, beside those of the phases.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let options = SandboxOptions { profiles, ..SandboxOptions::default() };
    let sandbox = runtime.block_on(Sandbox::start(options))?;
    let segment = SegmentAccess {
        api_url: Url::parse(&sandbox.segment_url())?,
        space_id: SPACE_ID.into(),
        token: SEGMENT_TOKEN.into(),
    };
    let voucherify = VoucherifyAccess {
        api_url: Url::parse(&sandbox.voucherify_url())?,
        application_id: APPLICATION_ID.into(),
        secret_key: SECRET_KEY.into(),
        download_url: None,
    };
    let folder = tempfile::Builder::new().prefix("sandbox-migration-").tempdir()?.keep();
    let outcome = phases(&segment, &voucherify, &folder, &terminal.amid())?;
    let (landed, counts) = (sandbox.customers(), sandbox.counts());
    terminal.summary(&Summary {
        title: "sandbox: what landed".into(),
        rows: vec![
            ("customers".into(), format!("{} of {}", count(landed.len() as u64), counted(profiles, "profile"))),
            ("for instance".into(), landed.values().next().map(spaced).unwrap_or_default()),
            (
                "calls to Segment".into(),
                format!("{}, {} of them over the limit", count(counts.segment_calls), count(counts.limited)),
            ),
            (
                "calls to Voucherify".into(),
                format!("{}, of which {} bulk", count(counts.voucherify_calls), count(counts.bulk_posts)),
            ),
        ],
        files: [
            ("export", "the profiles, as Segment gave them"),
            ("batches", "the customers, as they were sent; rejects.csv and warnings.csv"),
            ("batches/receipts", "what the project answered to each batch"),
        ]
        .map(|(name, holds)| (folder.join(name).display().to_string(), holds.to_owned()))
        .to_vec(),
        next: [Status::default().into(), Explain::who("user-0").into(), invocation::Report::default().into()]
            .map(|command: Invocation| command.within(&folder).to_string())
            .to_vec(),
        json: json!({
            "customers": landed.len(), "folder": folder.display().to_string(),
            "segment_calls": counts.segment_calls, "voucherify_calls": counts.voucherify_calls,
        }),
        ..Summary::default()
    })?;
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_that_only_a_phase_has_is_told_as_its_own() {
        for (words, phase, expected) in [
            (
                "another folder with `-o`",
                Phase::Export,
                "another folder with `-o` (an option of `segment-to-voucherify`)",
            ),
            (
                "check `SEGMENT_SPACE_ID` and `--region`",
                Phase::Export,
                "check `SEGMENT_SPACE_ID` and `--segment-region`",
            ),
            ("check `--region`; then", Phase::Upload, "check `--voucherify-region`; then"),
            ("make room, then", Phase::Upload, "make room, then"),
            ("a `-` for stdin", Phase::Export, "a `-` for stdin"),
        ] {
            assert_eq!(with_owner(words, phase), expected);
        }
    }
}
