"""The vendor's Python client against the sandbox: everything that somebody who migrates customers would call."""

import datetime
import os
import time
import urllib.request

import voucherify
from voucherify import models

IDS = [f"py-{number:02}" for number in range(25)]
KEYS = {"X-App-Id": os.environ["VOUCHERIFY_APPLICATION_ID"], "X-App-Token": os.environ["VOUCHERIFY_SECRET_KEY"]}


def connect(keys):
    return voucherify.ApiClient(voucherify.Configuration(host=os.environ["VOUCHERIFY_API_URL"], api_key=keys))


api = connect(KEYS)
customers = voucherify.CustomersApi(api)
actions = voucherify.AsyncActionsApi(api)
exports = voucherify.ExportsApi(api)
schemas = voucherify.MetadataSchemasApi(api)


def equal(actual, expected):
    assert actual == expected, f"{actual!r} is not {expected!r}"


def refused(kind, call, *arguments, **options):
    try:
        call(*arguments, **options)
    except kind as error:
        return error
    raise AssertionError("it was not refused")


def until(get, one, ended="DONE"):
    while (found := get(one)).status != ended:
        time.sleep(0.02)
    return found


def scroll(**options):
    """The client has no scrolling of its own: a page, then what comes after its last moment of creation."""
    seen, cursor = [], {}
    while True:
        page = customers.list_customers(limit=7, **options, **cursor)
        seen += [customer.source_id for customer in page.customers]
        assert len(seen) <= 1_000, "the scrolling has no end"
        if not page.has_more:
            return seen
        cursor = {"starting_after": page.customers[-1].created_at}


def one_by_one():
    for number, source_id in enumerate(IDS):
        body = models.CustomersCreateRequestBody(source_id=source_id, name="New", metadata={"big": 2**60 + number})
        created = customers.create_customer(body)
        equal((created.source_id, created.updated_at), (source_id, None))
    equal(scroll(order="created_at"), IDS)
    equal(scroll(), IDS[::-1])
    equal(customers.get_customer(IDS[3]).metadata, {"big": 2**60 + 3})
    long_ago = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
    for moment in (long_ago, long_ago.replace(tzinfo=None), long_ago.astimezone(datetime.timezone(datetime.timedelta(hours=2)))):
        equal(customers.list_customers(created_at_after=moment).total, 25)
        equal(customers.list_customers(updated_at_after=moment).total, 0)
        equal(customers.list_customers(starting_after=moment).customers, [])
    body = models.CustomersUpdateRequestBody(phone="+1 212 555 0100", birthdate=datetime.date(1990, 2, 28))
    updated = customers.update_customer(IDS[0], body)
    equal((updated.name, updated.birthdate), ("New", datetime.date(1990, 2, 28)))
    equal(customers.list_customers(updated_at_after=long_ago).total, 1)
    for source_id in ("a/b?c#d%e f+g", "ü@example.com", "%2F", "it's"):
        customers.create_customer(models.CustomersCreateRequestBody(source_id=source_id))
        equal(customers.get_customer(source_id).source_id, source_id)
        customers.delete_customer(source_id)
        equal(refused(voucherify.exceptions.NotFoundException, customers.get_customer, source_id).status, 404)


def in_bulk():
    bulk = [models.CustomersUpdateInBulkRequestBody(source_id=IDS[1], name="Changed"), models.CustomersUpdateInBulkRequestBody(source_id="py-new")]
    accepted = customers.update_customers_in_bulk(bulk)
    done = until(actions.get_async_action, accepted.async_action_id)
    equal((done.type, done.result["done_count"], done.result["errors"]), ("CUSTOMERS.BULK_UPDATE", 2, []))
    equal(customers.get_customer(IDS[1]).metadata, {"big": 2**60 + 1})
    body = models.CustomersMetadataUpdateInBulkRequestBody(source_ids=[IDS[2]], metadata={"tier": None})
    until(actions.get_async_action, customers.update_customers_metadata_in_bulk(body).async_action_id)
    equal(customers.get_customer(IDS[2]).metadata, {"big": 2**60 + 2, "tier": None})
    imported = customers.import_customers_using_csv(file=os.environ["PEOPLE_CSV"])
    equal(until(actions.get_async_action, imported.async_action_id).result["done_count"], 1)
    equal(len(actions.list_async_actions(limit=2).async_actions), 2)
    now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=1)
    equal(len(actions.list_async_actions(end_date=now).async_actions), 3)
    refused(voucherify.exceptions.NotFoundException, actions.get_async_action, "aa_none")


def exports_and_schemas():
    wanted = {"exported_object": "customer", "parameters": {"fields": ["source_id", "updated_at"], "order": "source_id"}}
    created = exports.create_export(models.ExportsCreateRequestBody.from_dict(wanted))
    equal((created.status, created.result), ("SCHEDULED", None))
    done = until(exports.get_export, created.id)
    request = urllib.request.Request(done.result.url, headers=KEYS)
    rows = urllib.request.urlopen(request).read().decode().splitlines()
    equal((rows[0], len(rows)), ("Source ID,Last Update Date", 28))
    equal(exports.list_exports().total, 1)
    exports.delete_export(created.id)
    refused(voucherify.exceptions.NotFoundException, exports.get_export, created.id)
    equal([schema.related_object for schema in schemas.list_metadata_schemas().schemas], ["customer"])
    equal(schemas.get_metadata_schema("customer").related_object, "customer")


one_by_one()
in_bulk()
exports_and_schemas()
equal(customers.customer_permanently_deletion(IDS[3]).status, "DONE")
stranger = voucherify.CustomersApi(connect({"X-App-Id": "no", "X-App-Token": "keys"}))
equal(refused(voucherify.exceptions.UnauthorizedException, stranger.list_customers).status, 401)
