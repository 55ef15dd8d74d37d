//! `explain`: one customer end to end, on one screen.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use serde_json::Value;

use super::Outcome;
use crate::{
    archive::{manifest::ArchiveManifest, reader},
    batches::manifest::BatchesManifest,
    config,
    explain::{
        self, Clues, Explanation, PersonFate,
        journey::Answer,
        narrowing,
        search::{self, SearchedFor},
    },
    failure::Failure,
    findings::REJECTS,
    invocation::{Explain, Export, Transform, Upload},
    status::{self, Folder},
    terminal::{Paint, Terminal, aligned},
    transform::recorded::{Chosen, Run},
    wording::{count, counted, spaced},
};

/// Characters of a value that a table of 80 columns has room for.
const ROOM: usize = 60;
/// Values that are not sent, shown one by one before they are only named.
const LEFT_BEHIND: usize = 12;

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// A `segment_id`, a `source_id`, another external id, or an email
    #[arg(value_name = "ID")]
    id: String,
    /// Archive, file or pattern to search
    #[arg(long, value_name = "INPUT", default_value = "export")]
    archive: PathBuf,
    /// Folder of the batches
    #[arg(long, value_name = "DIR", default_value = "batches")]
    batches: PathBuf,
    /// External id type saved as `source_id` [default: that of the batches, or `user_id`]
    #[arg(long, value_name = "TYPE")]
    identifier: Option<String>,
    /// Mapping file to trace with [default: what the batches were made with, or the built-in mapping]
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// Nobody of that id, or a file that cannot be read.
pub fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Outcome> {
    let wanted = SearchedFor::new(&arguments.id);
    if wanted.text().is_empty() {
        return Err(Failure::usage("the ID is blank").hint("give a `segment_id`, a `source_id` or an email").into());
    }
    let folder = status::read(&arguments.batches)?;
    if matches!(folder, Some(Folder::Archive(_))) {
        // A folder of the other kind is told, as by who reads it.
        BatchesManifest::read(&arguments.batches)?;
    }
    let batches = folder.as_ref().and_then(|folder| explain::batches_of(&arguments.batches, folder));
    let run = repeated(arguments, folder.as_ref())?;
    let input = std::slice::from_ref(&arguments.archive);
    // A pattern is no file itself.
    let there = batches.is_none() || arguments.archive.exists() || reader::sources(input).is_ok();
    if !there {
        tell_of_missing_archive(arguments, folder.as_ref());
    }
    let sources = if there { reader::sources(input)? } else { Vec::new() };
    let files = sources.len() as u64;
    let index = batches.map(|(folder, manifest, _)| (folder, manifest));
    let search = |wanted: &SearchedFor<'_>| {
        let sources = narrowing::worth_reading(sources.clone(), wanted, index, &run);
        let phase = terminal.phase("search", Some(sources.len() as u64));
        let found = search::search(&sources, wanted, (&run.mapper, run.texts), &phase);
        phase.finish();
        found
    };
    let found = search(&wanted)?;
    let archive = if arguments.archive.is_dir() { ArchiveManifest::read(&arguments.archive)? } else { None };
    let failures = archive.map(|archive| archive.failures).unwrap_or_default();
    let evidence = Clues { found, failures: &failures, batches, search: &search };
    let explanation =
        explain::explain(&wanted, evidence, &run)?.ok_or_else(|| nobody(&wanted, arguments, files, folder.as_ref()))?;
    let json = serde_json::to_value(&explanation)?;
    terminal.answer(&json, |width, paint| text(&explanation, &arguments.batches, folder.as_ref(), width, paint))?;
    Ok(Outcome::Done)
}

/// Without the archive only what is sent can be shown; what the batches were made of may lie elsewhere.
fn tell_of_missing_archive(arguments: &Arguments, folder: Option<&Folder>) {
    let given = match folder {
        Some(Folder::Batches(manifest, _)) => manifest.given.iter().map(|given| Path::new(&given.input)).collect(),
        _ => Vec::new(),
    };
    let archive = &arguments.archive;
    let here = archive.display();
    let elsewhere = given.into_iter().find(|input| input != archive && input.as_os_str() != "-");
    let elsewhere = elsewhere.map_or_else(String::new, |input| {
        let explain = Explain::who(&arguments.id).archive(input).batches(&arguments.batches);
        format!("; where they came from: `{explain}`")
    });
    tracing::warn!("`{here}` is not there, so that no traits are shown{elsewhere}");
}

