//! The rows of the sheets of an `.ods`, as a stream. The crate `calamine` holds such a workbook whole, its empty rows and
//! repeated cells included, mixes comments into cells, and refuses what Gnumeric and others save.

use std::{
    borrow::Cow,
    fs::File,
    io::{BufReader, Read},
    path::Path,
};

use quick_xml::{
    XmlVersion,
    escape::resolve_predefined_entity,
    events::{BytesRef, BytesStart, Event},
};
use zip::ZipArchive;

use super::{
    HINT, MOST_ROWS, Rows, SheetSearch, Value, Values, broken,
    elements::{Elements, MOST_BETWEEN, Trouble, cut},
};
use crate::failure::Failure;

/// The part that has all sheets.
const CONTENT: &str = "content.xml";
/// Blanks that a single element may stand for: no cell has more characters.
const MOST_BLANKS: usize = 32_767;

/// Reads one sheet after another.
pub(super) fn read(file: File, wanted: &mut SheetSearch<'_>) -> Result<(), Failure> {
    let path = wanted.path;
    let unreadable = |why: Trouble| {
        Failure::usage(format!("`{}` cannot be read as a workbook", path.display())).because(why).hint(HINT)
    };
    let mut parts = ZipArchive::new(BufReader::new(file)).map_err(|error| unreadable(error.into()))?;
    let content = parts.by_name(CONTENT).map_err(|error| unreadable(error.into()))?;
    let mut content = Content(Elements::new(content));
    while let Some(tab) = content.next_table().map_err(unreadable)? {
        let mut rows =
            TableRows { path, tab: &tab, content: &mut content, number: 0, again: None, is_copy: false, ended: false };
        if wanted.sheet(&tab, &mut rows)?.is_break() {
            return Ok(());
        }
        rows.finish()?;
    }
    Ok(())
}

/// The elements of the part that has all sheets.
struct Content<R>(Elements<R>);

impl<R: Read> Content<R> {
    fn next(&mut self) -> Result<Event<'_>, Trouble> {
        self.0.is_past_a_cell();
        self.0.next()
    }

    /// Goes to the next sheet; its name.
    fn next_table(&mut self) -> Result<Option<String>, Trouble> {
        loop {
            match self.next()? {
                Event::Eof => return Ok(None),
                Event::Start(element) => match element.name().as_ref() {
                    "table:table" => return Ok(Some(attribute(&element, "table:name")?.unwrap_or_else(|| "?".into()))),
                    // What was changed or fetched from elsewhere is no sheet.
                    "table:tracked-changes" | "table:dde-links" => self.pass_over()?,
                    _ => {}
                },
                _ => {}
            }
        }
    }

    /// Passes over the rest of the element that has begun.
    fn pass_over(&mut self) -> Result<(), Trouble> {
        let mut depth = 1_u64;
        while depth > 0 {
            match self.next()? {
                Event::Start(_) => depth += 1,
                Event::End(_) => depth -= 1,
                Event::Eof => return Err(cut()),
                _ => {}
            }
        }
        Ok(())
    }

    /// The text of a cell that has begun, a line a paragraph.
    fn cell_text(&mut self) -> Result<Option<String>, Trouble> {
        let (mut text, mut depth, mut paragraphs) = (String::new(), 0_u32, 0_u32);
        loop {
            let inside = depth > 0;
            match self.next()? {
                Event::Start(element) => {
                    let name = element.name();
                    let name = name.as_ref();
                    if name == "text:s" {
                        let blanks = repeated(&element, "text:c")?.min(MOST_BLANKS as u64);
                        (0..blanks).for_each(|_| text.push(' '));
                    } else if name == "text:tab" {
                        text.push('\t');
                    } else if name == "text:line-break" {
                        text.push('\n');
                    }
                    // Comments, drawings and readings have text of their own, which is not the cell's.
                    let is_text = if inside { name.starts_with("text:") } else { matches!(name, "text:p" | "text:h") };
                    if !is_text || matches!(name, "text:ruby-text" | "text:note") {
                        self.pass_over()?;
                        continue;
                    }
                    if !inside {
                        if paragraphs > 0 {
                            text.push('\n');
                        }
                        paragraphs += 1;
                    }
                    depth += 1;
                }
                Event::End(_) if !inside => return Ok((paragraphs > 0).then_some(text)),
                Event::End(_) => depth -= 1,
                Event::Text(part) if inside => text.push_str(&part.xml10_content()),
                Event::CData(part) if inside => text.push_str(&part.xml10_content()),
                Event::GeneralRef(reference) if inside => refer(&reference, &mut text)?,
                Event::Eof => return Err(cut()),
                _ => {}
            }
            if text.len() > MOST_BETWEEN {
                return Err("it has a cell that is larger than any program makes".into());
            }
        }
    }
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Result<Option<String>, Trouble> {
    match element.try_get_attribute(name)? {
        Some(value) => Ok(Some(value.normalized_value(XmlVersion::Implicit1_0)?.into_owned())),
        None => Ok(None),
    }
}

/// How often something stands there: at least once.
fn repeated(element: &BytesStart<'_>, name: &str) -> Result<u64, Trouble> {
    Ok(attribute(element, name)?.and_then(|times| times.trim().parse().ok()).unwrap_or(1).max(1))
}

fn refer(reference: &BytesRef<'_>, text: &mut String) -> Result<(), Trouble> {
    if let Some(character) = reference.resolve_char_ref()? {
        text.push(character);
        return Ok(());
    }
    let name = reference.xml10_content();
    let known =
        resolve_predefined_entity(&name).ok_or_else(|| format!("it refers to `&{name};`, which nobody knows"))?;
    text.push_str(known);
    Ok(())
}

