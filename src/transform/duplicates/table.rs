//! Ids that came, at thirteen bytes each in tables that are filled to nine tenths.
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
/// A shard grows by this part of its pages: moving its slots takes little, and room that is empty is dear.
const GROWTH: usize = 24;

/// Bytes of the number of a profile among the first 16,777,216.
const SHORT: usize = 3;
/// Bytes of any number.
const LONG: usize = 4;

/// Some slots that follow each other.
type Page<const N: usize> = [Slot<N>; PAGE];

/// Shards of one kind of ids that follow each other.
#[derive(Debug)]
pub(in crate::transform) struct Table {
    /// The number of the first one.
    first: usize,
    shards: Shards,
}

/// Shards with numbers as long as those that came.
#[derive(Debug)]
enum Shards {
    Short(Group<SHORT>),
    Long(Group<LONG>),
}

#[derive(Debug)]
struct Group<const N: usize> {
    shards: Vec<Shard<N>>,
    spare: Spare<N>,
}

/// Empty pages.
#[derive(Debug, Default)]
struct Spare<const N: usize>(Vec<Box<Page<N>>>);

impl<const N: usize> Spare<N> {
    #[expect(clippy::unnecessary_box_returns, reason = "a page is large, and stays where it is")]
    fn page(&mut self) -> Box<Page<N>> {
        self.0.pop().unwrap_or_else(|| Box::new([Slot::EMPTY; PAGE]))
    }

    /// Takes a page back of which nothing is needed any more.
    fn take(&mut self, mut page: Box<Page<N>>) {
        page.fill(Slot::EMPTY);
        self.0.push(page);
    }
}

impl Table {
    /// A group of shards.
    pub(in crate::transform) fn group(group: usize) -> Self {
        let count = SHARDS / GROUPS;
        let shards = (0..count).map(|_| Shard::default()).collect();
        Self { first: count * group, shards: Shards::Short(Group { shards, spare: Spare::default() }) }
    }

    /// Notes an id of a profile; gives the number of the one who had it first.
    pub(in crate::transform) fn note(&mut self, id: Fingerprint, number: u32) -> Option<u32> {
        let shard = usize::from(id.shard) - self.first;
        if let Shards::Short(group) = &mut self.shards {
            match Slot::new(id, number) {
                Some(slot) => return group.note(shard, slot),
                None => self.shards = Shards::Long(group.lengthened()),
            }
        }
        match &mut self.shards {
            Shards::Long(group) => group.note(shard, Slot::new(id, number)?),
            Shards::Short(_) => None,
        }
    }

    /// Looks at where an id will be noted: memory is slow, and many places can be looked at at once.
    pub(in crate::transform) fn look_at(&self, id: Fingerprint) -> u64 {
        let shard = usize::from(id.shard) - self.first;
        match &self.shards {
            Shards::Short(group) => group.shards[shard].look_at(id),
            Shards::Long(group) => group.shards[shard].look_at(id),
        }
    }
}

impl<const N: usize> Group<N> {
    fn note(&mut self, shard: usize, slot: Slot<N>) -> Option<u32> {
        self.shards[shard].note(slot, &mut self.spare)
    }
}

impl Group<SHORT> {
    /// The same with longer numbers, page by page, so that there is never much of both.
    fn lengthened(&mut self) -> Group<LONG> {
        let longer = |page: Box<Page<SHORT>>| Box::new(page.map(Slot::lengthened));
        let shards = std::mem::take(&mut self.shards).into_iter().map(|shard| Shard {
            pages: shard.pages.into_iter().map(longer).collect(),
            places: shard.places,
            filled: shard.filled,
        });
        Group { shards: shards.collect(), spare: Spare::default() }
    }
}

/// Slots in the order of their hashes, each at the place that its hash gives it or as near behind it as can be.
#[derive(Debug, Default)]
struct Shard<const N: usize> {
    pages: Vec<Box<Page<N>>>,
    /// How many places hashes may give.
    places: usize,
    filled: usize,
}

/// The hash of an id, and the number of its profile, in bytes, so that nothing lies between slots. All of an empty one is
/// zero.
#[derive(Debug, Clone, Copy)]
struct Slot<const N: usize> {
    begin: [u8; 8],
    rest: [u8; 2],
    number: [u8; N],
}

impl<const N: usize> Slot<N> {
    const EMPTY: Self = Self { begin: [0; 8], rest: [0; 2], number: [0; N] };

