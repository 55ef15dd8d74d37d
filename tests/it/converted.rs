//! What converts a file in another form, as it is suggested: pasted, and over all files of a folder.

use std::{fs, process::Command};

use crate::{
    other_inputs::{gzip, profiles},
    workdir::Workdir,
};

/// What stands in the first pair of backticks behind `hint:`, pasted into a shell that knows the program.
fn paste(workdir: &Workdir, said: &str) -> String {
    let hint = said.split_once("hint: ").unwrap().1;
    let command = hint.split('`').nth(1).unwrap();
    let pasted = Command::new("bash")
        .args(["-c", command])
        .current_dir(workdir.path("."))
        .env("PATH", Workdir::search_path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&pasted.stderr).into_owned();
    assert!(pasted.status.success(), "{command}: {said}");
    said
}

#[test]
fn what_converts_one_of_several_inputs_is_complete_when_it_is_pasted() {
    let workdir = Workdir::new();
    fs::write(workdir.path("one"), profiles(0..3)).unwrap();
    fs::write(workdir.path("the other"), profiles(3..5).replace('\n', "\r")).unwrap();
    let arguments = ["transform", "one", "the other", "-o", "people", "--batch-customers", "2"];
    let said = String::from_utf8(workdir.run(&arguments, 1).stderr).unwrap();
    assert!(said.contains(" transform one - -o people --batch-customers 2`"), "{said}");
    let said = paste(&workdir, &said);
    assert!(said.contains("read 5 = customers 5 + rejected 0") && said.contains("3 batches"), "{said}");
}

/// Engines write all files of a folder in one form, and of one of them alone nobody should make batches.
#[test]
fn what_converts_a_file_of_a_folder_converts_all_of_them() {
    let workdir = Workdir::new();
    fs::create_dir(workdir.path("un loaded")).unwrap();
    fs::write(workdir.path("un loaded/_SUCCESS"), "").unwrap();
    for (number, name) in ["part-0.json", "part-1.json", "part 2.json"].into_iter().enumerate() {
        let number = 2 * u32::try_from(number).unwrap();
        fs::write(
            workdir.path("un loaded").join(name),
            gzip(profiles(number..number + 2).replace('\n', "\r").as_bytes()),
        )
        .unwrap();
    }
    for input in ["un loaded", "un loaded/part*"] {
        let said = String::from_utf8(workdir.run(&["transform", input], 1).stderr).unwrap();
        assert!(said.contains("then give the folder `converted` instead"), "{said}");
        paste(&workdir, &said);
        let said = String::from_utf8(workdir.run(&["transform", "converted"], 3).stderr).unwrap();
        assert!(said.contains("read 6 = customers 6 + rejected 0"), "{said}");
        fs::remove_dir_all(workdir.path("converted")).unwrap();
        fs::remove_dir_all(workdir.path("batches")).unwrap();
    }
    // Two of one name, in folders of an engine's partitions.
    for (day, numbers) in [("1", 0..2), ("2", 2..5)] {
        let folder = workdir.path("keyed/year=2026").join(format!("day={day}"));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("000000_0"), profiles(numbers).replace('\n', "\r")).unwrap();
    }
    let said = String::from_utf8(workdir.run(&["transform", "keyed"], 1).stderr).unwrap();
    assert!(said.contains("for file in keyed/*=*/*=*/*; do"), "{said}");
    paste(&workdir, &said);
    let said = String::from_utf8(workdir.run(&["transform", "converted"], 0).stderr).unwrap();
    assert!(said.contains("read 5 = customers 5 + rejected 0"), "{said}");
    fs::write(workdir.path("un loaded/part-3.parquet"), b"PAR1\x15\x04\x15").unwrap();
    let said = String::from_utf8(workdir.run(&["transform", "un loaded/*.parquet"], 1).stderr).unwrap();
    assert!(said.contains("read_parquet('un loaded/*.parquet')"), "{said}");
}

/// What begins with a dot is an engine's own, in a folder and behind a pattern alike.
#[test]
fn a_pattern_passes_over_what_a_shell_passes_over() {
    let workdir = Workdir::new();
    fs::create_dir(workdir.path("unloaded")).unwrap();
    fs::write(workdir.path("unloaded/part-0"), profiles(0..3)).unwrap();
    fs::write(workdir.path("unloaded/.part-0.crc"), "crc\0\0\0\0\n").unwrap();
    let said = String::from_utf8(workdir.run(&["transform", "unloaded/*"], 0).stderr).unwrap();
    assert!(said.contains("read 3 = customers 3 + rejected 0"), "{said}");
}
