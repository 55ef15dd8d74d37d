//! Mapping files, and a profile through whatever they say.

#![no_main]

use libfuzzer_sys::fuzz_target;
use segment_to_voucherify::mapping::{Definition, Mapper, MappingOptions};
use segment_to_voucherify_fuzz::map;

const LINES: [&str; 2] = [
    r#"{"segment_id":"use_1","external_ids":[{"id":"u-1","type":"user_id"},{"id":"ada@example.com","type":"email"}],"traits":{"name":"Ada","email":"ada@example.com","phone":"+44 20 7946 0958","birthdate":"1990-02-28","dob":"28/02/1990","at":1700000000,"address":{"city":"Köln","country":"DE"},"plan":"gold","points":"12","tags":["a","b"],"null":null}}"#,
    r#"{"segment_id":"use_2","external_ids":{"user_id":"u-2"},"traits":{"name":{"first":"Ada"},"phone":12125550100,"birthdate":19900228,"at":1e300,"address":"{\"city\":\"Köln\"}","plan":true}}"#,
];

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(definition) = Definition::parse(text, "mapping.toml") else { return };
    let _ = (definition.uses(), definition.source_id_is_the("user_id"));
    let Ok(mapper) = Mapper::new(&definition, MappingOptions::default()) else { return };
    LINES.iter().for_each(|line| map(&mapper, line.as_bytes()));
});
