//! Manifests of archives and of batches. What is read and written again reads as the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use segment_to_voucherify::{archive, batches, manifest};
use segment_to_voucherify_fuzz::file;

fuzz_target!(|bytes: &[u8]| {
    let path = file("folder/manifest.json", bytes);
    let folder = path.parent().expect("a parent");
    let _ = manifest::kind(folder);
    if let Ok(Some(read)) = archive::manifest::ArchiveManifest::read(folder) {
        for part in &read.parts {
            assert!(manifest::names::is_plain(&part.file) && manifest::names::is_sha256(&part.sha256));
        }
        let _ = (read.remedy(), read.doubt(), read.parts_sha256());
        let once = serde_json::to_vec(&read).expect("a manifest");
        std::fs::write(&path, &once).expect("a file in memory");
        let again = archive::manifest::ArchiveManifest::read(folder).expect("it was read before").expect("it is there");
        assert_eq!(serde_json::to_vec(&again).expect("a manifest"), once);
    }
    if let Ok(Some(read)) = batches::manifest::BatchesManifest::read(folder) {
        for batch in &read.batches {
            assert!(manifest::names::is_plain(&batch.file) && manifest::names::is_sha256(&batch.sha256));
        }
        let _ = (read.books.balance(), read.books.in_words());
        let once = serde_json::to_vec(&read).expect("a manifest");
        std::fs::write(&path, &once).expect("a file in memory");
        let again = batches::manifest::BatchesManifest::read(folder).expect("it was read before").expect("it is there");
        assert_eq!(serde_json::to_vec(&again).expect("a manifest"), once);
    }
});
