//! What the bulk endpoint takes: one Voucherify customer (API_FACTS.md C1, C2).
