//! The export that made an archive, once more: as its manifest remembers it, with the options that are not the default.

use std::path::Path;

use super::manifest::{ArchiveManifest, DEFAULT_PART_SIZE, WAREHOUSE_PART_SIZE};
use crate::{config::SegmentRegion, invocation::Export};

/// Stands for a file of identifiers, which is remembered by its content only.
const IDENTIFIERS: &str = "FILE";

impl ArchiveManifest {
    /// The export into `folder`.
    #[must_use]
    pub fn repeat(&self, folder: &Path) -> Export {
        let options = &self.options;
        let mut export = Export::into(folder).region(SegmentRegion::unusual(&options.api_url));
        if !options.id_types.is_empty() {
            export = export.id_types(&options.id_types);
        }
        if !options.identified_only.is_empty() {
            export = export.identified_only(&options.identified_only);
        }
        if let Some(source) = &options.warehouse {
            export = export.warehouse(source.schema.as_deref(), &source.tables, source.values.as_str());
        }
        let usual = if options.warehouse.is_some() { WAREHOUSE_PART_SIZE } else { DEFAULT_PART_SIZE };
        if options.part_size != usual {
            export = export.part_size(options.part_size);
        }
        if let Some(cursor) = &options.from_cursor {
            export = export.from_cursor(cursor);
        }
        if let Some(most) = options.max_profiles {
            export = export.max_profiles(most);
        }
        if options.ids_from_sha256.is_some() {
            export = export.ids_from(IDENTIFIERS);
        }
        export
    }
}
