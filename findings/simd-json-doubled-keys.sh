#!/usr/bin/env bash
# Of a key that stands twice in an object, simd-json keeps both and gives the first; from thirty-odd keys on it keeps the last one only. Which of
# two emails a person has depends on how many other traits there are. serde_json takes the last always, sonic-rs the first.
#
# Version: simd-json 0.19.0, sonic-rs 0.5.10, serde_json 1.0.154 (Rust).   Needs: bash, Rust with cargo.
# Hurts: who reads one file with two of them, or adds traits: other values, and no error. What is written again has the key twice.
# Expected: one rule for all. Here: the last one counts always, as in JavaScript and Python.
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
serde_json = "=1.0.154"
simd-json = "=0.19.0"
sonic-rs = "=0.5.10"
END
cat > src/main.rs <<'END'
use simd_json::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for others in [0, 10, 50] {
        let traits: String = (0..others).map(|n| format!("\"trait_{n}\":0,")).collect();
        let text = format!("{{\"email\":\"first\",{traits}\"email\":\"last\"}}");
        let simd = simd_json::to_owned_value(&mut text.clone().into_bytes())?;
        let sonic: sonic_rs::Value = sonic_rs::from_str(&text)?;
        let serde: serde_json::Value = serde_json::from_str(&text)?;
        let written = simd.encode().matches("email").count();
        let simd = simd.get("email").map(|email| email.to_string()).unwrap_or_default();
        println!("{others} more keys: simd-json {simd}, writes {written}; sonic-rs {}; serde_json {}", sonic["email"], serde["email"]);
    }
    Ok(())
}
END
cargo run -q > seen
cat seen
diff seen - <<'END'
0 more keys: simd-json first, writes 2; sonic-rs "first"; serde_json "last"
10 more keys: simd-json first, writes 2; sonic-rs "first"; serde_json "last"
50 more keys: simd-json last, writes 1; sonic-rs "first"; serde_json "last"
END
