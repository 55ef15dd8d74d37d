//! Bring every user of a Segment space over to Voucherify.
//!
//! # Flow
//!
//! ```text
//! export     Segment Profile API -> archive                               Segment credentials only
//! transform  archive             -> batches + rejects.csv + warnings.csv  no network
//! upload     batches             -> Voucherify customers + receipts       Voucherify credentials only
//! ```
//!
//! The three run on three machines if need be: what passes between them is a folder, or a pipe of lines.
//!
//! # Rooms
//!
//! | module | what it is for | what it must not know |
//! | --- | --- | --- |
//! | [`cmd`] | one file a command: its arguments and its wiring | logic |
//! | [`export`] | list, details and sweeps of a space, written as an archive | the terminal, Voucherify |
//! | [`transform`] | lines in, batches and findings out, on all cores | sockets |
//! | [`upload`] | plan, submit, follow, split and account for batches | the terminal, Segment |
//! | [`mapping`] | one profile becomes one customer and its findings | files, sockets, clocks |
//! | [`profile`] [`customer`] [`findings`] | the three values that everything else is about | files, sockets, clocks |
//! | [`archive`] [`batches`] [`receipts`] | the formats on disk | HTTP |
//! | [`segment`] [`voucherify`] | the two APIs, call by call | files |
//! | [`http`] | one rate limit, one pause, one retry policy | either API |
//! | [`explain`] | one customer end to end, found in archive, batches and receipts | sockets, the terminal |
//! | [`report`] | the figures of a whole migration, as one HTML page | sockets, the terminal |
//! | [`json`] | walking over JSON text that is mostly passed over | everything else |
//! | [`digest`] | content named by its SHA-256 | everything else |
//! | [`publish`] | the only place that changes state on disk | what it writes |
//! | [`config`] | environment and `.env` become checked values, once | everything else |
//! | [`terminal`] | progress, summaries and questions: the only place that draws | everything else |
//! | [`interrupt`] [`failure`] | Ctrl-C, and the one form of every error | everything else |
//! | [`sandbox`] | both APIs emulated on loopback, from the vendors' facts alone | the clients above |
//!
//! # Rules
//!
//! * `main -> cmd -> everything`; nothing below `cmd` imports it, and only `cmd` imports `sandbox`.
//! * A manifest is the commit point of its folder: what it does not list does not exist.
//! * Everything that goes in comes out: in a file of results, or in a CSV with a reason. Every run ends with books
//!   that balance, or with an exit code that is not zero.

pub mod archive;
pub mod batches;
pub mod cli;
pub mod cmd;
pub mod config;
pub mod customer;
pub mod digest;
pub mod explain;
pub mod export;
pub mod failure;
pub mod findings;
pub mod gzip;
pub mod http;
pub mod inspect;
pub mod interrupt;
pub mod invocation;
pub mod json;
pub mod manifest;
pub mod mapping;
pub mod profile;
pub mod progress;
pub mod publish;
pub mod receipts;
pub mod report;
pub mod sandbox;
pub mod segment;
pub mod status;
pub mod tables;
pub mod terminal;
pub mod transform;
pub mod upload;
pub mod voucherify;
pub mod warehouse;
pub mod wording;
