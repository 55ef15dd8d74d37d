#!/usr/bin/env bash
# serde_yml does not read the texts that it writes: a tab comes back as null, and one before a word is gone; of two line breaks at the end there is
# one more with every turn; CRLF is a line feed; and the text `-` alone, as people type for "none", makes a file that it refuses.
#
# Version: serde_yml 0.0.13, serde_json 1 (Rust).   Needs: bash, Rust with cargo.
# Hurts: who moved to it from serde_yaml, which is no longer kept: settings and remarks change, with each time that they are saved.
# Expected: the texts that were written, as serde_yaml_ng and serde_norway read theirs. Here: YAML is written and read as a subset of JSON.
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
serde_json = "1"
serde_yml = "=0.0.13"
END
cat > src/main.rs <<'END'
fn main() {
    for text in ["gold", "-", "\t", "\tx", "x\n\n", "x\r\ny"] {
        let person = serde_json::json!({ "note": text });
        let yaml = serde_yml::to_string(&person).expect("a text can be written");
        match serde_yml::from_str::<serde_json::Value>(&yaml) {
            Ok(back) => println!("{} -> {}", person["note"], back["note"]),
            Err(error) => println!("{} -> {}", person["note"], error.to_string().lines().next().unwrap_or_default()),
        }
    }
}
END
cargo run -q > seen
cat seen
diff seen - <<'END'
"gold" -> "gold"
"-" -> YAML parse error at line 1, column 7: block sequence entries are not allowed in this context
"\t" -> null
"\tx" -> "x"
"x\n\n" -> "x\n\n\n"
"x\r\ny" -> "x\ny"
END
