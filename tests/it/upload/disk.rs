//! Files that are not what they were, and a disk that is full.

use std::fs;

use super::project::{Project, input, summary};
use crate::workdir::{Small, Workdir};

fn batches() -> Workdir {
    let workdir = Workdir::new();
    workdir.run(&["sandbox", "--profiles", "100", "--write", "people"], 0);
    workdir.run(&["transform", "people", "--batch-customers", "20"], 0);
    workdir
}

#[test]
fn a_changed_batch_is_told_before_the_first_post() {
    let (workdir, project) = (batches(), Project::good());
    let whole = fs::read(workdir.path("batches/batch-000003.json.gz")).unwrap();
    let mut flipped = whole.clone();
    *flipped.last_mut().unwrap() ^= 1;
    for damaged in [&whole[..whole.len() / 2], &flipped, b"[]"] {
        fs::write(workdir.path("batches/batch-000003.json.gz"), damaged).unwrap();
        let words = workdir.check(&mut project.upload_of(&workdir, "batches", &[]), 1).stderr;
        let words = String::from_utf8(words).unwrap();
        assert!(
            words.contains("batches/batch-000003.json.gz")
                && words.contains("make it again: `segment-to-voucherify transform people --batch-customers 20`"),
            "{words}"
        );
    }
    fs::remove_file(workdir.path("batches/batch-000003.json.gz")).unwrap();
    workdir.check(&mut project.upload_of(&workdir, "batches", &[]), 1);
    assert_eq!((project.posts(), project.take_asked().len()), (0, 0));
    fs::write(workdir.path("batches/batch-000003.json.gz"), whole).unwrap();
    workdir.check(&mut project.upload_of(&workdir, "batches", &[]), 0);
}

#[test]
fn receipts_of_another_target_are_not_believed() {
    let (workdir, first, second) = (input(&[&[1, 2]]), Project::good(), Project::good());
    workdir.check(&mut first.upload(&workdir, &[]), 0);
    let folder = |project: &Project| workdir.path(format!("receipts/{}", project.target()));
    fs::create_dir(folder(&second)).unwrap();
    let files = fs::read_dir(folder(&first)).unwrap().flatten().filter(|entry| entry.path().is_file());
    for entry in files {
        fs::copy(entry.path(), folder(&second).join(entry.file_name())).unwrap();
    }
    let words = String::from_utf8(workdir.check(&mut second.upload(&workdir, &[]), 1).stderr).unwrap();
    assert!(words.contains("is a receipt of another target") && words.contains(&first.target()), "{words}");
    assert_eq!(second.posts(), 0);
    fs::remove_dir_all(folder(&second)).unwrap();
    workdir.check(&mut second.upload(&workdir, &[]), 0);
}

#[test]
fn a_damaged_receipt_is_named_with_what_to_do() {
    let (workdir, project) = (input(&[&[1, 2]]), Project::good());
    workdir.check(&mut project.upload(&workdir, &[]), 0);
    let folder = workdir.path(format!("receipts/{}", project.target()));
    let is_receipt = |path: &std::path::PathBuf| path.extension().is_some_and(|extension| extension == "json");
    let receipt = fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()).find(is_receipt).unwrap();
    fs::write(&receipt, "{").unwrap();
    let words = String::from_utf8(workdir.check(&mut project.upload(&workdir, &[]), 1).stderr).unwrap();
    assert!(
        words.contains(receipt.file_name().unwrap().to_str().unwrap()) && words.contains("remove that file"),
        "{words}"
    );
    fs::remove_file(receipt).unwrap();
    workdir.check(&mut project.upload(&workdir, &[]), 0);
    assert_eq!(project.posts(), 2);
}

#[test]
fn a_full_disk_loses_no_receipt_and_repeats_one_post() {
    let (workdir, project) = (batches(), Project::good());
    let Some(small) = Small::mount(workdir.path("batches/receipts"), "24k") else { return };
    let words = String::from_utf8(workdir.check(&mut project.upload_of(&workdir, "batches", &[]), 1).stderr).unwrap();
    assert!(words.contains("cannot write `batches/receipts/") && words.contains("make room"), "{words}");
    let posts = project.posts();
    assert!(posts > 0, "{words}");
    small.remount("size=8m");
    let rest = summary(&workdir.check(&mut project.upload_of(&workdir, "batches", &[]), 0).stdout);
    assert_eq!(rest["sent"], project.landed().len());
    let batches = usize::try_from(rest["batches"].as_u64().unwrap()).unwrap();
    assert!(project.posts() <= batches + 1, "{} POSTs for {batches} batches", project.posts());
}
