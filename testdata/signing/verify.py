"""Verifies every vector in this folder as a consumer would. Standard library only.

    python3 verify.py [FOLDER]
"""
import base64, hashlib, hmac, json, pathlib, re, sys


def verify(plan, secret, method, url, headers, body):
    """Whether a request is authentic. body is the raw bytes, headers have lower-case names."""
    sign, got = plan.get("sign"), headers.get(plan["header"].lower(), "")
    if not sign:
        return hmac.compare_digest(got.encode(), (plan["prefix"] + secret).encode())
    key = secret.removeprefix(sign["secret_prefix"]).encode()
    values = {"{body}": body, "{method}": method.encode(), "{url}": url.encode(),
              "{timestamp}": headers.get(sign["timestamp_header"].lower(), "").encode(),
              "{svix-id}": headers.get(sign["id_header"].lower(), "").encode()}
    parts = re.split(r"(\{[A-Za-z_-]+\})", sign["format"])
    content = b"".join(values.get(part, part.encode()) for part in parts)
    digest = hmac.new(base64.b64decode(key) if sign["secret_base64"] else key, content, sign["alg"]).digest()
    want = digest.hex() if sign["encoding"] == "hex" else base64.b64encode(digest).decode()
    return hmac.compare_digest(got.encode(), (plan["prefix"] + want).encode())


def faults(vector):
    """What is wrong with a vector: that it fails, or that a changed request passes."""
    body = base64.b64decode(vector["body_base64"]) if "body_base64" in vector else vector["body"].encode()
    headers = {h["name"].lower(): h["value"] for h in vector["headers"]}
    plan, request = vector["plan"], (vector["method"], vector["url"])
    if not verify(plan, vector["secret"], *request, headers, body):
        yield "is not verified"
    if verify(plan, "AAAA" + vector["secret"].removeprefix("whsec_"), *request, headers, body):
        yield "is verified with another secret"
    if verify(plan, vector["secret"], *request, {}, body):
        yield "is verified without headers"
    sign = plan.get("sign")
    if not sign:
        return  # a token does not cover the body
    if verify(plan, vector["secret"], *request, headers, body + b" "):
        yield "is verified with a changed body"
    seconds = vector["timestamp"] if sign["unit"] == "ms" else vector["timestamp"] // 1000
    if sign["timestamp_header"] and headers[sign["timestamp_header"].lower()] != str(seconds):
        yield "has another time in its header"


folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent
files = sorted(folder.glob("*.json"))
wrong = [f"{f.name} {fault}" for f in files for fault in faults(json.loads(f.read_text("utf-8")))]
print("\n".join(wrong + [f"{len(files)} vectors, {len(wrong)} faults"]))
sys.exit(1 if wrong or not files else 0)
