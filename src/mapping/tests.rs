//! Every case under `fixtures/mapping`: a profile, the customer expected of it, and the findings.

use std::{fs, path::Path};

use serde_json::{Value, json};

use super::*;

fn mapper(identifier: &str) -> Mapper {
    let options = MappingOptions { identifier: identifier.into(), ..MappingOptions::default() };
    Mapper::new(&Definition::preset(Preset::InitialSync).unwrap(), options).unwrap()
}

/// The mapping that a case names, or the default one.
fn mapper_of(case: &Value) -> Mapper {
    let definition = match case["mapping"].as_str() {
        Some(text) => Definition::parse(text, "case").unwrap(),
        None => Definition::preset(Preset::InitialSync).unwrap(),
    };
    let identifier_choice = match case["identifier_choice"].as_str() {
        Some("newest") => IdentifierChoice::Newest,
        Some("oldest") => IdentifierChoice::Oldest,
        _ => IdentifierChoice::First,
    };
    let identifier = case["identifier"].as_str().unwrap_or("user_id").to_owned();
    Mapper::new(&definition, MappingOptions { identifier, identifier_choice, ..MappingOptions::default() }).unwrap()
}

#[test]
fn every_case_maps_as_its_folder_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/mapping");
    let mut cases = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let case: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        // A line that no parser of JSON would give back as it is stands there as text.
        let line = case["line"].as_str().map_or_else(|| case["profile"].to_string(), str::to_owned);
        let (mut customer, mut findings) = (Vec::new(), Vec::new());
        let mut workspace = Workspace::default();
        let mapped = mapper_of(&case).map(line.as_bytes(), |_| &[], &mut workspace, &mut customer, &mut findings);
        let skipped_by = mapped.skipped_by;
        let customer: Value = serde_json::from_slice(&customer).unwrap_or_default();
        let findings: Vec<Value> =
            findings.iter().map(|finding| json!([finding.reason.as_str(), &finding.field])).collect();
        assert_eq!(customer.to_string(), case["customer"].to_string(), "{}", path.display());
        assert_eq!(Value::from(findings), case["findings"], "{}", path.display());
        assert_eq!(skipped_by.map(|rule| rule as u64), case["skipped_by"].as_u64(), "{}", path.display());
        cases += 1;
    }
    assert!(cases >= 60, "only {cases} cases");
}

#[test]
fn a_line_that_is_no_profile_is_a_finding() {
    let deep = "[".repeat(100_000);
    let lines: [&[u8]; 8] =
        [b"", b"{", b"[]", b"{}", b"{\"segment_id\":\"a\"} x", b"\xff", b"{\"segment_id\":7}", deep.as_bytes()];
    for line in lines {
        let (mut customer, mut findings) = (Vec::new(), Vec::new());
        assert!(mapper("user_id").map(line, |_| &[], &mut Workspace::default(), &mut customer, &mut findings).rejected);
        assert!(customer.is_empty());
        assert_eq!(findings[0].reason, Reason::MalformedLine);
    }
}

/// Customer and findings of a line.
fn mapped<'a>(mapper: &Mapper, line: &'a str, workspace: &mut Workspace<'a>) -> (String, String) {
    let (mut customer, mut findings) = (Vec::new(), Vec::new());
    mapper.map(line.as_bytes(), |_| &[], workspace, &mut customer, &mut findings);
    (String::from_utf8(customer).unwrap(), format!("{findings:?}"))
}

