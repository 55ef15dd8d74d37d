//! What `undo` says at its end, and of a plan.

use std::time::Duration;

use serde_json::json;

use super::Arguments;
use crate::{
    config::VoucherifyRegion,
    invocation::{Undo, Upload, Verify, typed},
    receipts::{Receipts, UndoRecord, UndoState},
    terminal::Summary,
    undo::Planned,
    upload::plan::Totals,
    voucherify::{LimitStanding, OwnLimits},
    wording::{self, count, counted},
};

/// Calls of a deletion: one that looks whether somebody has bought something meanwhile, and the deletion itself.
const CALLS_A_DELETION: u64 = 2;
/// Calls of a billing cycle, and the plans that have them (docs/api-facts.md C5).
const CYCLES: [(&str, u64); 2] = [("Business", 100_000), ("Organization", 300_000)];

pub(super) fn plan_in_words(
    arguments: &Arguments,
    planned: &Planned,
    standing: Option<LimitStanding>,
    own: &OwnLimits,
) -> Summary {
    let Planned { record, folder, posts, bytes } = planned;
    let deletions = if record.delete_created { record.to_delete } else { 0 };
    let totals = Totals { posts: *posts, follow: deletions * CALLS_A_DELETION, ..Totals::default() };
    let calls = totals.posts + totals.other_calls();
    let time = totals.shortest_time(standing, own);
    let mut rows = vec![
        ("touched".into(), counted(record.touched, "customer")),
        (
            "to restore".into(),
            format!(
                "{} in {}, {}; {} hold what they held before",
                counted(record.to_restore, "customer"),
                counted(*posts, "bulk request"),
                wording::bytes(*bytes),
                count(record.as_before)
            ),
        ),
        ("created".into(), created_in_words(record)),
    ];
    rows.extend(record.kept.iter().map(|(why, customers)| ("to keep".into(), format!("{}: {why}", count(*customers)))));
    if record.made_again > 0 {
        let again = counted(record.made_again, "customer");
        rows.push(("made again".into(), format!("{again} with another id; orders and history stay lost")));
    }
    if !record.not_restorable.is_empty() {
        rows.push(("stays as sent".into(), format!("{}: no export shows it", fields(record))));
    }
    let shares: Vec<String> = CYCLES
        .iter()
        .map(|(plan, cycle)| format!("{} of the {plan} plan's cycle", wording::share(calls, *cycle)))
        .collect();
    rows.push(("calls".into(), format!("{}, which is {}", count(calls), shares.join(", "))));
    rows.push((
        "shortest time".into(),
        time.map_or("as long as the server needs; no limit is in the way".into(), wording::duration),
    ));
    rows.push(("back to".into(), format!("before-image {}", record.before)));
    rows.push(("target".into(), record.target.clone()));
    let next = if arguments.yes { Vec::new() } else { vec![typed().with_flag("--yes").to_string()] };
    Summary {
        title: if arguments.yes { "undo: plan".into() } else { "undo: plan, nothing was changed".into() },
        rows,
        files: plan_files(record, folder),
        next,
        json: json!({
            "target": record.target, "plan": record, "posts": posts, "bytes": bytes, "calls": calls,
            "shortest_seconds": time.as_ref().map_or(0, Duration::as_secs), "folder": folder,
        }),
        ..Summary::default()
    }
}

fn created_in_words(record: &UndoRecord) -> String {
    let created = counted(record.to_delete, "customer");
    if record.to_delete == 0 {
        "nobody who may be deleted".into()
    } else if record.delete_created {
        format!("{created} to delete one by one, {CALLS_A_DELETION} calls each; nothing brings them back")
    } else {
        format!("{created} may be deleted and are kept; `--delete-created` deletes them")
    }
}

fn fields(record: &UndoRecord) -> String {
    let fields = record.not_restorable.iter().map(|(field, customers)| format!("{field} {}", count(*customers)));
    fields.collect::<Vec<_>>().join(", ")
}

