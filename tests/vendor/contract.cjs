// Puts the parts of the vendor's OpenAPI together, for a proxy that holds calls and answers against it:
//     node contract.cjs FOLDER FILE
const fs = require('node:fs');
const path = require('node:path');

const [folder, file] = process.argv.slice(2);
const parts = ['customers', 'exports', 'async-actions', 'metadata-schemas'].map((name) =>
  JSON.parse(fs.readFileSync(path.join(folder, `voucherify-${name}.json`), 'utf8')),
);
const [contract] = parts;
for (const part of parts.slice(1)) {
  Object.assign(contract.paths, part.paths);
  for (const [kind, items] of Object.entries(part.components)) {
    contract.components[kind] = { ...items, ...contract.components[kind] };
  }
}

// Where it contradicts its own samples it cannot be held against anything:
// the answer with schemas has them under `schemas`,
contract.components.schemas.MetadataSchemasListResponseBody.required = ['object', 'data_ref', 'schemas', 'total'];
// whoever asks for an export by the API is no user,
for (const name of ['ExportBase', 'ExportScheduledBase']) {
  contract.components.schemas[name].properties.user_id.nullable = true;
}
// the file of an export has the same path as the export, on another host,
delete contract.paths['/v1/exports/{export_Id}'];
// a date whose example has a time is one with a time,
// and of several forms more than one fits: every date is a string, too, and results are not told apart by their members.
(function mend(value) {
  if (!value || typeof value !== 'object') return;
  if (value.format === 'date' && String(value.example).includes('T')) value.format = 'date-time';
  if (Array.isArray(value.oneOf)) {
    value.anyOf = value.oneOf;
    delete value.oneOf;
  }
  Object.values(value).forEach(mend);
})(contract);

fs.writeFileSync(file, JSON.stringify(contract));
