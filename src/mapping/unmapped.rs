//! How many profiles have a trait that no rule takes: a count for each name, kept while lines are read.

use std::collections::HashMap;

/// Names that are counted one by one.
const MOST: usize = 10_000;

/// Traits that no path of the mapping leads to, with the number of profiles that have a value.
#[derive(Debug, Default)]
pub struct Unmapped {
    /// In the order in which they came first.
    names: Vec<(String, u64)>,
    positions: HashMap<String, usize>,
    /// Values under names beyond [`MOST`].
    others: u64,
}

impl Unmapped {
    /// Counts a trait that has a value; gives the position of its name for [`Self::again`], unless there are too many.
    pub(super) fn count(&mut self, name: &str) -> Option<usize> {
        self.add(name, 1)
    }

    /// Counts a trait that was counted before.
    #[inline]
    pub(super) fn again(&mut self, position: usize) {
        self.names[position].1 += 1;
    }

    /// Position of the name, unless there are too many.
    fn add(&mut self, name: &str, times: u64) -> Option<usize> {
        if let Some(position) = self.positions.get(name) {
            self.names[*position].1 += times;
            return Some(*position);
        }
        if self.names.len() >= MOST {
            self.others += times;
            return None;
        }
        self.positions.insert(name.to_owned(), self.names.len());
        self.names.push((name.to_owned(), times));
        Some(self.names.len() - 1)
    }

    /// Takes what was counted on later lines.
    pub fn merge(&mut self, later: Self) {
        self.others += later.others;
        for (name, times) in later.names {
            self.add(&name, times);
        }
    }

    /// Names with the number of profiles that have a value, the most common first.
    #[must_use]
    pub fn by_share(&self) -> Vec<(&str, u64)> {
        let mut names: Vec<_> = self.names.iter().map(|(name, times)| (name.as_str(), *times)).collect();
        names.sort_unstable_by_key(|(name, times)| (std::cmp::Reverse(*times), *name));
        names
    }

    /// Whether there were more names than are counted one by one.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.others > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_counted_in_whatever_order_they_come() {
        let profiles = [&["a", "b", "c", "d", "e", "f"][..], &["a", "f"], &["f", "a"], &["e", "c", "new"], &[]];
        let mut one = Unmapped::default();
        let mut many = Unmapped::default();
        for profile in profiles {
            let mut part = Unmapped::default();
            for name in profile {
                let position = one.count(name).unwrap();
                one.again(position);
                one.names[position].1 -= 1;
                part.count(name);
            }
            many.merge(part);
        }
        let expected = [("a", 3), ("f", 3), ("c", 2), ("e", 2), ("b", 1), ("d", 1), ("new", 1)];
        assert_eq!(one.by_share(), expected);
        assert_eq!(many.by_share(), expected);
    }

    #[test]
    fn too_many_names_are_counted_together() {
        let mut unmapped = Unmapped::default();
        (0..MOST + 5).for_each(|number| {
            unmapped.count(&number.to_string());
        });
        assert_eq!(unmapped.by_share().len(), MOST);
        assert!(unmapped.is_cut());
    }
}
