//! One customer end to end: the profile, what gave each field, what was left out and why, the batch, the answers.

pub mod journey;
pub mod narrowing;
pub mod preview;
pub mod search;
pub mod trace;

use std::{error::Error, path::Path};

use serde::Serialize;

use self::{
    journey::{Answer, Looked, Place},
    search::{Found, SearchedFor},
    trace::{Noticed, Trace},
};
use crate::{
    archive::manifest::FailedProfile, batches::manifest::BatchesManifest, failure::Failure, receipts::Target,
    status::Folder, transform::recorded::Run,
};

/// Everything that is known of one person.
#[derive(Debug, Default, Serialize)]
pub struct Explanation {
    /// The profile's id; empty where nothing names it.
    pub segment_id: String,
    /// The customer's identity, where there is one.
    pub source_id: Option<String>,
    /// The profile in the archive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<Found>,
    /// The profile was listed and could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<FailedProfile>,
    /// What the mapping makes of it.
    pub trace: Trace,
    /// What the transform noticed, where there are batches; else what the mapping would notice.
    pub findings: Vec<Noticed>,
    /// Where its customer is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// What each target says of it.
    pub targets: Vec<TargetAnswer>,
    /// Other profiles with what was searched for, as `segment_id`, file and line.
    pub others: Vec<(String, String, u64)>,
    /// What is not as it was when the batches were made, so that the trace may differ from what was sent.
    pub doubts: Vec<String>,
    /// Files of the batches that could not be looked into.
    #[serde(skip)]
    pub unread: Vec<Failure>,
    /// What it comes to.
    pub fate: PersonFate,
}

/// What one target says.
#[derive(Debug, Serialize)]
pub struct TargetAnswer {
    /// Name of the target.
    pub target: String,
    /// What it says of the customer.
    pub answer: Answer,
}

/// What became of a person, in a word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonFate {
    /// Every target that got batches took the customer.
    CameOver,
    /// A target refused the customer.
    Refused,
    /// The batch is not sent, or not finished.
    #[default]
    NotSent,
    /// A target did not say what became of the customer.
    Unknown,
    /// The transform rejected the profile.
    Rejected,
    /// A rule of the mapping skips the profile: it is not meant to come over.
    Skipped,
    /// The archive holds the profile, and no transform has read it.
    NotTransformed,
    /// The batches are those of one partition, and the profile is of another.
    PassedOver,
    /// The profile could not be read from Segment.
    NotRead,
}

impl PersonFate {
    /// A few words for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CameOver => "came over",
            Self::Refused => "refused by a target",
            Self::NotSent => "in a batch, not sent yet",
            Self::Unknown => "sent, and the server does not say what became of it",
            Self::Rejected => "rejected by the transform",
            Self::Skipped => "skipped by a rule of the mapping",
            Self::NotTransformed => "exported, not transformed yet",
            Self::PassedOver => "passed over: of another partition than these batches",
            Self::NotRead => "could not be read from Segment",
        }
    }
}

/// Looks through the archive for somebody.
pub type Search<'a> = dyn Fn(&SearchedFor<'_>) -> Result<Vec<Found>, Failure> + 'a;

/// What there is to look into.
pub struct Clues<'a> {
    /// Profiles of the archive that have what is wanted, the best match first.
    pub found: Vec<Found>,
    /// Profiles that an export could not read.
    pub failures: &'a [FailedProfile],
    /// The folder of batches, where there is one.
    pub batches: Option<(&'a Path, &'a BatchesManifest, &'a [Target])>,
    /// Searches the archive again, for whom the batches know by another id than the archive does.
    pub search: &'a Search<'a>,
}

/// The parts of a folder of batches, as [`Clues`] takes them.
#[must_use]
pub fn batches_of<'a>(path: &'a Path, folder: &'a Folder) -> Option<(&'a Path, &'a BatchesManifest, &'a [Target])> {
    match folder {
        Folder::Batches(manifest, targets) => Some((path, manifest, targets)),
        Folder::Archive(_) => None,
    }
}

/// Puts together what is known of the one who is wanted; `None` where nobody is.
///
/// # Errors
/// A batch or a table that cannot be read.
pub fn explain(wanted: &SearchedFor<'_>, evidence: Clues<'_>, run: &Run) -> Result<Option<Explanation>, Failure> {
    let mut explanation = Explanation { doubts: run.doubts.clone(), ..Explanation::default() };
    explanation.take(evidence.found, run);
    if explanation.found.is_none() {
        explanation.failed = evidence.failures.iter().find(|failure| wanted.is(&failure.segment_id)).cloned();
        explanation.segment_id =
            explanation.failed.as_ref().map(|failed| failed.segment_id.clone()).unwrap_or_default();
    }
    if let Some((folder, manifest, targets)) = evidence.batches {
        explanation.follow(wanted, folder, manifest, targets)?;
        if explanation.found.is_none() && explanation.failed.is_none() && !explanation.segment_id.is_empty() {
            // A correction, or a rule of the mapping, gave an id or email that the archive does not have.
            explanation.take((evidence.search)(&SearchedFor::new(&explanation.segment_id.clone()))?, run);
        }
    } else {
        explanation.findings.clone_from(&explanation.trace.findings);
    }
    let nobody = explanation.found.is_none()
        && explanation.failed.is_none()
        && explanation.place.is_none()
        && explanation.findings.is_empty();
    explanation.fate = explanation.fate(evidence.batches.is_some());
    let share = evidence.batches.and_then(|(_, manifest, _)| manifest.options.share());
    let is_ours = |found: &Found| share.as_ref().is_none_or(|share| share.takes_profile(&found.profile));
    if explanation.fate == PersonFate::NotTransformed && !explanation.found.as_ref().is_none_or(is_ours) {
        explanation.fate = PersonFate::PassedOver;
    }
    // Who is in no place and in no table may be in a file that could not be read.
    let is_told = explanation.failed.is_some() || explanation.trace.skipped_by.is_some();
    let is_elsewhere = explanation.place.is_none() && explanation.findings.is_empty() && !is_told;
    if is_elsewhere && !explanation.unread.is_empty() {
        return Err(explanation.unread.swap_remove(0));
    }
    let doubts = explanation.unread.iter().map(|failure| match failure.source() {
        Some(cause) => format!("{failure}: {cause}"),
        None => failure.to_string(),
    });
    let doubts: Vec<String> = doubts.collect();
    for doubt in doubts {
        if !explanation.doubts.contains(&doubt) {
            explanation.doubts.push(doubt);
        }
    }
    Ok((!nobody).then_some(explanation))
}

