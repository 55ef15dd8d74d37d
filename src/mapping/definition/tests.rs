//! Both presets are mapping files, and every mistake in one is told with line and key.

use super::*;

#[test]
fn both_presets_are_mapping_files() {
    for preset in Preset::ALL {
        let definition = Definition::preset(*preset).unwrap();
        let identifier = Path(vec!["external_ids".into(), "{identifier}".into()]);
        assert_eq!(definition.fields[0].1, [Source::Path(identifier)]);
    }
    assert_eq!([Preset::InitialSync.as_str(), Preset::SegmentActions.as_str()], ["initial-sync", "segment-actions"]);
}

#[test]
fn errors_name_the_line_and_the_key() {
    let source = "[customer]\nsource_id = \"/external_ids/user_id\"\n";
    for (rest, expected) in [
        (
            "nmae = \"/traits/name\"",
            "line 3, `customer.nmae`: unknown field `nmae`, expected one of `source_id`, `name`",
        ),
        ("name = \"traits/name\"", "line 3, `customer.name`: `traits/name` is no path"),
        ("name = \"/trait/name\"", "line 3, `customer.name`: `/trait/name` leads nowhere"),
        ("name = 7", "line 3, `customer.name`: invalid type: integer `7`, expected a path such as"),
        ("name = { joined = [] }", "line 3, `customer.name.joined`: unknown field `joined`, expected one of `path`"),
        ("name = { join = \"/traits/a\" }", "line 3, `customer.name.join`: invalid type: string"),
        ("name = {}", "line 3, `customer.name`: a source that is a table needs"),
        (
            "name = { path = \"/traits/a\", date = \"%d/%m/%y\" }",
            "line 3, `customer.name.date`: `%d/%m/%y` does not say the cen",
        ),
        (
            "name = { path = \"/traits/a\", date = \"%d/%m\" }",
            "line 3, `customer.name.date`: `%d/%m` does not say year",
        ),
        (
            "name = { path = \"/traits/a\", epoch = \"h\" }",
            "line 3, `customer.name.epoch`: unknown variant `h`, expected one of",
        ),
        ("name = { path = \"/traits/a\", default = \"x\" }", "line 3, `customer.name`: `default` goes with `map`"),
        (
            "name = { path = \"/traits/a\", case = \"lower\", phone = \"PL\" }",
            "line 3, `customer.name`: only one of `date`",
        ),
        (
            "phone = { path = \"/traits/a\", phone = \"Poland\" }",
            "line 3, `customer.phone.phone`: `Poland` is no country",
        ),
        ("name = { case = \"lower\" }", "line 3, `customer.name`: a source that is a table needs"),
        ("name = { template = \"{/traits/a\" }", "line 3, `customer.name.template`: `{/traits/a` has a brace without"),
        ("name = { template = \"Ada\" }", "line 3, `customer.name.template`: `Ada` has no path in it"),
        ("name = { template = \"{traits/a}\" }", "line 3, `customer.name.template`: `traits/a` is no path"),
        (
            "name = { constant = \"a\", template = \"{/traits/a}\" }",
            "line 3, `customer.name`: a source has only one of",
        ),
        (
            "[metadata.types]\npoints = \"int\"",
            "line 4, `metadata.types.points`: unknown variant `int`, expected one of",
        ),
        ("[metadata]\nkeys = \"snake\"", "line 4, `metadata.keys`: unknown variant `snake`, expected `any` or `safe`"),
        (
            "[metadata]\nflatten = \"yes\"",
            "line 4, `metadata.flatten`: invalid type: string \"yes\", expected a boolean",
        ),
        ("[metadata.fields]\na = \"b\"", "line 4, `metadata.fields.a`: `b` is no path"),
        ("[[skip]]\npath = \"/traits/a\"", "line 3, `skip[0]`: a `[[skip]]` needs one of `equals`, `in`"),
        ("[[skip]]\npath = \"/traits/a\"\nis = 1", "line 5, `skip[0].is`: unknown field `is`"),
        ("[[skip]]\npath = \"/traits/a\"\nequals = 1\nexists = true", "line 3, `skip[0]`: a `[[skip]]` has only one"),
        ("[[skip]]\npath = \"/traits/a\"\nmatches = \"a[\"", "line 5, `skip[0].matches`: `a[` is no pattern"),
        ("name = [\n  \"/traits/a\",\n  \"b\",\n]", "line 5, `customer.name[1]`: `b` is no path"),
        ("[customer.address]\ntown = \"/traits/x\"", "line 4, `customer.address.town`: unknown field `town`"),
        ("[metadata]\ninclude = [\"a[\"]", "line 4, `metadata.include[0]`: `a[` is no pattern"),
        ("[metadata]\ninclude = \"a\"", "line 4, `metadata.include`: invalid type: string \"a\", expected a sequence"),
        ("[metadata]\nrenames = {}", "line 4, `metadata.renames`: unknown field `renames`"),
        ("[metadata]\nobject = \"/external_ids\"", "line 4, `metadata.object`: `/external_ids` names no type"),
        ("[system_metadata]\nsource = 1", "line 4, `system_metadata.source`: invalid type: integer `1`"),
        (
            "[system_metadata]\nsource = \"x\"\n__proto__ = \"y\"",
            "line 5, `system_metadata.__proto__`: servers refuse keys of this name",
        ),
        (
            "name = \"/traits/a~b\"",
            "line 3, `customer.name`: `/traits/a~b` is no path: in a JSON Pointer `~` is written",
        ),
        ("name = \"/traits/a~\"", "line 3, `customer.name`: `/traits/a~` is no path"),
        ("[meta]", "line 3, `meta`: unknown field `meta`, expected one of `customer`, `metadata`"),
        ("name = [\"/traits/name\"", "line 3:"),
    ] {
        let error = Definition::parse(&format!("{source}{rest}\n"), "m.toml").unwrap_err();
        assert!(error.message.starts_with(&format!("`m.toml` {expected}")), "{rest}\n{}", error.message);
    }
    assert!(Definition::parse("", "m.toml").unwrap_err().message.contains("`customer.source_id` is missing"));
}
