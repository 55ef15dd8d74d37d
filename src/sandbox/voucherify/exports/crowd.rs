//! Customers that are made up while an export is downloaded, so that a project can have any number of them and the
//! sandbox holds none.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use crate::sandbox::voucherify::customers::{Customer, History};

/// 1 January 2020: before anything that is sent here.
const FIRST_CREATED: i64 = 1_577_836_800;

/// The member of the crowd with this number: always the same. Whatever the crowd is put in order by, it is in the order
/// of its numbers.
pub(super) fn customer(number: u64) -> Customer {
    let seconds = i64::try_from(number).unwrap_or(i64::MAX / 1_000);
    let created_at = DateTime::<Utc>::from_timestamp(FIRST_CREATED, 0).unwrap_or_default()
        + TimeDelta::try_seconds(seconds).unwrap_or_default();
    let attributes = json!({
        "source_id": format!("crowd-{number:09}"), "name": format!("Crowd {number:09}"),
        "email": format!("crowd{number:09}@example.com"), "phone": "+1 212 555 0100",
        "address": {"city": "Bath", "country": "United Kingdom", "line_1": "1 High Street", "postal_code": "BA1 1AA"},
    });
    let attributes = match attributes {
        Value::Object(attributes) => attributes,
        _ => Map::new(),
    };
    Customer {
        id: format!("cust_crowd{number:019}"),
        attributes,
        history: History::default(),
        created_at,
        updated_at: Some(created_at + TimeDelta::hours(1)),
    }
}
