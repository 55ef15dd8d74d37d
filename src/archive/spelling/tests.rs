use super::*;

fn read(line: &str, texts: TextsAre) -> String {
    let block = Block { bytes: line.into(), first_line: 1, overlong: None, passed_over: 0 };
    let has_texts = has_texts(&block);
    String::from_utf8(canonical(block, texts, has_texts).bytes).unwrap()
}

#[test]
fn every_spelling_becomes_that_of_an_archive() {
    let usual = r#"{"segment_id":"use_1","external_ids":[{"id":"a","type":"user_id"}],"traits":{"email":"a@b.c"}}"#;
    for line in [
        r#"{"canonical_segment_id":"use_1","external_ids":[{"id":"a","type":"user_id"}],"traits":{"email":"a@b.c"}}"#,
        r#"{"SEGMENT_ID":"use_1","EXTERNAL_IDS":[{"ID":"a","TYPE":"user_id"}],"TRAITS":{"email":"a@b.c"}}"#,
        r#"{"segment_id":"use_1","external_ids":[{"value":"a","type":"user_id"}],"traits":{"email":"a@b.c"}}"#,
        r#"{"segment_id":"use_1","external_ids":[{"ID":"a","TYPE":"user_id"}],"traits":{"email":"a@b.c"}}"#,
        r#"{"segment_id":"use_1","external_ids": [ {"VALUE":"a","TYPE":"user_id"}],"traits":{"email":"a@b.c"}}"#,
        r#"{"segment_id":"use_1","External_Ids":[{"Id":"a","Type":"user_id"}],"traits":{"email":"a@b.c"}}"#,
        r#"{"segment_id":"use_1","external_ids":{"user_id":["a"]},"traits":{"email":"a@b.c"}}"#,
        r#"{"segment_id":"use_1","external_ids":"[{\"id\":\"a\",\"type\":\"user_id\"}]","traits":"{\"email\":\"a@b.c\"}"}"#,
        r#"{"segment_id":"use_1","external_ids":[{"id":"a","type":"user_id"}],"traits":[{"name":"email","value":"a@b.c"}]}"#,
        r#"{"segment_id":"use_1","external_ids":[{"id":"a","type":"user_id"}],"trait_texts":{"email":"\"a@b.c\""}}"#,
        r#"{"segment_id":"use_1","external_ids":[{"id":"a","type":"user_id"}],"trait_texts":"{\"email\":\"a@b.c\"}"}"#,
        r#"{"segment_id":"use_1","external_ids":[{"id":"a","type":"user_id"}],"trait_texts":[{"name":"email","value":"a@b.c"}]}"#,
        r#"{"segment_id":"use_1","external_ids":[{"id":"a","type":"user_id"}],"trait_texts":[{"value":"\"a@b.c\"","key":"email"}]}"#,
        r#"{"segment_id":"use_1","external_ids":[{"id":"a","type":"user_id"}],"traits":null,"trait_texts":{"email":"a@b.c"}}"#,
        r#"{"segment_id":"use_1","external_ids":[{"id":"a","type":"user_id"}],"traits":{"email":"a@b.c"},"trait_texts":null}"#,
        usual,
    ] {
        assert_eq!(read(line, TextsAre::Json), usual, "{line}");
    }
}

#[test]
fn lines_stay_line_for_line_and_what_is_no_object_stays_as_it_is() {
    let lines = "\n{\"traits\":7}\n{broken\n{\"segment_id\":\"a\",\"traits\":\"none\"}\n{\"segment_id\":\"b\",\"x\":[1,2],\"traits\":\"{\\n}\"}\n7";
    let told = "\n{\"traits\":7}\n{broken\n{\"segment_id\":\"a\",\"traits\":\"none\"}\n{\"segment_id\":\"b\",\"traits\":{},\"x\":[1,2]}\n7";
    assert_eq!(read(lines, TextsAre::Json), told);
}

#[test]
fn texts_that_are_neither_an_object_nor_pairs_are_not_lost() {
    for (line, told) in [
        (r#"{"segment_id":"a","trait_texts":7}"#, r#"{"segment_id":"a","traits":7}"#),
        (r#"{"segment_id":"a","trait_texts":["x"]}"#, r#"{"segment_id":"a","traits":["x"]}"#),
        (r#"{"segment_id":"a","trait_texts":"{broken"}"#, r#"{"segment_id":"a","traits":"{broken"}"#),
        (
            r#"{"segment_id":"a","traits":{"b":1},"trait_texts":7}"#,
            r#"{"segment_id":"a","traits":{"b":1,"trait_texts":7}}"#,
        ),
        (
            r#"{"segment_id":"a","traits":7,"trait_texts":{"b":"1"}}"#,
            r#"{"segment_id":"a","traits":{"traits":7,"b":1}}"#,
        ),
        (
            r#"{"segment_id":"a","traits":7,"trait_texts":8}"#,
            r#"{"segment_id":"a","traits":{"traits":7,"trait_texts":8}}"#,
        ),
        (r#"{"trait_texts":{"b":"1"},"x":2}"#, r#"{"trait_texts":{"b":"1"},"x":2}"#),
    ] {
        assert_eq!(read(line, TextsAre::Json), told, "{line}");
    }
}

#[test]
fn texts_stand_for_values_and_null_is_no_trait() {
    let line = r#"{"segment_id":"a","trait_texts":{"n":"null","age":"42","s":"12 Main Street","o":"{\n\"k\": 1}","z":null,"b":true}}"#;
    let json = r#"{"segment_id":"a","traits":{"age":42,"s":"12 Main Street","o":{ "k": 1},"b":true}}"#;
    assert_eq!(read(line, TextsAre::Json), json);
    let plain = r#"{"segment_id":"a","traits":{"n":"null","age":"42","s":"12 Main Street","o":{ "k": 1},"b":true}}"#;
    assert_eq!(read(line, TextsAre::Plain), plain);
    let mut evidence = TextEvidence::default();
    see(line.as_bytes(), &mut evidence);
    assert_eq!((evidence.quoted, evidence.bare), (0, 1));
}

#[test]
fn several_ids_of_a_type_keep_their_order() {
    let line = r#"{"segment_id":"a","external_ids":{"user_id":["u2","u1"],"email":"e"},"traits":{}}"#;
    let told = concat!(
        r#"{"segment_id":"a","external_ids":[{"id":"u2","type":"user_id"},{"id":"u1","type":"user_id"},"#,
        r#"{"id":"e","type":"email"}],"traits":{}}"#
    );
    assert_eq!(read(line, TextsAre::Json), told);
}
