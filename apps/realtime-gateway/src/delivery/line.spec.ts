import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { Line } from './line.js';

it('gives out what was put in, in that order, whatever is done in between', () => {
  const steps = fc.array(fc.oneof(fc.nat(), fc.constant('shift' as const)), { maxLength: 200 });
  fc.assert(
    fc.property(steps, (all) => {
      const line = new Line<number>();
      const model: number[] = [];
      for (const step of all) {
        if (step === 'shift') assert.equal(line.shift(), model.shift());
        else {
          line.push(step);
          model.push(step);
        }
        assert.equal(line.length, model.length);
      }
    }),
  );
});
