//! Profiles, as archives, engines and other programs write them: gzip, zstd or plain text, every spelling of a line.

#![no_main]

use libfuzzer_sys::fuzz_target;
use segment_to_voucherify::{
    archive::{
        block::Block,
        feed::{self, Reading},
        reader,
        trait_texts::TextsAre,
    },
    inspect::inspect,
    mapping::MappingOptions,
    progress::Phase,
};
use segment_to_voucherify_fuzz::{file, map, mapper};

fuzz_target!(|bytes: &[u8]| {
    let path = file("lines", bytes);
    let Ok(sources) = reader::sources(&[path]) else { return };
    let mapper = mapper(MappingOptions::default());
    for values in [Some(TextsAre::Json), None] {
        let reading = Reading { threads: 1, values, share: None };
        let work = |_, block: &Block| block.lines().for_each(|(_, line)| map(&mapper, line));
        let _ = feed::in_order(&sources, reading, work, |()| Ok(()));
    }
    if let Ok(seen) = inspect(&sources, "user_id", Some(TextsAre::Json), &Phase::hidden()) {
        assert!(seen.ids.values().all(|ids| ids.profiles <= seen.profiles));
    }
});
