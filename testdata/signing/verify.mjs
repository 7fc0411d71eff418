// Verifies every vector in this folder as a consumer would. Nothing but Node.
//
//     node verify.mjs [FOLDER]
import { createHmac, timingSafeEqual } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

// verify says whether a request is authentic. body is a Buffer of the raw bytes, headers have lower-case names.
function verify(plan, secret, method, url, headers, body) {
  const { sign, header, prefix } = plan;
  const got = Buffer.from(headers[header.toLowerCase()] ?? '');
  const equal = (want) => got.length === Buffer.byteLength(want) && timingSafeEqual(got, Buffer.from(want));
  if (!sign) return equal(prefix + secret);
  const text = secret.startsWith(sign.secret_prefix) ? secret.slice(sign.secret_prefix.length) : secret;
  const values = new Map([['{body}', body], ['{method}', method], ['{url}', url],
    ['{timestamp}', headers[sign.timestamp_header.toLowerCase()] ?? ''],
    ['{svix-id}', headers[sign.id_header.toLowerCase()] ?? '']]);
  const mac = createHmac(sign.alg, Buffer.from(text, sign.secret_base64 ? 'base64' : 'utf8'));
  for (const part of sign.format.split(/(\{[A-Za-z_-]+\})/)) mac.update(values.get(part) ?? part);
  return equal(prefix + mac.digest(sign.encoding));
}

// faults is what is wrong with a vector: that it fails, or that a changed request passes.
function faults(vector) {
  const { plan, secret, method, url } = vector;
  const body = vector.body_base64 === undefined ? Buffer.from(vector.body) : Buffer.from(vector.body_base64, 'base64');
  const headers = Object.fromEntries(vector.headers.map((h) => [h.name.toLowerCase(), h.value]));
  const found = [];
  if (!verify(plan, secret, method, url, headers, body)) found.push('is not verified');
  const other = `AAAA${secret.replace(/^whsec_/, '')}`;
  if (verify(plan, other, method, url, headers, body)) found.push('is verified with another secret');
  if (verify(plan, secret, method, url, {}, body)) found.push('is verified without headers');
  if (!plan.sign) return found; // a token does not cover the body
  if (verify(plan, secret, method, url, headers, Buffer.concat([body, Buffer.from(' ')]))) {
    found.push('is verified with a changed body');
  }
  const time = plan.sign.unit === 'ms' ? vector.timestamp : Math.floor(vector.timestamp / 1000);
  const stamp = plan.sign.timestamp_header.toLowerCase();
  if (stamp && headers[stamp] !== String(time)) found.push('has another time in its header');
  return found;
}

const folder = process.argv[2] ?? fileURLToPath(new URL('.', import.meta.url));
const files = readdirSync(folder).filter((f) => f.endsWith('.json')).sort();
const wrong = files.flatMap((f) => faults(JSON.parse(readFileSync(join(folder, f), 'utf8'))).map((w) => `${f} ${w}`));
for (const line of wrong) console.log(line);
console.log(`${files.length} vectors, ${wrong.length} faults`);
process.exit(wrong.length > 0 || files.length === 0 ? 1 : 0);
