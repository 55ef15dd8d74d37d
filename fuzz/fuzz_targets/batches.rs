//! Bodies of requests that were written before, here or elsewhere, the tables of where their customers come from, and the index
//! of who is in which part.

#![no_main]

use libfuzzer_sys::fuzz_target;
use segment_to_voucherify::{
    batches::{
        index::{self, Listed},
        origins, reader,
    },
    digest::sha256,
    publish::Staging,
};
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
    let listed = Listed { file: index::FILE.into(), sha256: sha256(bytes) };
    let folder = file(index::FILE, bytes);
    let folder = folder.parent().expect("a folder");
    if let Ok(parts) = index::parts_without(folder, &listed, "user-7") {
        let staging = Staging::start().expect("threads");
        let merged = index::merge([(folder, Some(&listed))], &folder.join("merged"), &staging);
        let merged = merged.expect("an index that was read");
        assert_eq!(
            parts.is_empty(),
            merged.is_none_or(|merged| {
                index::parts_without(folder, &Listed { file: "merged".into(), ..merged }, "user-7")
                    .expect("a merged index")
                    .is_empty()
            })
        );
    }
});
