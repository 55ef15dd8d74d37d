//! The binary, end to end, against the sandbox or a scripted server; one file a subject.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bad_input;
mod configuration;
mod contract;
mod corrections;
mod diff;
mod earlier_versions;
mod explain;
mod export;
mod fixtures;
mod forms;
mod help;
mod inspect;
mod interruptions;
mod locks;
mod machines;
mod mapping_example;
mod odd_profiles;
mod odd_spaces;
mod outputs;
mod outside;
mod pipeline;
mod printed;
mod properties;
mod report;
mod sandbox_command;
mod sandbox_segment;
mod sandbox_voucherify;
mod schema;
mod server;
mod servers;
mod sheets;
mod signals;
mod signals_everywhere;
mod space;
mod status;
mod suggestions;
mod told;
mod transform;
mod transform_cases;
mod upload;
mod vendor_clients;
mod verify;
mod workdir;
