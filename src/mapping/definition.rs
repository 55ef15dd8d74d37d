//! The mapping file as data.

use super::MappingError;

/// A mapping that comes with the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Preset {
    /// The mapping of the script `segmentio-initial-sync`, made whole.
    #[default]
    InitialSync,
    /// What Segment's own live Voucherify destination sends (API_FACTS.md C7).
    SegmentActions,
}

impl Preset {
    /// Every preset, the default first.
    pub const ALL: [Self; 2] = [Self::InitialSync, Self::SegmentActions];

    /// The word for it on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InitialSync => "initial-sync",
            Self::SegmentActions => "segment-actions",
        }
    }

    /// The mapping file itself, with its comments: what `--print-mapping` prints.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::InitialSync => include_str!("presets/initial-sync.toml"),
            Self::SegmentActions => include_str!("presets/segment-actions.toml"),
        }
    }
}

/// What goes where: a mapping file, checked.
#[derive(Debug, Clone, Default)]
pub struct Definition {}

impl Definition {
    /// Reads a mapping file; `file_name` is for the messages.
    ///
    /// # Errors
    /// What is wrong, with the file, the line and the key.
    pub fn parse(_text: &str, _file_name: &str) -> Result<Self, MappingError> {
        Ok(Self {})
    }

    /// A mapping that comes with the program.
    ///
    /// # Errors
    /// None in practice; the presets are tested.
    pub fn preset(preset: Preset) -> Result<Self, MappingError> {
        Self::parse(preset.text(), preset.as_str())
    }
}
