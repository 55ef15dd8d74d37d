//! Single customers: as the project holds them now, and deleted for good (docs/api-facts.md C6, C6b).

use reqwest::Method;
use serde_json::{Map, Value};

use super::{Voucherify, VoucherifyError, path_element};

/// A customer as the API shows it: all members of its JSON.
#[derive(Debug, Clone, PartialEq)]
pub struct Customer(pub Map<String, Value>);

impl Voucherify {
    /// The customer with this `source_id`.
    ///
    /// # Errors
    /// Whatever kept the answer from arriving; [`VoucherifyError::Missing`] where there is none.
    pub async fn customer(&self, source_id: &str) -> Result<Customer, VoucherifyError> {
        let reply = self.send(Method::GET, &path(source_id)?, None).await?;
        match serde_json::from_slice(&reply.body) {
            Ok(Value::Object(members)) if members.get("source_id").is_some_and(|id| *id == source_id) => {
                Ok(Customer(members))
            }
            _ => Err(VoucherifyError::Unreadable("the answer about a customer".into())),
        }
    }

    /// Deletes the customer with this `source_id`, with its orders and history: nothing brings it back.
    ///
    /// # Errors
    /// Whatever kept it from being deleted; [`VoucherifyError::Missing`] where there is none.
    pub async fn delete_customer(&self, source_id: &str) -> Result<(), VoucherifyError> {
        self.send(Method::DELETE, &path(source_id)?, None).await.map(drop)
    }
}

/// A customer's place; two ids have none, since every client of HTTP takes them for steps in a path.
fn path(source_id: &str) -> Result<String, VoucherifyError> {
    if matches!(source_id, "." | ".." | "") {
        return Err(VoucherifyError::Unreadable(format!("a customer whose id is `{source_id}` has no address: it")));
    }
    Ok(format!("/v1/customers/{}", path_element(source_id)))
}
