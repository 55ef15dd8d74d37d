//! The environment variables that there are.

/// Every variable that is taken from `.env`; other lines of that file are nobody's business.
pub(super) const ALL: &[&str] = &[
    "IDENTIFIER_SAVED_AS_SOURCE_ID",
    "SEGMENT_ACCESS_TOKEN",
    "SEGMENT_API_URL",
    "SEGMENT_RATE_LIMIT",
    "SEGMENT_REQUEST_LIMIT",
    "SEGMENT_SPACE_ID",
    "SEGMENT_TRAITS_LIMIT",
    "VOUCHERIFY_API_URL",
    "VOUCHERIFY_APPLICATION_ID",
    "VOUCHERIFY_DOWNLOAD_URL",
    "VOUCHERIFY_SECRET_KEY",
    "WAREHOUSE_URL",
];
