//! Which external ids may become a customer's `source_id`.

/// Values that Segment itself blocks (docs/api-facts.md A7).
#[must_use]
pub fn is_blocked(value: &str) -> bool {
    let word = ["null", "undefined", "anonymous", "-1"].iter().any(|word| value.eq_ignore_ascii_case(word));
    word || value.bytes().all(|byte| matches!(byte, b'0' | b'-'))
}
