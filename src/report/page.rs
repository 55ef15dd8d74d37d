//! The figures as one HTML page that asks nothing of any network.

use std::time::Duration;

use askama::Template;

use super::{Report, TargetFigures};
use crate::{
    findings::Severity,
    invocation::{Status, Transform, Upload},
    receipts::Verified,
    wording::{count, counted, duration, share},
};

/// Traits shown one by one.
const TRAITS: usize = 40;
/// Files beyond which their table is folded.
const FILES: usize = 20;

/// The page; everything in it is text already.
#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    report: &'a Report,
    version: &'a str,
    answers: Vec<Answer>,
    funnel: Vec<Bar>,
    missing: Vec<Missing>,
    rejects: Vec<Bar>,
    warnings: Vec<Bar>,
    traits: Vec<Bar>,
    more_traits: usize,
    refusals: Vec<Bar>,
    calls: Vec<[String; 3]>,
    files_open: bool,
}

/// Whether everybody came over, for one target.
struct Answer {
    class: &'static str,
    title: String,
    text: String,
}

/// One bar of a chart.
struct Bar {
    label: String,
    note: String,
    number: u64,
    count: String,
    share: String,
    /// Width in per cent of the whole.
    width: String,
    class: &'static str,
}

/// One reason why somebody did not come over.
struct Missing {
    count: String,
    what: String,
    place: String,
    advice: String,
}

/// What stands between backticks is code; the rest are words.
fn spans(text: &str) -> impl Iterator<Item = (bool, &str)> {
    text.split('`').enumerate().map(|(number, span)| (number % 2 == 1, span))
}

/// Renders the page.
///
/// # Errors
/// None in practice: writing to memory cannot fail.
pub fn render(report: &Report) -> Result<String, askama::Error> {
    let of = |severity: fn(Severity) -> bool, class| -> Vec<Bar> {
        let findings = report.findings.iter().filter(|finding| severity(finding.severity));
        let whole = report.transform.as_ref().map_or(0, |books| books.read);
        findings
            .map(|it| Bar::new(&it.reason, if class == "bad" { "" } else { &it.advice }, it.profiles, whole, class))
            .collect()
    };
    let traits = report.traits.iter().take(TRAITS).map(|it| {
        let note = if it.becomes.is_empty() {
            format!("{} · not used", it.types)
        } else {
            format!("{} → {}", it.types, it.becomes)
        };
        let class = if it.becomes.is_empty() { "muted" } else { "" };
        Bar::new(&it.name, &note, it.profiles, report.profiles_inspected, class)
    });
    let refusals = report.targets.iter().flat_map(|target| {
        target.refusals.iter().map(|(key, number)| Bar::new(key, &target.name, *number, target.customers, "bad"))
    });
    let page = Page {
        report,
        version: env!("CARGO_PKG_VERSION"),
        answers: answers(report),
        funnel: funnel(report),
        missing: missing(report),
        rejects: of(|severity| severity == Severity::Rejected, "bad"),
        warnings: of(|severity| severity != Severity::Rejected, "warn"),
        traits: traits.collect(),
        more_traits: report.traits.len().saturating_sub(TRAITS),
        refusals: refusals.collect(),
        calls: calls(report),
        files_open: report.files.len() <= FILES,
    };
    page.render()
}

impl Bar {
    fn new(label: &str, note: &str, number: u64, whole: u64, class: &'static str) -> Self {
        let permille = u128::from(number) * 1_000 / u128::from(whole.max(1));
        Self {
            label: label.to_owned(),
            note: note.to_owned(),
            number,
            count: count(number),
            share: share(number, whole),
            // A bar that is there at all can be seen.
            width: format!("{}.{}", permille.min(1_000) / 10, permille % 10),
            class,
        }
    }
}

impl Missing {
    fn new(number: u64, what: impl Into<String>, place: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { count: count(number), what: what.into(), place: place.into(), advice: advice.into() }
    }
}

/// Did everybody come over: one answer a target.
fn answers(report: &Report) -> Vec<Answer> {
    if report.targets.is_empty() {
        let (title, next) = match &report.transform {
            None => ("Exported, not transformed yet", Transform::default().to_string()),
            Some(_) => ("Nothing was sent yet", Upload::default().to_string()),
        };
        return vec![Answer { class: "warn", title: title.into(), text: format!("Next: {next}") }];
    }
    report.targets.iter().map(|target| answer(report, target)).collect()
}

fn answer(report: &Report, target: &TargetFigures) -> Answer {
    let everybody = report.everybody();
    let came = format!("{} of {} came over", count(target.landed), counted(everybody, "profile"));
    let complete = report.export.as_ref().is_none_or(|export| export.complete);
    let accounted = target.landed + target.refused + target.unknown + target.left;
    // While an export runs some are left; more than were listed is never right.
    let exported = report.export.as_ref().is_none_or(|export| export.books.left().is_some());
    let balanced = exported
        && accounted == target.customers
        && report.transform.as_ref().is_none_or(crate::batches::manifest::TransformBooks::balance);
    let (class, title, text) = if !balanced {
        ("bad", came, format!("The books do not balance: {}", Status::default().checksums()))
    } else if target.left > 0 {
        ("warn", came, format!("{} still to be sent or finished: run upload again.", counted(target.left, "customer")))
    } else if target.landed == everybody && complete {
        ("good", format!("Everybody came over: {}", count(everybody)), "Nothing is left to do.".to_owned())
    } else {
        let missing = everybody.saturating_sub(target.landed);
        let class = if target.refused + target.unknown > 0 || !complete { "warn" } else { "good" };
        (class, came, format!("{} did not, and each of them is accounted for below.", count(missing)))
    };
    let verified = target.verified.as_ref().map_or("Not verified.".to_owned(), verified);
    let further =
        [changed(target), overwritten(target), undone(target)].into_iter().flatten().map(|words| format!(" {words}"));
    let further: String = further.collect();
    Answer { class, title, text: format!("{} · {text} {verified}{further}", target.name) }
}

