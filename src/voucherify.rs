//! The Voucherify API, call by call: bulk upsert, async actions, metadata schemas; limits and error bodies (API_FACTS.md part C).
