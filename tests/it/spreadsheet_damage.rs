//! Tables that spreadsheets leave alone, and sheets that hold what nobody meant.

use std::{fs, io::Write, process::Stdio};

use serde_json::{Value, json};

use crate::workdir::Workdir;

/// A folder with these profiles in `people`.
fn folder(profiles: &[Value]) -> Workdir {
    let workdir = Workdir::new();
    let lines: Vec<String> = profiles.iter().map(Value::to_string).collect();
    fs::write(workdir.path("people"), lines.join("\n")).unwrap();
    workdir
}

fn person(number: usize, traits: &Value) -> Value {
    json!({"segment_id": format!("use_{number}"), "external_ids": [{"type": "user_id", "id": format!("u{number}")}], "traits": traits})
}

/// Transforms with a sheet; gives the table of corrections, and the customers.
fn corrected(workdir: &Workdir, sheet: &str) -> (String, Vec<Value>) {
    fs::write(workdir.path("sheet.csv"), sheet).unwrap();
    let arguments = ["transform", "people", "-o", "-", "--plain", "--csv", "plain", "--corrections", "sheet.csv"];
    let output = workdir.run(&arguments, 0);
    let customers = String::from_utf8(output.stdout).unwrap();
    let customers = customers.lines().flat_map(|line| serde_json::from_str::<Vec<Value>>(line).unwrap()).collect();
    (fs::read_to_string(workdir.path("corrections.csv")).unwrap(), customers)
}

#[test]
fn what_a_spreadsheet_left_behind_is_never_sent() {
    let traits = json!({"name": "Zoë", "email": "zoe@example.com", "phone": "1", "metadata": {"vip": true, "points": 3, "tags": ["a"]}});
    let workdir = folder(&[person(1, &traits), person(2, &traits), person(3, &json!({"birthdate": "soon"}))]);
    let (table, customers) = corrected(
        &workdir,
        "segment_id;field;corrected_value\n\
         use_1;name;#N/A\n\
         use_1;email;=A1\n\
         use_1;source_id;1,23457E+19\n\
         use_1;phone;4.91701E+11\n\
         use_1;metadata.points;null\n\
         use_1;metadata.__proto__;x\n\
         use_2; name ;'1e5\n\
         use_2;metadata.vip;FALSE\n\
         use_2;metadata.points;'007\n\
         use_2;metadata.tags;{\"__proto__\":1,\"a\":2}\n\
         use_2;source_id;'007\n\
         use_3;birthdate;1990/2/8\n\
         use_3;email;Err:502\n",
    );
    let rounded = "the spreadsheet rounded it; format the column as text and write the digits";
    let computed = "is what a spreadsheet shows where it cannot compute a cell: write the value itself";
    assert_eq!(
        table,
        format!(
            "row,segment_id,field,corrected_value,outcome,message,sheet\n\
             2,use_1,name,,did_not_help,`#N/A` {computed},sheet.csv\n\
             3,use_1,email,,did_not_help,`=A1` is a formula: write the value itself,sheet.csv\n\
             4,use_1,source_id,,did_not_help,\"`1,23457E+19`: {rounded}\",sheet.csv\n\
             5,use_1,phone,,did_not_help,`4.91701E+11`: {rounded},sheet.csv\n\
             6,use_1,metadata.points,,did_not_help,\"`null` is no value: write one, or leave the cell empty\",sheet.csv\n\
             7,use_1,metadata.__proto__,,did_not_help,`x`: a field `__proto__` is never sent,sheet.csv\n\
             8,use_2,name,'1e5,applied,,sheet.csv\n\
             9,use_2,metadata.vip,FALSE,applied,,sheet.csv\n\
             10,use_2,metadata.points,007,applied,,sheet.csv\n\
             11,use_2,metadata.tags,\"{{\"\"__proto__\"\":1,\"\"a\"\":2}}\",applied,,sheet.csv\n\
             12,use_2,source_id,007,applied,,sheet.csv\n\
             13,use_3,birthdate,1990-02-08,applied,,sheet.csv\n\
             14,use_3,email,,did_not_help,`Err:502` {computed},sheet.csv\n"
        )
    );
    let system = json!({"source": "segmentio"});
    let expected = [
        json!({"source_id": "u1", "name": "Zoë", "email": "zoe@example.com", "phone": "1",
               "metadata": {"vip": true, "points": 3, "tags": ["a"]}, "system_metadata": system}),
        json!({"source_id": "007", "name": "1e5", "email": "zoe@example.com", "phone": "1",
               "metadata": {"vip": false, "points": "007", "tags": {"a": 2}}, "system_metadata": system}),
        json!({"source_id": "u3", "birthdate": "1990-02-08", "system_metadata": system}),
    ];
    assert_eq!(customers, expected);

    // The table of corrections is a sheet itself: it applies the same, and brings nothing back that was refused.
    fs::rename(workdir.path("corrections.csv"), workdir.path("first.csv")).unwrap();
    let again = fs::read_to_string(workdir.path("first.csv")).unwrap();
    assert_eq!(corrected(&workdir, &again).1, expected);
}

