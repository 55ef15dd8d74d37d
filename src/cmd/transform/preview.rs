//! The people of `transform --preview`, for people.

use crate::{
    explain::preview::Previewed,
    terminal::{Paint, aligned},
    wording::count,
};

/// Characters of a value that a table of 80 columns has room for.
const ROOM: usize = 22;

/// Everybody, one block each.
pub(super) fn text(people: &[Previewed], width: u16, paint: Paint) -> String {
    people.iter().map(|one| person(one, width, paint)).collect::<Vec<_>>().join("\n\n")
}

fn person(one: &Previewed, width: u16, paint: Paint) -> String {
    let fate = match (one.trace.skipped_by, one.trace.fields.is_empty()) {
        (Some(rule), _) => paint.warning(&format!("skipped by `[[skip]]` number {rule}")),
        (None, true) => paint.bad("rejected"),
        (None, false) => paint.good("would be sent"),
    };
    let name = if one.segment_id.is_empty() { "no segment_id" } else { &one.segment_id };
    let place = format!("({} line {})", one.file, count(one.line));
    // Colours take no room.
    let told = name.chars().count() + ": would be sent ".len() + place.chars().count();
    let gap = if told > usize::from(width) { "\n  " } else { " " };
    let mut blocks = vec![format!("{}: {fate}{gap}{place}", paint.title(name))];
    let rows = one.trace.fields.iter().zip(&one.taken).map(|(field, taken)| {
        let (paths, values): (Vec<_>, Vec<_>) = taken.iter().cloned().unzip();
        [paths.join(" "), shortened(&values.join(" ")), field.field.clone(), shortened(&field.value)]
    });
    if !one.trace.fields.is_empty() {
        blocks.push(aligned(Some(["from", "before", "field", "after"]), rows, width));
    }
    let rows = one.trace.findings.iter().map(|finding| {
        if finding.field.is_empty() && !finding.value.is_empty() {
            let what = format!("`{}`: {}", shortened(&finding.value), finding.message);
            return [finding.reason.clone(), "-".into(), what];
        }
        let field = if finding.field.is_empty() { "-" } else { &finding.field };
        [finding.reason.clone(), field.to_owned(), finding.message.clone()]
    });
    if !one.trace.findings.is_empty() {
        blocks.push(aligned(Some(["noticed", "field", "what"]), rows, width));
    }
    blocks.join("\n")
}

/// As much of a value as there is room for, on one line.
fn shortened(value: &str) -> String {
    let line: String = value.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    if line.chars().count() <= ROOM { line } else { line.chars().take(ROOM - 1).chain(['…']).collect() }
}
