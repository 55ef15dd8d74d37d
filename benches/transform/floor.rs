//! What no transform can be faster than: inflate, walk over every value, deflate as many bytes as customers take; two
//! threads, whole files at once, nothing else. `benches/transform/compare.sh` runs it.
//!
//! Usage: floor FILE...

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement that cannot go on has failed")]

use std::{fs, time::Instant};

use libdeflater::{CompressionLvl, Compressor, Decompressor};
use rayon::prelude::*;
use segment_to_voucherify::json::Scanner;

/// Customers take about this share of the JSON of their profiles: one part of so many.
const SHARE: usize = 5;

fn main() {
    let files: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let threads = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    let started = Instant::now();
    let bytes: usize = threads.install(|| files.par_iter().map(|file| one(file)).sum());
    println!("{:.2} s for {} files, {bytes} bytes of JSON", started.elapsed().as_secs_f64(), files.len());
}

/// One gzip file of one member; gives its length, inflated.
fn one(file: &str) -> usize {
    let compressed = fs::read(file).unwrap();
    let length = u32::from_le_bytes(*compressed.last_chunk().unwrap());
    let mut json = vec![0; usize::try_from(length).unwrap()];
    Decompressor::new().gzip_decompress(&compressed, &mut json).unwrap();
    for line in std::str::from_utf8(&json).unwrap().lines() {
        assert!(Scanner::new(line).value().is_ok());
    }
    let customers = &json[..json.len() / SHARE];
    let mut compressor = Compressor::new(CompressionLvl::new(1).unwrap());
    let mut output = vec![0; compressor.gzip_compress_bound(customers.len())];
    assert!(compressor.gzip_compress(customers, &mut output).unwrap() > 0);
    json.len()
}
