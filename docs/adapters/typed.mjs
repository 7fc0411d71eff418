// How many a service in TypeScript reads the message: a model with the members that it
// needs, dates as Date. It is an example of what that loses; see docs/fidelity.html.
import { createInterface } from 'node:readline';

const date = (text) => (text === undefined || text === null ? undefined : new Date(text));

const customer = (c) => c && { number: c.number, name: c.name };

const turn = (t) => ({ role: t.role, message: t.message, time: t.time, secondsFromStart: t.secondsFromStart });

const call = (c) =>
  c && {
    id: c.id, orgId: c.orgId, type: c.type, status: c.status, cost: c.cost, metadata: c.metadata,
    createdAt: date(c.createdAt), updatedAt: date(c.updatedAt), customer: customer(c.customer),
  };

const artifact = (a) => a && { recordingUrl: a.recordingUrl, transcript: a.transcript, messages: a.messages?.map(turn) };

function decode(body) {
  const { message: m } = JSON.parse(body);
  return {
    message: {
      type: m.type, status: m.status, endedReason: m.endedReason ?? undefined, timestamp: m.timestamp, call: call(m.call),
      artifact: artifact(m.artifact), customer: customer(m.customer), phoneNumber: m.phoneNumber && { id: m.phoneNumber.id, number: m.phoneNumber.number },
    },
  };
}

function answer(line) {
  try {
    return '+' + Buffer.from(JSON.stringify(decode(Buffer.from(line, 'base64')))).toString('base64');
  } catch (error) {
    return '-' + String(error.message).replace(/[\r\n]+/g, ' ');
  }
}

createInterface({ input: process.stdin }).on('line', (line) => process.stdout.write(answer(line) + '\n'));
