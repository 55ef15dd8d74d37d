#!/usr/bin/env bash
# Three crates that query JSON compare whole numbers as floating-point ones: who asks for the id 9007199254740993 gets the person with ...992, too,
# and for the largest id of 64 bits another one. The values themselves come back whole. jmespath's `max` gives the smaller of two neighbours.
#
# Version: jmespath 0.5.0, jsonpath_lib 0.3.0, serde_json_path 0.7.2, serde_json 1 (Rust).   Needs: bash, Rust with cargo.
# Hurts: who picks one customer from an export by the number: two are deleted, or the first of them, which is another.
# Expected: that one person. serde_json has both numbers exact. Here: ids are compared as they are written.
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
jmespath = "=0.5.0"
jsonpath_lib = "=0.3.0"
serde_json = "1"
serde_json_path = "=0.7.2"
END
cat > src/main.rs <<'END'
use serde_json::Value;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let people: Value = serde_json::from_str(
        r#"[{"id":9007199254740992},{"id":9007199254740993},{"id":18446744073709551614},{"id":18446744073709551615}]"#,
    )?;
    for id in ["9007199254740993", "18446744073709551615"] {
        let one = jmespath::compile(&format!("[?id == `{id}`].id"))?.search(&people)?;
        println!("jmespath, {id}: {one}");
        let two = jsonpath_lib::select(&people, &format!("$[?(@.id == {id})].id"))?;
        println!("jsonpath_lib, {id}: {}", serde_json::to_string(&two)?);
        let path = serde_json_path::JsonPath::parse(&format!("$[?@.id == {id}].id"))?;
        println!("serde_json_path, {id}: {}", serde_json::to_string(&path.query(&people).all())?);
    }
    println!("jmespath, max: {}", jmespath::compile("max([[1].id, [0].id])")?.search(&people)?);
    Ok(())
}
END
cargo run -q > seen
cat seen
diff seen - <<'END'
jmespath, 9007199254740993: [9007199254740992,9007199254740993]
jsonpath_lib, 9007199254740993: [9007199254740992,9007199254740993]
serde_json_path, 9007199254740993: [9007199254740992,9007199254740993]
jmespath, 18446744073709551615: [18446744073709551614,18446744073709551615]
jsonpath_lib, 18446744073709551615: [18446744073709551614,18446744073709551615]
serde_json_path, 18446744073709551615: [18446744073709551614,18446744073709551615]
jmespath, max: 9007199254740992
END
