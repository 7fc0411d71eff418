"""A decoder for ringproof fuzz --exec 'python3 decode.py': one base64 line in, one line
out. Put your own decoder in the place of decode and encode."""
import base64
import json
import math
import sys


def no_number(text):
    raise ValueError(text + " is no JSON")


def finite(text):
    # json.loads makes infinity of 1e400, and json.dumps writes it as what is no JSON.
    number = float(text)
    return number if math.isfinite(number) else no_number(text)


def decode(body: bytes):
    return json.loads(body.decode("utf-8"), parse_constant=no_number, parse_float=finite)


def encode(message) -> str:
    return json.dumps(message)


def answer(line: bytes) -> str:
    try:
        message = decode(base64.b64decode(line))
    except (ValueError, RecursionError) as error:
        return "-" + " ".join(str(error).split())
    return "+" + base64.b64encode(encode(message).encode()).decode()


for line in sys.stdin.buffer:
    print(answer(line), flush=True)
