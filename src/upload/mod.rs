//! Plan, submit, follow, split and account for batches.
