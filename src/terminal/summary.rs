//! What a command tells at its end, laid out as one calm table that fits the terminal.

use serde_json::Value;

use super::{
    layout::{aligned, is_number},
    paint::Paint,
};
use crate::{progress::Took, wording};

/// What a command tells at its end.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// The phase and its result, in a few words.
    pub title: String,
    /// Label and value, in the order to show: the books, calls, the time.
    pub rows: Vec<(String, String)>,
    /// The last of the rows: how long it took; machines read `seconds`.
    pub took: Option<Took>,
    /// What was noticed, how often, and what to do about it; see [`Noticed`].
    pub noticed: Vec<Noticed>,
    /// Files written, with what they hold.
    pub files: Vec<(String, String)>,
    /// What the user may do next, if possible commands; the best first.
    pub next: Vec<String>,
    /// The same for machines (`--json`).
    pub json: Value,
}

/// One reason for which records were left out or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noticed {
    /// The word for it in CSV files and manifests.
    pub reason: String,
    /// Records that it befell.
    pub count: u64,
    /// What to do about it.
    pub advice: String,
}

impl Summary {
    /// The whole summary in lines of at most `width` columns.
    pub(super) fn render(&self, width: u16, paint: Paint) -> String {
        let mut blocks = vec![paint.title(&self.title)];
        let time = self.took.map(|took| ("time".to_owned(), time_taken(took)));
        let rows: Vec<&(String, String)> = self.rows.iter().chain(&time).collect();
        if !rows.is_empty() {
            blocks.push(facts(&rows, width));
        }
        if !self.noticed.is_empty() {
            let rows = self.noticed.iter();
            let rows =
                rows.map(|noticed| [noticed.reason.clone(), wording::count(noticed.count), noticed.advice.clone()]);
            blocks.push(aligned(Some(["noticed", "count", "what to do"]), rows, width));
        }
        if !self.files.is_empty() {
            let rows = self.files.iter().map(|(file, what)| [file.clone(), what.clone()]);
            blocks.push(aligned(Some(["file", "what it holds"]), rows, width));
        }
        if !self.next.is_empty() {
            let labels = std::iter::once("next").chain(std::iter::repeat("or"));
            let rows = self.next.iter().zip(labels).map(|(next, label)| [paint.hint(label), next.clone()]);
            blocks.push(aligned(None, rows, width));
        }
        blocks.join("\n\n")
    }

    /// The same for machines.
    pub(super) fn machine_readable(&self) -> Value {
        let mut json = self.json.clone();
        if let (Some(took), Some(members)) = (self.took, json.as_object_mut()) {
            members.insert("seconds".into(), took.elapsed.as_secs_f64().into());
        }
        json
    }
}

/// How long it took; a pace says something only where there was time for one.
#[expect(clippy::cast_precision_loss, reason = "a pace for the eye")]
fn time_taken(took: Took) -> String {
    let time = wording::duration(took.elapsed);
    if took.done == 0 || took.elapsed.as_secs() == 0 {
        return time;
    }
    format!("{time}, {}", wording::rate(took.done as f64 / took.elapsed.as_secs_f64()))
}

/// Numbers stand right among themselves, not at the far end of the longest text.
fn facts(rows: &[&(String, String)], width: u16) -> String {
    let numbers = rows.iter().map(|(_, value)| value).filter(|value| is_number(value));
    let widest = numbers.map(String::len).max().unwrap_or_default();
    let rows = rows.iter().map(|(label, value)| {
        let value = if is_number(value) { format!("{value:>widest$} ") } else { value.clone() };
        [label.clone(), value]
    });
    aligned(None, rows, width)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn transformed() -> Summary {
        let row = |label: &str, value: &str| (label.to_owned(), value.to_owned());
        let noticed =
            |reason: &str, count, advice: &str| Noticed { reason: reason.into(), count, advice: advice.into() };
        Summary {
            title: "transform: 496,120 customers in 79 batches".into(),
            rows: vec![row("read", "500,000"), row("customers", "496,120"), row("rejected", "3,880")],
            took: Some(Took { elapsed: Duration::from_millis(5_200), done: 500_000 }),
            noticed: vec![
                noticed(
                    "missing_identifier",
                    3_871,
                    "anonymous users; pick another `--identifier`, or fill in `corrected_value`",
                ),
                noticed("invalid_birthdate", 9, "correct it as `YYYY-MM-DD`"),
            ],
            files: vec![row("batches/rejects.csv", "profiles that are in no batch, one row per reason")],
            next: vec!["segment-to-voucherify upload".into()],
            json: Value::Null,
        }
    }

    #[test]
    fn a_summary_is_a_calm_table_of_80_columns() {
        insta::assert_snapshot!(transformed().render(80, Paint::Plain), @r"
transform: 496,120 customers in 79 batches

  read       500,000
  customers  496,120
  rejected     3,880
  time       5.2 s, 96,154/s

  noticed             count  what to do
  missing_identifier  3,871  anonymous users; pick another `--identifier`, or
                             fill in `corrected_value`
  invalid_birthdate       9  correct it as `YYYY-MM-DD`

  file                 what it holds
  batches/rejects.csv  profiles that are in no batch, one row per reason

  next  segment-to-voucherify upload
");
    }

    #[test]
    fn a_summary_fits_whatever_width_there_is() {
        for width in [40, 60, 80, 200] {
            let lines = transformed().render(width, Paint::Plain);
            let widest = lines.lines().map(|line| line.chars().count()).max().unwrap();
            assert!(widest <= usize::from(width).max(46), "{width}: {widest}\n{lines}");
        }
    }
}
