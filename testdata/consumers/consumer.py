#!/usr/bin/env python3
"""A service that receives Vapi's webhooks rightly. Python 3.8 or newer, nothing else.

    python3 consumer.py --port 8080 --auth secret:env:HOOK_SECRET

A POST to any path is a delivery, GET /calls/{id} tells what came of them, GET /healthz
answers 204. The URL is printed once it listens. Instead of the flags, the environment
may have PORT and HOOK_AUTH. Ways to authenticate: none, bearer:TOKEN, secret:TOKEN,
standard:whsec_..., hmac:SECRET, and behind a comma each the scheme's options, as
hmac:env:KEY,alg=sha512. With --until-stdin-closes it ends when its parent does.
"""

import argparse
import base64
import datetime
import hashlib
import hmac
import json
import os
import re
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MAX_BODY = 8 << 20
TOLERANCE = 300  # seconds


class Unsound(Exception):
    """The body is not a message; the text says why."""


SIGNATURE = {"prefix": "", "alg": "sha256", "encoding": "hex", "secret-base64": "false", "format": "", "timestamp": "true", "unit": "s"}
STANDARD = {"prefix": "v1,", "encoding": "base64", "secret-base64": "true", "format": "{svix-id}.{timestamp}.{body}"}
# The options of the schemes. A timestamp may be in either unit: its size tells.
SCHEMES = {
    "none": {},
    "bearer": {"header": "authorization", "prefix": "Bearer "},
    "secret": {"header": "x-vapi-secret", "prefix": ""},
    "hmac": {**SIGNATURE, "header": "x-signature", "timestamp-header": "x-timestamp", "id-header": "svix-id"},
    "standard": {**SIGNATURE, **STANDARD, "header": "webhook-signature", "timestamp-header": "webhook-timestamp", "id-header": "webhook-id"},
}


class Auth:
    def __init__(self, spec):
        """Raises ValueError, without what may be a part of the secret."""
        self.scheme, _, rest = spec.partition(":")
        if self.scheme not in SCHEMES:
            raise ValueError("unknown authentication")
        options = self.options = dict(SCHEMES[self.scheme])
        secret, *fields = rest.split(",")
        secret = os.environ.get(secret[4:], "") if secret.startswith("env:") else secret
        if self.scheme != "none" and not secret:
            raise ValueError("the authentication has no secret")
        for name, _, value in (field.partition("=") for field in fields):
            if name not in options:
                raise ValueError("unknown option of the authentication")
            options[name] = urllib.parse.unquote(value)
        if options.get("format") == "":
            options["format"] = "{timestamp}.{body}" if options["timestamp"] == "true" else "{body}"
        if options.get("alg", "sha256") not in ("sha1", "sha256", "sha512"):
            raise ValueError("unknown algorithm")
        self.key = secret.encode()
        if options.get("secret-base64") == "true":
            text = secret[6:] if secret.startswith("whsec_") else secret
            self.key = base64.b64decode(text + "=" * (-len(text) % 4))

    def genuine(self, request, body):
        """The body is that of the request, byte for byte: JSON written anew has another signature."""
        if self.scheme == "none":
            return True
        options, header = self.options, request.headers
        given, prefix = header.get(options["header"], ""), options["prefix"]
        if self.scheme in ("bearer", "secret"):
            word, token = given[: len(prefix)], given[len(prefix) :]
            return word.lower() == prefix.lower() and same(token, self.key.decode())
        stamp = header.get(options["timestamp-header"], "")
        parts = {
            "{body}": body,
            "{timestamp}": stamp.encode(),
            "{svix-id}": header.get(options["id-header"], "").encode(),
            "{method}": request.command.encode(),
            "{url}": ("http://" + header.get("host", "") + request.path).encode(),
        }
        mac = hmac.new(self.key, digestmod=options["alg"])
        for piece in re.split(r"(\{[a-z-]+\})", options["format"]):
            mac.update(parts.get(piece, piece.encode()))
        encoded = base64.b64encode(mac.digest()).decode() if options["encoding"] == "base64" else mac.hexdigest()
        # Standard Webhooks sends several signatures while a key is being replaced. A list: all are compared.
        signatures = given.split() if self.scheme == "standard" else [given]
        signed = any([same(one, prefix + encoded) for one in signatures])
        return signed and ("{timestamp}" not in options["format"] or fresh(stamp))


def same(given, want):
    return hmac.compare_digest(given.encode(), want.encode())


def fresh(stamp):
    """Some send seconds, some milliseconds."""
    if not re.fullmatch(r"[0-9]{1,15}", stamp):
        return False
    seconds = int(stamp) / 1000 if int(stamp) > 1e11 else int(stamp)
    return abs(time.time() - seconds) <= TOLERANCE


def refuse_constant(name):
    raise Unsound(name + " is no JSON")


