// What others do to two customers between an upload and the look at it.
const assert = require('node:assert/strict');

const headers = {
  'X-App-Id': process.env.VOUCHERIFY_APPLICATION_ID,
  'X-App-Token': process.env.VOUCHERIFY_SECRET_KEY,
  'Content-Type': 'application/json',
};

async function call(status, method, id, body) {
  const url = `${process.env.VOUCHERIFY_API_URL}/v1/customers/${id}`;
  const answer = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
  assert.equal(answer.status, status);
}

async function main() {
  await call(200, 'PUT', 'ours-7', { name: 'Somebody else' });
  await call(204, 'DELETE', 'ours-8');
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
