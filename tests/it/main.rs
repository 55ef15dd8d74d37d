//! The binary, end to end, against the sandbox or a scripted server; one file a subject.

mod fixtures;
mod help;
mod status;
mod workdir;
