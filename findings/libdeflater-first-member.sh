#!/usr/bin/env bash
# libdeflater inflates the first member of a gzip file and says that all went well, whatever follows: other members, or no gzip at all. It gives
# the bytes that came out, and not those that it took, so that nobody can go on behind them.
#
# Version: libdeflater 1.26.1 (Rust).   Needs: bash, Rust with cargo, gzip.
# Hurts: files that were joined, or made by pigz or bgzip in blocks, or appended to: all but the first piece is missing.
# Expected: all of them, or an error. Here: it is used for what this program wrote itself, and checked by length and hash.
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
libdeflater = "=1.26.1"
END
cat > src/main.rs <<'END'
fn main() {
    for name in ["one", "two", "junk"] {
        let (file, mut output) = (std::fs::read(format!("{name}.gz")).unwrap(), [0; 64]);
        println!("{name}: {:?}", libdeflater::Decompressor::new().gzip_decompress(&file, &mut output));
    }
}
END
echo '{"id":1}' | gzip -n > one.gz
cat one.gz one.gz > two.gz
{ cat one.gz; echo junk; } > junk.gz
cargo run -q > seen
cat seen
diff seen - <<'END'
one: Ok(9)
two: Ok(9)
junk: Ok(9)
END
