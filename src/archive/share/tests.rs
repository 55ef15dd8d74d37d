use super::*;

#[test]
fn only_a_share_of_the_whole_is_a_partition() {
    for text in ["0/1", "7/8", "0/1048576"] {
        assert_eq!(text.parse::<Partition>().unwrap().to_string(), text);
    }
    for text in ["", "1", "1/", "/1", "1/1", "8/8", "-1/8", "+0/8", "0/0", "0/1048577", "0/8/9", "a/b", "0/99999999999"]
    {
        assert!(text.parse::<Partition>().is_err(), "{text}");
    }
}

#[test]
fn a_text_ends_at_its_first_quote_or_backslash() {
    for length in 0..70 {
        let text = "é".repeat(length / 2) + &"x".repeat(length % 2);
        assert_eq!(end_of(text.as_bytes()), None);
        for (end, mark) in [(0, '"'), (0, '\\'), (40, '"'), (9, '\\')] {
            let whole = format!("{text}{mark}{}\"{mark}", "y".repeat(end));
            assert_eq!(end_of(whole.as_bytes()), Some(text.len()), "{whole}");
            let (first, _) = plain_text(format!("\"{text}\"{whole}").as_bytes())
                .map(|(text, rest)| (text.len(), rest.len()))
                .unwrap();
            assert_eq!(first, text.len());
        }
    }
    assert_eq!(plain_text(b"\"a\\\"b\""), None);
}

#[test]
fn the_partition_is_that_of_the_key_as_any_engine_finds_it() {
    // md5("u1") is e4774cdda0793f86…: 0xe4774cd = 239563981.
    assert_eq!(of(b"u1", 1_000), 981);
    let part = |line: &str| {
        let block = || Block { bytes: line.into(), first_line: 1, overlong: None, passed_over: 0 };
        let taken = |index: &u32| {
            let share = Share::of(Partition { index: *index, count: 8 }, "user_id");
            share.taken(block(), |line| Cow::Owned(line.to_vec()))
        };
        let found: Vec<u32> = (0..8).filter(|index| taken(index).bytes == line.as_bytes()).collect();
        assert_eq!((0..8).map(|index| taken(&index).passed_over).sum::<u64>(), 7, "{line}");
        assert_eq!(found.len(), 1, "{line}");
        found.first().copied()
    };
    let same = part(r#"{"segment_id":"use_1","external_ids":[{"id":"u1","type":"user_id"}],"traits":{}}"#);
    assert_eq!(same, Some(239_563_981 % 8));
    for line in [
        r#"{"external_ids":[{"type":"email","id":"x"},{"type":"user_id","id":"  "},{"type":"user_id","id":" u1\t"}],"segment_id":"y"}"#,
        r#"{"segment_id":"use_2","external_ids":{"user_id":"u1","email":"x"},"traits":{}}"#,
        r#"{"segment_id":"use_2","external_ids":[{"id":"\u0075\u0031","type":"user_id"},{"id":"u2","type":"user_id"}]}"#,
        r#"{"segment_id": "use_2", "external_ids": [{"type": "email", "id": "x"}, {"type": "user_id", "id": "u1"}], "trait_texts": {}}"#,
        r#"{"segment_id":"use_2","external_ids":[{"type":"user_id","id":"u1","type":"user_id"}],"traits":{"segment_ids":1}} "#,
    ] {
        assert_eq!(part(line), same, "{line}");
    }
    let alone = |key: &str| Some(of(key.as_bytes(), 8));
    for line in [r#"{"segment_id":"use_1"}"#, r#"{"segment_id":"use_1","external_ids":[{"type":"email","id":"x"}]}"#] {
        assert_eq!(part(line), alone("use_1"), "{line}");
    }
    for line in [
        "no json",
        r#"{"external_ids":{"user_id":"u1"}}"#,
        "7",
        r#"{"segment_id":"use_2","external_ids":{"user_id":"u1"},"traits":{"a":"#,
        r#"{"segment_id":" ","external_ids":{"user_id":"u1"},"traits":{}}"#,
    ] {
        assert_eq!(part(line), alone(line), "{line}");
    }
    // Lines of a block decide as each alone, whatever stood before them.
    let lines: Vec<String> = [
        "",
        r#"{"segment_id":"use_1"}"#,
        " ",
        "7",
        r#"{"segment_id":"x","external_ids":[{"id":"a","type":"email"},{"id":"u1","type":"user_id"}],"traits":{}}"#,
        r#"{"segment_id":"x","external_ids":[{"type":"user_id","id":" "},{"type":"user_id","id":"u2"}],"traits":{}}"#,
    ]
    .iter()
    .cycle()
    .take(50)
    .enumerate()
    .map(|(number, line)| line.replace("u1", &format!("u{number}")))
    .collect();
    let whole = Block { bytes: lines.join("\n").into(), first_line: 1, overlong: None, passed_over: 0 };
    for index in 0..3 {
        let share = Share::of(Partition { index, count: 3 }, "user_id");
        let taken =
            |text: &str| share.taken(Block { bytes: text.into(), ..whole.clone() }, |line| Cow::Owned(line.to_vec()));
        let expected: Vec<Vec<u8>> = lines.iter().map(|line| taken(line).bytes).collect();
        let found = taken(std::str::from_utf8(&whole.bytes).unwrap());
        assert_eq!(found.bytes, expected.join(&b'\n'));
        assert_eq!(found.passed_over, lines.iter().map(|line| taken(line).passed_over).sum::<u64>());
    }
    // The last of several counts, as for the mapping.
    let last = r#"{"segment_id":"x","external_ids":{"user_id":"u2"},"traits":{},"external_ids":{"user_id":"u1"}}"#;
    assert_eq!(part(last), same);
    let named = r#"{"segment_id":"x","external_ids":{"user_id":"u1"},"traits":{"external_ids":{"user_id":"u2"}}}"#;
    assert_eq!(part(named), same);
}
