// The vendor's JavaScript client against the sandbox: everything that somebody who migrates customers would call.
const assert = require('node:assert/strict');
const { VoucherifyServerSide } = require('@voucherify/sdk');

const connect = (applicationId, secretKey) =>
  VoucherifyServerSide({ apiUrl: process.env.VOUCHERIFY_API_URL, applicationId, secretKey });
const client = connect(process.env.VOUCHERIFY_APPLICATION_ID, process.env.VOUCHERIFY_SECRET_KEY);
const IDS = Array.from({ length: 25 }, (_, number) => `js-${String(number).padStart(2, '0')}`);

async function all(pages) {
  const ids = [];
  for await (const customer of pages) ids.push(customer.source_id);
  return ids;
}

async function refused(promise) {
  const error = await promise.then(() => assert.fail('it was not refused'), (error) => error);
  return [error.code, error.key, error.details];
}

async function until(get, ended) {
  for (;;) {
    const found = await get();
    if (ended(found.status)) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const action = (accepted) => until(() => client.asyncActions.get(accepted.async_action_id), (status) => status === 'DONE');

async function oneByOne() {
  for (const source_id of IDS) {
    const created = await client.customers.create({ source_id, name: 'New', metadata: { tier: 'silver' } });
    assert.match(created.id, /^cust_[0-9A-Za-z]{24}$/);
    assert.equal(created.updated_at, undefined);
  }
  assert.deepEqual(await all(client.customers.scroll({ limit: 7, order: 'created_at' })), IDS);
  assert.deepEqual(await all(client.customers.scroll({ limit: 7 })), [...IDS].reverse());
  const page = await client.customers.list({ limit: 3, page: 2, order: 'created_at' });
  assert.deepEqual([page.total, page.customers.map((one) => one.source_id)], [25, IDS.slice(3, 6)]);
  const none = await client.customers.list({ starting_after: new Date(0) });
  assert.deepEqual([none.customers.length, none.has_more], [0, false]);

  const updated = await client.customers.update({ source_id: IDS[0], phone: '+1 212 555 0100', metadata: { points: 7 } });
  assert.deepEqual([updated.name, updated.metadata], ['New', { tier: 'silver', points: 7 }]);
  assert.deepEqual(await client.customers.get(updated.id), await client.customers.get(IDS[0]));
  for (const source_id of ['a/b?c#d%e f+g', 'ü@example.com', '%2F', "it's"]) {
    await client.customers.create({ source_id });
    assert.equal((await client.customers.get(source_id)).source_id, source_id);
    await client.customers.delete(source_id);
    assert.deepEqual(await refused(client.customers.get(source_id)), [404, 'not_found', `Cannot find customer with id ${source_id}`]);
  }
  const wrong = client.customers.create({ source_id: 'x', birthdate: '1990-02-30' });
  assert.deepEqual((await refused(wrong)).slice(0, 2), [400, 'invalid_payload']);
}

async function inBulk() {
  const accepted = await client.customers.updateInBulk([{ source_id: IDS[1], name: null }, { source_id: 'js-new' }]);
  const done = await action(accepted);
  assert.deepEqual([done.type, done.result.done_count, done.result.failed_count], ['CUSTOMERS.BULK_UPDATE', 2, 0]);
  const days = (new Date(done.result.reports_available_till) - new Date(done.created_at)) / 86_400_000;
  assert.equal(days, 90);
  assert.equal((await client.customers.get(IDS[1])).name, null);
  await action(await client.customers.updateMetadataInBulk({ source_ids: [IDS[2]], metadata: { tier: 'gold' } }));
  assert.deepEqual((await client.customers.get(IDS[2])).metadata, { tier: 'gold' });
  const imported = await action(await client.customers.importCSV(process.env.PEOPLE_CSV));
  assert.deepEqual([imported.type, imported.result.done_count], ['CUSTOMERS.IMPORT_CSV', 1]);
  const list = await client.asyncActions.list({ limit: 2, end_date: new Date(Date.now() + 60_000).toISOString() });
  assert.deepEqual([list.async_actions.length, list.has_more], [2, true]);
  assert.deepEqual((await refused(client.asyncActions.get('aa_none'))).slice(0, 2), [404, 'not_found']);
}

async function exportsAndSchemas() {
  const { exports } = client.distributions;
  const parameters = { fields: ['source_id', 'created_at', 'metadata'], order: '-created_at' };
  const created = await exports.create({ exported_object: 'customer', parameters });
  assert.deepEqual([created.status, created.result], ['SCHEDULED', null]);
  const done = await until(() => exports.get(created.id), (status) => status === 'DONE');
  const keys = { 'X-App-Id': process.env.VOUCHERIFY_APPLICATION_ID, 'X-App-Token': process.env.VOUCHERIFY_SECRET_KEY };
  const rows = (await (await fetch(done.result.url, { headers: keys })).text()).trimEnd().split('\n');
  assert.deepEqual([rows[0], rows.length], ['Source ID,Creation Date,tier,points', 28]);
  assert.equal((await exports.list()).total, 1);
  await exports.delete(created.id);
  assert.deepEqual((await refused(exports.get(created.id))).slice(0, 2), [404, 'not_found']);
  const unknown = exports.create({ exported_object: 'customer', parameters: { fields: ['shoe_size'] } });
  assert.deepEqual((await refused(unknown)).slice(0, 2), [400, 'invalid_export_fields']);

  assert.deepEqual((await client.metadataSchemas.list()).schemas.map((schema) => schema.related_object), ['customer']);
  assert.deepEqual(Object.keys((await client.metadataSchemas.get('customer')).properties), ['tier', 'points']);
}

async function main() {
  await oneByOne();
  await inBulk();
  await exportsAndSchemas();
  const deleted = await client.customers.deletePermanently(IDS[3]);
  assert.deepEqual([deleted.status, deleted.related_object], ['DONE', 'customer']);
  assert.deepEqual((await refused(connect('no', 'keys').customers.list())).slice(0, 2), [401, 'unauthorized']);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
