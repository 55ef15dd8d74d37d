#!/usr/bin/env bash
# In a struct that is read from CSV, `#[serde(flatten)]` makes the csv crate guess the type of each cell behind it. A postcode of digits is an error
# then, where a String is asked for, a phone loses its plus, `inf` becomes null; without `flatten` the same cells are the text that they are.
#
# Version: csv 1.4.0, serde 1, serde_json 1 (Rust).   Needs: bash, Rust with cargo.
# Hurts: who collects all further columns in a map: 00501 is 501 there. Who shares the fields of an address between structs cannot read Berlin.
# Expected: text for String, and text for a map of anything. Here: a cell is text until the field that it is for says otherwise.
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
csv = "=1.4.0"
serde = { version = "1", features = ["derive"] }
serde_json = "1"
END
cat > src/main.rs <<'END'
use std::collections::BTreeMap;

#[derive(Debug, serde::Deserialize)]
#[allow(dead_code)]
struct Plain {
    id: String,
    zip: String,
}

#[derive(Debug, serde::Deserialize)]
#[allow(dead_code)]
struct Nested {
    id: String,
    #[serde(flatten)]
    address: Address,
}

#[derive(Debug, serde::Deserialize)]
#[allow(dead_code)]
struct Address {
    zip: String,
}

#[derive(Debug, serde::Deserialize)]
#[allow(dead_code)]
struct Open {
    id: String,
    #[serde(flatten)]
    others: BTreeMap<String, serde_json::Value>,
}

fn show<T: serde::de::DeserializeOwned + std::fmt::Debug>(text: &str) {
    for row in csv::Reader::from_reader(text.as_bytes()).into_deserialize::<T>() {
        match row {
            Ok(person) => println!("{person:?}"),
            Err(error) => println!("{error}"),
        }
    }
}

fn main() {
    show::<Plain>("id,zip\n007,10115\n8,SW1A 1AA\n");
    show::<Nested>("id,zip\n007,10115\n8,SW1A 1AA\n");
    show::<Open>("id,zip,phone,tag\n007,00501,+12125550100,inf\n");
}
END
cargo run -q > seen
cat seen
diff seen - <<'END'
Plain { id: "007", zip: "10115" }
Plain { id: "8", zip: "SW1A 1AA" }
CSV deserialize error: record 1 (line: 2, byte: 7): invalid type: integer `10115`, expected a string
Nested { id: "8", address: Address { zip: "SW1A 1AA" } }
Open { id: "007", others: {"phone": Number(12125550100), "tag": Null, "zip": Number(501)} }
END