/// The run that made the batches, unless the user says otherwise.
fn repeated(arguments: &Arguments, folder: Option<&Folder>) -> Result<Run, Failure> {
    let recorded = match folder {
        Some(Folder::Batches(manifest, _)) => Some(manifest.options.clone()),
        _ => None,
    };
    let identifier = match (&arguments.identifier, &recorded) {
        (None, Some(_)) => None,
        (typed, _) => config::chosen(typed.as_deref(), "IDENTIFIER_SAVED_AS_SOURCE_ID")?,
    };
    let recorded = recorded.clone().unwrap_or_default();
    Run::of(&recorded, Chosen { identifier, mapping: arguments.mapping.clone(), batches: arguments.batches.clone() })
}

/// Says what was searched.
fn nobody(wanted: &SearchedFor<'_>, arguments: &Arguments, files: u64, folder: Option<&Folder>) -> Failure {
    let mut searched = vec![format!("{} of `{}`", counted(files, "file"), arguments.archive.display())];
    if let Some(Folder::Batches(manifest, _)) = folder {
        let batches = counted(manifest.batches.len() as u64, "batch");
        searched.push(format!("{batches} and both tables of `{}`", arguments.batches.display()));
    }
    Failure::stopped(format!("nobody has the id or email `{}`: searched {}", wanted.text(), searched.join(", ")))
        .hint("ids are compared whole and with their capitals; `--archive` and `--batches` name other folders")
}

fn text(explanation: &Explanation, batches: &Path, folder: Option<&Folder>, width: u16, paint: Paint) -> String {
    let mut blocks = vec![heading(explanation, width, paint)];
    if !explanation.trace.fields.is_empty() || explanation.place.is_some() {
        blocks.push(fields(explanation, width));
    }
    blocks.extend(findings(explanation, width, paint));
    blocks.extend(explanation.doubts.iter().map(|doubt| aligned(None, [["doubt".to_owned(), doubt.clone()]], width)));
    blocks.extend(left_behind(explanation, width));
    if let Some(next) = next(explanation, batches, folder, width) {
        blocks.push(next);
    }
    blocks.join("\n\n")
}

fn heading(explanation: &Explanation, width: u16, paint: Paint) -> String {
    let fate = explanation.fate.as_str();
    let fate = match explanation.fate {
        PersonFate::CameOver => paint.good(fate),
        PersonFate::NotSent | PersonFate::NotTransformed | PersonFate::PassedOver | PersonFate::Skipped => {
            paint.warning(fate)
        }
        PersonFate::Refused | PersonFate::Unknown | PersonFate::Rejected | PersonFate::NotRead => paint.bad(fate),
    };
    let name = if explanation.segment_id.is_empty() { "no segment_id" } else { &explanation.segment_id };
    let mut rows: Vec<[String; 2]> = Vec::new();
    if let Some(found) = &explanation.found {
        rows.push(["profile".into(), format!("{} line {}", found.file, count(found.line))]);
    }
    if let Some(failed) = &explanation.failed {
        let request = failed.request_id.as_ref().map(|id| format!(", request {id}")).unwrap_or_default();
        let tries = counted(u64::from(failed.attempts), "attempt");
        rows.push(["export".into(), format!("{}: {}, {tries}{request}", failed.endpoint, failed.message)]);
    }
    if let Some(place) = &explanation.place {
        let of = format!("{}, customer {} of {}", place.batch, count(place.position), count(place.customers));
        rows.push(["batch".into(), of]);
    }
    rows.extend(explanation.targets.iter().map(|target| [target.target.clone(), answer(&target.answer)]));
    let others = explanation.others.iter().take(3);
    rows.extend(others.map(|(id, file, line)| ["also found".into(), format!("{id} ({file} line {})", count(*line))]));
    if explanation.others.len() > 3 {
        rows.push(["also found".into(), format!("{} more", explanation.others.len() - 3)]);
    }
    let title = format!("{}: {fate}", paint.title(name));
    if rows.is_empty() { title } else { format!("{title}\n{}", aligned(None, rows, width)) }
}

fn answer(answer: &Answer) -> String {
    match answer {
        Answer::NotSent => "its batch was not sent yet".into(),
        Answer::Submitted { action } => format!("its batch was accepted and is not finished (`{action}`)"),
        Answer::Taken { at } => format!("taken, {at}"),
        Answer::Refused { words } => format!("refused: {words}"),
        Answer::Unknown => "not said: other customers of its batch were refused without a name".into(),
    }
}

/// What is sent, and which path gave it.
fn fields(explanation: &Explanation, width: u16) -> String {
    let from = |name: &str| {
        let field = explanation.trace.fields.iter().find(|field| field.field == name);
        field.map(|field| field.from.join(" ")).filter(|from| !from.is_empty()).unwrap_or_else(|| "-".into())
    };
    let all = match &explanation.place {
        Some(place) => explain::trace::fields_of(&place.customer),
        None => explanation.trace.fields.iter().map(|field| (field.field.clone(), field.value.clone())).collect(),
    };
    let rows = all.into_iter().map(|(name, value)| {
        let path = from(&name);
        [name, shortened(&value, ROOM / 2), path]
    });
    let sent = if explanation.place.is_some() { "sent" } else { "would be sent" };
    aligned(Some([sent, "value", "from"]), rows, width)
}