impl Explanation {
    /// Takes the best of the profiles that were found, and traces it.
    fn take(&mut self, found: Vec<Found>, run: &Run) {
        let mut found = found.into_iter();
        self.found = found.next();
        self.others = found.map(|other| (other.segment_id, other.file, other.line)).collect();
        if let Some(found) = &self.found {
            self.segment_id.clone_from(&found.segment_id);
            let corrections = run.corrections.of(&found.segment_id, &found.file, found.line);
            self.trace = trace::trace(&found.profile, &run.mapper, corrections);
        }
    }

    /// Follows the profile through a folder of batches.
    fn follow(
        &mut self,
        wanted: &SearchedFor<'_>,
        folder: &Path,
        manifest: &BatchesManifest,
        targets: &[Target],
    ) -> Result<(), Failure> {
        if self.segment_id.is_empty() {
            let by_customer = self.sought(journey::place_by_customer(folder, manifest, wanted));
            self.place = by_customer.or_else(|| self.sought(journey::place_of(folder, manifest, wanted.text())));
            let origin = self.place.as_ref().and_then(|place| place.origin.as_ref());
            self.segment_id = origin.map(|origin| origin.segment_id.clone()).unwrap_or_default();
        } else {
            self.place = self.sought(journey::place_of(folder, manifest, &self.segment_id.clone()));
        }
        // Without origins a customer is known by what the mapping makes of the profile.
        let made = self.trace.fields.iter().find(|field| field.field == "source_id").map(|field| field.value.clone());
        let made = made.filter(|_| self.place.is_none() && !self.unread.is_empty());
        let by_id = made.and_then(|made| self.sought(journey::place_without_origins(folder, manifest, &made)));
        for (table, rejects) in [(&manifest.rejects, true), (&manifest.warnings, false)] {
            let id = self.segment_id.clone();
            let text = if id.is_empty() { wanted } else { &SearchedFor::new(&id) };
            let rows = journey::rows(folder, table, text, |row| {
                if id.is_empty() { journey::is_about(row, wanted) } else { row.segment_id == id }
            })?;
            if let Some(row) = rows.first().filter(|_| self.segment_id.is_empty()) {
                self.segment_id = row.segment_id.to_string();
            }
            let here = self.found.as_ref().map(|found| (found.file.as_str(), found.line));
            self.findings.extend(rows.into_iter().map(|row| journey::noticed(row, here, rejects)));
        }
        // The id may be somebody else's, who came first.
        let by_id = by_id.filter(|_| !self.findings.iter().any(|finding| finding.rejects));
        self.place = self.place.take().or(by_id);
        let source_id = self.place.as_ref().and_then(|place| place.customer["source_id"].as_str().map(str::to_owned));
        if let (Some(place), Some(source_id)) = (&self.place, &source_id) {
            let answers = targets.iter().map(|target| TargetAnswer {
                target: target.name.clone(),
                answer: journey::answer(target, place, source_id),
            });
            self.targets = answers.collect();
        }
        self.source_id = source_id;
        Ok(())
    }

    /// Notes what could not be looked into, since somebody may be there who is not found elsewhere.
    fn sought(&mut self, looked: Looked) -> Option<Place> {
        if looked.place.is_none() {
            self.unread.extend(looked.unread);
        }
        looked.place
    }

    fn fate(&self, transformed: bool) -> PersonFate {
        let says = |test: fn(&Answer) -> bool| self.targets.iter().any(|target| test(&target.answer));
        if self.place.is_some() {
            return if says(|answer| matches!(answer, Answer::Refused { .. })) {
                PersonFate::Refused
            } else if says(|answer| matches!(answer, Answer::Unknown)) {
                PersonFate::Unknown
            } else if !self.targets.is_empty() && !says(|answer| !matches!(answer, Answer::Taken { .. })) {
                PersonFate::CameOver
            } else {
                PersonFate::NotSent
            };
        }
        match (&self.failed, transformed) {
            (Some(_), _) => PersonFate::NotRead,
            _ if self.trace.skipped_by.is_some() => PersonFate::Skipped,
            _ if self.findings.iter().any(|finding| finding.rejects) => PersonFate::Rejected,
            _ => PersonFate::NotTransformed,
        }
    }
}
