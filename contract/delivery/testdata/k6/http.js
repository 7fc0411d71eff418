// k6/http that prints requests as JSON and answers 200.
import exec from 'k6/execution';

export default {
  expectedStatuses: (range) => range,
  setResponseCallback() {},
  request(method, url, body, params) {
    const i = exec.scenario.iterationInTest;
    if (body === '') throw new TypeError('k6 sends an empty string as an empty chunk, not as an empty body');
    const bytes = typeof body === 'string' ? Buffer.from(body, 'utf8') : Buffer.from(body ?? '');
    console.log(JSON.stringify({
      instance: exec.scenario.instance, iteration: i, method, url, body: bytes.toString('base64'),
      headers: params.headers,
    }));
    return { status: 200 };
  },
};
