//! Pages of the API: what is on one, and where the next one begins.

use serde::Deserialize;
use serde_json::Value;

/// One page of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPage {
    /// Ids on this page, in the API's order.
    pub segment_ids: Vec<String>,
    /// Where the next page begins, text or number; opaque. `None` where the page does not say.
    pub next: Option<String>,
    /// Whether there are more pages, if the page says so.
    pub has_more: Option<bool>,
}

#[derive(Deserialize)]
pub(super) struct Cursor {
    #[serde(default)]
    pub(super) has_more: Option<bool>,
    #[serde(default)]
    pub(super) next: Value,
    #[serde(default)]
    pub(super) url: Value,
}

/// A page of any endpoint. One that has neither member is none, whatever its status.
#[derive(Deserialize)]
pub(super) struct Page<T> {
    #[serde(alias = "traits")]
    pub(super) data: Option<T>,
    pub(super) cursor: Option<Cursor>,
}

#[derive(Deserialize)]
pub(super) struct ListItem {
    pub(super) segment_id: String,
}

/// The segment id in a cursor's URL, which is good for nothing else (docs/api-facts.md A3).
pub(super) fn mentioned(url: &Value) -> Option<String> {
    let (_, rest) = url.as_str()?.split_once("/profiles/")?;
    let element = rest.split('/').next()?;
    let id = element.strip_prefix("segment_id:").unwrap_or(element);
    id.starts_with("use_").then(|| id.to_owned())
}

/// Where a profile's next page begins; none at the end. A page that promises more and does not say where, or names a
/// page that was there `before`, would cut the profile short (docs/api-facts.md A2).
pub(super) fn next_cursor(cursor: Option<Cursor>, before: &[String]) -> Result<Option<String>, &'static str> {
    let Some(cursor) = cursor.filter(|cursor| cursor.has_more != Some(false)) else { return Ok(None) };
    match opaque(cursor.next).filter(|next| !before.contains(next)) {
        None if cursor.has_more == Some(true) => Err("a page said that there is more, but not where"),
        next => Ok(next),
    }
}

/// A cursor that is text or a number, and not empty.
pub(super) fn opaque(next: Value) -> Option<String> {
    match next {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
    .filter(|next| !next.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_mentioned_by_the_url_of_its_next_page() {
        let url = "/v1/spaces/x/collections/users/profiles/use_1W4c/external_ids?limit=25";
        assert_eq!(mentioned(&Value::from(url)), Some("use_1W4c".into()));
        assert_eq!(mentioned(&Value::from("")), None);
    }

    #[test]
    fn a_cursor_ends_when_it_is_empty_stands_still_or_says_so_unless_there_is_more() {
        let before = ["a".to_owned(), "b".to_owned()];
        let next = |text: &str| next_cursor(serde_json::from_str(text).unwrap(), &before);
        assert_eq!(next(r#"{"has_more":true,"next":"100"}"#), Ok(Some("100".into())));
        assert_eq!(next(r#"{"has_more":true,"next":100}"#), Ok(Some("100".into())));
        assert_eq!(next(r#"{"next":"c"}"#), Ok(Some("c".into())));
        for end in [r#"{"has_more":false,"next":"100"}"#, r#"{"next":""}"#, "{}", r#"{"next":"b"}"#, r#"{"next":"a"}"#]
        {
            assert_eq!(next(end), Ok(None), "{end}");
        }
        for odd in [r#""next":"""#, r#""next":null"#, r#""next":"b""#, r#""next":"a""#] {
            assert!(next(&format!(r#"{{"has_more":true,{odd}}}"#)).is_err(), "{odd}");
        }
    }
}
