//! How much there is in a text, before something is built of it.

/// Whether a JSON text holds more values than `most`; what is no JSON is counted as if it were.
#[must_use]
pub fn holds_more_values(text: &[u8], most: usize) -> bool {
    if text.len() <= most {
        return false;
    }
    let (mut values, mut quoted, mut escaped) = (0_usize, false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b',' | b'[' | b'{' if !quoted => values = values.saturating_add(1),
            _ => {}
        }
    }
    values > most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted_by_what_parts_them_outside_of_texts() {
        for (text, values) in [
            ("[1,2,3]", 3),
            ("[[],[],[[]]]", 7),
            (r#"{"a":1,"b":[true,null]}"#, 4),
            (r#"["a,b,[{","c\",\"d",  "e\\","f"]"#, 4),
            ("1, 2, 3, 4", 3),
        ] {
            assert!(holds_more_values(text.as_bytes(), values - 1), "{text}");
            assert!(!holds_more_values(text.as_bytes(), values), "{text}");
        }
        assert!(!holds_more_values(b"", 0));
    }
}