#[test]
fn a_number_that_is_read_in_two_ways_is_no_correction_and_another_type_is_told() {
    let traits = json!({"metadata": {"points": 3, "vip": true, "note": "x"}});
    let fields = ["points"; 8].into_iter().chain(["vip", "note"]);
    let texts = ["12,5", "1.234,5", "1,234", "1 234", "-0,5", "'007", "12.5", "many", "5", "12,5"];
    let people: Vec<Value> = (0..texts.len()).map(|number| person(number, &traits)).collect();
    let workdir = folder(&people);
    let rows = fields
        .zip(texts)
        .enumerate()
        .map(|(number, (field, text))| format!("use_{number};metadata.{field};\"{text}\"\n"));
    let (table, customers) =
        corrected(&workdir, &format!("segment_id;field;corrected_value\n{}", rows.collect::<String>()));
    let sent: Vec<&Value> = customers.iter().map(|customer| &customer["metadata"]).collect();
    for (number, metadata) in sent.iter().enumerate() {
        let points = [
            json!(3),
            json!(3),
            json!(3),
            json!(3),
            json!(3),
            json!("007"),
            json!(12.5),
            json!("many"),
            json!(3),
            json!(3),
        ];
        assert_eq!(metadata["points"], points[number], "{number}");
    }
    assert_eq!((&sent[8]["vip"], &sent[9]["note"]), (&json!(5), &json!("12,5")));
    assert_eq!(table.matches(",did_not_help,").count(), 5, "{table}");
    let warnings = fs::read_to_string(workdir.path("warnings.csv")).unwrap();
    for row in [
        "wrong_type,metadata.points,\"12,5\",a number that is not read alike everywhere: write it as `12.5`; 3 is sent as before,",
        "converted,metadata.points,007,\"a number was there, and the correction is sent as text\",",
        "converted,metadata.vip,5,\"a boolean was there, and the correction is sent as a number\",",
    ] {
        assert!(warnings.contains(row), "{row}\n{warnings}");
    }
    assert_eq!(warnings.lines().count(), 1 + 5 + 3, "{warnings}");
}

#[test]
fn a_sheet_that_is_broken_is_refused_by_its_row_and_nothing_is_written() {
    let workdir = folder(&[person(1, &json!({}))]);
    let header = "segment_id,message,field,corrected_value\n";
    for (sheet, words) in [
        (format!("{header}use_1,\"open,name,x\nuse_2,,name,y\n"), "a quote that is opened in row 2 is never closed"),
        (format!("{header}use_1,\"a\" b,name,x\n"), "in row 2 text follows the quote that closes a cell"),
        (format!("{header}use_1,is; no,address,name,x\n"), "the cells of row 2 of `sheet.csv` have shifted: it has 5"),
        (format!("{header}use_1,two\nlines,name,x\n"), "the cells of row 2 of `sheet.csv` have shifted: it has 2"),
        (format!("{header}use_1;;name;x\n"), "the header is split by commas, this row by semicolons"),
        (
            "PASSWORD=hunter2\nsegment_id\n".into(),
            "`sheet.csv` has no column `field`; of the columns of our tables it has only",
        ),
        ("PASSWORD=hunter2\n".into(), "`sheet.csv` has no column `segment_id`"),
        ("{\"segment_id\":1}".into(), "`sheet.csv` is no table: it is JSON"),
    ] {
        fs::write(workdir.path("sheet.csv"), &sheet).unwrap();
        let output = workdir.run(&["transform", "people", "--corrections", "sheet.csv"], 2);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(words) && said.contains("hint: ") && !said.contains("hunter2"), "{sheet}\n{said}");
        assert!(!workdir.path("batches").exists());
    }
}

