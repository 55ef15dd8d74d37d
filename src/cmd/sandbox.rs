//! `sandbox`: both APIs emulated on loopback.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::Result;
use clap::{Args, value_parser};

use super::{Outcome, block_on};
use crate::{
    failure::Failure,
    interrupt::Interrupt,
    publish::{Named, check_places, keep_apart},
    sandbox::{
        APPLICATION_ID, SECRET_KEY, SEGMENT_TOKEN, SPACE_ID, Sandbox, SandboxOptions,
        people::archive::{People, Written},
        segment::options::SegmentOptions,
        voucherify::options::VoucherifyOptions,
    },
    terminal::{Summary, Terminal},
    wording::{count, counted},
};

/// Arguments of `sandbox`.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Profiles in the space
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = value_parser!(u64).range(..=100_000_000))]
    pub profiles: u64,
    /// The same seed gives the same profiles
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Calls a second that the space allows
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub rate: u32,
    /// Port of the Profile API; any free one if not given
    #[arg(long, value_name = "PORT", default_value_t = 0, hide_default_value = true)]
    pub port_segment: u16,
    /// Port of the Voucherify API; any free one if not given
    #[arg(long, value_name = "PORT", default_value_t = 0, hide_default_value = true)]
    pub port_voucherify: u16,
    /// Write the profiles as an archive into this folder, and end
    #[arg(long, value_name = "DIR", conflicts_with = "archive")]
    pub write: Option<PathBuf>,
    /// Write the profiles as one gzipped file of a single member, or `-` for stdout, and end
    #[arg(long, value_name = "FILE", conflicts_with = "archive")]
    pub single_file: Option<PathBuf>,
    /// Write what must become of each profile with the default options, a line of JSON each, into a file or `-` for stdout,
    /// and end
    #[arg(long, value_name = "FILE", conflicts_with = "archive")]
    pub expect: Option<PathBuf>,
    /// The space
    #[command(flatten)]
    pub segment: SegmentOptions,
    /// The project
    #[command(flatten)]
    pub voucherify: VoucherifyOptions,
}

/// Runs the command.
///
/// # Errors
/// A port that cannot be had, or stdout that cannot be written.
pub fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Outcome> {
    if arguments.write.is_some() || arguments.single_file.is_some() || arguments.expect.is_some() {
        return write(arguments, terminal);
    }
    block_on(async {
        let interrupt = Interrupt::listen()?;
        let options = options(arguments);
        let sandbox = Sandbox::start(options).await?;
        let mut stdout = std::io::stdout().lock();
        for (name, value) in [
            ("SEGMENT_API_URL", sandbox.segment_url().as_str()),
            ("SEGMENT_SPACE_ID", SPACE_ID),
            ("SEGMENT_ACCESS_TOKEN", SEGMENT_TOKEN),
            ("VOUCHERIFY_API_URL", sandbox.voucherify_url().as_str()),
            ("VOUCHERIFY_APPLICATION_ID", APPLICATION_ID),
            ("VOUCHERIFY_SECRET_KEY", SECRET_KEY),
        ] {
            writeln!(stdout, "export {name}={value}")?;
        }
        stdout.flush()?;
        terminal.say("both APIs are there until Ctrl-C; the lines above point the tool at them");
        interrupt.wait().await;
        terminal.summary(&seen(&sandbox))?;
        Ok(Outcome::Done)
    })
}

/// What both servers saw.
fn seen(sandbox: &Sandbox) -> Summary {
    let (counts, report) = (sandbox.counts(), sandbox.report());
    let steady = report["segment"]["calls_per_second"].as_f64();
    let mut rows = vec![
        (
            "calls to Segment".into(),
            format!("{}, {} of them over the limit", count(counts.segment_calls), count(counts.limited)),
        ),
        ("steady rate".into(), steady.map_or("too short to say".into(), |rate| format!("{rate:.1} calls a second"))),
        (
            "calls to Voucherify".into(),
            format!("{}, of which {} bulk", count(counts.voucherify_calls), count(counts.bulk_posts)),
        ),
        ("customers".into(), count(sandbox.customers().len() as u64)),
    ];
    for (name, api) in [("Segment", "segment"), ("Voucherify", "voucherify")] {
        for (kind, what) in [("by_endpoint", "calls"), ("faults", "faults")] {
            let counts = report[api][kind].as_object().into_iter().flatten();
            rows.extend(counts.map(|(label, count)| (format!("{name} {what}: {label}"), count.to_string())));
        }
    }
    Summary { title: "sandbox: what both servers saw".into(), rows, json: report, ..Summary::default() }
}

fn options(arguments: &Arguments) -> SandboxOptions {
    SandboxOptions {
        profiles: arguments.profiles,
        seed: arguments.seed,
        segment_rate: arguments.rate,
        segment_port: arguments.port_segment,
        voucherify_port: arguments.port_voucherify,
        segment: arguments.segment.clone(),
        voucherify: arguments.voucherify.clone(),
    }
}

/// Writes whatever is asked for instead of serving it.
fn write(arguments: &Arguments, terminal: &Terminal) -> Result<Outcome> {
    let Arguments { write: folder, single_file, expect, .. } = arguments;
    if folder.as_deref().is_some_and(|folder| folder == "-") {
        return Err(Failure::usage("`--write` makes a folder, and stdout is none")
            .hint("`--single-file -` writes the profiles to stdout")
            .into());
    }
    let files = [("`--single-file`", single_file), ("`--expect`", expect)];
    let files = files.iter().filter_map(|(what, path)| Some(Named { what, path: path.as_deref()? }));
    let files: Vec<Named> = files.collect();
    check_places(&files, folder.as_deref())?;
    let folders = folder.iter().map(|path| Named { what: "`--write`", path });
    keep_apart(&[], &files.into_iter().chain(folders).collect::<Vec<_>>())?;
    let people = People { profiles: arguments.profiles, seed: arguments.seed };
    let say = |path: &Path, Written { json, gzip }| {
        let (profiles, path) = (counted(people.profiles, "profile"), path.display());
        terminal.say(&format!("wrote {profiles} to `{path}`: {json} bytes of JSON, {gzip} gzipped"));
    };
    let failed = |error| Failure::disk("the profiles cannot be written", error);
    if let Some(folder) = folder {
        say(folder, people.write_archive(folder).map_err(failed)?);
    }
    if let Some(file) = single_file {
        say(file, people.write_file(file).map_err(failed)?);
    }
    if let Some(file) = expect {
        people.write_expectation(file).map_err(failed)?;
        terminal.say(&format!("wrote what must become of them to `{}`", file.display()));
    }
    Ok(Outcome::Done)
}
