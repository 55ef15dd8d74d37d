#!/usr/bin/env bash
# GzEncoder of flate2 writes the end of the stream and its checksum when it is dropped, so also where an error or a panic ends the work before
# `finish` was called. What was written so far is then a whole and valid file, and nobody can see that the rest is missing.
#
# Version: flate2 1.1.11 (Rust).   Needs: bash, Rust with cargo.
# Hurts: exports that stop half-way: every reader takes half of the customers for all of them.
# Expected: a stream without its end, which every reader refuses. Here: what did not end well is cut on purpose.
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
flate2 = "=1.1.11"
END
cat > src/main.rs <<'END'
use std::io::{Error, Read, Write};

use flate2::{read::GzDecoder, write::GzEncoder, Compression};

fn write(output: &mut Vec<u8>) -> Result<(), Error> {
    let mut gzip = GzEncoder::new(output, Compression::fast());
    gzip.write_all(b"{\"id\":1}\n")?;
    Err(Error::other("the database went away"))?;
    gzip.write_all(b"{\"id\":2}\n")?;
    gzip.finish().map(drop)
}

fn main() {
    let (mut output, mut text) = (Vec::new(), String::new());
    println!("{:?}", write(&mut output).map_err(|error| error.to_string()));
    println!("{:?}", GzDecoder::new(&output[..]).read_to_string(&mut text));
    println!("{text:?}");
}
END
cargo run -q > seen
cat seen
diff seen - <<'END'
Err("the database went away")
Ok(9)
"{\"id\":1}\n"
END
