//! Metadata schemas, and traits held against them: behind the first zero stands a profile.

#![no_main]

use libfuzzer_sys::fuzz_target;
use segment_to_voucherify::mapping::{MetadataSchema, MappingOptions};
use segment_to_voucherify_fuzz::{map, mapper};

const LINE: &str = r#"{"segment_id":"use_1","external_ids":{"user_id":"u-1"},"traits":{"name":"Ada","plan":"gold","points":12,"score":-1.5e3,"since":"2024-01-31","at":"2024-01-31T10:11:12.000Z","vip":true,"tags":["a","b"],"numbers":[1,2.5],"company":{"name":"Example","size":7},"long":123456789012345678901234567890}}"#;

fuzz_target!(|bytes: &[u8]| {
    let (schema, line) = match bytes.iter().position(|byte| *byte == 0) {
        Some(at) => (&bytes[..at], &bytes[at + 1..]),
        None => (bytes, LINE.as_bytes()),
    };
    let Ok(text) = std::str::from_utf8(schema) else { return };
    let Ok(schema) = MetadataSchema::parse(text) else { return };
    let _ = (schema.contents(), schema.takes("plan"));
    map(&mapper(MappingOptions { schema: Some(schema), ..MappingOptions::default() }), line);
});
