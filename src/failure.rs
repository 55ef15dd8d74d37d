//! What went wrong, what was kept and what to do next: the one form in which every error reaches the user.

use std::{fmt, io};

use crate::invocation::{Invocation, Typed};

/// Why a run could not do what was asked; decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Wrong usage or configuration: nothing was started. Exit code 2.
    Usage,
    /// The run could not finish; running it again continues. Exit code 1.
    Stopped,
    /// The user asked to stop, and state is saved. Exit code 130.
    Interrupted,
}

/// What comes next after an error: told to the user, and decided by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// What to do, in words.
    Advice(String),
    /// The same command again goes on where this one stopped; before that, what the words say, which may be none.
    Again(String),
    /// This command; before it, what the words say.
    Command(String, Box<Invocation>),
}

impl Next {
    /// In words, with the command whole where there is one; `typed` is the one that failed.
    #[must_use]
    pub fn told(&self, typed: &Typed) -> String {
        match self {
            Self::Advice(words) => words.clone(),
            Self::Again(words) if words.is_empty() => format!("run the same command again: `{typed}`"),
            Self::Again(words) => format!("{words} run the same command again: `{typed}`"),
            Self::Command(words, command) => format!("{words} `{command}`"),
        }
    }
}

const MAKE_ROOM: &str = "make room, then";
const CHECK_WHO: &str = "check who may write there, then";

fn is_full(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge)
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
    /// What to do next.
    pub next: Option<Next>,
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

    /// A run that the user ended (exit code 130).
    pub fn interrupted(message: impl Into<String>) -> Self {
        Self::new(Kind::Interrupted, message)
    }

    fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), kept: None, next: None, source: None }
    }

    /// Adds what to do next, in words.
    #[must_use]
    pub fn hint(mut self, advice: impl Into<String>) -> Self {
        self.next = Some(Next::Advice(advice.into()));
        self
    }

    /// Adds that the same command goes on where this one stopped, once that was done what the words say; they end where
    /// "run the same command again" follows, as in "make room, then".
    #[must_use]
    pub fn again(mut self, first: impl Into<String>) -> Self {
        self.next = Some(Next::Again(first.into()));
        self
    }

    /// Adds the command that comes next, behind the words that lead to it, as in "make one:".
    #[must_use]
    pub fn command(mut self, words: impl Into<String>, command: impl Into<Invocation>) -> Self {
        self.next = Some(Next::Command(words.into(), Box::new(command.into())));
        self
    }

    /// Whether it is that the reader of a pipe has left.
    #[must_use]
    pub fn is_closed_pipe(&self) -> bool {
        let cause = self.source.as_deref().and_then(|cause| cause.downcast_ref::<io::Error>());
        cause.is_some_and(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
    }

    /// What leads to "run the same command again" where an error can only be about what is written, as a disk without room;
    /// nothing where it may be about anything else.
    #[must_use]
    pub fn of_writing(error: &io::Error) -> Option<Next> {
        match error.kind() {
            kind if is_full(kind) => Some(Next::Again(MAKE_ROOM.into())),
            io::ErrorKind::ReadOnlyFilesystem => Some(Next::Again(CHECK_WHO.into())),
            _ => None,
        }
    }

    /// What helps against an error of the system where nothing else is known than its kind; nothing where that tells too little.
    #[must_use]
    pub fn of_system(error: &io::Error) -> Option<Next> {
        Self::of_writing(error).or_else(|| {
            let first = match error.kind() {
                io::ErrorKind::PermissionDenied => "check who may read it, then",
                io::ErrorKind::NotFound => "it is not there, or not any more: check its name, then",
                // What stands in the place of one of our own files.
                io::ErrorKind::InvalidInput => "put the file itself in its place, then",
                io::ErrorKind::InvalidFilename => return Some(Next::Advice("give a shorter name".into())),
                io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory => {
                    "a file and a folder were taken for each other: check the name, then"
                }
                // A link that leads to itself; its kind has no stable name.
                _ if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => {
                    "a link there leads back to itself: mend it, then"
                }
                _ => return None,
            };
            Some(Next::Again(first.into()))
        })
    }

    /// Something that cannot be written, for the reason that the system gives.
    pub fn disk(message: impl Into<String>, error: io::Error) -> Self {
        let advice = match error.kind() {
            kind if is_full(kind) => MAKE_ROOM,
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => CHECK_WHO,
            io::ErrorKind::DirectoryNotEmpty
            | io::ErrorKind::AlreadyExists
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::IsADirectory => "something else is in its place: move that away, then",
            io::ErrorKind::NotFound => "a folder on the way to it is gone: make it, then",
            // Nobody reads from a named pipe.
            io::ErrorKind::NotConnected => "begin to read from it, then",
            _ => "make room or check the folder's permissions, then",
        };
        Self::stopped(message).because(error).again(advice)
    }

    /// Whether the same command goes on where this one stopped.
    #[must_use]
    pub fn continues(&self) -> bool {
        matches!(self.next, Some(Next::Again(_)))
    }

    /// Adds what is safe on disk.
    #[must_use]
    pub fn kept(mut self, kept: impl Into<String>) -> Self {
        self.kept = Some(kept.into());
        self
    }

    /// Adds what caused it, in the words of who noticed.
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
