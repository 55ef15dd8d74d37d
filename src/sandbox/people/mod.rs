//! Made-up people: what Segment knows of each, and what must become of them at Voucherify.
//!
//! A person is a pure function of seed and number. The expectation is written from the same description as the profile,
//! by hand and not by any mapping, so that it can stand against one.

pub mod archive;
mod noise;

use rand::{RngExt, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value, json};

pub(in crate::sandbox) use self::noise::{TraitClass, class_of};

const FIRST_NAMES: [&str; 12] =
    ["Zoë", "Ada", "José", "Łukasz", "Søren", "Nguyễn", "美咲", "Олена", "Fatima", "Jürgen", "Chloé", "Ravi"];
const LAST_NAMES: [&str; 10] =
    ["Ångström", "Lovelace", "García", "Wójcik", "Kierkegaard", "山田", "Шевченко", "O'Neill", "Müller", "Çelik"];
const CITIES: [(&str, &str); 5] = [
    ("Malmö", "Sweden"),
    ("Kraków", "Poland"),
    ("São Paulo", "Brazil"),
    ("東京", "Japan"),
    ("Springfield", "United States"),
];

/// Kinds of people; each number from 0 to this minus one is another one, so that every kind has a known share.
pub const KINDS: u64 = 40;

/// A made-up person, with what must become of them.
#[derive(Debug, Clone)]
pub struct Person {
    /// Their id in the space.
    pub segment_id: String,
    /// Items as the external ids endpoint gives them.
    pub external_ids: Vec<Value>,
    /// Traits in byte order of their keys, as the traits endpoint gives them.
    pub traits: Map<String, Value>,
    /// What must become of them, with the default options.
    pub expected: Expected,
}