fn findings(explanation: &Explanation, width: u16, paint: Paint) -> Option<String> {
    let rows: Vec<[String; 3]> = explanation
        .findings
        .iter()
        .map(|finding| {
            let field = if finding.field.is_empty() { "-" } else { &finding.field };
            let value = if finding.value.is_empty() || finding.message.contains(&finding.value) {
                String::new()
            } else {
                format!("`{}`: ", shortened(&finding.value, ROOM / 2))
            };
            [finding.reason.clone(), field.to_owned(), format!("{value}{}", finding.message)]
        })
        .collect();
    let rejected = explanation.findings.iter().any(|finding| finding.rejects);
    let title = if rejected { paint.bad("why it is in no batch") } else { paint.warning("noticed") };
    (!rows.is_empty()).then(|| format!("{title}\n{}", aligned(None, rows, width)))
}

fn left_behind(explanation: &Explanation, width: u16) -> Option<String> {
    // Values that a finding explains are told above in its words.
    let left = &explanation.trace.left_behind;
    let rows = left.iter().take(LEFT_BEHIND).map(|left| {
        let why = left.why.split(':').next().unwrap_or_default().to_owned();
        [left.path.clone(), shortened(&left.value, ROOM / 2), why]
    });
    let more = left.len().saturating_sub(LEFT_BEHIND);
    let more = if more > 0 {
        format!("\n  and {} (`--json` has all)", counted(more as u64, "more value"))
    } else {
        String::new()
    };
    (!left.is_empty()).then(|| format!("{}{more}", aligned(Some(["not sent", "value", "why"]), rows, width)))
}

/// What to do about it, commands on lines of their own.
fn next(explanation: &Explanation, batches: &Path, there: Option<&Folder>, width: u16) -> Option<String> {
    let (again, with_rejects) = match there {
        Some(Folder::Batches(manifest, _)) => (manifest.repeat(batches), manifest.repeat_with_rejects(batches)),
        _ => [Transform::default().output(batches), Transform::default().output(batches)].into(),
    };
    let upload = match there {
        Some(Folder::Batches(_, targets)) => {
            let open = explanation.targets.iter().find(|target| !matches!(target.answer, Answer::Taken { .. }));
            let target = targets.iter().find(|target| open.is_some_and(|open| open.target == target.name));
            target.map_or_else(|| Upload::of(batches), |target| target.upload(batches))
        }
        _ => Upload::of(batches),
    };
    let steps = match explanation.fate {
        PersonFate::CameOver | PersonFate::Skipped | PersonFate::PassedOver => return None,
        PersonFate::Refused => vec![
            "correct what the server names in Segment or in a mapping file, and transform again; then:".to_owned(),
            upload.retry_refused().to_string(),
        ],
        PersonFate::NotSent => vec![upload.to_string()],
        PersonFate::Unknown => {
            vec!["send the batch again, which changes nothing else:".to_owned(), upload.force().to_string()]
        }
        PersonFate::Rejected
            if matches!(there, Some(Folder::Batches(manifest, _)) if manifest.ids_need_everybody())
                && explanation.findings.iter().any(|finding| finding.rejects && finding.field == "source_id") =>
        {
            vec!["correct the id in a transform of everybody, without `--partition`, or in Segment".to_owned()]
        }
        PersonFate::Rejected => {
            let sheet = match there {
                Some(Folder::Batches(manifest, _)) => batches.join(&manifest.to_fill_in().file),
                _ => batches.join(REJECTS),
            };
            vec![format!("fill in `corrected_value` in `{}`, then:", sheet.display()), with_rejects.to_string()]
        }
        PersonFate::NotTransformed => vec![again.to_string()],
        PersonFate::NotRead => vec![Export::default().to_string()],
    };
    let labels = std::iter::once("next").chain(std::iter::repeat(""));
    Some(aligned(None, steps.into_iter().zip(labels).map(|(step, label)| [label.to_owned(), step]), width))
}

/// As much of a value as there is room for, on one line.
fn shortened(value: &str, room: usize) -> String {
    let value = match serde_json::from_str(value) {
        Ok(value @ (Value::Array(_) | Value::Object(_))) => spaced(&value),
        _ => value.to_owned(),
    };
    let line: String = value.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    if line.chars().count() <= room { line } else { line.chars().take(room - 1).chain(['…']).collect() }
}
