//! List, details and sweeps of a space, written as an archive.
