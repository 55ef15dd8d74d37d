//! Customers one by one: created, updated, shown, listed, scrolled, deleted.

use std::{thread, time::Duration};

use reqwest::Method;
use segment_to_voucherify::sandbox::voucherify::{
    History,
    options::{CreatedAt, Unchanged, VoucherifyOptions},
};
use serde_json::{Value, json};

use super::{Answer, Caller, quick};

fn send(caller: &Caller, method: Method, path: &str, body: &Value) -> Answer {
    caller.send(caller.request(method, path).header("Content-Type", "application/json").body(body.to_string())).unwrap()
}

fn create(caller: &Caller, body: &Value) -> Answer {
    send(caller, Method::POST, "/v1/customers", body)
}

#[test]
fn customers_are_shown_listed_and_deleted() {
    let caller = Caller::new(quick());
    let customers: Vec<Value> = (0..25).map(|number| json!({"source_id": format!("{number:02}")})).collect();
    caller.finish(&json!(customers));
    let shown = caller.get("/v1/customers/07").body;
    let id = shown["id"].as_str().unwrap();
    assert!(id.strip_prefix("cust_").is_some_and(|letters| letters.len() == 24), "{id}");
    assert_eq!(
        (shown.get("address"), shown.get("metadata"), shown.get("updated_at")),
        (Some(&Value::Null), None, None)
    );
    assert_eq!(caller.get(&format!("/v1/customers/{id}")).body, shown, "either id will do");
    assert_eq!(shown["created_at"].as_str().unwrap().len(), "2020-03-11T09:00:00.000Z".len());

    let page = |query: &str| {
        let body = caller.get(&format!("/v1/customers?{query}")).body;
        let ids = body["customers"].as_array().unwrap().iter().map(|one| one["source_id"].as_str().unwrap().to_owned());
        (ids.collect::<Vec<_>>(), body["total"].as_u64().unwrap(), body["has_more"].as_bool().unwrap())
    };
    assert_eq!(page("").0.len(), 10);
    let third = page("order=source_id&page=3");
    assert_eq!(third, (["20", "21", "22", "23", "24"].map(str::to_owned).to_vec(), 25, false));
    assert_eq!(page("order=-source_id&limit=1"), (vec!["24".to_owned()], 25, true));
    assert_eq!(page("created_at[after]=2100-01-01"), (vec![], 0, false));
    assert_eq!(page("starting_after=2000-01-01T00:00:00Z&limit=100").0.len(), 0, "the cursor leads back in time");
    assert_eq!(page("starting_after=2000-01-01T00:00:00Z&limit=100&order=created_at").0.len(), 25);
    for wrong in ["limit=101", "limit=0", "page=100", "order=name", "starting_after=soon"] {
        assert_eq!(caller.get(&format!("/v1/customers?{wrong}")).status, 400, "{wrong}");
    }

    assert_eq!(caller.send(caller.request(Method::DELETE, "/v1/customers/07")).unwrap().status, 204);
    let missing = caller.get("/v1/customers/07");
    assert_eq!((missing.status, &missing.body["details"]), (404, &json!("Cannot find customer with id 07")));
}

#[test]
fn a_customer_is_created_and_updated_by_either_id() {
    let caller = Caller::new(quick());
    let created = create(&caller, &json!({"source_id": "a/b c", "name": "Ada", "metadata": {"one": 1}}));
    assert_eq!((created.status, &created.body["name"], created.body.get("updated_at")), (200, &json!("Ada"), None));
    let id = created.body["id"].as_str().unwrap().to_owned();

    let again = create(&caller, &json!({"source_id": "a/b c", "phone": "+1 212 555 0100"}));
    assert_eq!(
        (&again.body["id"], &again.body["name"]),
        (&json!(id), &json!("Ada")),
        "an upsert keeps what is not sent"
    );
    assert!(again.body["updated_at"].is_string());
    let by_id = create(&caller, &json!({"id": id, "source_id": "ignored", "email": "ada@example.com"}));
    assert_eq!((&by_id.body["id"], &by_id.body["source_id"]), (&json!(id), &json!("a/b c")), "the id wins");

    let updated =
        send(&caller, Method::PUT, "/v1/customers/a%2Fb%20c", &json!({"metadata": {"two": 2}, "phone": null}));
    assert_eq!(updated.body["metadata"], json!({"one": 1, "two": 2}));
    assert_eq!(updated.body.get("phone"), Some(&Value::Null));
    let renamed = send(&caller, Method::PUT, &format!("/v1/customers/{id}"), &json!({"source_id": "other"}));
    assert_eq!(renamed.body["source_id"], json!("a/b c"), "it is never changed");

    let nobody = create(&caller, &json!({"name": "Nobody"})).body;
    assert_eq!(nobody.get("source_id"), None);
    assert_ne!(
        create(&caller, &json!({"name": "Nobody"})).body["id"],
        nobody["id"],
        "without an id there is a new one each time"
    );
    let path = format!("/v1/customers/{}", nobody["id"].as_str().unwrap());
    assert_eq!(send(&caller, Method::PUT, &path, &json!({"source_id": "late"})).body["source_id"], json!("late"));
    assert_eq!(caller.get("/v1/customers/late").body["name"], json!("Nobody"));
}

