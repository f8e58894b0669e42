import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DelayedLabels, type LabelledSnapshot } from './delayed-labels.js';

const SECOND = 1_000;

/** Looks once a second from `from` to `to` inclusive, with the same counts each; all labels that came. */
function looks(labels: DelayedLabels, from: number, to: number, failures: number, outcomes: number) {
  const labelled: LabelledSnapshot[] = [];
  for (let second = from; second <= to; second++) {
    labelled.push(...labels.look(second * SECOND, [second], failures, outcomes));
  }
  return labelled;
}

describe('delayed labels', () => {
  it('labels a snapshot after 60 s with what happened in them', () => {
    const labels = new DelayedLabels();
    assert.deepEqual(looks(labels, 0, 29, 0, 2), []);
    assert.deepEqual(looks(labels, 30, 59, 1, 2), []);
    // In (0, 60]: 29 calm looks, 31 with one failure of two: 31 of 120.
    assert.deepEqual(looks(labels, 60, 60, 1, 2), [{ x: [0], failureRatio: 31 / 120, trials: 0.5 }]);
  });

  it('counts nothing that came before the snapshot', () => {
    const labels = new DelayedLabels();
    const [first] = [...looks(labels, 0, 0, 100, 100), ...looks(labels, 1, 60, 0, 1)];
    assert.equal(first!.failureRatio, 0);
  });

  it('drops a snapshot that no outcome followed', () => {
    assert.deepEqual(looks(new DelayedLabels(), 0, 200, 0, 0), []);
  });

  it('does not call it calm when traffic left early, but believes a failure', () => {
    const left = new DelayedLabels();
    assert.deepEqual([...looks(left, 0, 20, 0, 5), ...looks(left, 21, 60, 0, 0)], []);
    const failed = new DelayedLabels();
    assert.equal([...looks(failed, 0, 20, 1, 5), ...looks(failed, 21, 60, 0, 0)].length, 1);
    const stayed = new DelayedLabels();
    assert.equal([...looks(stayed, 0, 40, 0, 5), ...looks(stayed, 41, 60, 0, 0)].length, 1);
  });

  it('drops a snapshot whose horizon ended unseen', () => {
    const labels = new DelayedLabels();
    looks(labels, 0, 1, 0, 1);
    // 66 s after the first snapshot is too late for it, 65 s after the second is not.
    assert.deepEqual(labels.look(66 * SECOND, [66], 3, 3), [
      { x: [1], failureRatio: 1, trials: 0.5 * (3 / 8) },
    ]);
  });

  it('holds a bounded number of snapshots however often it looks', () => {
    const labels = new DelayedLabels();
    for (let atMs = 0; atMs < 600_000; atMs += 100) labels.look(atMs, [], 0, 1);
    assert.ok(labels.size <= 74, String(labels.size));
  });

  it('gives a busy node no more say than one with enough calls, and less to one with a few', () => {
    const trials = [1, 4, 8, 500].map((last) => {
      const labels = new DelayedLabels();
      return [...looks(labels, 0, 59, 0, 0), ...looks(labels, 60, 60, last, last)][0]!.trials;
    });
    assert.deepEqual(trials, [0.0625, 0.25, 0.5, 0.5]);
  });
});
