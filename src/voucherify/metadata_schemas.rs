//! Metadata schemas: all of a project's, with the nested ones (docs/api-facts.md C4).

use std::collections::HashSet;

use reqwest::Method;
use serde_json::{Map, Value, json};

use super::{Voucherify, VoucherifyError};

/// No project has this many pages; a server that ignores `page` is asked no more often.
const MOST_PAGES: u32 = 100;

impl Voucherify {
    /// The list of all metadata schemas, as the API gives it; several pages become one list.
    ///
    /// One call is documented to bring all of them. Should an answer say that there are more, they are asked for.
    ///
    /// # Errors
    /// Whatever kept the answer from arriving.
    pub async fn metadata_schemas(&self) -> Result<Value, VoucherifyError> {
        let mut list = self.page_of_schemas("/v1/metadata-schemas").await?;
        let mut schemas = taken(&mut list).ok_or_else(|| {
            VoucherifyError::Unreadable("the answer about metadata schemas, which holds no list of them,".into())
        })?;
        let mut seen: HashSet<String> = schemas.iter().map(Value::to_string).collect();
        let mut page = 1_u32;
        while says_more(&list, schemas.len()) && page < MOST_PAGES {
            page = page.saturating_add(1);
            let mut next = self.page_of_schemas(&format!("/v1/metadata-schemas?limit=100&page={page}")).await?;
            let new: Vec<Value> =
                taken(&mut next).into_iter().flatten().filter(|schema| seen.insert(schema.to_string())).collect();
            if new.is_empty() {
                break;
            }
            schemas.extend(new);
            list = next;
        }
        Ok(json!({"object": "list", "data_ref": "schemas", "total": schemas.len(), "schemas": schemas}))
    }

    async fn page_of_schemas(&self, path: &str) -> Result<Map<String, Value>, VoucherifyError> {
        let reply = self.send(Method::GET, path, None).await?;
        serde_json::from_slice(&reply.body)
            .map_err(|error| VoucherifyError::Refused(format!("the metadata schemas cannot be read: {error}")))
    }
}

/// The schemas of a page, under the name that the page gives or one of those that are documented; nothing where it holds no
/// such list.
fn taken(list: &mut Map<String, Value>) -> Option<Vec<Value>> {
    let named = list.get("data_ref").and_then(Value::as_str).map(str::to_owned);
    let schemas = named.and_then(|name| list.remove(&name)).or_else(|| list.remove("schemas"));
    match schemas.or_else(|| list.remove("data")) {
        Some(Value::Array(schemas)) => Some(schemas),
        _ => None,
    }
}

fn says_more(list: &Map<String, Value>, have: usize) -> bool {
    let total = list.get("total").and_then(Value::as_u64).and_then(|total| usize::try_from(total).ok());
    list.get("has_more").and_then(Value::as_bool).unwrap_or(false) || total.is_some_and(|total| total > have)
}