#[test]
fn half_a_character_in_a_member_of_an_id_is_told_of_nothing_else() {
    let ids = r#"{"no\ud83dte":1,"type":"user_id","id":"u"}"#;
    for line in [
        format!(r#"{{"segment_id":"s","external_ids":[{ids}],"traits":{{"email":"a@b.c"}}}}"#),
        r#"{"segment_id":"s","external_ids":{"x\ud83d":"y","user_id":"u"},"traits":{"email":"a@b.c"}}"#.to_owned(),
    ] {
        let customer = r#"{"source_id":"u","email":"a@b.c","system_metadata":{"source":"segmentio"}}"#;
        let expected = (customer.to_owned(), "[]".to_owned());
        assert_eq!(mapped(&mapper("user_id"), &line, &mut Workspace::default()), expected);
    }
}

#[test]
fn a_key_with_half_a_character_is_told_where_it_counts() {
    let line = |first: &str, last: &str| {
        let traits = format!(r#""metadata":{first},"no\ud83d":1,"metadata":{last}"#);
        format!(r#"{{"segment_id":"s","external_ids":{{"user_id":"u"}},"traits":{{{traits}}}}}"#)
    };
    let told = |line: &str| {
        let (mut customer, mut findings) = (Vec::new(), Vec::new());
        mapper("user_id").map(line.as_bytes(), |_| &[], &mut Workspace::default(), &mut customer, &mut findings);
        let told = |finding: &Finding<'_>| format!("{} {} {}", finding.reason.as_str(), finding.field, finding.value);
        findings.iter().map(told).collect::<Vec<_>>()
    };
    let again = "repeated_key  metadata";
    let trait_of_its_own = "half_character  no\u{fffd}";
    // Of two objects the last one is copied.
    assert_eq!(told(&line(r#"{"k\ud83d":1}"#, r#"{"tier":1}"#)), [trait_of_its_own, again]);
    let half = "half_character metadata.k\u{fffd} k\u{fffd}";
    let both = ["key_characters metadata.k\u{fffd} ", trait_of_its_own, half, again];
    assert_eq!(told(&line(r#"{"tier":1}"#, r#"{"k\ud83d":1}"#)), both);
}

/// An object of some members, each with its blanks.
fn object(members: &[(&str, &str, &str)]) -> String {
    let members: Vec<String> = members.iter().map(|(key, value, blanks)| format!("{blanks}{key}:{value}")).collect();
    format!("{{{}}}", members.join(","))
}

fn members(
    keys: &'static [&'static str],
    values: &'static [&'static str],
) -> impl proptest::strategy::Strategy<Value = Vec<(&'static str, &'static str, &'static str)>> {
    use proptest::{collection::vec, sample::select};
    // Blanks are rare.
    vec((select(keys), select(values), select(&["", "", "", "", "", "", " "][..])), 0..6)
}

proptest::proptest! {
    #[test]
    fn whatever_is_learnt_of_ids_every_line_is_mapped_alike(
        lines in proptest::collection::vec(
            proptest::collection::vec(
                members(
                    &[r#""source_id""#, r#""collection""#, r#""id""#, r#""type""#, r#""created_at""#, r#""encoding""#, r#""\u0069d""#],
                    &[r#""s1""#, r#""users""#, r#""user_id""#, r#""user_id""#, "1", "12", "null", r#"[{"id":"x"}]"#, r#""a\"b""#],
                ),
                0..4,
            ),
            0..12,
        ),
    ) {
        let line = |ids: &Vec<Vec<_>>| {
            let ids: Vec<String> = ids.iter().map(|members| object(members)).collect();
            format!(r#"{{"segment_id":"s","external_ids":[{}],"traits":{{}}}}"#, ids.join(","))
        };
        let lines: Vec<String> = lines.iter().map(line).collect();
        let (mapper, mut learnt) = (mapper("user_id"), Workspace::default());
        for line in &lines {
            let alone = mapped(&mapper, line, &mut Workspace::default());
            proptest::prop_assert_eq!(mapped(&mapper, line, &mut learnt), alone, "{}", line);
        }
    }

    #[test]
    fn metadata_as_it_stands_is_what_its_members_make(
        members in members(
            &[r#""tier""#, r#""points""#, r#""tags""#, r#""a b""#, r#""__proto__""#, r#""t\u0069er""#, r#""""#],
            &["1", "-0.50e3", "12345678901234567890", "[[1.5],1e999]", "null", "true", r#""x""#, r#""""#, r#""\"q\"""#, r#"{"b":[ 1 ]}"#, r#"[{"__proto__":2}]"#, r#""\ud83d""#],
        ),
    ) {
        let metadata = object(&members);
        let line = format!(
            r#"{{"segment_id":"s","external_ids":{{"user_id":"u"}},"traits":{{"metadata":{metadata},"email":"a@b.c"}}}}"#
        );
        // Where something may be left out, every member is looked at.
        let text = format!("{}\nexclude = [\"none-of-them\"]", "[customer]\nsource_id = [\"/external_ids/user_id\"]\n[metadata]\nobject = \"/traits/metadata\"");
        let definition = |text: &str| Definition::parse(text, "test").unwrap();
        let each = Mapper::new(&definition(&text), MappingOptions::default()).unwrap();
        let whole = text.replace("\nexclude = [\"none-of-them\"]", "");
        let whole = Mapper::new(&definition(&whole), MappingOptions::default()).unwrap();
        let expected = mapped(&each, &line, &mut Workspace::default());
        proptest::prop_assert_eq!(mapped(&whole, &line, &mut Workspace::default()), expected, "{}", metadata);
    }
}
