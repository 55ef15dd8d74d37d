#!/usr/bin/env bash
# `to_snake_case` of Inflector takes a letter outside of ASCII for the beginning of a word, and leaves capitals among them as they are: straße is
# stra_ße, and имя is и_м_я. What is in snake case already is changed once more. heck, which does the same work, leaves them whole.
#
# Version: Inflector 0.11.4, heck 0.5.0 (Rust).   Needs: bash, Rust with cargo.
# Hurts: columns that are named after traits in other languages: nobody finds them, and two programs make two columns of one.
# Expected: the words that are there. Here: keys are taken as they are written, and two of them never become one.
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
Inflector = "=0.11.4"
heck = "=0.5.0"
END
cat > src/main.rs <<'END'
fn main() {
    for key in ["firstName", "first_name", "straße", "naïve_name", "имя_клиента", "имяКлиента", "CaféÉtoile", "x²"] {
        println!("{key} -> {} | {}", inflector::Inflector::to_snake_case(key), heck::ToSnakeCase::to_snake_case(key));
    }
}
END
cargo run -q > seen
cat seen
diff seen - <<'END'
firstName -> first_name | first_name
first_name -> first_name | first_name
straße -> stra_ße | straße
naïve_name -> na_ïve_name | naïve_name
имя_клиента -> и_м_я_к_л_иента | имя_клиента
имяКлиента -> и_м_я_К_л_иента | имя_клиента
CaféÉtoile -> caf_é_Étoile | café_étoile
x² -> x_² | x²
END
