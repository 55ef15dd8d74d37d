//! Ids that came, at fourteen bytes each in tables that are filled to nine tenths.
//!
//! The slots of a shard are in the order of their hashes, so that a shard grows by moving them once in their order, page by
//! page: pages are never given back, and each that is empty is there for another shard, so that growing takes no room.

use super::{
    GROUPS,
    fingerprint::{Fingerprint, SHARDS},
};

/// Slots of a page.
const PAGE: usize = 1 << 8;
/// Slots at the end of a shard to which no hash leads, for those that find their places taken.
const BEHIND: usize = 32;

/// Some slots that follow each other.
type Page = [Slot; PAGE];

/// Shards of one kind of ids that follow each other.
#[derive(Debug)]
pub(in crate::transform) struct Table {
    /// The number of the first one.
    first: usize,
    shards: Vec<Shard>,
    /// Empty pages.
    spare: Spare,
}

#[derive(Debug, Default)]
#[expect(clippy::vec_box, reason = "pages stay where they are when others come")]
struct Spare(Vec<Box<Page>>);

impl Spare {
    fn page(&mut self) -> Box<Page> {
        self.0.pop().unwrap_or_else(|| Box::new([Slot::default(); PAGE]))
    }

    /// Takes a page back of which nothing is needed any more.
    fn take(&mut self, mut page: Box<Page>) {
        page.fill(Slot::default());
        self.0.push(page);
    }
}

impl Table {
    /// A group of shards.
    pub(in crate::transform) fn group(group: usize) -> Self {
        let count = SHARDS / GROUPS;
        let shards = (0..count).map(|_| Shard::default()).collect();
        Self { first: count * group, shards, spare: Spare::default() }
    }

    /// Notes an id of a profile; gives the number of the one who had it first.
    pub(in crate::transform) fn note(&mut self, id: Fingerprint, number: u32) -> Option<u32> {
        self.shards[usize::from(id.shard) - self.first].note(Slot::new(id, number), &mut self.spare)
    }

    /// Looks at where an id will be noted: memory is slow, and many places can be looked at at once.
    pub(in crate::transform) fn look_at(&self, id: Fingerprint) -> u64 {
        let shard = &self.shards[usize::from(id.shard) - self.first];
        let place = place(id.begin, shard.places);
        shard.pages.get(place / PAGE).map_or(0, |page| page[place % PAGE].begin())
    }
}

/// Slots in the order of their hashes, each at the place that its hash gives it or as near behind it as can be.
#[derive(Debug, Default)]
#[expect(clippy::vec_box, reason = "pages stay where they are when others come")]
struct Shard {
    pages: Vec<Box<Page>>,
    /// How many places hashes may give.
    places: usize,
    filled: usize,
}

/// The hash of an id, and the number of its profile, in bytes, so that nothing lies between slots. All of an empty one is
/// zero.
#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    begin: [u8; 8],
    rest: [u8; 2],
    number: [u8; 4],
}

impl Slot {
    fn new(id: Fingerprint, number: u32) -> Self {
        Self { begin: id.begin.to_le_bytes(), rest: id.rest.to_le_bytes(), number: number.to_le_bytes() }
    }

    fn begin(&self) -> u64 {
        u64::from_le_bytes(self.begin)
    }

    fn is_empty(&self) -> bool {
        self.begin() == 0
    }
}

impl Shard {
    fn note(&mut self, slot: Slot, spare: &mut Spare) -> Option<u32> {
        if self.filled * 10 >= self.places * 9 {
            self.grow(spare);
        }
        let begin = slot.begin();
        let first = place(begin, self.places);
        let (mut number, mut at) = (first / PAGE, first % PAGE);
        while let Some(page) = self.pages.get(number) {
            for other in &page[at..] {
                if other.is_empty() || other.begin() > begin {
                    self.insert((number, at), slot, spare);
                    return None;
                }
                if other.begin == slot.begin && other.rest == slot.rest {
                    return Some(u32::from_le_bytes(other.number));
                }
                at += 1;
            }
            (number, at) = (number + 1, 0);
        }
        self.insert((number, at), slot, spare);
        None
    }

    /// Puts one at its place, and those from there to the next empty slot one place on.
    fn insert(&mut self, (number, mut at): (usize, usize), mut slot: Slot, spare: &mut Spare) {
        self.filled += 1;
        for page in self.pages.iter_mut().skip(number) {
            if let Some(length) = page[at..].iter().position(Slot::is_empty) {
                page.copy_within(at..at + length, at + 1);
                page[at] = slot;
                return;
            }
            let last = page[PAGE - 1];
            page.copy_within(at..PAGE - 1, at + 1);
            page[at] = slot;
            (slot, at) = (last, 0);
        }
        self.put(self.pages.len() * PAGE, slot, spare);
    }

    /// Puts one at a place that is empty.
    fn put(&mut self, at: usize, slot: Slot, spare: &mut Spare) {
        while self.pages.len() <= at / PAGE {
            self.pages.push(spare.page());
        }
        self.pages[at / PAGE][at % PAGE] = slot;
    }

    /// Grows by an eighth.
    fn grow(&mut self, spare: &mut Spare) {
        let before = std::mem::take(&mut self.pages);
        let pages = before.len() + before.len() / 8 + 1;
        self.places = pages * PAGE - BEHIND;
        self.pages.reserve_exact(pages);
        let mut next = 0;
        for page in before {
            for slot in page.iter().filter(|slot| !slot.is_empty()) {
                let at = place(slot.begin(), self.places).max(next);
                self.put(at, *slot, spare);
                next = at + 1;
            }
            spare.take(page);
        }
        let missing = pages.saturating_sub(self.pages.len());
        self.pages.extend((0..missing).map(|_| spare.page()));
    }
}

/// The place that a hash gives, of so many: places are in the order of hashes.
fn place(begin: u64, places: usize) -> usize {
    usize::try_from((u128::from(begin) * places as u128) >> 64).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{super::fingerprint::Fingerprints, *};

    #[test]
    fn the_first_one_is_found_again_however_many_came_after() {
        let fingerprints = Fingerprints::default();
        let mut groups: Vec<Table> = (0..GROUPS).map(Table::group).collect();
        let mut note = |id: &str, number: u32| {
            let id = fingerprints.of(id);
            let group = &mut groups[id.group()];
            group.look_at(id);
            group.note(id, number)
        };
        for number in 0..200_000 {
            // Every other one has the id of the one before.
            assert_eq!(note(&(number / 2).to_string(), number), (number % 2 == 1).then(|| number - 1));
        }
        for number in 0..100_000 {
            assert_eq!(note(&number.to_string(), 7), Some(number * 2));
        }
    }

    #[test]
    fn a_shard_keeps_whatever_hashes_come() {
        // Hashes that lie together at both ends, or differ in their last bytes only.
        let (mut shard, mut spare, mut ids) = (Shard::default(), Spare::default(), Vec::new());
        for number in 0..3_000_u32 {
            let (near, rest) = (u64::from(number / 4), u16::try_from(number % 2).unwrap());
            ids.push(Fingerprint { begin: if number % 4 < 2 { 1 + near } else { u64::MAX - near }, rest, shard: 0 });
        }
        for (number, id) in (0..).zip(&ids) {
            assert_eq!(shard.note(Slot::new(*id, number), &mut spare), None);
        }
        for (number, id) in (0..).zip(&ids) {
            assert_eq!(shard.note(Slot::new(*id, 9), &mut spare), Some(number));
        }
        let pages = shard.pages.len() + spare.0.len();
        assert!(shard.filled == 3_000 && pages * PAGE < 8_000, "{pages}");
    }
}
