import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isUnavailable, unavailable } from './database-errors.js';

const coded = (code: string, message = 'x') => Object.assign(new Error(message), { code });

describe('database failures', () => {
  const away: Record<string, unknown> = {
    'a refused connection': coded('ECONNREFUSED'),
    'every address refused': new AggregateError([coded('ECONNREFUSED'), coded('ECONNREFUSED')]),
    'a host without a name': coded('ENOTFOUND'),
    'a broken connection': new Error('Connection terminated unexpectedly'),
    'a shutdown': coded('57P01', 'terminating connection due to administrator command'),
    'a server that is starting': coded('57P03'),
    'a full pool': new Error('timeout exceeded when trying to connect'),
    'too many connections': coded('53300'),
    'a full disk': coded('53100'),
    'a statement that took too long': coded('57014'),
    'a failover to a standby': coded('25006'),
    'a wrapped cause': new Error('outer', { cause: coded('08006') }),
  };
  for (const [what, error] of Object.entries(away)) {
    it(`count as the database being away: ${what}`, () => assert.equal(isUnavailable(error), true));
  }

  const wrong: Record<string, unknown> = {
    'a broken constraint': coded('23505'),
    'bad SQL': coded('42601'),
    'a wrong password': coded('28P01'),
    'a bug': new TypeError('x is not a function'),
    'no error at all': 'text',
  };
  for (const [what, error] of Object.entries(wrong)) {
    it(`do not: ${what}`, () => assert.equal(isUnavailable(error), false));
  }

  it('tell callers nothing of addresses or SQL', () => {
    const error = unavailable(coded('ECONNREFUSED', 'connect ECONNREFUSED 10.0.0.7:5432'));
    assert.equal(error.status, 503);
    assert.ok(!JSON.stringify([error.message, error.details]).includes('10.0.0.7'));
  });
});