/// The rows of a sheet that hold something.
struct TableRows<'a, R> {
    path: &'a Path,
    tab: &'a str,
    content: &'a mut Content<R>,
    number: u64,
    /// A row that stands there so many times more.
    again: Option<(Values, u64)>,
    /// It is what a program remembers of another file: what stands before its rows says where it comes from.
    is_copy: bool,
    ended: bool,
}

impl<R: Read> Rows for TableRows<'_, R> {
    fn next(&mut self) -> Result<Option<Values>, Failure> {
        self.next_row().map_err(|why| self.trouble(why))
    }
}

impl<R: Read> TableRows<'_, R> {
    fn trouble(&self, why: Trouble) -> Failure {
        broken(self.path, self.tab, self.number, why).hint(HINT)
    }

    /// What is left of a sheet that was not read to its end.
    fn finish(&mut self) -> Result<(), Failure> {
        self.again = None;
        while !self.ended {
            self.next()?;
            self.again = None;
        }
        Ok(())
    }

    /// Notes a row that stands there so many times.
    fn take(&mut self, values: Values, times: u64) -> Result<(), Trouble> {
        if values.cells.is_empty() {
            self.number = self.number.saturating_add(times);
            return Ok(());
        }
        if self.number.saturating_add(times) > MOST_ROWS {
            return Err("it has more rows than any program makes".into());
        }
        self.again = Some((values, times));
        Ok(())
    }

    fn next_row(&mut self) -> Result<Option<Values>, Trouble> {
        loop {
            if let Some((values, times)) = self.again.take() {
                self.number += 1;
                let row = Values { number: self.number, ..values.clone() };
                self.again = (times > 1).then_some((values, times - 1));
                return Ok(Some(row));
            }
            if self.ended {
                return Ok(None);
            }
            match self.content.next()? {
                Event::Start(element) => match element.name().as_ref() {
                    "table:table-row" if !self.is_copy => {
                        let times = repeated(&element, "table:number-rows-repeated")?;
                        let values = self.row()?;
                        self.take(values, times)?;
                    }
                    "table:table-header-rows" | "table:table-rows" | "table:table-row-group" => {}
                    name => {
                        self.is_copy |= name == "table:table-source";
                        self.content.pass_over()?;
                    }
                },
                Event::End(element) if element.name().as_ref() == "table:table" => self.ended = true,
                Event::Eof => return Err(cut()),
                _ => {}
            }
        }
    }

    /// The cells of a row that has begun.
    fn row(&mut self) -> Result<Values, Trouble> {
        let (mut values, mut column) = (Values { number: self.number + 1, ..Values::default() }, 0_usize);
        loop {
            let (described, times) = match self.content.next()? {
                Event::Start(element) => match element.name().as_ref() {
                    "table:table-cell" | "table:covered-table-cell" => {
                        (Described::of(&element)?, repeated(&element, "table:number-columns-repeated")?)
                    }
                    _ => {
                        self.content.pass_over()?;
                        continue;
                    }
                },
                Event::End(_) => return Ok(values),
                Event::Eof => return Err(cut()),
                _ => continue,
            };
            let end = column.saturating_add(usize::try_from(times).unwrap_or(usize::MAX));
            let text = self.content.cell_text()?;
            if let Some(value) = described.value(text) {
                values.add(column..end, value)?;
            }
            column = end;
        }
    }
}

/// What is said of a cell beside its text.
#[derive(Debug, Default)]
struct Described {
    formula: Option<String>,
    kind: Option<String>,
    /// `office:value`, `office:date-value` and so on.
    value: Option<String>,
    is_error: bool,
}

impl Described {
    fn of(element: &BytesStart<'_>) -> Result<Self, Trouble> {
        let mut described = Self::default();
        for attribute in element.attributes() {
            let attribute = attribute?;
            let text = || attribute.normalized_value(XmlVersion::Implicit1_0).map(Cow::into_owned);
            match attribute.key.as_ref() {
                "table:formula" => described.formula = Some(text()?),
                "office:value-type" => described.kind = Some(text()?),
                "calcext:value-type" => described.is_error |= text()? == "error",
                "office:value"
                | "office:date-value"
                | "office:time-value"
                | "office:boolean-value"
                | "office:string-value" => described.value = Some(text()?),
                _ => {}
            }
        }
        Ok(described)
    }

    /// What the cell holds.
    fn value(self, text: Option<String>) -> Option<Value> {
        let Self { formula, kind, value, is_error } = self;
        if let Some(formula) = formula {
            let formula = formula.split_once(":=").map_or(formula.as_str(), |(_, formula)| formula);
            return Some(Value::of_formula(formula));
        }
        let shown = text.clone().unwrap_or_default();
        if is_error {
            return Some(Value::Error(shown));
        }
        Some(match (kind.as_deref(), value) {
            (Some("float" | "percentage" | "currency"), Some(value)) => match value.trim().parse() {
                Ok(number) => Value::Number(number),
                Err(_) => Value::Odd(format!("the cell holds the number `{value}`, which is none")),
            },
            (Some("date"), Some(date)) => Value::Date(date),
            (Some("time"), duration) => Value::Odd(format!(
                "the cell holds the duration {}: format the column as text",
                duration.unwrap_or(shown)
            )),
            (Some("boolean"), Some(value)) => Value::Bool(value.trim() == "true"),
            (Some("string") | None, value) => Value::Text(text.or(value).filter(|text| !text.is_empty())?),
            (Some(_), _) => Value::Text(Some(shown).filter(|text| !text.is_empty())?),
        })
    }
}
