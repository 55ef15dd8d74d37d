//! What went wrong, what was kept and what to do next: the one form in which every error reaches the user.

use std::fmt;

/// Why a run could not do what was asked; decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Wrong usage or configuration: nothing was started. Exit code 2.
    Usage,
    /// The run could not finish; running it again continues. Exit code 1.
    Stopped,
}

/// An error that a user can act on.
///
/// Its `Display` is the message alone; the terminal adds the cause, what was kept and the hint.
#[derive(Debug)]
pub struct Failure {
    /// Decides the exit code.
    pub kind: Kind,
    /// What and where: a lower-case fragment without a final period.
    pub message: String,
    /// What is safe on disk, if anything was at stake.
    pub kept: Option<String>,
    /// What to do next, if possible the exact command.
    pub hint: Option<String>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Failure {
    /// Wrong usage or configuration (exit code 2).
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// A run that could not finish (exit code 1).
    pub fn stopped(message: impl Into<String>) -> Self {
        Self::new(Kind::Stopped, message)
    }

    fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), kept: None, hint: None, source: None }
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds what is safe on disk.
    #[must_use]
    pub fn kept(mut self, kept: impl Into<String>) -> Self {
        self.kept = Some(kept.into());
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(cause.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|cause| cause as _)
    }
}
