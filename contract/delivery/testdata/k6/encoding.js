// b64decode of k6/encoding: an ArrayBuffer. Padding must be there for std, and must not for rawstd.
export default {
  b64decode(text, variant = 'std') {
    const padded = variant === 'std' ? text : text + '='.repeat((4 - (text.length % 4)) % 4);
    const bytes = Buffer.from(padded, 'base64');
    if (bytes.toString('base64') !== padded || (variant === 'rawstd' && text.endsWith('='))) {
      throw new TypeError('illegal base64 data');
    }
    return new Uint8Array(bytes).buffer;
  },
};
