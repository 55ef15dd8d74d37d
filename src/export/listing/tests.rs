//! What a listing keeps, through crashes and odd pages.

use std::{fs, io::Write};

use super::*;

fn page(ids: &[&str], next: Option<&str>, has_more: Option<bool>) -> ListPage {
    ListPage { segment_ids: ids.iter().map(ToString::to_string).collect(), next: next.map(Into::into), has_more }
}

fn all(ids: &mut Ids) -> Vec<String> {
    std::iter::from_fn(|| ids.next_id().unwrap()).collect()
}

#[test]
fn ids_are_distinct_in_list_order_and_a_torn_line_is_asked_for_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut listing = Listing::open(folder.path(), 0).unwrap();
    let mut ids = listing.ids(0).unwrap();
    assert_eq!(all(&mut ids), [""; 0]);
    listing.add(page(&["b", "a", "b"], Some("2"), Some(true)), u64::MAX).unwrap();
    assert_eq!(all(&mut ids), ["b", "a"]);
    let mut file = File::options().append(true).open(Listing::path(folder.path())).unwrap();
    file.write_all(br#"{"pass":0,"listed":2,"ids":["c"#).unwrap();

    let mut listing = Listing::open(folder.path(), 0).unwrap();
    assert_eq!((listing.standing().ids, listing.standing().next.as_deref()), (2, Some("2")));
    listing.add(page(&["a", "c"], None, Some(false)), u64::MAX).unwrap();
    assert_eq!(all(&mut listing.ids(1).unwrap()), ["a", "c"]);
    listing.sweep();
    listing.add(page(&["c", "d"], None, None), u64::MAX).unwrap();
    let before = listing.standing().clone();
    assert_eq!(before.summary().found_by_sweep, [1]);
    assert_eq!(before.end, Some(End::Reached));
    assert_eq!(Listing::open(folder.path(), 3).unwrap().standing(), &before, "a run that continues knows the same");
}

#[test]
fn a_sweep_proves_nothing_to_another_run_unless_everybody_before_it_was_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut listing = Listing::open(folder.path(), 0).unwrap();
    listing.add(page(&["a", "b"], Some("2"), Some(true)), u64::MAX).unwrap();
    listing.add(page(&["c"], None, Some(false)), u64::MAX).unwrap();
    let (first, path) = (listing.standing().clone(), Listing::path(folder.path()));
    let lines = fs::read_to_string(&path).unwrap();
    let opened = |position| Listing::open(folder.path(), position).unwrap().standing().clone();

    listing.sweep();
    listing.add(page(&["b", "a"], Some("2"), Some(true)), u64::MAX).unwrap();
    assert_eq!(opened(3), first, "broken off, and nobody new: as if it had never been");
    assert_eq!(fs::read_to_string(&path).unwrap(), lines);

    let mut listing = Listing::open(folder.path(), 3).unwrap();
    listing.sweep();
    listing.add(page(&["c", "b", "a"], None, Some(false)), u64::MAX).unwrap();
    let swept = listing.standing().clone();
    assert_eq!((opened(3), swept.summary().found_by_sweep), (swept, vec![0]), "everybody before it was read");
    assert_eq!(opened(2), first, "`c` was not");

    let mut listing = Listing::open(folder.path(), 2).unwrap();
    listing.sweep();
    listing.add(page(&["d", "a"], Some("2"), Some(true)), u64::MAX).unwrap();
    let mut listing = Listing::open(folder.path(), 3).unwrap();
    let ListingStanding { pass, ids, next, end, .. } = listing.standing().clone();
    assert_eq!((pass, ids, next, end), (1, 4, None, None), "broken off, and `d` is kept: from its start");
    listing.add(page(&["e", "d"], Some("2"), Some(true)), u64::MAX).unwrap();
    listing.add(page(&["a", "b", "c"], None, Some(false)), u64::MAX).unwrap();
    assert_eq!(all(&mut listing.ids(0).unwrap()), ["a", "b", "c", "d", "e"]);
    assert_eq!(opened(4).summary().found_by_sweep, [2], "who is found by it may be read later");
    assert_eq!([2, 3, 4, 5].map(|position| opened(4).is_end_of_pass(position)), [false, true, false, true]);
}

#[test]
fn a_list_that_goes_wrong_ends_and_says_why() {
    let cases: [(&[ListPage], &str); 4] = [
        (&[page(&["a"], Some("1"), Some(true)), page(&["b"], Some("1"), Some(true))], "cursor `1` came again"),
        (
            &[page(&["a"], Some("1"), None), page(&["b"], Some("2"), None), page(&["c"], Some("1"), None)],
            "cursor `1` came again",
        ),
        (&[page(&["a"], None, Some(true))], "there is more, but not where"),
        (&[page(&[], Some("1"), Some(true)), page(&["a"], None, Some(false))], "a page was empty"),
    ];
    for (pages, oddity) in cases {
        let folder = tempfile::tempdir().unwrap();
        let mut listing = Listing::open(folder.path(), 0).unwrap();
        for page in pages {
            assert_eq!(listing.standing().end, None);
            listing.add(page.clone(), u64::MAX).unwrap();
        }
        assert!(listing.standing().end.is_some());
        assert!(listing.standing().oddities.concat().contains(oddity), "{:?}", listing.standing().oddities);
    }
}

#[test]
fn a_list_of_nothing_but_empty_pages_ends() {
    let folder = tempfile::tempdir().unwrap();
    let mut listing = Listing::open(folder.path(), 0).unwrap();
    for number in 0..EMPTY_PAGES {
        assert_eq!(listing.standing().end, None);
        listing.add(page(&[], Some(&number.to_string()), Some(true)), u64::MAX).unwrap();
    }
    assert!(matches!(listing.standing().end, Some(End::Odd(_))));
}

#[test]
fn a_trial_takes_no_more_than_it_may() {
    let folder = tempfile::tempdir().unwrap();
    let mut listing = Listing::open(folder.path(), 0).unwrap();
    listing.add(page(&["a", "b", "c"], Some("3"), Some(true)), 2).unwrap();
    assert_eq!(listing.standing().end, Some(End::Enough));
    assert_eq!(all(&mut listing.ids(0).unwrap()), ["a", "b"]);
    assert_eq!(fs::read_to_string(Listing::path(folder.path())).unwrap().lines().count(), 1);
}
