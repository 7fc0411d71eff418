// Makes documents for ten seconds with the default options, a seed each.
import { readFileSync } from "node:fs";
import { generateSync } from "json-schema-faker";

const schema = JSON.parse(readFileSync("message.json", "utf8"));
const start = process.hrtime.bigint();
const elapsed = () => Number(process.hrtime.bigint() - start) / 1e9;
let documents = 0, bytes = 0;
const sample = [];
for (let seed = 1; elapsed() < 10; seed++) {
  const text = JSON.stringify(generateSync(schema, { seed }));
  documents++;
  bytes += Buffer.byteLength(text);
  if (sample.length < 50) sample.push(text);
}
const seconds = elapsed();
console.log(`{"documents":${documents},"bytes":${bytes},"seconds":${seconds},"sample":[${sample.join(",")}]}`);
