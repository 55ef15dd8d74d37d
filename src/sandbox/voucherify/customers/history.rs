//! What customers did beside being sent: orders, redemptions, points (docs/api-facts.md C2, C6b).

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Customer;
use crate::sandbox::voucherify::moments::moment;

/// What a customer did. Nobody here buys anything by themselves: options and `PUT /sandbox/customers/{id}` say who did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct History {
    /// Orders that were placed; each is of 10.00, which the API writes as 1000.
    pub orders: u64,
    /// Redemptions by the customer that succeeded.
    pub redemptions: u64,
    /// Points on loyalty cards.
    pub points: u64,
}

impl History {
    /// Smallest units of the currency in all orders.
    pub(in crate::sandbox::voucherify) fn amount(self) -> u64 {
        self.orders * 1_000
    }
}

impl Customer {
    /// As the API shows it: no address is null, metadata that was never set is not there.
    pub(in crate::sandbox::voucherify) fn shown(&self) -> Value {
        let mut members = Map::new();
        members.insert("id".into(), json!(self.id));
        members.extend(self.attributes.clone());
        members.entry("address").or_insert(Value::Null);
        members.entry("system_metadata").or_insert_with(|| json!({}));
        let History { orders, redemptions, points } = self.history;
        let mut bought = json!({
            "total_amount": self.history.amount(), "total_count": orders, "average_amount": 1_000 * orders.min(1),
            "last_order_amount": 1_000 * orders.min(1),
        });
        if orders > 0 {
            bought["last_order_date"] = json!(moment(self.updated_at.unwrap_or(self.created_at)));
        }
        let redeemed = json!({
            "total_redeemed": redemptions, "total_failed": 0, "total_succeeded": redemptions, "total_rolled_back": 0,
            "total_rollback_failed": 0, "total_rollback_succeeded": 0,
            "gift": {"redeemed_amount": 0, "amount_to_go": 0},
            "loyalty_card": {"redeemed_points": 0, "points_to_go": points},
        });
        members.insert("summary".into(), json!({"redemptions": redeemed, "orders": bought}));
        members.insert("loyalty".into(), json!({"points": points, "referred_customers": 0, "campaigns": {}}));
        members.insert("referrals".into(), json!({"total": 0, "campaigns": []}));
        members.insert("created_at".into(), json!(moment(self.created_at)));
        if let Some(updated_at) = self.updated_at {
            members.insert("updated_at".into(), json!(moment(updated_at)));
        }
        members.insert("object".into(), json!("customer"));
        Value::Object(members)
    }
}
