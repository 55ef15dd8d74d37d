//! What becomes of one customer: one pure decision over what was sent, what was there before, and what is there now.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::values::{Field, Held, fields_of, is_same, restoring};
use crate::{compare::fields_unlike, receipts::CustomerOutcome};

/// Everything that is known of one customer.
#[derive(Debug)]
pub(super) struct Case<'a> {
    pub(super) source_id: &'a str,
    pub(super) sent: &'a Map<String, Value>,
    pub(super) outcome: CustomerOutcome,
    pub(super) before: Option<Held<'a>>,
    pub(super) now: Option<Held<'a>>,
    /// When the upload was through with the customer, by the server's clock.
    pub(super) limit: DateTime<Utc>,
    /// Whether what others did since is overruled.
    pub(super) force: bool,
}

/// What is to be done about a customer.
#[derive(Debug, PartialEq)]
pub(super) enum Undoing {
    /// The upload did not touch them.
    Untouched,
    /// They hold what they held before.
    AsBefore,
    /// This is sent.
    Restore {
        /// With the old values.
        customer: Map<String, Value>,
        /// They are not there, and are made again.
        made_again: bool,
    },
    /// The upload made them, and nobody has used them.
    Delete,
    /// They are left as they are.
    Keep(Why),
}

/// Why a customer is left as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    ChangedSince,
    DeletedSince,
    MadeAnew,
    History,
    NotCalledNew,
}

impl Why {
    /// In words.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::ChangedSince => "changed by others since",
            Self::DeletedSince => "deleted by others since",
            Self::MadeAnew => "deleted and made anew by others since",
            Self::History => "has orders, redemptions or points",
            Self::NotCalledNew => "was not there before, and no report calls it new",
        }
    }
}

/// A decision, and the fields that no export shows.
#[derive(Debug, PartialEq)]
pub(super) struct Decision {
    pub(super) fate: Undoing,
    pub(super) not_restorable: Vec<Field>,
}

impl From<Undoing> for Decision {
    fn from(fate: Undoing) -> Self {
        Self { fate, not_restorable: Vec::new() }
    }
}

/// Decides.
pub(super) fn decide(case: &Case<'_>) -> Decision {
    match (case.outcome, &case.before, &case.now) {
        (CustomerOutcome::Refused | CustomerOutcome::Unchanged, ..) => Undoing::Untouched.into(),
        (_, None, None) | (CustomerOutcome::AsItWas, Some(_), _) => Undoing::AsBefore.into(),
        (_, Some(before), None) if case.force => {
            let customer = restoring(case.source_id, &held_fields(before), before);
            Decision { fate: Undoing::Restore { customer, made_again: true }, not_restorable: hidden(case, before) }
        }
        (_, Some(_), None) => Undoing::Keep(Why::DeletedSince).into(),
        (_, Some(before), Some(now)) => of_those_there_before(case, before, now),
        (CustomerOutcome::Created, None, Some(now)) => of_created(now, case.limit, case.force).into(),
        (_, None, Some(_)) => Undoing::Keep(Why::NotCalledNew).into(),
    }
}

fn of_those_there_before(case: &Case<'_>, before: &Held<'_>, now: &Held<'_>) -> Decision {
    let fields = fields_of(case.sent);
    let changed: Vec<Field> = fields.into_iter().filter(|field| is_same(before, now, field) == Some(false)).collect();
    let not_restorable = hidden(case, before);
    if changed.is_empty() {
        return Decision { fate: Undoing::AsBefore, not_restorable };
    }
    let ids = (before.text("id"), now.text("id"));
    let another = !ids.0.is_empty() && !ids.1.is_empty() && ids.0 != ids.1;
    let why = if another {
        Some(Why::MadeAnew)
    } else if now.moved_behind("updated_at", case.limit) || holds_a_third(case, now, &changed) {
        Some(Why::ChangedSince)
    } else {
        None
    };
    let fate = match why.filter(|_| !case.force) {
        Some(why) => Undoing::Keep(why),
        None => Undoing::Restore { customer: restoring(case.source_id, &changed, before), made_again: false },
    };
    Decision { fate, not_restorable }
}

/// Whether a customer that the upload made may go; also asked right before it goes.
fn of_created(now: &Held<'_>, limit: DateTime<Utc>, force: bool) -> Undoing {
    if now.has_history() {
        Undoing::Keep(Why::History)
    } else if now.moved_behind("created_at", limit) {
        Undoing::Keep(Why::MadeAnew)
    } else if now.moved_behind("updated_at", limit) && !force {
        Undoing::Keep(Why::ChangedSince)
    } else {
        Undoing::Delete
    }
}

/// Whether one of the fields that differ from before is not as it was sent either: somebody wrote there while the upload
/// was on its way.
fn holds_a_third(case: &Case<'_>, now: &Held<'_>, changed: &[Field]) -> bool {
    let unlike = fields_unlike(case.sent, &now.cells, now.columns);
    changed.iter().any(|field| unlike.contains(&field.to_string()))
}

/// Fields that were sent and that no export shows: they stay as they were sent.
fn hidden(case: &Case<'_>, before: &Held<'_>) -> Vec<Field> {
    fields_of(case.sent).into_iter().filter(|field| before.value(field).is_none()).collect()
}

/// Everything that there was, for whoever has to be made again.
fn held_fields(before: &Held<'_>) -> Vec<Field> {
    let held = |field: &Field| before.value(field).is_some_and(|value| !value.is_null());
    before.everything().into_iter().filter(held).collect()
}
