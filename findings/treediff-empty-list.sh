#!/usr/bin/env bash
# treediff tells of no change where an empty list becomes an empty object, nor where it becomes one the other way. It looks at what is in them, and
# nothing is. From a list with something in it, from null and from 1 to 1.0 it sees every change.
#
# Version: treediff 5.0.0, serde_json 1 (Rust).   Needs: bash, Rust with cargo.
# Hurts: who checks with it that what arrived is what was sent: PHP and Lua are known to write the one for the other.
# Expected: a change. Here: whatever differs as JSON is told, and numbers are compared by all of their digits.
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
treediff = { version = "=5.0.0", features = ["with-serde-json"] }
END
cat > src/main.rs <<'END'
use treediff::tools::{ChangeType, Recorder};

fn main() -> Result<(), serde_json::Error> {
    for (sent, arrived) in [("1", "1.0"), ("[]", "null"), ("[]", "{}"), ("{}", "[]"), ("[7]", "{\"0\":7}")] {
        let (before, after): (serde_json::Value, serde_json::Value) =
            (serde_json::from_str(&format!("{{\"tags\":{sent}}}"))?, serde_json::from_str(&format!("{{\"tags\":{arrived}}}"))?);
        let mut seen = Recorder::default();
        treediff::diff(&before, &after, &mut seen);
        let changes = seen.calls.iter().filter(|call| !matches!(call, ChangeType::Unchanged(..))).count();
        println!("{sent} {arrived}: {changes}");
    }
    Ok(())
}
END
cargo run -q > seen
cat seen
diff seen - <<'END'
1 1.0: 1
[] null: 1
[] {}: 0
{} []: 0
[7] {"0":7}: 2
END
