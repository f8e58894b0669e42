import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Keyring, type Sealed } from './keyring.js';

const k1 = randomBytes(32);
const k2 = randomBytes(32);
const ring = new Keyring(new Map([['k1', k1]]));

describe('Keyring', () => {
  it('opens what it sealed, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (secret, context) => {
        assert.equal(ring.open(ring.seal(secret, context), context), secret);
      }),
      { seed: 97 },
    );
  });

  it('never seals the same secret to the same bytes', () => {
    const sealed = Array.from({ length: 100 }, () => ring.seal('sk_live_1', 'node'));
    assert.equal(new Set(sealed.map((each) => each.nonce.toString('hex'))).size, 100);
    assert.equal(new Set(sealed.map((each) => each.ciphertext.toString('hex'))).size, 100);
  });

  const flipped = (bytes: Buffer, at: number) => {
    const copy = Buffer.from(bytes);
    copy[at]! ^= 1;
    return copy;
  };
  const tampering: Record<string, (sealed: Sealed) => Sealed> = {
    'a bit of the ciphertext': (sealed) => ({ ...sealed, ciphertext: flipped(sealed.ciphertext, 0) }),
    'a bit of the tag': (sealed) => ({
      ...sealed,
      ciphertext: flipped(sealed.ciphertext, sealed.ciphertext.length - 1),
    }),
    'a bit of the nonce': (sealed) => ({ ...sealed, nonce: flipped(sealed.nonce, 3) }),
    'a shorter tag': (sealed) => ({ ...sealed, ciphertext: sealed.ciphertext.subarray(0, -4) }),
    'nothing but a tag': (sealed) => ({ ...sealed, ciphertext: sealed.ciphertext.subarray(0, 16) }),
    'not even a tag': (sealed) => ({ ...sealed, ciphertext: Buffer.alloc(3) }),
    'another key of the same name': (sealed) => new Keyring(new Map([['k1', k2]])).seal('x', sealed.keyId),
  };
  for (const [what, tamper] of Object.entries(tampering)) {
    it(`refuses ${what}`, () => {
      assert.throws(() => ring.open(tamper(ring.seal('sk_live_1', 'node')), 'node'));
    });
  }

  it('refuses a ciphertext that was moved to another context', () => {
    assert.throws(() => ring.open(ring.seal('sk_live_1', 'node:a'), 'node:b'));
  });

  it('seals with the first key and opens with every key of the ring', () => {
    const rotated = new Keyring(
      new Map([
        ['k2', k2],
        ['k1', k1],
      ]),
    );
    assert.equal(rotated.open(ring.seal('old', 'c'), 'c'), 'old');
    assert.equal(rotated.seal('new', 'c').keyId, 'k2');
    assert.throws(() => ring.open(rotated.seal('new', 'c'), 'c'), /k2 is not on the keyring/);
  });

  it('is parsed from settings, the active key first', () => {
    const parsed = Keyring.parse(`2026-b:${k2.toString('base64')}, 2026-a:${k1.toString('base64url')}`);
    assert.equal(parsed.activeKeyId, '2026-b');
  });

  it('refuses bad settings without showing a key', () => {
    const short = randomBytes(16).toString('base64');
    const good = k1.toString('base64');
    for (const text of ['', good, `a:${short}`, `a:${good},a:${good}`, `a:${good},`, 'a:!!']) {
      assert.throws(
        () => Keyring.parse(text),
        (error: Error) => !error.message.includes(good) && !error.message.includes(short),
        text,
      );
    }
  });
});
