//! What traits or external ids seem to be that are not written as the API writes them: nothing in them was read, and
//! whoever wrote the line should know why.

use crate::{
    findings::{Finding, Reason},
    json::{Malformed, Scanner, Text},
};

/// Characters of a value that a finding repeats.
const SHOWN: usize = 200;

/// What is told of traits that are no object; `None` where they are one, or there are none.
pub(super) fn of_traits(json: Option<&str>) -> Option<Finding<'static>> {
    let json = json?;
    let what = match json.as_bytes().first()? {
        b'{' | b'n' => return None,
        b'"' if is_blank(json) => return None,
        b'"' if holds_json(json) => "they are an object that was written as text",
        b'"' => "they are text",
        b'[' if json.len() == 2 || first_item(json).is_none() => return None,
        b'[' if first_item(json).is_some_and(|item| has(item, &["name", "value"]) || has(item, &["key", "value"])) => {
            "they are a list of names and values"
        }
        b'[' => "they are a list",
        _ => "they are a single value",
    };
    let message = format!("the traits are no object, and none of them was read: {what}");
    Some(Finding::new(Reason::WrongType, "traits", json.chars().take(SHOWN).collect::<String>(), message))
}

/// What is odd about external ids in which nothing was found; `None` where nothing is.
pub(super) fn of_external_ids(json: &str) -> Option<&'static str> {
    match json.as_bytes().first()? {
        b'"' if is_blank(json) => None,
        b'"' if holds_json(json) => Some("`external_ids` is a list or object that was written as text"),
        b'"' => Some("`external_ids` is text, and no list"),
        b'{' => {
            let mut lists = false;
            let _ = Scanner::new(json).object(|scanner, _| {
                lists |= matches!(scanner.peek(), Some(b'[' | b'{'));
                scanner.value().map(drop)
            });
            lists.then_some("`external_ids` has lists or objects for its types, and no texts")
        }
        b'[' => {
            let item = first_item(json)?;
            if !item.starts_with('{') {
                Some("`external_ids` is a list of something else than objects with `type` and `id`")
            } else if !has(item, &["type", "id"]) {
                Some("the items of `external_ids` have no `type` and `id`")
            } else {
                None
            }
        }
        b'n' => None,
        _ => Some("`external_ids` is a single value, and no list"),
    }
}

fn is_blank(json: &str) -> bool {
    Text::of(json).is_none_or(|text| text.text.trim().is_empty())
}

/// Whether a text holds an object or a list.
fn holds_json(json: &str) -> bool {
    let Some(text) = Text::of(json) else { return false };
    let text = text.text.trim();
    let mut scanner = Scanner::new(text);
    text.starts_with(['{', '[']) && scanner.value().and_then(|_| scanner.end()).is_ok()
}

/// The first item of a list.
fn first_item(json: &str) -> Option<&str> {
    let mut first = None;
    // The rest is of no interest.
    let _ = Scanner::new(json).array(|scanner| {
        first = Some(scanner.value()?);
        Err(Malformed)
    });
    first
}

/// Whether an object has all these members.
fn has(object: &str, members: &[&str]) -> bool {
    let mut seen = 0;
    let walked = Scanner::new(object).object(|scanner, key| {
        seen += usize::from(members.contains(&&*key));
        scanner.value().map(drop)
    });
    walked.is_ok() && seen >= members.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_traits_seem_to_be_is_told() {
        let told = |json| of_traits(Some(json)).map(|finding| finding.message.rsplit(": ").next().unwrap().to_owned());
        for (json, expected) in [
            ("{}", None),
            ("null", None),
            ("\"\"", None),
            ("[]", None),
            (r#""{\"email\":\"a@b.c\"}""#, Some("they are an object that was written as text")),
            (r#""email=a@b.c""#, Some("they are text")),
            (r#"[{"name":"email","value":"a@b.c"}]"#, Some("they are a list of names and values")),
            (r#"[{"key":"email","value":"a@b.c"}]"#, Some("they are a list of names and values")),
            (r#"["email"]"#, Some("they are a list")),
            ("7", Some("they are a single value")),
        ] {
            assert_eq!(told(json).as_deref(), expected, "{json}");
        }
        assert_eq!(of_traits(None), None);
    }

    #[test]
    fn what_external_ids_seem_to_be_is_told() {
        for (json, expected) in [
            ("[]", None),
            ("null", None),
            (r#"[{"type":"email","id":"a"}]"#, None),
            (r#"{"email":"a"}"#, None),
            (r#"[{"type":"user_id","value":"a"}]"#, Some("the items of `external_ids` have no `type` and `id`")),
            (r#"["a"]"#, Some("`external_ids` is a list of something else than objects with `type` and `id`")),
            (r#"{"user_id":["a"]}"#, Some("`external_ids` has lists or objects for its types, and no texts")),
            (r#""[{\"type\":\"user_id\"}]""#, Some("`external_ids` is a list or object that was written as text")),
            (r#""u-1""#, Some("`external_ids` is text, and no list")),
        ] {
            assert_eq!(of_external_ids(json), expected, "{json}");
        }
    }
}
