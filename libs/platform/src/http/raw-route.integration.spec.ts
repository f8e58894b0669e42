import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { Failure } from '@signalbox/contracts';
import { probeApp, type ProbeApp } from '../testing/probe-app.js';

describe('a raw route', () => {
  let probe: ProbeApp;
  let url: string;
  before(async () => {
    probe = await probeApp();
    await probe.app.listen(0, '127.0.0.1');
    url = `${await probe.app.getUrl()}/api/v1/probe/raw`;
  });
  after(() => probe.app.close());

  const post = (path: string, body: Uint8Array | string | undefined, type?: string) =>
    fetch(`${url}/${path}`, {
      method: 'POST',
      headers: type === undefined ? {} : { 'content-type': type },
      ...(body === undefined ? {} : { body: Buffer.from(body) }),
    });

  it('hands over the bytes as they came, whatever their type says', async () => {
    const bytes = Uint8Array.from([0xef, 0xbb, 0xbf, 0x7b, 0xff, 0x00]);
    for (const type of [
      undefined,
      'application/json',
      'application/x-www-form-urlencoded',
      'x/y',
      'nonsense',
    ]) {
      const response = await post('stripe?a=%20b', bytes, type);
      assert.equal(response.status, 200, String(type));
      assert.deepEqual(((await response.json()) as { data: unknown }).data, {
        service: 'stripe',
        query: 'a=%20b',
        hex: 'efbbbf7bff00',
      });
    }
  });

  it('takes no body for an empty one', async () => {
    const response = await post('stripe', undefined);
    assert.equal(((await response.json()) as { data: { hex: string } }).data.hex, '');
  });

  it('refuses a byte too many, announced or not, and cuts nothing off', async () => {
    assert.equal((await post('stripe', 'x'.repeat(16))).status, 200);
    const announced = await post('stripe', 'x'.repeat(17));
    assert.equal(announced.status, 413);
    assert.equal(((await announced.json()) as Failure).error.code, 'BODY_TOO_LARGE');
    const chunked = await answerTo(
      'POST /api/v1/probe/raw/stripe HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n11\r\n' +
        `${'x'.repeat(17)}\r\n0\r\n\r\n`,
    );
    assert.match(chunked, /^HTTP\/1\.1 413 /);
  });

  it('answers failures in the envelope, with the headers of every answer', async () => {
    const response = await post('strpie', '{}');
    assert.equal(response.status, 404);
    const body = (await response.json()) as Failure;
    assert.equal(body.error.code, 'UNKNOWN_SERVICE');
    assert.equal(response.headers.get('x-correlation-id'), body.correlationId);
  });

  it('takes no method but its own', async () => {
    assert.equal((await fetch(`${url}/stripe`)).status, 405);
  });

  async function answerTo(request: string): Promise<string> {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(request);
    let text = '';
    for await (const chunk of socket) {
      text += String(chunk);
      if (text.includes('}')) break;
    }
    return text;
  }
});
