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

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn the_example_has_every_variable_and_no_other() {
        let example = include_str!("../../.env-example");
        let names =
            example.lines().filter_map(|line| line.trim_start_matches("# ").split_once('=').map(|(name, _)| name));
        let mut names: Vec<&str> = names.filter(|name| !name.contains(' ')).collect();
        names.sort_unstable();
        assert_eq!(names, ALL);
    }
}
