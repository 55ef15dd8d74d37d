//! Every trait by its name, in a memory that does not grow with how many names there are.

use std::{cmp::Reverse, collections::HashMap};

use cardinality_estimator::CardinalityEstimator;

use super::{Kind, Values};

/// Names that are told apart. Spaces whose names hold ids or dates have hundreds of thousands of them.
const MOST: usize = 10_000;

/// Traits by name, and the members of those that are objects.
#[derive(Debug, Default)]
pub struct Names {
    traits: List,
    /// How many names there are, members counted as well; never more than [`MOST`].
    told_apart: usize,
    /// Values of names that are not told apart.
    others: u64,
    /// How many such names there are, without keeping them.
    further: CardinalityEstimator<str>,
}

/// What was seen under one name.
#[derive(Debug, Default)]
struct Named {
    values: Values,
    members: List,
}

/// Names of one place, in the order in which they came first.
#[derive(Debug, Default)]
struct List {
    named: Vec<(String, Named)>,
    positions: HashMap<String, usize>,
    /// Where the name that comes next is looked for first: profiles have theirs in one order.
    ahead: usize,
}

impl List {
    /// Names that are compared before a name is looked for.
    const NEAR: usize = 3;

    fn position(&self, name: &str) -> Option<usize> {
        let near = self.named.iter().skip(self.ahead).take(Self::NEAR).position(|(other, _)| other == name);
        near.map(|near| self.ahead + near).or_else(|| self.positions.get(name).copied())
    }

    /// What was seen under a name; `None` where there are too many to tell this one apart.
    fn named(&mut self, told_apart: &mut usize, name: &str) -> Option<&mut Named> {
        let position = match self.position(name) {
            Some(position) => position,
            None if *told_apart >= MOST => return None,
            None => {
                *told_apart += 1;
                self.positions.insert(name.to_owned(), self.named.len());
                self.named.push((name.to_owned(), Named::default()));
                self.named.len() - 1
            }
        };
        self.ahead = position + 1;
        Some(&mut self.named[position].1)
    }

    fn of(&mut self, name: &str) -> Option<&mut Named> {
        let position = self.position(name)?;
        Some(&mut self.named[position].1)
    }
}

/// One trait, or one member of a trait that is an object.
#[derive(Debug, Clone, Copy)]
pub struct Trait<'a> {
    /// The trait's name, as the profiles spell it.
    pub name: &'a str,
    /// The member's name, where it is one.
    pub member: Option<&'a str>,
    /// What its values have in common.
    pub values: &'a Values,
}

impl Trait<'_> {
    /// Its name for people: a member is `object.member`.
    #[must_use]
    pub fn label(&self) -> String {
        self.member.map_or_else(|| self.name.to_owned(), |member| format!("{}.{member}", self.name))
    }

    /// Its keys below `traits`.
    #[must_use]
    pub fn keys(&self) -> Vec<&str> {
        std::iter::once(self.name).chain(self.member).collect()
    }
}

impl Names {
    /// Counts the value of a trait, as it is written in JSON.
    pub(super) fn add(&mut self, name: &str, value: &str) -> Kind {
        match self.traits.named(&mut self.told_apart, name) {
            Some(named) => named.values.add(value),
            None => self.other(name, 1, Kind::of(value)),
        }
    }

    /// Counts the value of a member of a trait that is an object.
    pub(super) fn add_member(&mut self, name: &str, member: &str, value: &str) {
        let Self { traits, told_apart, .. } = self;
        match traits.of(name).and_then(|object| object.members.named(told_apart, member)) {
            Some(named) => drop(named.values.add(value)),
            None => drop(self.other(&format!("{name}.{member}"), 1, Kind::Blank)),
        }
    }

    fn other(&mut self, name: &str, times: u64, kind: Kind) -> Kind {
        self.others += times;
        self.further.insert(name);
        kind
    }

    /// Takes what was seen later.
    pub(super) fn merge(&mut self, later: Self) {
        self.others += later.others;
        self.further.merge(&later.further);
        // In the order in which they came: which names are told apart must not change from run to run.
        for (name, seen) in later.traits.named {
            let Self { traits, told_apart, .. } = self;
            if let Some(present) = traits.named(told_apart, &name) {
                present.values.merge(&seen.values);
            } else {
                self.other(&name, seen.values.present(), Kind::Blank);
            }
            for (member, seen) in seen.members.named {
                let Self { traits, told_apart, .. } = self;
                match traits.of(&name).and_then(|object| object.members.named(told_apart, &member)) {
                    Some(present) => present.values.merge(&seen.values),
                    None => drop(self.other(&format!("{name}.{member}"), seen.values.present(), Kind::Blank)),
                }
            }
        }
    }

    /// Every trait and member, the most common first, then by name.
    #[must_use]
    pub fn by_share(&self) -> Vec<Trait<'_>> {
        let mut traits = Vec::with_capacity(self.told_apart);
        for (name, seen) in &self.traits.named {
            traits.push((name.clone(), Trait { name, member: None, values: &seen.values }));
            for (member, seen) in &seen.members.named {
                let row = Trait { name, member: Some(member), values: &seen.values };
                traits.push((row.label(), row));
            }
        }
        traits.sort_by(|(one, a), (other, b)| {
            (Reverse(a.values.present()), one).cmp(&(Reverse(b.values.present()), other))
        });
        traits.into_iter().map(|(_, row)| row).collect()
    }

    /// About how many names are not told apart; 0 where all are.
    #[must_use]
    pub fn others(&self) -> u64 {
        (self.further.estimate() as u64).min(self.others)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_beyond_the_most_are_counted_together_in_one_part_or_in_many() {
        let mut one = Names::default();
        let mut many = Names::default();
        for block in 0..30 {
            let mut part = Names::default();
            for number in 0..1_000 {
                let name = format!("trait {}", block * 500 + number);
                one.add(&name, "1");
                part.add(&name, "1");
            }
            many.merge(part);
        }
        for names in [&one, &many] {
            // 15,500 names, of which 10,000 are told apart.
            assert_eq!(names.by_share().len(), MOST);
            assert!((5_000..6_000).contains(&names.others()), "{}", names.others());
            assert_eq!(names.by_share()[0].values.present(), 2);
        }
        let labels = |names: &Names| names.by_share().iter().map(Trait::label).collect::<Vec<_>>();
        assert_eq!(labels(&one), labels(&many));
    }

    #[test]
    fn a_member_is_no_trait_with_a_dot() {
        let mut names = Names::default();
        assert_eq!(names.add("a", "{\"b\":1}"), Kind::Object);
        names.add_member("a", "b", "1");
        names.add("a.b", "2");
        let keys: Vec<_> = names.by_share().iter().map(|row| row.keys().join("|")).collect();
        assert_eq!(keys.len(), 3);
        assert!(keys.contains(&"a|b".to_owned()) && keys.contains(&"a.b".to_owned()), "{keys:?}");
    }
}
