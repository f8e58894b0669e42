import assert from 'node:assert/strict';
import { it } from 'node:test';
import { packetOf } from './encoded-message.js';

it('encodes a message once: the frame that every WebSocket is written, in one piece', () => {
  const { text, frame } = packetOf('coordination_event', { room: 'coordination', seq: 7, note: 'größer' });
  assert.equal(text, '2/realtime,["coordination_event",{"room":"coordination","seq":7,"note":"größer"}]');
  const payload = Buffer.from(`4${text}`);
  assert.ok(payload.length < 126, 'its length fits the second byte');
  // RFC 6455: final, text; not masked, the length; the payload. Engine.IO calls a message 4.
  assert.deepEqual(frame, Buffer.concat([Buffer.from([0x81, payload.length]), payload]));
});