#[test]
fn what_is_wrong_with_one_customer_is_said_in_the_vendors_shape() {
    let caller = Caller::new(quick());
    create(&caller, &json!({"source_id": "a"}));
    for (method, path, body, status, key) in [
        (Method::POST, "/v1/customers", "{", 400, Value::Null),
        (Method::POST, "/v1/customers", "[]", 400, json!("invalid_payload")),
        (Method::POST, "/v1/customers", r#"{"name":1}"#, 400, json!("invalid_payload")),
        (Method::POST, "/v1/customers", r#"{"birthdate":"soon"}"#, 400, json!("invalid_payload")),
        (Method::PUT, "/v1/customers/nobody", "{}", 404, json!("not_found")),
        (Method::PUT, "/v1/customers/a", r#"{"address":[]}"#, 400, json!("invalid_payload")),
        (Method::DELETE, "/v1/customers/nobody", "", 404, json!("not_found")),
        (Method::POST, "/v1/customers/nobody/permanent-deletion", "", 404, json!("not_found")),
        (Method::PATCH, "/v1/customers/a", "{}", 405, json!("method_not_allowed")),
        (Method::GET, "/v1/customers/%FF", "", 400, Value::Null),
        (Method::GET, "/v1/customers/a/segments", "", 404, json!("not_found")),
        (Method::GET, "/v1/vouchers", "", 404, json!("not_found")),
        (Method::GET, "/", "", 404, json!("not_found")),
    ] {
        let answer = caller.send(caller.request(method.clone(), path).body(body)).unwrap();
        assert_eq!((answer.status, &answer.body["key"]), (status, &key), "{method} {path} {body}: {}", answer.body);
        let code = answer.body.get("code").or_else(|| answer.body.get("statusCode"));
        assert_eq!(code, Some(&json!(status)), "{method} {path} {body}");
        assert!(answer.body["message"].is_string() && !answer.header("x-rate-limit-limit").is_empty(), "{path}");
    }
}

/// Pages as the vendor's clients ask for them: each begins after the last moment of creation that was seen.
fn scroll(caller: &Caller, order: &str, limit: usize) -> Vec<String> {
    let mut cursor = if order == "created_at" { "1970-01-01T00:00:00Z" } else { "2200-01-01T00:00:00Z" }.to_owned();
    let mut seen = Vec::new();
    for _ in 0..100 {
        let order = if order.is_empty() { String::new() } else { format!("&order={order}") };
        let page = caller.get(&format!("/v1/customers?limit={limit}&starting_after={cursor}{order}")).body;
        let customers = page["customers"].as_array().unwrap();
        seen.extend(customers.iter().map(|one| one["source_id"].as_str().unwrap().to_owned()));
        let Some(last) = customers.last() else { return seen };
        last["created_at"].as_str().unwrap().clone_into(&mut cursor);
        if page["has_more"] == json!(false) {
            return seen;
        }
    }
    panic!("the scrolling has no end: {seen:?}")
}

#[test]
fn whoever_scrolls_by_the_moment_that_is_shown_comes_to_an_end() {
    let caller = Caller::new(VoucherifyOptions { created_at: CreatedAt::Distinct, ..quick() });
    let ids: Vec<String> = (0..25).map(|number| format!("{number:02}")).collect();
    caller.finish(&ids.iter().map(|id| json!({"source_id": id})).collect());
    let latest_first: Vec<String> = ids.iter().rev().cloned().collect();
    for limit in [1, 7, 25, 100] {
        assert_eq!(scroll(&caller, "created_at", limit), ids, "{limit}");
        assert_eq!(scroll(&caller, "", limit), latest_first, "{limit}");
        assert_eq!(scroll(&caller, "-created_at", limit), latest_first, "{limit}");
    }
    // Customers that share a moment are passed over at the edge of a page, and the scrolling ends all the same.
    let shared = Caller::new(quick());
    shared.finish(&ids.iter().map(|id| json!({"source_id": id})).collect());
    let seen = scroll(&shared, "created_at", 7);
    assert!(seen.len() <= 25 && seen.starts_with(&ids[..7]), "{seen:?}");
}

#[test]
fn nothing_is_updated_until_it_is_changed() {
    let caller = Caller::new(quick());
    create(&caller, &json!({"source_id": "a"}));
    create(&caller, &json!({"source_id": "b"}));
    thread::sleep(Duration::from_millis(5));
    create(&caller, &json!({"source_id": "b", "name": "B"}));
    let listed = |query: &str| {
        let page = caller.get(&format!("/v1/customers?{query}")).body;
        let ids = page["customers"].as_array().unwrap().iter().map(|one| one["source_id"].as_str().unwrap().to_owned());
        ids.collect::<Vec<_>>()
    };
    let before = caller.get("/v1/customers/b").body["created_at"].as_str().unwrap().to_owned();
    let in_python = before.replace('Z', "000%2B0000");
    assert_eq!(listed(&format!("updated_at[after]={before}")), ["b"], "a was created, not updated");
    assert_eq!(listed(&format!("updated_at%5Bafter%5D={in_python}")), ["b"], "the vendor's Python client writes it so");
    assert_eq!(listed("order=updated_at"), ["a", "b"]);
    assert_eq!(listed("order=-updated_at"), ["b", "a"]);
    assert_eq!(listed("order=updated_at&starting_after=2000-01-01"), ["b"]);
}

#[test]
fn what_is_stored_already_may_be_called_as_it_was() {
    for (unchanged, row) in [(Unchanged::Updated, "a,true,true"), (Unchanged::AsItWas, "a,true,false")] {
        let caller = Caller::new(VoucherifyOptions { unchanged, ..quick() });
        let customers = json!([{"source_id": "a", "name": "Ada", "metadata": {"n": 1}}]);
        caller.finish(&customers);
        let result = caller.finish(&customers)["result"].clone();
        assert_eq!((&result["done_count"], &result["failed_count"]), (&json!(1), &json!(0)), "{unchanged:?}");
        let report = caller.send(caller.client.get(result["reports"][0].as_str().unwrap())).unwrap().body;
        assert_eq!(report, json!(format!("source_id,found,updated\n{row}\n")));
        assert_eq!(caller.get("/v1/customers/a").body["updated_at"].is_null(), unchanged == Unchanged::AsItWas);
    }
}

#[test]
fn customers_who_bought_something_show_it_and_have_changed() {
    let options = VoucherifyOptions {
        with_order: vec!["a".into()],
        with_redemption: vec!["a".into()],
        with_points: vec!["b".into()],
        ..quick()
    };
    let caller = Caller::new(options);
    caller.finish(&json!([{"source_id": "a"}, {"source_id": "b"}, {"source_id": "c"}]));
    let told = |id: &str| {
        let shown = caller.get(&format!("/v1/customers/{id}")).body;
        let (summary, points) = (&shown["summary"], &shown["loyalty"]["points"]);
        json!([summary["orders"]["total_count"], summary["redemptions"]["total_redeemed"], points])
    };
    assert_eq!([told("a"), told("b"), told("c")], [json!([1, 1, 0]), json!([0, 0, 1]), json!([0, 0, 0])]);
    assert_eq!(caller.get("/v1/customers/a").body["summary"]["orders"]["total_amount"], json!(1_000));
    assert_eq!(caller.get("/v1/customers/a").body.get("updated_at"), None);

    caller.sandbox.project().live("c", History { orders: 2, redemptions: 0, points: 7 });
    assert_eq!(told("c"), json!([2, 0, 7]));
    assert!(caller.get("/v1/customers/c").body["updated_at"].is_string());
    let url = format!("{}/sandbox/customers/b", caller.sandbox.voucherify_url());
    let answer = caller.send(caller.client.put(&url).body(r#"{"orders": 3}"#)).unwrap();
    assert_eq!((answer.status, told("b")), (200, json!([3, 0, 0])));
    assert_eq!(caller.send(caller.client.put(url).body(r#"{"order": 3}"#)).unwrap().status, 400);
}

#[test]
fn a_permanent_deletion_says_what_went_with_the_customer() {
    let caller = Caller::new(VoucherifyOptions { with_order: vec!["a".into()], ..quick() });
    let id = create(&caller, &json!({"source_id": "a"})).body["id"].clone();
    let deleted = send(&caller, Method::POST, "/v1/customers/a/permanent-deletion", &Value::Null);
    assert_eq!((deleted.status, &deleted.body["related_object_id"]), (200, &id));
    assert_eq!((&deleted.body["status"], &deleted.body["object"]), (&json!("DONE"), &json!("pernament_deletion")));
    assert_eq!((&deleted.body["data_json"]["orders"], &deleted.body["data_json"]["customer"]), (&json!(1), &json!(1)));
    assert_eq!(caller.get("/v1/customers/a").status, 404);
    assert_ne!(create(&caller, &json!({"source_id": "a"})).body["id"], id, "the source_id may be used again");
}
