// createHMAC of k6/crypto: keys and data are strings, meaning their UTF-8, or ArrayBuffers. update returns nothing.
import { createHmac } from 'node:crypto';

const bytes = (data) => {
  if (typeof data === 'string') return Buffer.from(data, 'utf8');
  if (data instanceof ArrayBuffer) return Buffer.from(data);
  throw new TypeError(`k6 takes no ${typeof data} here`);
};

export default {
  createHMAC(algorithm, key) {
    const mac = createHmac(algorithm, bytes(key));
    return {
      update(data) { mac.update(bytes(data)); },
      digest(encoding) {
        if (encoding !== 'hex' && encoding !== 'base64') throw new TypeError(`invalid output encoding: ${encoding}`);
        return mac.digest(encoding);
      },
    };
  },
};
