//! What the targets share: a folder in memory where an input becomes a file, and a mapper.

use std::{cell::RefCell, fs, path::PathBuf};

use segment_to_voucherify::mapping::{Definition, Mapper, MappingOptions, Preset, Workspace};
use tempfile::TempDir;

thread_local! {
    static FOLDER: RefCell<Option<TempDir>> = const { RefCell::new(None) };
}

/// Writes an input into a folder in memory, and gives its path.
///
/// # Panics
/// Where there is no such folder.
#[must_use]
pub fn file(name: &str, bytes: &[u8]) -> PathBuf {
    FOLDER.with_borrow_mut(|folder| {
        let folder = folder.get_or_insert_with(|| tempfile::tempdir_in("/dev/shm").expect("a folder in memory"));
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(&path, bytes).expect("a file in memory");
        path
    })
}

/// A mapper of the default mapping.
///
/// # Panics
/// Where the preset is none.
#[must_use]
pub fn mapper(options: MappingOptions) -> Mapper {
    let definition = Definition::preset(Preset::InitialSync).expect("a preset");
    Mapper::new(&definition, options).expect("a mapper")
}

/// Maps one line and checks what holds for every customer: it is JSON for everybody else, and has an identity.
///
/// # Panics
/// Where that does not hold.
pub fn map(mapper: &Mapper, line: &[u8]) {
    let (mut workspace, mut customer, mut findings) = (Workspace::default(), Vec::new(), Vec::new());
    let mapped = mapper.map(line, |_| &[], &mut workspace, &mut customer, &mut findings);
    if mapped.rejected || mapped.skipped_by.is_some() {
        assert!(customer.is_empty(), "a customer of a profile that is left out");
        assert!(mapped.skipped_by.is_some() || !findings.is_empty(), "rejected without a word");
        return;
    }
    let value: serde_json::Value = serde_json::from_slice(&customer).expect("a customer that is JSON");
    let id = value["source_id"].as_str().expect("an identity");
    assert!(!id.trim().is_empty() && id.trim() == id, "an identity with blanks around it");
    assert_eq!(mapped.source_id.as_deref(), Some(id));
    assert!(!customer.contains(&b'\n'), "a line break in a line");
}
