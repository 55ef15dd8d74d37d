//! Lists that are read no further than they can be long.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{Error, SeqAccess, Visitor},
};

/// Most customers of one request: the shortest one that has an id fits in so often.
const MOST_REFUSALS: usize = 700_000;

/// Reads a list that is no longer than a batch may have customers: empty members take more room than they are long.
pub(super) fn at_most<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    struct AtMost<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for AtMost<T> {
        type Value = Vec<T>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(formatter, "a list of at most {MOST_REFUSALS} members")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut members: A) -> Result<Vec<T>, A::Error> {
            let mut all = Vec::new();
            while let Some(member) = members.next_element()? {
                if all.len() == MOST_REFUSALS {
                    return Err(Error::invalid_length(MOST_REFUSALS, &self));
                }
                all.push(member);
            }
            Ok(all)
        }
    }

    deserializer.deserialize_seq(AtMost(PhantomData))
}