def read(body):
    """What there is to know of a message, or None. Asks only for what nobody could do without."""
    # From bytes, json.loads would also read UTF-16 and skip a byte-order mark: decode first.
    envelope = json.loads(body.decode("utf-8"), parse_constant=refuse_constant)
    message = envelope.get("message") if isinstance(envelope, dict) else None
    if not isinstance(message, dict):
        raise Unsound("there is no message")
    kind, call, status = message.get("type"), message.get("call"), message.get("status")
    if not isinstance(kind, str):
        raise Unsound("the message has no type")
    if kind not in ("status-update", "end-of-call-report"):
        return None
    if not isinstance(call, (dict, type(None))):
        raise Unsound("the call is not an object")
    call_id = (call or {}).get("id")
    if not isinstance(call_id, (str, type(None))):
        raise Unsound("the call's id is not a string")
    if kind == "status-update" and not isinstance(status, str):
        raise Unsound("the message has no status")
    return {
        "call_id": call_id,
        # The truth is message.status: call.status is a snapshot. The report closes a call too.
        "status": status if kind == "status-update" else "ended",
        "at": instant(message.get("timestamp")),
        # No message has an id, so what it says must identify it.
        "identity": hashlib.sha256(json.dumps(message).encode()).digest(),
    }


def instant(value):
    """Milliseconds since 1970, or None. Until October 2024 it was ISO 8601."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    if isinstance(value, str):
        try:
            return datetime.datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp() * 1000
        except (ValueError, OverflowError, OSError):
            pass
    return None


# The order of statuses, where timestamps do not tell it.
PROGRESS = {"scheduled": 1, "deletion-failed": 2, "queued": 3, "ringing": 4, "in-progress": 5, "forwarding": 6}


def is_newer(update, call):
    """Messages overtake each other. The end is final."""
    if call["status"] == "ended":
        return False
    if update["status"] == "ended":
        return True
    if update["at"] != call["at"] and None not in (update["at"], call["at"]):
        return update["at"] > call["at"]
    new, old = PROGRESS.get(update["status"]), PROGRESS.get(call["status"])
    return None in (new, old) or new >= old


class Calls:
    def __init__(self):
        self.lock = threading.Lock()
        self.known = {}

    def apply(self, update):
        with self.lock:
            call = self.known.setdefault(update["call_id"], {"taken": set()})
            if update["identity"] in call["taken"]:
                return
            if not call["taken"] or is_newer(update, call):
                call["status"], call["at"] = update["status"], update["at"]
            call["taken"].add(update["identity"])

    def state(self, call_id):
        with self.lock:
            call = self.known.get(call_id)
            return call and {"status": call["status"], "deliveries": len(call["taken"])}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keep-alive
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body leave together
    timeout = 60  # seconds

    def do_POST(self):
        length = self.headers.get("content-length")
        if length is None:
            return self.refuse(411, "how long is the body?")
        if not re.fullmatch(r"[0-9]{1,18}", length):
            return self.refuse(400, "how long is the body?")
        if int(length) > MAX_BODY:
            return self.refuse(413, "the body is too large", unread=int(length))
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            self.close_connection = True
            return None
        if not self.server.auth.genuine(self, body):
            return self.answer(401)
        try:
            update = read(body)
        except Unsound as error:
            return self.answer(400, str(error).encode(), "text/plain")
        except (ValueError, RecursionError):
            return self.answer(400, b"the body is not JSON", "text/plain")
        if update and update["call_id"]:
            self.server.calls.apply(update)
        return self.answer(200)

    def do_GET(self):
        self.close_connection = self.close_connection or "content-length" in self.headers  # it will not be read
        path = self.path.partition("?")[0]
        if path == "/healthz":
            return self.answer(204)
        match = re.fullmatch(r"/calls/([^/]+)", path)
        if not match:
            return self.answer(405, allow="POST")
        state = self.server.calls.state(urllib.parse.unquote(match.group(1)))
        if not state:
            return self.answer(404)
        return self.answer(200, json.dumps(state).encode(), "application/json")

    def refuse(self, status, why, unread=0):
        """Answers a body that will not be read, and hangs up. If the sender is heard out first, it sees the answer."""
        self.close_connection = True
        unread = min(unread, 2 * MAX_BODY)
        while unread > 0:
            chunk = self.rfile.read(min(unread, 1 << 16))
            if not chunk:
                return
            unread -= len(chunk)
        self.answer(status, why.encode(), "text/plain", connection="close")

    def answer(self, status, body=b"", kind=None, **headers):
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        if kind:
            self.send_header("Content-Type", kind)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 128  # the default of 5 makes a burst wait

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)  # a sender that has gone is no error


def end_with_parent():
    sys.stdin.read()
    os._exit(0)


def main():
    flags = argparse.ArgumentParser(description="sample webhook service")
    flags.add_argument("--port", type=int, default=int(os.environ.get("PORT", "0")))
    flags.add_argument("--auth", default=os.environ.get("HOOK_AUTH", "none"))
    flags.add_argument("--until-stdin-closes", action="store_true")
    chosen = flags.parse_args()
    try:
        auth = Auth(chosen.auth)
    except ValueError as error:
        flags.error(str(error))
    server = Server(("127.0.0.1", chosen.port), Handler)
    server.auth, server.calls = auth, Calls()
    print("http://127.0.0.1:%d" % server.server_port, flush=True)
    if chosen.until_stdin_closes:
        threading.Thread(target=end_with_parent, daemon=True).start()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
