#!/usr/bin/env bash
# The crate email_address takes a list of two people for one address: what stands in front of the last angle bracket is the name, with the address
# of the other in it, and the text is valid.
#
# Version: email_address 0.2.10 (Rust).   Needs: bash, Rust with cargo.
# Hurts: whoever checks with it what a form or a cell holds: of two people the first gets nothing, and is the second one's name.
# Expected: an error; a comma has to stand between quotes in a name. Here: an address is what stands in the field, and is sent as it is.
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
email_address = "=0.2.10"
END
cat > src/main.rs <<'END'
fn main() {
    for text in ["Ada <ada@example.com>", "Ada <ada@example.com>, Bo <bo@example.com>", "ada@example.com, bo@example.com", "Ada, Bo <bo@example.com>"] {
        match text.parse::<email_address::EmailAddress>() {
            Ok(address) => println!("{text} -> {}, called {}", address.email(), address.display_part()),
            Err(error) => println!("{text} -> {error}"),
        }
    }
}
END
cargo run -q > seen
cat seen
diff seen - <<'END'
Ada <ada@example.com> -> ada@example.com, called Ada
Ada <ada@example.com>, Bo <bo@example.com> -> bo@example.com, called Ada <ada@example.com>, Bo
ada@example.com, bo@example.com -> Invalid character.
Ada, Bo <bo@example.com> -> bo@example.com, called Ada, Bo
END
