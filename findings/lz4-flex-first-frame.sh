#!/usr/bin/env bash
# An LZ4 file may have many frames, one behind the other, and the program lz4 reads them all. `FrameDecoder` of lz4_flex ends after the first one, and
# `read_to_end` says that all is well. It says so, too, of a file that ends between two blocks, where the mark of the end is missing.
#
# Version: lz4_flex 0.14.2 (Rust).   Needs: bash, Rust with cargo.
# Hurts: logs and exports that are appended to, or whose writer died: the list ends early, and nobody is told.
# Expected: all frames, and an error. Here: files of any number of members are read whole, and a stream without its end is an error.
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
lz4_flex = "=0.14.2"
END
cat > src/main.rs <<'END'
use std::io::{Error, Read, Write};

use lz4_flex::frame::{BlockSize, FrameDecoder, FrameEncoder, FrameInfo};

fn frame(text: &[u8]) -> Result<Vec<u8>, Error> {
    let mut encoder = FrameEncoder::with_frame_info(FrameInfo::new().block_size(BlockSize::Max64KB), Vec::new());
    encoder.write_all(text)?;
    Ok(encoder.finish()?)
}

fn read(file: &[u8]) -> Result<usize, Error> {
    FrameDecoder::new(file).read_to_end(&mut Vec::new())
}

fn main() -> Result<(), Error> {
    let mut file = frame(b"{\"id\":1}\n")?;
    println!("one frame: {:?}", read(&file));
    file.extend(frame(b"{\"id\":2}\n")?);
    println!("two frames: {:?}", read(&file));

    let long = frame(&b"{\"id\":1}\n".repeat(100_000))?;
    println!("long: {:?}", read(&long));
    let mut lengths: Vec<usize> = (0..long.len()).filter_map(|end| read(&long[..end]).ok()).filter(|length| *length > 0).collect();
    lengths.dedup();
    println!("cut somewhere, and no error: {lengths:?}");
    Ok(())
}
END
cargo run -q > seen
cat seen
diff seen - <<'END'
one frame: Ok(9)
two frames: Ok(9)
long: Ok(900000)
cut somewhere, and no error: [65536, 131072, 196608, 262144, 327680, 393216, 458752, 524288, 589824, 655360, 720896, 786432, 851968, 900000]
END
