//! Inputs of which nearly nothing is a profile.

use super::{Account, TransformOptions};
use crate::{archive::forms::Form, failure::Failure, findings::Reason};

/// An input with a greater share of lines that are no profiles, in percent, is something else.
const MOST_MALFORMED: u64 = 90;
/// Where nobody was found in so many lines, the rest is not read: each would become a row of a table, and a little that is
/// compressed may inflate to more of them than a disk holds.
const HOPELESS: u64 = 1_000_000;

impl Account {
    /// Insists that nearly all of what was read are profiles; of a partition there may be none.
    pub(super) fn has_profiles(&self, options: &TransformOptions) -> Result<(), Failure> {
        if self.books.read == 0 && options.partition.is_none() {
            let names: Vec<&str> = self.inputs.iter().map(|input| input.file.as_str()).take(3).collect();
            let place = match (names.len(), self.inputs.len()) {
                (0, _) => "the input holds".into(),
                (_, 1) => format!("`{}` holds", names[0]),
                (told, all) if told < all => format!("`{}` and {} more hold", names.join("`, `"), all - told),
                _ => format!("`{}` hold", names.join("`, `")),
            };
            return Err(Failure::stopped(format!("{place} no profiles"))
                .kept("what was there before: nothing was published")
                .hint("see to what was to make that input, then transform again"));
        }
        self.are_profiles()
    }

    /// Ends a run in which nobody was found for a long time.
    pub(super) fn has_hope(&self) -> Result<(), Failure> {
        if self.books.customers == 0 && self.books.read >= HOPELESS { self.are_profiles() } else { Ok(()) }
    }

    /// Insists that nearly all lines so far are profiles.
    fn are_profiles(&self) -> Result<(), Failure> {
        let read = self.books.read;
        let malformed = self.books.findings.get(&Reason::MalformedLine).map_or(0, |count| count.profiles);
        if malformed.saturating_mul(100) <= read.saturating_mul(MOST_MALFORMED) {
            return Ok(());
        }
        let (file, form) = match &self.odd {
            Some((file, form)) => (file.as_str(), *form),
            None => (self.inputs.first().map_or("-", |input| input.file.as_str()), Form::Unknown),
        };
        Err(form.no_profiles(file, malformed, read))
    }
}