    /// Nothing where the number is too long.
    fn new(id: Fingerprint, number: u32) -> Option<Self> {
        let bytes = number.to_le_bytes();
        let (number, rest) = bytes.split_first_chunk()?;
        let fits = rest.iter().all(|byte| *byte == 0);
        fits.then(|| Self { begin: id.begin.to_le_bytes(), rest: id.rest.to_le_bytes(), number: *number })
    }

    fn begin(&self) -> u64 {
        u64::from_le_bytes(self.begin)
    }

    fn number(&self) -> u32 {
        let mut bytes = [0; LONG];
        bytes[..N].copy_from_slice(&self.number);
        u32::from_le_bytes(bytes)
    }

    fn is_empty(&self) -> bool {
        self.begin() == 0
    }
}

impl Slot<SHORT> {
    fn lengthened(self) -> Slot<LONG> {
        Slot { begin: self.begin, rest: self.rest, number: self.number().to_le_bytes() }
    }
}

impl<const N: usize> Shard<N> {
    fn look_at(&self, id: Fingerprint) -> u64 {
        let place = place(id.begin, self.places);
        self.pages.get(place / PAGE).map_or(0, |page| page[place % PAGE].begin())
    }

    fn note(&mut self, slot: Slot<N>, spare: &mut Spare<N>) -> Option<u32> {
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
                    return Some(other.number());
                }
                at += 1;
            }
            (number, at) = (number + 1, 0);
        }
        self.insert((number, at), slot, spare);
        None
    }

    /// Puts one at its place, and those from there to the next empty slot one place on.
    fn insert(&mut self, (number, mut at): (usize, usize), mut slot: Slot<N>, spare: &mut Spare<N>) {
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
    fn put(&mut self, at: usize, slot: Slot<N>, spare: &mut Spare<N>) {
        while self.pages.len() <= at / PAGE {
            self.pages.push(spare.page());
        }
        self.pages[at / PAGE][at % PAGE] = slot;
    }

    /// Grows by a part of its size.
    fn grow(&mut self, spare: &mut Spare<N>) {
        let before = std::mem::take(&mut self.pages);
        let pages = before.len() + before.len() / GROWTH + 1;
        self.places = pages * PAGE - BEHIND;
        self.pages.reserve_exact(pages);
        // The page that is filled begins at one place, and what comes next lies at another one at least.
        let (mut page, mut begin, mut next) = (spare.page(), 0, 0);
        for old in before {
            for slot in old.iter().filter(|slot| !slot.is_empty()) {
                let at = place(slot.begin(), self.places).max(next);
                while at - begin >= PAGE {
                    self.pages.push(std::mem::replace(&mut page, spare.page()));
                    begin += PAGE;
                }
                page[at - begin] = *slot;
                next = at + 1;
            }
            spare.take(old);
        }
        self.pages.push(page);
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
        let (mut shard, mut spare, mut ids) = (Shard::<SHORT>::default(), Spare::default(), Vec::new());
        for number in 0..3_000_u32 {
            let (near, rest) = (u64::from(number / 4), u16::try_from(number % 2).unwrap());
            ids.push(Fingerprint { begin: if number % 4 < 2 { 1 + near } else { u64::MAX - near }, rest, shard: 0 });
        }
        for (number, id) in (0..).zip(&ids) {
            assert_eq!(shard.note(Slot::new(*id, number).unwrap(), &mut spare), None);
        }
        for (number, id) in (0..).zip(&ids) {
            assert_eq!(shard.note(Slot::new(*id, 9).unwrap(), &mut spare), Some(number));
        }
        let pages = shard.pages.len() + spare.0.len();
        assert!(shard.filled == 3_000 && pages * PAGE < 8_000, "{pages}");
    }

    #[test]
    fn numbers_of_any_length_are_kept_beside_each_other() {
        let fingerprints = Fingerprints::default();
        let mut groups: Vec<Table> = (0..GROUPS).map(Table::group).collect();
        let mut note = |id: u32, number| {
            let id = fingerprints.of(&id.to_string());
            groups[id.group()].note(id, number)
        };
        let numbers: Vec<u32> = (0..20_000).map(|id| (1 << 24) - 10_000 + id).chain([u32::MAX]).collect();
        for (id, number) in (0..).zip(&numbers) {
            assert_eq!(note(id, *number), None);
        }
        for (id, number) in (0..).zip(&numbers) {
            assert_eq!(note(id, 1), Some(*number));
        }
    }
}
