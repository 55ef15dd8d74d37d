//! Bodies of both APIs' answers, and the reports and exports that they lead to.

#![no_main]

use libfuzzer_sys::fuzz_target;
use segment_to_voucherify::{
    segment,
    voucherify::{self, Action},
};
use segment_to_voucherify_fuzz::{file, map, mapper};

fuzz_target!(|bytes: &[u8]| {
    let _ = Action::read(bytes);
    if let Some(line) = segment::line_of(bytes) {
        assert!(!line.contains(&b'\n'), "a line break in a line");
        map(&mapper(Default::default()), &line);
    }
    let report = file("report", bytes);
    let _ = voucherify::rows_of(std::fs::File::open(report).expect("a file in memory"));
    let _ = voucherify::standing_of(bytes);
});
