// Written by ringproof send --export k6. README.md beside this file says how to run it.
//
// Each line of bodies.jsonl is sent exactly once, at its own time, however many
// instances share the run: k6 numbers the iterations of a test across all of them.
// The secret comes from RINGPROOF_SECRET and is nowhere in these files.
import { sleep } from 'k6';
import crypto from 'k6/crypto';
import { SharedArray } from 'k6/data';
import encoding from 'k6/encoding';
import exec from 'k6/execution';
import http from 'k6/http';
import { Counter, Rate, Trend } from 'k6/metrics';

const plan = '@PLAN@';

const target = __ENV.RINGPROOF_TARGET || plan.target;
const secret = __ENV.RINGPROOF_SECRET || '';
const vus = Number(__ENV.RINGPROOF_VUS) || plan.vus;
const secondsToAnswer = Number(__ENV.RINGPROOF_TIMEOUT) || 20; // the provider's default

// __VU is 0 while k6 archives or inspects the script, which needs no secret.
if (plan.auth && !secret && __VU > 0) {
  throw new Error('RINGPROOF_SECRET is not set: it is the secret of ' + plan.auth_help);
}

const bodies = new SharedArray('bodies', () =>
  open('./bodies.jsonl').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line)));

const sent = new Counter('ringproof_sent');
const acknowledged = new Rate('ringproof_acknowledged');
const lateness = new Trend('ringproof_lateness', true); // sending after the intended time
const answered = new Trend('ringproof_latency', true); // answer after the intended time

http.setResponseCallback(http.expectedStatuses({ min: 200, max: 299 }));

export const options = {
  scenarios: { deliver: plan.rate > 0 ? atRate() : atTimes() },
  thresholds: { ringproof_acknowledged: ['rate==1'], dropped_iterations: ['count==0'] },
  discardResponseBodies: true,
  summaryTrendStats: ['min', 'med', 'p(90)', 'p(99)', 'max'],
};

// atRate starts requests at a constant rate, whatever the answers take. A start that
// finds no free VU is dropped by k6, not the body: the spare starts at the end make up
// for it, and the run fails for not having held the rate.
function atRate() {
  const spare = Math.max(1, (1 + 0.1 * bodies.length) / plan.rate);
  return {
    executor: 'constant-arrival-rate',
    rate: plan.starts,
    timeUnit: plan.per_seconds + 's',
    duration: Math.ceil(1000 * (bodies.length / plan.rate + spare)) + 'ms',
    gracefulStop: secondsToAnswer + 5 + 's',
    preAllocatedVUs: vus,
    maxVUs: vus,
  };
}

// atTimes starts each request at its own time, if a VU is free; else as soon as one is.
function atTimes() {
  const share = Math.max(1, Math.min(vus, bodies.length));
  const worst = plan.last_ms / 1000 + secondsToAnswer * Math.ceil(bodies.length / share);
  return {
    executor: 'shared-iterations',
    vus: share,
    iterations: bodies.length,
    maxDuration: Math.ceil(worst + 60) + 's',
    gracefulStop: secondsToAnswer + 5 + 's',
  };
}

export default function () {
  const i = exec.scenario.iterationInTest;
  if (i >= bodies.length) return; // a spare start
  const start = exec.scenario.startTime;
  const due = start + bodies[i].at_ms;
  if (!(plan.rate > 0) && due > Date.now()) sleep((due - Date.now()) / 1000);

  const body = bytesOf(bodies[i]);
  const at = Date.now();
  const request = { method: 'POST', url: target, body, at, id: `msg_${start}_${i}` };
  const headers = Object.assign({}, plan.headers, authHeaders(plan.auth, request, secret));
  const response = http.request('POST', target, body || null, { // '' would be sent as an empty chunk
    headers, redirects: 0, timeout: secondsToAnswer + 's', tags: { name: 'delivery' },
  });

  sent.add(1);
  acknowledged.add(response.status >= 200 && response.status <= 299);
  if (plan.rate > 0 || plan.last_ms > 0) {
    lateness.add(Math.max(0, at - due));
    answered.add(Math.max(0, Date.now() - due));
  }
}

// bytesOf returns a body as it is to be sent: text, which k6 sends as UTF-8, or bytes.
export function bytesOf(line) {
  return line.body_base64 === undefined ? line.body : encoding.b64decode(line.body_base64);
}

// authHeaders returns the headers that prove who sent a request: an object.
export function authHeaders(auth, request, secret) {
  if (!auth) return {};
  if (!auth.sign) return { [auth.header]: auth.prefix + secret };
  const sign = auth.sign;
  const stamp = String(sign.unit === 'ms' ? request.at : Math.floor(request.at / 1000));
  const values = new Map([
    ['{body}', request.body], ['{timestamp}', stamp], ['{method}', request.method],
    ['{url}', request.url], ['{svix-id}', request.id],
  ]);
  const mac = crypto.createHMAC(sign.alg, keyOf(sign, secret));
  for (const part of sign.format.split(/(\{[A-Za-z_-]+\})/)) {
    mac.update(values.has(part) ? values.get(part) : part);
  }
  const headers = {};
  if (sign.id_header) headers[sign.id_header] = request.id;
  if (sign.timestamp_header) headers[sign.timestamp_header] = stamp;
  headers[auth.header] = auth.prefix + mac.digest(sign.encoding);
  return headers;
}

function keyOf(sign, secret) {
  const text = secret.startsWith(sign.secret_prefix) ? secret.slice(sign.secret_prefix.length) : secret;
  return sign.secret_base64 ? encoding.b64decode(text.replace(/=+$/, ''), 'rawstd') : text;
}
