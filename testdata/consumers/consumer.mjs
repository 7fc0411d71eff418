#!/usr/bin/env node
// A service that receives Vapi's webhooks rightly. Node 18.3 or newer, nothing else.
//
//   node consumer.mjs --port 8080 --auth secret:env:HOOK_SECRET
//
// A POST to any path is a delivery, GET /calls/{id} tells what came of them, GET
// /healthz answers 204. The URL is printed once it listens. Instead of the flags, the
// environment may have PORT and HOOK_AUTH. Ways to authenticate: none, bearer:TOKEN,
// secret:TOKEN, standard:whsec_..., hmac:SECRET, and behind a comma each the scheme's
// options, as hmac:env:KEY,alg=sha512. With --until-stdin-closes it ends when its
// parent does.

import { createServer } from "node:http";
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { parseArgs } from "node:util";

const { values: flags } = parseArgs({
  options: { port: { type: "string" }, auth: { type: "string" }, "until-stdin-closes": { type: "boolean" } },
});
const maxBody = 8 << 20;
const tolerance = 300; // seconds
const auth = parseAuth(flags.auth ?? process.env.HOOK_AUTH ?? "none");
const calls = new Map();

// The options of the schemes. A timestamp may be in either unit: its size tells.
function presets() {
  const signature = { prefix: "", alg: "sha256", encoding: "hex", "secret-base64": "false", format: "", timestamp: "true", unit: "s" };
  const standard = { prefix: "v1,", encoding: "base64", "secret-base64": "true", format: "{svix-id}.{timestamp}.{body}" };
  return {
    none: {},
    bearer: { header: "authorization", prefix: "Bearer " },
    secret: { header: "x-vapi-secret", prefix: "" },
    hmac: { ...signature, header: "x-signature", "timestamp-header": "x-timestamp", "id-header": "svix-id" },
    standard: { ...signature, ...standard, header: "webhook-signature", "timestamp-header": "webhook-timestamp", "id-header": "webhook-id" },
  };
}

function parseAuth(spec) {
  const [, scheme, secret, rest] = /^([a-z]+):?([^,]*),?(.*)$/s.exec(spec) ?? [];
  const known = Object.hasOwn(presets(), scheme ?? "") ? presets()[scheme] : undefined;
  if (!known) return unusable("unknown authentication");
  const parsed = { scheme, secret: secret.startsWith("env:") ? process.env[secret.slice(4)] : secret, ...known };
  if (scheme !== "none" && !parsed.secret) return unusable("the authentication has no secret");
  for (const field of rest ? rest.split(",") : []) {
    const equals = field.indexOf("=");
    if (!Object.hasOwn(known, field.slice(0, equals))) return unusable("unknown option of the authentication");
    parsed[field.slice(0, equals)] = decodeURIComponent(field.slice(equals + 1));
  }
  parsed.format ||= parsed.timestamp === "true" ? "{timestamp}.{body}" : "{body}";
  parsed.key = parsed["secret-base64"] === "true" ? Buffer.from(parsed.secret.replace(/^whsec_/, ""), "base64") : parsed.secret;
  if (parsed.alg && !["sha1", "sha256", "sha512"].includes(parsed.alg)) return unusable("unknown algorithm");
  return parsed;
}

// What is wrong may be a part of the secret, so it is not repeated.
function unusable(why) {
  console.error(`consumer: ${why}`);
  process.exit(2);
}

// Digests are of one length, which timingSafeEqual asks for.
function same(given, want) {
  const digest = (s) => createHash("sha256").update(s).digest();
  return timingSafeEqual(digest(given), digest(want));
}

// Some send seconds, some milliseconds.
function fresh(stamp) {
  if (!/^\d{1,15}$/.test(stamp)) return false;
  const seconds = Number(stamp) > 1e11 ? Number(stamp) / 1000 : Number(stamp);
  return Math.abs(Date.now() / 1000 - seconds) <= tolerance;
}

// The body is that of the request, byte for byte: JSON written anew has another signature.
function genuine(req, body) {
  const header = (name) => req.headers[name.toLowerCase()] ?? "";
  const given = auth.scheme === "none" ? "" : header(auth.header);
  switch (auth.scheme) {
    case "none":
      return true;
    case "bearer":
    case "secret": {
      const word = given.slice(0, auth.prefix.length); // in any case
      return word.toLowerCase() === auth.prefix.toLowerCase() && same(given.slice(word.length), auth.secret);
    }
    default: {
      const timestamp = header(auth["timestamp-header"]);
      const parts = { "{body}": body, "{timestamp}": timestamp, "{svix-id}": header(auth["id-header"]), "{method}": req.method, "{url}": `http://${req.headers.host}${req.url}` };
      const mac = createHmac(auth.alg, auth.key);
      for (const piece of auth.format.split(/(\{[a-z-]+\})/)) mac.update(parts[piece] ?? piece);
      const want = auth.prefix + mac.digest(auth.encoding);
      // Standard Webhooks sends several signatures while a key is being replaced.
      const signatures = auth.scheme === "standard" ? given.split(" ") : [given];
      const signed = signatures.filter((one) => same(one, want)).length > 0;
      return signed && (!auth.format.includes("{timestamp}") || fresh(timestamp));
    }
  }
}

