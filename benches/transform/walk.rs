//! What walking over JSON costs, by our own code and by `serde_json`, on one thread, over lines that are in memory: the
//! reason why `json` is our own. The best of five rounds each, in turn.
//!
//! Usage: walk FILE...

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement that cannot go on has failed")]

use std::{fs, io::Read as _, time::Instant};

use segment_to_voucherify::json::Scanner;
use serde::de::IgnoredAny;
use serde_json::Value;

const ROUNDS: usize = 5;

/// A name and what it does with a line.
type Way = (&'static str, fn(&str) -> bool);

const WAYS: [Way; 3] = [
    ("Scanner, which checks", |line| Scanner::new(line).value().is_ok()),
    ("serde_json::IgnoredAny, which checks", |line| serde_json::from_str::<IgnoredAny>(line).is_ok()),
    ("serde_json::Value, which builds", |line| serde_json::from_str::<Value>(line).is_ok()),
];

fn main() {
    let mut text = String::new();
    for file in std::env::args().skip(1).filter(|argument| !argument.starts_with('-')) {
        flate2::read::MultiGzDecoder::new(fs::File::open(file).unwrap()).read_to_string(&mut text).unwrap();
    }
    let mut best = [f64::MAX; WAYS.len()];
    for _ in 0..ROUNDS {
        for ((_, way), best) in WAYS.iter().zip(&mut best) {
            let started = Instant::now();
            assert!(text.lines().all(way));
            *best = best.min(started.elapsed().as_secs_f64());
        }
    }
    for ((name, _), best) in WAYS.iter().zip(best) {
        println!("{name:40} {best:.3} s for {} bytes", text.len());
    }
}
