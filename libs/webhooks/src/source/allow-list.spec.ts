import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AllowList, checkCidr } from './allow-list.js';

describe('an allow list', () => {
  const CASES: [cidrs: string[], address: string, allowed: boolean][] = [
    [[], '198.51.100.1', true],
    [[], 'whatever', true],
    [['203.0.113.0/24'], '203.0.113.255', true],
    [['203.0.113.0/24'], '203.0.114.0', false],
    [['203.0.113.7'], '203.0.113.7', true],
    [['203.0.113.7'], '203.0.113.8', false],
    [['203.0.113.77/24'], '203.0.113.1', true],
    [['0.0.0.0/0'], '198.51.100.1', true],
    [['0.0.0.0/0'], '2001:db8::1', false],
    [['2001:db8::/32'], '2001:db8:ffff::1', true],
    [['2001:db8::/32'], '2001:db9::1', false],
    [['::/0'], '2001:db8::1', true],
    [['::/0'], '198.51.100.1', false],
    [['fe80::/10'], 'fe80::1%eth0', true],
    [['203.0.113.0/24'], '::ffff:203.0.113.7', true],
    [['203.0.113.0/24'], '::ffff:cb00:7107', true],
    [['203.0.113.0/24'], '::ffff:203.0.114.7', false],
    [['::ffff:203.0.113.0/120'], '203.0.113.7', true],
    [['::ffff:203.0.113.0/120'], '203.0.114.7', false],
    [['198.51.100.0/24', '203.0.113.0/24'], '203.0.113.7', true],
    [['203.0.113.0/24'], '', false],
    [['203.0.113.0/24'], 'unknown', false],
    [['203.0.113.0/24'], '203.0.113.7, 10.0.0.1', false],
    // Read as octal by some, as decimal by others.
    [['203.0.113.0/24'], '0313.0.0161.7', false],
    [['203.0.113.0/24'], '3405803783', false],
    // A list that is broken shuts.
    [['nonsense'], '203.0.113.7', false],
  ];
  for (const [cidrs, address, allowed] of CASES) {
    it(`[${cidrs.join()}] ${allowed ? 'lets' : 'keeps out'} ${JSON.stringify(address)}`, () =>
      assert.equal(new AllowList(cidrs).allows(address), allowed));
  }

  it('agrees with the arithmetic of IPv4 for any network and address', () => {
    const dotted = (n: number) => [24, 16, 8, 0].map((shift) => (n >>> shift) & 255).join('.');
    const address = fc.integer({ min: 0, max: 0xffffffff });
    fc.assert(
      fc.property(address, address, fc.integer({ min: 0, max: 32 }), (network, other, bits) => {
        // One property in two has an address near the network, or hardly any would be inside.
        const near = ((network ^ (other >>> bits)) & 1) === 0 ? other : (network & ~0xff) | (other & 0xff);
        const mask = bits === 0 ? 0 : -1 << (32 - bits);
        const inside = (network & mask) === (near & mask);
        assert.equal(new AllowList([`${dotted(network)}/${bits}`]).allows(dotted(near)), inside);
      }),
      { seed: 93 },
    );
  });

  it('never throws, whatever the address', () => {
    const list = new AllowList(['203.0.113.0/24', '2001:db8::/32']);
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.ipV6(), fc.ipV4()), (text) => void list.allows(text)),
      { seed: 94 },
    );
  });
});

describe('an entry of an allow list', () => {
  for (const good of ['203.0.113.0/24', '203.0.113.7', '0.0.0.0/0', '2001:db8::/32', '::1', '::/128']) {
    it(`may be ${good}`, () => assert.equal(checkCidr(good), null));
  }
  for (const bad of [
    '',
    'localhost',
    '203.0.113.0/33',
    '203.0.113.0/-1',
    '203.0.113.0/',
    '203.0.113.0/24/8',
    '203.0.113',
    '0313.0.0161.7',
    '2001:db8::/129',
    '2001:db8::g',
    ' 203.0.113.7',
  ]) {
    it(`may not be ${JSON.stringify(bad)}`, () => assert.notEqual(checkCidr(bad), null));
  }

  it('is judged, never thrown at', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.tuple(fc.ipV4(), fc.string()).map((parts) => parts.join('/')),
        ),
        (text) => void checkCidr(text),
      ),
      { seed: 95 },
    );
  });
});
