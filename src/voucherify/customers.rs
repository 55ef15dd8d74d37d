//! Single customers: as the project holds them now, and deleted for good (docs/api-facts.md C6, C6b).

use reqwest::Method;
use serde_json::{Map, Value};

use super::{Voucherify, VoucherifyError, path_element};

/// A customer as the API shows it: all members of its JSON.
#[derive(Debug, Clone, PartialEq)]
pub struct Customer(pub Map<String, Value>);

impl Voucherify {
    /// The customer with this `source_id`; `id` is the vendor's own, empty where it is not known.
    ///
    /// # Errors
    /// Whatever kept the answer from arriving; [`VoucherifyError::Missing`] where there is none.
    pub async fn customer(&self, id: &str, source_id: &str) -> Result<Customer, VoucherifyError> {
        let reply = self.send(Method::GET, &path(id, source_id)?, None).await?;
        match serde_json::from_slice(&reply.body) {
            Ok(Value::Object(members)) if members.get("source_id").is_some_and(|id| *id == source_id) => {
                Ok(Customer(members))
            }
            _ => Err(VoucherifyError::Unreadable("the answer about a customer".into())),
        }
    }

    /// Deletes the customer, with its orders and history: nothing brings it back.
    ///
    /// # Errors
    /// Whatever kept it from being deleted; [`VoucherifyError::Missing`] where there is none.
    pub async fn delete_customer(&self, id: &str, source_id: &str) -> Result<(), VoucherifyError> {
        self.send(Method::DELETE, &path(id, source_id)?, None).await.map(drop)
    }
}

/// A customer's place. The vendor's own id is nobody else's `source_id`; and two of those have no place, since every client
/// of HTTP takes them for steps in a path, percent-encoded or not.
fn path(id: &str, source_id: &str) -> Result<String, VoucherifyError> {
    let named = [id, source_id].into_iter().find(|name| !matches!(*name, "." | ".." | ""));
    let named = named.ok_or_else(|| {
        VoucherifyError::Unreadable(format!("a customer whose `source_id` is `{source_id}` has no address: it"))
    })?;
    Ok(format!("/v1/customers/{}", path_element(named)))
}