#[test]
fn nothing_filled_in_and_a_guessed_encoding_are_said() {
    let workdir = folder(&[person(1, &json!({}))]);
    let said = |sheet: &[u8]| {
        fs::write(workdir.path("sheet.csv"), sheet).unwrap();
        let output = workdir.run(&["transform", "people", "--corrections", "sheet.csv"], 0);
        String::from_utf8(output.stderr).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let empty =
        said("The rejects of May,,\n segment ID ,FIELD,Corrected-Value\nuse_1,name,\nuse_2,name, \n".as_bytes());
    assert!(empty.contains("corrections `sheet.csv` has 2 rows, none with a `corrected_value`"), "{empty}");
    let (polish, ..) = encoding_rs::WINDOWS_1250.encode("segment_id,field,corrected_value\nuse_1,name,Łukasz Żółć\n");
    let guessed = said(&polish);
    assert!(guessed.contains("1 = applied 1 + did not help 0 + matched nothing 0"), "{guessed}");
    assert!(
        guessed.contains("was read as windows-1250: row 2 has `Łukasz Żółć`; if that is wrong, save it as"),
        "{guessed}"
    );
}

#[test]
fn a_sheet_may_come_from_a_pipe_and_is_known_by_its_content() {
    let workdir = folder(&[person(1, &json!({}))]);
    let sheet = "segment_id,field,corrected_value\nuse_1,name,Ada\n";
    fs::write(workdir.path("sheet.csv"), sheet).unwrap();
    let mut cat =
        std::process::Command::new("cat").arg(workdir.path("sheet.csv")).stdout(Stdio::piped()).spawn().unwrap();
    let mut transform = workdir.command();
    transform.args(["transform", "people", "--corrections", "/dev/stdin"]).stdin(cat.stdout.take().unwrap());
    workdir.check(&mut transform, 0);
    cat.wait().unwrap();
    let manifest: Value = serde_json::from_slice(&fs::read(workdir.path("batches/manifest.json")).unwrap()).unwrap();
    assert_eq!(
        manifest["options"]["corrections"],
        json!([{"name": "/dev/stdin", "sha256": "fcc78de1c4f7dd7a06161ad3b724f465eb6efdbb7c6033eed294090437a87303"}])
    );
}

#[test]
fn a_table_that_somebody_edited_is_never_replaced_unread_however_broken_it_is() {
    let workdir = folder(&[json!({"segment_id": "use_1", "traits": {}})]);
    workdir.run(&["transform", "people"], 0);
    let rejects = workdir.path("batches/rejects.csv");
    let header = "segment_id,field,corrected_value\n";
    let utf16: Vec<u8> = format!("\u{feff}{header}use_1,\"x,u1\n").encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (edited, cause) in [
        (format!("{header}use_1,source_id,\"u1\n").into_bytes(), "a quote that is opened in row 2 is never closed"),
        (
            format!("{header}use_1,source_id,u,1\n").into_bytes(),
            "the cells of row 2 of `batches/rejects.csv` have shifted",
        ),
        (b"PK\x03\x04 a workbook under the old name".to_vec(), "`batches/rejects.csv` is no workbook that can be read"),
        (b"segment_id;source_id\nuse_1;u1\n".to_vec(), "has no column `field`"),
        (utf16, "a quote that is opened in row 2 is never closed"),
    ] {
        fs::write(&rejects, &edited).unwrap();
        let said = String::from_utf8(workdir.run(&["transform", "people"], 2).stderr).unwrap();
        let would = "`batches/rejects.csv` would be replaced, and may hold what somebody wrote into it";
        assert!(said.contains(would) && said.contains(cause) && said.contains("hint: mend it"), "{said}");
        assert_eq!(fs::read(&rejects).unwrap(), edited);
    }
    // In a pipe no manifest says whether a table was edited: one that has our column is taken for one.
    fs::write(workdir.path("rejects.csv"), format!("{header}use_1,source_id,\"u1\n")).unwrap();
    workdir.run(&["transform", "people", "-o", "-"], 2);
    fs::write(workdir.path("rejects.csv"), "something else\n").unwrap();
    workdir.run(&["transform", "people", "-o", "-"], 0);
    // Moved away, it is done without.
    fs::rename(&rejects, workdir.path("kept.csv")).unwrap();
    workdir.run(&["transform", "people"], 0);
}

#[test]
fn a_sheet_without_an_end_is_refused_in_little_memory() {
    let workdir = folder(&[person(1, &json!({}))]);
    let most_memory = |sheet: &[u8], times: usize, words: &str| {
        let mut file = fs::File::create(workdir.path("sheet.csv")).unwrap();
        file.write_all(b"segment_id,field,corrected_value\n").unwrap();
        (0..times).for_each(|_| file.write_all(sheet).unwrap());
        // What the process may reserve at most, far above what it takes.
        let binary = assert_cmd::cargo::cargo_bin!("segment-to-voucherify");
        let limited = format!("ulimit -v 1500000; exec {} transform people --corrections sheet.csv", binary.display());
        let output =
            workdir.check(std::process::Command::new("bash").args(["-c", &limited]).current_dir(workdir.path("")), 2);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(words) && said.contains("hint: "), "{said}");
    };
    most_memory(&b"x".repeat(1 << 16), 1 << 12, "row 2 is longer than 8 MiB");
    most_memory(
        &b"use_1,name,x\n".repeat(1 << 12),
        1 << 7,
        "holds more than 200,000 corrections, or 32 MiB of them, before row 200002",
    );
}

