//! Tables and sheets as text: every encoding and delimiter that spreadsheet programs write.

#![no_main]

use std::ops::ControlFlow;

use libfuzzer_sys::fuzz_target;
use segment_to_voucherify::{
    findings,
    tables::{Columns, read},
    transform::corrections::Corrections,
};
use segment_to_voucherify_fuzz::file;

fuzz_target!(|bytes: &[u8]| {
    let path = file("sheet.csv", bytes);
    let _ = Corrections::read(std::slice::from_ref(&path));
    let _ = findings::read(&path, |_| Ok(ControlFlow::Continue(())));
    let columns = Columns { needed: &["segment_id"], further: &["line", "value"] };
    let mut last = 0;
    let _ = read(&path, columns, &mut |row| {
        assert!(row.number > last, "rows that do not count up");
        last = row.number;
        let _ = (row.text(0), row.text(1), row.text(2));
        Ok(ControlFlow::Continue(()))
    });
});
