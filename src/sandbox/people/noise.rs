//! Traits that nobody maps by default: audiences, computed traits, timestamps, nested objects.

use rand::{RngExt, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use serde_json::json;

use super::Draft;

const AUDIENCES: [&str; 4] = ["big_spenders", "churn_risk", "j_o_audience_x", "newsletter"];
const COMPUTED: [&str; 4] = ["average_order", "lifetime_value", "orders_count", "total_spent"];
const LOCALES: [&str; 5] = ["sv-SE", "pl-PL", "pt-BR", "ja-JP", "en-US"];
const COMPANIES: [&str; 6] = ["Initech", "Globex", "Umbrella", "Hooli", "Vandelay Industries", "Stark & Söhne"];

/// Where a trait comes from, as far as the traits endpoint can be asked for it (docs/api-facts.md A3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) enum TraitClass {
    /// Whether the profile is in an audience.
    Audience,
    /// Computed by Segment from events.
    Computed,
    /// Sent by the company.
    Custom,
}

/// The class of the trait of this name.
pub(in crate::sandbox) fn class_of(key: &str) -> TraitClass {
    if AUDIENCES.contains(&key) {
        TraitClass::Audience
    } else if COMPUTED.contains(&key) || key.starts_with("computed_") {
        TraitClass::Computed
    } else {
        TraitClass::Custom
    }
}

impl Draft {
    /// Adds them; for one kind so many that they take a second page.
    pub(super) fn noise(&mut self, random: &mut ChaCha8Rng) {
        for audience in AUDIENCES {
            self.set(audience, random.random_bool(0.3));
        }
        let spent: u32 = random.random_range(0..1_000_000);
        let orders = 1 + spent / 40_000;
        self.set("total_spent", spent);
        self.set("orders_count", orders);
        self.set("average_order", f64::from(spent / orders) / 100.0);
        self.set("lifetime_value", f64::from(spent) * 1.25);
        self.set("last_order", json!({"id": self.number, "items": [1, 2]}));
        let (day, minute) = (1 + self.number % 28, random.random_range(0..60));
        self.set("created_at", format!("2023-{:02}-{day:02}T08:{minute:02}:00Z", 1 + self.number % 12));
        self.set("seen_at", format!("2025-10-{day:02}T17:{minute:02}:30Z"));
        self.set("locale", LOCALES.choose(random).copied().unwrap_or_default());
        let company = COMPANIES.choose(random).copied().unwrap_or_default();
        self.set("company", json!({"name": company}));
        if self.kind() == 30 {
            for position in 0..190 {
                self.set(&format!("computed_{position:03}"), position);
            }
        }
    }
}