/// What spreadsheets make something else of, and what they leave alone.
const REWRITTEN: [&str; 12] = [
    "=1+1",
    "+1",
    "(5)",
    "$5",
    "5 PM",
    "May-22",
    "true",
    "1990-02-28T10:11:12Z",
    "#N/A",
    "007",
    "1e5",
    "12345678901234567890",
];
const LEFT_ALONE: [&str; 5] = ["a;b", "a\tb", "Mayfair 22", "12a", "truly"];

#[test]
fn no_table_has_a_cell_that_a_spreadsheet_rewrites() {
    let texts = REWRITTEN.iter().chain(&LEFT_ALONE);
    let people: Vec<Value> =
        texts.clone().enumerate().map(|(number, text)| person(number, &json!({"email": text}))).collect();
    let workdir = folder(&people);
    workdir.run(&["transform", "people", "-o", "excel"], 0);
    workdir.run(&["transform", "people", "-o", "plain", "--csv", "plain"], 0);
    let [excel, plain] =
        ["excel", "plain"].map(|folder| fs::read_to_string(workdir.path(folder).join("warnings.csv")).unwrap());
    for (number, text) in texts.enumerate() {
        let guarded = if number < REWRITTEN.len() { format!("'{text}") } else { (*text).to_owned() };
        let guarded = if guarded.contains([';', '\t']) { format!("\"{guarded}\"") } else { guarded };
        let message = "does not look like an email address; it is sent as it is";
        let line = number + 1;
        let row =
            format!("use_{number},u{number},{guarded},,invalid_email,email,{guarded},\"{message}\",,people,{line}\r\n");
        assert!(excel.contains(&row), "{row}\n{excel}");
        let row = format!("use_{number},u{number},{text},,invalid_email,email,{text},{message},,people,{line}\n");
        assert!(plain.contains(&row), "{row}\n{plain}");
    }

    // The traits of the archive, too, are what somebody else named.
    let workdir = folder(&[person(1, &json!({"=cmd": "x", "1990": "y"}))]);
    let table = |arguments: &[&str]| {
        let output = workdir.run(&[&["inspect", "people", "--show", "csv"], arguments].concat(), 0);
        String::from_utf8(output.stdout).unwrap()
    };
    let excel = table(&[]);
    assert!(excel.starts_with("\u{feff}trait,profiles,") && excel.contains("\r\n'=cmd,1,'100%,text,"), "{excel}");
    let plain = table(&["--csv", "plain"]);
    assert!(plain.starts_with("trait,profiles,") && plain.contains("\n=cmd,1,100%,text,"), "{plain}");
    let refused = workdir.run(&["inspect", "people", "--csv", "plain"], 2);
    assert_eq!(
        String::from_utf8(refused.stderr).unwrap(),
        "error: `--csv` is the dialect of the table that `--show csv` prints\nhint: add `--show csv`\n"
    );
}

#[test]
fn a_cell_longer_than_spreadsheets_take_is_cut_for_them_only() {
    let long = "é".repeat(40_000);
    let workdir = folder(&[person(1, &json!({"email": long}))]);
    workdir.run(&["transform", "people", "-o", "excel"], 0);
    workdir.run(&["transform", "people", "-o", "plain", "--csv", "plain"], 0);
    let [excel, plain] =
        ["excel", "plain"].map(|folder| fs::read_to_string(workdir.path(folder).join("warnings.csv")).unwrap());
    assert!(plain.contains(&format!(",{long},")), "the whole value");
    let mark = "… [cut: 40000 characters; `--csv plain` has all]";
    let kept = "é".repeat(32_767 - mark.chars().count());
    assert!(excel.contains(&format!(",\"{kept}{mark}\",")), "{}", excel.len());
}
