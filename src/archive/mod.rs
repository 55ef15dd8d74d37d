//! The archive: a folder of exported profiles in gzipped NDJSON parts, and the manifest that commits them.

mod ahead;
pub mod block;
mod budget;
mod decision;
pub mod feed;
pub mod forms;
mod inflater;
mod lane;
mod lines;
pub mod manifest;
mod pattern;
pub mod reader;
mod repeat;
pub mod share;
mod small;
mod spelling;
pub mod trait_texts;
pub mod turns;
mod unloaded;
pub mod writer;
