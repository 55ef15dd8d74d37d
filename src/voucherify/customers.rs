//! Single customers: as the project holds them now, and deleted for good (docs/api-facts.md C6, C6b).

use reqwest::Method;
use serde_json::{Map, Value};

use super::{Voucherify, VoucherifyError, path_element};

/// A customer as the API shows it: all members of its JSON.
#[derive(Debug, Clone, PartialEq)]
pub struct Customer(pub Map<String, Value>);

/// Whether single calls can name this customer: two `source_id`s have no address, unless the vendor's own id is known.
#[must_use]
pub fn has_address(id: &str, source_id: &str) -> bool {
    element(id, source_id).is_some()
}

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
    let named = element(id, source_id).ok_or_else(|| {
        VoucherifyError::Unreadable(format!("a customer whose `source_id` is `{source_id}` has no address: it"))
    })?;
    Ok(format!("/v1/customers/{}", path_element(named)))
}

fn element<'a>(id: &'a str, source_id: &'a str) -> Option<&'a str> {
    [id, source_id].into_iter().find(|name| !matches!(*name, "." | ".." | ""))
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;

    /// The path that a request for this customer has, and its elements.
    fn asked(id: &str, source_id: &str) -> Option<(String, usize)> {
        let mut url = Url::parse("https://api.example.com").unwrap();
        url.set_path(&path(id, source_id).ok()?);
        // As a server or a proxy reads it that takes the whole address apart once more.
        let again = Url::parse(url.as_str()).unwrap();
        assert_eq!((again.path(), again.query(), again.fragment()), (url.path(), None, None), "{source_id}");
        Some((url.path().to_owned(), url.path_segments()?.count()))
    }

    #[test]
    fn whatever_a_customer_is_called_its_path_has_one_element_for_it() {
        for (source_id, element) in [
            ("a/b", "a%2Fb"),
            ("/", "%2F"),
            ("../x", "..%2Fx"),
            ("a/../b", "a%2F..%2Fb"),
            ("%2e", "%252e"),
            ("%2E%2e", "%252E%252e"),
            (".%2e", ".%252e"),
            ("%2Fa", "%252Fa"),
            ("a\\b", "a%5Cb"),
            ("..\\", "..%5C"),
            ("a?b#c", "a%3Fb%23c"),
            ("a;v=1", "a%3Bv%3D1"),
            ("a+b c", "a%2Bb%20c"),
            ("...", "..."),
            (".a", ".a"),
            (" .", "%20."),
            ("\t.\n", "%09.%0A"),
            ("å@b.example", "%C3%A5%40b.example"),
        ] {
            assert_eq!(asked("", source_id), Some((format!("/v1/customers/{element}"), 3)), "{source_id}");
        }
    }

    #[test]
    fn who_has_no_address_is_asked_for_by_the_vendors_id_or_not_at_all() {
        for source_id in [".", "..", ""] {
            assert_eq!(asked("cust_1", source_id), Some(("/v1/customers/cust_1".into(), 3)), "{source_id}");
            let error = path("", source_id).unwrap_err();
            assert!(error.into_failure().to_string().contains("has no address"), "{source_id}");
        }
    }
}
