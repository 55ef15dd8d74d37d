#!/usr/bin/env bash
# serde_json5 refuses JSON, of which JSON5 is a superset: a text with U+2028 or U+2029 in it as they are, which JSON5 allows in strings by name, and
# whole numbers beyond 63 bits. json5, the crate that it was made from, reads both.
#
# Version: serde_json5 0.2.1, json5 1.3.7, serde_json 1 (Rust).   Needs: bash, Rust with cargo.
# Hurts: one remark that was pasted from a word processor, and none of the file can be read; the same for ids of 64 bits without a sign.
# Expected: the text, the number. Here: every JSON that RFC 8259 allows is read, and numbers keep their digits.
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
json5 = "=1.3.7"
serde_json = "1"
serde_json5 = "=0.2.1"
END
cat > src/main.rs <<'END'
use serde_json::Value;

fn main() {
    for (name, json) in [
        ("text", "{\"note\":\"one\u{2028}two\"}"),
        ("2^63-1", "{\"id\":9223372036854775807}"),
        ("2^64-1", "{\"id\":18446744073709551615}"),
    ] {
        let one = serde_json5::from_str::<Value>(json);
        let other = json5::from_str::<Value>(json);
        println!("{name}: serde_json5 {}, json5 {}", if one.is_ok() { "reads" } else { "refuses" }, if other.is_ok() { "reads" } else { "refuses" });
    }
}
END
cargo run -q > seen
cat seen
diff seen - <<'END'
text: serde_json5 refuses, json5 reads
2^63-1: serde_json5 reads, json5 reads
2^64-1: serde_json5 refuses, json5 reads
END
