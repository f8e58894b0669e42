import { after, before, describe } from 'node:test';
import { ledgerConformance } from '@signalbox/budgets/testing';
import { eventually, withServers } from '@signalbox/testkit';
import type { RedisConnection } from '../redis-connection.js';
import { aConnection } from '../spec-connection.js';
import { RedisAdmissionLedger } from './redis-admission-ledger.js';

describe('RedisAdmissionLedger', () => {
  const servers = withServers('redis');
  let connection: RedisConnection;

  before(async () => {
    connection = aConnection(servers.redisUrl);
    await eventually(() => connection.isAvailable);
  });
  after(() => connection.close());

  ledgerConformance('RedisAdmissionLedger', () => ({
    open: async (rules, reservationTtlMs) =>
      new RedisAdmissionLedger({
        connection,
        rulesOf: () => rules,
        ...(reservationTtlMs === undefined ? {} : { reservationTtlMs }),
      }),
    elapse: async (ms) => {
      const since = Date.now();
      await eventually(() => Date.now() > since + ms);
    },
  }));
});
