//! Colours, or none: every line reads the same without them.

use console::Style;

/// Whether to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// With the terminal's own colours.
    Coloured,
    /// Nothing but text.
    Plain,
}

impl Paint {
    /// What a block of text is about.
    #[must_use]
    pub fn title(self, text: &str) -> String {
        self.with(&Style::new().bold(), text)
    }

    /// All is well.
    #[must_use]
    pub fn good(self, text: &str) -> String {
        self.with(&Style::new().green(), text)
    }

    /// Something is left to do or to decide.
    #[must_use]
    pub fn warning(self, text: &str) -> String {
        self.with(&Style::new().yellow(), text)
    }

    /// Something is wrong.
    #[must_use]
    pub fn bad(self, text: &str) -> String {
        self.with(&Style::new().red().bold(), text)
    }

    /// What to do next.
    #[must_use]
    pub fn hint(self, text: &str) -> String {
        self.with(&Style::new().cyan(), text)
    }

    fn with(self, style: &Style, text: &str) -> String {
        style.clone().force_styling(self == Self::Coloured).apply_to(text).to_string()
    }
}