fn plan_files(record: &UndoRecord, folder: &std::path::Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut file = |name: &str, customers: u64, what: &str| {
        if customers > 0 {
            files.push((folder.join(name).display().to_string(), format!("{} {what}", counted(customers, "customer"))));
        }
    };
    file("created.csv", record.to_delete, "that the upload created");
    file("kept.csv", record.kept.values().sum(), "that are left as they are, and why");
    files
}

fn repeat(arguments: &Arguments) -> Undo {
    Undo::of(&arguments.batches).region(arguments.region.map(VoucherifyRegion::as_str))
}

pub(super) fn nothing_left(arguments: &Arguments, record: &UndoRecord) -> Summary {
    let mut rows = vec![("done".into(), record.in_words()), ("target".into(), record.target.clone())];
    let open = !record.delete_created && record.to_delete > 0;
    if open {
        rows.insert(1, ("created".into(), created_in_words(record)));
    }
    let next = repeat(arguments).delete_created();
    Summary {
        title: "undo: nothing left to do".into(),
        rows,
        next: if open { vec![next.to_string()] } else { Vec::new() },
        json: json!({ "target": record.target, "undo": record, "books": record.books, "nothing_left": true }),
        ..Summary::default()
    }
}

pub(super) fn to_be_resumed(arguments: &Arguments, record: &UndoRecord) -> Summary {
    let begun = record.state == UndoState::Begun;
    let mut next = repeat(arguments).yes();
    if record.delete_created {
        next = next.delete_created();
    }
    if record.force {
        next = next.force();
    }
    Summary {
        title: if begun { "undo: begun, not finished".into() } else { "undo: plan, nothing was changed".into() },
        rows: vec![
            ("touched".into(), counted(record.touched, "customer")),
            ("to restore".into(), counted(record.to_restore, "customer")),
            ("created".into(), created_in_words(record)),
            ("target".into(), record.target.clone()),
        ],
        next: vec![next.to_string()],
        json: json!({ "target": record.target, "plan": record }),
        ..Summary::default()
    }
}

pub(super) fn interrupted(target: &str) -> Summary {
    Summary {
        title: "undo: interrupted".into(),
        rows: vec![("target".into(), target.into())],
        next: vec![typed().to_string()],
        json: json!({ "target": target, "interrupted": true }),
        ..Summary::default()
    }
}

pub(super) fn done(arguments: &Arguments, receipts: &Receipts, record: &UndoRecord, calls: u64) -> Summary {
    let books = record.books.clone().unwrap_or_default();
    let folder = UndoRecord::folder(receipts.folder(), record.number);
    let mut rows = vec![("books".into(), books.in_words())];
    rows.extend(record.kept.iter().map(|(why, customers)| ("kept".into(), format!("{}: {why}", count(*customers)))));
    if !record.delete_created && record.to_delete > 0 {
        rows.push(("created".into(), created_in_words(record)));
    }
    if !record.not_restorable.is_empty() {
        rows.push(("stays as sent".into(), format!("{}: no export shows it", fields(record))));
    }
    rows.push(("calls".into(), count(calls)));
    rows.push(("target".into(), record.target.clone()));
    let mut next = vec![
        Verify::of(&arguments.batches)
            .region(arguments.region.map(VoucherifyRegion::as_str))
            .before(record.before)
            .to_string(),
    ];
    if books.failed > 0 {
        next.push(
            "of those whose old values were refused, `refused.csv` in the plan's receipts says why; try again:".into(),
        );
        next.push(
            Upload::of(&folder).region(arguments.region.map(VoucherifyRegion::as_str)).retry_refused().to_string(),
        );
    }
    Summary {
        title: if books.failed > 0 { "undo: done, not for everybody".into() } else { "undo: done".into() },
        rows,
        files: plan_files(record, &folder),
        next,
        json: json!({
            "target": record.target, "undo": record, "books": books, "calls": calls, "folder": folder,
        }),
        ..Summary::default()
    }
}
