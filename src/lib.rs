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
//! A room may know the rooms that stand below it, its own row included, where its row does not say otherwise; a test reads
//! this table and holds it against what the rooms import.
//!
//! | room | what it is for | what it may know |
//! | --- | --- | --- |
//! | [`cli`] | what can be typed, and which command takes it | `cmd` `terminal` |
//! | [`cmd`] | one file a command: its arguments and its wiring; no logic | all below |
//! | [`sandbox`] | both APIs emulated on loopback, from the vendors' facts alone; only `cmd` imports it | `archive` `digest` `failure` `gzip` `invocation` `json` `publish` `text_file` `wording` |
//! | [`report`] | the figures of a whole migration, as one HTML page | all below, not `http` `segment` `voucherify` `terminal` `config` |
//! | [`explain`] | one customer end to end, found in archive, batches and receipts | all below, not `http` `segment` `voucherify` `terminal` `config` |
//! | [`status`] | what is done and what is left, from the files alone | all below, not `http` `segment` `voucherify` `terminal` `config` |
//! | [`inspect`] | what an archive holds, before any mapping | all below, not `http` `segment` `voucherify` `terminal` `config` |
//! | [`export`] | list, details and sweeps of a space, written as an archive | all below, not `batches` `receipts` `mapping` `voucherify` `terminal` |
//! | [`transform`] | lines in, batches and findings out, on all cores | all below, not `receipts` `http` `segment` `voucherify` `terminal` `config` |
//! | [`undo`] | a target back to what it held before an upload | all below, not `archive` `mapping` `segment` `terminal` |
//! | [`upload`] | plan, submit, follow, split and account for batches | all below, not `archive` `mapping` `segment` `terminal` |
//! | [`compare`] | what a target holds against what was sent, and one folder of batches against another | all below, not `archive` `mapping` `segment` `terminal` |
//! | [`warehouse`] | the tables of Profiles Sync: SQL that unloads them, and the reading of PostgreSQL | all below, not `segment` `voucherify` `terminal` |
//! | [`segment`] | the Profile API, call by call | all below, not `batches` `receipts` `voucherify` `terminal` |
//! | [`voucherify`] | the Voucherify API, call by call, and one session of calls within its limits | all below, not `archive` `batches` `receipts` `terminal` |
//! | [`http`] | one rate limit, one pause, one retry policy; neither API | all below, not `archive` `batches` `receipts` `mapping` `terminal` |
//! | [`receipts`] | what is known of each batch at each target | all below, not `mapping` `terminal` |
//! | [`batches`] | the folder of request bodies: its manifest, writer and reader | all below, not `terminal` |
//! | [`archive`] | the folder of profiles: its manifest, writer and reader | all below, not `mapping` `terminal` |
//! | [`mapping`] | one profile becomes one customer and its findings: no file, no socket, no clock | `customer` `failure` `findings` `invocation` `json`, not `std::fs` `std::net` `std::time` `tokio` `chrono::Utc` `chrono::Local` |
//! | [`findings`] | what is noticed about profiles: reasons, rows, and their table | `failure` `invocation` `tables` |
//! | [`customer`] | the value that everything else is about | `json`, not `std::fs` `std::net` `std::time` `tokio` |
//! | [`tables`] | every table that people see: one writer, one reader | `digest` `failure` `invocation` `publish` `wording` |
//! | [`terminal`] | progress, summaries and questions: the only place that draws | `failure` `invocation` `progress` `wording` |
//! | [`config`] | environment and `.env` become checked values, once | `failure` `invocation` |
//! | [`interrupt`] | signals: the first asks for an orderly end, the second ends at once | `failure` |
//! | [`progress`] | the handle through which a phase tells how far it is | `wording` |
//! | [`publish`] | the only place that changes state on disk | `failure` `invocation` `digest` |
//! | [`manifest`] | how both kinds of `manifest.json` begin, and the names that come out of files | `failure` `invocation` |
//! | [`failure`] | the one form of every error, and what comes next | `invocation` |
//! | [`invocation`] | every command line that is suggested | nothing |
//! | [`wording`] | counts, sizes and lists in words | nothing |
//! | [`json`] | walking over JSON text that is mostly passed over | nothing |
//! | [`text_file`] | texts that people save, whatever the encoding | `digest` `gzip` |
//! | [`gzip`] | members, zeros behind them, streams that are cut | nothing |
//! | [`digest`] | content named by its SHA-256 | nothing |
//!
//! # Files
//!
//! | on disk | written by | read back by | held by the tests in |
//! | --- | --- | --- | --- |
//! | `export/manifest.json` | `src/archive/manifest.rs` | `src/archive/manifest.rs` | `src/archive/manifest.rs` |
//! | `export/profiles-*.ndjson.gz` | `src/archive/writer.rs` | `src/archive/reader.rs` | `src/archive/writer.rs` |
//! | `export/listing.ndjson` | `src/export/listing/mod.rs` | `src/export/listing/mod.rs` | `src/export/listing/tests.rs` |
//! | `export/failures.csv` | `src/export/failures.rs` | nobody: for people | `tests/it/export.rs` |
//! | `export/coverage.json` | `src/inspect/coverage.rs` | `src/inspect/coverage.rs` | `tests/it/report.rs` |
//! | `batches/manifest.json` | `src/batches/manifest.rs` | `src/batches/manifest.rs` | `src/batches/manifest.rs` |
//! | `batches/batch-*.json.gz` | `src/batches/writer.rs` | `src/batches/reader.rs` | `tests/it/transform.rs` |
//! | `batches/origins-*.csv.gz` | `src/batches/origins.rs`, put there by `src/batches/writer.rs` | `src/batches/origins.rs` | `tests/it/transform.rs` |
//! | `batches/ids.index` | `src/batches/index.rs` | `src/batches/index.rs` | `src/batches/index.rs` |
//! | `batches/rejects.csv`, `warnings.csv` | `src/findings/table.rs` | `src/findings/table.rs`; filled in: `src/transform/corrections/sheet.rs` | `src/findings/table.rs` |
//! | `batches/rejects.xlsx`, `warnings.xlsx` | `src/findings/workbook.rs` | `src/transform/corrections/sheet.rs` | `tests/it/workbooks.rs` |
//! | sheets that people filled in | people | `src/transform/corrections/sheet.rs` | `tests/it/corrections.rs` |
//! | `batches/corrections.csv` | `src/batches/corrected.rs` | `src/transform/corrections/sheet.rs`, by `gather` `src/batches/corrected.rs` | `tests/it/corrections.rs` |
//! | `receipts/*/batch-*.json` | `src/receipts/mod.rs` | `src/receipts/mod.rs` | `src/receipts/mod.rs` |
//! | `receipts/*/refused.csv` | `src/receipts/refused.rs` | nobody: for people | `tests/it/upload/again.rs` |
//! | `receipts/*/refused.xlsx` | `src/receipts/refused.rs` | nobody: for people | `tests/it/upload/again.rs` |
//! | `receipts/*/verify.csv` | `src/compare/verify_table.rs` | nobody: for people | `tests/it/verify.rs` |
//! | `receipts/*/verify/summary.json` | `src/receipts/verified.rs` | `src/receipts/verified.rs` | `tests/it/verify.rs` |
//! | `receipts/*/export-in-hand` | `src/compare/project.rs` | `src/compare/project.rs` | `tests/it/verify.rs` |
//! | `receipts/*/verify.xlsx` | `src/compare/verify_table.rs` | nobody: for people | `tests/it/verify.rs` |
//! | `receipts/*/outcomes/*.csv.gz` | `src/receipts/outcomes.rs` | `src/receipts/outcomes.rs` | `src/receipts/outcomes.rs` |
//! | `receipts/*/packed/*.json` | `src/receipts/packed.rs` | `src/receipts/packed.rs` | `tests/it/upload/again.rs` |
//! | `receipts/*/before-*/about.json` | `src/receipts/before.rs` | `src/receipts/before.rs` | `tests/it/undo/mod.rs` |
//! | `receipts/*/before-*/customers.csv.gz` | `src/undo/image.rs` | `src/undo/image.rs` | `tests/it/undo/mod.rs` |
//! | `receipts/*/undo-*/undo.json` | `src/receipts/undone.rs` | `src/receipts/undone.rs` | `tests/it/undo/mod.rs` |
//! | `receipts/*/undo-*/deletions.ndjson.gz` | `src/undo/plan.rs` | `src/undo/deletion.rs` | `tests/it/undo/mod.rs` |
//! | `receipts/*/undo-*/deleted.ndjson` | `src/undo/deletion.rs` | `src/undo/deletion.rs` | `tests/it/undo/kill.rs` |
//! | `receipts/*/undo-*/created.csv`, `kept.csv` | `src/undo/deletion.rs`, `src/undo/plan.rs` | nobody: for people | `tests/it/undo/mod.rs` |
//! | `receipts/*/taken-*.hashes` | `src/receipts/last_sent.rs` | `src/receipts/last_sent.rs` | `tests/it/upload/again.rs` |
//!
//! `docs/formats.md` is their contract, and `tests/it/earlier_versions.rs` holds what version 0.1.0 wrote.
//!
//! # Where to add
//!
//! * a command: a file in `cmd`, its two lines in `cli/mod.rs`, examples in `cli/examples.rs`, a type in `invocation`
//! * a reason for a finding: `findings/reason.rs`, which says its severity and advice; raised in `mapping` or `transform`
//! * a column of a table: the row type beside its writer (`findings/row.rs`), and `docs/formats.md`
//! * a code word of Voucherify's refusals: what to do about it in `receipts/refused.rs`, in the sandbox
//!   `sandbox/voucherify/queue.rs`, as a fact `docs/api-facts.md` C1
//!
//! # Rules
//!
//! * A manifest is the commit point of its folder: what it does not list does not exist.
//! * Everything that goes in comes out: in a file of results, or in a CSV with a reason. Every run ends with books
//!   that balance, or with an exit code that is not zero.

pub mod archive;
pub mod batches;
pub mod cli;
pub mod cmd;
pub mod compare;
pub mod config;
pub mod customer;
pub mod digest;
#[cfg(test)]
mod documented;
pub mod explain;
pub mod export;
pub mod failure;
pub mod findings;
pub mod gzip;
pub mod http;
#[cfg(test)]
mod imports;
pub mod inspect;
pub mod interrupt;
pub mod invocation;
pub mod json;
pub mod manifest;
pub mod mapping;
pub mod progress;
pub mod publish;
pub mod receipts;
pub mod report;
pub mod sandbox;
pub mod segment;
pub mod status;
pub mod tables;
pub mod terminal;
pub mod text_file;
pub mod transform;
pub mod undo;
pub mod upload;
pub mod voucherify;
pub mod warehouse;
pub mod wording;
