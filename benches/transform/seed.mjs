// The mapping of `segmentio-initial-sync` as a Node stream: gzipped NDJSON in, gzipped batches out. For comparison only.
// Usage: node seed.mjs OUTPUT FILE..., with the package `moment` in the folder of OUTPUT, since the script parses dates with it.
import { createReadStream, createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { createGunzip, createGzip } from "node:zlib";

const [output, ...files] = process.argv.slice(2);
const moment = createRequire(resolve(output))("moment");
const gzip = createGzip();
gzip.pipe(createWriteStream(output));

function customer({ external_ids, traits }) {
    const id = external_ids?.find((item) => item.type === "user_id")?.id;
    if (!id) return undefined;
    const address = traits.address ?? traits;
    const first = traits.firstName ?? traits.first_name;
    const last = traits.lastName ?? traits.last_name;
    return {
        source_id: id,
        name: traits.name ?? ([first, last].filter(Boolean).join(" ") || null),
        description: traits.description ?? null,
        email: traits.email ?? null,
        phone: traits.phone ?? null,
        birthdate: moment(traits.birthdate, moment.ISO_8601, true).isValid() ? moment(traits.birthdate).format("YYYY-MM-DD") : null,
        address: {
            city: address.city ?? null,
            state: address.state ?? null,
            postal_code: address.postalCode ?? address.postal_code ?? null,
            line_1: address.street ?? address.line_1 ?? null,
            country: address.country ?? null,
        },
        metadata: traits.metadata ?? null,
        system_metadata: { source: "segmentio" },
    };
}

let batch = [];
async function flush() {
    if (batch.length && !gzip.write(JSON.stringify(batch) + "\n")) {
        await new Promise((resolve) => gzip.once("drain", resolve));
    }
    batch = [];
}
for (const file of files) {
    const lines = createInterface({ input: createReadStream(file).pipe(createGunzip()), crlfDelay: Infinity });
    for await (const line of lines) {
        const mapped = customer(JSON.parse(line));
        if (mapped) batch.push(mapped);
        if (batch.length === 100) await flush();
    }
}
await flush();
gzip.end();
