//! Sheets in every form that spreadsheets save, and what is said of those that cannot be used.

use super::*;
use crate::failure::Next;

/// A file with these bytes is read as a sheet.
fn parse(text: impl AsRef<[u8]>) -> Result<Corrections, Failure> {
    let folder = tempfile::tempdir().unwrap();
    let sheet = folder.path().join("sheet.csv");
    std::fs::write(&sheet, text).unwrap();
    let without_folder = |text: &str| text.replace(&format!("{}/", folder.path().display()), "");
    let mut corrections = Corrections::parse(&sheet).map_err(|failure| {
        let shown = Failure::usage(without_folder(&failure.message));
        match failure.next {
            Some(Next::Advice(advice)) => shown.hint(without_folder(&advice)),
            _ => shown,
        }
    })?;
    for row in &mut corrections.rows {
        row.sheet = without_folder(&row.sheet).into();
    }
    Ok(corrections)
}

/// The report on what was tried, and a table of rejects with these bytes.
fn report(corrections: &Corrections, tried: &[Tried], rejects: &str) -> CorrectionsReport {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), rejects).unwrap();
    corrections.report(tried, file.path()).unwrap()
}

fn correction(field: &str, value: &str) -> Correction {
    Correction { field: field.into(), value: value.into() }
}

#[test]
fn delimiter_order_case_and_further_columns_do_not_matter() {
    for text in [
        "segment_id,field,corrected_value\nuse_1,name,Zoë\n",
        "\u{feff}Field;Corrected Value;Who;SEGMENT_ID\r\nname;Zoë;me;use_1\r\n",
        "corrected_value\tsegment_id\tfield\nZoë\tuse_1\tname",
        "sep=;\r\nsegment_id;field;corrected_value\r\nuse_1;name;Zoë\r\n",
        "segment_id,message,field,corrected_value\n\"use_1\",\"a;b;\n;c\",name,\"Zoë\"\n,,,\nuse_2,,email, \n",
    ] {
        let corrections = parse(text).unwrap();
        assert_eq!(corrections.of("use_1", "", 0), [correction("name", "Zoë")], "{text}");
        assert!(corrections.of("use_2", "", 0).is_empty());
    }
}

#[test]
fn every_usual_encoding_is_read_and_others_are_told() {
    let text = "segment_id;field;corrected_value\r\nuse_1;name;Zoë\r\n";
    let utf16 = |unit: fn(u16) -> [u8; 2]| -> Vec<u8> {
        "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(unit).collect()
    };
    let western = text.replace('ë', "~").bytes().map(|byte| if byte == b'~' { 0xeb } else { byte }).collect();
    for (bytes, encoding) in [
        (text.as_bytes().to_vec(), "UTF-8"),
        (utf16(u16::to_le_bytes), "UTF-16LE"),
        (utf16(u16::to_be_bytes), "UTF-16BE"),
        (western, "windows-1252"),
    ] {
        let corrections = parse(&bytes).unwrap();
        assert_eq!(corrections.of("use_1", "", 0), [correction("name", "Zoë")], "{encoding}");
        let [sheet] = &corrections.sheets[..] else { panic!("one sheet") };
        let encoded = sheet.read.encoded.unwrap();
        assert_eq!((encoded.encoding.name(), encoded.guessed), (encoding, encoding == "windows-1252"));
        assert_eq!((sheet.read.foreign.is_some(), sheet.filled_in), (encoded.guessed, 1));
    }
    for (bytes, words) in [
        (&b"PK\x03\x04..."[..], "`sheet.csv` is no workbook that can be read: "),
        (b"\xd0\xcf\x11\xe0...", "`sheet.csv` is no table: it is a workbook of an old form (`.xls`), or one that"),
        (b"\x1f\x8b\x08", "`sheet.csv` is no table: it is a gzip file"),
        (b" {\"a\":1}", "`sheet.csv` is no table: it is JSON"),
    ] {
        let error = parse(bytes).unwrap_err();
        assert!(error.message.contains(words) && error.next.is_some(), "{error}");
    }
}

#[test]
fn what_cannot_be_used_is_named() {
    for (text, words) in [
        ("", "`sheet.csv` is empty"),
        (" \r\n\n", "`sheet.csv` is empty"),
        ("my secret;other\n", "has no column `segment_id`; of the columns of our tables it has none of them"),
        (
            "segment_id,Field,value\n",
            "no column `corrected_value`; of the columns of our tables it has only `segment_id`, `field`",
        ),
        ("segment_id,field,corrected_value,FIELD\n", "several columns `field`"),
        (
            "segment_id,field,corrected_value\na,name,1\nb,name,2\na,name,1\na,name,3\n",
            "rows 2 and 5 of `sheet.csv` correct `name` of one profile differently",
        ),
        (
            "segment_id,field,corrected_value,file,line\n,x,1,a,1\n,x,2,b,1\n,x,3,b,1\n",
            "rows 3 and 4 of `sheet.csv` correct `x`",
        ),
        (
            "segment_id,field,corrected_value\na,name,\"1\nb,name,2\n",
            "`sheet.csv` cannot be read as a table: a quote that is opened in row 2 is never closed",
        ),
        (
            "segment_id,message,field,corrected_value\n\na,it is; so,name,1,x\n",
            "the cells of row 3 of `sheet.csv` have shifted: it has 5, the header has 4",
        ),
        (
            "segment_id,field,corrected_value\na;name;1\n",
            "the cells of row 2 of `sheet.csv` have shifted: it has 1, the header has 3",
        ),
    ] {
        let error = parse(text).unwrap_err();
        assert!(error.message.contains(words) && error.next.is_some(), "{error}");
    }
}

