"""How many a service in Python reads the message: dataclasses with the members that it
needs, times as datetime. It is an example of what that loses; see docs/fidelity.html."""
import base64
import json
import sys
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, List, Optional


def pick(cls, value):
    """What the dataclass has of an object; None stays None."""
    if value is None:
        return None
    return cls(**{f.name: value[f.name] for f in fields(cls) if f.name in value})


@dataclass
class Customer:
    number: Optional[str] = None
    name: Optional[str] = None


@dataclass
class Turn:
    role: Optional[str] = None
    message: Optional[str] = None
    time: Optional[float] = None
    secondsFromStart: Optional[float] = None


@dataclass
class Artifact:
    recordingUrl: Optional[str] = None
    transcript: Optional[str] = None
    messages: Optional[List[Any]] = None

    def __post_init__(self):
        if self.messages is not None:
            self.messages = [pick(Turn, turn) for turn in self.messages]


@dataclass
class Call:
    id: Optional[str] = None
    orgId: Optional[str] = None
    type: Optional[str] = None
    status: Optional[str] = None
    createdAt: Any = None
    updatedAt: Any = None
    cost: Optional[float] = None
    metadata: Optional[dict] = None
    customer: Any = None

    def __post_init__(self):
        for name in ("createdAt", "updatedAt"):
            if getattr(self, name) is not None:
                setattr(self, name, datetime.fromisoformat(getattr(self, name).replace("Z", "+00:00")))
        self.customer = pick(Customer, self.customer)


@dataclass
class PhoneNumber:
    id: Optional[str] = None
    number: Optional[str] = None


@dataclass
class Message:
    type: str
    status: str
    endedReason: Optional[str] = None
    timestamp: Optional[float] = None
    call: Any = None
    artifact: Any = None
    customer: Any = None
    phoneNumber: Any = None

    def __post_init__(self):
        self.call = pick(Call, self.call)
        self.artifact = pick(Artifact, self.artifact)
        self.customer = pick(Customer, self.customer)
        self.phoneNumber = pick(PhoneNumber, self.phoneNumber)


def without_none(value):
    if isinstance(value, dict):
        return {name: without_none(x) for name, x in value.items() if x is not None}
    return [without_none(x) for x in value] if isinstance(value, list) else value


def decode(body: bytes) -> Message:
    return pick(Message, json.loads(body)["message"])


def encode(message: Message) -> str:
    return json.dumps({"message": without_none(asdict(message))}, default=lambda t: t.isoformat().replace("+00:00", "Z"))


def answer(line: bytes) -> str:
    try:
        return "+" + base64.b64encode(encode(decode(base64.b64decode(line))).encode()).decode()
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        return "-" + " ".join(f"{type(error).__name__}: {error}".split())


for line in sys.stdin.buffer:
    print(answer(line), flush=True)
