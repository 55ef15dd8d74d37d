//! Columns without lines that fit a width: text wraps between words, and what is copied (a path, a command) stays whole.

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, Width, presets};
use textwrap::{Options, WordSeparator, WordSplitter};

use super::visible::visible_line;
use crate::invocation;

/// Columns between two columns, and before the first.
const GAP: usize = 2;
/// Least room in which text beside a label reads well; with less it goes below.
const ROOM_BESIDE: usize = 24;

/// Columns as wide as their content and wrapped where `width` asks for it; columns of numbers stand right.
pub fn aligned<const N: usize>(
    header: Option<[&str; N]>,
    rows: impl IntoIterator<Item = [String; N]>,
    width: u16,
) -> String {
    // A cell is one line, whatever it holds.
    let rows: Vec<[String; N]> = rows.into_iter().map(|row| row.map(|cell| visible_line(&cell).into_owned())).collect();
    if N > 2 { table(header, rows, width) } else { labelled(header, &rows, width.into()) }
}

/// The same, where no word has to be broken for it.
#[must_use]
pub fn aligned_whole<const N: usize>(header: [&str; N], rows: &[[String; N]], width: u16) -> Option<String> {
    let needed: usize = longest_words(Some(header), rows).iter().map(|longest| longest + GAP).sum();
    (needed <= width.into()).then(|| aligned(Some(header), rows.to_vec(), width))
}

/// One column, or labels with text beside them; below them where they leave too little room.
fn labelled<const N: usize>(header: Option<[&str; N]>, rows: &[[String; N]], width: usize) -> String {
    let header = header.map(|header| header.map(str::to_owned));
    let labels = header.iter().chain(rows).filter(|_| N > 1).map(|row| measure(&row[0]));
    let widest = labels.max().unwrap_or_default();
    let below = widest + 2 * GAP + ROOM_BESIDE > width && rows.iter().any(|row| !fits(row, widest, width));
    let numbers = N > 1 && !rows.is_empty() && rows.iter().all(|row| is_number(&row[0]));
    let mut lines = Vec::new();
    for row in header.iter().filter(|_| !below).chain(rows) {
        let (label, text) = (&row[0], &row[N - 1]);
        let space = " ".repeat(widest - measure(label).min(widest));
        let lead = match (N, below) {
            (1, _) => " ".repeat(GAP),
            (_, true) => {
                lines.push(format!("  {label}"));
                " ".repeat(3 * GAP)
            }
            (_, false) if numbers => format!("  {space}{label}  "),
            (_, false) => format!("  {label}{space}  "),
        };
        lines.extend(hanging(&lead, text, width));
    }
    lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")
}

fn fits<const N: usize>(row: &[String; N], widest: usize, width: usize) -> bool {
    widest + 2 * GAP + measure(&row[N - 1]) <= width
}

/// `text` behind `lead`, its further lines below its first; words stay whole, commands too.
fn hanging(lead: &str, text: &str, width: usize) -> Vec<String> {
    // It must stay on one line to be copied.
    if invocation::is_shown_in(text) {
        return vec![format!("{lead}{text}")];
    }
    let indent = " ".repeat(measure(lead));
    let options = Options::new(width).initial_indent(lead).subsequent_indent(&indent).break_words(false);
    let options = options.word_separator(WordSeparator::AsciiSpace).word_splitter(WordSplitter::NoHyphenation);
    textwrap::wrap(text, options).into_iter().map(Into::into).collect()
}

/// Columns that share `width`: words stay whole as far as there is room for them.
fn table<const N: usize>(header: Option<[&str; N]>, rows: Vec<[String; N]>, width: u16) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    if let Some(header) = header {
        table.set_header(header);
    }
    let numeric: [bool; N] = std::array::from_fn(|column| rows.iter().all(|row| is_number(&row[column])));
    let longest = longest_words(header, &rows);
    let most = longest_word_with_room(&longest, width.into());
    table.add_rows(rows);
    for ((column, numeric), longest) in table.column_iter_mut().zip(numeric).zip(longest) {
        column.set_padding((2, 0));
        let least = u16::try_from(longest.min(most) + GAP).unwrap_or(u16::MAX);
        column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(least)));
        if numeric {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

fn longest_words<const N: usize>(header: Option<[&str; N]>, rows: &[[String; N]]) -> [usize; N] {
    std::array::from_fn(|column| {
        let cells = rows.iter().map(|row| row[column].as_str()).chain(header.map(|header| header[column]));
        cells.flat_map(str::split_whitespace).map(measure).max().unwrap_or_default()
    })
}

/// The length up to which words can stay whole in all columns.
fn longest_word_with_room(longest: &[usize], width: usize) -> usize {
    let needed = |most: usize| longest.iter().map(|longest| longest.min(&most) + GAP).sum::<usize>();
    (1..=width).rev().find(|most| needed(*most) <= width).unwrap_or(1)
}

/// A count or a share, and nothing else.
pub(super) fn is_number(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit() || first == '<')
        && text.chars().all(|each| each.is_ascii_digit() || ",.%<".contains(each))
}

fn measure(text: &str) -> usize {
    console::measure_text_width(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows<const N: usize, const M: usize>(rows: [[&str; N]; M]) -> [[String; N]; M] {
        rows.map(|row| row.map(str::to_owned))
    }

    #[test]
    fn text_wraps_between_words_and_paths_and_commands_stay_whole() {
        let rows = rows([
            ["why", "6 customers refused: `batches/receipts/api.voucherify.io-app-1/refused.csv`, see there"],
            ["next", "segment-to-voucherify transform --corrections batches/rejects.csv"],
        ]);
        insta::assert_snapshot!(aligned(None, rows, 44), @r"
  why   6 customers refused:
        `batches/receipts/api.voucherify.io-app-1/refused.csv`,
        see there
  next  segment-to-voucherify transform --corrections batches/rejects.csv
");
    }

    #[test]
    fn labels_that_leave_no_room_stand_above_their_text() {
        let rows = rows([
            ["/srv/migrations/2026/spring/batches/rejects.csv", "48 rows: rejected profiles"],
            ["export", "the profiles"],
        ]);
        insta::assert_snapshot!(aligned(Some(["file", "what it holds"]), rows, 60), @r"
  /srv/migrations/2026/spring/batches/rejects.csv
      48 rows: rejected profiles
  export
      the profiles
");
    }

    #[test]
    fn numbers_stand_right_and_words_of_a_table_stay_whole() {
        let rows = rows([
            ["missing_identifier", "3,871", "anonymous users; pick another `--identifier`"],
            ["invalid_birthdate", "9", "correct it as `YYYY-MM-DD`"],
        ]);
        insta::assert_snapshot!(aligned(Some(["noticed", "count", "what to do"]), rows, 54), @r"
  noticed             count  what to do
  missing_identifier  3,871  anonymous users; pick
                             another `--identifier`
  invalid_birthdate       9  correct it as
                             `YYYY-MM-DD`
");
    }

    #[test]
    fn a_table_never_is_wider_than_it_may_be() {
        let long = "x".repeat(60);
        for width in 30..100 {
            let table = aligned(None, [[long.clone(), "1".into(), long.clone()]], width);
            let widest = table.lines().map(measure).max().unwrap();
            assert!(widest <= usize::from(width), "{width}: {widest}\n{table}");
        }
    }
}
