# Written by ringproof send --export jsonl. README.md beside this file says how to run it.
import base64, hashlib, hmac, json, os, re, time, urllib.error, urllib.request

target, auth, headers = os.environ.get("RINGPROOF_TARGET", {{.TargetJSON}}), json.loads(r"""{{.AuthJSON}}"""), json.loads(r"""{{.HeadersJSON}}""")
secret, opener = os.environ.get("RINGPROOF_SECRET", ""), urllib.request.build_opener(urllib.request.ProxyHandler({}))

def credentials(body, number):
    if not auth:
        return {}
    sign = auth.get("sign")
    if not sign:
        return {auth["header"]: auth["prefix"] + secret}
    key = secret[len(sign["secret_prefix"]):] if secret.startswith(sign["secret_prefix"]) else secret
    key = base64.b64decode(key + "=" * (-len(key) % 4)) if sign["secret_base64"] else key.encode()
    stamp, ident = str(int(time.time() * (1000 if sign["unit"] == "ms" else 1))), "msg_%d" % number
    values = {"{body}": body, "{timestamp}": stamp.encode(), "{method}": b"POST", "{url}": target.encode(), "{svix-id}": ident.encode()}
    signed = b"".join(values.get(part, part.encode()) for part in re.split(r"(\{[A-Za-z_-]+\})", sign["format"]))
    mac = hmac.new(key, signed, sign["alg"])
    sum_ = base64.b64encode(mac.digest()).decode() if sign["encoding"] == "base64" else mac.hexdigest()
    extra = {sign["id_header"]: ident, sign["timestamp_header"]: stamp}
    return {auth["header"]: auth["prefix"] + sum_, **{name: value for name, value in extra.items() if name}}

start, failed, sent = time.monotonic(), 0, 0
for line in open("bodies.jsonl", encoding="utf-8"):
    row = json.loads(line)
    body = base64.b64decode(row["body_base64"]) if "body_base64" in row else row["body"].encode()
    time.sleep(max(0, row["at_ms"] / 1000 - (time.monotonic() - start)))
    sent += 1
    try:
        opener.open(urllib.request.Request(target, body, {**headers, **credentials(body, sent)}, method="POST"), timeout=20).close()
    except (urllib.error.URLError, OSError) as error:
        failed += 1
        print(row["name"], error)
print(sent, "sent,", failed, "not acknowledged")
raise SystemExit(1 if failed else 0)
