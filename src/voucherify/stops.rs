//! What the user is told where the API makes it useless to go on, and what to do next.

use std::time::Duration;

use super::VoucherifyError;
use crate::{failure::Failure, http::PROXY_WANTS_A_NAME, wording};

impl VoucherifyError {
    /// Whether it says nothing of what others would be answered, where the call was about one customer.
    #[must_use]
    pub fn is_about_one(&self) -> bool {
        match self {
            Self::Splittable(_) | Self::Unreadable(_) | Self::RefusedOnce(_) => true,
            Self::Failed(cause) => cause.reply.is_some() && !cause.ends_all,
            _ => false,
        }
    }

    /// The end of a run; what was kept is for the caller to add.
    #[must_use]
    pub fn into_failure(self) -> Failure {
        match self {
            Self::Refused(words) | Self::RefusedOnce(words) => Failure::stopped(words).again(
                "check `VOUCHERIFY_APPLICATION_ID`, `VOUCHERIFY_SECRET_KEY` (Voucherify: Project settings, application \
                 keys), the keys' rights and `--region`; then",
            ),
            Self::ProxyRefused(words) => Failure::stopped(words).again(PROXY_WANTS_A_NAME),
            Self::Redirected { url, place } => Failure::stopped(format!(
                "`{url}` redirects to `{place}`, and keys and personal data go nowhere but to the host that was named"
            ))
            .again("check `VOUCHERIFY_API_URL` and `--region`; then"),
            Self::Exhausted(words) => Failure::stopped(words)
                .again("see Voucherify: Organization settings, plan and usage; when there are calls again,"),
            Self::Failed(cause) => Failure::stopped("Voucherify cannot be reached").because(*cause).again(""),
            Self::Missing => Failure::stopped("the address of the API is wrong: it answers 404")
                .again("check `--region` and `VOUCHERIFY_API_URL`; then"),
            Self::Unreadable(what) => Failure::stopped(format!("{what} cannot be understood"))
                .again("if it stays like that, check `VOUCHERIFY_API_URL`; else"),
            Self::Splittable(complaint) => {
                let said = complaint.message.map(|message| format!(": {message}")).unwrap_or_default();
                Failure::stopped(format!("Voucherify refuses the request{said}")).again("")
            }
            Self::Limited { wait, .. } | Self::LimitedForLong(wait) => {
                // Nobody needs to know the seconds of days.
                let wait = wording::duration(wait.max(Duration::from_secs(1)));
                Failure::stopped(format!("the API's limit of calls is used up, and it asks to wait {wait}"))
                    .again("after that time,")
            }
        }
    }
}
