//! Receipts, and the tables of outcomes beside them.

#![no_main]

use libfuzzer_sys::fuzz_target;
use segment_to_voucherify::{
    manifest::names::is_sha256,
    receipts::{self, targets},
};
use segment_to_voucherify_fuzz::file;

fuzz_target!(|bytes: &[u8]| {
    let path = file("batches/receipts/api.example-app/batch-000001.json", bytes);
    let _ = file("batches/receipts/api.example-app/verify/summary.json", bytes);
    if let Ok(receipt) = receipts::read(&path) {
        assert!(is_sha256(&receipt.sha256) && receipt.pieces.iter().all(|piece| is_sha256(piece)));
        let tally = receipt.tally();
        let _ = (tally.customers(), tally.remedy(), receipt.is_final(), receipt.refused_by_key(), receipt.unnamed());
        assert!(receipt.named().count() <= receipt.errors.len());
    }
    let batches = path.ancestors().nth(3).expect("a folder of batches");
    for target in targets(batches).expect("targets") {
        let _ = target.verified.map(|verified| (verified.in_words(), verified.balances()));
    }
});
