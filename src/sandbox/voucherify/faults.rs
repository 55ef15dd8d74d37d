//! What goes wrong on demand: which kinds there are, how often, and whose turn it is.

use std::{collections::BTreeMap, fmt::Write, str::FromStr, sync::Mutex};

use clap::ValueEnum;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Something that can go wrong; the words of each are those of the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ValueEnum)]
pub enum FaultKind {
    /// Bulk request: 500, nothing accepted
    Error500,
    /// Bulk request: 503, nothing accepted
    Error503,
    /// Bulk request: the connection is closed before the body is read, nothing accepted
    Reset,
    /// Bulk request: 402, as when a plan is exceeded
    Payment402,
    /// Bulk request: 403
    Forbidden403,
    /// Bulk request: 400 for the whole request, `metadata_validation_failed`
    Metadata400,
    /// Bulk request: 400 for the whole request, `invalid_payload`
    Payload400,
    /// Bulk request: 400 for the whole request, in the framework's shape
    Framework400,
    /// Bulk request: 413 whatever its size
    Large413,
    /// Bulk request: a body over the limit is answered before it is read
    Early413,
    /// Bulk request: 429 without `Retry-After` and without class
    Bare429,
    /// Bulk request: accepted, then 502
    Lost502,
    /// Bulk request: accepted, then 504
    Lost504,
    /// Bulk request: accepted, then the connection is closed
    LostReset,
    /// Bulk request: accepted, answered without an id
    LostId,
    /// Action: ends as `FAILED`, nothing applied
    Failed,
    /// Action: `DONE` with `operation_status` `FAILED`, nothing applied
    OperationFailed,
    /// Action: ends with a status word that is not documented
    UnknownStatus,
    /// Action: `DONE` without `result`
    NoResult,
    /// Action: result in the shape used before 2024
    OldResult,
    /// Action: result in the shape used before 2024, each row `updated: false`, although everything was applied
    OldRows,
    /// Action: `failed_count` without any `errors`
    NoErrors,
    /// Action: 404 from the start
    Gone,
    /// Action: never ends
    Stuck,
    /// Action: its report cannot be had any more
    ExpiredReport,
    /// Export: stays `SCHEDULED`
    ExportStuck,
    /// Export: ends as `ERROR`
    ExportError,
    /// Export: ends with a status word that is not documented
    ExportUnknownStatus,
    /// Export: `DONE` without an address to download from
    ExportNoUrl,
    /// Export: 404 from the start
    ExportGone,
    /// Download: 401, as when the token of the address has expired
    DownloadToken,
    /// Download: 500
    Download500,
    /// Download: the connection is closed before a byte is sent
    DownloadReset,
    /// Download: the connection is closed within a row
    DownloadCut,
    /// Download: it ends within a row, as if that were all
    DownloadShort,
    /// Download: 200 with a page of HTML
    DownloadHtml,
    /// Any other call: 500
    Read500,
    /// Any other call: the connection is closed
    ReadReset,
    /// Any other call: 200 with a body that is cut
    ReadCut,
}

/// How often a fault strikes, of the times that it has a chance to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Extent {
    /// Each time that it could happen.
    Always,
    /// So many times, then no more
    First(u64),
    /// Once: this time, counted from 1
    Nth(u64),
    /// This share of the times, between 0 and 1, chosen by seed
    Share(f64),
}

/// One fault as it is asked for: `lost502`, `lost502:3`, `lost502:@3`, `lost502:10%`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fault {
    /// What it is that goes wrong.
    pub kind: FaultKind,
    /// How often it goes wrong.
    pub extent: Extent,
}

impl Fault {
    /// Every kind with what it does, for the help.
    pub(super) fn help() -> String {
        let mut help = String::from(
            "What goes wrong: KIND, KIND:N (the first N times), KIND:@N (the Nth time) or KIND:P%; may be repeated\n",
        );
        for value in FaultKind::value_variants().iter().filter_map(ValueEnum::to_possible_value) {
            let meaning = value.get_help().map(ToString::to_string).unwrap_or_default();
            // Writing to a string does not fail.
            let _ = write!(help, "\n  {:<21} {meaning}", value.get_name());
        }
        help
    }
}

