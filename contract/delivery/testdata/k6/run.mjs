// Runs an exported script as k6 would, once an iteration, in as many instances as SHIM_INSTANCES says.
// SHIM_LOAD_ONLY stops before the first iteration; SHIM_VECTORS is a folder of signing vectors: the script signs them
// instead, and their headers are printed.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import exec from 'k6/execution';

const env = process.env;
globalThis.__ENV = env;
globalThis.__VU = Number(env.SHIM_VU ?? 1);
globalThis.open = (name) => readFileSync(name, 'utf8');

const script = await import(pathToFileURL(process.argv[2]));
if (env.SHIM_VECTORS) {
  for (const file of readdirSync(env.SHIM_VECTORS).filter((f) => f.endsWith('.json'))) {
    const vector = JSON.parse(readFileSync(join(env.SHIM_VECTORS, file), 'utf8'));
    const { method, url, id, timestamp: at, plan, secret } = vector;
    const headers = script.authHeaders(plan, { method, url, id, at, body: script.bytesOf(vector) }, secret);
    console.log(JSON.stringify({ name: vector.name, headers }));
  }
  process.exit(0);
}
if (env.SHIM_LOAD_ONLY) process.exit(0);
const { deliver } = script.options.scenarios;
const seconds = parseFloat(deliver.duration) / 1000;
const iterations = deliver.iterations ?? Math.floor(seconds * deliver.rate / parseFloat(deliver.timeUnit)) + 1;
const instances = Number(env.SHIM_INSTANCES ?? 1);
for (let instance = 0; instance < instances; instance++) {
  for (let i = instance; i < iterations; i += instances) {
    Object.assign(exec.scenario, { instance, iterationInTest: i, startTime: Date.now() });
    script.default();
  }
}
