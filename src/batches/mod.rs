//! The batches: a folder of bulk request bodies, where each customer came from, and the manifest that commits them.

pub mod corrected;
pub mod filter;
pub mod gather;
pub mod index;
pub mod left_behind;
pub mod manifest;
pub mod origins;
pub mod outdated;
pub mod packing;
pub mod reader;
mod repeat;
pub mod settings;
pub mod writer;
