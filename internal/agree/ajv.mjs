// Prints a line a case: 1 if Ajv finds an error, else 0, for each profile.
import { readFileSync } from "node:fs";
import Ajv2020 from "ajv/dist/2020.js";

const ajv = new Ajv2020.default({ strict: false, validateFormats: false });
const checks = ["live", "documented"].map((p) => ajv.compile(JSON.parse(readFileSync(`${p}.json`, "utf8"))));
for (const line of readFileSync("cases.jsonl", "utf8").split("\n")) {
  if (line) console.log(checks.map((check) => (check(JSON.parse(line)) ? "0" : "1")).join(""));
}
