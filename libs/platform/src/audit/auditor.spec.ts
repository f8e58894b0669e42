import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Auditor, type AuditedChange } from './auditor.js';

it('gives its adapter a change without the secrets, at any depth, and leaves the original whole', async () => {
  const written: AuditedChange[] = [];
  class InMemory extends Auditor {
    protected async write(change: AuditedChange): Promise<void> {
      written.push(change);
    }
  }
  const after = { nodes: [{ nodeId: 'a', clientSecret: 'hunter2', weightPercent: 5 }], password: 'x' };
  const change = {
    actor: 'alice',
    role: 'admin',
    action: 'service.update',
    object: 'service:stripe',
  } as const;
  await new InMemory().record({ ...change, before: null, after, correlationId: 'c-1' });
  assert.deepEqual(written[0]?.after, {
    nodes: [{ nodeId: 'a', clientSecret: '[redacted]', weightPercent: 5 }],
    password: '[redacted]',
  });
  assert.equal(written[0]?.before, null);
  assert.equal(after.nodes[0]?.clientSecret, 'hunter2');
});
