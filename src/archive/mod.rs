//! The archive: a folder of exported profiles in gzipped NDJSON parts, and the manifest that commits them.

pub mod feed;
pub mod manifest;
pub mod reader;
mod repeat;
pub mod trait_texts;
pub mod writer;
