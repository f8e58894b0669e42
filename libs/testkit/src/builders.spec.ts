import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { errorEvent, outcomeReport, serviceConfig } from '@signalbox/contracts';
import { aService, anErrorEvent, anOutcome } from './builders.js';

describe('builders', () => {
  const cases = [
    { name: 'aService with aNode', errors: serviceConfig.errors(aService()) },
    { name: 'anOutcome', errors: outcomeReport.errors(anOutcome()) },
    { name: 'anErrorEvent', errors: errorEvent.errors(anErrorEvent()) },
  ];
  for (const { name, errors } of cases) {
    it(`make what the contract accepts: ${name}`, () => assert.deepEqual(errors, []));
  }
});
