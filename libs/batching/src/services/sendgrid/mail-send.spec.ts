import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { merge, parsed, refused } from '../../testing/payloads.js';
import { operationOf } from '../index.js';

const mail = {
  personalizations: [{ to: [{ email: 'a@example.com' }] }],
  from: { email: 'hello@example.com' },
  template_id: 'invoice',
};

describe('sendgrid mail_send', () => {
  const refuses = (payload: object) => refused('sendgrid', 'mail_send', payload);
  const measure = (payload: object) => {
    const operation = operationOf('sendgrid', 'mail_send');
    return operation.measure(parsed('sendgrid', 'mail_send', payload));
  };

  it('merges what differs in its personalizations only', () => {
    const to = (email: string) => ({ ...mail, personalizations: [{ to: [{ email }], subject: email }] });
    assert.ok(merge('sendgrid', 'mail_send', to('a@example.com'), to('b@example.com')));
    for (const own of [
      { from: { email: 'other@example.com' } },
      { template_id: 'welcome' },
      { categories: ['x'] },
      { send_at: 1_900_000_000 },
      { headers: { 'X-Test': '1' } },
      { custom_args: { a: '1' } },
      { attachments: [{ content: 'eA==', filename: 'x.txt' }] },
    ]) {
      assert.ok(!merge('sendgrid', 'mail_send', mail, { ...mail, ...own }), JSON.stringify(own));
    }
  });

  it('counts recipients, and has each address conflict with itself without regard to case', () => {
    const { units, conflicts, addedBillableUnits } = measure({
      ...mail,
      personalizations: [
        { to: [{ email: 'A@example.com' }], cc: [{ email: 'b@example.com' }] },
        { to: [{ email: 'c@example.com' }], bcc: [{ email: 'd@example.com' }] },
      ],
    });
    assert.deepEqual([units, addedBillableUnits], [4, 4]);
    assert.deepEqual(conflicts, ['a@example.com', 'b@example.com', 'c@example.com', 'd@example.com']);
  });

  it('names the address that is in it twice, whether as to, cc or bcc', () => {
    const personalizations = [
      { to: [{ email: 'a@example.com' }] },
      { to: [{ email: 'b@example.com' }], bcc: [{ email: 'A@EXAMPLE.com' }] },
    ];
    assert.deepEqual(refuses({ ...mail, personalizations }), ['payload.personalizations.1.bcc.0.email']);
  });

  it('names what is missing and what SendGrid would refuse', () => {
    assert.deepEqual(refuses({ ...mail, from: undefined }), ['payload.from']);
    assert.deepEqual(refuses({ ...mail, template_id: undefined }), ['payload.content']);
    assert.deepEqual(refuses({ ...mail, personalizations: [{ to: [{ email: 'nobody' }] }] }), [
      'payload.personalizations.0.to.0.email',
    ]);
    const to = Array.from({ length: 600 }, (_, n) => ({ email: `r${n}@example.com` }));
    const cc = to.map(({ email }) => ({ email: `c${email}` }));
    assert.deepEqual(refuses({ ...mail, personalizations: [{ to, cc }] }), ['payload.personalizations']);
  });

  it('finds in a refusal whose personalization it names', () => {
    const operation = operationOf('sendgrid', 'mail_send');
    const item = (id: string, ...emails: string[]) => ({
      id,
      payload: { ...mail, personalizations: emails.map((email) => ({ to: [{ email }] })) },
    });
    const items = [item('one', 'a@example.com', 'b@example.com'), item('two', 'c@example.com')];
    const [call] = operation.encode(items, 'sendgrid_global');
    assert.ok(call !== undefined);
    const says = (field: string | null) => {
      const body = JSON.stringify({ errors: [{ message: 'no', field, help: null }] });
      return operation.culprits?.(call, { status: 400, headers: {}, body }, items);
    };
    assert.deepEqual(says('personalizations.2.to.0.email'), ['two']);
    assert.deepEqual(says('personalizations.1.to'), ['one']);
    assert.deepEqual(says('from.email'), []);
    assert.deepEqual(says(null), []);
  });
});