#[test]
fn every_row_ends_in_one_of_three_ways() {
    let sheet = "segment_id,field,corrected_value,file,line\n\
                 use_1, name ,'=A,,\nuse_1,email,x,,\nuse_1,colour,red,,\nuse_2,name,B,,\n,,C,a.gz,7\n,name,D,,\nuse_1,name,'=A,,\nuse_1,phone,1.2E+12,,\n";
    let corrections = parse(sheet).unwrap();
    assert_eq!(
        corrections.of("use_1", "any", 1),
        [correction("name", "=A"), correction("email", "x"), correction("colour", "red")]
    );
    assert_eq!(corrections.of("", "a.gz", 7), [correction("", "C")]);
    assert!(corrections.of("", "a.gz", 8).is_empty() && corrections.of("", "b.gz", 7).is_empty());
    let tried = |segment_id: &str, file: &str, line, applied: &[Applied]| Tried {
        segment_id: segment_id.into(),
        file: file.into(),
        line,
        applied: applied.into(),
    };
    let tried_all = [
        tried("use_1", "any", 1, &[Applied::Helped, Applied::DidNotHelp, Applied::NoSuchField]),
        tried("", "a.gz", 7, &[]),
        tried("use_1", "any", 9, &[Applied::DidNotHelp; 3]),
    ];
    let report = report(&corrections, &tried_all, "segment_id,reason\n");
    assert_eq!(report.books(), "8 = applied 2 + did not help 3 + matched nothing 3");
    let table = tempfile::NamedTempFile::new().unwrap();
    let rows = report.publish(Dialect::Plain, table.path()).unwrap().rows;
    let finding = "\"the corrected value has a finding, too; `warnings.csv` says which\"";
    assert_eq!(rows, 8);
    assert_eq!(
        std::fs::read_to_string(table.path()).unwrap(),
        format!(
            "row,segment_id,field,corrected_value,outcome,message,sheet\n\
             2,use_1,name,'=A,applied,,sheet.csv\n\
             3,use_1,email,x,did_not_help,{finding},sheet.csv\n\
             4,use_1,colour,red,matched_nothing,no customer has a field `colour`,sheet.csv\n\
             5,use_2,name,B,matched_nothing,no profile `use_2` was read,sheet.csv\n\
             6,,,C,did_not_help,{finding},sheet.csv\n\
             7,,name,D,matched_nothing,the row has neither a `segment_id` nor a `file` and a `line`,sheet.csv\n\
             8,use_1,name,'=A,applied,,sheet.csv\n\
             9,use_1,phone,,did_not_help,`1.2E+12`: the spreadsheet rounded it; format the column as text and write the digits,sheet.csv\n"
        )
    );
}

#[test]
fn a_good_value_does_not_help_a_profile_that_is_rejected_all_the_same() {
    let corrections =
        parse("segment_id,field,corrected_value\nuse_1,source_id,u2\nuse_1,name,A\nuse_2,name,B\n").unwrap();
    let tried = |segment_id: &str, line, count| Tried {
        segment_id: segment_id.into(),
        file: "+a.gz".into(),
        line,
        applied: vec![Applied::Helped; count],
    };
    let rejects = "\u{feff}segment_id,source_id,email,name,reason,field,value,message,corrected_value,file,line\r\n\
                   use_1,u2,,A,duplicate_source_id,source_id,u2,\"the other, first\",,'+a.gz,4\r\n\
                   use_2,u2,,B,duplicate_profile,segment_id,use_2,again,,'+a.gz,6\r\n";
    let report = report(&corrections, &[tried("use_1", 4, 2), tried("use_2", 5, 1), tried("use_2", 6, 1)], rejects);
    let messages: Vec<_> = report.rows.iter().map(|row| (&row[4][..], &row[5][..])).collect();
    assert_eq!(
        messages,
        [
            ("did_not_help", "duplicate_source_id: the other, first"),
            ("did_not_help", "the profile is rejected all the same: duplicate_source_id: the other, first"),
            ("applied", ""),
        ]
    );
}

#[test]
fn without_a_sheet_nothing_is_corrected() {
    assert!(Corrections::default().is_empty());
    assert!(Corrections::default().of("use_1", "", 1).is_empty());
}
