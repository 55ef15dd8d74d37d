//! `GET /v1/customers`: what is asked for, and the page that answers it (docs/api-facts.md C6).

use std::{cmp::Ordering, collections::BTreeMap, sync::Arc};

use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{Customer, Customers};
use crate::sandbox::voucherify::{Project, answer, moments::read_moment, page_number, page_size};

/// `GET /v1/customers`: a page, or what comes after a moment.
pub(in crate::sandbox::voucherify) async fn list(
    State(project): State<Arc<Project>>,
    Query(parameters): Query<BTreeMap<String, String>>,
) -> Response {
    match Question::read(&parameters) {
        Err(refusal) => *refusal,
        Ok(question) => {
            let listed = project.with_customers(|customers| question.answer(customers));
            answer::json(StatusCode::OK, &listed.unwrap_or_default())
        }
    }
}

/// What customers are put in order by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    CreatedAt,
    UpdatedAt,
    SourceId,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Ascending,
    Descending,
}

/// What a list is asked for.
struct Question<'a> {
    limit: usize,
    page: usize,
    key: Key,
    direction: Direction,
    starting_after: Option<DateTime<Utc>>,
    bounds: Vec<(Key, Ordering, DateTime<Utc>)>,
    texts: Vec<(&'static str, &'a str)>,
}

impl<'a> Question<'a> {
    fn read(parameters: &'a BTreeMap<String, String>) -> Result<Self, answer::Refusal> {
        let given = |name: &str| parameters.get(name).map(String::as_str);
        let moment = |name: &str| {
            let details = format!("Property .{name} cannot be recognized as a ISO-8601 compliant date");
            given(name)
                .map(|text| read_moment(text).ok_or_else(|| Box::new(answer::invalid_query(&details))))
                .transpose()
        };
        let (limit, page) = (page_size(parameters, 10)?, page_number(parameters, 99)?);
        // Without an order the latest come first, and a cursor leads back in time.
        let order = given("order").unwrap_or("-created_at");
        let (name, direction) = match order.strip_prefix('-') {
            Some(name) => (name, Direction::Descending),
            None => (order, Direction::Ascending),
        };
        let key = match name {
            "created_at" => Key::CreatedAt,
            "updated_at" => Key::UpdatedAt,
            "source_id" => Key::SourceId,
            _ => {
                let details = "Property .order must be equal to one of the allowed values";
                return Err(Box::new(answer::invalid_query(details)));
            }
        };
        let mut bounds = Vec::new();
        for (name, key, side) in [
            ("created_at[after]", Key::CreatedAt, Ordering::Greater),
            ("created_at[before]", Key::CreatedAt, Ordering::Less),
            ("updated_at[after]", Key::UpdatedAt, Ordering::Greater),
            ("updated_at[before]", Key::UpdatedAt, Ordering::Less),
        ] {
            bounds.extend(moment(name)?.map(|bound| (key, side, bound)));
        }
        let starting_after = moment("starting_after")?;
        // Nobody here is in a segment.
        let texts = ["email", "name", "city", "segment_id"];
        let texts = texts.into_iter().filter_map(|name| Some((name, given(name)?))).collect();
        Ok(Self { limit, page, key, direction, starting_after, bounds, texts })
    }

    fn answer(&self, customers: &Customers) -> Value {
        let wanted = |customer: &&Arc<Customer>| self.wants(customer);
        let mut found: Vec<&Arc<Customer>> = customers.all().filter(wanted).collect();
        let total = found.len();
        // Customers of the same moment stay in the order in which they came.
        match self.key {
            Key::CreatedAt => {}
            Key::UpdatedAt => found.sort_by_key(|customer| customer.updated_at),
            Key::SourceId => found.sort_by_key(|customer| customer.source_id()),
        }
        if self.direction == Direction::Descending {
            found.reverse();
        }
        if let Some(cursor) = self.starting_after {
            found.retain(|customer| self.is_behind(customer, cursor));
        }
        let skipped = (self.page - 1) * self.limit;
        let has_more = found.len() > skipped + self.limit;
        let page: Vec<Value> =
            found.into_iter().skip(skipped).take(self.limit).map(|customer| customer.shown()).collect();
        json!({"object": "list", "data_ref": "customers", "customers": page, "total": total, "has_more": has_more})
    }

    fn wants(&self, customer: &Customer) -> bool {
        let text = |name| match name {
            "city" => customer.attributes.get("address").and_then(|address| address.get("city")),
            _ => customer.attributes.get(name),
        };
        self.bounds.iter().all(|(key, side, bound)| at(customer, *key).is_some_and(|at| at.cmp(bound) == *side))
            && self.texts.iter().all(|(name, wanted)| text(name).and_then(Value::as_str) == Some(*wanted))
    }

    /// Whether a cursor has yet to come to this customer.
    fn is_behind(&self, customer: &Customer, cursor: DateTime<Utc>) -> bool {
        at(customer, self.key).is_some_and(|at| match self.direction {
            Direction::Ascending => at > cursor,
            Direction::Descending => at < cursor,
        })
    }
}

/// The moment that a key stands for; none for a customer that was never updated. Cursors are moments of creation unless
/// the order is that of updates.
fn at(customer: &Customer, key: Key) -> Option<DateTime<Utc>> {
    match key {
        Key::UpdatedAt => customer.updated_at,
        Key::CreatedAt | Key::SourceId => Some(customer.created_at),
    }
}
