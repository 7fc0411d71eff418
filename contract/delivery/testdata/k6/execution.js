// run.mjs sets the fields.
export default { scenario: { iterationInTest: 0, startTime: 0 } };