impl From<FaultKind> for Fault {
    fn from(kind: FaultKind) -> Self {
        Self { kind, extent: Extent::Always }
    }
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, extent) = text.split_once(':').map_or((text, None), |(kind, extent)| (kind, Some(extent)));
        let kind = FaultKind::from_str(kind, false).map_err(|_| format!("there is no fault `{kind}`"))?;
        let Some(extent) = extent else { return Ok(kind.into()) };
        let unreadable = || format!("`{extent}` is neither `N`, `@N` nor `P%`, of which N counts from 1");
        let number = |text: &str| text.parse().ok().filter(|number| *number > 0).ok_or_else(unreadable);
        let extent = match (extent.strip_suffix('%'), extent.strip_prefix('@')) {
            (Some(percent), _) => {
                let percent: Option<f64> = percent.parse().ok();
                let percent = percent.filter(|percent| (0.0..=100.0).contains(percent)).ok_or_else(unreadable)?;
                Extent::Share(percent / 100.0)
            }
            (_, Some(nth)) => Extent::Nth(number(nth)?),
            _ => Extent::First(number(extent)?),
        };
        Ok(Self { kind, extent })
    }
}

/// The faults of a project, and how often each had its turn.
#[derive(Debug)]
pub(super) struct Faults {
    wanted: Vec<Fault>,
    seed: u64,
    turns: Mutex<BTreeMap<FaultKind, Turns>>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Turns {
    asked: u64,
    struck: u64,
}

impl Faults {
    pub(super) fn new(wanted: Vec<Fault>, seed: u64) -> Self {
        Self { wanted, seed, turns: Mutex::default() }
    }

    /// Whether this kind strikes now.
    pub(super) fn strikes(&self, kind: FaultKind) -> bool {
        let Ok(mut turns) = self.turns.lock() else { return false };
        let turns = turns.entry(kind).or_default();
        turns.asked += 1;
        let number = turns.asked;
        let strikes = self.wanted.iter().filter(|fault| fault.kind == kind).any(|fault| match fault.extent {
            Extent::Always => true,
            Extent::First(times) => number <= times,
            Extent::Nth(nth) => number == nth,
            Extent::Share(share) => chance(self.seed, &format!("{kind:?} {number}"), share),
        });
        turns.struck += u64::from(strikes);
        strikes
    }

    /// The first of these kinds that strikes now; each of them had its turn.
    pub(super) fn first(&self, kinds: &[FaultKind]) -> Option<FaultKind> {
        let struck: Vec<FaultKind> = kinds.iter().copied().filter(|kind| self.strikes(*kind)).collect();
        struck.first().copied()
    }

    /// How often each kind struck, by name.
    pub(super) fn struck(&self) -> BTreeMap<String, u64> {
        let Ok(turns) = self.turns.lock() else { return BTreeMap::new() };
        let name = |kind: &FaultKind| kind.to_possible_value().map(|value| value.get_name().to_owned());
        turns
            .iter()
            .filter(|(_, turns)| turns.struck > 0)
            .filter_map(|(kind, turns)| Some((name(kind)?, turns.struck)))
            .collect()
    }
}

/// Whether something named strikes with this share: the same for the same seed, always.
pub(super) fn chance(seed: u64, name: &str, share: f64) -> bool {
    // FNV-1a: tells names apart, on every machine and version alike.
    let hash = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    share > 0.0 && ChaCha8Rng::seed_from_u64(seed ^ hash).random_bool(share.min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extents_are_read_and_kept() {
        let struck = |text: &str| {
            let faults = Faults::new(vec![text.parse().unwrap()], 7);
            (1..=1_000).filter(|_| faults.strikes(FaultKind::Lost502)).count()
        };
        assert_eq!(struck("lost502"), 1_000);
        assert_eq!(struck("lost502:3"), 3);
        assert_eq!(struck("lost502:@3"), 1);
        assert_eq!(struck("lost504:3"), 0);
        assert!((70..130).contains(&struck("lost502:10%")));
        assert_eq!(struck("lost502:10%"), struck("lost502:10%"));
        assert_eq!(struck("lost502:100%"), 1_000);
        for wrong in
            ["no", "lost502:x", "lost502:", "lost502:0", "lost502:@0", "lost502:100.1%", "lost502:-1%", "lost502:nan%"]
        {
            assert!(wrong.parse::<Fault>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_help_names_every_kind() {
        let help = Fault::help();
        assert!(help.contains("  lost-reset ") && help.contains("  stuck "), "{help}");
    }
}
