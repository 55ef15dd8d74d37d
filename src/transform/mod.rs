//! Lines in, batches and findings out, on all cores.
