#!/usr/bin/env bash
# dtparse reads days that there are none of as the last one of the month: 29 February 2021 is the 28th, and 32 January the 31st. Of an offset without
# a colon it reads the hours alone, +0530 being five hours; with the colon it is right.
#
# Version: dtparse 2.0.1, chrono 0.4 (Rust).   Needs: bash, Rust with cargo.
# Hurts: birthdates that were typed wrong look right for ever after. Times from India and Newfoundland are half an hour off.
# Expected: an error, as from dateutil, whose translation it is; +05:30. Here: a day that there is none of is a finding, and no time is shifted.
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
dtparse = "=2.0.1"
END
cat > src/main.rs <<'END'
fn main() {
    for text in [
        "2020-02-29", "2021-02-29", "31 June 2020", "Jan 32 2020", "2020-13-01", "2020-01-02T10:00:00+05:30", "2020-01-02T10:00:00+0530",
        "2020-01-02T10:00:00-0330",
    ] {
        match dtparse::parse(text) {
            Ok((time, offset)) => println!("{text} -> {time}, {offset:?}"),
            Err(error) => println!("{text} -> {error:?}"),
        }
    }
}
END
cargo run -q > seen
cat seen
diff seen - <<'END'
2020-02-29 -> 2020-02-29 00:00:00, None
2021-02-29 -> 2021-02-28 00:00:00, None
31 June 2020 -> 2020-06-30 00:00:00, None
Jan 32 2020 -> 2020-01-31 00:00:00, None
2020-13-01 -> ImpossibleTimestamp("Invalid month")
2020-01-02T10:00:00+05:30 -> 2020-01-02 10:00:00, Some(+05:30)
2020-01-02T10:00:00+0530 -> 2020-01-02 10:00:00, Some(+05:00)
2020-01-02T10:00:00-0330 -> 2020-01-02 10:00:00, Some(-03:00)
END
