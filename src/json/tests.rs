//! The walk against texts that are JSON, nearly JSON, deep and long.

use proptest::prelude::*;
use serde_json::value::RawValue;

use super::*;

fn accepts(text: &str) -> bool {
    let mut scanner = Scanner::new(text);
    scanner.value().is_ok() && scanner.end().is_ok()
}

#[test]
fn values_are_slices_of_the_text() {
    let text = " {\"a\" : [1, {\"b\":-0.5e+7}] ,\"\\u0063\":\"x\\\"y\", \"d\":{}}\n";
    let (mut scanner, mut members) = (Scanner::new(text), Vec::new());
    let walked = scanner.object(|scanner, key| {
        members.push((key.into_owned(), scanner.value()?));
        Ok(())
    });
    assert_eq!(walked.and_then(|()| scanner.end()), Ok(()));
    let expected = [("a", "[1, {\"b\":-0.5e+7}]"), ("c", "\"x\\\"y\""), ("d", "{}")];
    assert_eq!(members, expected.map(|(key, value)| (key.to_owned(), value)));
}

#[test]
fn what_is_deep_or_long_is_passed_over() {
    for depth in [1, 63, 64, 65, 128, 129, 100_000] {
        let both = [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")];
        for (open, close) in both {
            let text = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            assert!(accepts(&text), "{depth} times {open}");
            assert!(!accepts(&text[..text.len() - 1]), "{depth} times {open}, cut");
            assert!(!accepts(&format!("{text}{close}")), "{depth} times {open}, and one end more");
        }
    }
}

#[test]
fn a_plain_prefix_ends_at_the_first_byte_that_needs_an_escape() {
    for length in 0..40 {
        let plain = "é~ x\u{7f}".repeat(10)[..].bytes().take(length).collect::<Vec<_>>();
        assert_eq!(plain_prefix(&plain), length);
        for special in [b'"', b'\\', 0, 0x1f, b'\n'] {
            let text = [plain.as_slice(), &[special], b"rest \" of it"].concat();
            assert_eq!(plain_prefix(&text), length);
        }
    }
}

/// Texts that are JSON or nearly.
fn nearly_json() -> impl Strategy<Value = String> {
    let token = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        " ",
        "\"a\"",
        "\"\"",
        "\"\\u00e9\"",
        "\"\\ud800\"",
        "\"\\x\"",
        "\"",
        "\\",
        "0",
        "-1",
        "1.5",
        "1e999",
        "01",
        ".5",
        "1.",
        "-",
        "2E+",
        "true",
        "false",
        "null",
        "nul",
        "\n",
        "é",
        "\u{1}",
        "{\"a\":",
        "[1,",
        "\"k\":1",
    ]);
    let tokens = prop::collection::vec(token, 0..12).prop_map(|tokens| tokens.concat());
    let leaf = prop_oneof![Just("null".to_owned()), "-?(0|[1-9][0-9]{0,40})(\\.[0-9]{1,9})?", "\"[a-z\\\\/é ]{0,20}\""];
    let value = leaf.prop_recursive(6, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(|items| format!("[{}]", items.join(" , "))),
            prop::collection::vec(inner, 0..5).prop_map(|items| format!(
                "{{{}}}",
                items.iter().map(|item| format!("\"k\":{item}")).collect::<Vec<_>>().join(",")
            )),
        ]
    });
    prop_oneof![tokens, value, "\\PC{0,20}"]
}

proptest! {
    #[test]
    fn what_is_accepted_is_what_the_parser_accepts(text in nearly_json()) {
        prop_assert_eq!(accepts(&text), serde_json::from_str::<&RawValue>(text.trim_ascii()).is_ok(), "{}", text);
    }
}
