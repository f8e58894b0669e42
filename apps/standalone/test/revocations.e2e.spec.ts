import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { connectRealtime, type RealtimeClient } from '@signalbox/client/realtime';
import type { AuditEntry, Page, TokenRevocation } from '@signalbox/contracts';
import { startHosted, tokenOf, type Hosted, type TokenOf } from '@signalbox/hosting/testing';
import { realtimeGateway } from '@signalbox/realtime-gateway';
import { routingCoordinator } from '@signalbox/routing-coordinator';
import { eventually, withServers } from '@signalbox/testkit';

const REVOCATIONS = '/admin/token-revocations';

describe('a revoked token', () => {
  const running: Hosted[] = [];
  const pages: RealtimeClient[] = [];
  let gateway: Hosted;
  let otherGateway: Hosted;
  let coordinator: Hosted;
  after(() => Promise.all(running.map((one) => one.stop())));
  after(() => pages.forEach((page) => page.close()));
  const servers = withServers();

  const start = async (app: typeof realtimeGateway | typeof routingCoordinator, id: string) => {
    const { natsUrl, redisUrl, databaseUrl } = servers;
    const env = { NATS_URL: natsUrl, REDIS_URL: redisUrl, DATABASE_URL: databaseUrl };
    const one = await startHosted([app], id, env, { waitFor: 'ready' });
    running.push(one);
    return one;
  };
  before(async () => {
    gateway = await start(realtimeGateway, 'gateway-a');
    otherGateway = await start(realtimeGateway, 'gateway-b');
    coordinator = await start(routingCoordinator, 'coordinator');
  });

  /** A token and a page of the other gateway that is open with it. */
  const signedIn = async (who: TokenOf) => {
    const token = await tokenOf(who);
    const page = connectRealtime({
      url: otherGateway.url,
      token: () => token,
      rooms: ['coordination'],
      onMessage: () => undefined,
    });
    pages.push(page);
    await isOpen(page);
    await isTaken(token);
    return { token, page };
  };
  /**
   * Asked until they are as they should be, so none of these routes is one that a person may ask only a few times a minute:
   * the gateways count a caller's requests to a route together.
   */
  const answersTo = async (token: string) => {
    const decision = { serviceName: 'stripe', operation: 'payment_processing' };
    const as = { token };
    const answers = [
      // The decision path knows its callers without asking anybody.
      await coordinator.post('/enhanced-traffic-coordination/execute-coordination', decision, { as }),
      await gateway.get('/external-services/realtime-metrics', { as }),
      await otherGateway.get('/stream-b-coordination/agents/status', { as }),
    ];
    return answers.map(({ status, code }) => code ?? status);
  };
  const answersAre = async (token: string, answer: 200 | 'TOKEN_REVOKED') => {
    await eventually(async () => assert.deepEqual(await answersTo(token), [answer, answer, answer]));
    const { status, code } = await coordinator.get('/admin/catalog', { as: { token } });
    assert.equal(code ?? status, answer, 'a process refuses on each of its routes or on none');
  };
  const isTaken = (token: string) => answersAre(token, 200);
  const isRefused = (token: string) => answersAre(token, 'TOKEN_REVOKED');
  /** A page that was refused is not live again by itself. */
  const isOpen = (page: RealtimeClient) => eventually(() => assert.equal(page.state.state, 'live'));
  const isEnded = (page: RealtimeClient) =>
    eventually(() => assert.equal(page.state.state === 'refused' && page.state.code, 'TOKEN_REVOKED'));
  const revoke = async (what: object): Promise<TokenRevocation> =>
    (await gateway.post<TokenRevocation>(REVOCATIONS, { reason: 'a laptop was lost', ...what })).data;

  it('is refused by every app, and its connection ends, until that is undone; other tokens are not', async () => {
    const { token, page } = await signedIn({ role: 'admin', subject: 'ada' });
    const other = await signedIn({ role: 'admin', subject: 'ada' });
    const { revocationId } = await revoke({ tokenId: idOf(token) });
    await isRefused(token);
    await isEnded(page);
    const { message } = (await coordinator.get('/admin/catalog', { as: { token } })).error;
    assert.match(message, /revoked/);
    // Coming back with it is no way in either.
    page.reconnect();
    await isEnded(page);
    await isTaken(other.token);
    await isOpen(other.page);

    const undone = await otherGateway.delete<TokenRevocation>(`${REVOCATIONS}/${revocationId}`);
    assert.equal(undone.data.tokenId, idOf(token));
    await isTaken(token);
    page.reconnect();
    await isOpen(page);
    assert.equal((await gateway.delete(`${REVOCATIONS}/${revocationId}`)).code, 'NOT_FOUND');

    const { data } = await coordinator.get<Page<AuditEntry>>(`/admin/audit?object=token:${idOf(token)}`);
    assert.deepEqual(
      data.items.map(({ action }) => action),
      ['token.restore', 'token.revoke'],
    );
  });

  it('is one of all that a subject was issued so far: a new one is taken, other subjects are untouched', async () => {
    const bob = [
      await signedIn({ role: 'admin', subject: 'bob' }),
      await signedIn({ role: 'admin', subject: 'bob' }),
    ];
    const carol = await signedIn({ role: 'admin', subject: 'carol' });
    const { revocationId } = await revoke({ subject: 'bob' });
    for (const { token, page } of bob) {
      await isRefused(token);
      await isEnded(page);
    }
    // One of the same second counts as older: tokens do not say more.
    const renewed = await eventually(async () => {
      const token = await tokenOf({ role: 'admin', subject: 'bob' });
      assert.deepEqual(await answersTo(token), [200, 200, 200]);
      return token;
    });
    await isTaken(carol.token);
    await isOpen(carol.page);
    await gateway.delete(`${REVOCATIONS}/${revocationId}`);
    for (const { token } of bob) await isTaken(token);
    await isTaken(renewed);
  });

  it('is refused everywhere while NATS is away, and when it is back', async () => {
    const { token, page } = await signedIn({ role: 'admin', subject: 'dan' });
    await servers.kill('nats');
    const { revocationId } = await revoke({ tokenId: idOf(token) });
    await isRefused(token);
    await isEnded(page);
    await gateway.delete(`${REVOCATIONS}/${revocationId}`);
    await isTaken(token);
    await revoke({ tokenId: idOf(token) });
    await servers.restart('nats');
    await isRefused(token);
  });

  it('is refused by a process that starts later, from its first request, also while PostgreSQL is away', async () => {
    const token = await tokenOf({ role: 'admin', subject: 'eve' });
    await isTaken(token);
    await revoke({ subject: 'eve' });
    await isRefused(token);
    const path = '/external-services/realtime-metrics';
    const later = await start(realtimeGateway, 'gateway-c');
    assert.equal((await later.get(path, { as: { token } })).code, 'TOKEN_REVOKED');
    await servers.kill('postgres');
    const { code } = await gateway.post(REVOCATIONS, { subject: 'frank', reason: 'x' });
    assert.equal(code, 'DEPENDENCY_UNAVAILABLE', 'what is not durable is not promised');
    const latest = await start(realtimeGateway, 'gateway-d');
    assert.equal((await latest.get(path, { as: { token } })).code, 'TOKEN_REVOKED');
    await servers.restart('postgres');
  });

  it('is named by exactly one of its id and its subject, for a time that its tokens can live', async () => {
    const reason = 'a test';
    const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();
    await eventually(async () => assert.equal((await gateway.get(REVOCATIONS)).status, 200));
    for (const [body, field] of [
      [{ reason }, 'tokenId'],
      [{ reason, tokenId: 'one', subject: 'ada' }, 'subject'],
      [{ tokenId: 'one' }, 'reason'],
      [{ reason, tokenId: '' }, 'tokenId'],
      [{ reason, tokenId: 'one', expiresAt: inMs(-1_000) }, 'expiresAt'],
      [{ reason, tokenId: 'one', expiresAt: inMs(31 * 86_400_000) }, 'expiresAt'],
      [{ reason, tokenId: 'one', expiresAt: '2026-13-45T00:00:00Z' }, 'expiresAt'],
    ] as const) {
      const answer = await gateway.post(REVOCATIONS, body);
      assert.equal(answer.status, 400, JSON.stringify(body));
      assert.deepEqual(answer.badFields, [field]);
    }
    for (const as of ['manager', 'user', 'service'] as const) {
      assert.equal((await gateway.post(REVOCATIONS, { reason, tokenId: 'one' }, { as })).status, 403);
    }
    await revoke({ subject: 'auth0|anybody+1@example.com', expiresAt: inMs(3_600_000) });
    await revoke({ tokenId: 'unknown to us' });
    const first = (await gateway.get<Page<TokenRevocation>>(`${REVOCATIONS}?limit=1`, { as: 'manager' }))
      .data;
    assert.equal(first.items[0]?.tokenId, 'unknown to us');
    const next = `${REVOCATIONS}?limit=1&cursor=${first.nextCursor}`;
    const [second] = (await gateway.get<Page<TokenRevocation>>(next)).data.items;
    assert.equal(second?.subject, 'auth0|anybody+1@example.com');
    assert.equal((await gateway.get(REVOCATIONS, { as: 'user' })).status, 403);
  });
});

function idOf(token: string): string {
  const [, claims = ''] = token.split('.');
  return (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { jti: string }).jti;
}
