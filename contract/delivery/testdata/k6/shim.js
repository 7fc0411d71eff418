// What the exported script uses of k6, k6/data and k6/metrics.
export const sleep = () => {};
export class SharedArray {
  constructor(name, make) {
    // k6 keeps elements as JSON too: what does not survive it would be lost.
    return make().map((element) => JSON.parse(JSON.stringify(element)));
  }
}
class Metric { add() {} }
export { Metric as Counter, Metric as Rate, Metric as Trend };
