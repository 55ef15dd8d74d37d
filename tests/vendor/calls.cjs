// Every call that the sandbox answers, through the proxy: it replaces each answer that is not as the vendor describes it.
const assert = require('node:assert/strict');

const headers = {
  'X-App-Id': process.env.VOUCHERIFY_APPLICATION_ID,
  'X-App-Token': process.env.VOUCHERIFY_SECRET_KEY,
  'Content-Type': 'application/json',
};

async function call(status, method, path, body) {
  const answer = await fetch(process.env.PROXY_URL + path, { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  assert.ok(!text.includes('stoplight.io/prism/errors'), `${method} ${path}: ${text}`);
  assert.equal(answer.status, status, `${method} ${path}: ${text}`);
  return text && JSON.parse(text);
}

async function ended(path) {
  for (;;) {
    const found = await call(200, 'GET', path);
    if (found.status === 'DONE') return found;
  }
}

async function main() {
  const whole = {
    source_id: 'a', name: 'Ada', email: 'ada@example.com', phone: '+1 212 555 0100', birthdate: '1990-02-28',
    description: 'x', address: { city: 'Bath', line_1: '1 High Street' }, metadata: { tier: 'gold', points: 7 },
  };
  const { id } = await call(200, 'POST', '/v1/customers', whole);
  await call(200, 'PUT', '/v1/customers/a', { name: 'Ada L', address: null });
  await call(200, 'GET', `/v1/customers/${id}`);
  await call(200, 'POST', '/v1/customers', { name: 'nobody in particular' });
  await call(404, 'GET', '/v1/customers/none');
  await call(404, 'PUT', '/v1/customers/none', {});
  await call(404, 'DELETE', '/v1/customers/none');
  for (const query of ['', '?order=updated_at', '?limit=1&page=2', '?starting_after=2200-01-01T00:00:00Z', '?email=x']) {
    await call(200, 'GET', `/v1/customers${query}`);
  }

  const bulk = await call(202, 'POST', '/v1/customers/bulk/async', [whole, { source_id: 'b' }, { source_id: 'refused' }]);
  const done = await ended(`/v1/async-actions/${bulk.async_action_id}`);
  assert.deepEqual([done.result.done_count, done.result.errors[0].source_id], [2, 'refused']);
  const metadata = { source_ids: ['a', 'c'], metadata: { tier: null } };
  const many = await call(202, 'POST', '/v1/customers/metadata/async', metadata);
  await ended(`/v1/async-actions/${many.async_action_id}`);
  await call(200, 'GET', '/v1/async-actions?limit=1&end_date=2200-01-01T00:00:00Z');
  await call(404, 'GET', '/v1/async-actions/aa_none');

  const conditions = { conditions: { $after: ['2020-01-01T00:00:00.000Z'] } };
  const filters = { junction: 'or', created_at: conditions, updated_at: conditions };
  const parameters = { order: '-created_at', fields: ['source_id', 'created_at', 'metadata'], filters };
  const created = await call(200, 'POST', '/v1/exports', { exported_object: 'customer', parameters });
  await ended(`/v1/exports/${created.id}`);
  await call(200, 'GET', '/v1/exports?limit=5&page=1&order=-created_at');
  await call(204, 'DELETE', `/v1/exports/${created.id}`);
  await call(404, 'GET', `/v1/exports/${created.id}`);

  await call(200, 'GET', '/v1/metadata-schemas');
  await call(200, 'GET', '/v1/metadata-schemas/customer');
  await call(404, 'GET', '/v1/metadata-schemas/none');
  await call(200, 'POST', '/v1/customers/b/permanent-deletion');
  await call(204, 'DELETE', '/v1/customers/a');
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
