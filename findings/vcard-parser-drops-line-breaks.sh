#!/usr/bin/env bash
# The crate vcard_parser leaves out the line breaks of a text, which a vCard writes as `\n`: the words at both sides become one. Escaped
# commas it keeps.
#
# Version: vcard_parser 0.2.3 (Rust).   Needs: bash, Rust with cargo.
# Hurts: remarks and addresses of several lines, which are other words after each reading and writing.
# Expected: the line break, written as it was. Here: every text comes back, with its line breaks.
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
vcard_parser = "=0.2.3"
END
cat > src/main.rs <<'END'
fn main() {
    let card = "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Ada\r\nNOTE:call first\\nthen write\\, please\r\nEND:VCARD\r\n";
    for person in vcard_parser::parse_vcards(card).unwrap_or_default() {
        println!("{}", card.lines().find(|line| line.starts_with("NOTE")).unwrap_or_default());
        println!("{}", person.export().lines().find(|line| line.starts_with("NOTE")).unwrap_or_default());
    }
}
END
cargo run -q > seen
cat seen
diff seen - <<'END'
NOTE:call first\nthen write\, please
NOTE:call firstthen write\, please
END
