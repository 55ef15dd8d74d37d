#!/usr/bin/env bash
# `deserialize_string_from_number` of serde-aux is for ids that are numbers here and texts there. Numbers from 2^63 on go through floating point and
# come out with zeros at their end, though a u64 holds them; 1.10 becomes 1.1, and 1e2 becomes 100.
#
# Version: serde-aux 4.7.0, serde 1, serde_json 1 (Rust).   Needs: bash, Rust with cargo.
# Hurts: ids that are hashes of 64 bits: every second of them is changed, and thousands become one.
# Expected: the digits, or an error. Here: ids are texts, and stay as they are written.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat > Cargo.toml <<'END'
[package]
name = "show"
version = "0.1.0"
edition = "2021"

[dependencies]
serde = { version = "1", features = ["derive"] }
serde-aux = "=4.7.0"
serde_json = "1"
END
cat > src/main.rs <<'END'
use serde_aux::prelude::deserialize_string_from_number;

#[derive(serde::Deserialize)]
struct Person {
    #[serde(deserialize_with = "deserialize_string_from_number")]
    id: String,
}

fn main() -> Result<(), serde_json::Error> {
    for id in ["\"12345678901234567890\"", "9223372036854775807", "9223372036854775808", "12345678901234567890", "18446744073709551615", "1e2"] {
        let person: Person = serde_json::from_str(&format!("{{\"id\":{id}}}"))?;
        println!("{id} -> {}", person.id);
    }
    Ok(())
}
END
cargo run -q > seen
cat seen
diff seen - <<'END'
"12345678901234567890" -> 12345678901234567890
9223372036854775807 -> 9223372036854775807
9223372036854775808 -> 9223372036854776000
12345678901234567890 -> 12345678901234567000
18446744073709551615 -> 18446744073709552000
1e2 -> 100
END