/// What the last upload changed: who was new, and who was there before.
fn changed(target: &TargetFigures) -> Option<String> {
    let words = [
        ("created", "were new"),
        ("updated", "were changed"),
        ("as it was", "were just so already"),
        ("unchanged", "were not sent, since nothing about them had changed"),
        ("taken", "were taken, and no report says whether they were new"),
    ];
    let told = words.iter().filter_map(|(outcome, words)| {
        target.outcomes.get(*outcome).map(|customers| format!("{} {words}", count(*customers)))
    });
    let told: Vec<String> = told.collect();
    (!told.is_empty()).then(|| format!("Of the customers of the last upload {}.", told.join(", ")))
}

/// Which fields the last upload changed in customers who were there before it.
fn overwritten(target: &TargetFigures) -> Option<String> {
    let words = target.before.as_ref()?.in_words();
    let (first, rest) = words.split_at(1);
    Some(format!("{}{}.", first.to_uppercase(), rest.replace('`', "")))
}

/// Whether an undo was run, with its four books.
fn undone(target: &TargetFigures) -> Option<String> {
    let undo = target.undone.as_ref()?;
    let words = undo.in_words();
    if target.sent > 0 && undo.books.is_some() {
        return Some(format!("Before that it was {words}."));
    }
    let (first, rest) = words.split_at(1);
    Some(format!("{}{rest}.", first.to_uppercase()))
}

/// What a comparison with the project found, with the fields that differ.
fn verified(verified: &Verified) -> String {
    let words = verified.in_words();
    let fields: Vec<String> =
        verified.fields_that_differ.iter().map(|(field, times)| format!("{field} {}", count(*times))).collect();
    let fields = if fields.is_empty() { String::new() } else { format!(" ({})", fields.join(", ")) };
    format!("{}{}{fields}.", words[..1].to_uppercase(), &words[1..])
}

fn funnel(report: &Report) -> Vec<Bar> {
    let whole = report.everybody();
    let mut funnel = Vec::new();
    let mut step = |label: &str, note: &str, number| funnel.push(Bar::new(label, note, number, whole, ""));
    if let Some(export) = &report.export {
        step("listed", "profiles in the Segment space", export.books.listed);
        step("exported", "profiles in the archive", export.books.exported);
    }
    if let Some(books) = &report.transform {
        step("mapped", "customers in batches", books.customers);
    }
    for target in &report.targets {
        step("sent", &target.name, target.sent);
        step("landed", &target.name, target.landed);
    }
    funnel
}

/// Who did not come over, and what to do about it.
fn missing(report: &Report) -> Vec<Missing> {
    let mut missing = Vec::new();
    if let Some(books) = report.export.as_ref().map(|export| export.books) {
        let (left, vanished, failed) = (books.left().unwrap_or_default(), books.vanished, books.failed);
        missing.push(Missing::new(left, "listed and not exported yet", "", "run `export` again"));
        missing.push(Missing::new(vanished, "vanished", "", "deleted or merged away in Segment; nothing to do"));
        missing.push(Missing::new(failed, "could not be read", "`failures.csv`", "run `export` again"));
    }
    if let (Some(export), Some(books)) = (&report.export, &report.transform) {
        let unread = export.books.exported.saturating_sub(books.read);
        missing.push(Missing::new(unread, "exported and not transformed", "", "run `transform` again"));
    }
    for finding in report.findings.iter().filter(|finding| finding.severity == Severity::Rejected) {
        missing.push(Missing::new(finding.profiles, &finding.reason, "`rejects.csv`", &finding.advice));
    }
    for target in &report.targets {
        let place = |file: &str| format!("`{file}` of `{}`", target.name);
        let again = "correct them, `transform`, and run `upload --retry-refused`";
        missing.push(Missing::new(target.refused, "refused by Voucherify", place("refused.csv"), again));
        missing.push(Missing::new(target.unknown, "not said by Voucherify", place("receipts/"), "run `upload` again"));
        missing.push(Missing::new(target.left, "not sent or not finished", place("receipts/"), "run `upload` again"));
    }
    missing.retain(|missing| missing.count != "0");
    missing
}

/// Calls and time, against the limits.
fn calls(report: &Report) -> Vec<[String; 3]> {
    let time = |milliseconds: Option<u64>| match milliseconds {
        Some(milliseconds) => duration(Duration::from_millis(milliseconds)),
        None => "not known".into(),
    };
    let mut rows = Vec::new();
    if let Some(export) = &report.export {
        let calls = export.calls;
        let detail = format!(
            "{} lists, {} external ids, {} traits; repetitions: {}",
            count(calls.list),
            count(calls.external_ids),
            count(calls.traits),
            count(calls.retries)
        );
        rows.push(["Segment calls".into(), count(export.calls_made), detail]);
        let limit = format!(
            "at least {} at the default limit of 100 calls a second",
            duration(Duration::from_secs(export.seconds_at_limit))
        );
        rows.push(["Export time".into(), time(export.milliseconds), limit]);
    }
    for target in &report.targets {
        let detail = format!("for {} at {}", counted(target.batches, "batch"), target.name);
        rows.push(["Bulk requests".into(), count(target.posts), detail]);
        let detail = "from the first batch accepted to the last one finished".to_owned();
        rows.push(["Upload time".into(), time(target.milliseconds), detail]);
    }
    rows
}
