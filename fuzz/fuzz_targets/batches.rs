//! Bodies of requests that were written before, here or elsewhere, and the tables of where their customers come from.

#![no_main]

use libfuzzer_sys::fuzz_target;
use segment_to_voucherify::batches::{origins, reader};
use segment_to_voucherify_fuzz::file;

fuzz_target!(|bytes: &[u8]| {
    let path = file("batch-000001.json.gz", bytes);
    if let Ok(body) = reader::file(&path) {
        let customers = body.customers().expect("the customers of a batch that was read").len();
        assert_eq!(customers, body.source_ids.len());
        if let Ok(halves) = body.halves() {
            assert_eq!(halves.iter().map(|half| half.source_ids.len()).sum::<usize>(), customers);
        }
    }
    if let Ok(rows) = origins::read(&path, 1_000) {
        assert!(rows.len() <= 1_000);
    }
});
