//! JSON as a tree for people to look at, whatever it holds: neither depth nor half a character stops it.

use serde_json::{Map, Value};

use super::{Malformed, Scanner, Text};

/// Objects and arrays that lie in each other deeper than this are given as the text that they are written in.
const DEEPEST: usize = 100;

/// The tree of a text. Numbers keep their digits, members their order; of equal keys the last one counts.
///
/// # Errors
/// The text is no JSON.
pub fn tree(json: &str) -> Result<Value, Malformed> {
    let mut scanner = Scanner::new(json);
    let value = value(&mut scanner, 0)?;
    scanner.end().map(|()| value)
}

fn value(scanner: &mut Scanner<'_>, depth: usize) -> Result<Value, Malformed> {
    match scanner.peek() {
        Some(b'{') if depth < DEEPEST => {
            let mut members = Map::new();
            scanner.object(|scanner, key| {
                let value = value(scanner, depth + 1)?;
                members.insert(key.into_owned(), value);
                Ok(())
            })?;
            Ok(Value::Object(members))
        }
        Some(b'[') if depth < DEEPEST => {
            let mut items = Vec::new();
            scanner.array(|scanner| {
                items.push(value(scanner, depth + 1)?);
                Ok(())
            })?;
            Ok(Value::Array(items))
        }
        Some(b'{' | b'[') => scanner.value().map(|text| Value::String(text.to_owned())),
        Some(b'"') => {
            let text = Text::of(scanner.value()?).ok_or(Malformed)?;
            Ok(Value::String(text.text.into_owned()))
        }
        _ => {
            let text = scanner.value()?;
            serde_json::from_str(text).map_err(|_| Malformed)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_and_half_characters_stop_nothing() {
        let deep = format!("{{\"a\":1.10,\"b\\ud83d\":{}7{},\"a\":2e400}}", "[".repeat(5_000), "]".repeat(5_000));
        let tree = tree(&deep).unwrap();
        assert_eq!(tree["a"].to_string(), "2e+400");
        let keys: Vec<_> = tree.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["a", "b\u{fffd}"]);
        // Nobody else's limit of 128 is met when it is written again.
        assert!(serde_json::from_str::<Value>(&tree.to_string()).is_ok());
        assert_eq!(super::tree("{\"a\":}"), Err(Malformed));
    }
}
