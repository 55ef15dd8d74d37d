#!/usr/bin/env bash
# The crate json reads and writes floating-point numbers with arithmetic of its own: one in eight of the numbers below comes back as
# its neighbour, 0.1 + 0.2 is written as a number that it is not, and digits behind the twentieth become zeros or nothing, in whole numbers, too.
#
# Version: json 0.12.4 (Rust).   Needs: bash, Rust with cargo.
# Hurts: coordinates and averages differ after each pass, so that all customers seem to have changed; long ids are others.
# Expected: the nearest number, as from `str::parse`. Here: numbers keep their digits, how many there may be.
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
json = "=0.12.4"
END
cat > src/main.rs <<'END'
fn main() {
    for text in ["12345678901234567890", "18446744073709551616", "123456789012345678901"] {
        println!("{text} -> {}", json::parse(text).map(|value| value.dump()).unwrap_or_default());
    }
    println!("{} -> {}", 0.1 + 0.2, json::from(0.1 + 0.2).dump());

    let (mut state, mut other, mut shown) = (88_172_645_463_325_252_u64, 0, 0);
    for _ in 0..100_000 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let number = (state % 1_000_000_000_000) as f64 / 7_000.0;
        let read = json::parse(&number.to_string()).ok().and_then(|value| value.as_f64());
        if read != Some(number) {
            other += 1;
            if shown < 3 {
                println!("{number} read as {}", read.unwrap_or_default());
                shown += 1;
            }
        }
    }
    println!("{other} of 100000 numbers are others");
}
END
cargo run -q > seen
cat seen
diff seen - <<'END'
12345678901234567890 -> 12345678901234567890
18446744073709551616 -> 18446744073709551610
123456789012345678901 -> 1.2345678901234567890e20
0.30000000000000004 -> 0.30000000000000007
121703715.83614285 read as 121703715.83614284
130965080.45642857 read as 130965080.45642856
124788424.09328571 read as 124788424.09328572
13162 of 100000 numbers are others
END
