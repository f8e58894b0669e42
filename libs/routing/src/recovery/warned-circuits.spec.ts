import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManualClock, aNode, aService } from '@signalbox/testkit';
import { EngineRig } from '../engine/engine-rig.js';

describe('circuits of a service that a cascade may reach', () => {
  const nodes = [aNode({ nodeId: 'a' }), aNode({ nodeId: 'b', role: 'secondary' })];
  const config = aService({ nodes, thresholds: { ...aService().thresholds, consecutiveFailures: 5 } });
  const stateAfter = (run: number, prepare: (rig: EngineRig) => void): string => {
    const rig = new EngineRig(new ManualClock(), config);
    prepare(rig);
    rig.reportTimes(run, 'a', 'timeout');
    return rig.view('a').circuit.state;
  };
  const warn = (rig: EngineRig) => rig.engine.setWarned(new Set([config.serviceName]));

  it('trip at half the run that they need otherwise, rounded up', () => {
    assert.equal(stateAfter(2, warn), 'closed');
    assert.equal(stateAfter(3, warn), 'open');
    assert.equal(
      stateAfter(4, () => undefined),
      'closed',
    );
  });

  it('stay warned when the service is configured anew, and no longer than the cascade', () => {
    assert.equal(
      stateAfter(3, (rig) => {
        warn(rig);
        rig.engine.configure({ ...config });
      }),
      'open',
    );
    assert.equal(
      stateAfter(4, (rig) => {
        warn(rig);
        rig.engine.setWarned(new Set());
      }),
      'closed',
    );
  });
});
