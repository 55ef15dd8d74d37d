//! Customers as they are stored, changed and shown (docs/api-facts.md C1, C2, C6).

use std::{cmp::Ordering, collections::BTreeMap, sync::Arc};

use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use rand::{RngExt, distr::Alphanumeric};
use serde_json::{Map, Value, json};

use super::{
    Project, answer,
    options::{Storing, SystemMetadata, VoucherifyOptions},
    queue::{moment, read_moment},
};

/// All customers of a project.
#[derive(Debug, Default)]
pub(super) struct Customers {
    by_source_id: BTreeMap<String, Customer>,
    source_ids: BTreeMap<String, String>,
}

/// One customer.
#[derive(Debug, Clone)]
pub(super) struct Customer {
    id: String,
    /// Nothing but what was sent.
    pub(super) attributes: Map<String, Value>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: Option<DateTime<Utc>>,
}

impl Customers {
    pub(super) fn by_source_id(&self, source_id: &str) -> Option<&Customer> {
        self.by_source_id.get(source_id)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (&String, &Customer)> {
        self.by_source_id.iter()
    }

    /// Creates or updates: what is not mentioned stays, null is stored as null.
    pub(super) fn apply(&mut self, sent: Value, options: &VoucherifyOptions) {
        let Value::Object(mut sent) = sent else { return };
        if options.system_metadata == SystemMetadata::Ignored {
            sent.shift_remove("system_metadata");
        }
        let source_id = sent.get("source_id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let now = Utc::now();
        let Some(customer) = self.by_source_id.get_mut(&source_id) else {
            let letters: String = rand::rng().sample_iter(Alphanumeric).take(24).map(char::from).collect();
            let id = format!("cust_{letters}");
            self.source_ids.insert(id.clone(), source_id.clone());
            let customer = Customer { id, attributes: sent, created_at: now, updated_at: None };
            self.by_source_id.insert(source_id, customer);
            return;
        };
        customer.updated_at = Some(now);
        for (key, value) in sent {
            let storing = match key.as_str() {
                "address" => options.address,
                "metadata" => options.metadata,
                _ => Storing::Replace,
            };
            let stored = customer.attributes.get_mut(&key).and_then(Value::as_object_mut);
            match (storing, stored, value) {
                (Storing::Merge, Some(stored), Value::Object(members)) => stored.extend(members),
                (.., value) => drop(customer.attributes.insert(key, value)),
            }
        }
    }

    /// By the one id or the other.
    fn find(&self, id: &str) -> Option<&Customer> {
        self.by_source_id.get(self.source_ids.get(id).map_or(id, String::as_str))
    }

    fn remove(&mut self, id: &str) -> Option<Customer> {
        let source_id = self.source_ids.get(id).cloned().unwrap_or_else(|| id.to_owned());
        let removed = self.by_source_id.remove(&source_id)?;
        self.source_ids.remove(&removed.id);
        Some(removed)
    }
}

impl Customer {
    /// As the API shows it: no address is null, metadata that was never set is not there.
    pub(super) fn shown(&self) -> Value {
        let mut members = Map::new();
        members.insert("id".into(), json!(self.id));
        members.extend(self.attributes.clone());
        members.entry("address").or_insert(Value::Null);
        // Nobody here buys anything.
        let redemptions = json!({
            "total_redeemed": 0, "total_failed": 0, "total_succeeded": 0, "total_rolled_back": 0,
            "total_rollback_failed": 0, "total_rollback_succeeded": 0,
            "gift": {"redeemed_amount": 0, "amount_to_go": 0},
            "loyalty_card": {"redeemed_points": 0, "points_to_go": 0},
        });
        let orders = json!({"total_amount": 0, "total_count": 0, "average_amount": 0, "last_order_amount": 0});
        members.insert("summary".into(), json!({"redemptions": redemptions, "orders": orders}));
        members.insert("loyalty".into(), json!({"points": 0, "referred_customers": 0, "campaigns": {}}));
        members.insert("referrals".into(), json!({"total": 0, "campaigns": []}));
        members.insert("created_at".into(), json!(moment(self.created_at)));
        if let Some(updated_at) = self.updated_at {
            members.insert("updated_at".into(), json!(moment(updated_at)));
        }
        members.insert("object".into(), json!("customer"));
        Value::Object(members)
    }

    fn at(&self, moment: Moment) -> DateTime<Utc> {
        match moment {
            Moment::Created => self.created_at,
            Moment::Updated => self.updated_at.unwrap_or(self.created_at),
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Moment {
    Created,
    Updated,
}

/// `GET /v1/customers/{id or source_id}`.
pub(super) async fn get(State(project): State<Arc<Project>>, Path(id): Path<String>) -> Response {
    match project.with_customers(|customers| customers.find(&id).map(Customer::shown)).flatten() {
        Some(customer) => answer::json(StatusCode::OK, &customer),
        None => answer::missing("customer", &id),
    }
}

/// `DELETE /v1/customers/{id or source_id}`.
pub(super) async fn delete(State(project): State<Arc<Project>>, Path(id): Path<String>) -> Response {
    match project.with_customers(|customers| customers.remove(&id)).flatten() {
        Some(_) => StatusCode::NO_CONTENT.into_response(),
        None => answer::missing("customer", &id),
    }
}

/// `GET /v1/customers`: a page, or what comes after a moment.
pub(super) async fn list(
    State(project): State<Arc<Project>>,
    Query(parameters): Query<BTreeMap<String, String>>,
) -> Response {
    let question = super::page_size(&parameters, 10).and_then(|limit| Ok((limit, Question::read(&parameters)?)));
    let (limit, question) = match question {
        Ok(question) => question,
        Err(refusal) => return *refusal,
    };
    let listed = project.with_customers(|customers| {
        let mut found: Vec<&Customer> = customers.by_source_id.values().filter(|one| question.wants(one)).collect();
        let total = found.len();
        found.sort_by(|one, other| question.order(one, other));
        if let Some(after) = question.starting_after {
            found.retain(|customer| customer.at(question.cursor()) > after);
        }
        let skipped = (question.page - 1) * limit;
        let has_more = found.len() > skipped + limit;
        let page: Vec<Value> = found.into_iter().skip(skipped).take(limit).map(Customer::shown).collect();
        json!({"object": "list", "data_ref": "customers", "customers": page, "total": total, "has_more": has_more})
    });
    answer::json(StatusCode::OK, &listed.unwrap_or_default())
}

/// What a list is asked for.
struct Question<'a> {
    page: usize,
    order: &'a str,
    starting_after: Option<DateTime<Utc>>,
    bounds: Vec<(Moment, Ordering, DateTime<Utc>)>,
    texts: Vec<(&'static str, &'a str)>,
}

impl<'a> Question<'a> {
    fn read(parameters: &'a BTreeMap<String, String>) -> Result<Self, answer::Refusal> {
        let given = |name: &str| parameters.get(name).map(String::as_str);
        let date = |text: &str| {
            let details = format!("{text} cannot be recognized as a ISO-8601 compliant date");
            read_moment(text).ok_or_else(|| Box::new(answer::invalid_query(&details)))
        };
        let page = match given("page").map_or(Ok(1), str::parse) {
            Ok(page) if (1..=99).contains(&page) => page,
            _ => return Err(Box::new(answer::invalid_query("Property .page must be between 1 and 99"))),
        };
        let order = given("order").unwrap_or("-created_at");
        if !["created_at", "updated_at", "source_id"].contains(&order.trim_start_matches('-')) {
            return Err(Box::new(answer::invalid_query("Property .order must be equal to one of the allowed values")));
        }
        let mut bounds = Vec::new();
        for (name, moment, side) in [
            ("created_at[after]", Moment::Created, Ordering::Greater),
            ("created_at[before]", Moment::Created, Ordering::Less),
            ("updated_at[after]", Moment::Updated, Ordering::Greater),
            ("updated_at[before]", Moment::Updated, Ordering::Less),
        ] {
            if let Some(text) = given(name) {
                bounds.push((moment, side, date(text)?));
            }
        }
        let starting_after = given("starting_after").map(date).transpose()?;
        let texts = ["email", "name", "city"].into_iter().filter_map(|name| Some((name, given(name)?))).collect();
        Ok(Self { page, order, starting_after, bounds, texts })
    }

    fn wants(&self, customer: &Customer) -> bool {
        let text = |name| match name {
            "city" => customer.attributes.get("address").and_then(|address| address.get("city")),
            _ => customer.attributes.get(name),
        };
        self.bounds.iter().all(|(moment, side, bound)| customer.at(*moment).cmp(bound) == *side)
            && self.texts.iter().all(|(name, wanted)| text(name).and_then(Value::as_str) == Some(*wanted))
    }

    /// A cursor orders upwards (docs/api-facts.md C6).
    fn order(&self, one: &Customer, other: &Customer) -> Ordering {
        let source_id = |customer: &Customer| customer.attributes["source_id"].as_str().map(str::to_owned);
        let ordering = match self.order.trim_start_matches('-') {
            "source_id" => source_id(one).cmp(&source_id(other)),
            _ => one.at(self.cursor()).cmp(&other.at(self.cursor())),
        };
        let downwards = self.order.starts_with('-') && self.starting_after.is_none();
        if downwards { ordering.reverse() } else { ordering }
    }

    fn cursor(&self) -> Moment {
        if self.order.ends_with("updated_at") { Moment::Updated } else { Moment::Created }
    }
}
