// A decoder for ringproof fuzz --exec 'node decode.mjs': one base64 line in, one line
// out. Put your own decoder in the place of decode and encode.
import { createInterface } from 'node:readline';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @param {Uint8Array} body the bytes of the request */
const decode = (body) => JSON.parse(utf8.decode(body));
const encode = (message) => JSON.stringify(message);

function answer(line) {
  let message;
  try {
    message = decode(Buffer.from(line, 'base64'));
  } catch (error) {
    return '-' + String(error.message).replace(/[\r\n]+/g, ' ');
  }
  return '+' + Buffer.from(encode(message)).toString('base64');
}

createInterface({ input: process.stdin }).on('line', (line) => process.stdout.write(answer(line) + '\n'));