const isObject = (v) => typeof v === "object" && v !== null && !Array.isArray(v);
const absent = (v) => v === undefined || v === null;

class Unsound extends Error {}

// read asks only for what nobody could do without, and throws if it is not there.
function read(body) {
  // A byte-order mark is no JSON: TextDecoder must not take it away.
  const { message } = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body)) ?? {};
  if (!isObject(message)) throw new Unsound("there is no message");
  if (typeof message.type !== "string") throw new Unsound("the message has no type");
  const { type, call } = message;
  if (type !== "status-update" && type !== "end-of-call-report") return undefined;
  if (!absent(call) && !isObject(call)) throw new Unsound("the call is not an object");
  if (!absent(call?.id) && typeof call.id !== "string") throw new Unsound("the call's id is not a string");
  if (type === "status-update" && typeof message.status !== "string") throw new Unsound("the message has no status");
  return {
    callId: call?.id,
    // The truth is message.status: call.status is a snapshot. The report closes a call too.
    status: type === "status-update" ? message.status : "ended",
    at: instant(message.timestamp),
    // No message has an id, so what it says must identify it.
    identity: createHash("sha256").update(JSON.stringify(message)).digest("base64"),
  };
}

// instant is in milliseconds since 1970, NaN if not known. Until October 2024 it was ISO 8601.
function instant(timestamp) {
  if (typeof timestamp === "number") return timestamp;
  return typeof timestamp === "string" ? Date.parse(timestamp) : NaN;
}

// The order of statuses, where timestamps do not tell it.
const progress = { scheduled: 1, "deletion-failed": 2, queued: 3, ringing: 4, "in-progress": 5, forwarding: 6 };

// Messages overtake each other. The end is final.
function isNewer(update, call) {
  if (call.status === "ended") return false;
  if (update.status === "ended") return true;
  if (update.at !== call.at && !Number.isNaN(update.at) && !Number.isNaN(call.at)) return update.at > call.at;
  const [is, was] = [update, call].map(({ status }) => (Object.hasOwn(progress, status) ? progress[status] : NaN));
  return !(is < was);
}

function apply(update) {
  if (!update?.callId) return;
  const call = calls.get(update.callId);
  if (!call) {
    calls.set(update.callId, { status: update.status, at: update.at, taken: new Set([update.identity]) });
    return;
  }
  if (call.taken.has(update.identity)) return;
  if (isNewer(update, call)) [call.status, call.at] = [update.status, update.at];
  call.taken.add(update.identity);
}

function receive(req, res) {
  const chunks = [];
  let size = 0;
  // A sender that is heard out sees the answer, so a body that is too large is read, to a point.
  const refuse = () => res.headersSent || res.writeHead(413, { connection: "close" }).end();
  req.on("data", (chunk) => {
    size += chunk.length;
    if (size <= maxBody) chunks.push(chunk);
    if (size > 2 * maxBody) refuse();
  });
  req.on("end", () => {
    if (size > maxBody) return refuse();
    const body = Buffer.concat(chunks);
    if (!genuine(req, body)) return res.writeHead(401).end();
    let update;
    try {
      update = read(body);
    } catch (error) {
      // Whatever the parser throws, the body is what is wrong; a parser's text may quote it.
      return res.writeHead(400).end(error instanceof Unsound ? error.message : "the body is not JSON");
    }
    apply(update);
    res.writeHead(200).end();
  });
}

function observe(id, res) {
  let call;
  try {
    call = calls.get(decodeURIComponent(id));
  } catch {} // no id has such an escape
  if (!call) return res.writeHead(404).end();
  res.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ status: call.status, deliveries: call.taken.size }));
}

const server = createServer((req, res) => {
  req.on("error", () => {}); // the sender has gone
  const path = req.url.split("?")[0];
  const id = /^\/calls\/([^/]+)$/.exec(path)?.[1];
  if (req.method === "POST") receive(req, res);
  else if (req.method === "GET" && id) observe(id, res);
  else if (req.method === "GET" && path === "/healthz") res.writeHead(204).end();
  else res.writeHead(405, { allow: "POST" }).end();
});
server.keepAliveTimeout = 60_000; // ms; the default of 5 s cuts off senders that pause
server.on("error", (error) => {
  console.error(`consumer: ${error.message}`);
  process.exit(1);
});
server.listen(Number(flags.port ?? process.env.PORT ?? 0), "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(0));
if (flags["until-stdin-closes"]) process.stdin.resume().on("end", () => process.exit(0));
