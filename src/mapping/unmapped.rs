//! How many profiles have a trait that no rule takes: a count for each name, kept while lines are read.

use std::{collections::HashMap, sync::Arc};

/// Names that are counted one by one.
const MOST: usize = 10_000;
/// Names beyond which what is known of them is forgotten with the lines in which they came.
const MOST_KEPT: usize = 1_000;

/// Traits that no path of the mapping leads to, with the number of profiles that have a value.
#[derive(Debug, Default)]
pub struct Unmapped {
    /// In the order in which they came first.
    names: Vec<(Arc<str>, u64)>,
    positions: HashMap<Arc<str>, usize>,
    /// Values under names beyond [`MOST`].
    others: u64,
}

impl Unmapped {
    /// Takes what was counted on later lines.
    pub fn merge(&mut self, later: Counted) {
        self.others += later.others;
        for (name, times) in later.names {
            if let Some(position) = self.positions.get(&name) {
                self.names[*position].1 += times;
            } else if self.names.len() < MOST {
                self.positions.insert(Arc::clone(&name), self.names.len());
                self.names.push((name, times));
            } else {
                self.others += times;
            }
        }
    }

    /// Names with the number of profiles that have a value, the most common first.
    #[must_use]
    pub fn by_share(&self) -> Vec<(&str, u64)> {
        let mut names: Vec<_> = self.names.iter().map(|(name, times)| (&**name, *times)).collect();
        names.sort_unstable_by_key(|(name, times)| (std::cmp::Reverse(*times), *name));
        names
    }

    /// Whether there were more names than are counted one by one.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.others > 0
    }
}

/// What was counted on lines that lie together.
#[derive(Debug, Default)]
pub struct Counted {
    /// In the order in which they came first.
    names: Vec<(Arc<str>, u64)>,
    others: u64,
}

/// Counts on lines that lie together, and knows the names of those before.
#[derive(Debug, Default)]
pub(super) struct Counting {
    names: Vec<(Arc<str>, u64)>,
    positions: HashMap<Arc<str>, usize>,
    /// Positions of those that came on these lines, in the order in which they came first.
    came: Vec<usize>,
    others: u64,
}

impl Counting {
    /// Counts a trait that has a value; gives the position of its name for [`Self::again`], unless there are too many.
    pub(super) fn count(&mut self, name: &str) -> Option<usize> {
        let position = match self.positions.get(name) {
            Some(position) => *position,
            None if self.came.len() >= MOST => {
                self.others += 1;
                return None;
            }
            None => {
                let name: Arc<str> = name.into();
                self.positions.insert(Arc::clone(&name), self.names.len());
                self.names.push((name, 0));
                self.names.len() - 1
            }
        };
        self.again(position);
        Some(position)
    }

    /// Counts a trait whose name is known.
    #[inline]
    pub(super) fn again(&mut self, position: usize) {
        let times = &mut self.names[position].1;
        if *times == 0 {
            if self.came.len() >= MOST {
                self.others += 1;
                return;
            }
            self.came.push(position);
        }
        *times += 1;
    }

    /// Gives what was counted, and begins anew.
    pub(super) fn finish(&mut self) -> Counted {
        let names = &mut self.names;
        let counted = self.came.drain(..).map(|position| {
            let (name, times) = &mut names[position];
            (Arc::clone(name), std::mem::take(times))
        });
        Counted { names: counted.collect(), others: std::mem::take(&mut self.others) }
    }

    /// Whether so few names are known that they are worth to be kept.
    pub(super) fn is_small(&self) -> bool {
        self.names.len() <= MOST_KEPT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_counted_in_whatever_order_they_come() {
        let profiles = [&["a", "b", "c", "d", "e", "f"][..], &["a", "f"], &["f", "a"], &["e", "c", "new"], &[]];
        let expected = [("a", 3), ("f", 3), ("c", 2), ("e", 2), ("b", 1), ("d", 1), ("new", 1)];
        for together in [1, 2, 5] {
            let (mut counting, mut all) = (Counting::default(), Unmapped::default());
            for lines in profiles.chunks(together) {
                for name in lines.iter().copied().flatten() {
                    let known = counting.positions.get(*name).copied();
                    let position = known.inspect(|position| counting.again(*position)).or_else(|| counting.count(name));
                    assert_eq!(counting.positions.get(*name).copied(), position);
                }
                all.merge(counting.finish());
            }
            assert_eq!(all.by_share(), expected);
        }
    }

    #[test]
    fn too_many_names_are_counted_together() {
        let (mut counting, mut unmapped) = (Counting::default(), Unmapped::default());
        counting.count("before");
        counting.finish();
        for number in 0..MOST + 5 {
            counting.count(&number.to_string());
        }
        // Known from lines before, and one too many on these.
        counting.again(0);
        unmapped.merge(counting.finish());
        assert_eq!((unmapped.by_share().len(), unmapped.others), (MOST, 6));
        assert!(unmapped.is_cut() && !counting.is_small());
    }
}
