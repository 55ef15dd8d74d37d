//! Ids of a block by where they are noted.

use super::{GROUPS, fingerprint::Fingerprint};

/// Positions of ids, by the group of shards in which they lie.
#[derive(Debug, Default)]
pub(in crate::transform) struct Grouped {
    positions: Vec<usize>,
    ends: [usize; GROUPS],
}

impl Grouped {
    /// Groups the ids of a block, each group in their order.
    pub(in crate::transform) fn group(&mut self, ids: impl ExactSizeIterator<Item = Fingerprint> + Clone) {
        let mut ends = [0; GROUPS];
        for id in ids.clone() {
            ends[id.group()] += 1;
        }
        let mut begin = 0;
        for count in &mut ends {
            begin += std::mem::replace(count, begin);
        }
        self.positions.clear();
        self.positions.resize(ids.len(), 0);
        for (position, id) in ids.enumerate() {
            let at = &mut ends[id.group()];
            self.positions[*at] = position;
            *at += 1;
        }
        self.ends = ends;
    }

    /// The positions of a group.
    pub(in crate::transform) fn of(&self, group: usize) -> &[usize] {
        let begin = group.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.positions[begin..self.ends[group]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_id_is_in_one_group_in_its_order() {
        let shards = [1_023, 0, 500, 128, 1, 127, 1_023, 0];
        let ids = shards.map(|shard| Fingerprint { begin: 1, rest: 0, shard });
        let mut grouped = Grouped::default();
        grouped.group([ids[0]].into_iter());
        grouped.group(ids.into_iter());
        let groups: [&[usize]; GROUPS] = [&[1, 4, 5, 7], &[3], &[], &[2], &[], &[], &[], &[0, 6]];
        for (group, positions) in groups.into_iter().enumerate() {
            assert_eq!(grouped.of(group), positions, "{group}");
        }
    }
}