/// What must become of a person.
#[derive(Debug, Clone, PartialEq)]
pub enum Expected {
    /// Exactly this customer lands, field by field.
    Customer(Value),
    /// No customer, for this reason.
    Rejected(&'static str),
}

/// A person under construction: trait by trait, with what each must lead to.
struct Draft {
    number: u64,
    user_ids: Vec<String>,
    traits: Map<String, Value>,
    customer: Map<String, Value>,
    rejected: Option<&'static str>,
    more_external_ids: u64,
}

/// Person `number` of the space that `seed` stands for.
#[must_use]
pub fn person(seed: u64, number: u64) -> Person {
    let mut random = ChaCha8Rng::seed_from_u64(seed ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let mut draft = Draft {
        number,
        user_ids: vec![format!("user-{number}")],
        traits: Map::new(),
        customer: Map::new(),
        rejected: None,
        more_external_ids: 0,
    };
    draft.name(&mut random);
    draft.contact();
    draft.birthdate();
    draft.address(&mut random);
    draft.metadata(&mut random);
    draft.noise(&mut random);
    draft.identity();
    draft.finish(seed, &mut random)
}

/// Id of person `number`, without the work of making them up whole.
pub(in crate::sandbox) fn segment_id(seed: u64, number: u64) -> String {
    let mut random = ChaCha8Rng::seed_from_u64(!seed ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let letters: String = (0..19).map(|_| char::from(random.random_range(b'a'..=b'z'))).collect();
    format!("use_{letters}{number:08}")
}

/// The number hidden in a segment id, if it is one of ours.
pub(in crate::sandbox) fn number_of(segment_id: &str) -> Option<u64> {
    segment_id.strip_prefix("use_")?.get(19..)?.parse().ok()
}

impl Draft {
    fn kind(&self) -> u64 {
        self.number % KINDS
    }

    fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.traits.insert(key.into(), value.into());
    }

    fn expect(&mut self, field: &str, value: impl Into<Value>) {
        self.customer.insert(field.into(), value.into());
    }

    fn name(&mut self, random: &mut ChaCha8Rng) {
        let first = FIRST_NAMES.choose(random).copied().unwrap_or_default();
        let last = LAST_NAMES.choose(random).copied().unwrap_or_default();
        match self.kind() {
            1 => {
                self.set("firstName", first);
                self.set("lastName", last);
                self.expect("name", format!("{first} {last}"));
            }
            2 => {
                self.set("first_name", first);
                self.set("name", "");
                self.expect("name", first);
            }
            3 => self.set("name", json!({"first": first, "last": last})),
            4 => {
                self.set("name", format!("  {first} {last}\t"));
                self.expect("name", format!("{first} {last}"));
            }
            _ => {
                self.set("name", format!("{first} {last}"));
                self.expect("name", format!("{first} {last}"));
            }
        }
    }

    fn contact(&mut self) {
        let number = self.number;
        let email =
            if self.kind() == 5 { format!("no address {number}") } else { format!("person{number}@example.com") };
        self.set("email", email.clone());
        self.expect("email", email);
        match self.kind() {
            6 => {
                self.set("phone", 4_670_000_000_u64 + number);
                self.expect("phone", (4_670_000_000_u64 + number).to_string());
            }
            7 => self.set("phone", json!(["+46 70", number])),
            8 => {
                self.set("description", "=HYPERLINK(\"x\")\nsecond line");
                self.expect("description", "=HYPERLINK(\"x\")\nsecond line");
            }
            _ => {
                let phone = format!("+46 70 {number:07}");
                self.set("phone", phone.clone());
                self.expect("phone", phone);
            }
        }
    }

    fn birthdate(&mut self) {
        let date = format!("{}-0{}-{}", 1950 + self.number % 50, 1 + self.number % 9, 10 + self.number % 18);
        match self.kind() {
            9 => self.set("birthdate", "31.12.1990"),
            10 => self.set("birthday", "1990-02-30"),
            11 => self.set("birthdate", 19_900_101),
            12 => {
                self.set("birthday", format!("{date}T23:30:00-11:00"));
                self.expect("birthdate", date);
            }
            13 => {}
            14 => {
                self.set("birthday", date.clone());
                self.expect("birthdate", date);
            }
            _ => {
                self.set("birthdate", date.clone());
                self.expect("birthdate", date);
            }
        }
    }

    fn address(&mut self, random: &mut ChaCha8Rng) {
        let (city, country) = CITIES.choose(random).copied().unwrap_or_default();
        let (street, code) = (format!("Street {}", self.number), format!("0{:04}", self.number % 10_000));
        let whole = json!({"city": city, "country": country, "line_1": street, "postal_code": code});
        match self.kind() {
            15 => self.set("address", json!({"city": city, "country": country, "street": street, "postalCode": code})),
            16 => {
                self.set("address", json!({"city": city, "line_1": street}));
                self.set("country", country);
                self.set("postal_code", code);
            }
            17 => {
                for (key, value) in [("city", city), ("country", country), ("street", &street), ("postalCode", &code)] {
                    self.set(key, value);
                }
            }
            18 => {
                let text = format!("{street}, {code} {city}");
                self.set("address", text.clone());
                return self.expect("address", json!({"line_1": text}));
            }
            19 | 20 => return,
            _ => self.set("address", json!({"street": street, "postal_code": code, "city": city, "country": country})),
        }
        self.expect("address", whole);
    }

    fn metadata(&mut self, random: &mut ChaCha8Rng) {
        match self.kind() {
            21 => self.set("metadata", "gold"),
            22 => {
                self.set(
                    "metadata",
                    json!({"__proto__": {"admin": true}, "tier": "gold", "list": [{"__proto__": 1, "a": 2}]}),
                );
                self.expect("metadata", json!({"tier": "gold", "list": [{"a": 2}]}));
            }
            23 => {
                let text = r#"{"id":1234567890123456789012345678901234567890,"share":0.10000000000000000000000001}"#;
                let exact: Value = serde_json::from_str(text).unwrap_or_default();
                self.set("metadata", exact.clone());
                self.expect("metadata", exact);
            }
            24..=29 => {}
            _ => {
                let points: u32 = random.random_range(0..10_000);
                let metadata = json!({"tier": "silver", "points": points, "tags": ["a", "ü"], "nested": {"b": true}});
                self.set("metadata", metadata.clone());
                self.expect("metadata", metadata);
            }
        }
    }

    fn identity(&mut self) {
        let number = self.number;
        match self.kind() {
            31 | 32 => {
                self.user_ids.clear();
                self.rejected = Some("missing_identifier");
            }
            33 => {
                let blocked = ["null", "anonymous", "-1", "000", "undefined"];
                let position = usize::try_from(number / KINDS).unwrap_or_default() % blocked.len();
                self.user_ids = vec![blocked[position].into()];
                self.rejected = Some("blocked_identifier");
            }
            34 => {
                // The person of kind 0 just before has this id, and comes first.
                self.user_ids = vec![format!("user-{}", number - 34)];
                self.rejected = Some("duplicate_source_id");
            }
            35 => self.user_ids.push(format!("other-{number}")),
            36 => self.more_external_ids = 30,
            37 => self.user_ids = vec![format!("  ünïcode+{number}@example.com ")],
            _ => {}
        }
    }

    fn finish(mut self, seed: u64, random: &mut ChaCha8Rng) -> Person {
        let mut external_ids = Vec::new();
        let anonymous: u32 = random.random();
        let mut add = |kind: &str, id: &str| {
            let (position, fraction) = (external_ids.len(), random.random_range(0..100_000));
            external_ids.push(json!({
                "source_id": "s1", "collection": "users", "id": id, "type": kind,
                "created_at": format!("2024-01-01T00:{:02}:{:02}.{:05}Z", position % 60, random.random_range(0..60), fraction),
                "encoding": "none", "first_message_id": format!("{:07x}", random.random_range(0..0x1000_0000)),
            }));
        };
        add("anonymous_id", &format!("{anonymous:08x}-{}", self.number));
        for more in 0..self.more_external_ids {
            add("ios.idfa", &format!("device-{}-{more}", self.number));
        }
        add("email", &format!("person{}@example.com", self.number));
        for user_id in &self.user_ids {
            add("user_id", user_id);
        }
        add("ga_client_id", &format!("{}.{}", 1_000_000_000 + self.number, 1_600_000_000 + self.number % 86_400));
        self.traits.sort_keys();
        let expected = if let Some(reason) = self.rejected {
            Expected::Rejected(reason)
        } else {
            let source_id = self.user_ids.first().map(|id| id.trim().to_owned()).unwrap_or_default();
            self.expect("source_id", source_id);
            self.expect("system_metadata", json!({"source": "segmentio"}));
            Expected::Customer(Value::Object(self.customer))
        };
        Person { segment_id: segment_id(seed, self.number), external_ids, traits: self.traits, expected }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_the_same_every_time_and_knows_its_number() {
        for number in [0, 1, 34, 4_711] {
            let (once, again) = (person(7, number), person(7, number));
            assert_eq!(once.traits, again.traits);
            assert_eq!(number_of(&once.segment_id), Some(number));
            assert_ne!(once.segment_id, person(8, number).segment_id);
        }
    }

    #[test]
    fn every_kind_of_dirt_is_there() {
        let rejected = |reason| (0..KINDS).filter(|n| person(1, *n).expected == Expected::Rejected(reason)).count();
        assert_eq!(rejected("missing_identifier"), 2);
        assert_eq!(rejected("blocked_identifier"), 1);
        assert_eq!(rejected("duplicate_source_id"), 1);
        assert!(person(1, 30).traits.len() > 200 && person(1, 36).external_ids.len() > 25);
        assert_eq!(person(1, 36).external_ids[32]["type"], "user_id");
    }
}
