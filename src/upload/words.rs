//! What the user is told where an upload has to stop: what was kept, and what to do next.

use std::time::Duration;

use super::pace::TooLong;
use crate::{failure::Failure, voucherify::VoucherifyError, wording};

/// Who reads it learns the command itself behind it.
pub const AGAIN: &str = "run the same command again";

const KEPT: &str = "the receipts of every batch that was accepted: none of them is sent again";

/// No use in going on.
pub(super) fn stopped(error: VoucherifyError) -> Failure {
    let failure = match error {
        VoucherifyError::Refused(words) => Failure::stopped(words).hint(format!(
            "check `VOUCHERIFY_APPLICATION_ID`, `VOUCHERIFY_SECRET_KEY` (Voucherify: Project settings, application \
             keys), the keys' rights and `--region`; then {AGAIN}"
        )),
        VoucherifyError::Exhausted(words) => Failure::stopped(words).hint(format!(
            "see Voucherify: Organization settings, plan and usage; when there are calls again, {AGAIN}"
        )),
        VoucherifyError::Failed(cause) => Failure::stopped("Voucherify cannot be reached").because(*cause).hint(AGAIN),
        VoucherifyError::Missing => Failure::stopped("the address of the API is wrong: it answers 404")
            .hint(format!("check `--region` and `VOUCHERIFY_API_URL`; then {AGAIN}")),
        VoucherifyError::Unreadable(what) => Failure::stopped(format!("{what} cannot be understood"))
            .hint(format!("if it stays like that, check `VOUCHERIFY_API_URL`; else {AGAIN}")),
        VoucherifyError::Limited { wait, .. } => return too_long(TooLong(wait)),
        VoucherifyError::Splittable(words) => {
            Failure::stopped(words.message.unwrap_or_else(|| "the API refuses the request".into())).hint(AGAIN)
        }
    };
    failure.kept(KEPT)
}

/// A limit that opens too late, or never.
pub(super) fn too_long(TooLong(wait): TooLong) -> Failure {
    // Nobody needs to know the seconds of days.
    let wait = wording::duration(wait.max(Duration::from_secs(1)));
    Failure::stopped(format!("the API's limit of calls is used up, and it asks to wait {wait}"))
        .kept(KEPT)
        .hint(format!("after that time, {AGAIN}"))
}

/// Something cannot be written.
pub(super) fn disk(error: std::io::Error) -> Failure {
    Failure::stopped("a receipt cannot be written")
        .because(error)
        .kept("every receipt before it")
        .hint(format!("make room or check the folder's permissions, then {AGAIN}"))
}
