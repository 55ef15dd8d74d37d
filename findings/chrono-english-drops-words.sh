#!/usr/bin/env bash
# chrono-english takes the words behind a day and a time for nothing: `10:00 PM` after a day is ten in the morning, and `EST` is ignored. interim,
# which was made from it, reads those right or refuses them, but leaves out a day behind the time: `12:30 am 2020-01-02` is today.
#
# Version: chrono-english 0.2.1, interim 0.2.2, chrono 0.4 (Rust).   Needs: bash, Rust with cargo.
# Hurts: times that people type, or that a form has: twelve hours too early, or years too late, without an error.
# Expected: the time that is written, or an error, as for other words that it does not know. Here: a time is ISO 8601, or a finding.
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
chrono = "0.4"
chrono-english = "=0.2.1"
interim = { version = "=0.2.2", features = ["chrono_0_4"] }
END
cat > src/main.rs <<'END'
use chrono::{DateTime, TimeZone as _, Utc};

fn main() {
    let now = Utc.with_ymd_and_hms(2026, 3, 4, 9, 0, 0).unwrap();
    let show = |time: Option<DateTime<Utc>>| time.map_or("error".to_owned(), |time| time.format("%Y-%m-%d %H:%M").to_string());
    for text in ["10:00 pm", "2020-01-02 10:00 PM", "2020-01-02 10:00:00 EST", "12:30 am 2020-01-02"] {
        let one = chrono_english::parse_date_string(text, now, chrono_english::Dialect::Us).ok();
        let other = interim::parse_date_string(text, now, interim::Dialect::Us).ok();
        println!("{text} -> chrono-english {}, interim {}", show(one), show(other));
    }
}
END
cargo run -q > seen
cat seen
diff seen - <<'END'
10:00 pm -> chrono-english error, interim 2026-03-04 22:00
2020-01-02 10:00 PM -> chrono-english 2020-01-02 10:00, interim 2020-01-02 22:00
2020-01-02 10:00:00 EST -> chrono-english 2020-01-02 10:00, interim error
12:30 am 2020-01-02 -> chrono-english 2020-01-02 00:30, interim 2026-03-04 00:30
END
