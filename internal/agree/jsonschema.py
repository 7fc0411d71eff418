# Prints a line a case: 1 if jsonschema finds an error, else 0, for each profile.
import json
from jsonschema import Draft202012Validator

checks = [Draft202012Validator(json.load(open(p + ".json", encoding="utf-8"))) for p in ("live", "documented")]
for line in open("cases.jsonl", encoding="utf-8"):
    print("".join("0" if check.is_valid(json.loads(line)) else "1" for check in checks))
